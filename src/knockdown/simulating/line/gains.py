"""What a change of the line would give: one more place, a faster station, more room, one more crew.

Each change is played with the random numbers of the line as it is, so that only the change tells them apart;
the error is that of the difference in pairs (the jackknife of estimate.py, over replications).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from knockdown.basics.faults import BadInput
from knockdown.documents.line_result import Bottleneck, Estimate, Gain
from knockdown.simulating.line.choose import choose
from knockdown.simulating.line.estimate import Floats, Sums, estimates
from knockdown.simulating.line.figures import nothing_varies
from knockdown.simulating.line.model import INFINITE, Line, Service, Station
from knockdown.simulating.line.options import LineOptions
from knockdown.simulating.line.rounds import Played, Player
from knockdown.simulating.line.size import Size

REPLICATIONS = 32
VISITS = 2_000_000
LEAST_VEHICLES = 500
WARM_PART = 4
MOST_STATIONS = 20
FASTER = 1.1
T = TypeVar("T")
_TIMES = ("value", "mean", "mean1", "mean2", "scale", "low", "mode", "high")


@dataclass(frozen=True, slots=True)
class Change:
    """A line that differs in one thing."""

    kind: Literal["place", "faster", "buffer", "crew"]
    station: str | None
    words: str
    line: Line


def changes(line: Line, stations: set[int] | None = None) -> Iterator[Change]:
    """Every change that is looked at; `stations` limits it to these and the buffers beside them."""
    for j, station in enumerate(line.stations):
        if stations is None or j in stations:
            for kind, words, other in _of_station(station, f"station {j + 1}"):
                yield Change(kind, f"{j + 1}", words, replace(line, stations=_with(line.stations, j, other)))
    for j, buffer in enumerate(line.buffers):
        if buffer != INFINITE and (stations is None or stations & {j, j + 1}):
            words = f"one more buffer place before station {j + 2}"
            yield Change(
                "buffer", f"{j + 2}", words, replace(line, buffers=_with(line.buffers, j, buffer + 1))
            )
    yield from _of_feeders(line)
    yield from _of_rework(line)
    yield from _of_line(line)


def _of_feeders(line: Line) -> Iterator[Change]:
    for f, feeder in enumerate(line.feeders):
        name, number = f"feeder {f + 1}", f"feeder_{f + 1}"
        for kind, words, other in _of_station(feeder.station, name):
            changed = _with(line.feeders, f, replace(feeder, station=other))
            yield Change(kind, number, words, replace(line, feeders=changed))
        if feeder.buffer != INFINITE:
            changed = _with(line.feeders, f, replace(feeder, buffer=feeder.buffer + 1))
            words = f"one more buffer place after {name}"
            yield Change("buffer", number, words, replace(line, feeders=changed))


def _of_rework(line: Line) -> Iterator[Change]:
    if line.rework is not None:
        for kind, words, other in _of_station(line.rework.station, "rework"):
            yield Change(kind, "rework", words, replace(line, rework=replace(line.rework, station=other)))


def _of_line(line: Line) -> Iterator[Change]:
    if line.arrivals.process == "poisson" and line.entry_buffer != INFINITE:
        words = "one more buffer place before station 1"
        yield Change("buffer", "1", words, replace(line, entry_buffer=line.entry_buffer + 1))
    if line.repair_crews is not None:
        more = replace(line, repair_crews=line.repair_crews + 1)
        yield Change("crew", None, "one more repair crew", more)


def _of_station(station: Station, name: str) -> Iterator[tuple[Literal["place", "faster"], str, Station]]:
    yield "place", f"one more place at {name}", replace(station, places=station.places + 1)
    service = tuple(faster(each) for each in station.service)
    yield "faster", f"{name} 10 % faster", replace(station, service=service)


def faster(service: Service, factor: float = FASTER) -> Service:
    """The same distribution with all times shorter.

    >>> faster(Service("lognormal", {"mean": 60.0, "cv": 0.3}), 2.0).numbers
    {'mean': 30.0, 'cv': 0.3}
    """
    numbers = {k: v / factor if k in _TIMES else v for k, v in service.numbers.items()}
    return replace(service, numbers=numbers, sample=tuple(value / factor for value in service.sample))


def _with(items: tuple[T, ...], at: int, item: T) -> tuple[T, ...]:
    return (*items[:at], item, *items[at + 1 :])


def gains_of(
    player: Player, size: Size, options: LineOptions, limit: Bottleneck, tell: Callable[[float], None]
) -> tuple[tuple[Gain, ...], tuple[str, ...]]:
    """What each change gives, best first, and notes."""
    line = player.line
    replications, vehicles, warmup = _size(player, size, options)
    stations = _limiting(line, limit)
    asked = list(changes(line, stations))
    notes = [] if stations is None else [f"Gains are those of the {MOST_STATIONS} most limiting stations."]
    base = _play(player, line, replications, vehicles, warmup)
    found: list[Gain] = []
    for i, change in enumerate(asked):
        if player.late():
            notes.append(f"--seconds ended the search for gains after {i} of {len(asked)} changes.")
            break
        try:
            played = _play(player, change.line, replications, vehicles, warmup)
        except BadInput:
            notes.append(f"Cannot be played: {change.words}.")
            continue
        if played.replications == base.replications:
            found.append(_gain(change, base, played))
        tell((i + 1) / len(asked))
    by_lead_time = line.arrivals.process == "poisson" and line.entry_buffer == INFINITE
    found.sort(key=lambda gain: gain.lead_time.mean if by_lead_time else -gain.throughput.mean)
    return tuple(found), tuple(notes)


def _size(player: Player, size: Size, options: LineOptions) -> tuple[int, int, int]:
    """Replications, vehicles, and how many of them are not counted."""
    asked = options.replications if options.replications and options.replications > 1 else REPLICATIONS
    replications = 1 if nothing_varies(player.line) else asked
    if player.line.vehicles is not None or options.vehicles is not None:
        return replications, size.vehicles, size.warmup
    share = VISITS // (replications * player.stations)
    vehicles = min(size.vehicles, max(LEAST_VEHICLES, share))
    return replications, vehicles, min(size.warmup, vehicles // WARM_PART)


def _limiting(line: Line, limit: Bottleneck) -> set[int] | None:
    """The stations that limit a long line most; None when it is not long."""
    n = len(line.stations)
    if n <= MOST_STATIONS:
        return None
    shares = [max(s.critical_path.mean if s.critical_path else 0.0, s.momentary.mean) for s in limit.stations]
    return set(sorted(range(n), key=lambda j: -shares[j])[:MOST_STATIONS])


def _play(player: Player, line: Line, replications: int, vehicles: int, warmup: int) -> Played:
    other = Player.of(line, choose(line), player.seed, player.threads, player.until)
    return other.play(range(replications), vehicles, warmup)


def _gain(change: Change, base: Played, played: Played) -> Gain:
    names = ("count", "time", "inside")
    rows = {f"{name} 0": base.sums[name] for name in names} | {
        f"{name} 1": played.sums[name] for name in names
    }
    found: dict[str, Estimate] = estimates(rows, _differences)
    return Gain(kind=change.kind, station=change.station, change=change.words, **found)


def _differences(rows: Sums) -> dict[str, Floats]:
    before, after = rows["count 0"] / rows["time 0"], rows["count 1"] / rows["time 1"]
    lead = rows["inside 1"] / rows["count 1"] - rows["inside 0"] / rows["count 0"]
    return {"throughput": after - before, "relative": after / before - 1.0, "lead_time": lead}
