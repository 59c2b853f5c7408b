"""Pieces that pictures are made of: axes, layers, colours by name; Vega-Lite as plain dicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from knockdown.reports.draw import WIDTH, Spec
from knockdown.reports.words import short_period

Row = dict[str, Any]

SLOTS = 8
FILL: Spec = {"field": "f", "type": "nominal", "scale": None}
INK: Spec = {"field": "o", "type": "nominal", "scale": None}
HALO: Spec = {"field": "h", "type": "nominal", "scale": None}
WORDS: Spec = {"field": "t", "type": "nominal"}
TEXT: Spec = {"type": "text", "fontSize": 10.5, "strokeWidth": 3}


def colour(slot: int) -> str:
    """CSS colour of a slot; the page says which it is by day, by night and on paper.

    >>> colour(0), colour(8)
    ('var(--c1)', 'var(--c1)')
    """
    return f"var(--c{slot % SLOTS + 1})"


def stroke(slot: int) -> str:
    """CSS colour of a slot for lines, which carry no pattern on paper."""
    return f"var(--l{slot % SLOTS + 1})"


def on(fill: str) -> str:
    """CSS colour of text upon a fill.

    >>> on("var(--c1)")
    'var(--on-c1)'
    """
    return fill.replace("--", "--on-", 1)


def halo(fill: str) -> str:
    """CSS colour of the edge of text upon a fill: seen on paper only, where a fill may be hatched.

    >>> halo("var(--c2)")
    'var(--halo-c2)'
    """
    return fill.replace("--", "--halo-", 1)


def column(name: str, **more: Any) -> Spec:
    """A column read as a quantity."""
    return {"field": name, "type": "quantitative", **more}


def periods_axis(periods: Sequence[str], **more: Any) -> Spec:
    """Ordinal axis of periods, labels on two lines."""
    labels = {"labelAngle": 0, "labelExpr": "split(datum.label, ' ')", "labelOverlap": True}
    axis = {"title": None, "grid": False, **labels, **more}
    domain = [short_period(period) for period in periods]
    return {"field": "p", "type": "ordinal", "scale": {"domain": domain}, "axis": axis}


def amount_axis(title: str, field: str = "y") -> Spec:
    """Quantitative axis with its unit as a title above."""
    place = {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleY": -12, "titleX": 0}
    return column(field, axis={"title": title, "tickCount": 5, **place})


def layer(values: Iterable[Row], mark: Spec, x: Spec, y: Spec, **encoding: Spec) -> Spec:
    """One layer. Rows with a `d` are described by it."""
    rows = list(values)
    described = bool(rows) and "d" in rows[0]
    channels: Spec = {"x": x, "y": y, **encoding}
    if described:
        channels["description"] = {"field": "d", "type": "nominal"}
    return {"data": {"values": rows}, "mark": {"aria": described, **mark}, "encoding": channels}


def layered(layers: list[Spec], height: int, width: int = WIDTH) -> Spec:
    """Layers over one another, as wide as the page."""
    fit = {"type": "fit-x", "contains": "padding"}
    return {"width": width, "height": height, "padding": 2, "autosize": fit, "layer": layers}


def silent(rows: Iterable[Row]) -> list[Row]:
    """Rows without their descriptions, for marks that others already describe.

    >>> silent([{"y": 1, "d": "one"}])
    [{'y': 1}]
    """
    return [{key: value for key, value in row.items() if key != "d"} for row in rows]
