"""The kit desk's answers: what can be finished, and what to do about what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.kit_ready import KitReady
from knockdown.documents.kit_resolve import KitResolve
from knockdown.kitting.outlook import Outlook, outlook
from knockdown.kitting.ready.answer import ReadyAnswer
from knockdown.kitting.ready.check import check as check_ready
from knockdown.kitting.ready.solve import ready as solve_ready
from knockdown.kitting.resolve import choices
from knockdown.kitting.resolve.shortfall import Shortfall
from knockdown.kitting.resolve.solve import resolve as solve_resolve
from knockdown.kitting.tell.ready import ReadyTeller, board_of
from knockdown.kitting.tell.resolve import ResolveTeller
from knockdown.workflow.kit_desk import Desk, provenance


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
        When the plant has faults, or a step is not understood.
    """
    return ready_on(Desk(plant, ledger), at, seconds, what_if)


def ready_on(
    desk: Desk, at: date | None = None, seconds: float = 10.0, what_if: Sequence[str] = ()
) -> KitReady:
    """As `ready`, on a desk that is open."""
    desk = desk.as_of(at)
    look, answer = looked(desk, at, seconds)
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
        When the plant has faults, or the part is not known.
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
    if part is not None and part not in desk.kits.parts:
        raise BadInput([Fault("--part", None, None, part, "is not in parts", "write a part id of the plant")])
    desk = desk.as_of(at)
    look, answer = looked(desk, at, seconds)
    board = board_of(desk.kits, desk.book, look)
    facts = Shortfall(desk.kits, desk.book, look, answer, board).facts(part)
    found = solve_resolve(choices.question(facts), seconds=seconds, work=work)
    teller = ResolveTeller(desk.kits, desk.book, facts, found, desk.position, part)
    return teller.document(provenance(desk, facts.at_day))


def looked(desk: Desk, at: date | None, seconds: float) -> tuple[Outlook, ReadyAnswer]:
    """Which units can be finished on a day, answered and inspected."""
    last = desk.kits.workdays[-1] if desk.kits.workdays else desk.today
    if at is not None and not desk.kits.opening.day <= at.toordinal() <= last:
        first, end = (date.fromordinal(day).isoformat() for day in (desk.kits.opening.day, last))
        step = f"ask for a day from the opening, {first}, to {end}"
        raise BadInput([Fault("--at", None, None, at.isoformat(), "lies outside what is known", step)])
    day = desk.today if at is None else at.toordinal()
    look = outlook(desk.kits, desk.book, day, desk.today)
    answer = solve_ready(look.question, seconds=seconds)
    faults = check_ready(look.question, answer)
    if faults:
        raise AssertionError(f"the answer fails its inspection: {faults[0]}")
    return look, answer
