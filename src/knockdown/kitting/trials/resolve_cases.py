"""Cases of missing parts from a seed: tiny ones to enumerate, and a plant with hundreds of shortages."""

from __future__ import annotations

from operator import add, le
from random import Random

from knockdown.kitting.question import (
    Course,
    CourseKind,
    Option,
    OptionKind,
    Order,
    Pool,
    ResolveQuestion,
    Shortage,
    ShortUnit,
    Term,
)
from knockdown.kitting.resolve.choices import (
    ChoiceFacts,
    DonorFact,
    LocalFact,
    MissingPart,
    ReorderFact,
    ShipmentFact,
    ShortFact,
    SourceFact,
    SwapFact,
)

AT_DAY = 739_000
HORIZON_DAYS = 540
LEAD_DAYS = (7, 20, 45)
"""Least, likeliest and greatest days from a claim to its replacement."""
PARTNERS = ("A", "B", "C", "D")
OPTION_KINDS: tuple[OptionKind, ...] = ("wait", "borrow", "local", "reorder")
COURSE_KINDS: tuple[CourseKind, ...] = ("as_planned", "short", "wait", "resequence")


# Tiny cases


def tiny_question(seed: int) -> ResolveQuestion:
    """Up to three units with anything allowed: few pools, shared orders, odd costs, sometimes no answer.

    Examples
    --------
    >>> tiny_question(3) == tiny_question(3)
    True
    """
    rng = Random(seed)
    pools = tuple(Pool(f"pool {n}", rng.randint(0, 5)) for n in range(rng.randint(1, 4)))
    scale = rng.choice((10, 1000, 1_000_000))
    costs = [rng.randint(0, 3 * scale) for _ in range(rng.randint(0, 3))]
    orders = tuple(Order(f"order {n}", Term("shipment", cents)) for n, cents in enumerate(costs))
    sizes = len(pools), len(orders), scale
    units = tuple(_tiny_unit(rng, f"U-{n}", *sizes) for n in range(rng.randint(1, 3)))
    return ResolveQuestion(units, pools, orders)


def _tiny_unit(rng: Random, name: str, n_pools: int, n_orders: int, scale: int) -> ShortUnit:
    shortages = []
    for s in range(rng.randint(1, 2)):
        options = tuple(_tiny_option(rng, n_pools, n_orders, scale) for _ in range(rng.randint(1, 4)))
        shortages.append(Shortage(f"P-{s}", rng.choice((1, 1, 2, 3)), options))
    courses = []
    for c in range(rng.randint(1, 4)):
        cost = (Term("late finish", rng.randint(0, 4 * scale)), Term("gain", -rng.randint(0, scale)))
        limits = tuple(rng.randint(4, 9) for _ in shortages)
        kind = rng.choice(COURSE_KINDS)
        courses.append(Course(kind, f"course {c}", c, c + 2, cost, limits, _some(rng, n_pools, 0.2)))
    return ShortUnit(name, tuple(shortages), tuple(courses))


def _tiny_option(rng: Random, n_pools: int, n_orders: int, scale: int) -> Option:
    piece = (Term("piece", rng.randint(0, 2 * scale)),)
    fixed = (Term("order", rng.randint(1, 3 * scale)),) if rng.random() < 0.4 else ()
    kind = rng.choice(OPTION_KINDS)
    order = rng.randrange(n_orders) if n_orders and rng.random() < 0.5 else None
    return Option(kind, f"{kind} somehow", rng.randint(1, 8), piece, fixed, _some(rng, n_pools, 0.35), order)


def _some(rng: Random, n_pools: int, chance: float) -> tuple[int, ...]:
    return tuple(pool for pool in range(n_pools) if rng.random() < chance)


def tiny_facts(seed: int) -> ChoiceFacts:
    """A few short units on one line over one or two parts, with everything that could be done about them."""
    rng = Random(seed)
    parts = ("P-1", "P-2")[: rng.randint(1, 2)]
    shorts = tuple(_tiny_short(rng, n, parts) for n in range(rng.randint(1, 3)))
    sources = tuple(
        SourceFact(p, rng.choice(("L-1", "L-2", None)), rng.randint(1, 2), AT_DAY + rng.randint(1, 30), "C")
        for p in parts
        for _ in range(rng.randint(0, 2))
    )
    donors = tuple(_tiny_donor(rng, n, p) for p in parts for n in range(rng.randint(0, 4)))
    bought = tuple(
        LocalFact(p, rng.randint(1, 20), rng.randint(0, 5000), rng.choice((0, 3000)))
        for p in parts
        if rng.random() < 0.4
    )
    again = tuple(
        ReorderFact(p, rng.randint(5, 30), 2000, rng.choice("AB")) for p in parts if rng.random() < 0.5
    )
    shipments = tuple(ShipmentFact(partner, rng.choice((0, 500, 4000))) for partner in "AB")
    swaps = tuple(_tiny_swap(rng, n) for n in range(rng.randint(0, 4)))
    handling = rng.choice((0, 100))
    return ChoiceFacts(
        AT_DAY, shorts, sources, donors, bought, again, shipments, swaps, handling, reorder_lead_days=25
    )


def _tiny_short(rng: Random, n: int, parts: tuple[str, ...]) -> ShortFact:
    slot = AT_DAY + rng.randint(0, 10)
    lacking = tuple(
        MissingPart(
            part, rng.choice((1, 1, 2)), "S-1", slot + rng.randint(0, 1), rng.random() < 0.6, 900, 1500
        )
        for part in rng.sample(parts, rng.randint(1, len(parts)))
    )
    due = rng.choice((None, slot + rng.randint(0, 9)))
    lot = rng.choice(("L-1", "L-2"))
    return ShortFact(
        f"U-{n}", lot, "V", "A", slot, 2, due, 900_000, rng.randint(0, 900), 0.1, rng.randint(0, 9000),
        lacking,
    )  # fmt: skip


def _tiny_donor(rng: Random, n: int, part: str) -> DonorFact:
    need = rng.choice((None, AT_DAY + rng.randint(5, 30)))
    unit = None if rng.random() < 0.2 else f"D-{n}"
    lot = rng.choice(("L-3", "L-4", None)) if unit is None else "L-3"
    return DonorFact(lot, unit, part, rng.randint(1, 2), need, rng.randint(0, 500), rng.choice((0, 250)))


def _tiny_swap(rng: Random, n: int) -> SwapFact:
    day = AT_DAY + rng.randint(1, 25)
    return SwapFact(f"W-{n}", "A", day, day + rng.randint(-3, 5), rng.randint(0, 4000), rng.choice((0, 200)))


def least_cents(question: ResolveQuestion) -> int | None:
    """Try everything: the least cents of an answer, None when there is none. For tiny questions only.

    Examples
    --------
    >>> unit = ShortUnit("U", (), (Course("wait", "", 0, 0, (Term("a", 7),), (), (0,)),))
    >>> least_cents(ResolveQuestion((unit, unit), (Pool("slot", 2),)))
    14
    >>> least_cents(ResolveQuestion((unit, unit), (Pool("slot", 1),))) is None
    True
    """
    most = [pool.n_most for pool in question.pools]
    least: Least = {((0,) * len(most), frozenset()): 0}
    for unit in question.units:
        least = _both(least, _ways(unit, most), most)
    paid = [order.cost.cents for order in question.orders]
    every = (cents + sum(paid[ix] for ix in orders) for (_, orders), cents in least.items())
    return min(every, default=None)


Used = tuple[tuple[int, ...], frozenset[int]]
"""How many of each pool, and which orders."""
Least = dict[Used, int]
"""The least cents for everything that could be used, orders not yet paid."""


def _both(some: Least, others: Least, most: list[int]) -> Least:
    found: Least = {}
    for (used, orders), cents in some.items():
        for (more, besides), spent in others.items():
            now = tuple(map(add, used, more))
            if all(map(le, now, most)):
                _keep(found, (now, orders | besides), cents + spent)
    return found


def _keep(least: Least, used: Used, cents: int) -> None:
    least[used] = min(least.get(used, cents), cents)


def _ways(unit: ShortUnit, most: list[int]) -> Least:
    """Every course with every split of every shortage."""
    found: Least = {}
    for course in unit.courses:
        used = tuple(int(pool in course.pools) for pool in range(len(most)))
        fits, cents = all(map(le, used, most)), sum(term.cents for term in course.cost)
        ways: Least = {(used, frozenset()): cents} if fits else {}
        for shortage, limit in zip(unit.shortages, course.limits, strict=True):
            ways = _both(ways, _splits(shortage, limit, most), most)
        for way, cents in ways.items():
            _keep(found, way, cents)
    return found


def _splits(shortage: Shortage, limit: int, most: list[int]) -> Least:
    """Every way to share the pieces among the options that come in time."""
    ways: list[Least] = [{} for _ in range(shortage.n_parts + 1)]
    ways[0] = {((0,) * len(most), frozenset()): 0}
    for option in shortage.options:
        order = frozenset(() if option.order is None else (option.order,))
        before = [dict(some) for some in ways]
        for n in range(1, shortage.n_parts + 1 if option.day <= limit else 1):
            more = tuple(n * (pool in option.pools) for pool in range(len(most)))
            price = n * sum(t.cents for t in option.piece) + sum(t.cents for t in option.fixed)
            for pieces in range(n, shortage.n_parts + 1):
                for used, cents in _both(before[pieces - n], {(more, order): price}, most).items():
                    _keep(ways[pieces], used, cents)
    return ways[-1]


# A plant


def plant_facts(
    seed: int, n_shortages: int = 300, n_units: int = 200, n_lots: int = 40, n_parts: int = 60
) -> ChoiceFacts:
    """Shortages of a plant with three lines over 18 months, most of them in its next few.

    Lots arrive over the horizon, earlier ones more densely; a lot's claims were made when it arrived and
    bring fewer pieces than are missing now and then; parts are common to many lots, so that lots lend to
    each other and compete for the same donors.

    Examples
    --------
    >>> facts = plant_facts(1)
    >>> len(facts.shorts), sum(len(short.shortages) for short in facts.shorts)
    (200, 300)
    """
    rng = Random(seed)
    parts = [_Part(rng, f"P-{n:03}") for n in range(n_parts)]
    lots = [_Lot(rng, f"L-{n:02}", parts) for n in range(n_lots)]
    shorts = _shorts(rng, lots, n_units, n_shortages)
    return ChoiceFacts(
        at_day=AT_DAY,
        shorts=tuple(shorts),
        sources=tuple(_claims(rng, lots, shorts)),
        donors=tuple(_donors(rng, lots, parts, shorts)),
        locals=tuple(part.local for part in parts if part.local is not None),
        reorders=tuple(part.reorder for part in parts),
        shipments=tuple(ShipmentFact(partner, rng.randint(5_000, 40_000)) for partner in PARTNERS),
        swaps=tuple(_swaps(rng, lots)),
        handling_cents=1500,
    )


class _Part:
    """A part with its prices."""

    def __init__(self, rng: Random, part_id: str) -> None:
        self.part_id = part_id
        self.cents = round(10 ** rng.uniform(3.0, 5.5))
        self.station = rng.randint(0, 2)
        self.can_fit_later = rng.random() < 0.7
        self.fit_later_cents = rng.randint(2_000, 20_000)
        self.n_parts = rng.choice((1, 1, 1, 2, 4))
        self.local = None
        if rng.random() < 0.35:
            price = round(self.cents * rng.uniform(1.1, 2.5))
            self.local = LocalFact(part_id, rng.randint(2, 15), price, rng.choice((0, 5_000, 15_000)))
        lead = round(rng.triangular(25, 80, 45))
        self.reorder = ReorderFact(part_id, lead, round(1.2 * self.cents), rng.choice(PARTNERS))


class _Lot:
    """A lot with its arrival, its line and the parts it uses."""

    def __init__(self, rng: Random, lot_id: str, parts: list[_Part]) -> None:
        self.lot_id = lot_id
        self.line_id = f"line-{rng.randint(1, 3)}"
        self.arrives = AT_DAY - 25 + round(HORIZON_DAYS * rng.random() ** 2)
        self.parts = rng.sample(parts, max(6, len(parts) // 3))
        self.often = self.parts[:6]
        self.worth_cents = rng.randint(900_000, 4_500_000)
        self.declaration = rng.randint(1, 3)


def _shorts(rng: Random, lots: list[_Lot], n_units: int, n_shortages: int) -> list[ShortFact]:
    homes = [rng.choice(lots) for _ in range(n_units)]
    lacking = [rng.sample(home.often, 1) for home in homes]
    while sum(map(len, lacking)) < n_shortages:
        n = rng.randrange(n_units)
        if len(lacking[n]) < len(homes[n].often):
            lacking[n].append(rng.choice([p for p in homes[n].often if p not in lacking[n]]))
    return [_short(rng, n, home, own) for n, (home, own) in enumerate(zip(homes, lacking, strict=True))]


def _short(rng: Random, n: int, lot: _Lot, lacking: list[_Part]) -> ShortFact:
    slot = max(AT_DAY + rng.randint(0, 10), lot.arrives + rng.randint(5, 40))
    return ShortFact(
        unit_id=f"U-{n:03}",
        kit_lot_id=lot.lot_id,
        variant=f"V-{lot.line_id}",
        line_id=lot.line_id,
        slot_day=slot,
        finish_offset_days=3,
        due_day=slot + rng.randint(3, 25) if rng.random() < 0.8 else None,
        worth_cents=lot.worth_cents,
        late_cents_day=rng.choice((1_000, 3_000, 8_000)),
        hold_share_year=0.12,
        line_stop_cents=rng.randint(40_000, 150_000),
        shortages=tuple(
            MissingPart(
                part.part_id, part.n_parts, f"S-{part.station}", slot + part.station, part.can_fit_later,
                part.fit_later_cents, part.cents,
            )
            for part in lacking
        ),
    )  # fmt: skip


def _claims(rng: Random, lots: list[_Lot], shorts: list[ShortFact]) -> list[SourceFact]:
    """Replacements, part by part and lot by lot, some in two deliveries, some short of what was claimed."""
    missing: dict[tuple[str, str], int] = {}
    for short in shorts:
        for lack in short.shortages:
            key = (short.kit_lot_id or "", lack.part_id)
            missing[key] = missing.get(key, 0) + lack.n_parts
    found, least, likeliest, greatest = [], *LEAD_DAYS
    arrives = {lot.lot_id: lot.arrives for lot in lots}
    for n, ((lot_id, part_id), pieces) in enumerate(missing.items()):
        left = max(1, round(pieces * rng.choice((0.5, 0.8, 1.0, 1.0))))
        while left:
            part = left if left == 1 or rng.random() < 0.6 else left // 2
            day = arrives[lot_id] + round(rng.triangular(least, greatest, likeliest))
            sure = rng.choice(("confirmed", "promised"))
            found.append(SourceFact(part_id, lot_id, part, max(day, AT_DAY + 2), f"claim C-{n:03}", sure))
            left -= part
    return found


def _donors(rng: Random, lots: list[_Lot], parts: list[_Part], shorts: list[ShortFact]) -> list[DonorFact]:
    """Kits of units still to be built, and a few spares, of parts that somebody lacks."""
    lacked = {lack.part_id for short in shorts for lack in short.shortages}
    found = []
    for part in parts:
        homes = [lot for lot in lots if part in lot.parts]
        for n in range(rng.randint(0, 6) if part.part_id in lacked and homes else 0):
            lot = rng.choice(homes)
            spare = rng.random() < 0.2
            found.append(
                DonorFact(
                    lot_id=lot.lot_id,
                    unit_id=None if spare else f"D-{part.part_id}-{n}",
                    part_id=part.part_id,
                    n_parts=part.n_parts,
                    need_day=None if spare else AT_DAY + rng.randint(5, 120),
                    late_cents_day=rng.choice((1_000, 3_000, 8_000)),
                    duty_cents=rng.choice((0, round(0.15 * part.cents))),
                    origin_note=f"declaration {lot.declaration}",
                )
            )
    return found


def _swaps(rng: Random, lots: list[_Lot]) -> list[SwapFact]:
    """Complete units, some three a week on every line while lots are being built."""
    last = max(lot.arrives for lot in lots) + 60
    found = []
    for line in sorted({lot.line_id for lot in lots}):
        day = AT_DAY + 3
        while day < last:
            due = day + rng.randint(-2, 25)
            cents = rng.randint(4_000, 30_000)
            found.append(SwapFact(f"W-{line}-{day}", line, day, due, cents, rng.choice((0, 1_000))))
            day += rng.randint(1, 4)
    return found
