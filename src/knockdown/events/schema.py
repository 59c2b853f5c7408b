"""The vocabulary as one published JSON Schema; `python -m knockdown.events.schema` prints it."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import models_json_schema

from knockdown.events.envelope import SUBJECT_TYPES, Frame
from knockdown.events.happening import Happening
from knockdown.events.vocabulary import KINDS


def event_schema() -> dict[str, Any]:
    """Describe a row of events for programs in any language.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12: the frame of an event, and one alternative a kind.

    Examples
    --------
    >>> event_schema()["$defs"]["ClaimSent"]["required"]
    ['claim_id']

    Notes
    -----
    A schema cannot say all: that a contract ends after it begins, that a value has a currency, that
    lists read side by side are of one length, and the like, only `codec` checks.
    """
    models = [(model, "validation") for model in (Frame, *KINDS.values())]
    _, definitions = models_json_schema(models, ref_template="#/$defs/{model}")  # type: ignore[arg-type]
    defs = definitions["$defs"]
    frame = defs.pop("Frame")
    frame["properties"]["body"] = {"type": "object"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "knockdown event",
        "description": "One line of an event file.",
        "type": "object",
        "additionalProperties": False,
        "properties": frame["properties"],
        "required": [*frame["required"], "body"],
        "oneOf": [_alternative(kind) for kind in KINDS.values()],
        "$defs": dict(sorted(defs.items())),
    }


def _alternative(kind: type[Happening]) -> dict[str, Any]:
    sorts = SUBJECT_TYPES if kind.subject_type == "any" else (kind.subject_type,)
    return {
        "properties": {
            "kind": {"const": kind.kind()},
            "schema": {"const": kind.schema_no},
            "subject": {"pattern": f"^(?:{'|'.join(sorts)})/"},
            "body": {"$ref": f"#/$defs/{kind.kind()}"},
        }
    }


def schema_text() -> str:
    """Return the schema as the text of docs/schemas/events.json."""
    return json.dumps(event_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
