"""Shares strategies.py with the tests of this folder, under a name no other folder uses."""

import importlib.util
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("line_strategies", Path(__file__).with_name("strategies.py"))
_STRATEGIES = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("line_strategies", _STRATEGIES)
_SPEC.loader.exec_module(_STRATEGIES)
