"""Shares shell.py, and the small plant of the tests of `workflow`, under names no other folder uses."""

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _share(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules.setdefault(name, importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


small_folder = _share("small_folder", HERE.parent / "workflow" / "small_folder.py")
shell = _share("cli_shell", HERE / "shell.py")


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The small plant's folder."""
    return small_folder.write(tmp_path_factory.mktemp("cli") / "small")


@pytest.fixture(scope="session")
def ran(small, tmp_path_factory):
    """What `run` printed for the small plant, and its folder of papers."""
    out = tmp_path_factory.mktemp("out") / "deep" / "er"
    done = shell.knockdown("run", small, "--out", out, *shell.FAST, "--replications", 8, "--json")
    assert done.returncode == 0, done.stderr
    return done, out
