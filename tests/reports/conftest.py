"""A made-up plant and its papers, consistent by construction: what goes in comes out or stays."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest

from knockdown.basics.periods import month_days
from knockdown.documents.build_calendar import BuildCalendar, UnitDates
from knockdown.documents.master_plan import (
    Assumptions,
    Build,
    Campaign,
    Cash,
    Conflict,
    Limit,
    LineLoad,
    LotOrder,
    MasterPlan,
    OpenOrders,
    People,
    PlantView,
    Relaxation,
    Sale,
    Size,
    StockLevel,
)
from knockdown.documents.paper import Provenance
from knockdown.documents.twin_result import Cause, Fan, StationLoss, TwinResult
from knockdown.plant.line import Crew, Line, Station
from knockdown.plant.market import Channel, Demand, Market, Published
from knockdown.plant.plant import Network, Plant
from knockdown.plant.product import Family, Model, Variant
from knockdown.plant.site import Facility, NetworkFile, PlantFile
from knockdown.plant.supply import Contract, ContractLine, Partner

ASSUMED = {"source": "assumption"}


@dataclass(frozen=True)
class Kind:
    """A family of the made-up plant, with one variant."""

    family: str
    name: str
    unit: str
    line: str
    partner: str
    mean: float  # units a month
    swing: float  # seasonal swing, 0 to 1
    every: int  # months between campaigns
    price: float
    lot: int


TRACTOR = Kind("belarus", "Belarus tractors", "tractor", "TR", "mtz", 58, 0.45, 1, 17_800, 12)
TRUCK = Kind("maz", "MAZ trucks", "truck", "TK", "maz", 14, 0.2, 1, 61_000, 6)
KINDS = (
    TRACTOR,
    Kind("deutz", "Deutz-Fahr tractors", "tractor", "TR", "sdf", 5, 0.5, 2, 42_000, 5),
    TRUCK,
    Kind("kamaz", "KamAZ trucks", "truck", "TK", "kamaz", 5, 0.3, 2, 66_000, 5),
    Kind("bus", "MAZ buses", "bus", "TK", "maz", 2, 0.6, 3, 118_000, 2),
    Kind("changan", "Changan vans and pick-ups", "vehicle", "CR", "changan", 21, 0.25, 1, 15_500, 10),
    Kind("uaz", "UAZ off-road cars", "car", "CR", "uaz", 8, 0.3, 2, 14_200, 8),
    Kind("sampo", "Sampo combines", "combine", "TR", "sampo", 3, 0.9, 6, 132_000, 3),
)
CREWS = {"TR": ("Tractor crew", 46), "TK": ("Truck and bus crew", 38), "CR": ("Car crew", 33)}
STATIONS = ("Unpacking", "Chassis", "Engine and gearbox", "Cab", "Wheels and fluids", "Test")


def months(start: str, n: int) -> tuple[str, ...]:
    first = int(start[:4]) * 12 + int(start[5:]) - 1
    return tuple(f"{i // 12:04d}-{i % 12 + 1:02d}" for i in range(first, first + n))


def make_plant(kinds: tuple[Kind, ...] = KINDS, plant_id: str = "sample", name: str = "Gəncə Avtomobil Zavodu") -> Plant:
    lines = sorted({k.line for k in kinds})
    tables = {
        "file": plant_file(plant_id, name),
        "families": [family_row(k) for k in kinds],
        "models": [Model(id=f"{k.family}-m", family=k.family, maker=k.partner.upper(), name=k.name, built="2007-", **ASSUMED) for k in kinds],
        "variants": [Variant(id=f"{k.family}-1", model=f"{k.family}-m", name=f"{k.name}, standard", **ASSUMED) for k in kinds],
        "partners": [Partner(id=p, name=p.upper(), country="BY", **ASSUMED) for p in sorted({k.partner for k in kinds})],
        "contracts": [contract_row(k) for k in kinds],
        "contract_lines": [
            ContractLine(contract=f"c-{k.family}", variant=f"{k.family}-1", lot_size=k.lot, kit_price=k.price * 0.7, **ASSUMED)
            for k in kinds
        ],
        "lines": [Line(id=line, name=f"Line {line}", **ASSUMED) for line in lines],
        "stations": [
            Station(id=f"{line}-{i:02d}", line=line, name=text, position=i, people=4, **ASSUMED)
            for line in lines
            for i, text in enumerate(STATIONS, start=1)
        ],
        "crews": [
            Crew(id=f"crew-{line}", name=CREWS[line][0], skills=line, people_open=CREWS[line][1], people_max=90, wage_month=420,
                 currency="USD", **ASSUMED)
            for line in lines
        ],
        "markets": [Market(id="az", name="Azerbaijan", country="AZ", **ASSUMED), Market(id="ge", name="Georgia", country="GE", **ASSUMED)],
        "channels": [
            Channel(id="lessor", name="State lessor", market="az", kind="state_lessor", **ASSUMED),
            Channel(id="export", name="Export, Georgia", market="ge", kind="export", **ASSUMED),
        ],
        "demand": [demand_row(k, channel) for k in kinds for channel in ("lessor", "export")],
        "published": published_rows(kinds),
    }
    keyed = {f.name for f in fields(Plant) if "Mapping" in str(f.type)}
    blank = {f.name: {} if f.name in keyed else () for f in fields(Plant) if f.name not in ("file", "digest")}
    for table, rows in tables.items():
        blank[table] = {r.id: r for r in rows} if table in keyed else tuple(rows) if isinstance(rows, list) else rows
    return Plant(**blank)  # type: ignore[arg-type]


def plant_file(plant_id: str, name: str) -> PlantFile:
    return PlantFile.model_validate({
        "schema": "knockdown.plant/1", "id": plant_id, "name": name, "country": "AZ", "currency": "USD",
        "facility": {"capacity_year": 30_000, "jobs": 500, **ASSUMED},
        "calendar": {"country": "AZ", "workdays": ("Mon", "Tue", "Wed", "Thu", "Fri"),
                     "shifts": [{"name": "day", "start": "08:00", "end": "17:00"}], **ASSUMED},
        "storage": {"kit_places": 400, "finished_places": 300, **ASSUMED},
        "finance": {"opening_cash": 3e6, "credit_limit": 2e6, "interest_share_year": 0.1, "closing_value_share": 0.9,
                    "holding_share_year": 0.1, **ASSUMED},
        "planning": {"start": "2026-01", "months": 18, **ASSUMED},
    })


def family_row(k: Kind) -> Family:
    return Family(id=k.family, name=k.name, unit=k.unit, line=k.line, published_as=f"{k.unit}s", **ASSUMED)


def contract_row(k: Kind) -> Contract:
    return Contract(id=f"c-{k.family}", partner=k.partner, name=f"{k.name} kits 2026", date_from="2026", date_to="2027", supply_route="s",
                    payment_route="p", currency="USD", payment="prepayment", lead_days=45, lead_high_days=80, **ASSUMED)


def demand_row(k: Kind, channel: str) -> Demand:
    return Demand(id=f"{channel}-{k.family}", channel=channel, product=k.family, date_from="2026", date_to="2027", units_year=k.mean * 12,
                  season="flat", price=k.price, currency="USD", **ASSUMED)


def published_rows(kinds: tuple[Kind, ...]) -> list[Published]:
    product = "belarus" if any(k.family == "belarus" for k in kinds) else kinds[0].family
    return [
        Published(fact="F360", measure="built", product=product, per="year", **ASSUMED),
        Published(fact="F033", measure="built", product=product, per="year", **ASSUMED),
        Published(fact="F002", measure="built", product="", per="year", **ASSUMED),
        Published(fact="F363", measure="built", product=product, per="month", **ASSUMED),
        Published(fact="F365", measure="built", product=product, per="day", **ASSUMED),
        Published(fact="F378", measure="jobs", product="", per="plant", **ASSUMED),
        Published(fact="F330", measure="built", product=product, per="year", **ASSUMED),
        Published(fact="F309", measure="built", product=product, per="year", **ASSUMED),
    ]


def built_in(k: Kind, i: int) -> int:
    if i % k.every:
        return 0
    season = 1 + k.swing * math.sin((i % 12 - 1) / 12 * 2 * math.pi)
    return round(k.mean * k.every * season)


@dataclass
class Flow:
    """Units of one family through one month."""

    plant: str
    kind: Kind
    period: str
    arrives: str
    lots: int
    built: int
    sold: int
    exported: int
    kits: int
    transit: int
    finished: int


def flows(kind: Kind, periods: tuple[str, ...], plant: str) -> Iterator[Flow]:
    """Kits are ordered two months ahead; sales lag building by a little."""
    kits, finished = built_in(kind, 0) + built_in(kind, 1) + kind.lot, kind.lot
    coming: dict[int, int] = {}
    for i, period in enumerate(periods):
        kits += coming.pop(i, 0)
        built = built_in(kind, i)
        ahead = built_in(kind, i + 2) + built_in(kind, i + 1)
        lots = max(0, math.ceil((ahead + kind.lot - (kits - built) - sum(coming.values())) / kind.lot))
        coming[i + 2] = lots * kind.lot
        kits -= built
        sold = min(finished + built, round(kind.mean * (1 + 0.2 * math.sin(i))))
        finished += built - sold
        exported = sold // 5
        later = periods[i + 2] if i + 2 < len(periods) else "later"
        yield Flow(plant, kind, period, later, lots, built, sold - exported, exported, kits, sum(coming.values()), finished)


def make_plan(kinds: tuple[Kind, ...] = KINDS, start: str = "2026-01", n: int = 18, plant: str = "sample", name: str = "Gəncə Avtomobil Zavodu") -> MasterPlan:
    periods = months(start, n)
    all_flows = [f for k in kinds for f in flows(k, periods, plant)]
    terms = {
        "sales": sum((f.sold + f.exported) * f.kind.price for f in all_flows),
        "kits": -sum(f.lots * f.kind.lot * f.kind.price * 0.7 for f in all_flows),
        "wages": -420.0 * 117 * n, "overtime": -41_200.0, "hiring": -9_000.0, "holding": -88_000.0, "interest": -37_500.0,
        "closing_stock": 1_250_000.0,
    }
    objective = sum(terms.values())
    return MasterPlan(
        schema="knockdown.plan/1", provenance=provenance(), plant=plant, name=name, currency="USD", periods=periods,
        status="feasible", objective=objective, bound=objective * 1.0034, gap=0.0034, seconds=8.31, work=211_004, size=make_size(n),
        terms=terms, lots=tuple(lot_rows(all_flows)), build=tuple(build_rows(all_flows)), campaigns=tuple(campaign_rows(all_flows)),
        lines=tuple(line_rows(all_flows, periods)), people=tuple(people_rows(all_flows, periods)), stock=tuple(stock_rows(all_flows)),
        sales=tuple(sale_rows(all_flows)), orders=tuple(order_rows(all_flows)), cash=tuple(cash_rows(all_flows, periods, plant)),
        limits=limit_rows(plant), assumption_share=0.62, assumptions=Assumptions(share=0.62, numbers=1840, assumed=902),
        notes=("The payment route to KAMAZ is restricted; the plan uses it and names it.", "No opening stock is known; the plan opens empty."),
    )


def provenance() -> Provenance:
    return Provenance(version="0.1.0", input_digest="3f9c21aa", options={"months": 18, "seconds": 30.0, "start": None}, seed=7)


def make_size(n: int) -> Size:
    return Size(periods=n, variants=37, contract_lines=41, demands=52, crews=6, lines=4, variables=9_120, integers=3_480, rows=7_702,
                nonzeros=41_337)


def lot_rows(all_flows: list[Flow]) -> Iterator[LotOrder]:
    for f in all_flows:
        if f.lots:
            k, kits = f.kind, f.lots * f.kind.lot
            yield LotOrder(plant=f.plant, period=f.period, contract=f"c-{k.family}", partner=k.partner, variant=f"{k.family}-1", lots=f.lots,
                           lot_size=k.lot, kits=kits, arrives=f.arrives, cost=kits * k.price * 0.7)


def build_rows(all_flows: list[Flow]) -> Iterator[Build]:
    for f in all_flows:
        if f.built:
            yield Build(plant=f.plant, period=f.period, line=f.kind.line, family=f.kind.family, variant=f"{f.kind.family}-1", units=f.built,
                        hours=f.built * 60.0)


def campaign_rows(all_flows: list[Flow]) -> Iterator[Campaign]:
    for f in all_flows:
        if f.built:
            yield Campaign(plant=f.plant, period=f.period, line=f.kind.line, family=f.kind.family, starts=f.kind.every > 1,
                           line_h=f.built * 1.4 + 8)


def line_rows(all_flows: list[Flow], periods: tuple[str, ...]) -> Iterator[LineLoad]:
    for line in sorted({f.kind.line for f in all_flows}):
        for period in periods:
            used = sum(f.built * 1.4 + 8 for f in all_flows if f.kind.line == line and f.period == period and f.built)
            yield LineLoad(plant=all_flows[0].plant, period=period, line=line, available_h=160.0, overtime_h=max(0.0, used - 160), used_h=used)


def people_rows(all_flows: list[Flow], periods: tuple[str, ...]) -> Iterator[People]:
    for line in sorted({f.kind.line for f in all_flows}):
        before = CREWS[line][1]
        for i, period in enumerate(periods):
            now = CREWS[line][1] + round(6 * math.sin(i / 3))
            used = sum(f.built * 60.0 for f in all_flows if f.kind.line == line and f.period == period) * 1.1
            have = now * 130.0
            yield People(plant=all_flows[0].plant, period=period, crew=f"crew-{line}", people=now, hired=max(0, now - before),
                         left=max(0, before - now), available_h=have, used_h=used, overtime_h=max(0.0, used - have),
                         idle_h=max(0.0, have - used))
            before = now


def stock_rows(all_flows: list[Flow]) -> Iterator[StockLevel]:
    for f in all_flows:
        yield StockLevel(plant=f.plant, period=f.period, variant=f"{f.kind.family}-1", kits=f.kits, kits_in_transit=f.transit, finished=f.finished)


def sale_rows(all_flows: list[Flow]) -> Iterator[Sale]:
    for f in all_flows:
        for channel, market, units in (("lessor", "az", f.sold), ("export", "ge", f.exported)):
            if units:
                yield Sale(plant=f.plant, period=f.period, demand=f"{channel}-{f.kind.family}", channel=channel, market=market,
                           variant=f"{f.kind.family}-1", form="unit", units=units, price=f.kind.price)


def order_rows(all_flows: list[Flow]) -> Iterator[OpenOrders]:
    for f in all_flows:
        yield OpenOrders(plant=f.plant, period=f.period, demand=f"lessor-{f.kind.family}", asked=f.sold + 2, waiting=2 if f.built else 0, lost=0)


def cash_rows(all_flows: list[Flow], periods: tuple[str, ...], plant: str) -> Iterator[Cash]:
    cash, debt = 3_000_000.0, 0.0
    for period in periods:
        mine = [f for f in all_flows if f.period == period]
        receipts = sum((f.sold + f.exported) * f.kind.price for f in mine)
        payments = sum(f.lots * f.kind.lot * f.kind.price * 0.7 for f in mine) + 90_000
        cash += receipts - payments
        borrowed = max(0.0, 250_000 - cash) if cash < 250_000 else -min(debt, cash - 250_000)
        cash, debt = cash + borrowed, debt + borrowed
        yield Cash(plant=plant, period=period, receipts=receipts, payments=payments, cash=cash, debt=debt)


def limit_rows(plant: str) -> tuple[Limit, ...]:
    return (
        Limit(plant=plant, kind="demand", id="lessor-belarus", unit="order", step=5, dual_gain=4_180.0, verified=True, gain=20_400.0,
              gain_most=38_000.0, sentence="Five more orders for Belarus tractors from the state lessor would add about 20 000 USD."),
        Limit(plant=plant, kind="crew", id="crew-TR", unit="hour a month", step=40, dual_gain=31.0, verified=True, gain=1_150.0,
              gain_most=9_000.0, sentence="40 more hours a month in the tractor crew would add about 1 200 USD."),
        Limit(plant=plant, kind="contract", id="c-maz", unit="kit", step=6, dual_gain=9_900.0, verified=False,
              sentence="The MAZ contract's yearly maximum holds truck building back."),
    )


def at(day: date, minute: float) -> str:
    return (datetime(day.year, day.month, day.day) + timedelta(minutes=minute)).isoformat(timespec="minutes")


def make_calendar(plan: MasterPlan) -> BuildCalendar:
    units: list[UnitDates] = []
    for row in plan.build:
        year, month = int(row.period[:4]), int(row.period[5:])
        days = month_days(year, month)
        for i in range(row.units):
            day = date(year, month, 1 + int(i * days / row.units))
            units.append(UnitDates(unit=f"{row.variant}-{len(units) + 1}", variant=row.variant, family=row.family, line=row.line, period=row.period,
                                   kit_lot=f"c-{row.family}/{row.period}/{row.variant}", starts_on=at(day, 480), leaves_on=at(day, 900)))
    return BuildCalendar(schema="knockdown.build_calendar/1", provenance=provenance(), plant=plan.plant, units=tuple(units), late_units=3)


def fans(plan: MasterPlan, rows: dict[tuple[str, str], float], low: float, high: float) -> tuple[Fan, ...]:
    groups = ("all", *dict.fromkeys(b.family for b in plan.build))
    return tuple(
        Fan(period=p, group=g, planned=v, p10=v * low, p50=v * (low + high) / 2, p90=v * high, mean=v * (low + high) / 2, half_width=v * 0.01)
        for g in groups
        for p in plan.periods
        for v in [rows.get((g, p), 0.0)]
    )


def make_twin(plan: MasterPlan) -> TwinResult:
    built: dict[tuple[str, str], float] = {}
    for b in plan.build:
        for group in ("all", b.family):
            built[group, b.period] = built.get((group, b.period), 0.0) + b.units
    year = sum(v for (g, p), v in built.items() if g == "all" and p in plan.periods[:12])
    lines = sorted({b.line for b in plan.build})
    stations = [
        StationLoss(line=line, station=f"{line}-{i:02d}", name=text, working=0.5 - 0.04 * i, slow=0.03, down=0.02 * i, rework=0.01, blocked=0.1,
                    starved=0.36 - 0.0 * i + 0.02 * i - (0.2 if i == 1 else 0), kit=0.2 if i == 1 else 0.0, half_width=0.008)
        for line in lines
        for i, text in enumerate(STATIONS, start=1)
    ]
    return TwinResult(
        schema="knockdown.simulate.plant/1", provenance=provenance(), plant=plan.plant, replications=200, seed=7, seconds=3.2, checksum="9be1",
        periods=plan.periods, built=fans(plan, built, 0.78, 1.04), finished_stock=fans(plan, built, 0.3, 0.6), sold=fans(plan, built, 0.75, 1.0),
        overtime_h=fans(plan, built, 1.0, 3.0), stations=tuple(stations),
        causes=(Cause(cause="kit late", days=1_820.4, half_width=61.0), Cause(cause="part missing", days=640.2, half_width=22.0),
                Cause(cause="breakdown", days=210.0, half_width=9.5), Cause(cause="absence", days=95.1, half_width=5.0)),
        kits_late_share=0.19, units_late_share=0.11,
        year_total=Fan(period="2026-01 to 2026-12", group="all", planned=year, p10=year * 0.84, p50=year * 0.93, p90=year * 0.99, mean=year * 0.92,
                       half_width=year * 0.004),
    )


def make_infeasible() -> MasterPlan:
    return MasterPlan(
        schema="knockdown.plan/1", provenance=provenance(), plant="sample", name="Gəncə Avtomobil Zavodu", currency="USD",
        periods=months("2026-01", 6), status="infeasible", objective=None, bound=None, gap=None, seconds=0.9, work=12, size=make_size(6),
        terms={}, assumption_share=0.0, assumptions=Assumptions(share=0.0, numbers=400, assumed=210),
        conflict=Conflict(
            members=("MTZ must deliver 600 kits in 2026", "The kit store holds 40 kits", "The tractor line builds at most 20 a month"),
            proof="irreducible",
            cheapest_fix=(Relaxation(kind="storage", id="kit_places", period="2026-03", amount=85, unit="places",
                                     sentence="Make room for 85 more kits from March 2026."),),
        ),
    )


def make_view(plant: Plant, plan: MasterPlan) -> PlantView:
    built = sum(b.units for b in plan.build)
    return PlantView(plant=plant.id, name=plant.file.name, country="AZ", units_built=built, capacity_year=30_000, utilisation=built / 1.5 / 30_000,
                     bottleneck_utilisation=0.88, direct_jobs=117.4, published_jobs=500, indirect_jobs_assumed=234.8,
                     exported=sum(s.units for s in plan.sales if s.market == "ge"),
                     import_substitution=sum(s.units for s in plan.sales if s.market == "az"), ownership="private",
                     contribution=plan.objective or 0.0)


def make_network() -> SimpleNamespace:
    """Two plants under one plan."""
    parts = {"north": KINDS[:4], "south": KINDS[4:7]}
    members = {i: make_plant(kinds, i, f"{i.title()} plant") for i, kinds in parts.items()}
    plans = {i: make_plan(kinds, plant=i, name=f"{i.title()} plant") for i, kinds in parts.items()}
    one = plans["north"]
    tables = ("lots", "build", "campaigns", "lines", "people", "stock", "sales", "orders", "cash", "limits")
    joined = {t: tuple(row for p in plans.values() for row in getattr(p, t)) for t in tables}
    views = tuple(make_view(members[i], plans[i]) for i in members)
    plan = one.model_copy(update={"plant": "pair", "name": "Two plants", "plants": views, **joined})
    file = NetworkFile.model_validate({
        "schema": "knockdown.plant/1", "id": "pair", "name": "Two plants", "kind": "network", "country": "AZ", "currency": "USD",
        "members": tuple(members), "planning": {"start": "2026-01", "months": 18, **ASSUMED},
    })
    twins = {i: make_twin(p) for i, p in plans.items()}
    calendars = {i: make_calendar(p) for i, p in plans.items()}
    return SimpleNamespace(plan=plan, plant=Network(file, members, {}, ()), twins=twins, calendars=calendars)


@pytest.fixture(scope="session")
def single() -> SimpleNamespace:
    """One plant, eighteen months, eight families."""
    plan = make_plan()
    return SimpleNamespace(plan=plan, plant=make_plant(), calendars={"sample": make_calendar(plan)}, twins={"sample": make_twin(plan)})


@pytest.fixture(scope="session")
def network() -> SimpleNamespace:
    """Two plants under one plan."""
    return make_network()


@pytest.fixture(scope="session")
def infeasible() -> SimpleNamespace:
    """A plan that does not exist, and why."""
    return SimpleNamespace(plan=make_infeasible(), plant=make_plant(), calendars={}, twins={})


@pytest.fixture(scope="session")
def hostile() -> SimpleNamespace:
    """Names that try to be markup or formulas."""
    bad = "<script>alert(1)</script>"
    kind = Kind("evil", f"=cmd|' /C calc'!A0 {bad}", "car", "CR", "mtz", 10, 0.1, 1, 9_000, 5)
    plan = make_plan((kind,), n=4, name=f"@SUM(1) {bad}")
    plan = plan.model_copy(update={"notes": (f"+1+1 {bad}", "-2 \"quoted\" & 'single'", "\tTAB", "={1}"), "limits": limit_rows(f"plant{bad}")})
    return SimpleNamespace(plan=plan, plant=make_plant((kind,), name=bad), calendars={"sample": make_calendar(plan)}, twins={"sample": make_twin(plan)})
