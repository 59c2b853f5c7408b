"""Things that may happen to a plant folder: to its files, bytes, cells, rows, columns and plant.toml."""

import contextlib
import dataclasses
import tempfile
from pathlib import Path

import small_folder
from hypothesis import strategies as st

HOSTILE = [
    "", " ", "0", "-1", "-0", "+5", "1e308", "1e-320", "1e15", "999999999999999999999", "nan", "inf",
    "0x10", "1_000", "1.234,5", "1,5", "1 000", "12 kg", "١٢", "½", "true", "maybe", "=1+1", "@SUM(A1)",
    "+cmd", "-x", "\x00", "\x1b[2J", "\u202e", "\ufeff", "é" * 50, "x" * 3000, "😀", "../../etc/passwd",
    "a;b;c", ";", "a:0", "a:-1", "a:1:2", "t80a:1", "t90c:1", "e1;e1", "e3", "cab1:999999999", "S1",
    "main", "bay", "tractor", "t80", "t80a", "flat", "assumption", "assumption;", "F357", "F999999",
    "x=F357", "F357+F001; units=P28", "P28+", "2026-13", "2026-02-30", "0000", "0001-01-01", "9999",
    "9999-12-31", "10000-01", "2026-01", "31.01.2026", "20x7", "2008-2004", "2004-", "-2008", "USD",
    "usd", "XXX", "EUR", "AZ", "az", "lot", "signed", "cleared", "holiday", "\n", '"', '"a', "a,b",
    "a\tb", "\r",
]  # fmt: skip
TOML_VALUES = [
    "0", "-1", "1e400", "nan", "inf", "-inf", "0x" + "f" * 5000, "1" * 5000, '""', '"a"', "[]", "{}",
    "[[[[[[]]]]]]", "true", "2026-01-01", "08:00:00", "1979-05-27T07:32:00Z", '"24:00"', '"25:61"',
    '"2026-01"', '"2026-13"', "61", '["small"]', '["."]', '["ganja", "ganja"]', '["azerbaijan"]',
    '["nakhchivan"]', '"plant"', '"network"', "{a=1}", '[{start="08:00",end="08:00"}]',
    '[{name="d",start="22:00",end="06:00"},{name="e",start="05:00",end="23:00"}]', "[" * 400, "{a=" * 400,
    '"""', "'", '"\\ud800"',
]  # fmt: skip
TOML_LINES = [
    'kind = "network"',
    'members = ["nakhchivan"]',
    "[a]",
    "[[calendar.shifts]]",
    "a.b.c = 1",
    "=",
    '"" = 1',
]
NUMBERS = ["0", "1", "2", "0.5", "-1", "1000000000", "1e12", "1e-9", "99999999999999", "2026", "7.0", ""]
STEMS = sorted(small_folder.TABLES)
NAMES = ["plant.toml", *(f"{stem}.csv" for stem in STEMS)]
Files = dict[str, bytes]


@dataclasses.dataclass(frozen=True)
class Change:
    """One thing done to a folder; `at` and `to` are reduced to what is there."""

    kind: str
    name: str
    at: int
    to: int
    text: str

    def apply(self, files: Files) -> None:
        getattr(self, self.kind)(files)

    # Files

    def drop_file(self, files: Files) -> None:
        files.pop(self.name, None)

    def empty_file(self, files: Files) -> None:
        files[self.name] = b""

    def swap_files(self, files: Files) -> None:
        other = NAMES[self.to % len(NAMES)]
        files[self.name], files[other] = files.get(other, b""), files.get(self.name, b"")

    def copy_file(self, files: Files) -> None:
        other = NAMES[self.to % len(NAMES)]
        files[other] = files.get(self.name, b"")

    def add_twin_workbook(self, files: Files) -> None:
        files[self.name.replace(".csv", ".xlsx")] = self.text.encode("utf-8", "replace")

    def as_workbook(self, files: Files) -> None:
        rows = _rows(files, self.name)
        if not rows or self.name == "plant.toml":
            return
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Exception):
            data = small_folder.write_xlsx(Path(folder) / "t.xlsx", rows).read_bytes()
            at = self.at % (2 * len(data))  # half of them are damaged
            data = data if at >= len(data) else data[:at] + bytes([self.to % 256]) + data[at + 1 :]
            files[self.name.replace(".csv", ".xlsx")] = data
            del files[self.name]

    # Bytes

    def set_byte(self, files: Files) -> None:
        data = files.get(self.name, b"")
        at = self.at % (len(data) + 1)
        files[self.name] = data[:at] + bytes([self.to % 256]) + data[at + 1 :]

    def cut(self, files: Files) -> None:
        data = files.get(self.name, b"")
        files[self.name] = data[: self.at % (len(data) + 1)]

    def insert(self, files: Files) -> None:
        data = files.get(self.name, b"")
        at = self.at % (len(data) + 1)
        files[self.name] = data[:at] + self.text.encode("utf-8", "surrogatepass") + data[at:]

    def recode(self, files: Files) -> None:
        coding = ("utf-16", "cp1251", "utf-8-sig", "utf-32")[self.to % 4]
        files[self.name] = files.get(self.name, b"").decode("utf-8", "replace").encode(coding, "replace")

    def repeat(self, files: Files) -> None:
        data = files.get(self.name, b"")
        files[self.name] = data * min(50, 1 + self.to % 50)

    # Cells

    def set_cell(self, files: Files) -> None:
        rows = _rows(files, self.name)
        row = rows[self.at % len(rows)] if rows else []
        if row:
            row[self.to % len(row)] = self.text
            _put(files, self.name, rows)

    def borrow_cell(self, files: Files) -> None:
        """Put what stands somewhere else in the folder: a plausible id, date, number or word."""
        rows, others = _rows(files, self.name), _rows(files, NAMES[1 + self.to % len(STEMS)])
        row = rows[1 + self.at % (len(rows) - 1)] if len(rows) > 1 else []
        cells = [cell for other in others[1:] for cell in other]
        if row and cells:
            row[self.to // 7 % len(row)] = cells[self.at // 5 % len(cells)]
            _put(files, self.name, rows)

    def move_within_column(self, files: Files) -> None:
        rows = _rows(files, self.name)
        if len(rows) > 2:
            giver, taker = rows[1 + self.at % (len(rows) - 1)], rows[1 + self.to % (len(rows) - 1)]
            column = self.at // 3 % max(1, min(len(giver), len(taker)))
            taker[column : column + 1] = giver[column : column + 1]
            _put(files, self.name, rows)

    def set_number(self, files: Files) -> None:
        rows = _rows(files, self.name)
        places = [(i, j) for i, r in enumerate(rows) for j, c in enumerate(r) if i and _is_number(c)]
        if places:
            i, j = places[self.at % len(places)]
            rows[i][j] = NUMBERS[self.to % len(NUMBERS)]
            _put(files, self.name, rows)

    def fill_column(self, files: Files) -> None:
        rows = _rows(files, self.name)
        for row in rows[1:]:
            if row:
                row[self.to % len(row)] = self.text
        _put(files, self.name, rows)

    def drop_row(self, files: Files) -> None:
        rows = _rows(files, self.name)
        if rows:
            del rows[self.at % len(rows)]
        _put(files, self.name, rows)

    def copy_row(self, files: Files) -> None:
        rows = _rows(files, self.name)
        if rows:
            rows.insert(self.to % (len(rows) + 1), list(rows[self.at % len(rows)]))
        _put(files, self.name, rows)

    def drop_column(self, files: Files) -> None:
        rows = _rows(files, self.name)
        _put(files, self.name, [[c for i, c in enumerate(r) if i != self.at % max(1, len(r))] for r in rows])

    def copy_column(self, files: Files) -> None:
        rows = _rows(files, self.name)
        _put(files, self.name, [[*r, *(r[self.at % len(r) :][:1] if r else [])] for r in rows])

    def swap_columns(self, files: Files) -> None:
        rows = _rows(files, self.name)
        for row in rows:
            if row:
                a, b = self.at % len(row), self.to % len(row)
                row[a], row[b] = row[b], row[a]
        _put(files, self.name, rows)

    # plant.toml

    def set_toml(self, files: Files) -> None:
        lines = files.get("plant.toml", b"").decode("utf-8", "replace").split("\n")
        keys = [i for i, line in enumerate(lines) if "=" in line]
        if keys:
            i = keys[self.at % len(keys)]
            lines[i] = f"{lines[i].partition('=')[0]}= {TOML_VALUES[self.to % len(TOML_VALUES)]}"
        files["plant.toml"] = "\n".join(lines).encode("utf-8", "replace")

    def add_toml(self, files: Files) -> None:
        lines = files.get("plant.toml", b"").split(b"\n")
        lines.insert(self.at % (len(lines) + 1), TOML_LINES[self.to % len(TOML_LINES)].encode())
        files["plant.toml"] = b"\n".join(lines)


def _rows(files: Files, name: str) -> list[list[str]]:
    try:
        return small_folder.rows_of(files.get(name, b"").decode("utf-8", "replace"))
    except Exception:  # what the csv module refuses stays as it is
        return []


def _is_number(cell: str) -> bool:
    try:
        return bool(float(cell) or cell)
    except ValueError:
        return False


def _put(files: Files, name: str, rows: list[list[str]]) -> None:
    with contextlib.suppress(Exception):
        files[name] = small_folder.text_of(rows).encode("utf-8", "surrogatepass")


KINDS = [name for name in vars(Change) if not name.startswith("_") and name != "apply"]
KINDS = [name for name in KINDS if callable(vars(Change)[name])]
# Workbooks are read in a process of their own, which takes time: they come up less often.
OFTEN = [kind for kind in KINDS if "workbook" not in kind]
PLAUSIBLE = ["set_cell", "borrow_cell", "move_within_column", "set_number", "set_toml"]
number = st.integers(0, 1 << 20)
texts = st.sampled_from(HOSTILE) | st.text(max_size=40)
changes = st.builds(
    Change,
    kind=st.sampled_from([*OFTEN * 2, *PLAUSIBLE * 12, *KINDS]),
    name=st.sampled_from(NAMES),
    at=number,
    to=number,
    text=texts,
)
