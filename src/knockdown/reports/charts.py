"""The report's pictures of the plan, as Vega-Lite: data in, a plain dict out; nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from knockdown.reports import flows
from knockdown.reports.draw import WIDTH, Spec
from knockdown.reports.marks import (
    FILL,
    HALO,
    INK,
    SLOTS,
    TEXT,
    WORDS,
    Row,
    amount_axis,
    colour,
    column,
    halo,
    layer,
    layered,
    on,
    periods_axis,
    silent,
    stroke,
)
from knockdown.reports.subject import Subject
from knockdown.reports.tables import people_needed
from knockdown.reports.words import grouped, long_period, money, plain, short_period

MOST_LABELLED = 26
LEAST_LABELLED_SHARE = 0.055
PANEL_LABELS = 6
STOCKS = (
    ("finished", "finished vehicles", (1, 0), stroke(0)),
    ("kits", "kits in the store", (6, 3), stroke(1)),
    ("transit", "kits on the way", (2, 2), stroke(3)),
)


def family_slots(subject: Subject) -> Mapping[str, int]:
    """A colour slot for each vehicle family; the smallest share the last slot when there are many."""
    sums = {key: 0.0 for key, info in subject.families.items() if info.vehicle}
    for (key, _), n in flows.by_family(subject, "built").items():
        if key in sums:
            sums[key] += n
    largest = sorted(sums, key=lambda key: -sums[key])
    return {key: min(largest.index(key), SLOTS - 1) for key in sums}


def slot_names(subject: Subject) -> tuple[tuple[int, str], ...]:
    """Slot and family name, for the legend."""
    names: dict[int, list[str]] = {}
    for key, slot in family_slots(subject).items():
        names.setdefault(slot, []).append(subject.families[key].name)
    return tuple(
        (slot, group[0] if len(group) == 1 else f"{len(group)} other families")
        for slot, group in sorted(names.items())
    )


def plan_columns(subject: Subject) -> Spec:
    """Units built by period, a stacked column of families, its sum on top."""
    bars, tops = list(_stacked(subject)), _tops(subject)
    highest = max((row["y"] for row in tops), default=1.0)
    few = len(subject.plan.periods) <= MOST_LABELLED
    labels = [row for row in bars if few and (row["y2"] - row["y"]) / highest > LEAST_LABELLED_SHARE]
    x, y = periods_axis(subject.plan.periods), amount_axis("Units built in the period")
    above = {"type": "text", "dy": -8, "fontWeight": "bold"}
    layers = [
        layer(bars, {"type": "bar"}, x, y, y2={"field": "y2"}, fill=FILL),
        layer(silent(labels), TEXT, x, column("m"), text=WORDS, fill=INK, stroke=HALO),
        layer(tops if few else [], above, x, y, text=WORDS),
    ]
    return layered(layers, 290)


def _tops(subject: Subject) -> list[dict[str, Any]]:
    sums = flows.total_by_period(subject, "built")
    return [{"p": short_period(p), "y": n, "t": grouped(n)} for p, n in sums.items() if n]


def _stacked(subject: Subject) -> Iterable[Row]:
    """Segments from the ground up, a slot each; families that share a slot are one segment."""
    slots, names = family_slots(subject), dict(slot_names(subject))
    sums: dict[tuple[str, int], float] = {}
    for (key, period), n in flows.by_family(subject, "built").items():
        if key in slots:
            sums[period, slots[key]] = sums.get((period, slots[key]), 0.0) + n
    for period in subject.plan.periods:
        base = 0.0
        for slot, name in names.items():
            n = sums.get((period, slot), 0.0)
            if n:
                yield _segment(period, slot, base, n, f"{name}: {grouped(n)} built in {long_period(period)}")
            base += n


def _segment(period: str, slot: int, base: float, n: float, words: str) -> Row:
    fill = colour(slot)
    ends = {"y": base, "y2": base + n, "m": base + n / 2}
    look = {"f": fill, "o": on(fill), "h": halo(fill)}
    return {"p": short_period(period), **ends, **look, "t": grouped(n), "d": words}


def kit_columns(subject: Subject) -> Spec:
    """Kits ordered beside kits arriving."""
    rows = [*_kit_rows(subject, "ordered", colour(4)), *_kit_rows(subject, "arriving", colour(0))]
    side: Spec = {"field": "s", "type": "nominal", "scale": {"domain": ["ordered", "arriving"]}}
    x, y = periods_axis(subject.plan.periods), amount_axis("Kits")
    return layered([layer(rows, {"type": "bar"}, x, y, xOffset=side, fill=FILL)], 200)


def _kit_rows(subject: Subject, measure: str, fill: str) -> list[Row]:
    return [
        {
            "p": short_period(period), "s": measure, "y": n, "f": fill,
            "d": f"{grouped(n)} kits {measure} in {long_period(period)}",
        }
        for period, n in _sums(subject, measure).items()
        if n
    ]  # fmt: skip


def _sums(subject: Subject, measure: str) -> Mapping[str, float]:
    sums = dict.fromkeys(subject.plan.periods, 0.0)
    for (_, period), n in flows.by_family(subject, measure).items():
        if period in sums:
            sums[period] += n
    return sums


def _stock_sums(subject: Subject, measure: str) -> Mapping[str, float]:
    """Finished stock counts vehicles; kits are all kits."""
    return (flows.total_by_period if measure == "finished" else _sums)(subject, measure)


def stock_lines(subject: Subject) -> Spec:
    """Finished units, kits in the store and kits on the way, at the end of each period."""
    x, y = periods_axis(subject.plan.periods), amount_axis("Vehicles and kits at the end of the period")
    layers: list[Spec] = []
    for measure, words, dash, ink in STOCKS:
        rows = [
            {"p": short_period(p), "y": n, "d": f"{grouped(n)} {words} at the end of {long_period(p)}"}
            for p, n in _stock_sums(subject, measure).items()
        ]
        layers += _line(rows, x, y, ink, dash)
    return layered(layers, 200)


def _line(rows: list[Row], x: Spec, y: Spec, ink: str, dash: Sequence[int]) -> list[Spec]:
    line = {"type": "line", "stroke": ink, "strokeWidth": 2.2, "strokeDash": list(dash)}
    dots = {"type": "circle", "size": 26, "fill": ink, "opacity": 1}
    return [layer(silent(rows), line, x, y), layer(rows, dots, x, y)]


CREW_LINES = "split(datum.label, '\\n')"
PANELS_APART: Spec = {"scale": {"y": "independent"}, "axis": {"x": "independent", "y": "independent"}}


def people_panels(subject: Subject) -> Spec:
    """Each crew: people present as steps, people needed as a line, where overtime fills the gap.

    Every panel has a scale of its own, so that a crew of three can be read beside one of thirty.
    """
    rows = [_crew_point(subject, row) for row in subject.plan.people]
    crews = list(dict.fromkeys(row["c"] for row in rows))
    columns = min(3, len(crews)) or 1
    header = {"title": None, "labelAnchor": "start", "labelLimit": 270, "labelExpr": CREW_LINES}
    facet = {"field": "c", "type": "nominal", "sort": crews, "header": header}
    panel = {"width": (WIDTH - 44 * columns) // columns, "height": 84, "layer": _crew_layers(subject)}
    base = {"columns": columns, "spacing": 24, "padding": 2, "resolve": PANELS_APART}
    return {"data": {"values": rows}, "facet": facet, "spec": panel, **base}


def _crew_layers(subject: Subject) -> list[Spec]:
    names = [short_period(period) for period in subject.plan.periods]
    x = periods_axis(subject.plan.periods, values=names[:: -(-len(names) // PANEL_LABELS)])
    y = column("y", axis={"title": None, "tickCount": 3, "tickMinStep": 1})
    area = {"type": "area", "interpolate": "step", "fill": colour(4), "opacity": 0.45, "aria": False}
    edge = {"type": "line", "interpolate": "step", "stroke": stroke(0), "strokeWidth": 1.5, "aria": False}
    need = {"type": "line", "stroke": stroke(1), "strokeWidth": 2, "aria": False}
    hover = {"type": "bar", "opacity": 0, "stroke": None}
    described = {"field": "d", "type": "nominal"}
    return [
        {"mark": area, "encoding": {"x": x, "y": y}},
        {"mark": edge, "encoding": {"x": x, "y": y}},
        {"mark": need, "encoding": {"x": x, "y": column("n")}},
        {"mark": hover, "encoding": {"x": x, "y": y, "description": described}},
    ]


def _crew_point(subject: Subject, row: Any) -> Row:
    crew = subject.crew_name(row.plant, row.crew)
    where = f"\n{subject.plant_name(row.plant)}" if subject.is_network else ""
    needed = people_needed(row, subject.reserve(row.plant)) or 0.0
    overtime = f"{grouped(row.overtime_h)} h overtime"
    words = f"{crew}, {long_period(row.period)}: {row.people} present, {grouped(needed)} needed, {overtime}"
    panel = subject.name("crews", row.plant, row.crew) + where
    return {"p": short_period(row.period), "c": panel, "y": row.people, "n": needed, "d": words}


def cash_columns(subject: Subject) -> Spec:
    """Receipts up and payments down, cash and debt as lines."""
    plan = subject.plan
    largest = max((max(row.receipts, row.payments, row.cash, row.debt) for row in plan.cash), default=0.0)
    unit, base = ("Million", 1e6) if largest >= 2e6 else ("Thousand", 1e3)
    x, y = periods_axis(plan.periods), amount_axis(f"{unit} {plan.currency}")
    bar = {"type": "bar", "width": {"band": 0.6}}
    layers = [
        layer(_cash_rows(subject, "receipts", base), {**bar, "fill": colour(2)}, x, y),
        layer(_cash_rows(subject, "payments", -base), {**bar, "fill": colour(1)}, x, y),
        *_line(_cash_rows(subject, "cash", base), x, y, "var(--ink)", (1, 0)),
    ]
    if any(row.debt for row in plan.cash):
        layers += _line(_cash_rows(subject, "debt", base), x, y, stroke(7), (5, 3))
    zero = {"type": "rule", "stroke": "var(--soft)", "aria": False}
    layers.append({"data": {"values": [{}]}, "mark": zero, "encoding": {"y": {"datum": 0}}})
    return layered(layers, 240)


def _cash_rows(subject: Subject, key: str, base: float) -> list[Row]:
    """One figure of the money by period; a negative base turns it downwards."""
    when = "at the end of" if key in ("cash", "debt") else "in"
    currency = subject.plan.currency
    return [
        {"p": short_period(p), "y": v / base, "d": f"{key} {when} {long_period(p)}: {money(v, currency)}"}
        for (p,), v in flows.sum_by(subject.plan.cash, key, "period").items()
    ]


def term_bars(subject: Subject) -> Spec:
    """Terms of the objective: what earns and what costs."""
    plan = subject.plan
    terms = [(plain(k), v) for k, v in sorted(plan.terms.items(), key=lambda item: -item[1]) if v]
    rows = [_term_row(name, value, plan.currency) for name, value in terms]
    names = [name for name, _ in terms]
    y: Spec = {"field": "n", "type": "nominal", "sort": names, "axis": {"title": None}}
    axis = {"title": f"Million {plan.currency}", "tickCount": 6}
    x = column("y", axis=axis, scale={"domain": _room(rows), "nice": False})
    words = {"type": "text", "align": "left", "dx": 6}
    layers = [
        layer(rows, {"type": "bar", "height": {"band": 0.7}}, x, y, fill=FILL),
        layer(silent(rows), words, column("right"), y, text=WORDS),
    ]
    return layered(layers, 24 * max(1, len(rows)))


def _room(rows: Sequence[Row]) -> list[float]:
    """Ends of the axis: all bars, and room for the words to the right of the longest."""
    low, high = (f([0.0, *(row["y"] for row in rows)]) for f in (min, max))
    return [low, high + 0.16 * (high - low)]


def _term_row(name: str, value: float, currency: str) -> Row:
    text = money(value, currency)
    fill = colour(2) if value > 0 else colour(1)
    return {
        "n": name,
        "y": value / 1e6,
        "right": max(value, 0) / 1e6,
        "f": fill,
        "t": text,
        "d": f"{name}: {text}",
    }
