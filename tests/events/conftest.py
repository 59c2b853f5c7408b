"""Shares life_model.py and life_stories.py with the tests of this folder, under names nobody else uses."""

import importlib.util
import sys
from pathlib import Path


def _share(name, file):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(file))
    module = sys.modules.setdefault(name, importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)


_share("life_model", "life_model.py")
_share("life_stories", "life_stories.py")
