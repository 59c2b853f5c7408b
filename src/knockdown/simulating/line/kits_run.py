"""Plays lots of kits, part by part, and counts the complete ones."""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import asdict
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from knockdown import __version__
from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import digest_json
from knockdown.basics.rng import Stream, log, log1p, uniform
from knockdown.documents.line_result import Estimate, LineResult
from knockdown.documents.paper import Provenance
from knockdown.simulating.line.estimate import estimate
from knockdown.simulating.line.kits import Kits
from knockdown.simulating.line.options import LineOptions

REPLICATIONS = 128
KITS_IN_ALL = 20_000_000
MOST_LOTS_IN_ALL = 1_000_000
MOST_KITS_IN_ALL = 2_000_000_000

_MISSING = int(Stream.KIT_MISSING)


def simulate_kits(kits: Kits, options: LineOptions, name: str) -> LineResult:
    """Chances that a kit, and that a whole lot, is complete, and incomplete kits a lot.

    >>> simulate_kits(Kits(6, 40, 0.0), LineOptions(), "kits.json").metrics["prob_lot_complete"].mean
    1.0
    """
    began = time.monotonic()
    replications = options.replications or REPLICATIONS
    share = min(KITS_IN_ALL // kits.lot_size, MOST_LOTS_IN_ALL) // replications
    lots = options.vehicles or max(1, share)
    if replications * lots * kits.lot_size > MOST_KITS_IN_ALL:
        problem, step = f"makes more than {MOST_KITS_IN_ALL:,} kits", "give fewer lots or replications"
        raise BadInput([Fault("--vehicles", None, None, str(lots), problem, step)])
    parts = [incomplete_kits(kits, options.seed, r, lots) for r in range(replications)]
    counts = np.concatenate(parts)
    return LineResult(
        line=name,
        kind="kits",
        metrics=_metrics(kits, counts),
        replications=replications,
        batches=0,
        vehicles=lots,
        warmup=0,
        visits=len(counts) * kits.lot_size,
        engine="kits",
        why="lots of kits are played part by part, jumping from one missing part to the next",
        seed=options.seed,
        seconds=time.monotonic() - began,
        stopped="done",
        checksum=hashlib.blake2b(counts.astype("<i8").tobytes(), digest_size=8).hexdigest(),
        notes=(),
        provenance=Provenance(
            version=__version__,
            input_digest=digest_json(asdict(kits)),
            options={"replications": replications, "vehicles": lots},
            seed=options.seed,
        ),
    )


def _metrics(kits: Kits, counts: NDArray[np.int64]) -> dict[str, Estimate]:
    lots = len(counts)
    sure = kits.p_missing in (0.0, 1.0)
    spread = float(counts.std(ddof=1)) / math.sqrt(lots) if lots > 1 else 0.0
    n_kits = lots * kits.lot_size
    return {
        "prob_kit_complete": _chance(n_kits - int(counts.sum()), n_kits, sure),
        "prob_lot_complete": _chance(int((counts == 0).sum()), lots, sure),
        "mean_incomplete_per_lot": estimate(float(counts.mean()), spread, lots),
    }


def _chance(hits: int, n: int, sure: bool) -> Estimate:
    """A share with its error, which is not 0 when all or none of few were hits.

    Source: one hit and one miss are added, as in Agresti and Coull, American Statistician 52 (1998) 119-126.
    """
    smooth = (hits + 1) / (n + 2)
    return estimate(hits / n, 0.0 if sure else math.sqrt(smooth * (1.0 - smooth) / n), n)


def incomplete_kits(kits: Kits, seed: int, replication: int, lots: int) -> NDArray[np.int64]:
    """Play lots, and count the incomplete kits of each.

    >>> incomplete_kits(Kits(4, 10, 0.0), 1, 0, 3).tolist()
    [0, 0, 0]
    >>> incomplete_kits(Kits(4, 10, 1.0), 1, 0, 3).tolist()
    [4, 4, 4]
    """
    if kits.p_missing in (0.0, 1.0):
        return np.full(lots, kits.lot_size if kits.p_missing else 0, np.int64)
    counts: Any = _play(seed, replication, lots, kits.lot_size, kits.parts_per_kit, log1p(-kits.p_missing))
    return np.asarray(counts, np.int64)


@njit(cache=True, error_model="numpy", nogil=True)
def _play(seed, replication, lots, lot_size, parts, log_present):  # type: ignore[no-untyped-def]
    """Parts stand in a row, and the next missing one is a geometric number of parts away, wherever one looks
    from. After a missing part the rest of its kit is passed over."""
    counts = np.zeros(lots, np.int64)
    for lot in range(lots):
        part, draw, end = 0, 0, lot_size * parts
        while True:
            skip = log(uniform(seed, _MISSING, replication, lot, draw)) / log_present
            draw += 1
            if skip >= end - part:
                break
            part += int(skip)
            counts[lot] += 1
            part += parts - part % parts
            if part >= end:
                break
    return counts
