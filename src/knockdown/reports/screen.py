"""A narrow view of a Rich console: text that its encoding can show, columns that fit, small bars."""

from __future__ import annotations

import codecs
import textwrap
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

_NO_BREAK = "\ue000"

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
    """Lines of at most `width` signs; a thin space never ends one, so numbers stay whole.

    >>> wrap("about 12\u202f000 kits", 10)
    ['about', '12\u202f000', 'kits']
    """
    lines = textwrap.wrap(text.replace("\u202f", _NO_BREAK), width, break_on_hyphens=False)
    return [line.replace(_NO_BREAK, "\u202f") for line in lines] or [""]


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
        strong_last: bool = False,
    ) -> None:
        """Columns of which the first `left` are set to the left.

        Where they do not fit, the columns in `drop` go, then the column `squeeze` is cut.
        """
        cells = [[self.clean(cell) for cell in row] for row in (headings, *rows)]
        keep = list(range(len(headings)))
        widths = [max(cell_len(row[i]) for row in cells) for i in keep]
        if self._width(widths, keep) > self.width:
            keep = [i for i in keep if i not in drop]
        over = self._width(widths, keep) - self.width
        widths[squeeze] -= min(max(0, over), widths[squeeze] - 8) if widths[squeeze] > 8 else 0
        for number, row in enumerate(cells):
            style = "dim" if number == 0 else "bold" if strong_last and number == len(cells) - 1 else ""
            line = "  ".join(self._cell(row[i], widths[i], i < left) for i in keep)
            self.put((shorten(f"  {line}", self.width, ""), style))

    @staticmethod
    def _width(widths: Sequence[int], keep: Sequence[int]) -> int:
        return 2 + sum(widths[i] + 2 for i in keep) - 2

    def _cell(self, text: str, width: int, to_left: bool) -> str:
        text = shorten(text, width, "…" if "utf" in self.encoding.lower() else "~")
        air = " " * (width - cell_len(text))
        return text + air if to_left else air + text
