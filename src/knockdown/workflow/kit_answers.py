"""The kit desk's answers: what can be finished, and what to do about what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.kit_ready import KitReady
from knockdown.kitting.acts_checks import Checks
from knockdown.kitting.outlook import Outlook, outlook
from knockdown.kitting.ready.answer import ReadyAnswer
from knockdown.kitting.ready.check import check as check_ready
from knockdown.kitting.ready.solve import ready as solve_ready
from knockdown.kitting.tell.ready import ReadyTeller, board_of
from knockdown.workflow.kit_desk import Desk, provenance
from knockdown.workflow.prepare import check_ranges

if TYPE_CHECKING:
    from knockdown.documents.kit_resolve import KitResolve


def ready(
    plant: str,
    at: date | None = None,
    ledger: str | None = None,
    seconds: float = 10.0,
    what_if: Sequence[str] = (),
) -> KitReady:
    """Say which vehicles can be finished with the kits on site, and which part blocks each of the others.

    Parameters
    ----------
    plant : str
        A built-in plant's name, or a folder.
    at : date, optional
        The day asked about; by default the day of the last entry, or the opening day. What is expected
        by then counts as there.
    ledger : str, optional
        Another ledger than the plant's own.
    seconds : float
        Time for proofs.
    what_if : sequence of str
        Steps whose common gain is asked for: `open CASE`, `clear LOT`, `claim ID [DAYS sooner]`.

    Raises
    ------
    BadInput
        When the plant has faults, a step is not understood, the day lies outside the plant's calendar,
        or the time allowed is none.
    """
    return ready_on(Desk(plant, ledger), at, seconds, what_if)


def ready_on(
    desk: Desk, at: date | None = None, seconds: float = 10.0, what_if: Sequence[str] = ()
) -> KitReady:
    """As `ready`, on a desk that is open."""
    _refuse(check_ranges(seconds=seconds))
    desk = desk.as_of(at)
    look, answer = looked(desk, seconds)
    board = board_of(desk.kits, desk.book, look)
    teller = ReadyTeller(desk.kits, desk.book, look, answer, board, desk.position, tuple(what_if))
    return teller.document(provenance(desk, answer.question.at_day))


def resolve(
    plant: str,
    part: str | None = None,
    at: date | None = None,
    ledger: str | None = None,
    seconds: float = 10.0,
    work: int | None = None,
) -> KitResolve:
    """Say what to do about missing parts, all together, and what it costs.

    Parameters
    ----------
    plant, at, ledger
        As in `ready`.
    part : str, optional
        Only units that lack this part.
    seconds, work
        How long to search; `work` fixes the answer to the bit.

    Raises
    ------
    BadInput
        When the plant has faults, the part is not known, the day lies outside the plant's calendar, or
        the time or work allowed is none.
    """
    return resolve_on(Desk(plant, ledger), part, at, seconds, work)


def resolve_on(
    desk: Desk,
    part: str | None = None,
    at: date | None = None,
    seconds: float = 10.0,
    work: int | None = None,
) -> KitResolve:
    """As `resolve`, on a desk that is open."""
    from knockdown.kitting.resolve import choices
    from knockdown.kitting.resolve.shortfall import Shortfall
    from knockdown.kitting.resolve.solve import resolve as solve_resolve
    from knockdown.kitting.tell.resolve import ResolveTeller

    faults = check_ranges(seconds=seconds, work=work)
    if part is not None and part not in desk.kits.parts:
        faults += Checks(desk.kits, desk.book, 0).unknown("--part", part, desk.kits.parts).faults
    _refuse(faults)
    desk = desk.as_of(at)
    look, answer = looked(desk, seconds)
    board = board_of(desk.kits, desk.book, look)
    facts = Shortfall(desk.kits, desk.book, look, answer, board).facts(part)
    found = solve_resolve(choices.question(facts), seconds=seconds, work=work)
    teller = ResolveTeller(desk.kits, desk.book, facts, found, desk.position, part)
    return teller.document(provenance(desk, facts.at_day))


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise BadInput(faults)


def looked(desk: Desk, seconds: float) -> tuple[Outlook, ReadyAnswer]:
    """Which units can be finished on the desk's day, answered and inspected."""
    look = outlook(desk.kits, desk.book, desk.at_day, desk.today)
    answer = solve_ready(look.question, seconds=seconds)
    faults = check_ready(look.question, answer)
    if faults:
        raise AssertionError(f"the answer fails its inspection: {faults[0]}")
    return look, answer
