"""What plan and simulation may count on: kits that are really complete, the others when they will be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, overload

from knockdown.basics.ids import extended_id
from knockdown.documents.master_plan import MasterPlan
from knockdown.plant.plant import Network, Plant
from knockdown.plant.supply import KitLot
from knockdown.workflow.prepare import AnyPlant, members_of

if TYPE_CHECKING:
    from knockdown.kitting.book import KitBook
    from knockdown.kitting.outlook import Outlook
    from knockdown.kitting.ready.answer import ReadyAnswer
    from knockdown.kitting.terms import KitPlant
    from knockdown.planning.solve import PlanOptions

AFTER = ".after-"


@dataclass(frozen=True)
class Standing:
    """A plant's kits on the opening day, and which units can be finished with them."""

    kits: KitPlant
    book: KitBook
    look: Outlook
    answer: ReadyAnswer


Standings = Mapping[str, Standing]


def kitted(plant: AnyPlant, options: PlanOptions) -> AnyPlant:
    """The plant with its real kits, for a plan that begins where the options say."""
    return with_standings(plant, standings(plant, options))


def kitted_for(plant: AnyPlant, plan: MasterPlan) -> AnyPlant:
    """The plant with its real kits, as a plan saw them that was made before."""
    return with_standings(plant, standings_for(plant, plan))


def standings(plant: AnyPlant, options: PlanOptions) -> Standings:
    """How the kits of each plant stand where a plan with these options begins."""
    from knockdown.planning.options import horizon

    return _standings(plant, horizon(plant, options)[0].last.replace(day=1))


def standings_for(plant: AnyPlant, plan: MasterPlan) -> Standings:
    """How the kits of each plant stood where a plan begins that was made before."""
    from knockdown.simulating.ordering import plan_period

    return _standings(plant, plan_period(plan.periods[0]).last.replace(day=1)) if plan.periods else {}


def _standings(plant: AnyPlant, start: date | None) -> Standings:
    found = {name: _standing(member, start, None) for name, member in members_of(plant).items()}
    return {name: standing for name, standing in found.items() if standing is not None}


def with_standings(plant: AnyPlant, standing: Standings) -> AnyPlant:
    """The plant with the kits that stand so; a plant that has no standing stays as it is."""
    if isinstance(plant, Network):
        cut = {name: _with_kits(member, standing.get(name)) for name, member in plant.members.items()}
        return replace(plant, members=cut) if standing else plant
    return _with_kits(plant, standing.get(plant.id))


@overload
def with_real_kits(plant: Plant, start: date | None = None, book: KitBook | None = None) -> Plant: ...
@overload
def with_real_kits(plant: AnyPlant, start: date | None = None, book: KitBook | None = None) -> AnyPlant: ...
def with_real_kits(plant: AnyPlant, start: date | None = None, book: KitBook | None = None) -> AnyPlant:
    """The plant, with each opening kit lot cut into the kits complete on the opening day and those later.

    Parts that are missing, in closed cases, in customs, promised under a claim or owed to another lot
    decide when a kit is complete. A part of which nothing is known to come takes the lead time of the
    kit's contract, or, if it is not packed with the kit, its own. A plant that describes no cases, units
    or shortages stays as it is, and what they say is in the kit lots now, so that doing it twice changes
    nothing.

    Parameters
    ----------
    plant : Plant or Network
    start : date, optional
        The opening day; by default the plant's own.
    book : KitBook, optional
        What the floor recorded; by default the opening as described.
    """
    if isinstance(plant, Network):
        return with_standings(plant, _standings(plant, start))
    return _with_kits(plant, _standing(plant, start, book))


def _standing(plant: Plant, start: date | None, book: KitBook | None) -> Standing | None:
    if book is None and not (plant.cases or plant.units or plant.shortages):
        return None
    from knockdown.kitting.fold import fold
    from knockdown.kitting.opening import opening_events
    from knockdown.kitting.outlook import outlook
    from knockdown.kitting.problem import cut
    from knockdown.kitting.ready.solve import ready

    kits = cut(plant, start)
    book = fold(opening_events(kits)) if book is None else book
    look = outlook(kits, book, kits.opening.day)
    return Standing(kits, book, look, ready(look.question))


def _with_kits(plant: Plant, standing: Standing | None) -> Plant:
    if standing is None:
        return plant
    kits, answer = standing.kits, standing.answer
    days = _complete(kits, answer, {lot.id: lot.contract for lot in plant.kit_lots.values()})
    first = date.fromordinal(kits.opening.day)
    lots: dict[str, KitLot] = {}
    for lot in plant.kit_lots.values():
        late = first + timedelta(days=kits.contracts[lot.contract].lead_days)
        for part in _cut_up(lot, days[lot.id], first, late):
            lots[part.id] = part
    return replace(plant, kit_lots=lots, cases={}, units={}, shortages={}, loose_stock=())


def _complete(kits: KitPlant, answer: ReadyAnswer, contracts: Mapping[str, str]) -> dict[str, Counter[date]]:
    """By lot, the days on which kits that nobody began are complete."""
    days: dict[str, Counter[date]] = {name: Counter() for name in contracts}
    for ix, (unit, told) in enumerate(zip(answer.question.units, answer.units, strict=True)):
        lot_id = unit.kit_lot_id
        if unit.stage == "planned" and lot_id is not None and lot_id in contracts:
            day = told.ready_day
            if day is None:
                day = _guessed(kits, answer, ix, kits.contracts[contracts[lot_id]].lead_days)
            days[lot_id][date.fromordinal(day)] += 1
    return days


def _guessed(kits: KitPlant, answer: ReadyAnswer, unit_ix: int, lead_days: int) -> int:
    """The day of the last part of a unit that lacks parts nobody promised."""
    today = answer.question.at_day
    waits = {part.part_id: part.lead_days for part in kits.parts.values() if part.mode != "lot"}
    lacks = answer.missing(unit_ix)
    return max(today + waits.get(x.part_id, lead_days) if x.day is None else x.day for x in lacks)


def _cut_up(lot: KitLot, days: Counter[date], first: date, late: date) -> Iterator[KitLot]:
    """The lot, with the kits complete in the month it counts from; and a row for each later month.

    Kits of which nothing is known are taken as late.
    """
    if not lot.kits_left or (lot.as_of.year, lot.as_of.month) != (first.year, first.month):
        yield lot
        return
    arrives = first if lot.status == "cleared" else max(first, lot.expected_on or first)
    months: dict[tuple[int, int], list[date]] = defaultdict(list)
    unknown = max(0, lot.kits_left - days.total())
    for day, n_kits in [*days.items(), (late, unknown)]:
        when = max(arrives, day)
        months[when.year, when.month] += [when] * n_kits
    left = lot.kits_left
    for month in sorted(months):
        n_kits = min(left, len(months[month]))
        left -= n_kits
        if month == (arrives.year, arrives.month):
            yield lot.model_copy(update={"kits_left": n_kits})
        elif n_kits:
            status = "customs" if lot.status == "cleared" else lot.status
            name, last = extended_id(lot.id, f"{AFTER}{month[0]}-{month[1]:02d}"), max(months[month])
            update = {"id": name, "kits_left": n_kits, "status": status, "expected_on": last}
            yield lot.model_copy(update=update)
