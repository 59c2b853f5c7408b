"""Small random questions: two trucks, perhaps a box welded into one of them, three or four months."""

import random
from dataclasses import replace
from datetime import date

from knockdown.basics.periods import months_from
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
)
from tests.planning import tiny


def question(seed):
    """A question of its own for every seed; most can be planned, some cannot."""
    rng = random.Random(seed)
    periods = months_from(date(2026, 1, 1), rng.choice((3, 4)))
    return NetworkProblem("tiny", "Tiny", "USD", periods, (_problem(rng, periods),), (1.0,), ())


def _problem(rng, periods):
    n, base = len(periods), tiny.problem()
    boxed = rng.random() < 0.5
    variants = {"t-flat": base.variants["t-flat"], "t-box": base.variants["t-box"]}
    if boxed:
        variants["c-box"] = base.variants["c-box"]
    else:
        variants["t-box"] = replace(variants["t-box"], needs=(), unit_value=10_500.0)
    return PlanProblem(
        plant="tiny",
        name="Tiny",
        country="AZ",
        currency="USD",
        periods=periods,
        variants={name: _variant(rng, v, n) for name, v in variants.items()},
        families={
            "truck": FamilySpec(
                "truck", "Trucks", "hall", rng.choice((0.0, 3.0, 8.0)), {"fit": rng.choice((0.0, 6.0))},
                rng.choice((0, 2, 4)), 100.0, rng.random() < 0.5,
            ),
            "box": FamilySpec(
                "box", "Boxes", "shop", rng.choice((0.0, 2.0)), {}, rng.choice((0, 2)), 100.0, False
            ),
        },
        lot_lines=tuple(_lot_line(rng, v, n) for v in ("t-flat", "t-box")[: rng.choice((1, 2))]),
        opening_lots=_opening(rng),
        contract_years=(_contract_year(rng, n),),
        lines={
            "hall": LineSpec("hall", "Hall", "line", _series(rng, n, 10, 45), 4.0, ("truck",)),
            "shop": LineSpec("shop", "Shop", "shop", _series(rng, n, 15, 30), 2.0, ("box",)),
            "test": LineSpec("test", "Test bay", "bay", _series(rng, n, 4, 30), 1.0, ()),
        },
        crews={"crew": _crew(rng, n)},
        demands={f"d-{i}": _demand(rng, f"d-{i}", n) for i in range(rng.choice((1, 2, 3)))},
        quotas=(QuotaSpec("q", "Trucks in az", "az", 2026, ("t-flat",), tuple(range(n)), rng.randint(1, 9)),),
        money=Money(
            rng.choice((0.0, 30_000.0)), rng.choice((60_000.0, 150_000.0)), (0.01,) * n, (0.002,) * n,
            rng.choice((0.0, 0.8)), (1_000.0,) * n, False, False,
        ),
        kit_places=rng.choice((10.0, 30.0)),
        finished_places=rng.choice((10.0, 30.0)),
        reserve_share=rng.choice((0.0, 0.1)),
    )  # fmt: skip


def _series(rng, n, low, high):
    return tuple(float(rng.randint(low, high)) for _ in range(n))


def _variant(rng, v, n):
    stock = v.id != "c-box" and rng.random() < 0.4
    return replace(
        v,
        buildable=(True,) * n,
        local_cost=(v.local_cost[0],) * n,
        opening_finished=rng.randint(0, 2) if stock else 0,
        opening_in_work=0,
    )


def _lot_line(rng, variant, n):
    return LotLine(
        "maz", "MAZ", variant, rng.randint(1, 5), _series(rng, n, 8_000, 11_000), False,
        tuple(rng.random() < 0.9 for _ in range(n)), rng.randint(0, 2), rng.choice((0.0, 0.5, 1.0)),
        rng.choice((0, 1)),
    )  # fmt: skip


def _opening(rng):
    kits = rng.randint(0, 3)
    lot = OpeningLot("L-1", "t-flat", kits, rng.choice((0, 1)), 1, 4_000.0, 10_000.0 * kits, False)
    return (lot,) if kits else ()


def _contract_year(rng, n):
    least = rng.choice((0, 0, 6))
    most = rng.randint(8, 20)
    return ContractYear(
        "maz", "MAZ kits", 2026, tuple(range(n)), least, most, rng.choice((1, 3)), 200.0, False
    )


def _crew(rng, n):
    return CrewSpec(
        id="crew",
        name="Crew",
        skills=("fit", "test", "weld"),
        people_open=rng.randint(1, 3),
        people_min=rng.choice((0, 1)),
        people_max=rng.randint(3, 5),
        hire_max=(rng.choice((1, 2)),) * n,
        hours=_series(rng, n, 20, 40),
        wage=(1_000.0,) * n,
        overtime_max_share=rng.choice((0.0, 0.2)),
        overtime_cost_h=(15.0,) * n,
        hire_cost=(200.0,) * n,
        leave_cost=(300.0,) * n,
        wage_assumed=False,
    )


def _demand(rng, name, n):
    variant = rng.choice(("t-flat", "t-box"))
    both = rng.random() < 0.3
    variants = ("t-flat", "t-box") if both else (variant,)
    kit = rng.random() < 0.15
    return DemandSpec(
        id=name,
        name=f"Order {name}",
        channel="dealers",
        market="az",
        country="AZ",
        export=False,
        published_as="trucks",
        form="kit" if kit else "unit",
        units=tuple(rng.randint(0, 3) for _ in range(n)),
        variants=variants,
        may_sell={v: tuple(rng.random() < 0.9 for _ in range(n)) for v in variants},
        price=_series(rng, n, 12_000, 20_000),
        delivery_cost=(100.0,) * n,
        patience=rng.choice((0, 1, 2)),
        firm=rng.random() < 0.15,
        late_cost=(50.0,) * n,
        lost_cost=(80.0,) * n,
        pay_periods=rng.choice((0, 1)),
        price_assumed=False,
        delivery_assumed=True,
    )


def strict(seed):
    """A question that asks for more: most cannot be planned, some only because of whole numbers."""
    rng = random.Random(10_000 + seed)
    asked = question(seed)
    (problem,) = asked.members
    n = problem.n_periods
    crew = problem.crews["crew"]
    opening, least = rng.randint(0, 3), rng.choice((0, 0, 1, 3))
    crew = replace(
        crew,
        people_open=min(opening, crew.people_max),
        people_min=min(least, crew.people_max),
        hire_max=tuple(rng.randint(0, 2) for _ in range(n)),
    )
    money = replace(
        problem.money,
        opening_cash=rng.choice((0.0, 5_000.0)),
        credit_limit=rng.choice((5_000.0, 20_000.0, 60_000.0)),
    )
    hard = replace(
        problem,
        variants={name: _begun(rng, v) for name, v in problem.variants.items()},
        lot_lines=tuple(replace(k, lot_size=rng.choice((1, 3, 5))) for k in problem.lot_lines),
        contract_years=(replace(problem.contract_years[0], kits_max=rng.randint(3, 20)),),
        crews={"crew": crew},
        demands={name: _firm(rng, d) for name, d in problem.demands.items()},
        money=money,
        kit_places=rng.choice((3.0, 10.0, 30.0)),
        finished_places=rng.choice((2.0, 10.0, 30.0)),
    )
    return replace(asked, members=(hard,))


def _begun(rng, v):
    return replace(v, opening_in_work=rng.choice((0, 0, 0, 3)) if v.id != "c-box" else 0)


def _firm(rng, d):
    return replace(d, firm=rng.random() < 0.4, patience=rng.choice((0, 1, 2)))
