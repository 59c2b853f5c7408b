"""What was picked, in the question's own words, with every term of its cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from knockdown.kitting.question import Option, ResolveQuestion, Term
from knockdown.kitting.resolve.answer import OrderAnswer, PartAnswer, Take, UnitAnswer
from knockdown.kitting.resolve.lean import Picks

Place = tuple[int, int, int]
"""A unit, one of its shortages, and an option of that."""


def in_words(question: ResolveQuestion, picks: Picks) -> tuple[UnitAnswer, ...]:
    """The units picked for; each order is shared out over what is taken with it, to the cent."""
    takes: dict[Place, Take] = {}
    for place, share in _shares(question, picks).items():
        option, n_parts = _option(question, place), _pieces(picks, place)
        cents = sum(term.cents for term in _terms(question, option, n_parts, share))
        told = option.kind, option.label, option.day, n_parts, cents, share, option.note
        takes[place] = Take(place[2], *told)
    return tuple(_unit(question, ix, picks[ix].course, takes) for ix in sorted(picks))


def orders_made(question: ResolveQuestion, picks: Picks) -> tuple[OrderAnswer, ...]:
    """Every order that is made, once."""
    made = []
    users = _by_order(question, picks)
    for ix, order in enumerate(question.orders):
        if ix in users:
            n_units = len({unit for unit, _, _ in users[ix]})
            made.append(OrderAnswer(ix, order.order_id, order.cost.cents, n_units))
    return tuple(made)


def summed(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Terms of one name together, nothings left out.

    >>> summed([Term("duty", 1), Term("handling", 5), Term("duty", 2), Term("rework", 0)])
    (Term(name='duty', cents=3), Term(name='handling', cents=5))
    """
    cents: Counter[str] = Counter()
    for term in terms:
        cents[term.name] += term.cents
    return tuple(Term(name, n) for name, n in cents.items() if n)


def _by_order(question: ResolveQuestion, picks: Picks) -> dict[int | None, list[Place]]:
    """What is taken, in order, by the order that it comes with."""
    found: dict[int | None, list[Place]] = {}
    for ix in sorted(picks):
        for s, pieces in enumerate(picks[ix].pieces):
            for j, n_parts in enumerate(pieces):
                if n_parts:
                    found.setdefault(_option(question, (ix, s, j)).order, []).append((ix, s, j))
    return found


def _shares(question: ResolveQuestion, picks: Picks) -> dict[Place, int]:
    """Cents of its order that each take bears."""
    shares = {}
    for order, places in _by_order(question, picks).items():
        each, over = divmod(0 if order is None else question.orders[order].cost.cents, len(places))
        shares.update({place: each + (n < over) for n, place in enumerate(places)})
    return shares


def _option(question: ResolveQuestion, place: Place) -> Option:
    ix, s, j = place
    return question.units[ix].shortages[s].options[j]


def _pieces(picks: Picks, place: Place) -> int:
    ix, s, j = place
    return picks[ix].pieces[s][j]


def _terms(question: ResolveQuestion, option: Option, n_parts: int, share: int) -> list[Term]:
    terms = [*(Term(term.name, n_parts * term.cents) for term in option.piece), *option.fixed]
    if option.order is not None:
        terms.append(Term(question.orders[option.order].cost.name, share))
    return terms


def _unit(question: ResolveQuestion, ix: int, course_ix: int, takes: dict[Place, Take]) -> UnitAnswer:
    unit = question.units[ix]
    course = unit.courses[course_ix]
    terms, parts = list(course.cost), []
    for s, shortage in enumerate(unit.shortages):
        own = [takes[ix, s, j] for j in range(len(shortage.options)) if (ix, s, j) in takes]
        for take in own:
            option = shortage.options[take.option_ix]
            terms += _terms(question, option, take.n_parts, take.order_cents)
        parts.append(PartAnswer(shortage.part_id, tuple(own)))
    every = summed(terms)
    return UnitAnswer(
        unit.unit_id, course_ix, course.kind, course.label, course.start_day, course.finish_day,
        tuple(parts), every, sum(term.cents for term in every),
    )  # fmt: skip
