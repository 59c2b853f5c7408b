"""The inspector: recomputes an answer from the question in slow, plain Python and says what does not hold.

It reads the question and the answer, and nothing of the search between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from knockdown.kitting.question import Course, Option, ResolveQuestion, Shortage, ShortUnit, Term
from knockdown.kitting.resolve.answer import (
    OrderAnswer,
    PartAnswer,
    ResolveAnswer,
    RunnerUp,
    Take,
    UnitAnswer,
)

Faults = Iterator[str]


def check_resolve(question: ResolveQuestion, answer: ResolveAnswer) -> tuple[str, ...]:
    """Every rule of the question that the answer breaks, and every number of it that is wrong.

    Parameters
    ----------
    question : ResolveQuestion
        What was asked.
    answer : ResolveAnswer
        The answer; its runner-ups are checked unit by unit, their pools and prices as far as they are told.

    Returns
    -------
    tuple of str
        Violations in words; empty when the answer holds.

    Examples
    --------
    >>> nothing = ResolveQuestion((), ())
    >>> check_resolve(nothing, ResolveAnswer("optimal", 0, 0, 0.0, 0.1, 0))
    ()
    >>> check_resolve(nothing, ResolveAnswer("optimal", 7, 0, 1.0, 0.1, 0))
    ('the units cost 0, and the objective is 7',)
    """
    return tuple(_faults(question, answer))


def _faults(question: ResolveQuestion, answer: ResolveAnswer) -> Faults:
    if answer.status in ("infeasible", "unknown"):
        yield from _no_answer(answer)
        return
    asked = tuple(unit.unit_id for unit in question.units)
    given = tuple(unit.unit_id for unit in answer.units)
    if asked != given:
        yield f"asked about {len(asked)} units, answered about {len(given)}, or in another order"
        return
    shares = _shares(zip(question.units, answer.units, strict=True), question)
    for unit, found in zip(question.units, answer.units, strict=True):
        yield from _unit(question, unit, found, shares)
    yield from _pools(question, answer.units)
    yield from _orders(question, answer)
    yield from _money(answer)
    yield from _runner_ups(question, answer.runner_ups)


def _no_answer(answer: ResolveAnswer) -> Faults:
    if answer.objective is not None or answer.units:
        yield f"the status is {answer.status}, and yet there is an answer"
    if answer.status == "infeasible" and not answer.unmet:
        yield "the answer is no, and nothing is named that cannot be met"


def _taken(unit: ShortUnit, found: UnitAnswer) -> Iterator[tuple[Option, Take]]:
    """What is taken from options that there are."""
    for shortage, part in zip(unit.shortages, found.parts, strict=False):
        for take in part.takes:
            if 0 <= take.option_ix < len(shortage.options):
                yield shortage.options[take.option_ix], take


def _shares(told: Iterable[tuple[ShortUnit, UnitAnswer]], question: ResolveQuestion) -> dict[int, list[int]]:
    """For each order that is made, what each of its takes bears of it, in order: alike, to the cent."""
    n_takes = Counter(option.order for unit, found in told for option, _ in _taken(unit, found))
    shares = {}
    for order, n in n_takes.items():
        if order is not None:
            cents = question.orders[order].cost.cents
            shares[order] = [(cents + n - 1 - place) // n for place in range(n)]
    return shares


def _unit(
    question: ResolveQuestion, unit: ShortUnit, found: UnitAnswer, shares: dict[int, list[int]]
) -> Faults:
    if not 0 <= found.course_ix < len(unit.courses):
        yield f"{unit.unit_id}: course {found.course_ix} is none of {len(unit.courses)}"
        return
    course = unit.courses[found.course_ix]
    told = (found.kind, found.label, found.start_day, found.finish_day)
    if told != (course.kind, course.label, course.start_day, course.finish_day):
        yield f"{unit.unit_id}: the course is told otherwise than it was asked"
    if tuple(s.part_id for s in unit.shortages) != tuple(p.part_id for p in found.parts):
        yield f"{unit.unit_id}: the missing parts are others than were asked about"
        return
    for shortage, part, limit in zip(unit.shortages, found.parts, course.limits, strict=True):
        for fault in _part(shortage, part, limit):
            yield f"{unit.unit_id}, {shortage.part_id}: {fault}"
    for option, take in _taken(unit, found):
        share = 0 if option.order is None else shares[option.order].pop(0)
        if take.order_cents != share:
            yield f"{unit.unit_id}: {take.label} bears {take.order_cents} of its order, not {share}"
    yield from _terms(question, unit, course, found)


def _part(shortage: Shortage, part: PartAnswer, limit: int) -> Faults:
    if sum(take.n_parts for take in part.takes) != shortage.n_parts:
        yield f"{sum(take.n_parts for take in part.takes)} pieces come of {shortage.n_parts}"
    if len({take.option_ix for take in part.takes}) < len(part.takes):
        yield "an option is taken twice"
    for take in part.takes:
        if not 0 <= take.option_ix < len(shortage.options):
            yield f"option {take.option_ix} is none of {len(shortage.options)}"
        else:
            yield from _take(shortage, take, limit)


def _take(shortage: Shortage, take: Take, limit: int) -> Faults:
    option = shortage.options[take.option_ix]
    told = (take.kind, take.label, take.day, take.note)
    if told != (option.kind, option.label, option.day, option.note):
        yield f"option {take.option_ix} is told otherwise than it was asked"
    if take.n_parts < 1:
        yield f"{take.n_parts} pieces are taken from option {take.option_ix}"
    if option.day > limit:
        yield f"pieces of day {option.day} are too late for day {limit}"
    cents = take.n_parts * sum(t.cents for t in option.piece) + sum(t.cents for t in option.fixed)
    cents += take.order_cents
    if take.cents != cents:
        yield f"option {take.option_ix} costs {cents}, not {take.cents}"


def _terms(question: ResolveQuestion, unit: ShortUnit, course: Course, found: UnitAnswer) -> Faults:
    due: Counter[str] = Counter()
    for term in course.cost:
        due[term.name] += term.cents
    for option, take in _taken(unit, found):
        for term in option.piece:
            due[term.name] += take.n_parts * term.cents
        for term in option.fixed:
            due[term.name] += term.cents
        if option.order is not None:
            due[question.orders[option.order].cost.name] += take.order_cents
    yield from _same(unit.unit_id, due, found.terms)
    if found.cents != sum(due.values()):
        yield f"{unit.unit_id}: it costs {sum(due.values())}, not {found.cents}"


def _same(what: str, due: Counter[str], told: Iterable[Term]) -> Faults:
    given: Counter[str] = Counter()
    for term in told:
        given[term.name] += term.cents
    for name in sorted({*due, *given}):
        if due[name] != given[name]:
            yield f"{what}, {name}: it is {due[name]}, not {given[name]}"


def _pools(question: ResolveQuestion, units: Iterable[UnitAnswer]) -> Faults:
    used: Counter[int] = Counter()
    for unit, found in zip(question.units, units, strict=True):
        if not 0 <= found.course_ix < len(unit.courses):
            continue
        used.update(set(unit.courses[found.course_ix].pools))
        for option, take in _taken(unit, found):
            for ix in set(option.pools):
                used[ix] += take.n_parts
    for ix, pool in enumerate(question.pools):
        if used[ix] > max(0, pool.n_most):
            yield f"{used[ix]} are used of {pool.pool_id}, and there are {pool.n_most}"


def _orders(question: ResolveQuestion, answer: ResolveAnswer) -> Faults:
    """Each order that pieces come with is told once, at its price."""
    users: dict[int, set[str]] = {}
    for unit, found in zip(question.units, answer.units, strict=True):
        for option, _ in _taken(unit, found):
            if option.order is not None:
                users.setdefault(option.order, set()).add(unit.unit_id)
    due = [
        OrderAnswer(ix, question.orders[ix].order_id, question.orders[ix].cost.cents, len(users[ix]))
        for ix in sorted(users)
    ]
    if due != list(answer.orders):
        yield f"{len(due)} orders are made, and {len(answer.orders)} are told, or otherwise"


def _money(answer: ResolveAnswer) -> Faults:
    cents = sum(unit.cents for unit in answer.units)
    if cents != answer.objective:
        yield f"the units cost {cents}, and the objective is {answer.objective}"
        return
    due: Counter[str] = Counter()
    for unit in answer.units:
        for term in unit.terms:
            due[term.name] += term.cents
    yield from _same("all units", due, answer.terms)
    for policy in answer.policies:
        if policy.cents is not None and policy.cents < cents:
            yield f"the rule '{policy.name}' costs {policy.cents}, less than the answer's {cents}"
    yield from _proof(cents, answer)


def _proof(cents: int, answer: ResolveAnswer) -> Faults:
    if answer.bound is None or answer.gap is None:
        yield "an answer needs a bound and a gap"
        return
    if answer.bound > cents:
        yield f"the bound {answer.bound} is above the objective {cents}"
    wanted = abs(cents - answer.bound) / max(1e-9, abs(cents))
    if abs(answer.gap - wanted) > 1e-9 * max(1.0, wanted):
        yield f"the gap {answer.gap} is not {wanted}"


def _runner_ups(question: ResolveQuestion, runner_ups: Iterable[RunnerUp]) -> Faults:
    asked = {unit.unit_id: unit for unit in question.units}
    for other in runner_ups:
        if other.unit_id not in asked or other.instead.unit_id != other.unit_id:
            yield f"a runner-up is about {other.unit_id}, and nobody asked"
            continue
        unit = asked[other.unit_id]
        for fault in _unit(question, unit, other.instead, _shares([(unit, other.instead)], question)):
            yield f"runner-up '{other.change}': {fault}"
