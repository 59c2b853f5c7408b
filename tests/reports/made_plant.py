"""A made-up plant of eight families on three lines, for the report's tests."""

from __future__ import annotations

from dataclasses import dataclass, fields

from knockdown.plant.line import Crew, Line, Station
from knockdown.plant.market import Channel, Demand, Market, Published
from knockdown.plant.plant import Plant
from knockdown.plant.product import Family, Model, Variant
from knockdown.plant.site import PlantFile
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


def make_plant(
    kinds: tuple[Kind, ...] = KINDS, plant_id: str = "sample", name: str = "Gəncə Avtomobil Zavodu"
) -> Plant:
    lines = sorted({k.line for k in kinds})
    tables = {
        "file": plant_file(plant_id, name),
        "families": [family_row(k) for k in kinds],
        "models": [
            Model(
                id=f"{k.family}-m",
                family=k.family,
                maker=k.partner.upper(),
                name=k.name,
                built="2007-",
                **ASSUMED,
            )
            for k in kinds
        ],
        "variants": [
            Variant(id=f"{k.family}-1", model=f"{k.family}-m", name=f"{k.name}, standard", **ASSUMED)
            for k in kinds
        ],
        "partners": [
            Partner(id=p, name=p.upper(), country="BY", **ASSUMED) for p in sorted({k.partner for k in kinds})
        ],
        "contracts": [contract_row(k) for k in kinds],
        "contract_lines": [
            ContractLine(
                contract=f"c-{k.family}",
                variant=f"{k.family}-1",
                lot_size=k.lot,
                kit_price=k.price * 0.7,
                **ASSUMED,
            )
            for k in kinds
        ],
        "lines": [Line(id=line, name=f"Line {line}", **ASSUMED) for line in lines],
        "stations": [
            Station(id=f"{line}-{i:02d}", line=line, name=text, position=i, people=4, **ASSUMED)
            for line in lines
            for i, text in enumerate(STATIONS, start=1)
        ],
        "crews": [
            Crew(
                id=f"crew-{line}",
                name=CREWS[line][0],
                skills=line,
                people_open=CREWS[line][1],
                people_max=90,
                wage_month=420,
                currency="USD",
                **ASSUMED,
            )
            for line in lines
        ],
        "markets": [
            Market(id="az", name="Azerbaijan", country="AZ", **ASSUMED),
            Market(id="ge", name="Georgia", country="GE", **ASSUMED),
        ],
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
        blank[table] = (
            {r.id: r for r in rows} if table in keyed else tuple(rows) if isinstance(rows, list) else rows
        )
    return Plant(**blank)  # type: ignore[arg-type]


def plant_file(plant_id: str, name: str) -> PlantFile:
    return PlantFile.model_validate(
        {
            "schema": "knockdown.plant/1",
            "id": plant_id,
            "name": name,
            "country": "AZ",
            "currency": "USD",
            "facility": {"capacity_year": 30_000, "jobs": 500, **ASSUMED},
            "calendar": {
                "country": "AZ",
                "workdays": ("Mon", "Tue", "Wed", "Thu", "Fri"),
                "shifts": [{"name": "day", "start": "08:00", "end": "17:00"}],
                **ASSUMED,
            },
            "storage": {"kit_places": 400, "finished_places": 300, **ASSUMED},
            "finance": {
                "opening_cash": 3e6,
                "credit_limit": 2e6,
                "interest_share_year": 0.1,
                "closing_value_share": 0.9,
                "holding_share_year": 0.1,
                **ASSUMED,
            },
            "planning": {"start": "2026-01", "months": 18, **ASSUMED},
        }
    )


def family_row(k: Kind) -> Family:
    return Family(id=k.family, name=k.name, unit=k.unit, line=k.line, published_as=f"{k.unit}s", **ASSUMED)


def contract_row(k: Kind) -> Contract:
    return Contract(
        id=f"c-{k.family}",
        partner=k.partner,
        name=f"{k.name} kits 2026",
        date_from="2026",
        date_to="2027",
        supply_route="s",
        payment_route="p",
        currency="USD",
        payment="prepayment",
        lead_days=45,
        lead_high_days=80,
        **ASSUMED,
    )


def demand_row(k: Kind, channel: str) -> Demand:
    return Demand(
        id=f"{channel}-{k.family}",
        channel=channel,
        product=k.family,
        date_from="2026",
        date_to="2027",
        units_year=k.mean * 12,
        season="flat",
        price=k.price,
        currency="USD",
        **ASSUMED,
    )


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
