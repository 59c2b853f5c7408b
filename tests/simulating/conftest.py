"""Shares tests/simulating/tiny.py with the tests of this folder, under a name no other folder uses."""

import importlib.util
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("simulating_tiny", Path(__file__).with_name("tiny.py"))
_TINY = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("simulating_tiny", _TINY)
_SPEC.loader.exec_module(_TINY)
