"""The kits on the page and in the workbook: every vehicle once, nothing where there are no kits."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from knockdown.plant.load import load
from knockdown.reports import html, kit_charts, kit_tables, workbook
from knockdown.reports.subject import KitPapers, subject
from knockdown.workflow.kit_report import kit_papers
from knockdown.workflow.kit_supply import standings_for

WHEN = "2026-11-22 10:00"


@pytest.fixture(scope="module")
def ganja(single) -> SimpleNamespace:
    """Ganja's kits beside the plan of another plant: the page only joins them by the plant's id."""
    plant = load("ganja")
    return SimpleNamespace(plan=single.plan, plant=plant, kits=kit_papers(standings_for(plant, single.plan)))


def section(sample, kits) -> str:
    page = html.render(subject(sample.plan, {}, {}, sample.plant, kits), WHEN)
    found = re.search(r'<section id="kits".*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def test_a_plant_without_kits_shows_nothing(ganja, tmp_path):
    assert section(ganja, None) == ""
    assert section(ganja, kit_papers({})) == ""


def test_every_open_vehicle_of_a_lot_is_in_its_bar(ganja):
    ready = ganja.kits["ganja"].ready
    lots = kit_tables.lot_states(ready)
    assert sum(lot.n_open for lot in lots) == ready.n_open
    assert sum(lot.counts["ready"] for lot in lots) == ready.n_ready
    drawn = "".join(kit_charts.lot_bars(part, "x") for part in kit_charts.lot_parts(lots, most=7))
    told = re.findall(r"<title>([^:]*): (\d+) (can|wait|lack)", drawn)
    for state, word in (("ready", "can"), ("waiting", "wait"), ("short", "lack")):
        assert sum(int(n) for _, n, said in told if said == word) == getattr(ready, f"n_{state}")
    assert {lot for lot, _, _ in told} == {lot.lot for lot in lots}


def test_the_bars_of_a_lot_fill_its_row(ganja):
    lots = kit_tables.lot_states(ganja.kits["ganja"].ready)
    for lot in lots:
        widths = [
            float(w) for w in re.findall(r'<rect [^>]*width="([\d.]+)"', kit_charts.lot_bars([lot], "x"))
        ]
        assert sum(widths) == pytest.approx(kit_charts.BARS_PX, abs=0.05)


def test_the_page_says_what_stops_what_is_owed_and_what_runs_out(ganja):
    papers, text = ganja.kits["ganja"], section(ganja, ganja.kits)
    stop = papers.ready.next_stop
    assert f"{stop.station} {stop.station_name} in" in text
    assert all(line.days in text for line in papers.claims.ageing if line.days != ">60")
    assert all(unit.unit in text for unit in papers.park.units)
    assert papers.ready.warnings[0] in text
    open_claims = [claim.claim for claim in papers.claims.claims if claim.is_open]
    assert open_claims[0] in text


def test_a_bond_that_runs_out_stands_on_the_page(ganja):
    papers = ganja.kits["ganja"]
    bond = "The bond of lot L-9 runs out on 2026-01-05, in 4 days: clear it."
    ready = papers.ready.model_copy(update={"warnings": (bond, *papers.ready.warnings)})
    assert bond in section(ganja, {"ganja": KitPapers(ready, papers.claims, papers.park)})


def test_names_of_lots_and_parts_stay_names(ganja):
    papers, bad = ganja.kits["ganja"], '<script>"alert"</script>'
    unit = next(unit for unit in papers.ready.units if unit.missing and unit.n_missing < 4)
    missing = unit.missing[0].model_copy(update={"name": bad})
    units = (unit.model_copy(update={"kit_lot": bad, "missing": (missing,)}),)
    lots = (papers.ready.lots[0].model_copy(update={"lot": bad}),)
    ready = papers.ready.model_copy(update={"units": units, "lots": lots})
    text = section(ganja, {"ganja": KitPapers(ready, papers.claims, papers.park)})
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_network_has_a_part_for_each_plant(single):
    plant = load("azerbaijan")
    kits = kit_papers(standings_for(plant, single.plan))
    assert set(kits) == {"ganja", "khazar", "nakhchivan"}
    text = section(SimpleNamespace(plan=single.plan, plant=plant), kits)
    for name in kits:
        assert f"<h3>{plant.members[name].file.name}</h3>" in text
    assert text.count("Which station stops first") == 3


def test_the_workbook_lists_every_lot_and_vehicle(ganja, tmp_path):
    import python_calamine

    path = workbook.write(tmp_path / "r.xlsx", ganja.plan, {}, {}, ganja.plant, WHEN, kits=ganja.kits)
    book = python_calamine.CalamineWorkbook.from_path(path)
    rows = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    papers = ganja.kits["ganja"]
    for name, ids in (
        ("Kit lots", {lot.lot for lot in kit_tables.lot_states(papers.ready)}),
        (
            "Kit parts",
            {unit.unit for unit in papers.ready.units if 0 < unit.n_missing <= kit_tables.WHOLE_KIT},
        ),
        ("Kit claims", {claim.claim for claim in papers.claims.claims}),
        ("Kit park", {unit.unit for unit in papers.park.units}),
    ):
        assert ids <= {str(cell) for row in rows[name] for cell in row}


def test_numbers_of_measured_parts_carry_their_unit():
    assert [kit_tables.amount(*each) for each in ((3, "pcs"), (1500, "l"), (250, "kg"))] == [
        "3",
        "1.5 l",
        "0.25 kg",
    ]


def test_a_run_solves_the_question_once(monkeypatch, tmp_path):
    from knockdown.kitting.ready import solve
    from knockdown.workflow import main_job

    asked, ready = [], solve.ready
    monkeypatch.setattr(solve, "ready", lambda question: asked.append(1) or ready(question))
    job = main_job.run("nakhchivan", tmp_path, months=1, seconds=3, limits=0, replications=2)
    assert len(asked) == 1
    assert '<section id="kits"' in job.files["report"].read_text("utf-8")
    main_job.report("nakhchivan", tmp_path / "plan.json", tmp_path / "again")
    assert '<section id="kits"' in (tmp_path / "again" / "report.html").read_text("utf-8")
