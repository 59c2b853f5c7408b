"""A narrow view of a Rich console: text that its encoding can show, columns that fit, small bars.

Text may hold commands in backticks: however narrow the console, they can be pasted into a shell as printed.
"""

from __future__ import annotations

import codecs
import re
import textwrap
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

# Stand for signs at which no line may end, and for the end of a line.
_SPACE, _THIN, _UNIT, _BREAK = "\ue000", "\ue001", "\ue002", "\ue003"
_SHOWN = str.maketrans({_SPACE: " ", _THIN: "\u202f", _UNIT: " "})
_QUOTED = r"""'[^']*'|"[^"]*"|\\."""
_COMMAND = re.compile(rf"""\(?`(?:knockdown (?:{_QUOTED}|[^`'"\\])+|[^`'"]+)`[^\s`'"\\]*""")
_WORD = re.compile(rf"""(?:{_QUOTED}|[^\s'"\\])+""")
_FIGURE = re.compile(r"(?<!\S)([(+]?\d[\d.,\u202f]*) (?=[A-Za-z]{1,3}\b)")
LEAST_ROOM, MOST_ROOM = 10, 24  # of a column whose cells go on below themselves

BARS = "▁▂▃▄▅▆▇█"
PLAIN_BARS = "_.-~=+*#"
_SUBSTITUTES = str.maketrans(
    {
        "\u202f": " ",
        "−": "-",
        "–": "-",
        "—": "-",
        "…": "...",
        "·": ".",
        "×": "x",
        "▸": ">",
        "≤": "<=",
        "≥": ">=",
        "±": "+/-",
    }
)


def safe(text: str, encoding: str) -> str:
    """Text that an encoding can show; what it lacks becomes a question mark, control characters nothing.

    >>> safe("Gəncə 1\u202f000", "ascii"), safe("Gəncə", "utf-8")
    ('G?nc? 1 000', 'Gəncə')
    """
    text = "".join(sign for sign in text if sign.isprintable() or sign == "\u202f")
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        name = "ascii"
    if name.startswith("utf"):
        return text
    return text.translate(_SUBSTITUTES).encode(name, "replace").decode(name)


def spark(values: Sequence[float], marks: str = BARS) -> str:
    """A row of small bars; nothing is a space.

    >>> spark([0, 1, 8])
    ' ▂█'
    """
    top = max(values, default=0.0)
    return "".join(
        " " if v <= 0 or top <= 0 else marks[min(len(marks) - 1, int(len(marks) * v / top))] for v in values
    )


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` signs; a number stays whole and with its unit, and so does a command.

    A command that is too long begins on a line of its own and goes on as `broken` says.

    >>> wrap("about 12\u202f000 kits", 10)
    ['about', '12\u202f000', 'kits']
    >>> wrap("Next: `knockdown check 'my hall'` looks at it.", 30)
    ['Next:', "`knockdown check 'my hall'`", 'looks at it.']
    """
    held = _COMMAND.sub(lambda found: _held(found[0], width), text)
    held = _with_units(held)
    lines: list[str] = []
    for block in held.split(_BREAK):
        has_command = _SPACE in block
        lines += textwrap.wrap(block, width, break_on_hyphens=False, break_long_words=not has_command)
    return [line.translate(_SHOWN) for line in lines] or [""]


def _with_units(text: str) -> str:
    """Text in which numbers and their units are words."""
    return _FIGURE.sub(rf"\1{_UNIT}", text).replace("\u202f", _THIN)


def _held(command: str, width: int) -> str:
    """A command in backticks as words that are not wrapped; other text in backticks where it fits."""
    if len(command) <= width:
        return command.replace(" ", _SPACE)
    if "`knockdown " not in command[:12]:
        return command
    lines = [line.replace(" ", _SPACE) for line in broken(command, width)]
    return _BREAK + _BREAK.join(lines)


def broken(command: str, width: int) -> list[str]:
    """A command over lines of at most `width` signs, as far as its words allow; a shell reads them as one.

    >>> print(*broken("knockdown kit 'my hall' claim send MTZ-26-1", 30), sep="\\n")
    knockdown kit 'my hall' \\
      claim send MTZ-26-1
    """
    if len(command) <= width:
        return [command]
    lines: list[str] = []
    for word in _WORD.findall(command):
        if lines and len(lines[-1]) + len(word) + len("  \\") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(f"  {word}" if lines else word)
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]


def shorten(text: str, width: int, dots: str = "…") -> str:
    """Text cut to a width.

    >>> shorten("Belarus tractors", 8)
    'Belarus…'
    """
    return (
        text
        if cell_len(text) <= width
        else f"{set_cell_size(text, max(0, width - len(dots))).rstrip()}{dots}"
    )


class Screen:
    """Writes to a console within its width and its letters."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.encoding = console.encoding
        self.width = max(40, console.width)
        self.marks = BARS if "utf" in self.encoding.lower() else PLAIN_BARS

    def clean(self, text: str) -> str:
        """Text as this console can show it."""
        return safe(text, self.encoding)

    def put(self, *pieces: tuple[str, str]) -> None:
        """One line of text in styles; the console reads no markup in it and adds no line of its own."""
        line = Text.assemble(*((self.clean(text), style) for text, style in pieces))
        line.rstrip()
        self.console.print(line, soft_wrap=True, highlight=False)

    def title(self, text: str) -> None:
        """A heading, with a line of air above."""
        self.put(("", ""))
        for line in wrap(self.clean(text), self.width):
            self.put((line, "bold cyan"))

    def say(self, text: str, style: str = "", indent: int = 2, hang: int = 0) -> None:
        """A sentence, wrapped under itself."""
        for i, line in enumerate(wrap(self.clean(text), self.width - indent - hang) if text else ()):
            self.put((" " * (indent + (hang if i else 0)), ""), (line, style))

    def command(self, command: str, style: str = "", indent: int = 2) -> None:
        """A command on lines of its own, to be pasted into a shell."""
        for line in broken(self.clean(command), self.width - indent):
            self.put((" " * indent, ""), (line, style))

    def pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Short heads, each with its sentence beside it."""
        room = min(self.width // 3, max((cell_len(self.clean(head)) for head, _ in pairs), default=0))
        for head, words in pairs:
            for i, line in enumerate(wrap(self.clean(words), self.width - room - 4)):
                self.put(
                    ("  ", ""),
                    (set_cell_size(self.clean(head) if i == 0 else "", room), "bold"),
                    ("  ", ""),
                    (line, ""),
                )

    def table(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        left: int = 1,
        squeeze: int = 0,
        drop: Sequence[int] = (),
        right: Sequence[int] = (),
        strong_last: bool = False,
    ) -> None:
        """Columns of which the first `left`, but those in `right`, are set to the left.

        Where they do not fit, the columns in `drop` go, one by one; then cells of the column `squeeze` go on
        below themselves; at last each row is told in lines of its own. No cell is cut.
        """
        cells = [[self.clean(cell) for cell in row] for row in (headings, *rows)]
        keep, widths = self._fitted(cells, squeeze, drop)
        is_stacked = self._width(widths, keep) > self.width
        for number, row in enumerate(cells):
            style = "dim" if number == 0 else "bold" if strong_last and number == len(cells) - 1 else ""
            if is_stacked and number:
                self._stack(cells[0], row, style)
            for line in () if is_stacked else self._folded(row, squeeze, widths[squeeze]):
                shown = (self._cell(line[i], widths[i], i < left and i not in right) for i in keep)
                self.put((f"  {'  '.join(shown)}", style))

    def _fitted(
        self, cells: Sequence[Sequence[str]], squeeze: int, drop: Sequence[int]
    ) -> tuple[list[int], list[int]]:
        """Columns to keep, and widths of all."""
        keep = list(range(len(cells[0])))
        widths = [max(cell_len(row[i]) for row in cells) for i in keep]
        for i in drop:
            if self._width(widths, keep) > self.width:
                keep.remove(i)
        over = self._width(widths, keep) - self.width
        if over > 0 and squeeze in keep:
            longest = max(
                cell_len(word) for row in cells for word in ["", *_with_units(row[squeeze]).split()]
            )
            least = max(LEAST_ROOM, min(longest, MOST_ROOM))
            widths[squeeze] = min(widths[squeeze], max(least, widths[squeeze] - over))
        return keep, widths

    @staticmethod
    def _folded(row: Sequence[str], squeeze: int, width: int) -> Iterator[list[str]]:
        """A row as lines of cells: all, and what is left of the one that goes on below itself."""
        first, *more = wrap(row[squeeze], width)
        yield [first if i == squeeze else cell for i, cell in enumerate(row)]
        for rest in more:
            yield [rest if i == squeeze else "" for i in range(len(row))]

    def _stack(self, headings: Sequence[str], row: Sequence[str], style: str) -> None:
        """A row as a line for its first cell, and the others after their headings."""
        self.say(row[0], style or "bold")
        pairs = [(head, cell) for head, cell in zip(headings[1:], row[1:], strict=True) if cell]
        told = [f"{head}: {cell}" if head else cell for head, cell in pairs]
        told = [text.replace(" ", _UNIT) if len(text) <= MOST_ROOM else text for text in told]
        for line in wrap("; ".join(told), self.width - 4):
            self.put(("    ", ""), (line, style))

    @staticmethod
    def _width(widths: Sequence[int], keep: Sequence[int]) -> int:
        return 2 + sum(widths[i] + 2 for i in keep) - 2

    def _cell(self, text: str, width: int, to_left: bool) -> str:
        text = shorten(text, width, "…" if "utf" in self.encoding.lower() else "~")
        air = " " * (width - cell_len(text))
        return text + air if to_left else air + text
