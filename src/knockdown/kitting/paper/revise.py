"""What a corrected packing list changes, as a diff against what was recorded of the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from knockdown.kitting.paper.packing_list import PackingList

Contents = Mapping[str, Mapping[tuple[str, str | None], int]]
"""By case, how many of each part are in each box (None: in no box); as `PackingList.contents` gives it."""

ChangeKind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class LineChange:
    """One line before and after; 0 where it is not there. Pieces, or thousandths of the part's unit."""

    kind: ChangeKind
    case_id: str
    part_id: str
    box_id: str | None
    n_before: int
    n_after: int

    def __str__(self) -> str:
        box = f" box {self.box_id}" if self.box_id else ""
        return f"case {self.case_id}{box} part {self.part_id}: {self.n_before} -> {self.n_after}"


@dataclass(frozen=True, slots=True)
class Revision:
    """The difference between two lists; cases and lines in the order of their ids."""

    cases_added: tuple[str, ...]
    cases_removed: tuple[str, ...]
    cases_changed: tuple[str, ...]
    lines: tuple[LineChange, ...]

    @property
    def is_unchanged(self) -> bool:
        """Whether there is nothing to do."""
        return not self.lines and not self.cases_added and not self.cases_removed


def compare(old: Contents, new: PackingList | Contents) -> Revision:
    """Compare what was recorded with a new list.

    Parameters
    ----------
    old : mapping of case to mapping of (part, box) to int
        What the earlier list said.
    new : PackingList, or such a mapping
        What is said now.

    Returns
    -------
    Revision
        Empty, `is_unchanged`, when both say the same.

    Examples
    --------
    >>> old = {"1": {("BT-1", None): 4}, "2": {("BT-2", "B1"): 1}}
    >>> revision = compare(old, {"1": {("BT-1", None): 5}, "3": {("BT-2", "B1"): 1}})
    >>> revision.cases_added, revision.cases_removed, revision.cases_changed
    (('3',), ('2',), ('1',))
    >>> print(*revision.lines, sep="\\n")
    case 1 part BT-1: 4 -> 5
    case 2 box B1 part BT-2: 1 -> 0
    case 3 box B1 part BT-2: 0 -> 1
    >>> compare(old, old).is_unchanged
    True
    """
    now = new.contents() if isinstance(new, PackingList) else new
    lines = [
        change
        for case in sorted({*old, *now}, key=_natural)
        for change in _case_changes(case, old.get(case, {}), now.get(case, {}))
    ]
    touched = {line.case_id for line in lines}
    return Revision(
        tuple(sorted(now.keys() - old.keys(), key=_natural)),
        tuple(sorted(old.keys() - now.keys(), key=_natural)),
        tuple(sorted(touched & old.keys() & now.keys(), key=_natural)),
        tuple(lines),
    )


def _case_changes(
    case: str, old: Mapping[tuple[str, str | None], int], new: Mapping[tuple[str, str | None], int]
) -> list[LineChange]:
    changes = []
    for part, box in sorted({*old, *new}, key=lambda key: (key[0], key[1] or "")):
        before, after = old.get((part, box), 0), new.get((part, box), 0)
        if before != after:
            kind: ChangeKind = "changed" if before and after else "added" if after else "removed"
            changes.append(LineChange(kind, case, part, box, before, after))
    return changes


def _natural(case_id: str) -> tuple[int, str]:
    """Case 9 before case 10."""
    return len(case_id), case_id
