"""A plant small enough to know by heart, made in code, and plans for it made by hand.

A truck line of three stations and a bus line of two share a test bay; a shop makes the truck's body.
One crew does everything. Days have eight hours, Monday to Friday.
"""

from dataclasses import replace
from datetime import date

from knockdown.basics.periods import months_from
from knockdown.documents.master_plan import (
    Assumptions,
    Build,
    Campaign,
    LotOrder,
    MasterPlan,
    People,
    Sale,
    Size,
)
from knockdown.documents.paper import Provenance
from knockdown.plant.line import Crew, Line, Station, WorkElement
from knockdown.plant.market import Channel, Demand, Market
from knockdown.plant.plant import Plant
from knockdown.plant.product import Family, Model, Variant
from knockdown.plant.site import PlantFile
from knockdown.plant.supply import Contract, ContractLine, KitLot, Partner, Stock

S = "assumption"
START = date(2026, 2, 1)
N_MONTHS = 4
MONTHS = tuple(p.name for p in months_from(START, N_MONTHS))


def _keyed(*rows):
    return {row.id: row for row in rows}


def _file():
    return PlantFile.model_validate(
        {
            "schema": "knockdown.plant/1",
            "id": "tiny",
            "name": "Tiny",
            "country": "AZ",
            "currency": "USD",
            "facility": {"source": S},
            "calendar": {
                "country": "AZ",
                "workdays": ["Mon", "Tue", "Wed", "Thu", "Fri"],
                "shifts": [
                    {
                        "name": "day",
                        "start": "08:00",
                        "end": "17:00",
                        "breaks": [{"start": "12:00", "end": "13:00"}],
                    }
                ],
                "source": S,
            },
            "storage": {"kit_places": 500, "finished_places": 500, "source": S},
            "finance": {
                "opening_cash": 0,
                "credit_limit": 0,
                "interest_share_year": 0,
                "closing_value_share": 0.9,
                "holding_share_year": 0.1,
                "source": S,
            },
            "planning": {"start": "2026-02", "months": N_MONTHS, "source": S},
        }
    )


def _station(name, line, position, **more):
    troubles = {"time_cv": 0.2, "down_share": 0.05, "repair_min": 30, "rework_share": 0.1, "rework_min": 20}
    values = {"places": 1, "people": 2, "buffer_after": 1} | troubles | more
    return Station(id=name, line=line, name=name.title(), position=position, source=S, **values)


def _element(name, family, station, minutes):
    return WorkElement(
        id=name,
        family=family,
        name=name,
        station=station,
        minutes=minutes,
        people=2,
        skill="assembly",
        source=S,
    )


def _opening_lot(name, variant, kits, **more):
    return KitLot(
        id=name, as_of="2026-02", contract="k", variant=variant, kits=kits, kits_left=kits, source=S, **more
    )


def _family(name, line, **more):
    values = {"learning_rate": 1.0, "experienced_units": 50, "changeover_h": 4} | more
    return Family(id=name, name=name, unit=name, line=line, source=S, **values)


def plant(**changes):
    """The tiny plant, with tables replaced as asked."""
    made = Plant(
        file=_file(),
        families=_keyed(_family("truck", "heavy"), _family("bus", "long"), _family("body", "shop")),
        models=_keyed(
            Model(id="t1", family="truck", maker="M", name="T1", built="2010-", source=S),
            Model(id="b1", family="bus", maker="M", name="B1", built="2010-", source=S),
            Model(id="c1", family="body", maker="own", name="C1", built="2010-", source=S),
        ),
        options={},
        variants=_keyed(
            Variant(id="t-short", model="t1", name="short", source=S),
            Variant(id="t-long", model="t1", name="long", labour_factor=1.25, needs="c-body:1", source=S),
            Variant(id="b-city", model="b1", name="city", source=S),
            Variant(id="c-body", model="c1", name="body", source=S),
        ),
        parts={},
        bom=(),
        partners=_keyed(Partner(id="m", name="M", country="BY", source=S)),
        routes=(),
        contracts=_keyed(
            Contract(
                id="k", partner="m", name="K", date_from="2020-01-01", date_to="2035-01-01",
                supply_route="rail", payment_route="bank", currency="USD", payment="open_account",
                lead_low_days=20, lead_days=30, lead_high_days=60, missing_share=0.1, damage_share=0.05,
                replace_low_days=3, replace_days=7, replace_high_days=21, source=S,
            )
        ),
        contract_lines=tuple(
            ContractLine(contract="k", variant=v, lot_size=20, kit_price=1, source=S)
            for v in ("t-short", "t-long", "b-city")
        ),
        kit_lots=_keyed(
            _opening_lot("L1", "t-short", 20, status="cleared"),
            _opening_lot("L2", "t-long", 20, status="shipped", expected_on="2026-02-09"),
            _opening_lot("L3", "b-city", 40, status="cleared"),
        ),
        cases={},
        units={},
        shortages={},
        loose_stock=(),
        change_notes={},
        stock=(
            Stock(as_of="2026-02", variant="t-short", place="finished", units=3, source=S),
            Stock(as_of="2026-02", variant="c-body", place="finished", units=2, source=S),
            Stock(as_of="2026-02", variant="t-short", place="in_work", units=2, source=S),
        ),
        rates=(),
        lines=_keyed(
            Line(id="heavy", name="Heavy", then="bay", source=S),
            Line(id="long", name="Long", then="bay", source=S),
            Line(id="shop", name="Shop", kind="shop", source=S),
            Line(id="bay", name="Bay", kind="bay", source=S),
        ),
        stations=_keyed(
            _station("h1", "heavy", 1), _station("h2", "heavy", 2, places=2),
            _station("h3", "heavy", 3, buffer_after=0), _station("l1", "long", 1), _station("l2", "long", 2),
            _station("s1", "shop", 1), _station("b1", "bay", 1, places=2), _station("b2", "bay", 2),
        ),
        work_elements=_keyed(
            *(
                _element(f"{family}-{station}", family, station, minutes)
                for family, station, minutes in (
                    ("truck", "h1", 150), ("truck", "h2", 240), ("truck", "h3", 120), ("truck", "b1", 90),
                    ("truck", "b2", 40), ("bus", "l1", 300), ("bus", "l2", 360), ("bus", "b1", 120),
                    ("bus", "b2", 60), ("body", "s1", 200),
                )
            )
        ),
        crews=_keyed(
            Crew(
                id="all", name="All", skills="assembly", people_open=30, people_max=60, wage_month=1,
                currency="USD", absence_share=0.1, overtime_max_share=0.25, useful_share=0.9, source=S,
            )
        ),
        markets=_keyed(Market(id="az", name="Azerbaijan", country="AZ", source=S)),
        channels=_keyed(Channel(id="d", name="Dealers", market="az", kind="dealer", source=S)),
        demand=_keyed(
            *(
                Demand(
                    id=f"d-{f}", channel="d", product=f, date_from="2026-01", date_to="2027-12",
                    units_year=500, season="flat", price=1, currency="USD", spread_share=0.2, source=S,
                )
                for f in ("truck", "bus")
            )
        ),
        seasons={},
        approvals=(),
        quotas={},
        sites={},
        costs={},
        calendar_days=(),
        published=(),
        digest="tiny",
    )  # fmt: skip
    return replace(made, **changes)


def build(month, variant, units):
    """A row of the plan's build."""
    line = {"t": ("heavy", "truck"), "b": ("long", "bus"), "c": ("shop", "body")}[variant[0]]
    return Build(
        plant="tiny",
        period=MONTHS[month],
        line=line[0],
        family=line[1],
        variant=variant,
        units=units,
        hours=0,
    )


def sale(month, variant, units):
    """A row of the plan's sales."""
    demand = {"t": "d-truck", "b": "d-bus"}[variant[0]]
    return Sale(
        plant="tiny", period=MONTHS[month], demand=demand, channel="d", market="az", variant=variant,
        form="unit", units=units, price=1,
    )  # fmt: skip


def lot(ordered, arrives, variant, lots=1):
    """A row of the plan's lots."""
    return LotOrder(
        plant="tiny", period=MONTHS[ordered], contract="k", partner="m", variant=variant, lots=lots,
        lot_size=20, kits=20 * lots, arrives=MONTHS[arrives], cost=0,
    )  # fmt: skip


def crew(month, people):
    """A row of the plan's people: hours after absence, useful share applied, of 20 days."""
    return People(
        plant="tiny", period=MONTHS[month], crew="all", people=people, hired=0, left=0,
        available_h=people * 160 * 0.9 * 0.9, used_h=0, overtime_h=0, idle_h=0,
    )  # fmt: skip


BUILDS = tuple(
    row
    for month in range(N_MONTHS)
    for row in (
        build(month, "t-short", 18), build(month, "t-long", 9), build(month, "c-body", 9),
        build(month, "b-city", 14),
    )
)  # fmt: skip
SALES = tuple(
    sale(m, v, n) for m in range(N_MONTHS) for v, n in (("t-short", 18), ("t-long", 9), ("b-city", 14))
)
LOTS = (
    lot(0, 1, "t-short"), lot(0, 2, "t-short", 2), lot(0, 2, "t-long"), lot(0, 2, "b-city"),
)  # fmt: skip
CAMPAIGNS = tuple(
    Campaign(plant="tiny", period=m, line=line, family=f, starts=False, line_h=0)
    for m in MONTHS
    for line, f in (("heavy", "truck"), ("long", "bus"), ("shop", "body"))
)


def plan(**changes):
    """A plan for the tiny plant, with fields replaced as asked."""
    sizes = dict.fromkeys(Size.model_fields, 0)
    fields = {
        "plant": "tiny", "name": "Tiny", "currency": "USD", "periods": MONTHS, "status": "optimal",
        "objective": 0.0, "bound": 0.0, "gap": 0.0, "seconds": 0.0, "work": 0,
        "size": Size(**sizes), "terms": {}, "lots": LOTS, "build": BUILDS,
        "campaigns": CAMPAIGNS, "sales": SALES, "assumption_share": 1.0,
        "people": tuple(crew(m, 34) for m in range(N_MONTHS)),
        "assumptions": Assumptions(share=1, numbers=1, assumed=1),
        "provenance": Provenance(version="0", input_digest="tiny", options={}),
    }  # fmt: skip
    return MasterPlan(**(fields | changes))
