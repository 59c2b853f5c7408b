"""The inspector of readiness: goes over an answer and says what does not hold.

It reads the question and the answer, and nothing of the program between them: it makes its own tables, and
adds up in its own way. It does not prove the objective best again; it does see to it that on no day a unit
waits that has all its pieces left over.

Pieces are counted in a table of lots by parts, as whole numbers. Its first row holds the loose pieces; then
come the lots that have open units; then the units without a lot, who own nothing, and the lots nobody asks
about.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import accumulate

import numpy as np

from knockdown.kitting.question import ReadyQuestion
from knockdown.kitting.ready.answer import Bools, Ints, LotReady, Missing, ReadyAnswer, ShortPart

Faults = Iterator[str]
LOOSE = 0
FOREVER = 2**62


def check(question: ReadyQuestion, answer: ReadyAnswer) -> tuple[str, ...]:
    """Everything in the answer that the question does not bear out.

    Parameters
    ----------
    question : ReadyQuestion
        What was asked.
    answer : ReadyAnswer
        What `ready.ready` said.

    Returns
    -------
    tuple of str
        Faults in words; empty when the answer holds.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from knockdown.kitting.question import Need, OpenUnit, Recipe, Supply
    >>> from knockdown.kitting.ready.solve import ready
    >>> unit = OpenUnit("U1", "L1", None, "PX-1", "main", "planned", 0, 100, None)
    >>> doors = Supply("door", 2, "L1", 10, "on_hand")
    >>> asked = ReadyQuestion(10, (unit,), (Recipe((Need("door", 2, "T1"),)),), (doors,))
    >>> answer = ready(asked)
    >>> check(asked, answer)
    ()
    >>> late = replace(answer.units[0], ready_day=None)
    >>> check(asked, replace(answer, units=(late,)))[0]
    'U1 is not ready on day 10, and all it needs is left over'
    """
    if [unit.unit_id for unit in question.units] != [unit.unit_id for unit in answer.units]:
        return ("the answer does not name the units of the question in their order",)
    asked = _Asked(question)
    if not _in_range(asked, answer):
        return ("a row names a unit, a need or a supply that is not there",)
    return tuple(
        fault
        for part in (_days(asked, answer), _draws(asked, answer), _worth(question, answer),
                     _missing(asked, answer), _lots(question, answer))
        for fault in part
    )  # fmt: skip


class _Asked:
    """The question in columns. Needs of all recipes stand one after the other."""

    def __init__(self, question: ReadyQuestion) -> None:
        self.question = question
        units, supplies = question.units, question.supplies
        needs = [need for recipe in question.recipes for need in recipe.needs]
        ids = dict.fromkeys([need.part_id for need in needs] + [supply.part_id for supply in supplies])
        self.part_ids = list(ids) or ["nothing"]
        self.part_ix = {part_id: ix for ix, part_id in enumerate(self.part_ids)}
        self.need_part = _ints([self.part_ix[need.part_id] for need in needs])
        self.need_n = _ints([need.n_parts for need in needs])
        self.need_station = [need.station_id for need in needs]
        self.n_needs = _ints([len(recipe.needs) for recipe in question.recipes])
        self.first_need = np.cumsum(self.n_needs) - self.n_needs
        self.lot_ids = [
            None,
            *dict.fromkeys(unit.kit_lot_id for unit in units if unit.kit_lot_id is not None),
        ]
        row: dict[str | None, int] = {lot_id: ix for ix, lot_id in enumerate(self.lot_ids)}
        nobody, others = len(row), len(row) + 1
        self.shape = len(row) + 2, len(self.part_ids)
        self.unit_row = _ints([nobody if unit.kit_lot_id is None else row[unit.kit_lot_id] for unit in units])
        self.unit_recipe = _ints([unit.recipe_ix for unit in units])
        self.supply_row = _ints([row.get(supply.kit_lot_id, others) for supply in supplies])
        self.supply_part = _ints([self.part_ix[supply.part_id] for supply in supplies])
        self.supply_n = _ints([supply.n_parts for supply in supplies])
        self.supply_day = _ints([supply.day for supply in supplies])
        self.has_own = self.table(self.supply_row, self.supply_part, self.supply_n) > 0

    def needs(self, recipe_ix: int) -> slice:
        """Where the needs of a recipe stand."""
        first = int(self.first_need[recipe_ix])
        return slice(first, first + int(self.n_needs[recipe_ix]))

    def table(self, row: Ints, part: Ints, n: Ints | Bools | int) -> Ints:
        """Pieces by lot and part."""
        table = np.zeros(self.shape, dtype=np.int64)
        np.add.at(table, (row, part), n)
        return table

    def there(self, n: Ints) -> Ints:
        """Of these pieces of each supply, those that are there on `at_day`, by lot and part."""
        now = self.supply_day <= self.question.at_day
        return self.table(self.supply_row[now], self.supply_part[now], n[now])

    def place(self, unit: Ints, part: Ints) -> tuple[Ints, Ints]:
        """Where a missing piece should be: in the unit's lot, if that ever has some, else among the loose."""
        row = self.unit_row[unit]
        return np.where(self.has_own[row, part], row, LOOSE), part

    def need_of(self, unit: Ints, part: Ints) -> Ints:
        """The need of each unit's recipe for a part."""
        recipe = np.repeat(np.arange(len(self.n_needs)), self.n_needs)
        keys = recipe * len(self.part_ids) + self.need_part
        order = np.argsort(keys)
        return order[np.searchsorted(keys[order], self.unit_recipe[unit] * len(self.part_ids) + part)]

    def wanted(self) -> Ints:
        """Pieces that all open units need, by lot and part."""
        wanted = np.zeros(self.shape, dtype=np.int64)
        alike = Counter(zip(self.unit_row.tolist(), self.unit_recipe.tolist(), strict=True))
        for (row, recipe_ix), n_units in alike.items():
            needs = self.needs(recipe_ix)
            np.add.at(wanted[row], self.need_part[needs], n_units * self.need_n[needs])
        return wanted


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _ready_days(answer: ReadyAnswer) -> Ints:
    return _ints([FOREVER if unit.ready_day is None else unit.ready_day for unit in answer.units])


# Days: replayed without a look at the draws


def _days(asked: _Asked, answer: ReadyAnswer) -> Faults:
    """On its day each unit finds its pieces, and none is made to wait for nothing."""
    at_day, ready = asked.question.at_day, _ready_days(answer)
    kinds = _Kinds(asked, ready)
    come = np.maximum(asked.supply_day, at_day)
    left = np.zeros(asked.shape, dtype=np.int64)
    for day in sorted({at_day, *come.tolist(), *ready[ready < FOREVER].tolist()}):
        units = np.flatnonzero(ready == day)
        if day < at_day:
            yield f"{answer.units[units[0]].unit_id} is ready on day {day}, before the day asked for"
        new = np.flatnonzero(come == day)
        np.add.at(left, (asked.supply_row[new], asked.supply_part[new]), asked.supply_n[new])
        yield from _taken(asked, kinds, left, units, day)
        for unit_ix in kinds.kept_waiting(left, day):
            yield f"{answer.units[unit_ix].unit_id} is not ready on day {day}, and all it needs is left over"


def _taken(asked: _Asked, kinds: _Kinds, left: Ints, units: Ints, day: int) -> Faults:
    """Units of a day take their pieces, own ones first."""
    for kind, n_units in Counter(kinds.of_unit[units].tolist()).items():
        row, needs = int(kinds.row[kind]), asked.needs(kinds.recipe[kind])
        parts, wanted = asked.need_part[needs], n_units * asked.need_n[needs]
        own = np.minimum(wanted, left[row, parts])
        left[row, parts] -= own
        left[LOOSE, parts] -= wanted - own
        for part in parts[left[LOOSE, parts] < 0].tolist():
            lot, part_id = asked.question.units[kinds.first[kind]].kit_lot_id, asked.part_ids[part]
            yield f"units of lot {lot} ready on day {day} need more of part {part_id} than there is"
            left[LOOSE, part] = 0


class _Kinds:
    """Units of one lot and recipe are of a kind; which still wait, and one part that each lacked lately."""

    def __init__(self, asked: _Asked, ready: Ints) -> None:
        self.asked, self.ready = asked, ready
        key = asked.unit_row * len(asked.n_needs) + asked.unit_recipe
        kinds, self.first, self.of_unit = np.unique(key, return_index=True, return_inverse=True)
        self.row, self.recipe = np.divmod(kinds, max(1, len(asked.n_needs)))
        self.last_day = np.zeros(len(kinds), dtype=np.int64)
        np.maximum.at(self.last_day, self.of_unit, ready)
        self.lacked_part = np.zeros(len(kinds), dtype=np.int64)
        self.lacked_n = np.zeros(len(kinds), dtype=np.int64)

    def kept_waiting(self, left: Ints, day: int) -> Iterator[int]:
        """A unit of each kind that waits though all it needs is left over."""
        there = left[self.row, self.lacked_part] + left[LOOSE, self.lacked_part]
        for kind in np.flatnonzero((self.last_day > day) & (self.lacked_n <= there)).tolist():
            needs = self.asked.needs(self.recipe[kind])
            parts, n = self.asked.need_part[needs], self.asked.need_n[needs]
            lacks = np.flatnonzero(n > left[self.row[kind], parts] + left[LOOSE, parts])
            if lacks.size:
                self.lacked_part[kind], self.lacked_n[kind] = parts[lacks[0]], n[lacks[0]]
            else:
                yield int(np.flatnonzero((self.of_unit == kind) & (self.ready > day))[0])


# Draws: who gets which pieces


def _draws(asked: _Asked, answer: ReadyAnswer) -> Faults:
    draws, units = answer.draws, asked.question.units
    need = asked.first_need[asked.unit_recipe[draws.unit_ix]] + draws.need_ix
    yield from _rows(asked, answer, need)
    listed, row = np.unique(draws.unit_ix * len(asked.need_n) + need, return_inverse=True)
    unit, need = np.divmod(listed, max(1, len(asked.need_n)))
    got = np.zeros(len(listed), dtype=np.int64)
    np.add.at(got, row, draws.n_parts)
    for ix in np.flatnonzero(got != asked.need_n[need]).tolist():
        name, part_id = units[unit[ix]].unit_id, asked.part_ids[asked.need_part[need[ix]]]
        yield f"{name} needs {asked.need_n[need[ix]]} of part {part_id}, the rows say {got[ix]}"
    used = np.zeros(len(asked.supply_n), dtype=np.int64)
    known = draws.supply_ix >= 0
    np.add.at(used, draws.supply_ix[known], draws.n_parts[known])
    for ix in np.flatnonzero(used > asked.supply_n).tolist():
        supply = asked.question.supplies[ix]
        yield f"supply {ix} has {supply.n_parts} of part {supply.part_id}, {used[ix]} are given away"
    yield from _unlisted(asked, used, unit, need)


def _in_range(asked: _Asked, answer: ReadyAnswer) -> bool:
    """Whether all indices of the rows are of something that is there."""
    draws = answer.draws
    if not _within(draws.unit_ix, len(asked.unit_row)).all():
        return False
    needs = _within(draws.need_ix, asked.n_needs[asked.unit_recipe[draws.unit_ix]])
    return bool((needs & (draws.supply_ix < len(asked.supply_n))).all())


def _within(ix: Ints, size: int | Ints) -> Bools:
    return (ix >= 0) & (ix < size)


def _rows(asked: _Asked, answer: ReadyAnswer, need: Ints) -> Faults:
    """What is wrong with single rows."""
    draws, question = answer.draws, asked.question
    ready_day = _ready_days(answer)[draws.unit_ix]
    part, nowhere = asked.need_part[need], draws.supply_ix < 0
    day, row = np.append(asked.supply_day, 0), np.append(asked.supply_row, LOOSE)
    given, own = np.append(asked.supply_part, -1)[draws.supply_ix], row[draws.supply_ix]
    foreign = (given != part) | ((own != LOOSE) & (own != asked.unit_row[draws.unit_ix]))
    late = ~nowhere & (day[draws.supply_ix] > ready_day)

    def told(wrong: Bools) -> Iterator[tuple[str, str, int, int]]:
        for at in np.flatnonzero(wrong).tolist():
            unit_ix = int(draws.unit_ix[at])
            yield question.units[unit_ix].unit_id, asked.part_ids[part[at]], int(ready_day[at]), at

    for name, part_id, _, at in told(draws.n_parts <= 0):
        yield f"{name} gets {draws.n_parts[at]} of part {part_id}"
    for name, part_id, when, _ in told(nowhere & (ready_day < FOREVER)):
        yield f"{name} is ready on day {when}, with part {part_id} from nowhere"
    for name, part_id, _, at in told(~nowhere & foreign):
        supply = question.supplies[draws.supply_ix[at]]
        yield f"{name} gets part {supply.part_id} of lot {supply.kit_lot_id} for part {part_id}"
    for name, part_id, when, at in told(late):
        yield f"{name} is ready on day {when}, and gets part {part_id} on day {day[draws.supply_ix[at]]}"


def _unlisted(asked: _Asked, used: Ints, unit: Ints, need: Ints) -> Faults:
    """What is not in the rows is there for all, from pieces that the rows leave."""
    rest = asked.wanted() - asked.table(asked.unit_row[unit], asked.need_part[need], asked.need_n[need])
    short = _short(rest, asked.there(asked.supply_n - used))
    for part in np.flatnonzero(short).tolist():
        at = f"short on day {asked.question.at_day}"
        yield f"part {asked.part_ids[part]} is {short[part]} {at} for units that have no rows for it"


def _short(wanted: Ints, there: Ints) -> Ints:
    """Pieces lacking, by part, when lots use their own first and then share the loose."""
    beyond = np.maximum(wanted - there, 0)[LOOSE + 1 :].sum(axis=0)
    return np.maximum(beyond - there[LOOSE], 0)


# What is said about it


def _worth(question: ReadyQuestion, answer: ReadyAnswer) -> Faults:
    worth = 0
    for unit, said in zip(question.units, answer.units, strict=True):
        if said.ready_day is not None and said.ready_day <= question.at_day:
            days = 60 if unit.due_day is None else min(60, max(0, unit.due_day - question.at_day))
            worth += unit.worth_cents * (2000 - 1000 * days // 60)
    if worth != answer.objective:
        yield f"the objective is {answer.objective}, the units ready are worth {worth}"
    if answer.bound < answer.objective:
        yield f"the bound {answer.bound} is below the objective {answer.objective}"
    wanted = abs(answer.objective - answer.bound) / max(1e-9, abs(answer.objective))
    if abs(wanted - answer.gap) > 1e-12:
        yield f"the gap is {answer.gap}, it should be {wanted}"


def _missing(asked: _Asked, answer: ReadyAnswer) -> Faults:
    """Missing pieces add up to what is short, and each list fits its unit."""
    lists = [answer.missing(ix) for ix in range(len(answer.units))]
    rows = [row for lacks in lists for row in lacks]
    unit = np.repeat(np.arange(len(lists)), _ints([len(lacks) for lacks in lists]))
    part = _ints([asked.part_ix[row.part_id] for row in rows])
    n = _ints([row.n_parts for row in rows])
    lacking, lacked = np.divmod(np.unique(unit * len(asked.part_ids) + part), len(asked.part_ids))
    n_lacked = np.bincount(lacking, minlength=len(lists))
    yield from _listed(asked, answer, n_lacked)
    yield from _in_order(asked, rows, unit, part)
    yield from _all_short(asked, answer, part, n)
    pieces = asked.table(*asked.place(unit, part), n)
    units = asked.table(*asked.place(lacking, lacked), 1)
    alone = asked.table(*asked.place(lacking, lacked), n_lacked[lacking] == 1)
    yield from _blocking(asked, np.stack((pieces, units, alone), axis=-1), answer.short_parts)


def _listed(asked: _Asked, answer: ReadyAnswer, n_lacked: Ints) -> Faults:
    """Whoever is ready lacks nothing, everybody else something: as many parts as is said."""
    ready_now = _ready_days(answer) <= asked.question.at_day
    for ix in np.flatnonzero(ready_now == (n_lacked > 0)).tolist():
        said = answer.units[ix]
        yield f"{said.unit_id} is ready on day {said.ready_day} and lacks {n_lacked[ix]} parts"
    for ix in np.flatnonzero(n_lacked != [said.n_missing_parts for said in answer.units]).tolist():
        yield f"{answer.units[ix].unit_id} does not lack {answer.units[ix].n_missing_parts} parts"


def _all_short(asked: _Asked, answer: ReadyAnswer, part: Ints, n: Ints) -> Faults:
    """All that is short is missing somewhere, and no more."""
    short = _short(asked.wanted(), asked.there(asked.supply_n))
    pieces = np.zeros_like(short)
    np.add.at(pieces, part, n)
    for ix in np.flatnonzero(short != pieces)[:1].tolist():
        yield f"pieces missing of part {asked.part_ids[ix]}: {pieces[ix]}, short are {short[ix]}"
    if {asked.part_ids[ix] for ix in np.flatnonzero(short).tolist()} != answer.short_ids:
        yield f"{np.count_nonzero(short)} parts are short, the answer names {len(answer.short_ids)}"


def _in_order(asked: _Asked, rows: list[Missing], unit: Ints, part: Ints) -> Faults:
    """What is missing stands in the order of the recipe's needs, and is not there."""
    need = asked.need_of(unit, part)
    stations = (asked.need_station[ix] for ix in need.tolist())
    wrong = np.array([row.station_id != at for row, at in zip(rows, stations, strict=True)], dtype=bool)
    wrong[1:] |= (np.diff(unit) == 0) & (np.diff(need) < 0)
    for ix in np.unique(unit[wrong]).tolist():
        unit_id = asked.question.units[ix].unit_id
        yield f"{unit_id}: what is missing is not in the order of its stations"
    day = _ints([FOREVER if row.day is None else row.day for row in rows])
    for ix in np.unique(unit[day <= asked.question.at_day]).tolist():
        yield f"{asked.question.units[ix].unit_id} lacks pieces that are there"


def _blocking(asked: _Asked, counts: Ints, said: tuple[ShortPart, ...]) -> Faults:
    """`counts`: pieces, units and units that lack nothing else, by lot and part."""
    blocks = {
        (asked.lot_ids[row], asked.part_ids[part]): counts[row, part].tolist()
        for row, part in np.argwhere(counts[..., 1]).tolist()
    }
    stated = {(p.kit_lot_id, p.part_id): [p.n_parts, p.n_units, p.n_units_alone] for p in said}
    for cell in {*blocks, *stated}:
        if blocks.get(cell) != stated.get(cell):
            yield f"lot {cell[0]}, part {cell[1]}: {stated.get(cell)} is said, it is {blocks.get(cell)}"
    keys = [(-p.n_units_alone, -p.n_units, -p.n_parts) for p in said]
    if keys != sorted(keys):
        yield "the short parts are not in order of what they block"


def _lots(question: ReadyQuestion, answer: ReadyAnswer) -> Faults:
    days: dict[str | None, list[int | None]] = defaultdict(list)
    for unit, said in zip(question.units, answer.units, strict=True):
        days[unit.kit_lot_id].append(said.ready_day)
    wanted = {}
    for lot, its in days.items():
        known = sorted(Counter(day for day in its if day is not None).items())
        steps = tuple(zip((day for day, _ in known), accumulate(n for _, n in known), strict=True))
        n_ready = sum(n for day, n in known if day <= question.at_day)
        wanted[lot] = LotReady(lot, len(its), n_ready, steps)
    if {lot.kit_lot_id: lot for lot in answer.lots} != wanted or len(answer.lots) != len(wanted):
        yield "the lots' rows do not fit their units"
