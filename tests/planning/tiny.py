"""A question small enough to plan by hand, and a plan for it with the arithmetic written out.

Two trucks are built from kits on the line `hall` and tested in the bay `test`; one of them carries a box that
the shop welds. One crew does everything. January to April 2026, all money in US dollars.

    sold            Jan  Feb  Mar  Apr      built    Jan  Feb  Mar  Apr
    d-flat            2    2    1    2      t-flat     -    2    -    2
    d-box (firm)      -    2    -    1      t-box      2    -    -    1
    d-kit (kits)      -    -    1    -      c-box      2    -    2    -
"""

from dataclasses import replace
from datetime import date

from knockdown.basics.periods import months_from
from knockdown.documents.master_plan import (
    Assumptions,
    Build,
    Campaign,
    Cash,
    LineLoad,
    LotOrder,
    MasterPlan,
    OpenOrders,
    People,
    PlantView,
    Sale,
    Size,
    StockLevel,
)
from knockdown.documents.paper import Provenance
from knockdown.planning.question import (
    ContractYear,
    CrewSpec,
    DemandSpec,
    FamilySpec,
    LineSpec,
    LotLine,
    Money,
    NetworkProblem,
    OpeningLot,
    PlanProblem,
    QuotaSpec,
    SharedCap,
    VariantSpec,
)

PERIODS = months_from(date(2026, 1, 1), 4)
NAMES = tuple(p.name for p in PERIODS)
ALWAYS = (True,) * 4


def _flat(value):
    return (float(value),) * 4


def _keyed(*specs):
    return {spec.id: spec for spec in specs}


def _variant(name, **more):
    values = {
        "family": "truck",
        "line": "hall",
        "bay": "test",
        "bay_h": 1.0,
        "needs": (),
        "needs_kit": True,
        "buildable": ALWAYS,
        "local_cost": _flat(500),
        "local_assumed": True,
        "kit_places": 2.0,
        "kit_value": 10_000.0,
        "opening_finished": 0,
        "opening_in_work": 0,
        "opening_assumed": False,
    }
    return VariantSpec(id=name, **(values | more))


def _variants():
    return _keyed(
        _variant(
            "t-flat",
            line_h=4.0,
            skill_h={"fit": 10.0, "test": 2.0},
            finished_places=3.0,
            unit_value=10_500.0,
            opening_finished=1,
            opening_in_work=2,
        ),
        _variant(
            "t-box",
            line_h=5.0,
            skill_h={"fit": 12.0, "test": 2.0},
            needs=(("c-box", 1),),
            finished_places=4.0,
            unit_value=12_500.0,
        ),
        _variant(
            "c-box",
            family="box",
            line="shop",
            line_h=6.0,
            bay=None,
            bay_h=0.0,
            skill_h={"weld": 8.0},
            needs_kit=False,
            local_cost=_flat(2_000),
            kit_places=0.0,
            finished_places=1.0,
            kit_value=0.0,
            unit_value=2_000.0,
        ),
    )


def _demand(name, variant, units, price, **more):
    values = {
        "name": name,
        "channel": "dealers",
        "market": "az",
        "country": "AZ",
        "export": False,
        "published_as": "trucks",
        "form": "unit",
        "units": units,
        "variants": (variant,),
        "may_sell": {variant: ALWAYS},
        "price": _flat(price),
        "delivery_cost": _flat(100),
        "patience": 1,
        "firm": False,
        "late_cost": _flat(50),
        "lost_cost": _flat(80),
        "pay_periods": 0,
        "price_assumed": False,
        "delivery_assumed": True,
    }
    return DemandSpec(id=name, **(values | more))


def _demands():
    return _keyed(
        _demand("d-flat", "t-flat", (2, 2, 3, 2), 16_000, pay_periods=1),
        _demand("d-box", "t-box", (0, 2, 0, 1), 20_000, firm=True),
        _demand(
            "d-kit",
            "t-flat",
            (0, 0, 1, 0),
            12_000,
            form="kit",
            channel="satellite",
            market="tr",
            delivery_cost=_flat(50),
        ),
    )


def _lot_line(variant, lot_size, kit_price, may_order):
    return LotLine("maz", "MAZ", variant, lot_size, kit_price, False, may_order, 1, 0.5, 1)


def _crew():
    return CrewSpec(
        id="crew",
        name="Crew",
        skills=("fit", "test", "weld"),
        people_open=2,
        people_min=1,
        people_max=3,
        hire_max=(1, 1, 1, 1),
        hours=_flat(30),
        wage=_flat(1_000),
        overtime_max_share=0.2,
        overtime_cost_h=_flat(15),
        hire_cost=_flat(200),
        leave_cost=_flat(300),
        wage_assumed=False,
    )


def problem(**changes):
    """The tiny plant's question, with fields replaced as asked."""
    made = PlanProblem(
        plant="tiny",
        name="Tiny",
        country="AZ",
        currency="USD",
        periods=PERIODS,
        variants=_variants(),
        families=_keyed(
            FamilySpec("truck", "Trucks", "hall", 3.0, {"fit": 6.0}, 2, 100.0, True),
            FamilySpec("box", "Boxes", "shop", 1.0, {"weld": 4.0}, 0, 100.0, False),
        ),
        lot_lines=(
            _lot_line("t-flat", 4, (10_000.0, 10_000.0, 10_000.0, 9_000.0), ALWAYS),
            _lot_line("t-box", 2, _flat(10_000), (True, True, False, False)),
        ),
        opening_lots=(
            OpeningLot("L-1", "t-box", 2, 0, 1, 6_000.0, 20_000.0, False),
            OpeningLot("L-2", "t-flat", 2, 1, 1, 0.0, 20_000.0, False),
        ),
        contract_years=(ContractYear("maz", "MAZ kits", 2026, (0, 1, 2, 3), 12, 20, 2, 100.0, False),),
        lines=_keyed(
            LineSpec("hall", "Hall", "line", (40.0, 40.0, 40.0, 15.0), 4.0, ("truck",)),
            LineSpec("shop", "Shop", "shop", _flat(20), 2.0, ("box",)),
            LineSpec("test", "Test bay", "bay", _flat(30), 1.0, ()),
        ),
        crews=_keyed(_crew()),
        demands=_demands(),
        quotas=(QuotaSpec("q-flat", "Trucks in az", "az", 2026, ("t-flat",), (0, 1, 2, 3), 8),),
        money=Money(20_000.0, 40_000.0, _flat(0.01), _flat(0.001), 0.8, _flat(1_000), False, False),
        kit_places=12.0,
        finished_places=12.0,
    )
    return replace(made, **changes)


def question(worth=1.0, **changes):
    """The tiny plant alone, in money of which its own is worth so much."""
    cap = SharedCap("trucks-az", "az", "trucks", "AZ", 2026, (0, 1, 2, 3), 10)
    return NetworkProblem("tiny", "Tiny", "USD", PERIODS, (problem(**changes),), (worth,), (cap,))


# Kits ordered: 4 in January, 2 in February, 4 in April: 10 of the 12 agreed. A lot comes a month later and is
# paid for half at once and half a month after it came.
LOTS = (
    ("2026-01", "t-flat", 1, 4, 4, "2026-02", 40_000.0),
    ("2026-02", "t-box", 1, 2, 2, "2026-03", 20_000.0),
    ("2026-04", "t-flat", 1, 4, 4, "later", 36_000.0),
)
# Hours of people: t-flat 10 + 2, t-box 12 + 2, c-box 8.
BUILD = (
    ("2026-01", "shop", "box", "c-box", 2, 16.0),
    ("2026-01", "hall", "truck", "t-box", 2, 28.0),
    ("2026-02", "hall", "truck", "t-flat", 2, 24.0),
    ("2026-03", "shop", "box", "c-box", 2, 16.0),
    ("2026-04", "hall", "truck", "t-flat", 2, 24.0),
    ("2026-04", "hall", "truck", "t-box", 1, 14.0),
)
# Both lines have one family, so hours are lost at starts only. Trucks were being built at the start: no start
# in January. Boxes pause in February, trucks in March: both start again after.
CAMPAIGNS = (
    ("2026-01", "shop", "box", True, 13.0),  # 2 x 6 + 1
    ("2026-01", "hall", "truck", False, 10.0),  # 2 x 5
    ("2026-02", "hall", "truck", False, 8.0),  # 2 x 4
    ("2026-03", "shop", "box", True, 13.0),
    ("2026-04", "hall", "truck", True, 16.0),  # 2 x 4 + 1 x 5 + 3
)
LINES = (
    ("2026-01", "hall", 40.0, 0.0, 14.0),  # 10, and half of the 2 t-flat in work: 4
    ("2026-02", "hall", 40.0, 0.0, 8.0),
    ("2026-03", "hall", 40.0, 0.0, 0.0),
    ("2026-04", "hall", 15.0, 1.0, 16.0),
    ("2026-01", "shop", 20.0, 0.0, 13.0),
    ("2026-02", "shop", 20.0, 0.0, 0.0),
    ("2026-03", "shop", 20.0, 0.0, 13.0),
    ("2026-04", "shop", 20.0, 0.0, 0.0),
    ("2026-01", "test", 30.0, 0.0, 3.0),  # 2, and half of the 2 in work: 1
    ("2026-02", "test", 30.0, 0.0, 2.0),
    ("2026-03", "test", 30.0, 0.0, 0.0),
    ("2026-04", "test", 30.0, 0.0, 3.0),
)
# Hours used: January 28 + 16, half of 2 t-flat in work 12, boxes learn again 4: 60. February 24.
# March 16 + 4. April 24 + 14, trucks learn again 6: 44; one hour of the line's overtime takes 4 people.
# Idle is what is paid, overtime included, and not used.
PEOPLE = (
    ("2026-01", 2, 0, 0, 60.0, 60.0, 0.0, 0.0),
    ("2026-02", 1, 0, 1, 30.0, 24.0, 0.0, 6.0),
    ("2026-03", 1, 0, 0, 30.0, 20.0, 0.0, 10.0),
    ("2026-04", 2, 1, 0, 60.0, 44.0, 4.0, 20.0),
)
# t-flat kits: 2 of L-2 and 4 ordered come in February, 2 are built; 1 is sold in March; 2 are built in April.
# t-flat finished: 1 + 2 at the start, less 2 sold; 2 built, 2 sold; 1 sold; 2 built, 2 sold.
# c-box: what is built goes into t-box; of the 2 of March one is left.
STOCK = (
    ("2026-01", "t-flat", 0, 6, 1),
    ("2026-02", "t-flat", 4, 0, 1),
    ("2026-03", "t-flat", 3, 0, 0),
    ("2026-04", "t-flat", 1, 4, 0),
    ("2026-01", "t-box", 0, 0, 2),
    ("2026-02", "t-box", 0, 2, 0),
    ("2026-03", "t-box", 2, 0, 0),
    ("2026-04", "t-box", 1, 0, 0),
    ("2026-03", "c-box", 0, 0, 2),
    ("2026-04", "c-box", 0, 0, 1),
)
SALES = (
    ("2026-01", "d-flat", "dealers", "az", "t-flat", "unit", 2, 16_000.0),
    ("2026-02", "d-flat", "dealers", "az", "t-flat", "unit", 2, 16_000.0),
    ("2026-03", "d-flat", "dealers", "az", "t-flat", "unit", 1, 16_000.0),
    ("2026-04", "d-flat", "dealers", "az", "t-flat", "unit", 2, 16_000.0),
    ("2026-02", "d-box", "dealers", "az", "t-box", "unit", 2, 20_000.0),
    ("2026-04", "d-box", "dealers", "az", "t-box", "unit", 1, 20_000.0),
    ("2026-03", "d-kit", "satellite", "tr", "t-flat", "kit", 1, 12_000.0),
)
# March: 3 asked = 1 sold + 1 lost + 1 waiting. April: 2 asked + 1 waiting = 2 sold + 1 waiting.
ORDERS = (
    ("2026-01", "d-flat", 2, 0, 0),
    ("2026-02", "d-flat", 2, 0, 0),
    ("2026-03", "d-flat", 3, 1, 1),
    ("2026-04", "d-flat", 2, 1, 0),
    ("2026-02", "d-box", 2, 0, 0),
    ("2026-04", "d-box", 1, 0, 0),
    ("2026-03", "d-kit", 1, 0, 0),
)
# Stock held, at 0.1 %: January 10,500 + 2 x 12,500; February 4 x 10,000 + 10,500;
# March 5 x 10,000 + 2 x 2,000; April 2 x 10,000 + 2,000.
#
#              Jan        Feb        Mar        Apr
# d-flat         0     32,000     32,000     16,000   a month after the sale
# d-box, d-kit   0     40,000     12,000     20,000
# delivery     200        400        150        300
# local      5,000      1,000      4,000      1,500   2 x 2,000 + 2 x 500, ...
# wages      2,000      1,000      1,000      2,000
# overtime                                       60   4 x 15
# hire, leave             300                   200
# holding       35.5       50.5       54         22
# late, lost                         130         50   50 + 80, 50
# fixed      1,000      1,000      1,000      1,000
# kits      20,000     10,000     20,000     28,000   halves: 40; 20; 40; 20 and 36 thousand
# L-1                   6,000
# interest                 82.355                     1 % of 8,235.5
CASH = (
    ("2026-01", 0.0, 28_235.5, 0.0, 8_235.5),
    ("2026-02", 72_000.0, 19_832.855, 43_931.645, 0.0),
    ("2026-03", 44_000.0, 26_334.0, 61_597.645, 0.0),
    ("2026-04", 36_000.0, 33_132.0, 64_465.645, 0.0),
)
TERMS = {
    "sales": 184_000.0,  # 7 x 16,000 + 3 x 20,000 + 12,000
    "delivery": -1_050.0,  # 7 x 100 + 3 x 100 + 50
    "kits": -96_000.0,  # 40,000 + 20,000 + 36,000
    "local_parts": -11_500.0,  # 7 trucks x 500 + 4 boxes x 2,000
    "wages": -6_000.0,
    "overtime": -60.0,
    "hiring": -200.0,
    "leaving": -300.0,
    "holding": -162.0,  # 35.5 + 50.5 + 54 + 22
    "interest": -82.355,
    "late_orders": -100.0,
    "lost_orders": -80.0,
    "contract_shortfall": -200.0,  # 2 kits x 100
    "closing_stock": 49_600.0,  # 0.8 x (2 kits + 4 on their way at 10,000, one box at 2,000)
    "opening_stock": -71_500.0,  # 3 x 10,500 + 20,000 + 20,000
}
OBJECTIVE = 46_365.645
BOUND = 50_000.0


def _rows(kind, names, rows, **same):
    fields = names.split()
    return tuple(kind(plant="tiny", **same, **dict(zip(fields, row, strict=True))) for row in rows)


def plan(**changes):
    """The plan made by hand, with fields replaced as asked and not checked."""
    made = MasterPlan(
        provenance=Provenance(version="0", input_digest="", options={}),
        plant="tiny",
        name="Tiny",
        currency="USD",
        periods=NAMES,
        status="feasible",
        objective=OBJECTIVE,
        bound=BOUND,
        gap=(BOUND - OBJECTIVE) / OBJECTIVE,
        seconds=0.0,
        work=0,
        size=Size(**dict.fromkeys(Size.model_fields, 0)),
        terms=TERMS,
        lots=_rows(
            LotOrder,
            "period variant lots lot_size kits arrives cost",
            LOTS,
            contract="maz",
            partner="MAZ",
        ),
        build=_rows(Build, "period line family variant units hours", BUILD),
        campaigns=_rows(Campaign, "period line family starts line_h", CAMPAIGNS),
        lines=_rows(LineLoad, "period line available_h overtime_h used_h", LINES),
        people=_rows(
            People, "period people hired left available_h used_h overtime_h idle_h", PEOPLE, crew="crew"
        ),
        stock=_rows(StockLevel, "period variant kits kits_in_transit finished", STOCK),
        sales=_rows(Sale, "period demand channel market variant form units price", SALES),
        orders=_rows(OpenOrders, "period demand asked waiting lost", ORDERS),
        cash=_rows(Cash, "period receipts payments cash debt", CASH),
        plants=(_view(),),
        assumption_share=0.0,
        assumptions=Assumptions(share=0.0, numbers=0, assumed=0),
    )
    return made.model_copy(update=changes)


def _view():
    return PlantView(
        plant="tiny",
        name="Tiny",
        country="AZ",
        units_built=7,
        capacity_year=None,
        utilisation=None,
        bottleneck_utilisation=16 / 15,
        direct_jobs=1.5,
        published_jobs=None,
        indirect_jobs_assumed=None,
        exported=1,
        import_substitution=10,
        ownership="",
        contribution=OBJECTIVE,
    )
