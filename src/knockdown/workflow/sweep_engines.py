"""Where the jobs of a sweep are played: threads here, processes here (loky), or a cluster (Ray).

The answer does not depend on it. loky and Ray are extras: `pip install knockdown[loky]`, `knockdown[ray]`.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from knockdown.basics.faults import BadInput, Fault
from knockdown.simulating.line.threads import play_shares
from knockdown.workflow.sweep_subject import Done, Job, Subject, play_job

Heard = Callable[[Job, Done], None]
Play = Callable[[Sequence[Job], Heard], None]
ENGINES = ("local", "loky", "ray")
LOOPBACK, LOOPBACK_SWITCH = "127.0.0.1", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
STORE_BYTES = 200_000_000


def refuse_engine(name: str, workers: int | None) -> list[Fault]:
    """Faults of `--on` and `--workers`."""
    faults = []
    if name not in ENGINES:
        step = f"use {', '.join(ENGINES)}"
        faults.append(Fault("--on", None, None, name, "is no place to play on", step))
    elif name != "local" and find_spec(name) is None:
        step = f"pip install 'knockdown[{name}]', or use --on local"
        faults.append(Fault("--on", None, None, name, "is not installed", step))
    if workers is not None and not 1 <= workers <= 256:
        step = "write a whole number from 1 to 256"
        faults.append(Fault("--workers", None, None, str(workers), "is out of range", step))
    return faults


@contextmanager
def engine(name: str, subject: Subject, workers: int | None) -> Iterator[Play]:
    """Something that plays jobs, and tells of each as it is done.

    Raises
    ------
    BadInput
        When the engine is not there.
    """
    faults = refuse_engine(name, workers)
    if faults:
        raise BadInput(faults)
    count = workers or os.cpu_count() or 1
    with {"local": _local, "loky": _loky, "ray": _ray}[name](subject, count) as play:
        yield play


@contextmanager
def _local(subject: Subject, workers: int) -> Iterator[Play]:
    def play(jobs: Sequence[Job], heard: Heard) -> None:
        play_shares(lambda job: heard(job, play_job(subject, job)), jobs, workers)

    yield play


@contextmanager
def _loky(subject: Subject, workers: int) -> Iterator[Play]:
    from concurrent.futures import as_completed

    loky: Any = import_module("loky")
    pool = loky.ProcessPoolExecutor(max_workers=workers, timeout=60, env={"OMP_NUM_THREADS": "1"})

    def play(jobs: Sequence[Job], heard: Heard) -> None:
        asked = {pool.submit(play_job, subject, job): job for job in jobs}
        for future in as_completed(asked):
            heard(asked[future], future.result())

    try:
        yield play
    finally:
        pool.shutdown(wait=True, kill_workers=True)


@contextmanager
def _ray(subject: Subject, workers: int) -> Iterator[Play]:
    """On the cluster that RAY_ADDRESS names, or that this process is part of; else on one of its own."""
    ray, ours = _joined(workers)
    remote: Any = ray.remote(play_job)
    held = ray.put(subject)

    def play(jobs: Sequence[Job], heard: Heard) -> None:
        waiting = {remote.remote(held, job): job for job in jobs}
        while waiting:
            ready, _ = ray.wait(list(waiting), num_returns=1)
            for each in ready:
                heard(waiting.pop(each), ray.get(each))

    try:
        yield play
    finally:
        if ours:
            ray.shutdown()


def _joined(workers: int) -> tuple[Any, bool]:
    """Ray, and whether it was started here. A cluster of our own listens on loopback only.

    Ray looks at the switch for that when it is imported, and would else listen on every address.
    """
    before = sys.modules.get("ray")
    if before is not None and before.is_initialized():
        return before, False
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": logging.ERROR}
    if os.environ.get("RAY_ADDRESS"):
        ray: Any = import_module("ray")
        ray.init(log_to_driver=False, logging_level=logging.ERROR)
        return ray, True
    if before is not None and os.environ.get(LOOPBACK_SWITCH) != "0":
        problem = "was imported before, and would listen on every address"
        step = f"call ray.init first, or set {LOOPBACK_SWITCH}=0"
        raise BadInput([Fault("--on", None, None, "ray", problem, step)])
    os.environ[LOOPBACK_SWITCH] = "0"
    ray = import_module("ray")
    ray.init(num_cpus=workers, _node_ip_address=LOOPBACK, object_store_memory=STORE_BYTES, **quiet)
    return ray, True
