"""What acts on kits share: the moment, who, and checks whose refusal says what is there instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import digest_id
from knockdown.events.command import Command
from knockdown.kitting.acts_days import early
from knockdown.kitting.book import BorrowBook, CaseBook, ClaimBook, Found, KitBook, LotBook
from knockdown.kitting.moments import day_of
from knockdown.kitting.terms import KitPlant, written

# The verb that shows the names a word of the command line can take; of the others some are told
LISTED_BY = {
    "LOT": ("lots",),
    "UNIT": ("ready", "--all"),
    "DISCREPANCY": ("claims", "--json"),
    "CLAIM": ("claims",),
    "BORROW": ("borrows",),
}
MOST_TOLD = 8


@dataclass
class Checks:
    """One plant's kits at one moment.

    Parameters
    ----------
    plant, book
        As they are now.
    at_ms : int
        When it happened, plant time.
    person_id : str, optional
        Who did it; a random id, never a name.
    known : frozenset of str
        Ids of commands that are recorded.
    """

    plant: KitPlant
    book: KitBook
    at_ms: int
    person_id: str | None = None
    known: frozenset[str] = frozenset()

    def _head(self, verb: str, subject_id: str, *told: object) -> dict[str, Any]:
        command_id = digest_id("kit", verb, subject_id, *(str(each) for each in told), self.at_ms)
        return {"command_id": command_id, "subject_id": subject_id, "at_ms": self.at_ms}

    def _told(self, head: Mapping[str, Any]) -> bool:
        """Whether the same act is recorded: then it is not checked again, and not recorded again."""
        return head["command_id"] in self.known

    def in_time(self, commands: list[Command]) -> list[Command]:
        """The commands, unless one is dated before what it follows on."""
        if faults := early(self.book, commands, self.known):
            raise BadInput(faults)
        return commands

    def _lot(self, lot_id: str) -> LotBook:
        if lot_id not in self.book.lots:
            raise self.unknown("LOT", lot_id, self.book.lots)
        return self.book.lots[lot_id]

    def _case(self, case_id: str) -> CaseBook:
        if case_id not in self.book.cases:
            raise self.unknown("CASE", case_id, self.book.cases)
        return self.book.cases[case_id]

    def discrepancy(self, discrepancy_id: str) -> Found:
        """A discrepancy by its id, or by the beginning of it if that is enough."""
        return self.book.found[self.named("DISCREPANCY", discrepancy_id, self.book.found)]

    def borrow_of(self, borrow_id: str) -> BorrowBook:
        """A borrow by its id, or by the beginning of it if that is enough."""
        return self.book.borrows[self.named("BORROW", borrow_id, self.book.borrows)]

    def claim_of(self, claim_id: str) -> ClaimBook:
        """A claim by its id, or by the beginning of it if that is enough."""
        return self.book.claims[self.named("CLAIM", claim_id, self.book.claims)]

    def named(self, where: str, text: str, known: Mapping[str, object]) -> str:
        """The id that was meant: written in full or begun, in capitals or small letters, if one only fits."""
        if text in known:
            return text
        typed = text.casefold()
        begun = [name for name in known if typed and name.casefold().startswith(typed)]
        whole = [name for name in begun if name.casefold() == typed]
        fits = whole or begun
        if len(fits) > 1:
            step = f"write one of {', '.join(sorted(fits)[:MOST_TOLD])}"
            raise BadInput([Fault(where, None, None, text, f"may be any of {len(fits)}", step)])
        if not fits:
            raise self.unknown(where, text, known)
        return fits[0]

    def _parts(self, part_ids: Sequence[str] | Mapping[str, int]) -> None:
        unknown = [name for name in part_ids if name not in self.plant.parts and not self._is_packed(name)]
        if unknown:
            raise BadInput([self.unknown("PART", name, self.plant.parts).faults[0] for name in unknown])

    def _is_packed(self, part_id: str) -> bool:
        """Whether a packing list brought the part, though the plant's table lacks it."""
        return any(name == part_id for _, name in self.book.cells)

    def _unit(self, part_id: str) -> str:
        return self.plant.parts[part_id].unit if part_id in self.plant.parts else "pcs"

    def _on_hand(self, key: tuple[str | None, str]) -> int:
        cell = self.book.cells.get(key)  # asking the dictionary itself would make one
        return 0 if cell is None else cell.on_hand

    def _enough(self, key: tuple[str | None, str], n_parts: int, where: str, case_id: str | None) -> None:
        case = self.book.cases.get(case_id or "")
        n_there = self._on_hand(key)
        if case is not None and case.opened_at is None:
            n_there = case.held.get(key[1], 0)
        if n_parts > n_there:
            unit = self._unit(key[1])
            whose = f"lot {key[0]}" if key[0] else "loose stock"
            problem = f"is more than the {written(max(0, n_there), unit)} of {key[1]} on hand in {whose}"
            step = "count again; open the case first if it is closed"
            raise BadInput([Fault(where, None, None, written(n_parts, unit), problem, step)])

    def unknown(self, where: str, name: str, known: Mapping[str, object] | Sequence[str]) -> BadInput:
        """The refusal of a name that is not known, with those that are like it."""
        near = get_close_matches(name, list(known), 3, 0.5)
        step = f"perhaps {', '.join(near)}" if near else self._listing(where, list(known))
        return BadInput([Fault(where, None, None, name, "is not known", step)])

    def _listing(self, where: str, known: Sequence[str]) -> str:
        """Where to see the names that can be written."""
        sort = where.strip("-").upper()
        if not known:
            return f"there is no {sort.lower()} yet"
        if len(known) <= MOST_TOLD:
            return f"write {' or '.join(known)}"
        if sort in LISTED_BY:
            return f"`{self.plant.command(*LISTED_BY[sort])}` lists them"
        lots = sorted({lot_id for lot_id, part_id in self.book.cells if lot_id and part_id in known})
        if sort == "PART" and lots:
            return f"`{self.plant.command('stock', '--lot', lots[0], '--all')}` lists those of a lot"
        return f"there are {len(known)}, such as {', '.join(sorted(known)[:MOST_TOLD])}"

    def _refuse_past(self, where: str, day: str, what: str) -> None:
        """A day that is said of the future is not before the day on which it is said."""
        today = date.fromordinal(day_of(self.at_ms)).isoformat()
        if day < today:
            problem = f"is before {today}, {what}"
            raise BadInput([Fault(where, None, None, day, problem, "mend one of the days")])

    def _refuse_stranger(self, unit_id: str, of_lot: str | None, lot_id: str) -> None:
        """Pieces are borrowed for a unit of the lot that takes them."""
        if of_lot != lot_id:
            problem = f"is of lot {of_lot or 'none'}, not of {lot_id}, which takes the pieces"
            raise BadInput([Fault("--unit", None, None, unit_id, problem, "mend the unit or the lot")])
