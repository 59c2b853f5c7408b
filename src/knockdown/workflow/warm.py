"""Compiles kernels and loads libraries once, so that the first real run is fast; run by script/setup."""

from __future__ import annotations

import tempfile
import time


def warm() -> float:
    """Compile what is compiled, and run the main job once on a small plant.

    Returns
    -------
    float
        Seconds it took.
    """
    from knockdown.simulating.warm import warm as compile_kernels
    from knockdown.workflow.main_job import run

    began = time.monotonic()
    compile_kernels()
    with tempfile.TemporaryDirectory() as folder:
        run("nakhchivan", folder, months=2, seconds=5.0, limits=0, replications=2)
    return time.monotonic() - began


if __name__ == "__main__":
    print(f"warm after {warm():.1f} s")
