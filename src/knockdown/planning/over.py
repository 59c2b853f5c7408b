"""What must be zero in a plan: firm orders late, stock without a place, debt beyond the credit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from knockdown.planning.model import Model
from knockdown.planning.rows import Vector

TOLERANCE = 1e-4


def goes_over(model: Model, values: Vector) -> bool:
    """Whether values use what must be zero."""
    over = [column for key, column in model.column.items() if key[1] == "over"]
    return bool(np.any(values[over] > TOLERANCE))


def without_over(model: Model) -> Model:
    """The same program with nothing allowed over."""
    over = {column for key, column in model.column.items() if key[1] == "over"}
    upper = [0.0 if column in over else most for column, most in enumerate(model.upper)]
    return replace(model, upper=upper)


def only_over_costs(model: Model) -> Model:
    """The same program when going over is all that costs."""
    pairs = zip(model.column, model.gain, strict=True)
    gain = [cost if key[1] in ("over", "extra") else 0.0 for key, cost in pairs]
    return replace(model, gain=gain, constant=0.0)
