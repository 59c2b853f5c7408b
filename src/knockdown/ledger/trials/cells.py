"""Where in an SQLite file the bytes of a table's rows stand: read from its pages, without SQLite's help.

For a table without a rowid, whose rows stand whole in the cells of its tree, in order of their key. The
layout is that of "Database File Format" in SQLite's documentation, section 1.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

HEADER_BYTES = 100
INTERIOR, LEAF = 2, 10


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of one row that stand together.

    Parameters
    ----------
    row : int
        Number of the row in the table's order, from 0.
    begin, end : int
        Where in the file.
    """

    row: int
    begin: int
    end: int


def pieces(content: bytes, root: int) -> list[Piece]:
    """Every byte of every row: sizes, field headers, fields, and the page numbers among them.

    Parameters
    ----------
    content : bytes
        The whole file.
    root : int
        Number of the tree's first page (`rootpage` in `sqlite_schema`).
    """
    tree = _Tree(content)
    cells = enumerate(tree.cells(root))
    return [Piece(i, begin, end) for i, cell in cells for begin, end in tree.spans(*cell)]


class _Tree:
    def __init__(self, content: bytes) -> None:
        self._content = content
        size = self._number(16, 2)
        self._page_bytes = 65_536 if size == 1 else size
        self._usable = self._page_bytes - content[20]

    def _number(self, at: int, n_bytes: int) -> int:
        return int.from_bytes(self._content[at : at + n_bytes], "big")

    def cells(self, page: int) -> Iterator[tuple[int, bool]]:
        """Where each cell begins and whether a page number leads it, in the order of the rows."""
        base = (page - 1) * self._page_bytes
        head = base + (HEADER_BYTES if page == 1 else 0)
        is_interior = self._content[head] == INTERIOR
        if not is_interior and self._content[head] != LEAF:
            raise ValueError(f"page {page} is of sort {self._content[head]}, not of a table without rowid")
        first = head + (12 if is_interior else 8)
        for i in range(self._number(head + 3, 2)):
            at = base + self._number(first + 2 * i, 2)
            if is_interior:
                yield from self.cells(self._number(at, 4))
            yield at, is_interior
        if is_interior:
            yield from self.cells(self._number(head + 8, 4))

    def spans(self, at: int, is_interior: bool) -> Iterator[tuple[int, int]]:
        """Begin and end of a cell, and of what it has on pages of its own."""
        begin = at
        at += 4 if is_interior else 0
        payload, at = self._varint(at)
        here = self._local(payload)
        if here == payload:
            yield begin, at + here
            return
        yield begin, at + here + 4
        page, left = self._number(at + here, 4), payload - here
        while left:
            base = (page - 1) * self._page_bytes
            some = min(left, self._usable - 4)
            yield base, base + 4 + some
            page, left = self._number(base, 4), left - some

    def _local(self, payload: int) -> int:
        """Bytes of a row that stand in the cell itself."""
        most = (self._usable - 12) * 64 // 255 - 23
        least = (self._usable - 12) * 32 // 255 - 23
        if payload <= most:
            return payload
        rest = least + (payload - least) % (self._usable - 4)
        return rest if rest <= most else least

    def _varint(self, at: int) -> tuple[int, int]:
        value = 0
        for i in range(8):
            byte = self._content[at + i]
            value = value << 7 | byte & 127
            if byte < 128:
                return value, at + i + 1
        return value << 8 | self._content[at + 8], at + 9
