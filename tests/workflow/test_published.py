"""What is published about types is made from the types: schemas and reference pages must not drift."""

import json
from pathlib import Path

import pytest
import small_folder

from knockdown.basics.faults import BadInput
from knockdown.documents.master_plan import MasterPlan
from knockdown.plant.plant import NETWORK_TABLES, PLANT_TABLES
from knockdown.workflow import folder_page, schema_page
from knockdown.workflow.schemas import PAPERS, file_name, schema, schema_names, to_text

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "docs" / "schemas"


@pytest.mark.parametrize("name", schema_names())
def test_schema_files_say_what_the_types_say(name):
    path = SCHEMAS / file_name(name)
    assert path.exists(), "run `python -m knockdown.workflow.schemas docs/schemas`"
    again = "run `python -m knockdown.workflow.schemas docs/schemas` and review the difference"
    assert path.read_text(encoding="utf-8") == to_text(schema(name)), again


def test_no_schema_file_is_left_over():
    assert {path.name for path in SCHEMAS.glob("*.json")} == {file_name(name) for name in schema_names()}


@pytest.mark.parametrize("page", [folder_page, schema_page])
def test_reference_pages_say_what_the_types_say(page):
    name = "plant-folder.md" if page is folder_page else "schemas.md"
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    module = page.__name__
    assert text == page.renewed(text), f"run `python -m {module} docs/{name}` and review the difference"


def test_every_column_is_on_the_page():
    page = (ROOT / "docs" / "plant-folder.md").read_text(encoding="utf-8")
    for table, row in {**PLANT_TABLES, **NETWORK_TABLES}.items():
        part = page.partition(f"### `{table}`\n")[2].partition("\n### ")[0]
        missing = [name for name in row.model_fields if name != "source" and f"| `{name}` |" not in part]
        assert not missing, f"{table}: {missing}"


def test_every_field_is_on_the_page():
    page = (ROOT / "docs" / "schemas.md").read_text(encoding="utf-8")
    for name, paper in PAPERS.items():
        part = page.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        missing = [f for f, info in paper.model_fields.items() if f"| `{info.alias or f}` |" not in part]
        assert not missing, f"{name}: {missing}"


def test_a_schema_that_is_not_published_is_refused():
    with pytest.raises(BadInput, match="is not a published schema"):
        schema("nope")


def test_schemas_are_json_schema_with_a_name():
    for name in PAPERS:
        found = schema(name)
        assert found["properties"]["schema"]["const"] == found["title"]
        json.dumps(found)
    assert set(schema("plan")["properties"]) == {
        info.alias or name for name, info in MasterPlan.model_fields.items()
    }


def test_the_small_folder_fills_every_table():
    assert set(small_folder.TABLES) == set(PLANT_TABLES)
