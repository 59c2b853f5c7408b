"""House rules that a tool can hold: file sizes, no machine paths, rooms that say what they are for."""

import ast
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "knockdown"
MAX_FILE_BYTES = 1_000_000
MAX_PYTHON_LINES = 500

# A path of somebody's machine, not the tail of a web address. Brackets keep these from finding themselves.
MACHINE_PATH = re.compile(rb"(?<![\w.:/~-])/(?:wor[k]|hom[e]|roo[t])/")
REGISTRY_HOST = re.compile(
    rb"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|(?:static|index)[.]crates[.]io|conda[.]anaconda[.]org"
)


def kept_files() -> list[Path]:
    """List what git keeps, and what the next `git add` would add."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    ours = f"safe.directory={ROOT}"  # a checkout may belong to another user than the one who tests it
    listing = subprocess.run(
        ["git", "-c", ours, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    paths = {ROOT / os.fsdecode(name) for name in listing.stdout.split(b"\0") if name}
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def places(pattern: re.Pattern[bytes], files: list[Path]) -> list[str]:
    """Say where a pattern is found, as file:line: text."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120].decode(errors='replace')}"
        for path in files
        for number, line in enumerate(path.read_bytes().splitlines(), start=1)
        if pattern.search(line)
    ]


def python_files() -> list[Path]:
    return [path for path in kept_files() if path.suffix == ".py"]


def listed(faults: list[str]) -> str:
    return "\n  ".join(["", *faults])


def test_no_large_files():
    pictures = ROOT / "docs" / "pictures"
    large = [
        f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes"
        for path in kept_files()
        if path.stat().st_size > MAX_FILE_BYTES and pictures not in path.parents
    ]
    assert not large, f"files over {MAX_FILE_BYTES:,} bytes:{listed(large)}"


def test_no_machine_paths():
    found = places(MACHINE_PATH, kept_files())
    assert not found, f"paths of one machine:{listed(found)}"


def test_no_registry_hosts():
    found = places(REGISTRY_HOST, kept_files())
    assert not found, f"addresses of package registries:{listed(found)}"


def test_every_room_says_what_it_is_for():
    rooms = [path for path in PACKAGE.rglob("__init__.py") if "data" not in path.parts]
    mute = [
        str(path.relative_to(ROOT))
        for path in sorted(rooms)
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not mute, f"rooms without a docstring:{listed(mute)}"


def test_nothing_is_imported_from_outside_the_repository():
    # Notes and reference material may lie beside the checkout; a clone does not have them.
    found = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            found += [f"{path.relative_to(ROOT)}: {name}" for name in names if name.split(".")[0] == "shared"]
    found += places(re.compile(rb"[.][.]/share[d]"), kept_files())
    assert not found, f"read from outside the repository:{listed(found)}"


def test_python_files_are_short():
    long = [
        f"{path.relative_to(ROOT)}: {n_lines} lines"
        for path in python_files()
        if (n_lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_PYTHON_LINES
    ]
    assert not long, f"Python files over {MAX_PYTHON_LINES} lines; split them by purpose:{listed(long)}"


@pytest.mark.parametrize("script", ["script/setup", "script/test", "script/demo", "script/lock", ".ci/run"])
def test_scripts_are_executable_and_strict(script):
    path = ROOT / script
    assert os.access(path, os.X_OK), f"chmod +x {script}"
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.lock", []), ("requirements-test.lock", ["test"])]
)
def test_locks_pin_what_the_project_asks_for(lock, extras):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(w for e in extras for w in project["optional-dependencies"][e])]
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", text, flags=re.MULTILINE):
        pins.setdefault(canonicalize_name(name), []).append(version)
    stale = []
    for want in map(Requirement, wanted):
        versions = pins.get(canonicalize_name(want.name), [])
        if not versions or not all(want.specifier.contains(v, prereleases=True) for v in versions):
            stale.append(f"{want} is pinned at {versions or 'nothing'}")
    assert not stale, f"{lock} is older than pyproject.toml; run script/lock:{listed(stale)}"
    options = [line for line in text.splitlines() if line.startswith("-") or "://" in line]
    assert not options, f"{lock} names an address or an option:{listed(options)}"
