"""What one step would add: cases opened, lots cleared, a claim's parts sooner; how many more vehicles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.kit_ready import WhatIf
from knockdown.kitting.question import ReadyQuestion
from knockdown.kitting.ready.solve import Change, gains

WEIGHT = 100_000  # a weight is thousandths of a cent
WEEK_DAYS = 7
MOST_CLAIMS = 8
KINDS = {"open": ("unopened",), "clear": ("customs", "bonded"), "claim": ("claim",)}


@dataclass(frozen=True, slots=True)
class _Step:
    label: str
    kind: str
    refs: tuple[str, ...]
    ixs: tuple[int, ...]
    by_day: int


def steps(question: ReadyQuestion) -> Iterator[WhatIf]:
    """Every step that could be taken today and adds a vehicle: most vehicles first, then most worth.

    Of the claims that would, it is also said what a week sooner would add by that day.
    """
    found = [told for told in _told(question, list(_today(question))) if told.more_worth > 0]
    claims = [told.refs[0] for told in found if told.kind == "claim"]
    sooner = [_sooner(question, claim, WEEK_DAYS) for claim in claims[:MOST_CLAIMS]]
    for step in sooner:
        if step.by_day == question.at_day:
            continue
        found += [told for told in _told(question, [step]) if told.more_worth > 0]
    yield from sorted(found, key=lambda told: (-told.more_units, -told.more_worth, told.by, told.action))


def asked(question: ReadyQuestion, wishes: Sequence[str]) -> WhatIf | None:
    """What these steps together would add; None when there are none.

    Parameters
    ----------
    question : ReadyQuestion
    wishes : sequence of str
        `open CASE`, `clear LOT`, `claim ID` (its parts today) or `claim ID DAYS` (so many days sooner).

    Raises
    ------
    BadInput
        With every wish that is not understood or has nothing to work on.
    """
    if not wishes:
        return None
    found, faults = [], []
    for wish in wishes:
        try:
            found.append(_wished(question, wish))
        except ValueError as error:
            step = "write open CASE, clear LOT, claim ID, or claim ID DAYS"
            faults.append(Fault("--what-if", None, None, wish, str(error), step))
    if faults:
        raise BadInput(faults)
    together = _Step(
        label=" and ".join(step.label for step in found),
        kind="asked",
        refs=tuple(ref for step in found for ref in step.refs),
        ixs=tuple(sorted({ix for step in found for ix in step.ixs})),
        by_day=max(step.by_day for step in found),
    )
    return _told(question, [together])[0]


def _wished(question: ReadyQuestion, wish: str) -> _Step:
    kind, _, rest = wish.strip().partition(" ")
    name, _, days = rest.strip().partition(" ")
    if kind not in KINDS or not name or (days and (kind != "claim" or not days.strip().isdecimal())):
        raise ValueError("is no step")
    if kind == "claim":
        step = _sooner(question, name, int(days) if days.strip() else 10**6)
    else:
        ixs = _ixs(question, kind, name)
        label = f"open case {name}" if kind == "open" else f"clear lot {name} and open its cases"
        step = _Step(label, kind, (name,), ixs, question.at_day)
    if not step.ixs:
        what = {"open": "no closed case on site", "clear": "nothing in customs or bond", "claim": "no claim"}
        raise ValueError(f"names {what[kind]} from which parts would come")
    return step


def _ixs(question: ReadyQuestion, kind: str, name: str) -> tuple[int, ...]:
    return tuple(
        ix
        for ix, supply in enumerate(question.supplies)
        if supply.kind in KINDS[kind] and name in (supply.ref, supply.kit_lot_id if kind == "clear" else None)
    )


def _sooner(question: ReadyQuestion, claim: str, days: int) -> _Step:
    """A claim's parts so many days sooner, but not before today."""
    ixs = _ixs(question, "claim", claim)
    expected = max((question.supplies[ix].day for ix in ixs), default=question.at_day)
    by_day = max(question.at_day, expected - days)
    when = "today" if by_day == question.at_day else f"{days} days sooner"
    return _Step(f"get the parts of claim {claim} {when}", "claim", (claim,), ixs, by_day)


def _today(question: ReadyQuestion) -> Iterator[_Step]:
    cases: dict[str, list[int]] = defaultdict(list)
    lots: dict[str, list[int]] = defaultdict(list)
    customs: dict[str, list[int]] = defaultdict(list)
    claims: dict[str, list[int]] = defaultdict(list)
    for ix, supply in enumerate(question.supplies):
        if supply.kind == "unopened":
            cases[supply.ref or ""].append(ix)
            lots[supply.kit_lot_id or ""].append(ix)
        elif supply.kind in ("customs", "bonded"):
            customs[supply.kit_lot_id or ""].append(ix)
        elif supply.kind == "claim":
            claims[supply.ref or ""].append(ix)
    today = question.at_day
    for case, ixs in cases.items():
        yield _Step(f"open case {case}", "open", (case,), tuple(ixs), today)
    for lot, ixs in lots.items():
        refs = tuple(sorted({question.supplies[ix].ref or "" for ix in ixs}))
        if len(refs) > 1:
            yield _Step(f"open all cases of lot {lot}", "open", refs, tuple(ixs), today)
    for lot, ixs in customs.items():
        yield _Step(f"clear lot {lot} and open its cases", "clear", (lot,), tuple(ixs), today)
    for claim, ixs in claims.items():
        yield _Step(f"get the parts of claim {claim} today", "claim", (claim,), tuple(ixs), today)


def _told(question: ReadyQuestion, found: Sequence[_Step]) -> list[WhatIf]:
    """What each step alone adds by its day; steps of one call have one day."""
    by_day = max((step.by_day for step in found), default=question.at_day)
    then = replace(question, at_day=by_day)
    told = gains(then, [Change(step.label, step.ixs, by_day) for step in found])
    return [
        WhatIf(
            action=step.label,
            kind=step.kind,
            refs=step.refs,
            by=date.fromordinal(by_day),
            more_units=gain.n_units,
            more_worth=round(gain.weight / WEIGHT, 2),
        )
        for step, gain in zip(found, told, strict=True)
    ]
