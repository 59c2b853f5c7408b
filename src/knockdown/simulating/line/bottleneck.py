"""What limits a line: the critical path, beside the momentary bottleneck.

Both are found from a few replications of the answer, played again for fewer vehicles: the gradient keeps two
marks of every visit, and active periods need the log, so that memory is bounded by what is played here.
"""

from __future__ import annotations

import numpy as np

from knockdown.documents.line_result import Bottleneck, Estimate, StationLimit
from knockdown.simulating.line import gradient
from knockdown.simulating.line.active import momentary, window_of
from knockdown.simulating.line.estimate import Sums, estimates
from knockdown.simulating.line.figures import nothing_varies
from knockdown.simulating.line.model import INFINITE
from knockdown.simulating.line.rounds import Player
from knockdown.simulating.line.size import Size
from knockdown.simulating.line.tables import Tables

REPLICATIONS = 16
FEWEST_REPLICATIONS = 4
PATH_VISITS, LOG_VISITS = 1_000_000, 200_000
MOST_VISITS = 100_000  # of one replication, unless more are needed to fill a line without buffers
PATH_FILLS, LOG_FILLS = 4, 2  # times that the vehicles played would fill a long line, at least
WARM_PART = 5


def bottleneck_of(player: Player, size: Size) -> Bottleneck:
    """Shares of the critical path and of the momentary bottleneck, by station."""
    fixed = nothing_varies(player.line)
    reason = gradient.can_play(player.line)
    path_vehicles = 0 if reason else _vehicles(player, size, PATH_VISITS, PATH_FILLS)
    path = _path(player, path_vehicles, 1 if fixed else REPLICATIONS) if path_vehicles else {}
    vehicles = _vehicles(player, size, LOG_VISITS, LOG_FILLS)
    warmup = 0 if player.line.vehicles is not None else min(size.warmup, vehicles // WARM_PART)
    affordable = LOG_VISITS // (vehicles * player.tables.n_all)
    replications = 1 if fixed else min(REPLICATIONS, max(FEWEST_REPLICATIONS, affordable))
    active = _active(player, vehicles, warmup, replications)
    stations = [
        StationLimit(
            station=name,
            critical_path=path.get(f"{j}"),
            momentary=active[f"moment {j}"],
            sole=active[f"sole {j}"],
        )
        for j, name in enumerate(station_names(player.tables))
    ]
    return Bottleneck(
        stations=tuple(stations),
        off_path=path.get("rest"),
        no_critical_path=reason,
        path_vehicles=path_vehicles,
        replications=replications,
        vehicles=vehicles,
        warmup=warmup,
    )


def station_names(tables: Tables) -> list[str]:
    """Stations as answers call them."""
    stations = [f"{j + 1}" for j in range(tables.n_stations)]
    return [*stations, *(f"feeder_{f + 1}" for f in range(tables.n_feeders)), *["rework"] * tables.n_rework]


def _vehicles(player: Player, size: Size, visits: int, fills: int) -> int:
    """As many as the visits allow over all replications, and enough to fill the line some times."""
    n = player.tables.n_all
    room = n + sum(int(buffer) for buffer in player.line.buffers if buffer != INFINITE)
    enough = min(fills * room, max(fills * n, MOST_VISITS // n))
    return min(size.vehicles, max(visits // (REPLICATIONS * n), enough))


def _path(player: Player, vehicles: int, replications: int) -> dict[str, Estimate]:
    """Shares of the makespan of a run from an empty line."""
    numbers = np.arange(replications, dtype=np.int64)
    with np.errstate(invalid="ignore"):  # no share of a run that takes no time
        sums, found = gradient.play(player.tables, player.seed, numbers, vehicles, 0)

    def shares(rows: Sums) -> Sums:
        parts = rows["slope"] / rows["makespan"][:, None]
        by_station = {f"{j}": parts[:, j] for j in range(parts.shape[1])}
        return by_station | {"rest": np.maximum(0.0, 1.0 - parts.sum(axis=1))}

    return estimates({"slope": found.slope, "makespan": sums.makespan}, lambda rows: dict(shares(rows)))


def _active(player: Player, vehicles: int, warmup: int, replications: int) -> dict[str, Estimate]:
    moment, sole, window = [], [], []
    for replication in range(replications):
        log = player.choice.module.trace(player.tables, player.seed, replication, vehicles)
        found = momentary(player.tables, log, window_of(player.tables, log, warmup))
        moment.append(found.moment)
        sole.append(found.sole)
        window.append(found.window)

    def shares(rows: Sums) -> Sums:
        time = np.where(rows["window"] > 0.0, rows["window"], 1.0)  # work that takes no time limits nothing
        return {
            f"{name} {j}": rows[name][:, j] / time
            for name in ("moment", "sole")
            for j in range(player.tables.n_all)
        }

    rows = {"moment": np.array(moment), "sole": np.array(sole), "window": np.array(window)}
    return estimates(rows, lambda some: dict(shares(some)))
