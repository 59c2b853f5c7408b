"""Lots of any size from a seed, as a plant has them in a bad week; and our answers against plainer ones.

`rows` measures; benchmarks/kitting/ready.py prints what it says.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from knockdown.kitting.question import Need, OpenUnit, ReadyQuestion, Recipe, Supply, SupplyKind, UnitStage
from knockdown.kitting.ready.arrays import Arrays, place_in_queue, read, urgency_mille
from knockdown.kitting.ready.check import check
from knockdown.kitting.ready.solve import Change, gains, ready

AT_DAY = 740_000
N_STATIONS = 30
KITS_A_CASE = 6
PARTS_A_CASE = 12


@dataclass(frozen=True, slots=True)
class Size:
    """How large a question to make, and how much goes wrong in it.

    Parameters
    ----------
    n_units, n_parts, n_lots : int
        Open units, part numbers and kit lots.
    n_variants : int
        Variants; a lot holds one to three of them.
    wrong : float
        Share of the cells (part in a lot) that are short, claimed, or in a case not yet opened or cleared.
    n_coming : int
        Of the lots, how many are still at sea, whole.
    n_days : int
        Days on which something comes.
    loose : float
        Share of the part numbers that are common to all lots.
    loose_least : float
        The least that is there of a loose part, as a share of all that is needed; the most is 1.6.
    """

    n_units: int = 2000
    n_parts: int = 1500
    n_lots: int = 40
    n_variants: int = 8
    wrong: float = 0.05
    n_coming: int = 1
    n_days: int = 30
    loose: float = 0.06
    loose_least: float = 0.9


def lots(size: Size, seed: int) -> ReadyQuestion:
    """Make a question: the same size and seed give the same one.

    Each unit needs some 40 to 70 % of the part numbers, those of its variant. Of every lot a part of the
    units is on the line or off it with a few parts lacking; these have recipes of their own. Discrepancies
    hit single parts (pieces for one to three units lacking, mostly with a claim) and whole cases (some
    parts of some kits, at the yard or in customs). Loose parts are about enough, with orders under way.

    Parameters
    ----------
    size : Size
        See there.
    seed : int
        0 or more.

    Examples
    --------
    >>> question = lots(Size(n_units=20, n_parts=30, n_lots=2, n_coming=0), seed=1)
    >>> len(question.units), question == lots(Size(n_units=20, n_parts=30, n_lots=2, n_coming=0), seed=1)
    (20, True)
    """
    return _Maker(size, seed).question()


class _Maker:
    def __init__(self, size: Size, seed: int) -> None:
        self.size = size
        self.random = np.random.default_rng(seed)
        self.part_ids = [f"P{ix:05d}" for ix in range(size.n_parts)]
        self.station = np.sort(self.random.integers(0, N_STATIONS, size.n_parts))
        self.loose = self.random.random(size.n_parts) < size.loose
        common = self.random.random(size.n_parts) < 0.4
        used = common | (self.random.random((size.n_variants, size.n_parts)) < 0.4)
        each = self.random.choice([1, 1, 1, 1, 2, 2, 4, 8], size.n_parts)
        self.variant = used * each
        self.price = self.random.integers(15, 60, size.n_variants) * 100_000
        self.days = np.sort(AT_DAY + 1 + self.random.choice(90, min(90, size.n_days), replace=False))
        self.recipes: list[Recipe] = []
        self.whole: dict[int, int] = {}
        self.units: list[OpenUnit] = []
        self.supplies: list[Supply] = []

    def question(self) -> ReadyQuestion:
        sizes = np.diff(np.linspace(0, self.size.n_units, self.size.n_lots + 1).astype(int))
        for lot, n_kits in enumerate(sizes.tolist()):
            self._lot(f"L{lot:03d}", n_kits, at_sea=lot >= self.size.n_lots - self.size.n_coming)
        self._loose_parts()
        return ReadyQuestion(AT_DAY, tuple(self.units), tuple(self.recipes), tuple(self.supplies))

    def _lot(self, lot_id: str, n_kits: int, at_sea: bool) -> None:
        mix = self.random.choice(
            self.size.n_variants,
            min(self.size.n_variants, int(self.random.choice([1, 1, 2, 3]))),
            replace=False,
        )
        needs = []
        for kit_no in range(n_kits):
            variant = int(self.random.choice(mix))
            stage, need = self._stage(variant, at_sea)
            needs.append(need)
            recipe_ix = self._recipe(variant, need, stage)
            due = AT_DAY + int(self.random.integers(-10, 100)) if self.random.random() < 0.7 else None
            self.units.append(
                OpenUnit(
                    f"{lot_id}-{kit_no:03d}", lot_id, kit_no, f"V{variant}", "main", stage, recipe_ix,
                    int(self.price[variant]), due,
                )
            )  # fmt: skip
        wanted = np.sum(needs, axis=0) if needs else np.zeros(self.size.n_parts, dtype=int)
        self._cells(lot_id, np.where(self.loose, 0, wanted), at_sea)

    def _stage(self, variant: int, at_sea: bool) -> tuple[UnitStage, np.ndarray]:
        """How far a unit is, and what it still needs."""
        need, draw = self.variant[variant], float(self.random.random())
        if at_sea or draw > 0.3:
            return "planned", need
        if draw > 0.2:
            return "released", need
        if draw > 0.05:
            return "in_work", np.where(self.station >= self.random.integers(1, N_STATIONS), need, 0)
        few = self.random.permutation(np.flatnonzero(need))[:3]
        return "off_line", np.where(np.isin(np.arange(len(need)), few), need, 0)

    def _recipe(self, variant: int, need: np.ndarray, stage: UnitStage) -> int:
        begun = stage in ("in_work", "off_line")
        if not begun and variant in self.whole:
            return self.whole[variant]
        if not begun:
            self.whole[variant] = len(self.recipes)
        parts = np.flatnonzero(need).tolist()
        self.recipes.append(
            Recipe(tuple(Need(self.part_ids[p], int(need[p]), f"T{self.station[p]:02d}") for p in parts))
        )
        return len(self.recipes) - 1

    def _cells(self, lot_id: str, wanted: np.ndarray, at_sea: bool) -> None:
        """Pieces of a lot: what is there, less what is short, and what is in cases that are not open."""
        n = wanted.copy()
        if at_sea:
            day = int(self.random.choice(self.days))
            self._supply(lot_id, n, day, "transit", f"B/L {lot_id}")
            return
        wrong = round(self.size.wrong * np.count_nonzero(n))
        for part in self.random.permutation(np.flatnonzero(n))[: (2 * wrong + 2) // 3].tolist():
            pieces = min(int(n[part]), int(self.random.integers(1, 4)) * int(self.variant[:, part].max()))
            n[part] -= pieces
            if self.random.random() < 0.8:
                claim = f"C-{len(self.supplies)}"
                day = int(self.random.choice(self.days))
                self.supplies.append(Supply(self.part_ids[part], pieces, lot_id, day, "claim", claim))
        for case in range((wrong - (2 * wrong + 2) // 3) // PARTS_A_CASE):
            self._case(lot_id, n, case)
        self._supply(lot_id, n, AT_DAY - 5, "on_hand", None)

    def _case(self, lot_id: str, n: np.ndarray, case: int) -> None:
        """Move some parts of some kits into a case that is not open, or stands in bond."""
        kind: SupplyKind = "unopened" if self.random.random() < 0.7 else "bonded"
        day = int(self.random.choice(self.days[: max(1, len(self.days) // 4)]))
        there = np.flatnonzero(n)
        parts = self.random.choice(there, min(PARTS_A_CASE, len(there)), replace=False)
        inside = np.zeros_like(n)
        inside[parts] = np.minimum(n[parts], KITS_A_CASE * self.variant[:, parts].max(axis=0))
        n -= inside
        self._supply(lot_id, inside, day, kind, f"case {lot_id}/{case}")

    def _supply(self, lot_id: str | None, n: np.ndarray, day: int, kind: SupplyKind, ref: str | None) -> None:
        self.supplies += [
            Supply(self.part_ids[p], int(n[p]), lot_id, day, kind, ref) for p in np.flatnonzero(n).tolist()
        ]

    def _loose_parts(self) -> None:
        wanted = dict.fromkeys(np.flatnonzero(self.loose).tolist(), 0)
        index = {part_id: ix for ix, part_id in enumerate(self.part_ids)}
        for unit in self.units:
            for need in self.recipes[unit.recipe_ix].needs:
                if index[need.part_id] in wanted:
                    wanted[index[need.part_id]] += need.n_parts
        for part, n in wanted.items():
            there = int(n * self.random.uniform(self.size.loose_least, 1.6))
            self.supplies.append(Supply(self.part_ids[part], there, None, AT_DAY - 1, "on_hand"))
            if there < n:
                day = int(self.random.choice(self.days))
                self.supplies.append(
                    Supply(self.part_ids[part], n - there, None, day, "ordered", f"PO-{part}")
                )


# Plainer ways, to measure against


def by_whole_program(question: ReadyQuestion, seconds: float) -> tuple[int, float, float]:
    """The day's question as one integer program over all units and parts, nothing left out, by HiGHS alone.

    Returns
    -------
    tuple
        Weight found, proven gap, and seconds, those to write the program down included.
    """
    started = time.monotonic()
    arrays = read(question)
    solver = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("mip_rel_gap", 0.0),
        ("time_limit", seconds),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(_whole_program(arrays))
    solver.run()
    info = solver.getInfo()
    taken = np.rint(np.array(solver.getSolution().col_value[: len(question.units)])).astype(int)
    weight = sum(_weight(question, int(ix)) for ix in np.flatnonzero(taken))
    return weight, float(info.mip_gap), time.monotonic() - started


def _whole_program(arrays: Arrays) -> highspy.HighsLp:
    """Rows: a lot's units take no more of a part than its own and what it draws of the loose."""
    question, n_parts, n_units = arrays.question, arrays.n_parts, len(arrays.member)
    pieces = arrays.pieces(arrays.supply_day <= question.at_day)
    starts = np.searchsorted(arrays.entry_type, np.arange(len(arrays.type_lot) + 1))
    entry = [np.arange(starts[t], starts[t + 1]) for t in arrays.unit_type.tolist()]
    entries = np.concatenate(entry)
    n_draws = len(pieces) - n_parts
    draws = np.arange(n_draws)
    row = np.concatenate([arrays.entry_cell[entries] - n_parts, draws, n_draws + draws % n_parts])
    column = np.concatenate(
        [np.repeat(np.arange(n_units), list(map(len, entry))), n_units + draws, n_units + draws]
    )
    value = np.concatenate([arrays.entry_n[entries], -np.ones(n_draws), np.ones(n_draws)])
    order = np.lexsort((column, row))
    weight = np.array([_weight(question, ix) for ix in range(n_units)], dtype=float)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = n_units + n_draws, n_draws + n_parts
    program.col_cost_ = np.append(weight / weight.max(), np.zeros(n_draws))
    program.col_lower_ = np.zeros(n_units + n_draws)
    program.col_upper_ = np.append(np.ones(n_units), np.full(n_draws, np.inf))
    program.row_lower_ = np.full(n_draws + n_parts, -np.inf)
    program.row_upper_ = np.append(pieces[n_parts:], pieces[:n_parts]).astype(float)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.searchsorted(row[order], np.arange(n_draws + n_parts + 1)).astype(np.int32)
    program.a_matrix_.index_ = column[order].astype(np.int32)
    program.a_matrix_.value_ = value[order]
    program.sense_ = highspy.ObjSense.kMaximize
    kinds = (highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous)
    program.integrality_ = [kinds[ix >= n_units] for ix in range(n_units + n_draws)]
    return program


def _weight(question: ReadyQuestion, unit_ix: int) -> int:
    unit = question.units[unit_ix]
    return unit.worth_cents * urgency_mille(unit.due_day, question.at_day)


def one_by_one(question: ReadyQuestion, key: Callable[[int], object]) -> int:
    """Weight when units in some order take what they need if all of it is there, a lot's own pieces first."""
    left: Counter[tuple[str | None, str]] = Counter()
    for supply in question.supplies:
        if supply.day <= question.at_day:
            left[supply.kit_lot_id, supply.part_id] += supply.n_parts
    weight = 0
    for ix in sorted(range(len(question.units)), key=key):  # type: ignore[arg-type]
        unit = question.units[ix]
        lot, needs = unit.kit_lot_id or "none", question.recipes[unit.recipe_ix].needs
        if all(n.n_parts <= left[lot, n.part_id] + left[None, n.part_id] for n in needs):
            weight += _weight(question, ix)
            for need in needs:
                own = min(need.n_parts, left[lot, need.part_id])
                left[lot, need.part_id] -= own
                left[None, need.part_id] -= need.n_parts - own
    return weight


# Measured


@dataclass(frozen=True, slots=True)
class Measured:
    """One question: seconds and gaps of `ready` and of one whole program, and weight lost by plainer ways.

    `ready_first_s` is the first run, `ready_s` the best of some; `check_s` is the inspector's. `gains_s` is
    for `n_changes` changes. Shares are of the weight that `ready` found.
    """

    name: str
    n_units: int
    n_ready: int
    ready_first_s: float
    ready_s: float
    gap: float
    n_programs: int
    check_s: float
    n_changes: int
    gains_s: float
    program_s: float
    program_gap: float
    program_share: float
    by_due_share: float
    by_weight_share: float


CASES = (
    ("a plant of 2,000 open units", Size(), 1),
    ("the same, another week", Size(), 2),
    ("twice as much wrong", Size(wrong=0.1), 1),
    ("many loose parts, scarce", Size(loose=0.3, loose_least=0.6), 1),
    ("few large lots, mixed", Size(n_lots=8, n_variants=20, loose=0.3, loose_least=0.8), 1),
    ("many small lots", Size(n_lots=200), 1),
    ("a small plant", Size(n_units=150, n_parts=400, n_lots=6, n_variants=3), 1),
)


def rows(
    cases: Sequence[tuple[str, Size, int]] = CASES, seconds: float = 30.0, n_runs: int = 5
) -> Iterator[Measured]:
    """Answer questions in our way and in plainer ones, one after the other.

    Parameters
    ----------
    cases : sequence of (name, Size, seed)
        Questions to make.
    seconds : float
        Wall time for each program and for `ready`.
    n_runs : int
        Runs of `ready`, of which the best counts.
    """
    for name, size, seed in cases:
        yield measure(name, lots(size, seed), seconds, n_runs)


def measure(name: str, question: ReadyQuestion, seconds: float, n_runs: int) -> Measured:
    """Answer one question in every way; see `Measured`.

    Raises
    ------
    AssertionError
        When our answer does not pass its inspection.
    """
    times, answer = [], ready(question, seconds)
    for _ in range(n_runs):
        times.append(answer.seconds)
        answer = ready(question, seconds)
    started = time.monotonic()
    faults = check(question, answer)
    check_s = time.monotonic() - started
    assert not faults, faults[0]
    changes = cases_opened(question)
    started = time.monotonic()
    gains(question, changes, seconds)
    gains_s = time.monotonic() - started
    weight, program_gap, program_s = by_whole_program(question, seconds)
    whole = max(1, answer.objective)
    return Measured(
        name, len(question.units), answer.n_ready, times[0], min(times), answer.gap, answer.n_programs,
        check_s, len(changes), gains_s, program_s, program_gap, weight / whole,
        one_by_one(question, lambda ix: place_in_queue(question.units[ix])[1:]) / whole,
        one_by_one(question, lambda ix: (-_weight(question, ix), ix)) / whole,
    )  # fmt: skip


def cases_opened(question: ReadyQuestion, most: int = 50) -> list[Change]:
    """Changes: each case, claim or order that is still to come is there today."""
    by_ref: dict[str, list[int]] = {}
    for ix, supply in enumerate(question.supplies):
        if supply.ref is not None and supply.day > question.at_day:
            by_ref.setdefault(supply.ref, []).append(ix)
    largest = sorted(by_ref.items(), key=lambda item: (-len(item[1]), item[0]))[:most]
    return [Change(ref, tuple(ixs), question.at_day) for ref, ixs in largest]
