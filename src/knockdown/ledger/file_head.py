"""What stands before the entries of a ledger's file, and what must hold of it before anything is believed."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from knockdown.basics.ids import ID_PATTERN, id_problem
from knockdown.documents.paper import Paper
from knockdown.events.happening import Id, Moment
from knockdown.ledger.backend import Backend, Run
from knockdown.ledger.chain import FLOOR, Head, beginning, body_text
from knockdown.ledger.seal import HEX32, ChainHead, Key, Seal, name_of

NOTES = ("key", "seal", "erased")
RUN_PATTERN = f"^(?:plan|twin)/{ID_PATTERN.lstrip('^')}"


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("has characters that cannot be shown")
    return name


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]


class ExportedRun(Paper):
    """A plan or simulated run."""

    chain: str = Field(pattern=RUN_PATTERN)
    provenance: str = Field(description="canonical JSON text")
    started_at: Moment
    pruned_at: Moment | None
    length: Moment = Field(description="entries it has, or had before it was pruned")


class ExportHead(Paper):
    """`knockdown.ledger.file/1`: what stands before the entries."""

    schema_: Literal["knockdown.ledger.file/1"] = Field("knockdown.ledger.file/1", alias="schema")
    ledger_id: Id
    exported_at: Moment
    last_position: Moment
    runs: tuple[ExportedRun, ...]
    chains: tuple[ChainHead, ...]
    notes: dict[Literal["key", "seal", "erased"], dict[str, str]] = Field(
        description="public keys and seals; erased person ids"
    )
    names: dict[Id, tuple[Literal["person", "customer"], Name]] = Field(
        description="sort and name by id; empty unless asked for"
    )
    digest: str | None = Field(None, pattern=HEX32, description="SHA-256 of this head without its digest")

    def digest_of_rest(self) -> str:
        """SHA-256 of what this head says; fields that it was written without do not count."""
        text = self.model_dump_json(by_alias=True, exclude={"digest"}, exclude_unset=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @model_validator(mode="after")
    def _is_as_it_was_written(self) -> Self:
        if self.digest is not None and self.digest != self.digest_of_rest():
            raise ValueError("was changed")
        return self

    def all_runs(self) -> Iterator[Run]:
        """The runs it tells of, with the length that each has, or had before it was pruned."""
        return (
            Run(run.chain, run.provenance, run.started_at, run.pruned_at, run.length) for run in self.runs
        )

    def beginnings(self) -> dict[str, Head]:
        """Where every chain that is not pruned begins."""
        kept = (run for run in self.runs if run.pruned_at is None)
        begun = {run.chain: beginning(run.chain, self.ledger_id, run.provenance) for run in kept}
        return {FLOOR: beginning(FLOOR, self.ledger_id, "null"), **begun}

    def ends(self) -> dict[str, Head]:
        """Where every chain ends, as it says."""
        return {c.chain: Head(c.chain, c.length, c.position, bytes.fromhex(c.hash)) for c in self.chains}

    def seals(self) -> list[Seal]:
        """Its seals, oldest first; only after `faults` found none."""
        return [Seal.model_validate_json(text) for _, text in sorted(self.notes.get("seal", {}).items())]

    def faults(self) -> Iterator[str]:
        """What in it does not fit together."""
        yield from self._chain_faults()
        yield from self._note_faults()
        if self.names.keys() & self.notes.get("erased", {}).keys():
            yield "names somebody whose name was erased"

    def _chain_faults(self) -> Iterator[str]:
        named = Counter(run.chain for run in self.runs) + Counter({FLOOR: 1})
        yield from (f"tells of run {chain} twice" for chain, n in named.items() if n > 1)
        ends, kept = Counter(chain.chain for chain in self.chains), self.beginnings()
        if ends != Counter(kept.keys()):
            yield "tells of other chains than of its runs"
        for end in self.chains:
            if not (0 < end.length <= end.position <= self.last_position or end.length == end.position == 0):
                yield f"says that chain {end.chain} has {end.length} entries up to position {end.position}"
        lengths = {end.chain: end.length for end in self.chains}
        for run in self.runs:
            if lengths.get(run.chain, run.length) != run.length:
                yield f"gives run {run.chain} two lengths"
            if not _is_canonical(run.provenance):
                yield f"tells the provenance of run {run.chain} in another form than JSON's canonical one"

    def _note_faults(self) -> Iterator[str]:
        for name, text in self.notes.get("key", {}).items():
            key = _read(Key, text)
            if key is None or key.key_id != name:
                yield f"has a key {name[:20]!r} that is none"
        for name, text in self.notes.get("seal", {}).items():
            seal = _read(Seal, text)
            if seal is None or name_of(seal) != name or not self._may_seal(seal):
                yield f"has a seal {name[:20]!r} that is none"
        for name, text in self.notes.get("erased", {}).items():
            if text or id_problem(name):
                yield f"has an erased id {name[:20]!r} that is none"

    def _may_seal(self, seal: Seal) -> bool:
        """Whether its numbers can be those of this ledger."""
        inside = (0 <= end.length <= end.position <= seal.position for end in seal.chains)
        return 0 <= seal.position <= self.last_position and all(inside)


def _read(model: type[Key] | type[Seal], text: str) -> Any:
    try:
        return model.model_validate_json(text)
    except ValidationError:
        return None


def _is_canonical(text: str) -> bool:
    try:
        again = body_text(json.loads(text))
        return again.encode() == text.encode()
    except (ValueError, RecursionError):
        return False


def head_of(backend: Backend, now_ms: int, with_names: bool) -> ExportHead:
    """The head of a file of this ledger; read within a snapshot, so that all of it is of one moment."""
    heads = backend.committed_heads()
    people, erased = backend.people() if with_names else {}, backend.get_notes("erased")
    told = {
        "schema": "knockdown.ledger.file/1",
        "ledger_id": backend.ledger_id(),
        "exported_at": now_ms,
        "last_position": backend.last_position(),
        "runs": [_run_of(run, heads) for run in backend.runs()],
        "chains": [
            {"chain": head.chain, "length": head.length, "position": head.position, "hash": head.hash.hex()}
            for head in heads.values()
        ],
        "notes": {sort: backend.get_notes(sort) for sort in NOTES},
        "names": {person_id: named for person_id, named in people.items() if person_id not in erased},
    }
    head = ExportHead.model_validate(told)
    return head.model_copy(update={"digest": head.digest_of_rest()})


def _run_of(run: Run, heads: Mapping[str, Head]) -> dict[str, Any]:
    length = heads[run.chain].length if run.chain in heads else run.length
    return {
        "chain": run.chain,
        "provenance": run.provenance,
        "started_at": run.started_at,
        "pruned_at": run.pruned_at,
        "length": length,
    }
