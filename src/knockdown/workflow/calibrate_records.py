"""Reads the floor's records into plain observations: work, stops, journeys, people."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from knockdown.basics.faults import BadInput, Fault
from knockdown.events.codes import StopReason
from knockdown.events.envelope import Event
from knockdown.plant.calendar import plant_calendar
from knockdown.plant.plant import Plant
from knockdown.timing.working_time import DAY_MS, FOREVER_MS, MIN_MS, axis, to_working

BREAKDOWNS = frozenset({StopReason.BREAKDOWN.value, StopReason.NO_POWER.value})
"""Stops that the description's down share stands for."""


class Span(NamedTuple):
    """Something that began and ended, in ms of plant time."""

    began: int
    ended: int


class Visit(NamedTuple):
    """Work on a unit at a station; `number` counts the units of its family."""

    station: str
    variant: str
    number: int
    began: int
    ended: int
    work_ms: int | None
    n_people: int | None
    rework_ms: int


class Stop(NamedTuple):
    """A station's stop and whether it was a breakdown."""

    began: int
    ended: int
    broke: bool


class Shift(NamedTuple):
    """A crew that came: how many of those enrolled."""

    at: int
    n_people: int
    enrolled: int


@dataclass
class Journey:
    """A kit lot's moments; the last of its containers counts."""

    contract: str | None = None
    ordered: int | None = None
    shipped: int | None = None
    arrived: int | None = None
    cleared: int | None = None


@dataclass
class Records:
    """All that the floor recorded of what is fitted."""

    visits: list[Visit] = field(default_factory=list)
    stops: dict[str, list[Stop]] = field(default_factory=lambda: defaultdict(list))
    lots: dict[str, Journey] = field(default_factory=dict)
    claims: dict[str, list[tuple[str, Span | int]]] = field(default_factory=lambda: defaultdict(list))
    shifts: dict[str, list[Shift]] = field(default_factory=lambda: defaultdict(list))
    first: int | None = None
    last: int | None = None
    position: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


class WorkingHours:
    """The plant's working time between two days, in ms."""

    def __init__(self, plant: Plant, first: date, last: date) -> None:
        calendar = plant_calendar(plant.file.calendar, plant.calendar_days)
        self.origin = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) * 1000
        workdays = calendar.workdays(first, last + timedelta(days=2))
        if not workdays:
            step = "widen --since and --until, or mend the calendar"
            raise BadInput([Fault("--since", None, None, first.isoformat(), "leaves no working day", step)])
        self.days = axis(first, [first, last + timedelta(days=3)], workdays, calendar.windows_min())
        self.ends = np.array([0, FOREVER_MS]), np.zeros(2, np.int64)
        self.midnights = frozenset(self.days.day_ms.tolist())
        lengths = zip(self.days.window_ms.tolist(), self.days.length_ms.tolist(), strict=True)
        self.windows = [(start, start + length) for start, length in lengths]

    def at(self, ms: int) -> int:
        """Working time that has passed at a moment."""
        return int(to_working(self.days, *self.ends, max(0, ms - self.origin)))

    def between(self, began: int, ended: int) -> int:
        """Working time between two moments."""
        return self.at(ended) - self.at(began)

    def is_open(self, ms: int) -> bool:
        """Whether a moment lies in working hours, their borders included."""
        past = ms - self.origin
        today = past // DAY_MS * DAY_MS
        offsets = [past - day for day in (today, today - DAY_MS) if day in self.midnights]  # nights run on
        return any(start <= offset <= end for offset in offsets for start, end in self.windows)


def read(events: Iterable[Event], plant: Plant, until_ms: int | None) -> Records:
    """Observations of the floor's events up to a moment; voided entries count as if never told.

    Parameters
    ----------
    events : iterable of Event
        Of the floor, in order of position.
    plant : Plant
        Says which family a variant is of, and how many people a crew begins with.
    until_ms : int or None
        Events from then on are left out.
    """
    told = list(events)
    voided = {event.body["voided_event_id"] for event in told if event.kind == "EntryVoided"}
    reader = _Reader(plant)
    reader.found.position = max((event.position or 0 for event in told), default=0)
    kept = [
        event
        for event in told
        if event.event_id not in voided and (until_ms is None or event.happened_at < until_ms)
    ]
    for event in sorted(kept, key=lambda e: (e.happened_at, e.position or 0)):
        reader.take(event)
    return reader.finished()


class _Reader:
    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.found = Records()
        self.variant: dict[str, str] = {}
        self.open: dict[str, Event] = {}
        self.count: Counter[str] = Counter()
        self.number: dict[str, int] = {}
        self.rework: dict[str, int] = {}
        self.reworked: Counter[str] = Counter()
        self.stopped: dict[tuple[str, str], Event] = {}
        self.sent: dict[str, tuple[str, int]] = {}
        self.replaced: dict[str, int] = {}
        self.there: dict[str, int] = {}
        self.hired: Counter[str] = Counter()

    def take(self, event: Event) -> None:
        found = self.found
        found.first = event.happened_at if found.first is None else found.first
        found.last = event.happened_at
        found.kinds[event.kind] += 1
        act = getattr(self, f"_{event.kind}", None)
        if act is not None:
            act(event)

    def finished(self) -> Records:
        for name, (lot, at) in self.sent.items():
            contract = self.found.lots.get(lot, Journey()).contract
            row = None if contract is None else self.plant.contracts.get(contract)
            ended = self.there.get(name, self.replaced.get(name))
            if row is not None:
                self.found.claims[row.partner].append((name, at if ended is None else Span(at, ended)))
        return self.found

    # Units

    def _UnitReleased(self, event: Event) -> None:  # noqa: N802
        variant = event.body["variant_id"]
        self.variant[event.subject_id] = variant
        if variant in self.plant.variants:
            family = self.plant.family_of(variant).id
            self.count[family] += 1
            self.number[event.subject_id] = self.count[family]

    def _WorkStarted(self, event: Event) -> None:  # noqa: N802
        self.open[event.subject_id] = event
        self.reworked[event.subject_id] = 0

    def _WorkCompleted(self, event: Event) -> None:  # noqa: N802
        unit, began = event.subject_id, self.open.pop(event.subject_id, None)
        place = event.place or ""
        if began is None or unit not in self.number or place not in self.plant.stations:
            return
        self.found.visits.append(
            Visit(
                place, self.variant[unit], self.number[unit], began.happened_at, event.happened_at,
                event.body.get("work_ms"), began.body.get("n_people"), self.reworked[unit],
            )
        )  # fmt: skip

    def _ReworkStarted(self, event: Event) -> None:  # noqa: N802
        self.rework[event.subject_id] = event.happened_at

    def _ReworkDone(self, event: Event) -> None:  # noqa: N802
        began = self.rework.pop(event.subject_id, None)
        if began is not None and event.subject_id in self.open:
            spent = event.body.get("work_ms")
            self.reworked[event.subject_id] += event.happened_at - began if spent is None else spent

    # Stations and people

    def _StationStopped(self, event: Event) -> None:  # noqa: N802
        self.stopped[event.subject_id, event.body["stop_id"]] = event

    def _StationRestarted(self, event: Event) -> None:  # noqa: N802
        began = self.stopped.pop((event.subject_id, event.body["stop_id"]), None)
        if began is not None:
            broke = began.body["reason"] in BREAKDOWNS
            self.found.stops[event.subject_id].append(Stop(began.happened_at, event.happened_at, broke))

    def _PeopleHired(self, event: Event) -> None:  # noqa: N802
        self.hired[event.subject_id] += event.body["n_people"]

    def _PeopleLeft(self, event: Event) -> None:  # noqa: N802
        self.hired[event.subject_id] -= event.body["n_people"]

    def _ShiftStarted(self, event: Event) -> None:  # noqa: N802
        crew = event.subject_id
        if crew not in self.plant.crews:
            return
        enrolled = self.hired[crew] if crew in self.hired else self.plant.crews[crew].people_open
        came = event.body["n_people"]
        self.found.shifts[crew].append(Shift(event.happened_at, min(came, enrolled), enrolled))

    # Kit lots and claims

    def _lot(self, event: Event) -> Journey:
        return self.found.lots.setdefault(event.subject_id, Journey())

    def _KitLotOrdered(self, event: Event) -> None:  # noqa: N802
        lot = self._lot(event)
        lot.contract, lot.ordered = event.body["contract_id"], event.happened_at
        if event.body["variant_id"] in self.plant.variants:  # kits used before this ledger are experience
            self.count[self.plant.family_of(event.body["variant_id"]).id] += event.body.get("n_used") or 0

    def _KitLotShipped(self, event: Event) -> None:  # noqa: N802
        lot = self._lot(event)
        lot.shipped = event.happened_at if lot.shipped is None else lot.shipped

    def _KitLotArrived(self, event: Event) -> None:  # noqa: N802
        self._lot(event).arrived = event.happened_at

    def _KitLotCleared(self, event: Event) -> None:  # noqa: N802
        self._lot(event).cleared = event.happened_at

    def _ClaimSent(self, event: Event) -> None:  # noqa: N802
        self.sent[event.body["claim_id"]] = (event.subject_id, event.happened_at)

    def _ClaimReplaced(self, event: Event) -> None:  # noqa: N802
        self.replaced[event.body["claim_id"]] = event.happened_at

    def _PartReplaced(self, event: Event) -> None:  # noqa: N802
        if event.body["source"] == "partner" and event.body.get("claim_id"):
            self.there[event.body["claim_id"]] = event.happened_at


def net_minutes(visit: Visit, stops: Iterable[Stop], hours: WorkingHours) -> float | None:
    """Minutes of work of a visit, in working hours, stops and rework taken off; None outside working hours.

    What the floor measured itself (`work_ms`) counts before the clock.
    """
    if visit.work_ms is not None:
        return visit.work_ms / MIN_MS or None
    if not (hours.is_open(visit.began) and hours.is_open(visit.ended)):
        return None
    inside = (
        Span(max(visit.began, s.began), min(visit.ended, s.ended))
        for s in stops
        if s.began < visit.ended and s.ended > visit.began
    )
    lost = sum(hours.between(span.began, span.ended) for span in merged(inside))
    net = hours.between(visit.began, visit.ended) - lost - visit.rework_ms
    return net / MIN_MS if net > 0 else None


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans that overlap put together.

    >>> merged([Span(0, 3), Span(2, 5), Span(7, 8)])
    [Span(began=0, ended=5), Span(began=7, ended=8)]
    """
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.began <= found[-1].ended:
            found[-1] = Span(found[-1].began, max(found[-1].ended, span.ended))
        else:
            found.append(span)
    return found


def working_until(moments: list[int], visits: list[Span], stops: list[Span]) -> list[int]:
    """How long a station had worked on units at each moment, stops taken off; all in working time.

    >>> working_until([4, 10], [Span(0, 6), Span(8, 9)], [Span(2, 3)])
    [3, 6]
    """
    began = np.array([v.began for v in visits], np.int64)
    ended = np.array([v.ended for v in visits], np.int64)

    def busy(moment: int) -> int:
        return int(np.maximum(np.minimum(ended, moment) - began, 0).sum())

    whole = merged(stops)
    return [
        busy(m) - sum(busy(min(s.ended, m)) - busy(s.began) for s in whole if s.began < m) for m in moments
    ]


def gaps(moments: list[int]) -> list[int]:
    """Differences of one to the next, from 0.

    >>> gaps([3, 5, 9])
    [3, 2, 4]
    """
    return [b - a for a, b in pairwise([0, *moments])]
