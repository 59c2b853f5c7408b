"""Files plans and simulated years in the ledger, each under an id that its content gives it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from knockdown.basics.clock import Clock, SystemClock
from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import digest_json
from knockdown.basics.numbers import parse_month
from knockdown.documents.build_calendar import BuildCalendar, planned_lots
from knockdown.documents.master_plan import LotOrder, MasterPlan, People
from knockdown.documents.twin_result import TwinResult
from knockdown.events.envelope import Event, tell
from knockdown.events.happening import Happening
from knockdown.events.vocabulary import KitLotOrdered, OvertimeWorked, PeopleHired, PeopleLeft, UnitPlanned
from knockdown.ledger.address import Address, exists, open_backend, parse
from knockdown.ledger.book import open_store
from knockdown.ledger.store import MOST_IN_A_SUBMISSION, Store
from knockdown.plant.builtin import builtin_folder
from knockdown.plant.plant import Network, Plant
from knockdown.workflow.ledger_place import address_of, reporting
from knockdown.workflow.papers import Filed
from knockdown.workflow.prepare import AnyPlant, PlantLike, members_of
from knockdown.workflow.progress import Step, Tell, silent
from knockdown.workflow.rehearse import calendar_of

ID_DIGITS = 12
HOUR_MS = 3_600_000


def file_runs(
    plant: PlantLike,
    found: AnyPlant,
    plan: MasterPlan,
    calendars: Mapping[str, BuildCalendar] | None = None,
    twins: Mapping[str, TwinResult] | None = None,
    ledger: str | None = None,
    tell_step: Tell = silent,
) -> list[Filed]:
    """File a plan, and the simulated years made with it, in the ledger of each plant that has one.

    Parameters
    ----------
    plant : str, Path, Plant or Network
        As the user named it: where its ledger lies goes by that.
    found : Plant or Network
        The plant as it was planned.
    plan : MasterPlan
        A plan with something to play.
    calendars, twins : mapping, optional
        By plant, where they are made already; without twins only the plan is filed.
    ledger : str, optional
        Another ledger, for a single plant.
    tell_step : callable, optional
        Told each step.

    Returns
    -------
    list of Filed
        Empty where there is no ledger.

    Raises
    ------
    BadInput
        When what was told as ledger is no address, or a ledger cannot be opened.
    """
    filed = []
    for name, address in ledgers_of(plant, found, ledger).items():
        tell_step(Step(f"filing in the ledger of {name}"))
        member = members_of(found)[name]
        calendar = (calendars or {}).get(name) or calendar_of(member, plan)
        with reporting(address, name):
            filed.append(file_plan(address, member, plan, calendar))
            if twins and name in twins:
                filed.append(file_twin(address, member, plan, twins[name]))
    return filed


def ledgers_of(plant: PlantLike, found: AnyPlant, ledger: str | None) -> dict[str, Address]:
    """Ledgers by plant: the one named, else those that were made; a network has one for each plant.

    Raises
    ------
    BadInput
        When one ledger is named for a network.
    """
    if isinstance(found, Network):
        if ledger is not None:
            step = "plan its plants one by one, or leave --ledger out"
            problem = "is one ledger, and a network has one for each of its plants"
            raise BadInput([Fault("--ledger", None, None, ledger, problem, step)])
        homes = {name: _member_home(plant, name) for name in found.members}
    else:
        homes = {found.id: plant if isinstance(plant, str | Path) else None}
    named = {name: address_of(str(home), ledger) for name, home in homes.items() if home is not None}
    if ledger is not None and not named:
        named = {found.id: parse(ledger)}
    return {name: address for name, address in named.items() if ledger is not None or exists(address)}


def _member_home(network: PlantLike, name: str) -> str | Path | None:
    """A network's plant as a user would name it: a folder in the network's, else the built-in one."""
    if isinstance(network, str | Path) and (Path(network) / name / "plant.toml").is_file():
        return Path(network) / name
    return name if builtin_folder(name) is not None else None


def plan_run(plan: MasterPlan, plant: str) -> str:
    """Id of a plan in the ledger: the same plan of the same input has the same id.

    Wall time is left out, so that a plan repeated to the bit is one run.
    """
    content = plan.model_dump(mode="json", exclude={"seconds"})
    return f"plan-{digest_json([plant, content])[:ID_DIGITS]}"


def twin_run(twin: TwinResult) -> str:
    """Id of a simulated year in the ledger; how often it was played does not change its nominal history."""
    return f"twin-{digest_json([twin.plant, _nominal(twin)])[:ID_DIGITS]}"


def _nominal(twin: TwinResult) -> dict[str, Any]:
    told = twin.provenance.model_dump(mode="json")
    return {**told, "options": {k: v for k, v in told["options"].items() if k != "replications"}}


def file_plan(
    address: Address, plant: Plant, plan: MasterPlan, calendar: BuildCalendar, clock: Clock | None = None
) -> Filed:
    """File what a plan orders, builds and staffs at one plant.

    Parameters
    ----------
    address : Address
        The ledger.
    plant : Plant
        Of the plan.
    plan : MasterPlan
        The plan.
    calendar : BuildCalendar
        Its units with their dates.
    clock : Clock, optional
        Says when it was filed.

    Returns
    -------
    Filed
        Filed twice, nothing is new the second time.
    """
    run = plan_run(plan, plant.id)
    events = _in_order(run, _plan_bodies(plant, plan, calendar))
    provenance = plan.provenance.model_dump(mode="json")
    return _file(address, "plan", run, provenance, plant, events, clock)


def file_twin(
    address: Address, plant: Plant, plan: MasterPlan, twin: TwinResult, clock: Clock | None = None
) -> Filed:
    """File the plan played once as meant: each lot that arrives, each unit from station to station."""
    from knockdown.simulating.trace import nominal

    run = twin_run(twin)
    return _file(address, "twin", run, _nominal(twin), plant, nominal(plant, plan, run), clock)


def _file(
    address: Address,
    writer: str,
    run: str,
    provenance: Mapping[str, Any],
    plant: Plant,
    events: Iterable[Event],
    clock: Clock | None,
) -> Filed:
    backend = open_backend(address)
    try:
        store = open_store(backend, clock or SystemClock())
        store.begin_run(writer, run, {"plant": plant.id, **provenance})
        new, count = _append(store, events)
    finally:
        backend.close()
    return Filed(plant=plant.id, ledger=address.shown, run=run, events=count, new=new)


def _append(store: Store, events: Iterable[Event]) -> tuple[int, int]:
    new = count = 0
    left = iter(events)
    while some := list(islice(left, MOST_IN_A_SUBMISSION)):
        count += len(some)
        new += sum(receipt.is_new for receipt in store.append(some))
    return new, count


Body = tuple[int, str, Happening, str | None]
"""When, whose, what, where."""


def _plan_bodies(plant: Plant, plan: MasterPlan, calendar: BuildCalendar) -> Iterator[Body]:
    for name, row in planned_lots(plan, plant.id):
        yield _period_ms(row.period), name, _ordered(row, plant.file.currency), None
    for people in plan.people:
        if people.plant == plant.id:
            yield from _people_bodies(people)
    for unit in calendar.units:
        planned = UnitPlanned(
            variant_id=unit.variant,
            line_id=unit.line,
            period=unit.period,
            kit_lot_id=unit.kit_lot or None,
            starts_at=_iso_ms(unit.starts_on),
            leaves_at=_iso_ms(unit.leaves_on),
        )
        yield _iso_ms(unit.starts_on), unit.unit, planned, unit.line


def _ordered(row: LotOrder, currency: str) -> KitLotOrdered:
    return KitLotOrdered(
        contract_id=row.contract,
        variant_id=row.variant,
        n_kits=row.lot_size,
        expected_at=None if row.arrives == "later" else _period_ms(row.arrives),
        value_cents=round(100 * row.cost / row.lots),
        currency=currency,
    )


def _people_bodies(row: People) -> Iterator[Body]:
    at = _period_ms(row.period)
    if row.hired:
        yield at, row.crew, PeopleHired(n_people=row.hired), None
    if row.left:
        yield at, row.crew, PeopleLeft(n_people=row.left), None
    if row.overtime_h > 0:
        yield at, row.crew, OvertimeWorked(work_ms=round(row.overtime_h * HOUR_MS)), None


def _in_order(run: str, bodies: Iterable[Body]) -> Iterator[Event]:
    versions: Counter[str] = Counter()
    for number, (at, subject_id, body, place) in enumerate(sorted(bodies, key=lambda b: b[0]), start=1):
        versions[f"{body.subject_type}/{subject_id}"] += 1
        yield tell(
            body,
            writer="plan",
            run=run,
            subject_id=subject_id,
            version=versions[f"{body.subject_type}/{subject_id}"],
            happened_at=at,
            place=place,
            event_id=f"{run}.{number}",
        )


def _iso_ms(text: str) -> int:
    return max(0, int(datetime.fromisoformat(f"{text}+00:00").timestamp() * 1000))


def _period_ms(period: str) -> int:
    """First moment of a month or week.

    >>> _period_ms("1970-02") // 86_400_000
    31
    """
    year, _, week = period.partition("-W")
    first = date.fromisocalendar(int(year), int(week), 1) if week else parse_month(period)
    return _iso_ms(f"{first}T00:00:00")
