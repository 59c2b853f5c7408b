"""Kits whose parts are missing independently of one another: the content of a kits file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kits:
    """Lots of `lot_size` kits of `parts_per_kit` parts, each missing with chance `p_missing`."""

    lot_size: int
    parts_per_kit: int
    p_missing: float
