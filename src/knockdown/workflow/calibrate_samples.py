"""Cuts the floor's records into samples, quantity by quantity, and has each fitted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from knockdown.documents.calibration import Calibrated, NotFitted, Sort
from knockdown.plant.plant import Plant
from knockdown.simulating.calibrating.fit_times import (
    Experience,
    Sample,
    fit_down_share,
    fit_exponential,
    fit_learning,
    fit_lognormal,
    fit_share,
    fit_triangular,
    too_few,
)
from knockdown.timing.working_time import DAY_MS, MIN_MS
from knockdown.workflow.calibrate_records import (
    Records,
    Span,
    Visit,
    WorkingHours,
    gaps,
    net_minutes,
    working_until,
)

Fit = Calibrated | NotFitted


@dataclass(frozen=True)
class Window:
    """From when records count, and from when they are kept out of the fit, in ms of plant time."""

    since: int
    cut: int

    def holds(self, ended: int) -> bool:
        """Whether what ended then is fitted, and not kept out."""
        return ended < self.cut


class Work(NamedTuple):
    """A visit as an observation: minutes over the written ones."""

    visit: Visit
    family: str
    ratio: float


def fit_all(plant: Plant, records: Records, hours: WorkingHours, window: Window) -> list[Fit]:
    """Every quantity of the plant that the records may settle, fitted or refused with the reason."""
    return [
        *_work(plant, records, hours, window),
        *_stations(plant, records, hours, window),
        *_lots(plant, records, window),
        *_claims(plant, records, window),
        *_absence(plant, records, window),
    ]


def written_minutes(plant: Plant) -> dict[tuple[str, str], float]:
    """Minutes of a unit by family and station, with the people that the station has."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for element in plant.work_elements.values():
        person_min = element.minutes * element.people
        found[element.family, element.station] += person_min / plant.stations[element.station].people
    return found


# Work


def _work(plant: Plant, records: Records, hours: WorkingHours, window: Window) -> Iterator[Fit]:
    written = written_minutes(plant)
    seen = sorted(_observed(plant, records, hours, window, written), key=lambda w: w.visit.ended)
    rates: dict[str, float] = {}
    for family in sorted({work.family for work in seen}):
        fit = _learning(plant, family, [w for w in seen if w.family == family], window)
        if isinstance(fit, Calibrated) and fit.values[0].ci95[1] < 1.0:
            rates[family] = fit.values[0].value
        yield fit
    by_place: dict[tuple[str, str], list[Work]] = defaultdict(list)
    for work in seen:
        by_place[work.visit.station, work.family].append(_experienced(plant, work, rates))
    rests: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for family, station in sorted(written, key=lambda key: (key[1], key[0])):
        some = by_place.get((station, family), [])
        fit = _work_time(plant, station, family, some, window, written[family, station])
        yield fit
        if isinstance(fit, Calibrated):
            mean = fit.values[0].value / written[family, station]
            rests[station] += [(w.visit.ended, w.ratio / mean) for w in some]
    for station, ratios in sorted(rests.items()):
        present: dict[str, float | None] = {"cv": plant.stations[station].time_cv}
        yield _lognormal(_sample("scatter", station, "ratio", sorted(ratios), window, present))


def _observed(
    plant: Plant,
    records: Records,
    hours: WorkingHours,
    window: Window,
    written: dict[tuple[str, str], float],
) -> Iterator[Work]:
    """Visits with people, variant and hours taken off; those outside working hours say nothing."""
    for visit in records.visits:
        family = plant.family_of(visit.variant).id
        minutes = net_minutes(visit, records.stops.get(visit.station, ()), hours)
        if visit.began < window.since or (family, visit.station) not in written or minutes is None:
            continue
        people = plant.stations[visit.station].people
        pace = (visit.n_people or people) / people
        factor = plant.variants[visit.variant].labour_factor
        yield Work(visit, family, minutes * pace / factor / written[family, visit.station])


def _experienced(plant: Plant, work: Work, rates: dict[str, float]) -> Work:
    """A work time as it would be with experience, where the records show learning."""
    rate, enough = rates.get(work.family), plant.families[work.family].experienced_units
    if rate is None or work.visit.number >= enough:
        return work
    return work._replace(ratio=float(work.ratio / (work.visit.number / enough) ** np.log2(rate)))


def _learning(plant: Plant, family: str, seen: list[Work], window: Window) -> Fit:
    enough = plant.families[family].experienced_units
    early = [w for w in seen if w.visit.number <= enough]
    stations = sorted({w.visit.station for w in early})
    known = _experience([w for w in early if window.holds(w.visit.ended)], stations)
    held = _experience([w for w in early if not window.holds(w.visit.ended)], stations)
    note = f"units up to the {enough:,}th, at which the written times are reached"
    present: dict[str, float | None] = {"rate": plant.families[family].learning_rate}
    sample = Sample("learning_rate", family, "ratio", known.ratio, held.ratio, present, (note,))
    return too_few(sample) or fit_learning(sample, known, held)


def _experience(seen: list[Work], stations: list[str]) -> Experience:
    return Experience(
        np.array([w.visit.number for w in seen], np.int64),
        np.array([w.ratio for w in seen], np.float64),
        np.array([stations.index(w.visit.station) for w in seen], np.int64),
    )


def _work_time(
    plant: Plant, station: str, family: str, seen: list[Work], window: Window, written: float
) -> Fit:
    timed = [(w.visit.ended, w.ratio * written) for w in seen]
    present: dict[str, float | None] = {"mean": written, "cv": plant.stations[station].time_cv}
    return _lognormal(_sample("work_time", f"{station} {family}", "min", timed, window, present))


def _lognormal(sample: Sample) -> Fit:
    return too_few(sample) or fit_lognormal(sample)


# Stations


def _stations(plant: Plant, records: Records, hours: WorkingHours, window: Window) -> Iterator[Fit]:
    if not records.kinds["StationStopped"]:
        yield _silent("down_share", "every station", "no StationStopped is recorded")
        return
    visits: dict[str, list[Span]] = defaultdict(list)
    for visit in records.visits:
        if visit.began >= window.since:
            visits[visit.station].append(Span(hours.at(visit.began), hours.at(visit.ended)))
    for station in sorted(visits):
        yield from _stops(plant, station, visits[station], records, hours, window)


def _stops(
    plant: Plant, station: str, visits: list[Span], records: Records, hours: WorkingHours, window: Window
) -> Iterator[Fit]:
    stops = [s for s in records.stops.get(station, ()) if s.began >= window.since]
    broke = sorted((s for s in stops if s.broke), key=lambda s: s.began)
    all_stops = [Span(hours.at(s.began), hours.at(s.ended)) for s in stops]
    moments = [hours.at(s.began) for s in broke]
    known = sum(window.holds(s.began) for s in broke)
    *worked, in_all = working_until([*moments, hours.at(window.cut)], visits, all_stops)
    row = plant.stations[station]
    share, repair_min = row.down_share, row.repair_min
    ups = [(s.began, gap / MIN_MS) for s, gap in zip(broke, gaps(worked), strict=True) if gap > 0]
    downs = [(s.began, hours.between(s.began, s.ended) / MIN_MS) for s in broke]
    written_up = repair_min * (1 - share) / share if share > 0 else None
    up = _sample("up_time", station, "min of work", ups, window, {"mean": written_up})
    down = _sample(
        "repair", station, "min", [(at, m) for at, m in downs if m > 0], window, {"mean": repair_min}
    )
    refused = too_few(up), too_few(down)
    up_mean = in_all / MIN_MS / max(1, known)
    yield refused[0] or fit_exponential(up, up_mean)
    yield refused[1] or fit_exponential(down)
    whole = Sample("down_share", station, "share", up.values, up.held, {"share": share})
    if refused[0] or refused[1]:
        yield NotFitted(sort="down_share", subject=station, n=known, why=f"{known} breakdowns are recorded")
    else:
        yield fit_down_share(whole, down.values, up_mean)


# Journeys


def _lots(plant: Plant, records: Records, window: Window) -> Iterator[Fit]:
    journeys: dict[str, list[tuple[int | None, int | None, int | None]]] = defaultdict(list)
    for lot in records.lots.values():
        if lot.contract is not None and lot.contract in plant.contracts:
            journeys[lot.contract].append((lot.ordered, lot.arrived, lot.cleared))
    if not journeys:
        yield _silent("lead_time", "every contract", "no lot of a known contract is recorded")
    for name in sorted(journeys):
        row = plant.contracts[name]
        lead: dict[str, float | None] = {
            "low": row.lead_low_days,
            "typical": row.lead_days,
            "high": row.lead_high_days,
        }
        nothing: dict[str, float | None] = {}
        legs: tuple[tuple[Sort, int, int, dict[str, float | None]], ...] = (
            ("transit", 0, 1, nothing),
            ("clearing", 1, 2, nothing),
            ("lead_time", 0, 2, lead),
        )
        for sort, a, b, present in legs:
            spans = [(moments[a], moments[b]) for moments in journeys[name]]
            yield _days(sort, name, spans, window, present)


def _claims(plant: Plant, records: Records, window: Window) -> Iterator[Fit]:
    if not records.claims:
        yield _silent("replacement", "every partner", "no ClaimSent of a known contract's lot is recorded")
    for partner, claims in sorted(records.claims.items()):
        spans = [(c.began, c.ended) if isinstance(c, Span) else (c, None) for _, c in claims]
        rows = [c for c in plant.contracts.values() if c.partner == partner]
        written = {(c.replace_low_days, c.replace_days, c.replace_high_days) for c in rows}
        names = ("low", "typical", "high")
        present: dict[str, float | None] = (
            dict(zip(names, next(iter(written)), strict=True)) if len(written) == 1 else {}
        )
        yield _days("replacement", partner, spans, window, present)


def _days(
    sort: Sort,
    subject: str,
    spans: Iterable[tuple[int | None, int | None]],
    window: Window,
    present: dict[str, float | None],
) -> Fit:
    """A time in calendar days.

    What began so late that a long one would not have ended by now is left out: of those only the short
    ones have ended.
    """
    begun = [(a, b) for a, b in spans if a is not None and a >= window.since]
    ended = sorted((b, a) for a, b in begun if b is not None)
    known = [(b, b - a) for b, a in ended if window.holds(b)]
    longest = max((length for _, length in known), default=0)
    fitted = [(b, (b - a) / DAY_MS) for b, a in ended if window.holds(b) and a <= window.cut - longest]
    held = [(b, (b - a) / DAY_MS) for b, a in ended if not window.holds(b)]
    late = sum(a <= window.cut - longest and (b is None or not window.holds(b)) for a, b in begun)
    notes = []
    if len(known) > len(fitted):
        notes.append(f"{len(known) - len(fitted)} begun too late to know of the slow ones are left out")
    if late:
        notes.append(f"{late} still open after longer than any that ended: the true high is higher")
    both = [(b, days) for b, days in (*fitted, *held) if days > 0]
    sample = _sample(sort, subject, "days", both, window, present, tuple(notes))
    return too_few(sample) or fit_triangular(sample)


# People


def _absence(plant: Plant, records: Records, window: Window) -> Iterator[Fit]:
    if not records.shifts:
        yield _silent("absence", "every crew", "no ShiftStarted of a known crew is recorded")
    for crew, shifts in sorted(records.shifts.items()):
        some = [s for s in shifts if s.at >= window.since and s.enrolled > 0]
        share = [(s.at, (s.enrolled - s.n_people) / s.enrolled) for s in some]
        present: dict[str, float | None] = {"share": plant.crews[crew].absence_share}
        sample = _sample("absence", crew, "share", share, window, present)
        known = [s for s in some if window.holds(s.at)]
        hits = np.array([s.enrolled - s.n_people for s in known], np.int64)
        trials = np.array([s.enrolled for s in known], np.int64)
        refused = too_few(sample)
        yield refused or fit_share(sample, hits, trials)


def _silent(sort: Sort, subject: str, why: str) -> NotFitted:
    return NotFitted(sort=sort, subject=subject, n=0, why=why)


def _sample(
    sort: Sort,
    subject: str,
    unit: str,
    timed: Iterable[tuple[int, float]],
    window: Window,
    present: dict[str, float | None],
    notes: tuple[str, ...] = (),
) -> Sample:
    timed = list(timed)
    values = np.array([value for at, value in timed if window.holds(at)], np.float64)
    held = np.array([value for at, value in timed if not window.holds(at)], np.float64)
    return Sample(sort, subject, unit, values, held, present, notes)
