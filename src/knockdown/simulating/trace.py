"""The plan played once, nothing going wrong, told as events: the twin's nominal history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from knockdown.documents.build_calendar import planned_lots
from knockdown.documents.master_plan import MasterPlan
from knockdown.events.envelope import Event
from knockdown.events.happening import Happening
from knockdown.events.vocabulary import (
    KitLotArrived,
    KitLotCleared,
    KitLotOrdered,
    UnitLeftLine,
    UnitReleased,
    WorkCompleted,
    WorkStarted,
)
from knockdown.simulating.arrays import Tables
from knockdown.simulating.play import Played, prepare
from knockdown.simulating.question import Options, Scenario
from knockdown.simulating.scenario import Plant, from_plant
from knockdown.timing.working_time import DAY_MS, to_calendar


class Told(NamedTuple):
    """Something that happens to a subject; `at_ms` since midnight of the plan's first day."""

    at_ms: int
    subject_id: str
    kind: type[Happening]
    body: dict[str, Any]
    place: str | None


def _told(at_ms: int, subject_id: str, body: Happening, place: str | None = None) -> Told:
    return Told(at_ms, subject_id, type(body), body.model_dump(mode="json"), place)


# Most of a history: made once, because a body is checked for microseconds and a year has 70,000 of them.
STARTED = WorkStarted().model_dump(mode="json")
COMPLETED = WorkCompleted().model_dump(mode="json")


def nominal(plant: Plant, plan: MasterPlan, run: str, options: Options | None = None) -> Iterator[Event]:
    """Tell the plan played as meant: lots that arrive, units that go from station to station.

    Parameters
    ----------
    plant : Plant
        The plant description.
    plan : MasterPlan
        A plan that contains the plant.
    run : str
        Id of the simulated run.
    options : Options, optional
        Choices that are not in the description.

    Yields
    ------
    Event
        By writer `twin`, in order of time; within a subject in order of version. Work at a station ends
        when the work is done; what a unit then waits for is the time to its next event.

    Raises
    ------
    ValueError
        As `build_calendar`.
    """
    rehearsal = prepare(from_plant(plant, plan, options))
    scenario = rehearsal.scenario
    told = [*_lots(scenario, plan, rehearsal.planned), *_units(scenario, rehearsal.tables, rehearsal.planned)]
    midnight = midnight_ms(scenario.start)
    versions: Counter[str] = Counter()
    ordered = sorted(told, key=lambda each: each.at_ms)  # stable: a subject's own order stays
    for number, each in enumerate(ordered, start=1):
        subject = f"{each.kind.subject_type}/{each.subject_id}"
        versions[subject] += 1
        yield Event(
            writer="twin",
            run=run,
            subject=subject,
            version=versions[subject],
            kind=each.kind.kind(),
            schema=each.kind.schema_no,
            happened_at=midnight + max(0, each.at_ms),
            place=each.place,
            event_id=f"{run}.{number}",
            body=each.body,
        )


def midnight_ms(day: date) -> int:
    """Plant time of a day's midnight, milliseconds since 1970-01-01 00:00.

    >>> midnight_ms(date(1970, 1, 2))
    86400000
    """
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def _lots(scenario: Scenario, plan: MasterPlan, planned: Played) -> Iterator[Told]:
    orders = dict(planned_lots(plan, scenario.plant))
    for i, lot in enumerate(scenario.lots):
        if lot.name in orders:
            contract = orders[lot.name].contract
            ordered = KitLotOrdered(contract_id=contract, variant_id=lot.variant, n_kits=lot.kits)
            yield _told(int(lot.from_day * DAY_MS), lot.name, ordered)
        arrival = int(planned.log.arrival_cal[i])
        yield _told(arrival, lot.name, KitLotArrived())
        yield _told(arrival, lot.name, KitLotCleared())


def _units(scenario: Scenario, ready: Tables, planned: Played) -> Iterator[Told]:
    visits = _visits(scenario, ready, planned)
    taken: Counter[str] = Counter()
    starts, leaves = planned.start_cal[0].tolist(), planned.leave_cal[0].tolist()
    for i in sorted(range(len(scenario.units)), key=lambda i: starts[i]):
        unit = scenario.units[i]
        lot = None if unit.lot is None else scenario.lots[unit.lot].name
        if lot is not None:
            taken[lot] += 1
        released = UnitReleased(
            variant_id=unit.variant, line_id=unit.line, kit_lot_id=lot, kit_no=taken[lot] if lot else None
        )
        yield _told(starts[i], unit.name, released, unit.line)
        for visit in visits[i]:
            done = {**COMPLETED, "work_ms": visit.work_ms}
            yield Told(visit.start_cal, unit.name, WorkStarted, STARTED, visit.station)
            yield Told(visit.done_cal, unit.name, WorkCompleted, done, visit.station)
        yield _told(leaves[i], unit.name, UnitLeftLine(line_id=unit.line), unit.line)


class Visit(NamedTuple):
    """A unit at a station: when work begins and ends (calendar ms), and how long it is (working ms)."""

    station: str
    start_cal: int
    done_cal: int
    work_ms: int


def _visits(scenario: Scenario, ready: Tables, planned: Played) -> dict[int, list[Visit]]:
    """Visits of each unit, line by line in the order it goes."""
    found: dict[int, list[Visit]] = defaultdict(list)
    starts, dones = planned.log.start.tolist(), planned.log.done.tolist()
    for number in ready.hall.line_order.tolist():
        line = scenario.lines[number]
        a, b = (int(x) for x in ready.hall.unit_first[number : number + 2])
        units = ready.hall.line_units[a:b][planned.log.order[a:b]].tolist()
        cell = int(ready.hall.base_first[number])
        for unit in units:
            for station in line.stations:
                start, done = starts[cell], dones[cell]
                start_cal = _calendar(ready, planned, number, start, closing=False)
                done_cal = _calendar(ready, planned, number, done, closing=True)
                found[unit].append(Visit(station.id, start_cal, max(start_cal, done_cal), done - start))
                cell += 1
    return found


def _calendar(ready: Tables, planned: Played, line: int, working_ms: int, closing: bool) -> int:
    log = planned.log
    period_work, overtime = log.period_work[line], log.overtime[line]
    return int(to_calendar(ready.days, period_work, overtime, overtime.shape[0], working_ms, closing))
