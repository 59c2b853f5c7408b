"""Turn a Vega-Lite picture into SVG that lives in a page: its colours, titles for the mouse, small size."""

from __future__ import annotations

import html
import re
from typing import Any

Spec = dict[str, Any]

WIDTH = 860
CONFIG: Spec = {
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "domain": False, "ticks": False, "gridColor": "var(--grid)",
        "labelColor": "var(--soft)", "labelFontSize": 11.5, "labelPadding": 6, "labelLimit": 260,
        "titleColor": "var(--soft)", "titleFontSize": 11.5, "titleFontWeight": "normal",
    },
    "header": {"labelColor": "var(--ink)", "labelFontSize": 12.5, "labelFontWeight": "bold"},
    "text": {"fill": "var(--ink)", "fontSize": 11.5},
    "bar": {"stroke": "var(--paper)", "strokeWidth": 1},
}  # fmt: skip
LOCALE: Spec = {"decimal": ".", "thousands": "\u202f", "grouping": [3], "currency": ["", ""], "minus": "−"}

_MARK = re.compile(r'<(path|rect|line|text)((?:[^<>"]|"[^"]*")*? aria-label="([^"]*)"(?:[^<>"]|"[^"]*")*?)/>')
_LONG = re.compile(r"(\d+\.\d\d)\d+")
_ROOT = re.compile(r'^<svg [^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>')
_NOISE = re.compile(
    r' (?:font-family="[^"]*"|role="graphics-[^"]*"|aria-roledescription="[^"]*"|pointer-events="[^"]*")'
)
_IDS = re.compile(r'(id="|url\(#|href="#)')


def picture(spec: Spec, name: str, label: str) -> str:
    """Draw a picture as SVG to be put in a page.

    Parameters
    ----------
    spec : dict
        Vega-Lite, without a configuration. Colours may be CSS: `var(--c1)`.
    name : str
        Unique in the page; it keeps the pictures' inner names apart.
    label : str
        What the picture shows, for readers who do not see it.

    Returns
    -------
    str
        One `svg` element. Marks with a description carry it as a title, shown under the mouse.

    Examples
    --------
    >>> spec = {"data": {"values": [{"x": 1}]}, "mark": "point", "encoding": {"x": {"field": "x"}}}
    >>> picture(spec, "p1", "One point")[:4]
    '<svg'
    """
    import vl_convert  # slow to start, so only when something is drawn

    text = vl_convert.vegalite_to_svg({**spec, "config": CONFIG}, format_locale=LOCALE)
    return tidy(text, name, label)


def warm() -> None:
    """Start the drawing engine, which takes half a second; call it in a thread while other work goes on.

    >>> warm()
    """
    picture({"data": {"values": []}, "mark": "point"}, "warm", "nothing")


def tidy(text: str, name: str, label: str) -> str:
    """Fit a drawn SVG into a page.

    >>> drawn = '<svg viewBox="0 0 9 1"><path aria-label="A" d="M0.12345,0"/></svg>'
    >>> tidy(drawn, "p", "Two").partition(">")[2]
    '<path d="M0.12,0"><title>A</title></path></svg>'
    """
    found = _ROOT.match(text)
    if found is None:
        raise ValueError("the drawing does not begin with an svg element with a viewBox")
    tall = " tall" if float(found[2]) > 0.45 * float(found[1]) else ""
    box = f'viewBox="0 0 {found[1]} {found[2]}" preserveAspectRatio="xMinYMin"'
    head = f'<svg class="picture{tall}" role="img" aria-label="{html.escape(label)}" {box}>'
    body = _NOISE.sub("", text[found.end() :])
    body = _LONG.sub(r"\1", _IDS.sub(rf"\g<1>{name}-", body))
    return head + _MARK.sub(_titled, body)


def _titled(match: re.Match[str]) -> str:
    rest = match[2].replace(f' aria-label="{match[3]}"', "", 1)
    return f"<{match[1]}{rest}><title>{match[3]}</title></{match[1]}>"
