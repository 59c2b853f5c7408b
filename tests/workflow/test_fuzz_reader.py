"""Whatever happens to a plant folder, it is read as a plant or refused with faults: never anything else.

500 mutated folders, 10,000 with KNOCKDOWN_LONG. A folder that once did harm is kept as a test of its own.
"""

import io
import os
import re
import resource
import shutil
import tempfile
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import small_folder
from folder_changes import STEMS, TOML_VALUES, Change, Files, changes
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from knockdown.basics.faults import BadInput, Fault
from knockdown.plant.load import load
from knockdown.plant.plant import Network, Plant
from knockdown.workflow.check_plant import check

LONG = bool(os.environ.get("KNOCKDOWN_LONG"))
FOLDERS = 10_000 if LONG else 500
FOLDER_LIMIT = timedelta(seconds=20)  # a workbook may take its reader so long, and no longer
MEMORY_LIMIT_BYTES = 1 << 30


def outcome(files: Files) -> Plant | Network | tuple[Fault, ...]:
    """Read the folder as a user would; anything but a plant and faults is raised."""
    folder = Path(tempfile.mkdtemp())
    try:
        for name, data in files.items():
            (folder / name).write_bytes(data)
        plant = load(folder)
        assert check(plant).plant == plant.id
        return plant
    except BadInput as refusal:
        return refusal.faults
    finally:
        shutil.rmtree(folder)


def assert_answered(found: object) -> None:
    if isinstance(found, tuple):
        assert found, "refused without a fault"
        for fault in found:
            assert all((fault.file, fault.problem, fault.next_step)), fault
            assert len(str(fault)) < 2000, fault
    else:
        assert isinstance(found, Plant | Network)


def children_bytes() -> int:
    """Most memory any child of this process had, those of other tests included."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


@contextmanager
def bounded_memory():
    """Fail when reading takes too much: this process since now, or a child larger than all before."""
    before = children_bytes()
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of earlier tests
    yield
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert int(peak[1]) * 1024 < MEMORY_LIMIT_BYTES
    assert children_bytes() < max(MEMORY_LIMIT_BYTES, before + 1)


@settings(
    max_examples=FOLDERS,
    deadline=FOLDER_LIMIT,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(changes, min_size=1, max_size=4))
@example([Change("set_toml", "plant.toml", 0, TOML_VALUES.index("1" * 5000), "")])
@example([Change("set_toml", "plant.toml", 5, TOML_VALUES.index("0x" + "f" * 5000), "")])
def test_any_folder_is_a_plant_or_a_list_of_faults(done):
    files = small_folder.files()
    for change in done:
        change.apply(files)
    with bounded_memory():
        assert_answered(outcome(files))


def test_the_small_folder_itself_has_no_faults():
    assert isinstance(outcome(small_folder.files()), Plant)


def test_changes_reach_every_table():
    """A fuzzer that changes nothing finds nothing: each table takes part in some fault."""
    for stem in STEMS:
        files = small_folder.files()
        Change("fill_column", f"{stem}.csv", 0, 0, "\x1b[2J").apply(files)
        found = outcome(files)
        assert isinstance(found, tuple), stem
        assert any(fault.file == f"{stem}.csv" for fault in found), stem


HARMFUL_TOML = {
    "a whole number Python will not read": "x = " + "1" * 5000,
    "a whole number Python will not print": "x = 0x" + "f" * 60_000,
    "a key of very many parts": "a." * 100_000 + "a = 1",
    "a heading of very many parts": "[" + "a." * 100_000 + "a]",
    "quoted parts": '"a".' * 50_000 + "a = 1",
    "tables in tables": "x = " + ("{" + "a." * 9 + "a = ") * 60 + "1" + "}" * 60,
    "brackets": "x = " + "[" * 100_000,
    "a megabyte": "#" * (1 << 20),
    "many headings": "".join(f"[a{i}]\n" for i in range(20_000)),
    "bytes": "\udcff\udcfe",
}


@pytest.mark.parametrize("text", HARMFUL_TOML.values(), ids=HARMFUL_TOML.keys())
def test_harmful_toml_is_refused_at_once(text):
    files = small_folder.files()
    files["plant.toml"] = text.encode("utf-8", "surrogateescape") + b"\n" + files["plant.toml"]
    began = time.monotonic()
    found = outcome(files)
    assert_answered(found)
    assert isinstance(found, tuple)
    assert time.monotonic() - began < 10


NETWORK = """
schema = "knockdown.plant/1"
id = "net"
name = "Net"
kind = "network"
country = "AZ"
currency = "USD"
members = [{members}]
[planning]
start = "2026-01"
months = 3
source = "assumption"
"""


def write_network(folder: Path, *members: str) -> None:
    folder.mkdir(parents=True)
    named = ", ".join(f'"{name}"' for name in members)
    (folder / "plant.toml").write_text(NETWORK.format(members=named))


def test_a_network_of_networks_is_refused_without_looking_into_them(tmp_path):
    inner = tmp_path
    for _ in range(12):  # fifty members each: 50 ** 12 loads, were they looked into
        write_network(inner / "n", *(["n"] * 50))
        inner /= "n"
    with pytest.raises(BadInput) as refused:
        load(tmp_path / "n")
    assert any(fault.problem == "is itself a network" for fault in refused.value.faults)


def test_members_are_named_once_and_by_their_id(tmp_path):
    write_network(tmp_path / "n", "small", "small", "other", "missing")
    small_folder.write(tmp_path / "n" / "small")
    small_folder.write(tmp_path / "n" / "other")
    with pytest.raises(BadInput) as refused:
        load(tmp_path / "n")
    problems = [fault.problem for fault in refused.value.faults]
    assert "is named twice" in problems
    assert "holds a plant with the id small" in problems
    assert "is neither a built-in plant nor a folder with plant.toml" in problems


def test_files_that_are_no_tables_are_not_read(tmp_path):
    small_folder.write(tmp_path / "p")
    before = load(tmp_path / "p").digest
    with (tmp_path / "p" / "notes.csv").open("wb") as stream:
        stream.truncate(1 << 40)  # a sparse terabyte
    assert load(tmp_path / "p").digest == before


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "", "/dev/null", "/proc/self/mem"])
def test_odd_folder_names_are_refused(name):
    with pytest.raises(BadInput):
        load(name)


def test_fields_of_a_fault_are_short_texts():
    files = small_folder.files()
    files["models.csv"] = files["models.csv"].replace(b"T 80", b"T" * 1500)
    found = outcome(files)
    assert isinstance(found, tuple)
    assert all(isinstance(f.value, str | None) and len(f.value or "") <= 60 for f in found)
    assert io.StringIO(str(found[0])).read()
