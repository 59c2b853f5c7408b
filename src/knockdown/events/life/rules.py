"""Every rule of life in plain English, and the refusal that names one."""

from __future__ import annotations

from typing import NoReturn

RULES: dict[str, str] = {
    # Any subject
    "any.same-subject": "An event belongs to the history of its own subject.",
    "any.known-kind": "A kind of event happens only to the sort of subject the vocabulary gives it.",
    "any.next-version": "Versions follow one another without gap or repeat; clocks decide no order.",
    "void.own-entry": "Only an earlier event of the same subject is voided.",
    "void.once": "An event is voided at most once.",
    "void.not-a-void": "A void is not voided; tell the event again instead.",
    # Commands
    "command.own-subject": "A command is decided against the history of its own subject.",
    "command.not-in-future": "What happened lies at most a day after now.",
    # Units
    "unit.steps-in-order": (
        "A unit is planned, released, leaves each of its lines, and is then shipped and sold, in either "
        "order: a step may be left out, but comes once and never after a later one."
    ),
    "unit.work-needs-release": "There is no work on a unit before it is released, unless it left its line.",
    "unit.build-needs-release": (
        "Parts, defects, tests and joined stages belong to a unit that was released or has left its line."
    ),
    "unit.work-names-station": "Work is at the station that is the event's place.",
    "unit.one-station": "A unit is in work at one station at a time.",
    "unit.work-needs-start": "Work is completed at the station where it was started.",
    "unit.held": "A held unit is not released, not put in work, not joined, not shipped and not sold.",
    "unit.away": "A unit that was shipped is not worked on and not joined; its parts change only in rework.",
    "unit.in-work": "A unit in work does not leave its line, is not shipped and is not sold.",
    "unit.out-needs-line-off": (
        "A unit is shipped or sold after it left its line; one that was only planned may skip the building."
    ),
    "unit.open-defect": "A unit with an open defect is neither shipped nor sold.",
    "unit.failed-test": "A unit is shipped or sold only if it passed each test when last tested.",
    "unit.open-parts": (
        "A unit that left its line short of parts passes its final test, is shipped and is sold only when "
        "they are fitted."
    ),
    "unit.new-defect": "A defect id is used once in a unit's life.",
    "unit.rework-open-defect": "Rework is for an open defect of the unit that is not already in rework.",
    "unit.rework-needs-start": "Rework that is done was started.",
    "unit.new-hold": "A hold id is used once in a unit's life.",
    "unit.lift-open-hold": "Only a hold that is in force is lifted, and once.",
    "unit.remove-fitted": "No more of a part comes out of a unit than went in.",
    "unit.one-part-a-serial": "A serial number is of one piece.",
    "unit.serial-once": "A part with one serial number is in a unit once.",
    "unit.remove-serial": "A part with a serial number comes out under that number.",
    "unit.join-once": "A unit is joined to another at most once, and not to itself.",
    "unit.one-vin": "A unit has one live vehicle number at a time.",
    "unit.vin-never-again": "A vehicle number that was given up is never used again.",
    "unit.issue-reserved-vin": "A vehicle number is issued once, after it was reserved for the unit.",
    "unit.void-live-vin": "Only the unit's live vehicle number is given up.",
    # Kit lots
    "kit_lot.steps-in-order": (
        "A kit lot is ordered, shipped, arrives, goes into bond and is cleared: a step may be left out, but "
        "comes once - from arrival on, once for each container - and never after a later one. What is under "
        "way is shipped again, and what is in bond goes into bond again, only to say another day."
    ),
    "kit_lot.container-once": (
        "Each container of a kit lot arrives, goes into bond and is cleared once, but for a new day of bond."
    ),
    "kit_lot.clear-after-arrival": "Customs bonds or clears what arrived of a kit lot.",
    "kit_lot.issue-after-clearing": (
        "Parts go to the line from a kit lot that customs cleared, wholly or in part."
    ),
    "kit_lot.dispose-what-was-found": (
        "No more bad pieces are disposed of than a discrepancy found, of the same part."
    ),
    "kit_lot.found-after-arrival": (
        "Discrepancies and surplus are found, and parts replaced, after a kit lot arrived."
    ),
    "kit_lot.claim-what-was-found": "A claim names at least one discrepancy of the lot, each found before.",
    "kit_lot.claim-once": "A discrepancy stands in one claim, unless the partner rejected that claim.",
    "kit_lot.new-claim": "A claim id is used once in a kit lot's life.",
    "kit_lot.claim-in-order": (
        "A claim is drafted, sent, and accepted or rejected; accepted again, it has a new day. It is settled "
        "by parts or money, in one or more steps, and a partner who sends them has accepted it."
    ),
    "kit_lot.replace-under-claim": "Parts that come for a claim come for one that was sent and not rejected.",
    "kit_lot.borrow-after-clearing": (
        "Parts are borrowed from a kit lot that customs cleared, wholly or in part."
    ),
    "kit_lot.new-borrow": "A borrow id is used once in a kit lot's life.",
    "kit_lot.no-own-debt": "A kit lot does not borrow from itself.",
    "kit_lot.pay-back-debt": "No more comes back than was borrowed, of the same part.",
    # The simpler subjects
    "case.opened-once": "A case is opened once.",
    "case.one-kit-lot": "A case belongs to one kit lot.",
    "case.pages-in-order": (
        "The pages of a packing list come in order; a new revision has a higher number and begins at page 1."
    ),
    "case.count-what-is-open": "What a case holds is counted after it was opened.",
    "part_lot.received-once": "A batch is received once.",
    "part_lot.use-after-receipt": "A batch is used after it was received, and is of one part.",
    "part_lot.names-place": "A batch is opened and closed at the event's place.",
    "part_lot.open-once": "A batch is opened at a place where it is not open.",
    "part_lot.close-what-is-open": "A batch is closed at a place where it is open.",
    "part_lot.left-of-received": "No more is left of a batch than was received.",
    "station.new-stop": "Two open stops of a station have different ids.",
    "station.restart-what-stopped": "A restart ends a stop of the station that is open.",
    "station.new-andon": "Two open calls of a station have different ids.",
    "station.clear-what-was-raised": "A call is cleared while it is open.",
    "contract.signed-once": "A contract is signed once.",
    "crew.one-shift": "A crew works one shift at a time.",
    "crew.end-what-started": "A shift ends that was started.",
    "plant.count-names-store": "Stock is counted in the store that is the event's place.",
}
"""Rule id -> what it says; the part before the dot is the sort of subject, or any, void or command."""


class Forbidden(ValueError):  # noqa: N818  (what was asked is refused; nothing failed)
    """An event that may not come next.

    Parameters
    ----------
    rule : str
        An id from `RULES`.
    problem : str
        What is wrong, naming the thing and the value.
    next_step : str
        What to do about it.

    Examples
    --------
    >>> str(Forbidden("case.opened-once", "case L-204-17 was opened before", "scan the next case"))
    'case L-204-17 was opened before; scan the next case'
    """

    def __init__(self, rule: str, problem: str, next_step: str) -> None:
        super().__init__(rule, problem, next_step)  # all three, so that a copy can be made across processes
        self.rule, self.problem, self.next_step = rule, problem, next_step

    def __str__(self) -> str:
        return f"{self.problem}; {self.next_step}"


def forbid(rule: str, problem: str, next_step: str) -> NoReturn:
    """Refuse an event."""
    raise Forbidden(rule, problem, next_step)
