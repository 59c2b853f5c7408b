"""How much of a line to play: the warm-up, vehicles a replication, replications."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.line_result import Estimate
from knockdown.simulating.line.choose import EngineName
from knockdown.simulating.line.estimate import Floats, estimates, mser_cut, wanted_in_all
from knockdown.simulating.line.figures import figures, growing_queue, nothing_varies
from knockdown.simulating.line.model import Line
from knockdown.simulating.line.options import LineOptions
from knockdown.simulating.line.rounds import Player

REPLICATIONS = 128
BATCHES = 30
PLANNED_SE, ACCEPTED_SE = 0.0007, 0.00085
T_128 = 1.979

PILOT = 2**31  # replications of the pilot are numbered from here, those of the answer from 0
PILOT_TRACES, PILOT_RUNS = 8, 64
LEAST_SERIES, MOST_SERIES_VISITS = 2_000, 400_000
LEAST_WARMUP = 500
LEAST_COUNTED: dict[EngineName, int] = {"lanes": 50_000, "fixed-point": 20_000, "events": 10_000}
SAFETY, COUNTED_PER_WARMUP = 3, 10
PLANNED_LEAD_SE: dict[EngineName, float] = {"lanes": 0.005, "fixed-point": 0.01, "events": 0.01}
FIXED_COUNT = 20_000
GROWING_VISITS = 20_000_000

# Visits that a plan has at most, and how many times that is played before it is given up.
PLANNED_VISITS: dict[EngineName, int] = {
    "lanes": 1_000_000_000,
    "fixed-point": 200_000_000,
    "events": 30_000_000,
}
MORE_THAN_PLANNED, MORE_FOR_A_HALF_WIDTH = 1.5, 20.0


@dataclass(frozen=True, slots=True)
class Size:
    """Replications of vehicles, of which the first `warmup` are not counted; `se` is what is aimed at.

    `more` allows more replications when `se` (relative, of the throughput) is not reached.
    """

    replications: int
    vehicles: int
    warmup: int
    se: float
    more: bool
    notes: tuple[str, ...] = ()


def size_of(player: Player, options: LineOptions) -> Size:
    """How much to play, by the options, and by a pilot where they leave it open.

    Raises
    ------
    BadInput
        When the options do not go with the line.
    """
    line = player.line
    se = ACCEPTED_SE if options.half_width is None else options.half_width / T_128
    if line.vehicles is not None:
        return _run_from_empty(line, options, se)
    if nothing_varies(line):
        return _fixed(options, se)
    growing = growing_queue(line)
    if growing is not None:
        return _growing(player, options, se, growing)
    warmup, notes = _warmup(player, options)
    more = options.replications is None or options.half_width is not None
    replications = min(options.replications or REPLICATIONS, REPLICATIONS if more else 10**9)
    if options.vehicles is not None:
        return Size(replications, options.vehicles, warmup, se, more, notes)
    counted = _counted(player, replications, warmup, se)
    if options.warmup is None:
        warmup = max(warmup, counted // COUNTED_PER_WARMUP)
    return Size(replications, warmup + counted, warmup, se, more, notes)


def _run_from_empty(line: Line, options: LineOptions, se: float) -> Size:
    """The file says how many vehicles there are."""
    vehicles = line.vehicles or 1
    given = {"--vehicles": options.vehicles, "--warmup": options.warmup or None}
    problem, step = "does not go with `vehicles` in the file", "leave out one of them"
    faults = [Fault(k, None, None, str(v), problem, step) for k, v in given.items() if v is not None]
    if faults:
        raise BadInput(faults)
    if nothing_varies(line):
        return Size(1, vehicles, 0, se, False)
    more = options.replications is None or options.half_width is not None
    return Size(options.replications or REPLICATIONS, vehicles, 0, se, more)


def _fixed(options: LineOptions, se: float) -> Size:
    """One replication tells all when nothing varies."""
    warmup = options.warmup if options.warmup is not None else (options.vehicles or 2 * FIXED_COUNT) // 2
    return Size(1, options.vehicles or warmup + FIXED_COUNT, warmup, se, False)


def _growing(player: Player, options: LineOptions, se: float, station: int) -> Size:
    """No steady state: a long run, and what to think of it."""
    replications = options.replications or REPLICATIONS
    most = GROWING_VISITS // (replications * player.stations)
    vehicles = options.vehicles or max(2 * LEAST_SERIES, min(FIXED_COUNT, most))
    warmup = options.warmup if options.warmup is not None else vehicles // COUNTED_PER_WARMUP
    note = (
        f"Vehicles gather before station {station + 1} without end: its queue, lead times and vehicles on the"
        " line depend on how long it is played."
    )
    return Size(replications, vehicles, warmup, se, options.half_width is not None, (note,))


def _warmup(player: Player, options: LineOptions) -> tuple[int, tuple[str, ...]]:
    if options.warmup is not None:
        if options.vehicles is not None and options.warmup >= options.vehicles:
            raise AssertionError("the options were checked before")
        return options.warmup, ()
    warmup, settled = _settled_after(player)
    notes = () if settled else ("Lead times had not settled in the pilot: there may be no steady state.",)
    if options.vehicles is not None:
        warmup = min(warmup, options.vehicles // 2)
    return warmup, notes


def _settled_after(player: Player) -> tuple[int, bool]:
    """Vehicles until lead times have settled, three times what MSER-5 says, and whether they had."""
    n = LEAST_SERIES
    most = max(n, MOST_SERIES_VISITS // player.stations)
    while True:
        cut = mser_cut(_lead_times(player, n))
        if cut <= n // 4 or 4 * n > most:
            return max(LEAST_WARMUP, SAFETY * cut), cut <= n // 4
        n *= 4


def _lead_times(player: Player, vehicles: int) -> Floats:
    """Lead time of one vehicle after another, the mean over the pilot's replications."""
    series = [_lead_times_of(player, PILOT + i, vehicles) for i in range(PILOT_TRACES)]
    shortest = min(len(each) for each in series)
    return np.asarray(np.mean([each[:shortest] for each in series], axis=0))


def _lead_times_of(player: Player, replication: int, vehicles: int) -> Floats:
    log = player.choice.module.trace(player.tables, player.seed, replication, vehicles)
    s, f = player.tables.n_stations, player.tables.n_feeders
    rows = np.flatnonzero((log.station < s) | (log.station >= s + f))
    vehicle, leave = log.vehicle[rows], log.leave[rows]
    first = np.flatnonzero(np.diff(vehicle, prepend=-1))
    entry = log.start if player.line.arrivals.process == "saturated" else log.arrival
    return np.asarray(np.maximum.reduceat(leave, first) - entry[rows][first])


def _counted(player: Player, replications: int, warmup: int, se: float) -> int:
    """Vehicles to count a replication, so that all together are enough."""
    short = warmup + max(LEAST_SERIES, 4 * warmup)
    pilot = player.play(range(PILOT, PILOT + PILOT_RUNS), short, warmup)
    found = estimates(pilot.sums, lambda sums: figures(player.line, sums))
    played = pilot.replications * (short - warmup)
    wanted = _wanted(found["throughput"], played, se * PLANNED_SE / ACCEPTED_SE)
    if player.line.arrivals.process == "poisson":  # where the throughput says little about the line
        wanted = max(wanted, _wanted(found["lead_time"], played, PLANNED_LEAD_SE[player.choice.name]))
    least = max(LEAST_COUNTED[player.choice.name], COUNTED_PER_WARMUP * warmup)
    most = PLANNED_VISITS[player.choice.name] // (replications * player.stations) - 2 * warmup
    return max(LEAST_SERIES, min(max(least, math.ceil(wanted / replications)), most))


def _wanted(figure: Estimate, played: int, target: float) -> int:
    return wanted_in_all(figure.se / figure.mean, played, target) if figure.mean > 0.0 else played
