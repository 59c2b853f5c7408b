"""The page asks nothing of the network, is well formed, and takes no name for markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from knockdown.reports import html

VOID = {"meta", "link", "br", "img", "hr", "input"}
ALL = ["single", "network", "infeasible", "hostile"]
WHEN = "2026-11-22 10:00"


class Reader(HTMLParser):
    """Notes every tag, what it refers to, and whether tags close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")


@pytest.fixture(scope="module")
def pages(request, tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name in ALL:
        sample = request.getfixturevalue(name)
        papers = (sample.plan, sample.calendars, sample.twins, sample.plant)
        found[name] = html.write(folder / f"{name}.html", *papers, WHEN).read_text("utf-8")
    return found


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


@pytest.mark.parametrize("name", ALL)
def test_no_outside_request(pages, name):
    text = pages[name]
    for tag, attributes in read(text).tags:
        assert tag not in ("script", "link", "iframe", "object", "embed", "base", "form"), tag
        for key, value in attributes.items():
            refers = key in ("src", "srcset", "href", "xlink:href", "data", "action", "poster", "background")
            assert not refers or (value or "").startswith(("#", "data:")), f"{tag} {key}={value}"
            assert not key.startswith("on"), f"{tag} {key}"
    assert "@import" not in text
    outside = [
        where
        for where in re.findall(r"url\(\s*['\"]?([^)'\"]*)", text)
        if not where.startswith(("#", "data:"))
    ]
    assert outside == []


@pytest.mark.parametrize("name", ALL)
def test_policy_comes_before_anything_it_rules(pages, name):
    tags = read(pages[name]).tags
    metas = [attributes for tag, attributes in tags if tag == "meta"]
    policy = next(m["content"] for m in metas if m.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    order = [tag for tag, _ in tags]
    assert order.index("meta") < order.index("style")


@pytest.mark.parametrize("name", ALL)
def test_well_formed_and_readable_by_all(pages, name):
    reader = read(pages[name])
    assert reader.faults == []
    assert reader.open == []
    ids = [attributes["id"] for _, attributes in reader.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    targets = {(a["href"] or "")[1:] for tag, a in reader.tags if tag == "a"}
    assert targets <= set(ids)
    used = set(re.findall(r"url\(#([^)]+)\)", pages[name]))
    assert used <= set(ids)
    for tag, attributes in reader.tags:
        assert tag != "th" or attributes.get("scope") in ("col", "row")
        assert tag != "svg" or attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
    assert sum(tag == "h1" for tag, _ in reader.tags) == 1


def test_hostile_names_stay_names(pages):
    text = pages["hostile"]
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_says_what_a_plant_needs(pages, single):
    text = pages["single"]
    total = f"{sum(row.units for row in single.plan.build):,}".replace(",", "\u202f")
    assert f"<b>{total}</b> vehicles" in text
    for word in (
        "Gəncə",
        "Order",
        "Build",
        "Staff",
        "Sell",
        "What limits the plan",
        "F360",
        "62\u202f%",
        "0.34\u202f%",
    ):
        assert word in text, word
    assert text.count('<svg class="picture') == 12
    assert "<title>Belarus tractors: 45 built in January 2026</title>" in text


def test_infeasible_says_why_and_what_to_do(pages, infeasible):
    text = pages["infeasible"]
    for member in infeasible.plan.conflict.members:
        assert member in text
    assert "Make room for 85 more kits" in text
    assert "leave any one out" in text


def test_a_network_has_its_sector(pages):
    assert "Indirect jobs, people (an assumption)" in pages["network"]
    assert pages["network"].count("North plant") > 3


def test_plan_only(single, tmp_path):
    text = html.write(tmp_path / "p.html", single.plan, None, None, single.plant, WHEN).read_text("utf-8")
    assert "What could happen" not in text
    assert "Build and sell" in text


def test_same_papers_same_bytes(single, tmp_path):
    papers = (single.plan, single.calendars, single.twins, single.plant)
    one = html.write(tmp_path / "1.html", *papers, WHEN).read_bytes()
    assert one == html.write(tmp_path / "2.html", *papers, WHEN).read_bytes()
