"""Shares the small plant of the tests of `workflow`, under a name no other folder uses."""

import importlib.util
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location(
    "small_folder", Path(__file__).parents[1] / "workflow" / "small_folder.py"
)
_SMALL = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("small_folder", _SMALL)
_SPEC.loader.exec_module(_SMALL)
