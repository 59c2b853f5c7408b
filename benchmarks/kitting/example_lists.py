"""Write Ganja's example packing lists: `python benchmarks/kitting/example_lists.py DIR`."""

import sys
from pathlib import Path

from knockdown.kitting.problem import cut
from knockdown.kitting.trials.example_lists import write
from knockdown.plant.load import load

for path in write(cut(load("ganja")), Path(sys.argv[1])):
    print(path)
