"""The plan as a mixed-integer program, block by block; see docs/planning.md.

`milp_block.py` knows what a plant can use at all, `milp_columns.py` poses its decisions, `milp_rows.py` its
constraints and `milp_cash.py` its money.
"""

from __future__ import annotations

from knockdown.planning.milp_block import Block
from knockdown.planning.milp_columns import Columns
from knockdown.planning.milp_rows import PlantRows
from knockdown.planning.model import LimitKey, Model
from knockdown.planning.question import NetworkProblem, SharedCap


def build(question: NetworkProblem) -> Model:
    """The whole program: every member's block, then what they share."""
    model = Model()
    blocks = [Block(model, p, w) for p, w in zip(question.members, question.worth, strict=True)]
    for block in blocks:
        Columns(block).add()
        PlantRows(block).add()
    for cap in question.caps:
        limit = LimitKey(question.id, "shared", f"{cap.id}/{cap.year}")
        terms = {column: 1.0 for block in blocks for column in _capped(block, cap)}
        model.add_row(terms, upper=cap.units_max, limit=limit)
    return model


def _capped(block: Block, cap: SharedCap) -> list[int]:
    """Sales of a plant that a shared cap counts."""
    return [
        column
        for d in block.problem.demands.values()
        if d.market == cap.market and d.published_as == cap.published_as and d.form == "unit"
        for t in cap.periods
        for column in block.sales_columns(d, t)
    ]
