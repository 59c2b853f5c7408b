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

        return ready_on(self.desk.asked(at), None, seconds, what_if)

    def resolve(
        self,
        part: str | None = None,
        at: date | None = None,
        seconds: float = SECONDS,
        work: int | None = None,
    ) -> KitResolve:
        """What to do about missing parts, all together, and what it costs."""
        from knockdown.workflow.kit_answers import resolve_on

        return resolve_on(self.desk.asked(at), part, None, seconds, work)

    def lots(self, at: date | None = None) -> KitLots:
        """Every lot: how far it is, its papers, its cost, how many of its kits are complete."""
        from knockdown.kitting.tell.stock import StockTeller
        from knockdown.workflow.kit_answers import looked

        desk = self.desk.asked(at)
        ready = {lot.kit_lot_id: lot for lot in looked(desk, SECONDS)[1].lots}
        there = None
        if desk.today < desk.at_day:
            there = {lot.kit_lot_id: lot for lot in looked(desk.as_known(), SECONDS)[1].lots}
        return StockTeller(*_told(desk), desk.today).lots(_provenance(desk), ready, there)

    def stock(self, lot: str | None = None, part: str | None = None, at: date | None = None) -> KitStock:
        """Where every piece is, and what it is worth, by lot."""
        from knockdown.kitting.tell.stock import StockTeller

        desk = self.desk.asked(at)
        if lot is not None:
            _refuse_unknown(desk, "--lot", lot, desk.book.lots)
        if part is not None:
            packed = {name: None for _, name in desk.book.cells}
            _refuse_unknown(desk, "--part", part, {**packed, **desk.kits.parts})
        return StockTeller(*_told(desk)).stock(_provenance(desk), lot, part)

    def borrows(self, at: date | None = None) -> KitBorrows:
        """Who took what from which lot, and what is owed."""
        from knockdown.kitting.tell.lists import ListTeller

        desk = self.desk.asked(at)
        return ListTeller(*_told(desk)).borrows(_provenance(desk))

    def park(self, at: date | None = None) -> KitPark:
        """Short-built vehicles: what they lack, and the next that can be finished."""
        from knockdown.kitting.tell.lists import ListTeller
        from knockdown.workflow.kit_answers import ready_on

        desk = self.desk.asked(at)
        told = {unit.unit: unit for unit in ready_on(desk).units}
        return ListTeller(*_told(desk)).park(_provenance(desk), told)

    def packaging(self, at: date | None = None) -> KitPackaging:
        """Crates and frames that partners want back."""
        from knockdown.kitting.tell.lists import ListTeller

        desk = self.desk.asked(at)
        return ListTeller(*_told(desk)).packaging(_provenance(desk))

    def carries(
        self,
        case: str | None = None,
        lot: str | None = None,
        part: str | None = None,
        at: date | None = None,
    ) -> KitCarries:
        """Which vehicles carry parts of a case, or of a lot: proven, or possible."""
        from knockdown.kitting.tell.carries import CarriesTeller

        desk = self.desk.asked(at)
        whose = _whose(desk, case, lot)
        return CarriesTeller(*_told(desk), whose, case, part).carries(_provenance(desk))

    def changes(self, at: date | None = None) -> KitChanges:
        """Change notes, and where each stands."""
        from knockdown.kitting.outlook import outlook
        from knockdown.kitting.tell.changes import ChangeTeller
        from knockdown.kitting.tell.ready import board_of

        desk = self.desk.asked(at)
        look = outlook(desk.kits, desk.book, desk.at_day, desk.today)
        board = board_of(desk.kits, desk.book, look)
        return ChangeTeller(*_told(desk), look.question.units, board).changes(_provenance(desk))


def _told(desk: Desk) -> tuple[KitPlant, KitBook, int, int]:
    """What every teller takes first."""
    return desk.kits, desk.book, desk.at_day, desk.position


def _provenance(desk: Desk) -> Provenance:
    return provenance(desk, desk.at_day)


def _whose(desk: Desk, case: str | None, lot: str | None) -> str:
    """The lot whose parts are asked for, by itself or as that of a case."""
    if case is None and lot is None:
        step = "add --case CASE for the parts of one case, or --lot LOT for those of a whole lot"
        raise BadInput([Fault("--case, --lot", None, None, None, "are both missing", step)])
    if case is not None:
        _refuse_unknown(desk, "--case", case, desk.book.cases)
        of_case = desk.book.cases[case].kit_lot_id
        if lot not in (None, of_case):
            problem = f"is another lot than that of case {case}, {of_case}"
            step = "leave out --case or --lot: a case is of one lot"
            raise BadInput([Fault("--lot", None, None, lot, problem, step)])
        return of_case
    _refuse_unknown(desk, "--lot", lot or "", desk.book.lots)
    return lot or ""


def _refuse_unknown(desk: Desk, where: str, name: str, known: Mapping[str, object]) -> None:
    if name not in known:
        raise Checks(desk.kits, desk.book, 0).unknown(where, name, known)
