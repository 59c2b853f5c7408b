"""The kit desk's lists: lots, stock, borrowed parts, the park, packaging, changes, and who carries what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.paper import Provenance
from knockdown.kitting.acts_checks import Checks
from knockdown.kitting.book import KitBook
from knockdown.kitting.terms import KitPlant
from knockdown.workflow.kit_desk import Desk, provenance

if TYPE_CHECKING:
    from knockdown.documents.kit_lists import KitBorrows, KitCarries, KitChanges, KitPackaging, KitPark
    from knockdown.documents.kit_ready import KitReady
    from knockdown.documents.kit_resolve import KitResolve
    from knockdown.documents.kit_stock import KitLots, KitStock

SECONDS = 10.0


class Reader:
    """What is so; without a ledger, as the plant's description says it was on the opening day.

    Every question takes `at`, the day asked about: by default the day of the last entry.

    Parameters
    ----------
    desk : Desk
        The plant's kits.
    """

    desk: Desk

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def ready(
        self, at: date | None = None, seconds: float = SECONDS, what_if: Sequence[str] = ()
    ) -> KitReady:
        """Which vehicles can be finished, and which part blocks each of the others."""
        from knockdown.workflow.kit_answers import ready_on

        self.desk.refresh()
        return ready_on(self.desk, at, seconds, what_if)

    def resolve(
        self,
        part: str | None = None,
        at: date | None = None,
        seconds: float = SECONDS,
        work: int | None = None,
    ) -> KitResolve:
        """What to do about missing parts, all together, and what it costs."""
        from knockdown.workflow.kit_answers import resolve_on

        self.desk.refresh()
        return resolve_on(self.desk, part, at, seconds, work)

    def lots(self, at: date | None = None) -> KitLots:
        """Every lot: how far it is, its papers, its cost, how many of its kits are complete."""
        from knockdown.kitting.tell.stock import StockTeller
        from knockdown.workflow.kit_answers import looked

        day = self._day(at)
        _, answer = looked(self.desk, date.fromordinal(day), SECONDS)
        ready = {lot.kit_lot_id: lot for lot in answer.lots}
        return StockTeller(*self._told(day)).lots(self._provenance(day), ready)

    def stock(self, lot: str | None = None, part: str | None = None, at: date | None = None) -> KitStock:
        """Where every piece is, and what it is worth, by lot."""
        from knockdown.kitting.tell.stock import StockTeller

        day = self._day(at)
        if lot is not None:
            self._known("--lot", lot, self.desk.book.lots)
        if part is not None:
            packed = {name: None for _, name in self.desk.book.cells}
            self._known("--part", part, {**packed, **self.desk.kits.parts})
        return StockTeller(*self._told(day)).stock(self._provenance(day), lot, part)

    def borrows(self, at: date | None = None) -> KitBorrows:
        """Who took what from which lot, and what is owed."""
        from knockdown.kitting.tell.lists import ListTeller

        day = self._day(at)
        return ListTeller(*self._told(day)).borrows(self._provenance(day))

    def park(self, at: date | None = None) -> KitPark:
        """Short-built vehicles: what they lack, and the next that can be finished."""
        from knockdown.kitting.tell.lists import ListTeller

        day = self._day(at)
        told = {unit.unit: unit for unit in self.ready(date.fromordinal(day)).units}
        return ListTeller(*self._told(day)).park(self._provenance(day), told)

    def packaging(self, at: date | None = None) -> KitPackaging:
        """Crates and frames that partners want back."""
        from knockdown.kitting.tell.lists import ListTeller

        day = self._day(at)
        return ListTeller(*self._told(day)).packaging(self._provenance(day))

    def carries(
        self,
        case: str | None = None,
        lot: str | None = None,
        part: str | None = None,
        at: date | None = None,
    ) -> KitCarries:
        """Which vehicles carry parts of a case, or of a lot: proven, or possible."""
        from knockdown.kitting.tell.carries import CarriesTeller

        day = self._day(at)
        if (case is None) == (lot is None):
            step = "name a case with --case, or a lot with --lot"
            raise BadInput([Fault("--case", None, None, case, "says not whose parts", step)])
        if case is not None:
            self._known("--case", case, self.desk.book.cases)
        whose = self.desk.book.cases[case].kit_lot_id if case is not None else lot or ""
        self._known("--lot", whose, self.desk.book.lots)
        return CarriesTeller(*self._told(day), whose, case, part).carries(self._provenance(day))

    def changes(self, at: date | None = None) -> KitChanges:
        """Change notes, and where each stands."""
        from knockdown.kitting.outlook import outlook
        from knockdown.kitting.tell.changes import ChangeTeller
        from knockdown.kitting.tell.ready import board_of

        day = self._day(at)
        look = outlook(self.desk.kits, self.desk.book, day, self.desk.today)
        board = board_of(self.desk.kits, self.desk.book, look)
        teller = ChangeTeller(*self._told(day), look.question.units, board)
        return teller.changes(self._provenance(day))

    # What they share

    def _day(self, at: date | None) -> int:
        self.desk.refresh()
        return self.desk.today if at is None else at.toordinal()

    def _told(self, day: int) -> tuple[KitPlant, KitBook, int, int]:
        return self.desk.kits, self.desk.book, day, self.desk.position

    def _provenance(self, day: int) -> Provenance:
        return provenance(self.desk, day)

    def _known(self, where: str, name: str, known: Mapping[str, object]) -> None:
        if name not in known:
            raise Checks(self.desk.kits, self.desk.book, 0).unknown(where, name, known)
