"""A whole answer by rounding alone: no search, and often enough to show that one exists."""

from __future__ import annotations

import math
from collections.abc import Sequence

import highspy
import numpy as np

from knockdown.planning import search
from knockdown.planning.model import Model
from knockdown.planning.over import goes_over
from knockdown.planning.rows import Vector

MARGINS = (0.0, 0.05)
UNEVEN = 1e-5


def rough(model: Model, margins: Sequence[float] = MARGINS) -> tuple[Vector | None, float]:
    """The best whole answer that rounding finds, over or not, and what no answer can exceed.

    Parameters
    ----------
    model : Model
        The program.
    margins : sequence of float
        Shares of credit and storage to keep back while rounding, tried until nothing is over.

    Returns
    -------
    ndarray or None
        Values of all columns; None when nothing was found.
    float
        The relaxation's bound; nan when even the relaxation has no answer.
    """
    solver = model.to_highs(relaxed=True)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None, math.nan
    relaxed, basis = np.array(solver.getSolution().col_value), solver.getBasis()
    whole = np.array(model.whole)
    best, earned = None, -math.inf
    for margin in margins:
        incumbent = search.Incumbent(model, relaxed, margin=margin, basis=basis)
        if not search.settle_campaigns(model, incumbent):
            continue
        found = search.make_whole(model, incumbent)
        if found is None or np.abs(found[whole] - np.round(found[whole])).max(initial=0.0) > UNEVEN:
            continue
        if np.array(model.gain) @ found > earned:
            best, earned = found, float(np.array(model.gain) @ found)
        if not goes_over(model, found):
            break
    return best, float(solver.getInfo().objective_function_value)
