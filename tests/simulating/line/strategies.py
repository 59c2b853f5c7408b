"""Random lines with every feature of a line file, the same for the same number."""

from __future__ import annotations

import random

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

FEATURES = ("variants", "odf", "tdf", "crews", "rework", "feeders", "calendar", "places", "poisson", "closed")


def exp(mean: float = 1.0) -> Service:
    return Service("exp", {"mean": mean})


def det(value: float) -> Service:
    return Service("det", {"value": value})


def station(*service: Service, places: int = 1, breakdowns: Breakdowns | None = None) -> Station:
    return Station(places, service or (exp(),), breakdowns)


def services(dice: random.Random, mean: float) -> Service:
    """A distribution of any kind with about this mean."""
    kinds = [
        Service("det", {"value": dice.choice((0.0, 0.5, 1.0)) * mean}),
        exp(mean),
        exp(mean),
        Service("erlang", {"k": 2, "mean": mean}),
        Service("gamma", {"shape": 1.7, "mean": mean}),
        Service("hyperexp", {"p": 0.3, "mean1": 2.0 * mean, "mean2": 0.5 * mean}),
        Service("lognormal", {"mean": mean, "cv": 0.3}),
        Service("weibull", {"scale": mean, "shape": 1.5}),
        Service("uniform", {"low": 0.5 * mean, "high": 1.5 * mean}),
        Service("triangular", {"low": 0.5 * mean, "mode": mean, "high": 2.0 * mean}),
        Service("empirical", {}, (0.5 * mean, mean, mean, 1.5 * mean)),
    ]
    return dice.choice(kinds)


def random_line(number: int, features: tuple[str, ...] | None = None) -> Line:
    """Line of a number; `features` limits what it may have, None allows everything."""
    dice = random.Random(number)
    has = {name: dice.random() < 0.35 for name in FEATURES}
    if features is not None:
        has = {name: has[name] and name in features for name in FEATURES}
    n_stations = dice.choice((1, 2, 3, 5, 9, 20))
    n_variants = dice.choice((2, 3)) if has["variants"] else 1

    def place_count() -> int:
        return dice.choice((1, 1, 2, 3)) if has["places"] else 1

    def broken() -> Breakdowns | None:
        modes = [mode for mode in ("odf", "tdf") if has[mode]]
        if not modes or dice.random() < 0.3:
            return None
        return Breakdowns(dice.choice(modes), dice.choice((3.0, 10.0, 50.0)), dice.choice((0.5, 2.0)))

    def any_station(mean: float = 1.0, may_break: bool = True) -> Station:
        service = tuple(services(dice, mean * (0.9 + 0.2 * v)) for v in range(n_variants))
        return Station(place_count(), service, broken() if may_break else None)

    def room() -> float:
        return dice.choice((0.0, 0.0, 1.0, 2.0, 5.0, INFINITE))

    stations = tuple(any_station() for _ in range(n_stations))
    arrivals, entry = _arrivals(dice, has)
    rework = None
    if has["rework"]:
        after = dice.randrange(n_stations)
        lowest = 1 if arrivals.process == "saturated" or entry != INFINITE else 0
        choices = range(lowest, min(after + 1, n_stations - 1) + 1)
        if choices:
            station_of_rework = any_station(dice.choice((0.5, 4.0)), may_break=False)
            rework = Rework(after, dice.choice((0.1, 0.5)), dice.choice(choices), station_of_rework)
    feeders = ()
    if has["feeders"]:
        feeders = tuple(Feeder(room(), any_station(0.8)) for _ in range(dice.choice((1, 2))))
    return Line(
        stations=stations,
        buffers=tuple(room() for _ in range(n_stations - 1)),
        variants=((("A", 1.0),), (("A", 0.7), ("B", 0.3)), (("A", 0.5), ("B", 0.3), ("C", 0.2)))[
            n_variants - 1
        ],
        arrivals=arrivals,
        entry_buffer=entry,
        repair_crews=dice.choice((1, 2)) if has["crews"] else None,
        rework=rework,
        feeders=feeders,
        calendar=Calendar(24.0, ((0.5, 7.0), (8.0, 16.25))) if has["calendar"] else None,
    )


def _arrivals(dice: random.Random, has: dict[str, bool]) -> tuple[Arrivals, float]:
    if has["poisson"]:
        lot = dice.choice((1, 1, 3))
        return Arrivals("poisson", dice.choice((0.3, 0.9)) / lot, lot), dice.choice((0.0, 4.0, INFINITE))
    if has["closed"]:
        return Arrivals("closed", wip=dice.choice((1, 3, 12))), INFINITE
    return Arrivals("saturated"), INFINITE


def assembly_line(
    n_stations: int = 20,
    buffer: float = 2.0,
    crews: int | None = None,
    p_rework: float = 0.0,
    breakdowns: Breakdowns | None = None,
) -> Line:
    """A line of lognormal stations and three variants; with rework after the middle."""
    bases = [0.95 + 0.1 * ((7 * j) % 20) / 19.0 for j in range(n_stations)]
    factors = (0.9, 1.0, 1.15)
    stations = tuple(
        Station(1, tuple(Service("lognormal", {"mean": base * f, "cv": 0.3}) for f in factors), breakdowns)
        for base in bases
    )
    half = n_stations // 2
    rework = Rework(half, p_rework, half + 1, Station(1, (exp(4.0),) * 3)) if p_rework else None
    return Line(
        stations=stations,
        buffers=(buffer,) * (n_stations - 1),
        variants=(("A", 0.5), ("B", 0.3), ("C", 0.2)),
        repair_crews=crews,
        rework=rework,
    )
