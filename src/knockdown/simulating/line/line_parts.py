"""The parts of a line file: stations, arrivals, buffers, rework, feeders and calendar."""

from __future__ import annotations

import math
from typing import Any

from knockdown.simulating.line.line_reader import Json, Reader, joined
from knockdown.simulating.line.model import (
    INFINITE,
    Arrivals,
    Breakdowns,
    Calendar,
    Feeder,
    Line,
    Rework,
    Service,
    Station,
)

MOST_STATIONS = 500
MOST_FEEDERS = 100
MOST_PLACES = 200
MOST_ROOM = 100_000
MOST_ROOM_IN_ALL = 1_000_000
MOST_VARIANTS = 100
MOST_NAME = 60
MOST_VEHICLES = 1_000_000_000
MOST_VALUES = 100_000
MOST_SHIFTS = 1_000
LEAST_TIME, MOST_TIME = 1e-9, 1e9

# Numbers of each distribution: lowest, highest, and whether it must lie above the lowest.
_TIME = (LEAST_TIME, MOST_TIME, False)
_TIME_OR_NONE = (0.0, MOST_TIME, False)
DISTRIBUTIONS: dict[str, dict[str, tuple[float, float, bool]]] = {
    "det": {"value": _TIME_OR_NONE},
    "exp": {"mean": _TIME},
    "erlang": {"k": (1, 1000, False), "mean": _TIME},
    "gamma": {"mean": _TIME, "shape": (0.1, 10_000, False)},
    "hyperexp": {"p": (0.0, 1.0, False), "mean1": _TIME, "mean2": _TIME},
    "lognormal": {"mean": _TIME, "cv": (0.0, 20.0, False)},
    "weibull": {"scale": _TIME, "shape": (0.2, 100.0, False)},
    "uniform": {"low": _TIME_OR_NONE, "high": _TIME_OR_NONE},
    "triangular": {"low": _TIME_OR_NONE, "mode": _TIME_OR_NONE, "high": _TIME_OR_NONE},
    "empirical": {},
}
_RISING = {"uniform": ("low", "high"), "triangular": ("low", "mode", "high")}
_MAY = (
    "name", "note", "unit", "arrivals", "entry_buffer", "buffers", "blocking", "variants", "repair_crews",
    "rework", "feeders", "calendar", "vehicles",
)  # fmt: skip


def read_parts(reader: Reader, found: Json) -> Line | None:
    """A line from the object of its file; None after a fault, which the reader has."""
    reader.keys(found, "", ("schema", "stations"), _MAY)
    reader.word(found, "blocking", "", ("BAS",))
    variants = _variants(reader, found.get("variants"))
    names = tuple(name for name, _ in variants)
    stations = _stations(reader, found.get("stations", ...), names)
    line = Line(
        stations=stations,
        buffers=_buffers(reader, found.get("buffers"), len(stations)),
        variants=variants,
        arrivals=_arrivals(reader, found.get("arrivals")),
        entry_buffer=_entry_buffer(reader, found.get("entry_buffer")),
        repair_crews=_optional_whole(reader, found, "repair_crews", 10_000),
        rework=_rework(reader, found.get("rework"), names, len(stations)),
        feeders=_feeders(reader, found.get("feeders"), names),
        calendar=_calendar(reader, found.get("calendar")),
        vehicles=_optional_whole(reader, found, "vehicles", MOST_VEHICLES),
    )
    if not reader.faults:
        _together(reader, line)
    return None if reader.faults else line


def _optional_whole(reader: Reader, found: Json, key: str, most: int) -> int | None:
    return None if found.get(key) is None else reader.whole(found, key, "", 1, most)


def _entry_buffer(reader: Reader, value: Any) -> float:
    return INFINITE if value is None else reader.room(value, "entry_buffer", MOST_ROOM)


def _variants(reader: Reader, value: Any) -> tuple[tuple[str, float], ...]:
    alone = (("A", 1.0),)
    if value is None:
        return alone
    found = reader.object(value, "variants")
    if found is None:
        return alone
    if not 1 <= len(found) <= MOST_VARIANTS:
        reader.fault("variants", ..., f"has {len(found):,} entries", f"give 1 to {MOST_VARIANTS}")
        return alone
    before = len(reader.faults)
    for name in found:
        if not (name.isprintable() and 1 <= len(name) <= MOST_NAME):
            reader.fault("variants", name, "is no name", f"use 1 to {MOST_NAME} printable signs")
    variants = tuple((name, reader.number(found, name, "variants", 0.0, 1.0)) for name in found)
    total = math.fsum(chance for _, chance in variants)
    if len(reader.faults) == before and abs(total - 1.0) > 1e-9:
        reader.fault("variants", total, "is the sum of the chances", "make them sum to 1")
    return variants


def _stations(reader: Reader, value: Any, names: tuple[str, ...]) -> tuple[Station, ...]:
    if value is ...:
        return ()
    listed = reader.array(value, "stations", 1, MOST_STATIONS) or []
    stations = (_station(reader, each, f"stations[{i}]", names, ("name",)) for i, each in enumerate(listed))
    return tuple(station for station in stations if station is not None)


def _station(
    reader: Reader, value: Any, path: str, names: tuple[str, ...], more: tuple[str, ...], breaks: bool = True
) -> Station | None:
    found = reader.object(value, path)
    if found is None:
        return None
    may = ("places", "breakdowns", *more) if breaks else ("places", *more)
    reader.keys(found, path, ("service",), may)
    places = reader.whole(found, "places", path, 1, MOST_PLACES, default=1)
    service = _services(reader, found.get("service", ...), joined(path, "service"), names)
    broken = found.get("breakdowns") if breaks else None
    return Station(places, service, _breakdowns(reader, broken, joined(path, "breakdowns")))


def _services(reader: Reader, value: Any, path: str, names: tuple[str, ...]) -> tuple[Service, ...]:
    if value is ...:
        return ()
    found = reader.object(value, path)
    if found is None:
        return ()
    if "dist" in found and "dist" not in names:
        return (_service(reader, found, path),) * len(names)
    reader.keys(found, path, names)
    return tuple(_service(reader, found[name], joined(path, name)) for name in names if name in found)


def _service(reader: Reader, value: Any, path: str) -> Service:
    nothing = Service("det", {"value": 1.0})
    found = reader.object(value, path)
    if found is None:
        return nothing
    if "dist" not in found:
        reader.fault(joined(path, "dist"), ..., "is missing", f"use one of {', '.join(DISTRIBUTIONS)}")
        return nothing
    dist = reader.word(found, "dist", path, tuple(DISTRIBUTIONS))
    if dist is None:
        return nothing
    if dist == "empirical":
        return _empirical(reader, found, path)
    return _parametric(reader, found, path, dist)


def _parametric(reader: Reader, found: Json, path: str, dist: str) -> Service:
    bounds = DISTRIBUTIONS[dist]
    reader.keys(found, path, ("dist", *bounds))
    before = len(reader.faults)
    numbers = {key: reader.number(found, key, path, *bound) for key, bound in bounds.items()}
    if dist == "erlang":
        numbers["k"] = float(reader.whole(found, "k", path, 1, 1000))
    rising = [numbers[key] for key in _RISING.get(dist, ())]
    if len(reader.faults) == before and rising != sorted(rising):
        reader.fault(path, ..., f"does not have {' <= '.join(_RISING[dist])}", "put them in order")
    return Service(dist, numbers)


def _empirical(reader: Reader, found: Json, path: str) -> Service:
    reader.keys(found, path, ("dist", "values"))
    where = joined(path, "values")
    values = reader.array(found["values"], where, 1, MOST_VALUES) if "values" in found else None
    sample = (reader.number_at(x, f"{where}[{i}]", 0.0, MOST_TIME) for i, x in enumerate(values or ()))
    return Service("empirical", {}, tuple(sample))


def _breakdowns(reader: Reader, value: Any, path: str) -> Breakdowns | None:
    if value is None:
        return None
    found = reader.object(value, path)
    if found is None:
        return None
    reader.keys(found, path, ("mode", "mttf", "mttr"))
    mode = reader.word(found, "mode", path, ("odf", "tdf"))
    mttf = reader.number(found, "mttf", path, LEAST_TIME, MOST_TIME)
    mttr = reader.number(found, "mttr", path, LEAST_TIME, MOST_TIME)
    return Breakdowns("tdf" if mode == "tdf" else "odf", mttf, mttr)


def _buffers(reader: Reader, value: Any, n_stations: int) -> tuple[float, ...]:
    if value is None:
        if n_stations > 1:
            reader.fault("buffers", ..., "is missing", f"give {n_stations - 1}, one between two stations")
        return ()
    if n_stations == 0:  # a fault of its own
        return ()
    listed = reader.array(value, "buffers", n_stations - 1, n_stations - 1) or []
    return tuple(reader.room(each, f"buffers[{i}]", MOST_ROOM) for i, each in enumerate(listed))


def _arrivals(reader: Reader, value: Any) -> Arrivals:
    if value is None:
        return Arrivals("saturated")
    found = reader.object(value, "arrivals")
    if found is None:
        return Arrivals("saturated")
    processes = ("saturated", "poisson", "closed")
    if "process" not in found:
        reader.fault("arrivals.process", ..., "is missing", f"use one of {', '.join(processes)}")
        return Arrivals("saturated")
    process = reader.word(found, "process", "arrivals", processes)
    if process == "poisson":
        reader.keys(found, "arrivals", ("process", "rate"), ("lot_size",))
        rate = reader.number(found, "rate", "arrivals", LEAST_TIME, MOST_TIME)
        return Arrivals("poisson", rate, reader.whole(found, "lot_size", "arrivals", 1, MOST_ROOM, default=1))
    if process == "closed":
        reader.keys(found, "arrivals", ("process", "wip"))
        return Arrivals("closed", wip=reader.whole(found, "wip", "arrivals", 1, MOST_ROOM))
    if process == "saturated":
        reader.keys(found, "arrivals", ("process",))
    return Arrivals("saturated")


def _rework(reader: Reader, value: Any, names: tuple[str, ...], n_stations: int) -> Rework | None:
    if value is None:
        return None
    found = reader.object(value, "rework")
    if found is None:
        return None
    more = ("after", "p_fail", "returns_to")
    for key in more:
        if key not in found:
            reader.fault(joined("rework", key), ..., "is missing", f'add "{key}"')
    station = _station(reader, found, "rework", names, more, breaks=False)
    most = max(1, n_stations)
    after = reader.whole(found, "after", "rework", 1, most)
    returns_to = reader.whole(found, "returns_to", "rework", 1, most)
    p_fail = reader.number(found, "p_fail", "rework", 0.0, 0.99)
    if station is None or not n_stations:
        return None
    if returns_to > after + 1:
        step = f"give 1 to {min(most, after + 1)}"
        reader.fault("rework.returns_to", returns_to, f"would skip stations after station {after}", step)
    return Rework(after - 1, p_fail, returns_to - 1, station)


def _feeders(reader: Reader, value: Any, names: tuple[str, ...]) -> tuple[Feeder, ...]:
    if value is None:
        return ()
    listed = reader.array(value, "feeders", 0, MOST_FEEDERS) or []
    feeders = (_feeder(reader, each, f"feeders[{i}]", names) for i, each in enumerate(listed))
    return tuple(feeder for feeder in feeders if feeder is not None)


def _feeder(reader: Reader, value: Any, path: str, names: tuple[str, ...]) -> Feeder | None:
    station = _station(reader, value, path, names, ("name", "buffer"))
    if station is None:
        return None
    if "buffer" not in value:
        reader.fault(joined(path, "buffer"), ..., "is missing", 'add "buffer"')
        return None
    return Feeder(reader.room(value["buffer"], joined(path, "buffer"), MOST_ROOM), station)


def _calendar(reader: Reader, value: Any) -> Calendar | None:
    if value is None:
        return None
    found = reader.object(value, "calendar")
    if found is None:
        return None
    reader.keys(found, "calendar", ("period", "shifts"))
    period = reader.number(found, "period", "calendar", LEAST_TIME, MOST_TIME)
    listed = reader.array(found["shifts"], "calendar.shifts", 1, MOST_SHIFTS) if "shifts" in found else None
    if listed is None or "period" not in found:
        return None
    shifts: list[tuple[float, float]] = []
    for i, each in enumerate(listed):
        path = f"calendar.shifts[{i}]"
        pair = reader.array(each, path, 2, 2)
        if pair is None:
            continue
        begin = reader.number_at(pair[0], f"{path}[0]", shifts[-1][1] if shifts else 0.0, period)
        shifts.append((begin, reader.number_at(pair[1], f"{path}[1]", begin, period, above=True)))
    return Calendar(period, tuple(shifts))


def _together(reader: Reader, line: Line) -> None:
    """What each part allows and the parts together do not."""
    process, rework = line.arrivals.process, line.rework
    if process == "saturated" and line.entry_buffer != INFINITE:
        step = "leave it out"
        reader.fault("entry_buffer", line.entry_buffer, "plays no part with saturated arrivals", step)
    if process == "closed" and line.entry_buffer < line.arrivals.wip:
        reader.fault(
            "entry_buffer", line.entry_buffer, "is less than the vehicles that go round", 'give "inf"'
        )
    if rework is not None and rework.returns_to == 0:
        _rework_to_the_entry(reader, line)
    rooms = (*line.buffers, line.entry_buffer, *(feeder.buffer for feeder in line.feeders))
    room = sum(each for each in rooms if each != INFINITE)
    if room > MOST_ROOM_IN_ALL:
        reader.fault(
            "buffers", room, "is the sum of all waiting places", f"give at most {MOST_ROOM_IN_ALL:,}"
        )
    if not any(service.mean > 0.0 for station in line.stations for service in station.service):
        reader.fault("stations", ..., "all take no time", "give one a service time above 0")


def _rework_to_the_entry(reader: Reader, line: Line) -> None:
    if line.arrivals.process == "saturated":
        problem = "comes back to a station that has no queue, because arrivals are saturated"
        reader.fault("rework.returns_to", 1, problem, "give 2 or more, or Poisson or closed arrivals")
    elif line.entry_buffer != INFINITE and line.arrivals.process == "poisson":
        problem = "is too narrow for vehicles that come back from rework"
        reader.fault("entry_buffer", line.entry_buffer, problem, 'give "inf"')
