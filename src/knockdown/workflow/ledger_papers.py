"""What the ledger's commands answer with."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Paper
from knockdown.ledger.seal import ChainHead

Ms = int


class LedgerPaper(Paper):
    """What all of them say first."""

    plant: str
    ledger: str = Field(description="file or database, without password")
    ledger_id: str


class LedgerMade(LedgerPaper):
    """`knockdown.ledger.init/1`: a ledger that was made."""

    schema_: Literal["knockdown.ledger.init/1"] = Field("knockdown.ledger.init/1", alias="schema")
    key_file: str = Field(description="private key that signs its heads; keep a copy off this machine")
    root_key: str = Field(description="fingerprint to keep on paper")


class ReceiptLine(Paper):
    """Where an event stands."""

    event_id: str
    position: int
    recorded_at: Ms
    is_new: bool = Field(description="false when it had been stored before")


class Appended(LedgerPaper):
    """`knockdown.ledger.append/1`: events that were stored."""

    schema_: Literal["knockdown.ledger.append/1"] = Field("knockdown.ledger.append/1", alias="schema")
    new: int
    known: int = Field(description="stored before, and not stored twice")
    last_position: int
    receipts: tuple[ReceiptLine, ...]


class Verified(LedgerPaper):
    """`knockdown.ledger.verify/1`: whether anything was changed."""

    schema_: Literal["knockdown.ledger.verify/1"] = Field("knockdown.ledger.verify/1", alias="schema")
    ok: bool
    entries: int
    chains: int
    seals: int = Field(description="signed heads compared")
    head: str = Field(description="hash of the floor's last entry")
    faults: tuple[str, ...]
    seconds: float


class BackedUp(LedgerPaper):
    """`knockdown.ledger.backup/1`: a copy that was made and read again."""

    schema_: Literal["knockdown.ledger.backup/1"] = Field("knockdown.ledger.backup/1", alias="schema")
    file: str
    entries: int
    bytes: int
    seconds: float


class Restored(LedgerPaper):
    """`knockdown.ledger.restore/1`: a backup that became the ledger."""

    schema_: Literal["knockdown.ledger.restore/1"] = Field("knockdown.ledger.restore/1", alias="schema")
    file: str
    entries: int
    entries_lost: int | None = Field(
        description="entries of the ledger that was here and are not in the backup; null when not known"
    )
    kept_aside: str | None = Field(description="where the ledger that was here lies now")
    names_erased: int = Field(description="names erased after the backup, and erased again")
    warnings: tuple[str, ...] = Field(description="what could not be done as it should")


class Exported(LedgerPaper):
    """`knockdown.ledger.export/1`: a file that was written."""

    schema_: Literal["knockdown.ledger.export/1"] = Field("knockdown.ledger.export/1", alias="schema")
    file: str
    format: Literal["json", "parquet"]
    entries: int
    names: int


class Imported(LedgerPaper):
    """`knockdown.ledger.import/1`: a file that was taken in."""

    schema_: Literal["knockdown.ledger.import/1"] = Field("knockdown.ledger.import/1", alias="schema")
    file: str
    new: int
    last_position: int
    warnings: tuple[str, ...] = Field(description="what may not be meant so")


class RunLine(Paper):
    """A filed plan or simulated run."""

    writer: Literal["plan", "twin"]
    run: str
    started_at: Ms
    entries: int
    pruned: bool
    provenance: str = Field(description="JSON text: version, input digest, options, seed")


class SealLine(Paper):
    """A signed head."""

    sealed_at: Ms
    position: int
    key_id: str


class Stats(LedgerPaper):
    """`knockdown.ledger.stats/1`: what a ledger holds, and what is so now."""

    schema_: Literal["knockdown.ledger.stats/1"] = Field("knockdown.ledger.stats/1", alias="schema")
    entries: int
    entries_by_writer: dict[str, int]
    last_position: int
    first_recorded_at: Ms | None
    last_recorded_at: Ms | None
    bytes: int | None = Field(description="size of the file; null for a database server")
    kinds: dict[str, int] = Field(description="entries of the floor, by kind")
    units: dict[str, int] = Field(description="units by status")
    kit_lots: dict[str, int] = Field(description="kit lots by status")
    kits_left: int = Field(description="kits not yet in a unit, of lots whose size is known")
    in_transit_kits: int
    stations_stopped: int
    names: int
    runs: tuple[RunLine, ...]
    chains: tuple[ChainHead, ...]
    last_seal: SealLine | None


class Rebuilt(LedgerPaper):
    """`knockdown.ledger.rebuild/1`: projections told again from the first entry."""

    schema_: Literal["knockdown.ledger.rebuild/1"] = Field("knockdown.ledger.rebuild/1", alias="schema")
    entries: int
    subjects: int
    same: bool | None = Field(description="whether the snapshot said the same; null when there was none")
    seconds: float


class Pruned(LedgerPaper):
    """`knockdown.ledger.prune/1`: a run whose entries were taken out."""

    schema_: Literal["knockdown.ledger.prune/1"] = Field("knockdown.ledger.prune/1", alias="schema")
    writer: Literal["plan", "twin"]
    run: str
    removed: int


class HistoryLine(Paper):
    """An event of a subject."""

    position: int
    version: int
    kind: str
    happened_at: Ms
    recorded_at: Ms
    place: str | None
    event_id: str
    body: dict[str, object]


class History(LedgerPaper):
    """`knockdown.ledger.history/1`: all that happened to one subject."""

    schema_: Literal["knockdown.ledger.history/1"] = Field("knockdown.ledger.history/1", alias="schema")
    subject: str
    writer: str
    run: str | None
    events: tuple[HistoryLine, ...]


class PersonLine(Paper):
    """Somebody, by id."""

    person_id: str
    sort: str
    name: str


class People(LedgerPaper):
    """`knockdown.ledger.people/1`: names that the ledger keeps apart from its entries."""

    schema_: Literal["knockdown.ledger.people/1"] = Field("knockdown.ledger.people/1", alias="schema")
    people: tuple[PersonLine, ...]
    erased: int
