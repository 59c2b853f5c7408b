"""The report's pictures of the plan, as Vega-Lite: data in, a plain dict out; nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from knockdown.reports import flows
from knockdown.reports.draw import WIDTH, Spec
from knockdown.reports.subject import Subject
from knockdown.reports.tables import people_needed
from knockdown.reports.words import grouped, long_period, money, short_period

SLOTS = 8
Row = dict[str, Any]


def colour(slot: int) -> str:
    """CSS colour of a slot; the page says which it is by day, by night and on paper."""
    return f"var(--c{slot % SLOTS + 1})"


def family_slots(subject: Subject) -> Mapping[str, int]:
    """A colour slot for each vehicle family; the smallest share the last slot when there are many."""
    built = flows.by_family(subject, "built")
    sums = {key: sum(v for (k, _), v in built.items() if k == key) for key, info in subject.families.items() if info.vehicle}
    largest = sorted(sums, key=lambda key: -sums[key])
    return {key: min(largest.index(key), SLOTS - 1) for key in sums}


def slot_names(subject: Subject) -> tuple[tuple[int, str], ...]:
    """Slot and family name, for the legend."""
    names: dict[int, list[str]] = {}
    for key, slot in family_slots(subject).items():
        names.setdefault(slot, []).append(subject.families[key].name)
    return tuple((slot, group[0] if len(group) == 1 else f"{len(group)} other families") for slot, group in sorted(names.items()))


def periods_axis(periods: Sequence[str], **more: Any) -> Spec:
    """Ordinal axis of periods, labels on two lines."""
    axis = {"title": None, "labelAngle": 0, "labelExpr": "split(datum.label, ' ')", "labelOverlap": True, "grid": False}
    return {"field": "p", "type": "ordinal", "scale": {"domain": [short_period(p) for p in periods]}, "axis": axis | more}


def amount_axis(title: str, field: str = "y", **more: Any) -> Spec:
    """Quantitative axis with its unit as title above."""
    axis = {"title": title, "titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleY": -12, "titleX": 0, "tickCount": 5}
    return {"field": field, "type": "quantitative", "axis": axis, **more}


def layered(layers: list[Spec], height: int = 240, width: int = WIDTH) -> Spec:
    """Layers over one another, as wide as the page."""
    return {"width": width, "height": height, "padding": 2, "autosize": {"type": "fit-x", "contains": "padding"}, "layer": layers}


def layer(values: Iterable[Row], mark: Spec, x: Spec, y: Spec, **encoding: Spec) -> Spec:
    """One layer. Rows with a `d` are described by it."""
    rows = list(values)
    described = bool(rows) and "d" in rows[0]
    channels: Spec = {"x": x, "y": y, **encoding}
    if described:
        channels["description"] = {"field": "d", "type": "nominal"}
    return {"data": {"values": rows}, "mark": {"aria": described, **mark}, "encoding": channels}


RAW: Spec = {"type": "nominal", "scale": None}


def plan_columns(subject: Subject) -> Spec:
    """Units built by period, a stacked column of families, its sum on top."""
    bars = list(_stacked(subject))
    tops = [{"p": short_period(p), "y": n, "t": grouped(n)} for p, n in flows.total_by_period(subject, "built").items() if n]
    highest = max((row["y"] for row in tops), default=1)
    labels = [row for row in bars if (row["y2"] - row["y"]) / highest > 0.055] if len(subject.plan.periods) <= 26 else []
    x, y = periods_axis(subject.plan.periods), amount_axis("Units built in the period")
    return layered([
        layer(bars, {"type": "bar"}, x, y, y2={"field": "y2"}, fill={"field": "f", **RAW}),
        layer(labels, {"type": "text", "stroke": "var(--halo)", "strokeWidth": 2.5}, x, {"field": "m", "type": "quantitative"},
              text={"field": "t", "type": "nominal"}, fill={"field": "o", **RAW}),
        layer(tops if len(tops) <= 26 else [], {"type": "text", "dy": -8, "fontWeight": "bold"}, x, y, text={"field": "t", "type": "nominal"}),
    ], 290)  # fmt: skip


def _stacked(subject: Subject) -> Iterable[Row]:
    built, slots = flows.by_family(subject, "built"), family_slots(subject)
    for period in subject.plan.periods:
        base = 0.0
        for key, slot in sorted(slots.items(), key=lambda item: item[1]):
            n = built.get((key, period), 0.0)
            if n:
                yield {
                    "p": short_period(period), "y": base, "y2": base + n, "m": base + n / 2, "f": colour(slot), "o": f"var(--o{slot + 1})",
                    "t": grouped(n), "d": f"{subject.families[key].name}: {grouped(n)} built in {long_period(period)}",
                }  # fmt: skip
            base += n


def kit_columns(subject: Subject) -> Spec:
    """Kits ordered beside kits arriving."""
    periods = subject.plan.periods
    rows = [
        {"p": short_period(p), "s": short, "y": n, "f": f, "d": f"{grouped(n)} kits {word} in {long_period(p)}"}
        for measure, short, word, f in (("ordered", "a", "ordered", "var(--c5)"), ("arriving", "b", "arriving", "var(--c1)"))
        for p, n in _kits(subject, measure).items()
        if n
    ]
    offset: Spec = {"field": "s", "type": "nominal", "scale": {"domain": ["a", "b"]}}
    bars = layer(rows, {"type": "bar"}, periods_axis(periods), amount_axis("Kits"), xOffset=offset, fill={"field": "f", **RAW})
    return layered([bars], 200)


def _kits(subject: Subject, measure: str) -> Mapping[str, float]:
    sums = dict.fromkeys(subject.plan.periods, 0.0)
    for (_, period), n in flows.by_family(subject, measure).items():
        if period in sums:
            sums[period] += n
    return sums


def stock_lines(subject: Subject) -> Spec:
    """Finished units, kits in the store and kits on the way, at the end of each period."""
    kinds = (("finished", "finished units", [1, 0], 1), ("kits", "kits in the store", [6, 3], 2), ("transit", "kits on the way", [2, 2], 4))
    layers = []
    for measure, words, dash, slot in kinds:
        rows = [
            {"p": short_period(p), "y": n, "d": f"{grouped(n)} {words} at the end of {long_period(p)}"}
            for p, n in _kits(subject, measure).items()
        ]
        layers += _line(rows, subject.plan.periods, "Units and kits at the end of the period", colour(slot - 1), dash)
    return layered(layers, 200)


def _line(rows: list[Row], periods: Sequence[str], title: str, stroke: str, dash: Sequence[int]) -> list[Spec]:
    x, y = periods_axis(periods), amount_axis(title)
    line = {"type": "line", "stroke": stroke, "strokeWidth": 2.2, "strokeDash": list(dash)}
    bare = [{k: v for k, v in row.items() if k != "d"} for row in rows]
    dots = {"type": "circle", "size": 26, "fill": stroke, "opacity": 1}
    return [layer(bare, line, x, y), layer(rows, dots, x, y)]


def people_panels(subject: Subject) -> Spec:
    """Each crew: people present as steps, people needed as a line, where overtime fills the gap."""
    rows = [_crew_point(subject, row) for row in subject.plan.people]
    crews = list(dict.fromkeys(row["c"] for row in rows))
    columns = min(3, len(crews)) or 1
    x = periods_axis(subject.plan.periods, labelOverlap="greedy")
    y = amount_axis("")
    y["axis"] = {"title": None, "tickCount": 4}
    encoding = {"x": x, "y": y}
    described = {**encoding, "description": {"field": "d", "type": "nominal"}}
    panel = {
        "width": (WIDTH - 44 * columns) // columns, "height": 120,
        "layer": [
            {"mark": {"type": "area", "interpolate": "step", "fill": "var(--c5)", "opacity": 0.45, "aria": False}, "encoding": encoding},
            {"mark": {"type": "line", "interpolate": "step", "stroke": "var(--c1)", "strokeWidth": 1.5, "aria": False}, "encoding": encoding},
            {"mark": {"type": "line", "stroke": "var(--c2)", "strokeWidth": 2, "aria": False}, "encoding": {"x": x, "y": {"field": "n", "type": "quantitative"}}},
            {"mark": {"type": "bar", "opacity": 0, "stroke": None}, "encoding": described},
        ],
    }  # fmt: skip
    facet = {"field": "c", "type": "nominal", "sort": crews, "header": {"title": None, "labelAnchor": "start"}}
    return {"data": {"values": rows}, "facet": facet, "columns": columns, "spec": panel, "spacing": 24, "padding": 2}


def _crew_point(subject: Subject, row: Any) -> Row:
    crew = subject.name("crews", row.plant, row.crew)
    crew = f"{crew}, {subject.plant_name(row.plant)}" if subject.is_network else crew
    needed = people_needed(row) or 0.0
    words = f"{crew}, {long_period(row.period)}: {row.people} present, {grouped(needed)} needed, {grouped(row.overtime_h)} h overtime"
    return {"p": short_period(row.period), "c": crew, "y": row.people, "n": needed, "d": words}


def cash_columns(subject: Subject) -> Spec:
    """Receipts up and payments down, cash and debt as lines."""
    plan = subject.plan
    sums = {k: flows.sum_by(plan.cash, k, "period") for k in ("receipts", "payments", "cash", "debt")}
    unit, base = (f"million {plan.currency}", 1e6) if _largest(sums) >= 2e6 else (f"thousand {plan.currency}", 1e3)
    x, y = periods_axis(plan.periods), amount_axis(f"{unit[:1].upper()}{unit[1:]}")
    layers = [_cash_bars(subject, sums[k], k, sign, f, base, x, y) for k, sign, f in (("receipts", 1, "var(--c3)"), ("payments", -1, "var(--c2)"))]
    for key, stroke, dash in (("cash", "var(--ink)", (1, 0)), ("debt", "var(--c8)", (5, 3))):
        rows = [
            {"p": short_period(p), "y": v / base, "d": f"{key} at the end of {long_period(p)}: {money(v, plan.currency)}"}
            for (p,), v in sums[key].items()
        ]
        layers += _line(rows, plan.periods, y["axis"]["title"], stroke, dash)
    zero: Spec = {"data": {"values": [{}]}, "mark": {"type": "rule", "stroke": "var(--soft)", "aria": False}, "encoding": {"y": {"datum": 0}}}
    return layered([*layers, zero], 240)


def _largest(sums: Mapping[str, Mapping[tuple[Any, ...], float]]) -> float:
    return max((abs(v) for by in sums.values() for v in by.values()), default=0.0)


def _cash_bars(subject: Subject, by: Mapping[tuple[Any, ...], float], key: str, sign: int, fill: str, base: float, x: Spec, y: Spec) -> Spec:
    rows = [
        {"p": short_period(p), "y": sign * v / base, "d": f"{key} in {long_period(p)}: {money(v, subject.plan.currency)}"}
        for (p,), v in by.items()
    ]
    return layer(rows, {"type": "bar", "fill": fill, "width": {"band": 0.6}}, x, y)


def term_bars(subject: Subject) -> Spec:
    """Terms of the objective: what earns and what costs."""
    from knockdown.reports.words import plain

    plan = subject.plan
    terms = [(plain(k), v) for k, v in sorted(plan.terms.items(), key=lambda item: -item[1]) if v]
    rows = [{"n": n, "y": v / 1e6, "f": "var(--c3)" if v > 0 else "var(--c2)", "d": f"{n}: {money(v, plan.currency)}"} for n, v in terms]
    labels = [{"n": n, "y": max(v, 0) / 1e6, "t": money(v, plan.currency)} for n, v in terms]
    y = {"field": "n", "type": "nominal", "sort": [n for n, _ in terms], "axis": {"title": None}}
    x = {"field": "y", "type": "quantitative", "axis": {"title": f"Million {plan.currency}", "tickCount": 6}, "scale": {"padding": 60}}
    bars = layer(rows, {"type": "bar", "height": {"band": 0.7}}, x, y, fill={"field": "f", **RAW})
    words = layer(labels, {"type": "text", "align": "left", "dx": 6}, x, y, text={"field": "t", "type": "nominal"})
    return layered([bars, words], 24 * max(1, len(rows)))
