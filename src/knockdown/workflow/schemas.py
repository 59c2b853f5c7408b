"""The published JSON Schemas, made from the types that write the documents.

`python -m knockdown.workflow.schemas docs/schemas` writes them as files.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.build_calendar import BuildCalendar
from knockdown.documents.calibration import Calibration
from knockdown.documents.kit_bench import KitBenchReport
from knockdown.documents.kit_claims import ClaimForm, KitClaims
from knockdown.documents.kit_import import KitCompare, KitImport
from knockdown.documents.kit_lists import KitBorrows, KitCarries, KitChanges, KitPackaging, KitPark
from knockdown.documents.kit_ready import KitReady
from knockdown.documents.kit_resolve import KitResolve
from knockdown.documents.kit_stock import KitLots, KitStock
from knockdown.documents.line_bench import LineBenchReport
from knockdown.documents.line_result import LineResult
from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.paper import Paper
from knockdown.documents.sweep import SweepResult
from knockdown.documents.twin_result import TwinResult
from knockdown.ledger.files import ExportHead
from knockdown.ledger.seal import Seal
from knockdown.ledger.trials.bench import BenchReport
from knockdown.workflow import kit_papers, ledger_papers
from knockdown.workflow.check_plant import CheckReport
from knockdown.workflow.papers import FaultList, NetworkTwins, NewFolder, PlantList, RunReport

PAPERS: dict[str, type[Paper]] = {
    "plan": MasterPlan,
    "simulate-plant": TwinResult,
    "simulate-network": NetworkTwins,
    "simulate": LineResult,
    "build-calendar": BuildCalendar,
    "check": CheckReport,
    "run": RunReport,
    "faults": FaultList,
    "plants": PlantList,
    "new": NewFolder,
    "kit-ready": KitReady,
    "kit-resolve": KitResolve,
    "kit-lots": KitLots,
    "kit-stock": KitStock,
    "kit-claims": KitClaims,
    "kit-claim-form": ClaimForm,
    "kit-borrows": KitBorrows,
    "kit-park": KitPark,
    "kit-packaging": KitPackaging,
    "kit-carries": KitCarries,
    "kit-changes": KitChanges,
    "kit-import": KitImport,
    "kit-compare": KitCompare,
    "kit-record": kit_papers.KitRecord,
    "kit-count-sheet": kit_papers.CountSheet,
    "ledger-init": ledger_papers.LedgerMade,
    "ledger-append": ledger_papers.Appended,
    "ledger-verify": ledger_papers.Verified,
    "ledger-backup": ledger_papers.BackedUp,
    "ledger-restore": ledger_papers.Restored,
    "ledger-export": ledger_papers.Exported,
    "ledger-import": ledger_papers.Imported,
    "ledger-stats": ledger_papers.Stats,
    "ledger-history": ledger_papers.History,
    "ledger-rebuild": ledger_papers.Rebuilt,
    "ledger-prune": ledger_papers.Pruned,
    "ledger-people": ledger_papers.People,
    "ledger-head": Seal,
    "ledger-file": ExportHead,
    "sweep": SweepResult,
    "calibration": Calibration,
    "bench-ledger": BenchReport,
    "bench-kitting": KitBenchReport,
    "bench-simulating": LineBenchReport,
}


def schema_names() -> tuple[str, ...]:
    """Names that `schema` takes.

    >>> "plan" in schema_names()
    True
    """
    return ("plant", *PAPERS, "events")


def schema(name: str) -> dict[str, Any]:
    """The published JSON Schema of a document.

    Parameters
    ----------
    name : str
        One of `schema_names()`.

    Returns
    -------
    dict

    Raises
    ------
    BadInput
        When there is no such schema.

    Examples
    --------
    >>> schema("plan")["title"]
    'knockdown.plan/1'
    """
    others: dict[str, Callable[[], dict[str, Any]]] = {"plant": _plant, "events": _events}
    if name in PAPERS:
        return _paper_schema(PAPERS[name])
    if name in others:
        return others[name]()
    step = f"use one of {', '.join(schema_names())}"
    raise BadInput([Fault("NAME", None, None, name, "is not a published schema", step)])


def file_name(name: str) -> str:
    """File of a schema in docs/schemas.

    >>> file_name("simulate-plant"), file_name("plant"), file_name("events")
    ('knockdown.simulate.plant-1.json', 'knockdown.plant-1.json', 'events.json')
    """
    if name == "events":
        return "events.json"
    title = f"knockdown.{name}/1" if name == "plant" else _title(PAPERS[name])
    return f"{title.replace('/', '-')}.json"


def to_text(document: dict[str, Any]) -> str:
    """The schema as the text of its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write_all(folder: Path) -> None:
    """Write every schema but the events', which has its own writer."""
    for name in schema_names():
        if name != "events":
            (folder / file_name(name)).write_text(to_text(schema(name)), encoding="utf-8", newline="\n")


def _title(paper: type[Paper]) -> str:
    return str(paper.model_fields["schema_"].default)


def _paper_schema(paper: type[Paper]) -> dict[str, Any]:
    found = paper.model_json_schema(by_alias=True, mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **found,
        "title": _title(paper),
    }


def _plant() -> dict[str, Any]:
    from knockdown.plant.schema import plant_schema

    return plant_schema()


def _events() -> dict[str, Any]:
    from knockdown.events.schema import event_schema

    return event_schema()


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
