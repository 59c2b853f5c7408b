"""The built-in plants: complete, of real size, credible, and every number traceable to the register."""

import csv
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from knockdown.plant.builtin import PLANTS_FOLDER, builtin_names
from knockdown.plant.load import load
from knockdown.plant.plant import Plant
from knockdown.plant.sources import ASSUMPTION, parse_source, read_register, register

DOCS = Path(__file__).resolve().parents[2] / "docs" / "sources.md"
PLANTS = ("ganja", "khazar", "kiaz", "nakhchivan")
OURS = ("khazar", "kiaz", "nakhchivan")
NETWORKS = ("azerbaijan",)
# SHA-256 of the registers as they were compiled, without the column that names the project's own documents.
COMPILED = {
    "facts": ("source_url", 500, "caaabaa8cd31a1c8b2defdb477a86c76b16117ea3f58f3caac1c409e44fb4fb8"),
    "models": ("sources", 40, "32da1943592c94f62152e364b030c98faa984613e581b399cd4cafdfe9fdebfa"),
    "parameters": (None, 70, "58c3b66281243ee37a100646cb24f06c1312a605332b8ab1786aed29b1102a45"),
}
# Labour hours of a unit at labour factor 1: the range of the kit degree each family is described with.
LABOUR = {
    "car_ikco": "P04",
    "car_peugeot": "P03",
    "car_renault": "P03",
    "lifan_car": "P03",
    "lifan_suv": "P03",
    "van": "P04",
}
# Fewest models, variants, work elements and BOM lines of the main family, and its id.
SIZES = {
    "khazar": (8, 18, 60, 150, "car_ikco"),
    "nakhchivan": (4, 8, 25, 60, "lifan_car"),
    "kiaz": (1, 8, 60, 150, "van"),
}


@cache
def plant(name: str) -> Plant:
    loaded = load(name)
    assert isinstance(loaded, Plant)
    return loaded


@cache
def parameter(param_id: str) -> dict[str, str]:
    return dict(next(row for row in read_register("parameters") if row["param_id"] == param_id))


@cache
def fact(fact_id: str) -> dict[str, str]:
    return dict(next(row for row in read_register("facts") if row["id"] == fact_id))


def cells(name: str) -> Iterator[tuple[str, int, dict[str, str]]]:
    """Every row of a built-in plant's tables, as text."""
    for path in sorted((PLANTS_FOLDER / name).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream), start=2):
                yield path.name, number, row


def test_all_built_in_plants_are_there():
    assert set(PLANTS) | set(NETWORKS) <= set(builtin_names())


@pytest.mark.parametrize("name", COMPILED)
def test_register_is_the_compiled_one(name):
    renamed, n_rows, digest = COMPILED[name]
    path = PLANTS_FOLDER.parent / "register" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    skip = rows[0].index(renamed) if renamed else -1
    rest = [[cell for i, cell in enumerate(row) if i != skip] for row in rows]
    text = "\n".join("\x1f".join(row) for row in rest)
    assert len(rows) - 1 == n_rows
    assert hashlib.sha256(text.encode()).hexdigest() == digest


@pytest.mark.parametrize("name", COMPILED)
def test_register_names_documents_by_title_and_date(name):
    path = PLANTS_FOLDER.parent / "register" / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert ".txt" not in text
    dated = re.findall(r"project brief: [^\"|,]+, (undated|2019|2025-05-06)\b", text)
    assert len(dated) == text.count("project brief:")


@pytest.mark.parametrize("name", [*PLANTS, *NETWORKS])
def test_every_source_resolves(name):
    faults = []
    for file, number, row in cells(name):
        try:
            parse_source(row["source"])
        except ValueError as error:
            faults.append(f"{file}:{number}: {row['source']} {error}")
    assert not faults


@pytest.mark.parametrize("name", OURS)
def test_source_exceptions_name_columns_that_are_filled(name):
    wrong = [
        f"{file}:{number}: {column}"
        for file, number, row in cells(name)
        for column in parse_source(row["source"]).by_column
        if not row.get(column)
    ]
    assert not wrong


@pytest.mark.parametrize("name", [*OURS, *NETWORKS])
def test_a_number_that_cites_one_fact_or_parameter_is_that_number(name):
    wrong = []
    for file, number, row in cells(name):
        for column, value in row.items():
            ids = parse_source(row["source"]).of(column)
            if column in ("fact", "source") or len(ids) != 1 or not re.fullmatch(r"[\d.]+", value or ""):
                continue
            low, high = _range(ids[0])
            if low is not None and not low - 1e-9 <= float(value) <= (high or 1e18) + 1e-9:
                wrong.append(f"{file}:{number}: {column}={value}, {ids[0]} prints {low} to {high}")
    assert not wrong


def _range(source_id: str) -> tuple[float | None, float | None]:
    if source_id.startswith("P"):
        row = parameter(source_id)
        low, high, unit = row["low"], row["high"], row["unit"]
    elif source_id.startswith(("F", "G")):
        row = fact(source_id)
        low, high, unit = row["value_low"], row["value_high"], row["unit"]
    else:
        return None, None
    try:
        scale = 0.01 if unit.startswith("%") else 1.0
        return float(low) * scale, (float(high) * scale if high else None)
    except ValueError:
        return None, None


def test_every_model_assembled_at_khazar_is_there():
    known = plant("khazar").models
    wanted = {row["model_id"] for row in read_register("models") if "Khazar" in row["assembled_at"]}
    assert wanted <= set(known)
    gearboxes = {v.options[0] for v in plant("khazar").variants.values() if v.model == "pars"}
    assert gearboxes == {"manual", "auto"}
    assert "azsamand" in known
    assert {m for m in wanted if known[m].status == "announced"} == {"soren", "runna", "reno"}


def test_the_brief_of_1986_is_a_brief():
    assert plant("kiaz").models["gazelle"].status == "brief"
    assert {m.status for m in plant("kiaz").models.values()} == {"brief"}
    cited = {i for _, _, row in cells("kiaz") for ids in _all_ids(row["source"]) for i in ids}
    figures = {i for i in cited if i[0] in "FG"}
    assert figures == {"F002", "F003"}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_real(name):
    n_models, n_variants, n_elements, n_bom, family = SIZES[name]
    built = plant(name)
    assert len(built.models) >= n_models
    assert len(built.variants) >= n_variants
    assert sum(e.family == family for e in built.work_elements.values()) >= n_elements
    assert sum(line.product == family for line in built.bom) >= n_bom


@pytest.mark.parametrize("name", OURS)
def test_precedence_runs_along_the_line(name):
    built = plant(name)

    def place(element_id: str) -> tuple[bool, int]:
        station = built.stations[built.work_elements[element_id].station]
        return built.lines[station.line].kind == "bay", station.position

    backwards = [
        f"{before} before {e.id}"
        for e in built.work_elements.values()
        for before in e.after
        if place(before) > place(e.id)
    ]
    assert not backwards
    crowded = [e.id for e in built.work_elements.values() if e.people > built.stations[e.station].people]
    assert not crowded


@pytest.mark.parametrize("name", OURS)
def test_labour_hours_are_credible(name):
    built = plant(name)
    for family in built.families:
        hours = sum(e.minutes * e.people for e in built.work_elements.values() if e.family == family) / 60
        known = parameter(LABOUR[family])
        for variant in built.variants_of(family):
            used = hours * built.variants[variant].labour_factor
            assert float(known["low"]) <= used <= float(known["high"]), variant


def takt_min(name: str, line: str, family: str) -> float:
    built = plant(name)
    work: dict[str, float] = {}
    for e in built.work_elements.values():
        if e.family == family and built.stations[e.station].line == line:
            work[e.station] = work.get(e.station, 0.0) + e.minutes * e.people
    return max(m / built.stations[s].people / built.stations[s].places for s, m in work.items())


@pytest.mark.parametrize("line", ["line1", "line2"])
def test_khazar_lines_make_four_cars_a_day(line):
    family = {"line1": "car_ikco", "line2": "car_peugeot"}[line]
    day_min = 400
    assert 4 <= day_min / takt_min("khazar", line, family) < 5


def test_the_flow_line_of_the_brief_reaches_thirty_thousand():
    takts = takt_min("kiaz", "flow", "van")
    assert 30_000 <= 243 * 480 / takts <= 36_000


@pytest.mark.parametrize("name", OURS)
def test_every_demand_can_be_served_and_pays(name):
    """Each product asked for has kits in some contract, and the best offer leaves a moderate margin."""
    built = plant(name)
    kits: dict[str, list[tuple[float, float]]] = {}
    for line in built.contract_lines:
        contract = built.contracts[line.contract]
        for year in range(contract.date_from.year, contract.date_to.year + 1):
            price = line.kit_price * _rate(built, contract.currency, year)
            kits.setdefault(line.variant, []).append((year, price))
    for row in built.demand.values():
        prices = [
            price
            for variant in built.variants_of(row.product)
            for year, price in kits.get(variant, [])
            if year == row.date_from.year
        ]
        assert prices, row.id
        share = min(prices) / (row.price * _rate(built, row.currency, row.date_from.year))
        assert 0.5 <= share <= 0.9, (row.id, share)


def _rate(built: Plant, currency: str, year: int) -> float:
    if currency == built.file.currency:
        return 1.0
    known = sorted((r.date_from, r.rate) for r in built.rates if r.currency == currency)
    return [rate for day, rate in known if day.year <= year][-1]


def test_members_of_the_network_can_be_told_in_dollars():
    network = load("azerbaijan")
    for member in network.members.values():
        currencies = {member.file.currency} | {r.currency for r in member.rates}
        assert "USD" in currencies
        assert {s.market for s in network.shared_demand.values()} <= set(member.markets)


def _all_ids(cell: str) -> list[tuple[str, ...]]:
    parsed = parse_source(cell)
    return [parsed.default, *parsed.by_column.values()]


def kind_of_row(cell: str) -> str:
    """A row counts by the firmest source it cites: fact or model, then parameter, then assumption."""
    ids = {i for group in _all_ids(cell) for i in group if i != ASSUMPTION}
    if any(not i.startswith("P") for i in ids):
        return "fact"
    return "parameter" if ids else "assumption"


def counted() -> list[str]:
    lines = []
    for name in sorted([*PLANTS, *NETWORKS]):
        kinds = [kind_of_row(row["source"]) for _, _, row in cells(name)]
        fact_rows, parameter_rows, assumption_rows = (
            kinds.count(k) for k in ("fact", "parameter", "assumption")
        )
        lines.append(f"| `{name}` | {len(kinds)} | {fact_rows} | {parameter_rows} | {assumption_rows} |")
    return lines


def test_counts_in_the_docs_are_true():
    row = re.compile(r"^\| `\w+` \| \d+ \| \d+ \| \d+ \| \d+ \|$", re.MULTILINE)
    told = row.findall(DOCS.read_text(encoding="utf-8"))
    wanted = counted()
    assert told == wanted, "write these rows in docs/sources.md:\n" + "\n".join(wanted)


def test_the_register_knows_what_is_assumed():
    assert register()[ASSUMPTION].assumed
    assert not register()["F410"].assumed
