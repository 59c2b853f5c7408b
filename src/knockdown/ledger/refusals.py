"""Why the ledger does not take an entry, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence


class Refused(Exception):  # noqa: N818 - it is what happened
    """Nothing of the submission was stored.

    Parameters
    ----------
    rule : str
        Short name of the rule, for programs.
    problem, next_step : str
        For people, one sentence each.
    event_id : str or None
        Which entry of the submission it was.
    """

    def __init__(self, rule: str, problem: str, next_step: str, event_id: str | None = None) -> None:
        self.rule, self.problem, self.next_step, self.event_id = rule, problem, next_step, event_id
        super().__init__(f"{problem}; {next_step}")


class VersionConflict(Refused):
    """Somebody else wrote to the subject first."""

    def __init__(self, subject: str, current: int, told: int, event_id: str) -> None:
        self.subject, self.current, self.told = subject, current, told
        problem = f"{subject} is at version {current}, so its next entry is {current + 1}, not {told}"
        super().__init__("ledger.version", problem, "read its history and decide again", event_id)


class IdTaken(Refused):
    """An event id was used for something else."""

    def __init__(self, event_id: str, position: int) -> None:
        problem = f"event id {event_id} stands at position {position} with other content"
        super().__init__("ledger.event-id", problem, "give the new event an id of its own", event_id)


class AllRefused(Refused):
    """Several events of a submission are refused; `refused` has why, in their order. Nothing was stored."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        self.refused = tuple(refused)
        first = self.refused[0]
        super().__init__(first.rule, first.problem, first.next_step, first.event_id)


class StoreFailed(Exception):  # noqa: N818
    """The store failed while it wrote. Sending the same events again is always safe."""


class NotStored(StoreFailed):
    """Nothing was stored; mend what failed (such as a full disk) and send again."""


class InDoubt(StoreFailed):
    """The failure came while the entries were made to last, so they may or may not be kept.

    Send them again with the same event ids; what was kept is not stored twice.
    """


class LedgerDamaged(Exception):  # noqa: N818
    """The store cannot be read as a ledger."""
