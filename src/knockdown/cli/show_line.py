"""A simulated line as a person reads it: where each station's time goes, and what comes out."""

from __future__ import annotations

from math import floor, log10

from rich.console import Console

from knockdown.documents.line_result import Bottleneck, Estimate, Gain, LineResult
from knockdown.reports.screen import Screen
from knockdown.reports.words import grouped, percent

PER_TIME = "vehicles per unit of time of the file"
TIME = "units of time of the file"
FLOW = {
    "throughput": ("Throughput", PER_TIME),
    "throughput_limit": ("At most", f"{PER_TIME}, if the slowest station never waited"),
    "makespan": ("All done after", TIME),
    "wip": ("On the line", "vehicles on average"),
    "lead_time": ("Lead time", f"{TIME}, from the first station (or arrival) to leaving"),
    "p95_sojourn": ("Lead time, P95", f"{TIME}; 5 % of vehicles take longer"),
    "mean_wait_queue": ("Wait at the entry", f"{TIME} before station 1"),
    "loss_probability": ("Turned away", "of arrivals, because the entry was full"),
    "mean_in_rework": ("In rework", "vehicles on average, queue and work"),
    "visits_per_vehicle": ("Passes", "through station 1 per vehicle"),
    "mean_down": ("Stations down", "on average"),
    "crew_utilisation": ("Repair crews busy", "of their time"),
    "prob_kit_complete": ("Kit complete", "chance"),
    "prob_lot_complete": ("Lot complete", "chance that no kit of the lot lacks a part"),
    "mean_incomplete_per_lot": ("Incomplete", "kits a lot, on average"),
}
STATES = ("working", "blocked", "starved", "down")
BAR = 20
MOST_ROWS = 10
MARKS = {"working": "█", "blocked": "▒", "down": "x", "starved": "·"}
PLAIN_MARKS = {"working": "#", "blocked": "=", "down": "x", "starved": "."}


def show(console: Console, paper: LineResult) -> None:
    """The line in figures, its stations in a table, and what was played."""
    screen = Screen(console)
    screen.say(
        f"{paper.line}: {'complete kits' if paper.kind == 'kits' else 'the line in the long run'}", "bold", 0
    )
    metrics = paper.metrics
    pairs = [
        (head, f"{_value(metrics[name])} {unit}") for name, (head, unit) in FLOW.items() if name in metrics
    ]
    screen.pairs(pairs)
    stations = _stations(metrics)
    if stations:
        _station_table(screen, metrics, stations)
    if paper.bottleneck is not None:
        _limits(screen, paper.bottleneck)
    if paper.gains:
        _gains(screen, paper.gains)
    _played(screen, paper)
    for note in paper.notes:
        screen.say(note)


def _stations(metrics: dict[str, Estimate]) -> list[str]:
    numbers = [name.removeprefix("working_") for name in metrics if name.startswith("working_")]
    return [f"{number}" for number in numbers]


def _station_table(screen: Screen, metrics: dict[str, Estimate], stations: list[str]) -> None:
    screen.title("Stations: shares of time, and vehicles waiting before")
    marks = MARKS if "utf" in screen.encoding.lower() else PLAIN_MARKS
    rows = []
    for station in stations:
        shares = {state: _mean(metrics, f"{state}_{station}") for state in STATES}
        waiting = metrics.get(f"buffer_{station}")
        rows.append(
            [
                station.replace("feeder_", "feeder "),
                *(percent(shares[state], 1) for state in STATES),
                "" if waiting is None else grouped(waiting.mean, 2),
                _bar(shares, marks),
            ]
        )
    screen.table(["Station", "Working", "Blocked", "Starved", "Down", "Waiting", ""], rows, drop=(6,))
    screen.say(", ".join(f"{marks[state]} {state}" for state in MARKS), "dim")


def _limits(screen: Screen, found: Bottleneck) -> None:
    """The stations that limit the line most."""
    screen.title("What limits it")
    has_path = found.no_critical_path is None

    def most(at: int) -> float:
        station = found.stations[at]
        return max(station.critical_path.mean if station.critical_path else 0.0, station.momentary.mean)

    rows = []
    for at in sorted(range(len(found.stations)), key=lambda at: -most(at))[:MOST_ROWS]:
        station = found.stations[at]
        path = [_percent(station.critical_path)] if station.critical_path else []
        name = station.station.replace("feeder_", "feeder ")
        rows.append([name, *path, _percent(station.momentary), percent(station.sole.mean, 1)])
    heads = ["Critical path"] if has_path else []
    screen.table(["Station", *heads, "Momentary bottleneck", "of this sole"], rows)
    if len(found.stations) > MOST_ROWS:
        screen.say(
            f"The first {MOST_ROWS} of {len(found.stations)} stations; all are in the document.", "dim"
        )
    if has_path:
        screen.say(
            "Critical path: with the station 1 % faster, throughput grows by this share of 1 %.", "dim"
        )
    else:
        screen.say(f"No critical path: {found.no_critical_path}.", "dim")
    screen.say("Momentary: share of time in which it has the longest uninterrupted active period.", "dim")


def _gains(screen: Screen, gains: tuple[Gain, ...]) -> None:
    """The changes that give most."""
    screen.title("What would help: throughput and lead time with one change, less without it")
    rows = [
        [gain.change, _signed(gain.throughput), _percent(gain.relative), _signed(gain.lead_time)]
        for gain in gains[:MOST_ROWS]
    ]
    screen.table(["Change", "Throughput", "Relative", "Lead time"], rows)
    if len(gains) > MOST_ROWS:
        screen.say(f"The first {MOST_ROWS} of {len(gains)} changes; all are in the document.", "dim")


def _signed(figure: Estimate) -> str:
    text = _value(figure)
    return text if text.startswith(("-", "\u2212")) else f"+{text}"


def _percent(share: Estimate) -> str:
    """A share with half of its interval.

    >>> _percent(Estimate(mean=0.4958, se=0.003, ci95=(0.4898, 0.5018)))
    '49.6 ± 0.6 %'
    """
    return f"{100 * share.mean:.1f} ± {100 * (share.ci95[1] - share.mean):.1f} %"


def _mean(metrics: dict[str, Estimate], name: str) -> float | None:
    return metrics[name].mean if name in metrics else None


def _bar(shares: dict[str, float | None], marks: dict[str, str]) -> str:
    """A station's time as a bar of fixed length; time off shift leaves some of it open."""
    text, upto, drawn = "", 0.0, 0
    for state in MARKS:
        upto += max(0.0, shares[state] or 0.0)
        end = min(BAR, round(BAR * upto))
        text += marks[state] * (end - drawn)
        drawn = max(drawn, end)
    return text.ljust(BAR)


def _value(figure: Estimate) -> str:
    """A mean with two digits of the half-width of its interval.

    >>> _value(Estimate(mean=0.66668, se=0.0002, ci95=(0.66628, 0.66708)))
    '0.66668 ± 0.00040'
    """
    half = figure.ci95[1] - figure.mean
    if half <= 0.0:
        return f"{figure.mean:.6g}"
    decimals = min(12, max(0, _decimals(half)))
    return f"{grouped(figure.mean, decimals)} ± {grouped(half, decimals)}"


def _decimals(half: float) -> int:
    return 1 - floor(log10(half))


def _played(screen: Screen, paper: LineResult) -> None:
    what = "lots" if paper.kind == "kits" else "vehicles"
    played = f"{grouped(paper.replications)} x {grouped(paper.vehicles)} {what}"
    left_out = f", the first {grouped(paper.warmup)} not counted" if paper.warmup else ""
    screen.say(
        f"± is half of the 95 % interval. {played}{left_out}; {grouped(paper.visits)} visits in"
        f" {paper.seconds:.1f} s by {paper.engine} ({paper.why})."
        f" Seed {paper.seed}, checksum {paper.checksum}.",
        "dim",
    )
    if paper.stopped in ("seconds", "visits"):
        limit = "--seconds" if paper.stopped == "seconds" else "the number of visits it plays by itself"
        screen.say(f"Stopped by {limit} before the throughput was known as well as wanted.")
