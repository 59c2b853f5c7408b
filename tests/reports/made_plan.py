"""A plan for the made-up plant, consistent by construction: what goes in comes out or stays."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from knockdown.documents.master_plan import (
    Assumptions,
    Build,
    Campaign,
    Cash,
    Limit,
    LineLoad,
    LotOrder,
    MasterPlan,
    OpenOrders,
    People,
    Sale,
    Size,
    StockLevel,
)
from knockdown.documents.paper import Provenance

made_plant = sys.modules["reports_made_plant"]
ASSUMED, CREWS, KINDS, STATIONS, Kind = (
    made_plant.ASSUMED,
    made_plant.CREWS,
    made_plant.KINDS,
    made_plant.STATIONS,
    made_plant.Kind,
)
make_plant = made_plant.make_plant


def months(start: str, n: int) -> tuple[str, ...]:
    first = int(start[:4]) * 12 + int(start[5:]) - 1
    return tuple(f"{i // 12:04d}-{i % 12 + 1:02d}" for i in range(first, first + n))


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
        yield Flow(
            plant,
            kind,
            period,
            later,
            lots,
            built,
            sold - exported,
            exported,
            kits,
            sum(coming.values()),
            finished,
        )


def make_plan(
    kinds: tuple[Kind, ...] = KINDS,
    start: str = "2026-01",
    n: int = 18,
    plant: str = "sample",
    name: str = "Gəncə Avtomobil Zavodu",
) -> MasterPlan:
    periods = months(start, n)
    all_flows = [f for k in kinds for f in flows(k, periods, plant)]
    terms = {
        "sales": sum((f.sold + f.exported) * f.kind.price for f in all_flows),
        "kits": -sum(f.lots * f.kind.lot * f.kind.price * 0.7 for f in all_flows),
        "wages": -420.0 * 117 * n,
        "overtime": -41_200.0,
        "hiring": -9_000.0,
        "holding": -88_000.0,
        "interest": -37_500.0,
        "closing_stock": 1_250_000.0,
    }
    objective = sum(terms.values())
    return MasterPlan(
        schema="knockdown.plan/1",
        provenance=provenance(),
        plant=plant,
        name=name,
        currency="USD",
        periods=periods,
        status="feasible",
        objective=objective,
        bound=objective * 1.0034,
        gap=0.0034,
        seconds=8.31,
        work=211_004,
        size=make_size(n),
        terms=terms,
        lots=tuple(lot_rows(all_flows)),
        build=tuple(build_rows(all_flows)),
        campaigns=tuple(campaign_rows(all_flows)),
        lines=tuple(line_rows(all_flows, periods)),
        people=tuple(people_rows(all_flows, periods)),
        stock=tuple(stock_rows(all_flows)),
        sales=tuple(sale_rows(all_flows)),
        orders=tuple(order_rows(all_flows)),
        cash=tuple(cash_rows(all_flows, periods, plant)),
        limits=limit_rows(plant),
        assumption_share=0.62,
        assumptions=Assumptions(share=0.62, numbers=1840, assumed=902),
        notes=(
            "The payment route to KAMAZ is restricted; the plan uses it and names it.",
            "No opening stock is known; the plan opens empty.",
        ),
    )


def provenance() -> Provenance:
    return Provenance(
        version="0.1.0",
        input_digest="3f9c21aa",
        options={"months": 18, "seconds": 30.0, "start": None},
        seed=7,
    )


def make_size(n: int) -> Size:
    return Size(
        periods=n,
        variants=37,
        contract_lines=41,
        demands=52,
        crews=6,
        lines=4,
        variables=9_120,
        integers=3_480,
        rows=7_702,
        nonzeros=41_337,
    )


def lot_rows(all_flows: list[Flow]) -> Iterator[LotOrder]:
    for f in all_flows:
        if f.lots:
            k, kits = f.kind, f.lots * f.kind.lot
            yield LotOrder(
                plant=f.plant,
                period=f.period,
                contract=f"c-{k.family}",
                partner=k.partner,
                variant=f"{k.family}-1",
                lots=f.lots,
                lot_size=k.lot,
                kits=kits,
                arrives=f.arrives,
                cost=kits * k.price * 0.7,
            )


def build_rows(all_flows: list[Flow]) -> Iterator[Build]:
    for f in all_flows:
        if f.built:
            yield Build(
                plant=f.plant,
                period=f.period,
                line=f.kind.line,
                family=f.kind.family,
                variant=f"{f.kind.family}-1",
                units=f.built,
                hours=f.built * 60.0,
            )


def campaign_rows(all_flows: list[Flow]) -> Iterator[Campaign]:
    for f in all_flows:
        if f.built:
            yield Campaign(
                plant=f.plant,
                period=f.period,
                line=f.kind.line,
                family=f.kind.family,
                starts=f.kind.every > 1,
                line_h=f.built * 1.4 + 8,
            )


def line_rows(all_flows: list[Flow], periods: tuple[str, ...]) -> Iterator[LineLoad]:
    for line in sorted({f.kind.line for f in all_flows}):
        for period in periods:
            used = sum(
                f.built * 1.4 + 8 for f in all_flows if f.kind.line == line and f.period == period and f.built
            )
            yield LineLoad(
                plant=all_flows[0].plant,
                period=period,
                line=line,
                available_h=160.0,
                overtime_h=max(0.0, used - 160),
                used_h=used,
            )


def people_rows(all_flows: list[Flow], periods: tuple[str, ...]) -> Iterator[People]:
    for line in sorted({f.kind.line for f in all_flows}):
        before = CREWS[line][1]
        for i, period in enumerate(periods):
            now = CREWS[line][1] + round(6 * math.sin(i / 3))
            used = sum(f.built * 60.0 for f in all_flows if f.kind.line == line and f.period == period) * 1.1
            have = now * 130.0
            yield People(
                plant=all_flows[0].plant,
                period=period,
                crew=f"crew-{line}",
                people=now,
                hired=max(0, now - before),
                left=max(0, before - now),
                available_h=have,
                used_h=used,
                overtime_h=max(0.0, used - have),
                idle_h=max(0.0, have - used),
            )
            before = now


def stock_rows(all_flows: list[Flow]) -> Iterator[StockLevel]:
    for f in all_flows:
        yield StockLevel(
            plant=f.plant,
            period=f.period,
            variant=f"{f.kind.family}-1",
            kits=f.kits,
            kits_in_transit=f.transit,
            finished=f.finished,
        )


def sale_rows(all_flows: list[Flow]) -> Iterator[Sale]:
    for f in all_flows:
        for channel, market, units in (("lessor", "az", f.sold), ("export", "ge", f.exported)):
            if units:
                yield Sale(
                    plant=f.plant,
                    period=f.period,
                    demand=f"{channel}-{f.kind.family}",
                    channel=channel,
                    market=market,
                    variant=f"{f.kind.family}-1",
                    form="unit",
                    units=units,
                    price=f.kind.price,
                )


def order_rows(all_flows: list[Flow]) -> Iterator[OpenOrders]:
    for f in all_flows:
        yield OpenOrders(
            plant=f.plant,
            period=f.period,
            demand=f"lessor-{f.kind.family}",
            asked=f.sold + 2,
            waiting=2 if f.built else 0,
            lost=0,
        )


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
        Limit(
            plant=plant,
            kind="demand",
            id="lessor-belarus",
            unit="order",
            step=5,
            dual_gain=4_180.0,
            verified=True,
            gain=20_400.0,
            gain_most=38_000.0,
            sentence="Five more orders for Belarus tractors from the state lessor would add 20 000 USD.",
        ),
        Limit(
            plant=plant,
            kind="crew",
            id="crew-TR",
            unit="hour a month",
            step=40,
            dual_gain=31.0,
            verified=True,
            gain=1_150.0,
            gain_most=9_000.0,
            sentence="40 more hours a month in the tractor crew would add about 1 200 USD.",
        ),
        Limit(
            plant=plant,
            kind="contract",
            id="c-maz",
            unit="kit",
            step=6,
            dual_gain=9_900.0,
            verified=False,
            sentence="The MAZ contract's yearly maximum holds truck building back.",
        ),
    )
