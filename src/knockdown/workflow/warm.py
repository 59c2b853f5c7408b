"""Compiles kernels and loads libraries before they are needed, so that the first real run is fast.

script/setup runs this file as a module.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module


@contextmanager
def loading_ahead() -> Iterator[None]:
    """Load the simulator and the reports beside other work; wait for them at the end.

    The planner leaves a processor partly idle, and loading compiled kernels and the drawing engine takes
    seconds. What cannot be loaded here says so when it is really needed.
    """
    loader = threading.Thread(target=_load, name="loading ahead", daemon=True)
    loader.start()
    try:
        yield
    finally:
        loader.join()


def _load() -> None:
    with suppress(Exception):
        for name in ("html", "workbook", "terminal"):
            import_module(f"knockdown.reports.{name}")
        from knockdown.reports.draw import warm as start_drawing
        from knockdown.simulating.warm import warm as load_kernels

        load_kernels()
        start_drawing()


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
