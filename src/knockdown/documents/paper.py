"""What all documents share: frozen, named fields, one JSON form."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class Paper(BaseModel):
    """A frozen document or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Provenance(Paper):
    """What a result was computed from, so that it can be computed again."""

    version: str = Field(description="version of knockdown")
    input_digest: str = Field(description="digest of the plant description")
    options: dict[str, str | int | float | bool | None] = Field(description="options that change the result")
    seed: int | None = None


class Document(Paper):
    """A paper that leaves the house, with its schema name."""

    schema_: str = Field(alias="schema")
    provenance: Provenance

    def to_json(self) -> str:
        """One JSON document, keys in the order documented."""
        return self.model_dump_json(by_alias=True, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        return cls.model_validate_json(text)
