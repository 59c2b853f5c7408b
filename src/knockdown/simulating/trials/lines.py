"""The lines of the trials: 20 stations in series, buffers of 2, three variants, and more."""

from __future__ import annotations

from knockdown.simulating.line.model import Breakdowns, Calendar, Line, Rework, Service, Station

N_STATIONS, BUFFER = 20, 2
FACTORS = (0.9, 1.0, 1.15)
MIX = (("A", 0.5), ("B", 0.3), ("C", 0.2))
TWO_SHIFTS = Calendar(1440.0, ((0.0, 480.0), (540.0, 1020.0)))


def base_time(j: int) -> float:
    """Mean work of the middle variant: a little different at each station."""
    return 0.95 + 0.1 * ((7 * j) % 20) / 19.0


def reference_line(
    dist: str = "exp",
    calendar: Calendar | None = TWO_SHIFTS,
    crews: int | None = None,
    rework: float = 0.0,
    slower: float = 1.0,
) -> Line:
    """A line with breakdowns by work (MTTF 100, MTTR 5 times a mean work).

    Parameters
    ----------
    dist : str
        `exp`, or `lognormal` with a variation of 0.3.
    calendar : Calendar, optional
    crews : int, optional
        Shared repair crews.
    rework : float
        Share of vehicles that fail after station 11 and come back before station 12.
    slower : float
        Factor of the work of station 10.
    """
    breakdowns = Breakdowns("odf", 100.0, 5.0)

    def station(j: int) -> Station:
        means = [base_time(j) * factor * (slower if j == 9 else 1.0) for factor in FACTORS]
        more = {"cv": 0.3} if dist == "lognormal" else {}
        return Station(1, tuple(Service(dist, {"mean": mean, **more}) for mean in means), breakdowns)

    again = Station(1, (Service("exp", {"mean": 4.0}),) * 3)
    return Line(
        stations=tuple(station(j) for j in range(N_STATIONS)),
        buffers=(float(BUFFER),) * (N_STATIONS - 1),
        variants=MIX,
        calendar=calendar,
        repair_crews=crews,
        rework=Rework(10, rework, 11, again) if rework else None,
    )
