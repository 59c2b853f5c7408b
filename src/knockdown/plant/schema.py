"""The published JSON Schema of a plant folder, made from the same types that read it."""

from __future__ import annotations

from typing import Any

from knockdown.plant.plant import NETWORK_TABLES, OPTIONAL_TABLES, PLANT_TABLES
from knockdown.plant.site import NetworkFile, PlantFile


def plant_schema() -> dict[str, Any]:
    """JSON Schema of plant.toml and of one row of every table.

    >>> "work_elements" in plant_schema()["tables"]
    True
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "knockdown.plant/1",
        "description": "A plant folder: plant.toml plus one CSV or XLSX table per entry of `tables`; "
        "each schema is one row.",
        "plant.toml": PlantFile.model_json_schema(by_alias=True),
        "network.toml": NetworkFile.model_json_schema(by_alias=True),
        "tables": {name: row.model_json_schema() for name, row in PLANT_TABLES.items()},
        "network_tables": {name: row.model_json_schema() for name, row in NETWORK_TABLES.items()},
        "optional_tables": sorted(OPTIONAL_TABLES),
    }
