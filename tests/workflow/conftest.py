"""Shares small_folder.py with the tests of this folder, under a name no other folder uses."""

import importlib.util
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("small_folder", Path(__file__).with_name("small_folder.py"))
_SMALL = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("small_folder", _SMALL)
_SPEC.loader.exec_module(_SMALL)
