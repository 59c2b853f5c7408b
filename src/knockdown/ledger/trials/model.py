"""What a ledger must answer, in a few dicts: the model that histories are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from knockdown.events.envelope import Event

Answer = tuple[Any, ...]


def chain_name(writer: str, run: str) -> str:
    """The floor has one chain, whatever the shift; plans and twins have one a run."""
    return writer if writer == "floor" else f"{writer}/{run}"


@dataclass
class Model:
    """What a ledger must answer, in dicts and lists."""

    position: int = 0
    entries: dict[str, Event] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    pruned: set[str] = field(default_factory=set)
    malformed: set[str] = field(default_factory=set)

    def version(self, chain: str, subject: str) -> int:
        """Latest version of a subject."""
        return sum(
            chain_name(e.writer, e.run) == chain and e.subject == subject for e in self.entries.values()
        )

    def submit(self, events: Sequence[Event]) -> Answer:
        """Positions and whether each is new; or the rule that refuses them all."""
        if any(event.event_id in self.malformed for event in events):
            return ("refused", "ledger.form")
        before = (self.position, dict(self.entries))
        answer: list[tuple[int, bool]] = []
        for event in events:
            rule = self._refusal(event)
            if rule:
                self.position, self.entries = before
                return ("refused", rule)
            kept = self.entries.get(event.event_id)
            if kept is None:
                self.position += 1
                kept = self.entries[event.event_id] = replace(event, position=self.position)
                answer.append((self.position, True))
            else:
                answer.append((kept.position or 0, False))
        return tuple(answer)

    def _refusal(self, event: Event) -> str | None:
        kept = self.entries.get(event.event_id)
        if kept is not None:
            same = replace(kept, position=None, version=event.version) == event
            return None if same else "ledger.event-id"
        chain = chain_name(event.writer, event.run)
        if chain != "floor" and (chain not in self.runs or chain in self.pruned):
            return "ledger.run"
        return None if event.version == self.version(chain, event.subject) + 1 else "ledger.version"

    def begin_run(self, chain: str, provenance: str) -> Answer:
        """Begin it, or find it begun in the same way."""
        if chain == "floor" or chain in self.pruned or self.runs.get(chain, provenance) != provenance:
            return ("refused", "ledger.run")
        self.runs[chain] = provenance
        return ("begun",)

    def prune(self, chain: str) -> Answer:
        """Take a run's entries out; how many."""
        if chain == "floor":
            return ("refused", "ledger.floor")
        if chain not in self.runs or chain in self.pruned:
            return ("refused", "ledger.run")
        gone = [e.event_id for e in self.entries.values() if chain_name(e.writer, e.run) == chain]
        for event_id in gone:
            del self.entries[event_id]
        self.pruned.add(chain)
        return ("pruned", len(gone))
