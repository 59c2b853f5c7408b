"""The inspector of readiness: goes over an answer in slow, plain Python and says what does not hold.

It reads the question and the answer, and nothing of the program between them. It does not prove the
objective best again; it does see to it that on no day a unit waits that has all its pieces left over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from knockdown.kitting.question import Need, OpenUnit, ReadyQuestion
from knockdown.kitting.ready.answer import LotReady, Missing, ReadyAnswer, ShortPart

Faults = Iterator[str]
Cell = tuple[str | None, str]
LOOSE = None
NOBODY = "a unit without a lot has no pieces of its own"


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
    >>> from knockdown.kitting.question import Recipe, Supply
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
    return tuple(
        fault
        for part in (_days(question, answer), _draws(question, answer), _worth(question, answer),
                     _missing(question, answer), _lots(question, answer))
        for fault in part
    )  # fmt: skip


def _own(unit: OpenUnit) -> str | None:
    return NOBODY if unit.kit_lot_id is None else unit.kit_lot_id


# Days: replayed without a look at the draws


def _days(question: ReadyQuestion, answer: ReadyAnswer) -> Faults:
    """On its day each unit finds its pieces, and none is made to wait for nothing."""
    waiting: dict[tuple[str | None, int], list[int]] = defaultdict(list)
    ready: dict[int, list[int]] = defaultdict(list)
    for ix, unit in enumerate(question.units):
        waiting[_own(unit), unit.recipe_ix].append(ix)
        if (day := answer.units[ix].ready_day) is not None:
            ready[day].append(ix)
    come: dict[int, list[int]] = defaultdict(list)
    for ix, supply in enumerate(question.supplies):
        come[max(supply.day, question.at_day)].append(ix)
    left: Counter[Cell] = Counter()
    lately: dict[tuple[str | None, int], Need | None] = {}
    for day in sorted({question.at_day, *come, *ready}):
        if day < question.at_day:
            yield f"{question.units[ready[day][0]].unit_id} is ready on day {day}, before the day asked for"
        for ix in come[day]:
            left[question.supplies[ix].kit_lot_id, question.supplies[ix].part_id] += question.supplies[
                ix
            ].n_parts
        yield from _taken(question, left, ready[day], day)
        yield from _left_waiting(question, answer, left, waiting, lately, day)


def _taken(question: ReadyQuestion, left: Counter[Cell], units: list[int], day: int) -> Faults:
    """Units of a day take their pieces, own ones first."""
    alike = Counter((_own(question.units[ix]), question.units[ix].recipe_ix) for ix in units)
    for (lot, recipe_ix), n_units in alike.items():
        for need in question.recipes[recipe_ix].needs:
            wanted = n_units * need.n_parts
            own = min(wanted, left[lot, need.part_id])
            left[lot, need.part_id] -= own
            left[LOOSE, need.part_id] -= wanted - own
            if left[LOOSE, need.part_id] < 0:
                yield f"units of lot {lot} ready on day {day} need more of part {need.part_id} than there is"
                left[LOOSE, need.part_id] = 0


def _left_waiting(
    question: ReadyQuestion,
    answer: ReadyAnswer,
    left: Counter[Cell],
    waiting: dict[tuple[str | None, int], list[int]],
    lately: dict[tuple[str | None, int], Need | None],
    day: int,
) -> Faults:
    """Nobody waits who could be ready; `lately` is what each lot's recipes lacked when last looked at."""
    for (lot, recipe_ix), units in waiting.items():
        units[:] = [ix for ix in units if (d := answer.units[ix].ready_day) is None or d > day]
        if not units or _lacks(left, lot, lately.get((lot, recipe_ix))):
            continue
        needs = question.recipes[recipe_ix].needs
        lately[lot, recipe_ix] = next((need for need in needs if _lacks(left, lot, need)), None)
        if lately[lot, recipe_ix] is None:
            unit_id = question.units[units[0]].unit_id
            yield f"{unit_id} is not ready on day {day}, and all it needs is left over"


def _lacks(left: Counter[Cell], lot: str | None, need: Need | None) -> bool:
    return need is not None and need.n_parts > left[lot, need.part_id] + left[LOOSE, need.part_id]


# Draws: who gets which pieces


def _draws(question: ReadyQuestion, answer: ReadyAnswer) -> Faults:
    used: Counter[int] = Counter()
    got: Counter[tuple[int, int]] = Counter()
    draws = answer.draws
    columns = (draws.unit_ix, draws.need_ix, draws.supply_ix, draws.n_parts)
    for unit_ix, need_ix, supply_ix, n in zip(*(column.tolist() for column in columns), strict=True):
        got[unit_ix, need_ix] += n
        if supply_ix >= 0:
            used[supply_ix] += n
        yield from _draw(question, answer, unit_ix, need_ix, supply_ix, n)
    for (unit_ix, need_ix), n in got.items():
        unit = question.units[unit_ix]
        need = question.recipes[unit.recipe_ix].needs[need_ix]
        if n != need.n_parts:
            yield f"{unit.unit_id} needs {need.n_parts} of part {need.part_id}, the rows say {n}"
    for supply_ix, n in used.items():
        supply = question.supplies[supply_ix]
        if n > supply.n_parts:
            yield f"supply {supply_ix} has {supply.n_parts} of part {supply.part_id}, {n} are given away"
    yield from _unlisted(question, used, set(got))


def _draw(
    question: ReadyQuestion, answer: ReadyAnswer, unit_ix: int, need_ix: int, supply_ix: int, n: int
) -> Faults:
    """One row."""
    unit, ready_day = question.units[unit_ix], answer.units[unit_ix].ready_day
    need = question.recipes[unit.recipe_ix].needs[need_ix]
    if n <= 0:
        yield f"{unit.unit_id} gets {n} of part {need.part_id}"
    if supply_ix < 0:
        if ready_day is not None:
            yield f"{unit.unit_id} is ready on day {ready_day}, with part {need.part_id} from nowhere"
        return
    supply = question.supplies[supply_ix]
    if supply.part_id != need.part_id or supply.kit_lot_id not in (None, unit.kit_lot_id):
        yield f"{unit.unit_id} gets part {supply.part_id} of lot {supply.kit_lot_id} for part {need.part_id}"
    if ready_day is not None and supply.day > ready_day:
        yield f"{unit.unit_id} is ready on day {ready_day}, and gets part {need.part_id} on day {supply.day}"


def _unlisted(question: ReadyQuestion, used: Counter[int], listed: set[tuple[int, int]]) -> Faults:
    """What is not in the rows is there for all, from pieces that the rows leave."""
    wanted = _wanted(question)
    for unit_ix, need_ix in listed:
        unit = question.units[unit_ix]
        need = question.recipes[unit.recipe_ix].needs[need_ix]
        wanted[_own(unit), need.part_id] -= need.n_parts
    there: Counter[Cell] = Counter()
    for ix, supply in enumerate(question.supplies):
        if supply.day <= question.at_day:
            there[supply.kit_lot_id, supply.part_id] += supply.n_parts - used[ix]
    for part_id, n in _short(wanted, there).items():
        yield f"part {part_id} is {n} short on day {question.at_day} for units that have no rows for it"


def _wanted(question: ReadyQuestion) -> Counter[Cell]:
    """Pieces that all open units need, by lot and part."""
    wanted: Counter[Cell] = Counter()
    for (lot, recipe_ix), n_units in Counter((_own(u), u.recipe_ix) for u in question.units).items():
        for need in question.recipes[recipe_ix].needs:
            wanted[lot, need.part_id] += n_units * need.n_parts
    return wanted


def _short(wanted: Counter[Cell], there: Counter[Cell]) -> dict[str, int]:
    """Pieces lacking, by part, when lots use their own first and then share the loose."""
    beyond: Counter[str] = Counter()
    for (lot, part_id), n in wanted.items():
        beyond[part_id] += max(0, n - there[lot, part_id])
    return {part_id: n - there[LOOSE, part_id] for part_id, n in beyond.items() if n > there[LOOSE, part_id]}


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


def _missing(question: ReadyQuestion, answer: ReadyAnswer) -> Faults:
    """Missing pieces add up to what is short, and each list fits its unit."""
    there: Counter[Cell] = Counter()
    has_own = set()
    for supply in question.supplies:
        if supply.n_parts:
            has_own.add((supply.kit_lot_id, supply.part_id))
        if supply.day <= question.at_day:
            there[supply.kit_lot_id, supply.part_id] += supply.n_parts
    pieces: Counter[str] = Counter()
    blocks: dict[Cell, list[int]] = defaultdict(lambda: [0, 0, 0])
    for ix, unit in enumerate(question.units):
        lacks = answer.missing(ix)
        yield from _one_list(question, answer, ix, lacks)
        parts = {row.part_id for row in lacks}
        for row in lacks:
            pieces[row.part_id] += row.n_parts
            blocks[_place(unit, row.part_id, has_own)][0] += row.n_parts
        for part_id in parts:
            cell = blocks[_place(unit, part_id, has_own)]
            cell[1] += 1
            cell[2] += len(parts) == 1
    short = _short(_wanted(question), there)
    if short != dict(pieces):
        wrong = sorted(p for p in {*short, *pieces} if short.get(p, 0) != pieces[p])
        yield f"pieces missing of part {wrong[0]}: {pieces[wrong[0]]}, short are {short.get(wrong[0], 0)}"
    if set(short) != answer.short_ids:
        yield f"{len(short)} parts are short, the answer names {len(answer.short_ids)}"
    yield from _blocking(blocks, answer.short_parts)


def _place(unit: OpenUnit, part_id: str, has_own: set[Cell]) -> Cell:
    own = unit.kit_lot_id is not None and (unit.kit_lot_id, part_id) in has_own
    return (unit.kit_lot_id if own else LOOSE), part_id


def _one_list(question: ReadyQuestion, answer: ReadyAnswer, ix: int, lacks: tuple[Missing, ...]) -> Faults:
    unit, said = question.units[ix], answer.units[ix]
    ready_now = said.ready_day is not None and said.ready_day <= question.at_day
    if ready_now == bool(lacks):
        yield f"{unit.unit_id} is ready on day {said.ready_day} and lacks {len(lacks)} parts"
    if len({row.part_id for row in lacks}) != said.n_missing_parts:
        yield f"{unit.unit_id} does not lack {said.n_missing_parts} parts"
    if not lacks:
        return
    order = {
        need.part_id: (at, need.station_id) for at, need in enumerate(question.recipes[unit.recipe_ix].needs)
    }
    places = [order[row.part_id][0] for row in lacks]
    if places != sorted(places) or any(order[row.part_id][1] != row.station_id for row in lacks):
        yield f"{unit.unit_id}: what is missing is not in the order of its stations"
    if any(row.day is not None and row.day <= question.at_day for row in lacks):
        yield f"{unit.unit_id} lacks pieces that are there"


def _blocking(blocks: dict[Cell, list[int]], said: tuple[ShortPart, ...]) -> Faults:
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
        known = sorted(day for day in its if day is not None)
        steps = tuple((day, sum(d <= day for d in known)) for day in sorted(set(known)))
        n_ready = sum(day <= question.at_day for day in known)
        wanted[lot] = LotReady(lot, len(its), n_ready, steps)
    if {lot.kit_lot_id: lot for lot in answer.lots} != wanted or len(answer.lots) != len(wanted):
        yield "the lots' rows do not fit their units"
