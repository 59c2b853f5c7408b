"""What the ledger says is so now: units, kit lots, stations, stock, goods on the way; folded from its events.

Every record is a fold over one subject's own history, so a voided entry only needs that subject told again.
What joins subjects - kits left of a lot, units at a station - is worked out when asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import TypeVar

from knockdown.events.envelope import Event
from knockdown.ledger.record_steps import STEPS
from knockdown.ledger.records import KitLotView, Record, UnitView, blank

VOID = "EntryVoided"
R = TypeVar("R")


class Views:
    """Everything that is so after the events up to `position`.

    Parameters
    ----------
    history : callable
        Gives all events of a subject by version; asked only when an entry was voided.
    """

    def __init__(self, history: Callable[[str], Iterable[Event]]) -> None:
        self.position = 0
        self.records: dict[str, Record] = {}
        self.counts: Counter[str] = Counter()
        self._history = history

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        self.position = event.position or self.position
        self.counts[event.kind] += 1
        if event.kind == VOID:
            self.records[event.subject] = self._again(event)
            return
        record = self.records.get(event.subject)
        if record is None:
            record = self.records[event.subject] = blank(event.subject)
        STEPS[event.kind](record, event, event.body)

    def _again(self, void: Event) -> Record:
        """The subject's record from its history up to the void, without what was voided."""
        told = [event for event in self._history(void.subject) if event.version <= void.version]
        voided = {event.body["voided_event_id"] for event in told if event.kind == VOID}
        record = blank(void.subject)
        for event in told:
            if event.kind != VOID and event.event_id not in voided:
                STEPS[event.kind](record, event, event.body)
        return record

    def copy(self) -> Views:
        """The same, to keep."""
        other = Views(self._history)
        other.position, other.counts = self.position, Counter(self.counts)
        other.records = deepcopy(self.records)
        return other

    def all(self, sort: type[R]) -> list[R]:
        """Records of one sort, by subject."""
        return [record for _, record in sorted(self.records.items()) if isinstance(record, sort)]

    def kits_used(self) -> Counter[str]:
        """Kits taken from each kit lot here: units let onto a line with it."""
        return Counter(
            unit.kit_lot_id
            for unit in self.all(UnitView)
            if unit.kit_lot_id is not None and unit.released_at is not None
        )

    def kits_left(self) -> dict[str, int]:
        """Kits of each lot that are not yet in a unit, here or before; lots of unknown size left out."""
        used = self.kits_used()
        lots = [(lot, lot.n_kits) for lot in self.all(KitLotView) if lot.n_kits is not None]
        return {lot.kit_lot_id: n_kits - lot.n_used - used[lot.kit_lot_id] for lot, n_kits in lots}

    def in_transit(self) -> list[KitLotView]:
        """Kit lots ordered or shipped, and not yet at the plant."""
        return [lot for lot in self.all(KitLotView) if lot.status in ("ordered", "shipped")]

    def in_work(self) -> Counter[str | None]:
        """Units on the lines, by variant."""
        busy = ("released", "in_work", "waiting")
        return Counter(unit.variant_id for unit in self.all(UnitView) if unit.status in busy)

    def finished(self) -> Counter[str | None]:
        """Units that left their line and are neither shipped nor sold, by variant; joined ones left out."""
        units = self.all(UnitView)
        joined = {name for unit in units for name in unit.joined_unit_ids}
        return Counter(u.variant_id for u in units if u.status == "off_line" and u.unit_id not in joined)

    def at_station(self) -> dict[str, list[str]]:
        """Units in work, by station."""
        found: dict[str, list[str]] = {}
        for unit in self.all(UnitView):
            if unit.status == "in_work" and unit.place is not None:
                found.setdefault(unit.place, []).append(unit.unit_id)
        return found
