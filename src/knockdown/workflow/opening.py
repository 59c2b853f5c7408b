"""What the floor recorded, as the opening of a plan: kit lots, units in work, finished units, people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from knockdown.basics.clock import SystemClock
from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import digest_json
from knockdown.kitting.fold import fold
from knockdown.ledger.book import open_store, views_now
from knockdown.ledger.chain import FLOOR
from knockdown.ledger.records import CrewView, KitLotView
from knockdown.ledger.views import Views
from knockdown.plant.plant import Network, Plant
from knockdown.plant.sources import LEDGER
from knockdown.plant.supply import KitLot, Stock
from knockdown.workflow.kit_supply import with_real_kits
from knockdown.workflow.ledger_place import opened
from knockdown.workflow.prepare import PlantLike, plant_of


@dataclass(frozen=True, slots=True)
class Opening:
    """A plant that opens with what its floor recorded, and where in the ledger that stands."""

    plant: Plant
    position: int
    head: str


def from_ledger(plant: PlantLike, as_of: date, ledger: str | None = None) -> Opening:
    """A plant whose opening kit lots, stock and people are those its floor recorded.

    Parameters
    ----------
    plant : str, Path, Plant or Network
        The plant; a network is refused, because each of its plants has a ledger of its own.
    as_of : date
        A day of the first month of the plan.
    ledger : str, optional
        Another ledger than the plant's own.

    Returns
    -------
    Opening
        People of a crew are those recorded when hiring or leaving of it was; else the description's.

    Raises
    ------
    BadInput
        When there is no ledger, nothing was recorded, or lots and units are of variants, contracts or
        crews that the description lacks; every such name at once.
    """
    found = plant_of(plant)
    if isinstance(found, Network):
        step = "plan its plants one by one"
        problem = "is a network, whose plants have a ledger each"
        raise BadInput([Fault("--from-ledger", None, None, found.id, problem, step)])
    with opened(found.id if isinstance(plant, Plant) else str(plant), ledger) as (backend, _):
        store = open_store(backend, SystemClock())
        views, book = views_now(store), fold(store.read())
        head = backend.committed_heads()[FLOOR]
    if head.length == 0:
        step = f"`knockdown ledger {found.id} append` stores what happened"
        raise BadInput(
            [Fault("--from-ledger", None, None, None, "finds nothing recorded by the floor", step)]
        )
    faults = list(_strangers(found, views))
    if faults:
        raise BadInput(faults)
    bare = _opened(found, views, as_of, head.hash.hex())
    kitted = with_real_kits(bare, as_of.replace(day=1), book)
    return Opening(kitted, head.position, head.hash.hex())


def _opened(plant: Plant, views: Views, as_of: date, head: str) -> Plant:
    lots = {lot.id: lot for lot in _lots(plant, views, as_of)}
    crews = {name: crew.model_copy(update=_people(views, name)) for name, crew in plant.crews.items()}
    return replace(
        plant,
        kit_lots=lots,
        stock=tuple(_stock(views, as_of)),
        crews=crews,
        digest=digest_json([plant.digest, head, as_of.isoformat()]),
    )


def _strangers(plant: Plant, views: Views) -> Iterator[Fault]:
    """Names the floor recorded that the description does not know."""
    step = "add it to the plant's tables, or void the entry"
    for lot in views.all(KitLotView):
        for table, name in (("contracts", lot.contract_id), ("variants", lot.variant_id)):
            if name is not None and name not in getattr(plant, table):
                yield Fault("ledger", None, f"kit_lot/{lot.kit_lot_id}", name, f"is not in {table}", step)
        if lot.variant_id is None or lot.n_kits is None:
            problem = "was never ordered here, so its variant and kits are not known"
            step_order = "append its KitLotOrdered first"
            yield Fault("ledger", None, f"kit_lot/{lot.kit_lot_id}", None, problem, step_order)
    for crew in views.all(CrewView):
        if crew.is_counted and crew.crew_id not in plant.crews:
            yield Fault("ledger", None, f"crew/{crew.crew_id}", None, "is not in crews", step)
    for variant in sorted({*views.in_work(), *views.finished()} - {None}, key=str):
        if variant not in plant.variants:
            yield Fault("ledger", None, "unit", variant, "is not in variants", step)


def _lots(plant: Plant, views: Views, as_of: date) -> Iterator[KitLot]:
    left = views.kits_left()
    for lot in views.all(KitLotView):
        kits_left = left.get(lot.kit_lot_id, 0)
        if lot.contract_id is None or lot.variant_id is None or not lot.n_kits or kits_left <= 0:
            continue
        is_cleared = lot.status == "cleared"
        yield KitLot(
            id=lot.kit_lot_id,
            as_of=as_of,
            contract=lot.contract_id,
            variant=lot.variant_id,
            kits=lot.n_kits,
            kits_left=kits_left,
            status=lot.status,
            ordered_on=_day(lot.ordered_at),
            expected_on=_day(lot.arrived_at if is_cleared else _expected_at(lot)),
            unpaid_share=0.0 if is_cleared else 1.0 - plant.contracts[lot.contract_id].prepaid_share,
            source=LEDGER,
        )


def _expected_at(lot: KitLotView) -> int | None:
    """When a lot can be used that is not cleared: it came before it was expected, or may be late."""
    known = [at for at in (lot.expected_at, lot.arrived_at) if at is not None]
    return max(known, default=None)


def _stock(views: Views, as_of: date) -> Iterator[Stock]:
    places: tuple[tuple[str, Counter[str | None]], ...] = (
        ("finished", views.finished()),
        ("in_work", views.in_work()),
    )
    for place, units in places:
        for variant, count in sorted(units.items(), key=str):
            if variant is not None:
                yield Stock(as_of=as_of, variant=variant, place=place, units=count, source=LEDGER)


def _people(views: Views, crew: str) -> dict[str, int]:
    record = views.records.get(f"crew/{crew}")
    if not isinstance(record, CrewView) or not record.is_counted:
        return {}
    return {"people_open": max(0, record.n_people)}


def _day(ms: int | None) -> date | None:
    try:
        return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).date()
    except (ValueError, OverflowError, OSError):  # beyond the year 9999
        return date.max
