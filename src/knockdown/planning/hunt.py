"""The recipe of a plan: relaxation, lots, campaigns, lots again, whole units; then bound and branching."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import highspy
import numpy as np

from knockdown.planning import engine, search
from knockdown.planning.blocks import blocks_of
from knockdown.planning.bound import Bound
from knockdown.planning.model import Model
from knockdown.planning.over import goes_over, without_over
from knockdown.planning.question import NetworkProblem
from knockdown.planning.rows import Vector

Tell = Callable[[str, str], None]
"""Called with a stage and a word on how it goes."""
FIRST_SHARE, LOTS_SHARE = 0.3, 0.5
"""Shares of the seconds after which lots are no longer mended, before campaigns are settled and after."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found: column values (None when nothing was), a proven bound, pieces of work used.

    `basis` is the relaxation's, for those who solve it again; `impossible` says that no plan exists, proved.
    """

    values: Vector | None
    bound: float
    work: int
    basis: highspy.HighsBasis | None = None
    impossible: bool = False


class Hunt:
    """One search for a plan.

    Parameters
    ----------
    question, model : NetworkProblem, Model
        What is asked, and the program posed for it.
    stop : Stop
        When to stop.
    gap : float
        Proven gap to stop at.
    tell : callable
        Called with a stage and a word on how it goes.
    """

    def __init__(
        self, question: NetworkProblem, model: Model, stop: search.Stop, gap: float, tell: Tell
    ) -> None:
        self.model = model
        self.blocks = blocks_of(question, model)
        self.stop = stop
        self.gap = gap
        self.tell = tell

    def run(self) -> Answer:
        """The best plan found and the best bound proven."""
        self.tell("search", "solving the relaxation")
        bound = Bound(self.model, self.blocks)
        if not bound.feasible:
            return Answer(None, math.nan, 0, impossible=True)
        values = self._first(bound)
        self._tighten(bound, values)
        return replace(self._branch(values, bound.best), basis=bound.basis)

    def _first(self, bound: Bound) -> Vector | None:
        """A plan at the smallest margin that yields one with nothing over."""
        for margin in search.MARGINS:
            values = self._improve(bound, margin)
            if values is not None and not goes_over(self.model, values):
                return values
        return None

    def _improve(self, bound: Bound, margin: float) -> Vector | None:
        """Lots, campaigns, lots again, then everything whole."""
        incumbent = search.Incumbent(self.model, bound.values, margin=margin, basis=bound.basis)

        def near_enough() -> bool:
            self._show("search", incumbent.objective, bound.best)
            return bound.best - incumbent.objective <= 0.5 * self.gap * abs(incumbent.objective)

        search.mend_lots(incumbent, self.blocks, self.stop, FIRST_SHARE, near_enough)
        if not search.settle_campaigns(self.model, incumbent):
            return None
        search.mend_lots(incumbent, self.blocks, self.stop, LOTS_SHARE, near_enough)
        return search.make_whole(self.model, incumbent)

    def _tighten(self, bound: Bound, values: Vector | None) -> None:
        """Rounds of pricing, while they help."""
        with ThreadPoolExecutor(2) as executor:
            while not self._proven(values, bound.best) and not self.stop.reached() and bound.round(executor):
                if values is not None:
                    self.tell("bound", f"gap {100 * self._gap(values, bound.best):.2f} %")

    def _branch(self, values: Vector | None, at_most: float) -> Answer:
        """Give what time is left to the solver's own branching, from the best plan found."""
        if self._proven(values, at_most) or self.stop.reached():
            return Answer(values, at_most, self.stop.done)
        left = None if self.stop.work is None else self.stop.work - self.stop.done
        found = engine.solve_model(
            without_over(self.model),
            engine.Effort(max(0.1, self.stop.seconds - self.stop.elapsed), self.gap, left),
            values,
            lambda _, best, most: self._show("branch", best, most),
            lambda: self.stop.asked,
        )
        work = self.stop.done + found.work
        if found.status == "infeasible" and values is None:
            return Answer(None, math.nan, work, impossible=True)
        at_most = min(at_most, found.bound) if math.isfinite(found.bound) else at_most
        return Answer(values if found.values is None else found.values, at_most, work)

    def _show(self, stage: str, found: float, at_most: float) -> None:
        self.tell(stage, f"contribution {1000 * found:,.0f}, at most {1000 * at_most:,.0f}")

    def _proven(self, values: Vector | None, at_most: float) -> bool:
        return values is not None and self._gap(values, at_most) <= self.gap

    def _gap(self, values: Vector, at_most: float) -> float:
        found = float(np.array(self.model.gain) @ values) + self.model.constant
        return abs(found - at_most) / max(1e-9, abs(found))
