"""The picture of the kits: each lot as a bar of vehicles that are ready, wait, or are short.

It is written as SVG here: plain bars need no layout, and a drawing engine would take a third of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from knockdown.reports.draw import WIDTH
from knockdown.reports.kit_tables import LotState
from knockdown.reports.marks import colour, halo, on
from knockdown.reports.words import grouped

ROW_PX, TOP_PX, BAR_PX = 19, 22, 16
NAMES_PX, BARS_PX, MOST_NAME = 190, 400, 28
MOST_ROWS = 36
LEAST_LABELLED_PX = 24.0
TICKS = (0, 20, 40, 60, 80, 100)
STATES = (
    ("ready", "can be finished", colour(2)),
    ("waiting", "wait for parts that come", colour(1)),
    ("short", "lack parts that nothing brings", colour(7)),
)


def lot_parts(lots: Sequence[LotState], most: int = MOST_ROWS) -> list[Sequence[LotState]]:
    """Lots in as many pictures as stay readable on a printed page."""
    return [lots[start : start + most] for start in range(0, len(lots), most)]


def lot_bars(lots: Sequence[LotState], label: str) -> str:
    """Each lot's open vehicles by state, as one bar of shares; beside it how many, and where the lot is."""
    height = TOP_PX + ROW_PX * len(lots)
    tall = " tall" if height > 0.45 * WIDTH else ""
    box = f'viewBox="0 0 {WIDTH} {height}" preserveAspectRatio="xMinYMin"'
    rows = (piece for at, lot in enumerate(lots) for piece in _row(TOP_PX + ROW_PX * at, lot))
    head = f'<svg class="picture{tall}" role="img" aria-label="{escape(label)}" {box}>'
    return "".join((head, *_axis(height), *rows, "</svg>"))


def _axis(height: int) -> Iterator[str]:
    for tick in TICKS:
        x = NAMES_PX + BARS_PX * tick / 100
        yield f'<path d="M{x:g} {TOP_PX - 4}V{height}" stroke="var(--grid)"/>'
        yield _text(x, 11, str(tick), "middle")


def _row(top: int, lot: LotState) -> Iterator[str]:
    base = top + 12
    name = lot.lot if len(lot.lot) <= MOST_NAME else f"{lot.lot[: MOST_NAME - 1]}…"
    yield _text(NAMES_PX - 8, base, name, "end")
    yield from _bars(top, base, lot)
    yield _text(NAMES_PX + BARS_PX + 8, base, _told(lot))


def _bars(top: int, base: int, lot: LotState) -> Iterable[str]:
    x = float(NAMES_PX)
    for state, words, fill in STATES:
        n_units = lot.counts.get(state, 0)
        width = BARS_PX * n_units / lot.n_open
        if n_units:
            title = f"<title>{escape(f'{lot.lot}: {grouped(n_units)} {words}')}</title>"
            box = f'x="{x:.2f}" y="{top}" width="{width:.2f}" height="{BAR_PX}"'
            yield f'<rect {box} fill="{fill}" stroke="var(--paper)">{title}</rect>'
        if width >= LEAST_LABELLED_PX:
            edge = f' stroke="{halo(fill)}" stroke-width="3"'
            yield _text(x + width / 2, base, grouped(n_units), "middle", on(fill), edge)
        x += width


def _told(lot: LotState) -> str:
    more = f", more from {lot.more}" if lot.more else ""
    where = "" if lot.where == "cleared" else f", {lot.where}"
    return f"{grouped(lot.counts.get('ready', 0))} of {grouped(lot.n_open)}{where}{more}"


def _text(
    x: float, y: int, words: str, anchor: str = "start", fill: str = "var(--soft)", more: str = ""
) -> str:
    where = f'x="{x:.2f}" y="{y}" text-anchor="{anchor}"'
    return f'<text {where} font-size="11" fill="{fill}"{more}>{escape(words)}</text>'
