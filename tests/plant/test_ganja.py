"""The built-in plant `ganja`: promised sizes, known models, credible hours and rates, sources."""

from collections import Counter
from datetime import date

import pytest

from knockdown.basics.periods import add_months, year_spans
from knockdown.plant.load import load
from knockdown.plant.plant import Plant
from knockdown.plant.sources import parse_source, read_register

MAIN_FAMILIES = ("tractor", "truck", "municipal", "bus", "car", "offroad")
# Family -> range of labour hours a unit, low and high of these parameters.
LABOUR_PARAMETERS = {
    "car": ("P03",),
    "offroad": ("P03", "P04"),
    "tractor": ("P05",),
    "deutz": ("P05",),
    "truck": ("P06",),
    "kamaz": ("P06",),
    "municipal": ("P06",),
    "special": ("P06",),
    "bus": ("P07",),
}
CLOSED = ("sanctioned", "suspended")


@pytest.fixture(scope="module")
def ganja() -> Plant:
    plant = load("ganja")
    assert isinstance(plant, Plant)
    return plant


def parameter_range(name):
    row = next(r for r in read_register("parameters") if r["param_id"] == name)
    return float(row["low"]), float(row["high"])


def station_minutes(plant, family):
    """Minutes of one place for one unit at labour factor 1, by station."""
    work = Counter()
    for element in plant.work_elements.values():
        if element.family == family:
            work[element.station] += element.minutes * element.people
    return {s: w / plant.stations[s].people for s, w in work.items()}


def labour_hours(plant, variant):
    family = plant.family_of(variant).id
    minutes = sum(e.minutes * e.people for e in plant.work_elements.values() if e.family == family)
    return minutes / 60 * plant.variants[variant].labour_factor


def open_contracts(plant, variant, day):
    """Contracts that cover a variant on a day over routes that are not closed."""
    closed = {
        r.route
        for r in plant.routes
        if r.status in CLOSED and r.date_from <= day and (r.date_to is None or day <= r.date_to)
    }
    covering = {line.contract for line in plant.contract_lines if line.variant == variant}
    return [
        c
        for c in plant.contracts.values()
        if c.id in covering
        and c.date_from <= day <= c.date_to
        and not {c.supply_route, c.payment_route} & closed
    ]


def asked_on(plant, day):
    """Variants that some channel asks for on a day."""
    rows = [d for d in plant.demand.values() if d.date_from <= day <= d.date_to]
    return {v for d in rows for v in plant.variants_of(d.product)}


def test_sizes(ganja):
    n_elements = Counter(e.family for e in ganja.work_elements.values())
    n_lines = Counter(line.product for line in ganja.bom)
    assert len(ganja.variants) >= 45
    assert {f: n_elements[f] for f in MAIN_FAMILIES if n_elements[f] < 60} == {}
    assert {f: n_lines[f] for f in MAIN_FAMILIES if n_lines[f] < 150} == {}
    assert all(n_elements[f] >= 10 and n_lines[f] >= 20 for f in ganja.families)
    assert len(ganja.bom) < 1500
    assert len(ganja.work_elements) < 550
    assert len(ganja.stations_of("tractor_line")) == 12


def test_every_model_of_the_register_is_there_with_its_years(ganja):
    named = {f"model:{r['model_id']}": r for r in read_register("models") if "Ganja" in r["assembled_at"]}
    ours = {source: m for m in ganja.models.values() for source in parse_source(m.source).default}
    assert len(named) == 32
    assert set(named) <= set(ours)
    for source, row in named.items():
        if row["assembly_years_seed"] == "never built":
            assert ours[source].status == "brief"
        else:
            assert ours[source].built == year_spans(row["assembly_years_seed"]), source


def test_precedence_follows_the_stations(ganja):
    order = {"line": 0, "shop": 0, "bay": 1}

    def place(element):
        station = ganja.stations[element.station]
        return order[ganja.lines[station.line].kind], station.position

    for element in ganja.work_elements.values():
        for name in element.after:
            assert place(ganja.work_elements[name]) <= place(element), element.id


def test_work_is_done_on_the_family_line_or_its_bay(ganja):
    for element in ganja.work_elements.values():
        line = ganja.lines[ganja.families[element.family].line]
        assert ganja.stations[element.station].line in (line.id, line.then), element.id
        assert element.people <= ganja.stations[element.station].people, element.id


def test_parts_are_fitted_where_the_family_works(ganja):
    for row in ganja.bom:
        family = ganja.family_of(ganja.variants_of(row.product)[0])
        line = ganja.lines[family.line]
        assert ganja.stations[row.station].line in (line.id, line.then), row


@pytest.mark.parametrize("family", LABOUR_PARAMETERS)
def test_labour_hours_lie_in_the_range_of_the_parameter(ganja, family):
    ranges = [parameter_range(name) for name in LABOUR_PARAMETERS[family]]
    low, high = min(r[0] for r in ranges), max(r[1] for r in ranges)
    hours = {v: labour_hours(ganja, v) for v in ganja.variants_of(family)}
    assert {v: h for v, h in hours.items() if not low <= h <= high} == {}


def test_tractor_line_makes_the_daily_rate_seen(ganja):
    low, high = parameter_range("P09")
    minutes = station_minutes(ganja, "tractor")
    slowest = max(m / ganja.stations[s].places for s, m in minutes.items())
    rates = {v: 480 / (slowest * ganja.variants[v].labour_factor) for v in ganja.variants_of("tractor")}
    assert {v: r for v, r in rates.items() if not low <= r <= high} == {}
    assert 5.5 <= rates["b821c"] <= 6.5


def test_kits_of_2022_cost_what_was_published_on_average(ganja):
    prices = {line.variant: line.kit_price for line in ganja.contract_lines if line.contract == "mtz2022"}
    asked = [
        d
        for d in ganja.demand.values()
        if d.channel == "agroleasing" and d.date_from <= date(2022, 6, 1) <= d.date_to and d.product in prices
    ]
    units = sum(d.units_year for d in asked)
    mean = sum(prices[d.product] * d.units_year for d in asked) / units
    assert mean == pytest.approx(15789, rel=0.01)


@pytest.mark.parametrize(
    ("year", "families"),
    [
        (2005, {"car", "lcv"}),
        (2008, {"tractor", "truck", "trailer", "offroad", "car"}),
        (2012, {"tractor", "truck", "municipal", "offroad"}),
        (2019, {"tractor", "truck", "bus", "municipal", "kamaz"}),
        (2022, {"tractor", "truck", "bus"}),
        (2024, {"tractor", "deutz", "special", "truck", "car"}),
        (2026, {"tractor", "deutz", "truck", "municipal", "special", "bus", "combine", "car", "offroad"}),
    ],
)
def test_each_year_has_its_contracts_and_buyers(ganja, year, families):
    day = date(year, 9 if year == 2024 else 7, 1)
    can = {ganja.family_of(v).id for v in asked_on(ganja, day) if open_contracts(ganja, v, day)}
    assert families <= can


def test_built_up_units_need_their_shop_made_body(ganja):
    for variant in ganja.variants_of("municipal"):
        needs = ganja.variants[variant].needs
        assert needs
        assert all(ganja.lines[ganja.family_of(n).line].kind == "shop" for n, _ in needs)


def test_products_earn_a_moderate_contribution_in_2026(ganja):
    day = date(2026, 7, 1)
    rates = {r.currency: r.rate for r in ganja.rates if r.date_from <= day} | {"USD": 1.0}
    seen = 0
    for demand in ganja.demand.values():
        if demand.form != "unit" or not demand.date_from <= day <= demand.date_to:
            continue
        for variant in ganja.variants_of(demand.product):
            for contract in open_contracts(ganja, variant, day):
                line = next(
                    x for x in ganja.contract_lines if (x.contract, x.variant) == (contract.id, variant)
                )
                share = line.kit_price * rates[contract.currency] / (demand.price * rates[demand.currency])
                assert 0.6 <= share <= 0.9, (demand.id, share)
                seen += 1
    assert seen > 40


def test_published_figures_are_those_of_the_register(ganja):
    facts = {r["id"]: r for r in read_register("facts")}
    for row in ganja.published:
        assert row.source == row.fact
        assert facts[row.fact]["plant"].split()[0] in ("Ganja", "National", "Lada"), row.fact


def test_plans_open_with_stock(ganja):
    opening = {s.as_of for s in ganja.stock} | {lot.as_of for lot in ganja.kit_lots.values()}
    assert {date(2008, 1, 1), date(2019, 2, 1), date(2022, 1, 1), date(2026, 1, 1)} <= opening
    july = sum(s.units for s in ganja.stock if s.as_of == date(2019, 7, 1))
    assert july == 264
    for lot in ganja.kit_lots.values():
        assert lot.kits_left <= lot.kits, lot.id
        if lot.status != "cleared":
            assert lot.as_of <= lot.expected_on < add_months(lot.as_of, 3), lot.id
