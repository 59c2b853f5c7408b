"""The figures of a line, as functions of what its engine summed. docs/line-files.md defines each of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from knockdown.simulating.line.estimate import Floats, Sums
from knockdown.simulating.line.model import INFINITE, Line, Service, Station

Figure = tuple[str, Floats]


def figures(line: Line, sums: Sums) -> dict[str, Floats]:
    """Every figure that the line has, one value a row of the sums."""
    found = dict(_flow(line, sums))
    found.update(_stations(line, sums))
    found.update(_entry(line, sums))
    found.update(_assembly(line, sums))
    found.update(_rework(line, sums))
    found.update(_repairs(line, sums))
    return found


def _flow(line: Line, sums: Sums) -> Iterator[Figure]:
    count, time, inside = sums["count"], sums["time"], sums["inside"]
    yield "throughput", count / time
    yield "wip", inside / time
    yield "lead_time", inside / count
    if line.vehicles is not None:
        yield "makespan", sums["makespan"] / sums["runs"]
        if line.calendar is not None:
            yield "completion_time_min", sums["makespan"] / sums["runs"]


def _stations(line: Line, sums: Sums) -> Iterator[Figure]:
    for j, station in enumerate(line.stations):
        for name, values in _shares(sums, j, station.places).items():
            yield f"{name}_{j + 1}", values
        if line.calendar is None and (j > 0 or line.arrivals.process != "saturated"):
            yield f"buffer_{j + 1}", sums["waiting"][:, j] / sums["span"][:, j]
        if any(each.places > 1 for each in line.stations):
            blocked = sums["blocked"][:, j] / sums["span"][:, j]
            yield f"mean_blocked_servers_{j + 1}", blocked


def _shares(sums: Sums, j: int, places: int) -> dict[str, Floats]:
    """Parts of the time of a station's places."""
    time = places * sums["span"][:, j]
    return {
        "working": sums["work"][:, j] / time,
        "blocked": sums["blocked"][:, j] / time,
        "starved": 1.0 - sums["held"][:, j] / time,
        "down": sums["down"][:, j] / time,
    }


def _entry(line: Line, sums: Sums) -> Iterator[Figure]:
    """What becomes of vehicles that come to the line from outside, or around to it."""
    process = line.arrivals.process
    at_first = (sums["waiting"][:, 0] + sums["held"][:, 0]) / sums["span"][:, 0]
    if process == "closed":
        yield "mean_at_station_1", at_first
    if process != "poisson":
        return
    yield "mean_number", sums["inside"] / sums["time"]
    yield "mean_sojourn", sums["inside"] / sums["count"]
    yield "mean_wait_queue", sums["waiting"][:, 0] / sums["count"]
    yield "prob_wait", sums["waited"] / sums["count"]
    yield "loss_probability", sums["lost"] / sums["arrived"]
    if len(line.stations) == 1:
        time = line.stations[0].places * sums["span"][:, 0]
        yield "utilisation_incl_repair", sums["held"][:, 0] / time


def _assembly(line: Line, sums: Sums) -> Iterator[Figure]:
    if not line.feeders:
        return
    yield "assembly_starved", 1.0 - sums["held"][:, 0] / (line.stations[0].places * sums["span"][:, 0])
    for f, feeder in enumerate(line.feeders):
        shares = _shares(sums, len(line.stations) + f, feeder.station.places)
        for name in ("working", "blocked", "down"):
            yield f"{name}_feeder_{f + 1}", shares[name]


def _rework(line: Line, sums: Sums) -> Iterator[Figure]:
    if line.rework is None:
        return
    j = len(line.stations) + len(line.feeders)
    yield "mean_in_rework", (sums["waiting"][:, j] + sums["held"][:, j]) / sums["time"]
    if line.rework.returns_to == 0:
        rate_1 = sums["count"] / sums["span"][:, 0]
        yield "visits_per_vehicle", rate_1 / (sums["count"] / sums["time"])


def _repairs(line: Line, sums: Sums) -> Iterator[Figure]:
    """Places down and crews busy, where crews are shared or stations break down whether they work or not."""
    every = [*line.stations, *(feeder.station for feeder in line.feeders)]
    broken = [station.breakdowns for station in every if station.breakdowns]
    if not broken or (line.repair_crews is None and all(each.mode == "odf" for each in broken)):
        return
    time = sums["time"]
    yield "mean_down", sums["n_down"] / time
    yield "availability", 1.0 - sums["n_down"] / time / sum(station.places for station in every)
    yield "prob_all_up", sums["all_up"] / time
    if line.repair_crews is not None:
        yield "crew_utilisation", sums["crews_busy"] / time / line.repair_crews


def throughput_limit(line: Line) -> float:
    """The rate of the slowest station if it never waited, or of arrivals; no line gives more in the long run.

    Exact for one vehicle after another on a line whose times do not vary.
    """
    rates = [_rate(line, station) / _passes(line, j) for j, station in enumerate(line.stations)]
    rates += [_rate(line, feeder.station) for feeder in line.feeders]
    if line.rework and line.rework.p_fail > 0.0:
        failures = line.rework.p_fail * _passes(line, line.rework.after)
        rates.append(_rate(line, line.rework.station) / failures)
    if line.arrivals.process == "poisson":
        rates.append(line.arrivals.rate * line.arrivals.lot_size)
    if line.arrivals.process == "closed" and line.rework is None:
        work = sum(_mean(line, station.service) for station in line.stations)
        rates.append(_open_share(line) * line.arrivals.wip / work)
    return min(rates)


def _passes(line: Line, j: int) -> float:
    """How often a vehicle passes a station, on average."""
    rework = line.rework
    again = rework is not None and rework.returns_to <= j <= rework.after
    return 1.0 / (1.0 - rework.p_fail) if rework and again else 1.0


def _rate(line: Line, station: Station) -> float:
    broken, mean = station.breakdowns, _mean(line, station.service)
    up = broken.mttf / (broken.mttf + broken.mttr) if broken else 1.0
    return station.places * up * _open_share(line) / mean if mean > 0.0 else np.inf


def _mean(line: Line, service: tuple[Service, ...]) -> float:
    return sum(chance * each.mean for (_, chance), each in zip(line.variants, service, strict=True))


def _open_share(line: Line) -> float:
    calendar = line.calendar
    return sum(end - begin for begin, end in calendar.shifts) / calendar.period if calendar else 1.0


def growing_queue(line: Line) -> int | None:
    """The first station before which vehicles gather without end, or None where that is not certain.

    Stations between two buffers without a limit let through what the slowest of them does, at most; one that
    stands alone does just that when it is never starved.
    """
    process = line.arrivals.process
    if process == "closed":
        return None
    poisson = process == "poisson" and line.entry_buffer == INFINITE
    coming = np.inf if process == "saturated" else 0.0
    if poisson:
        coming = line.arrivals.rate * line.arrivals.lot_size
    for group in _groups(line):
        most = min(_rate(line, line.stations[j]) / _passes(line, j) for j in group)
        if (poisson or group[0] > 0) and coming >= most * (1.0 - 1e-12):
            return group[0]
        coming = min(coming, most) if len(group) == 1 else 0.0
    return None


def _groups(line: Line) -> list[list[int]]:
    """Stations by number, parted by buffers without a limit."""
    groups = [[0]]
    for j, buffer in enumerate(line.buffers, start=1):
        if buffer == INFINITE:
            groups.append([j])
        else:
            groups[-1].append(j)
    return groups


def nothing_varies(line: Line) -> bool:
    """Whether no random number bears on the line."""
    every = [*line.stations, *(feeder.station for feeder in line.feeders)]
    fixed = all(_fixed(station) for station in every)
    failing = line.rework is not None and line.rework.p_fail > 0.0
    return fixed and not failing and line.arrivals.process != "poisson"


def _fixed(station: Station) -> bool:
    from knockdown.simulating.line.distributions import moments

    times = {moments(service) for service in station.service}
    return station.breakdowns is None and len(times) == 1 and all(cv2 == 0.0 for _, cv2 in times)
