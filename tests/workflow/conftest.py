"""Shares modules of helpers with the tests here, under names no other folder uses."""

import importlib.util
import sys
from pathlib import Path

for _name in ("small_folder", "folder_changes", "floor_history"):
    _spec = importlib.util.spec_from_file_location(_name, Path(__file__).with_name(f"{_name}.py"))
    _module = sys.modules.setdefault(_name, importlib.util.module_from_spec(_spec))
    _spec.loader.exec_module(_module)
