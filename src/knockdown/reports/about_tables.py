"""Tables about the plan: what limits it, what it rests on, what others published, how it was computed."""

from __future__ import annotations

from knockdown.reports.published import beside
from knockdown.reports.sheet import Cell, Column, Row, Table
from knockdown.reports.subject import Subject, money_column, plant_column
from knockdown.reports.words import plain


def limits(subject: Subject) -> Table:
    """What holds the plan back, most worth easing first."""
    rows = tuple(
        {
            **limit.model_dump(exclude={"plant"}),
            "rank": rank,
            "plant": subject.plant_name(limit.plant),
        }
        for rank, limit in enumerate(subject.plan.limits, start=1)
    )
    columns = (
        Column("rank", "Rank", "count"),
        *plant_column(subject),
        Column("sentence", "What limits the plan"),
        Column("kind", "Kind"),
        Column("unit", "One more of it is"),
        Column("step", "Step given when solving again, of that unit", "decimal"),
        money_column(subject, "dual_gain", "Price of one more (dual)"),
        Column("verified", "Verified by solving again"),
        money_column(subject, "gain", "Gain of the step found"),
        money_column(subject, "gain_most", "Gain of the step, at most"),
    )
    return Table("Limits", "What limits the plan", columns, rows)


def terms(subject: Subject) -> Table:
    """Every term of the objective; together they are the contribution."""
    rows: list[Row] = [{"term": plain(name), "amount": value} for name, value in subject.plan.terms.items()]
    if rows:
        rows.append({"term": "Contribution", "amount": subject.plan.objective})
    columns = (Column("term", "Term"), money_column(subject, "amount", "Amount"))
    return Table("Terms", "Where the contribution comes from", columns, tuple(rows))


def assumptions(subject: Subject) -> Table:
    """How much of the plan rests on assumptions."""
    found = subject.plan.assumptions
    rows: tuple[Row, ...] = (
        {"what": "Money in the plan whose price or cost is assumed, %", "value": 100 * found.share},
        {"what": "Numbers in the description that the plan reads", "value": found.numbers},
        {"what": "Of these, assumed", "value": found.assumed},
    )
    columns = (Column("what", "What"), Column("value", "Value, as said", "count"))
    return Table("Assumptions", "What rests on assumptions", columns, rows)


def conflict(subject: Subject) -> Table:
    """Why there is no plan: what cannot hold together, then a way out."""
    found = subject.plan.conflict
    rows: list[Row] = []
    if found is not None:
        rows += [
            {"part": "cannot hold together", "text": text, "amount": None, "unit": ""}
            for text in found.members
        ]
        rows += [
            {"part": "way out", "text": fix.sentence, "amount": fix.amount, "unit": fix.unit}
            for fix in found.cheapest_fix
        ]
    columns = (
        Column("part", "Part"),
        Column("text", "In words"),
        Column("amount", "By how much, in the unit", "decimal"),
        Column("unit", "Unit"),
    )
    return Table("Conflict", "Why no plan exists", columns, tuple(rows))


def notes(subject: Subject) -> Table:
    """What a reader should know."""
    rows = tuple({"note": text} for text in subject.plan.notes)
    return Table("Notes", "Notes", (Column("note", "Note"),), rows)


def published(subject: Subject) -> Table:
    """Published figures beside ours."""
    columns = (
        Column("fact", "Fact"),
        *plant_column(subject),
        Column("whose", "Published: whose"),
        Column("what", "Published: what"),
        Column("value", "Published: value and unit"),
        Column("period", "Published: period"),
        Column("status", "Published as"),
        Column("ours", "Ours: value, unit and period"),
        Column("sentence", "How they compare"),
        Column("title", "Source"),
        Column("where", "Where, as text"),
    )
    found = tuple(
        {
            "fact": row.fact, "plant": subject.plant_name(row.plant), "whose": row.whose,
            "what": row.what, "value": row.value_words, "period": row.period,
            "status": row.status, "ours": row.ours_words, "sentence": row.sentence,
            "title": row.title, "where": row.where,
        }
        for row in beside(subject)
    )  # fmt: skip
    return Table("Published", "Published figures beside ours", columns, found)


def about(subject: Subject) -> Table:
    """Sizes, solver answer and provenance."""
    pairs = [*_answer(subject), *_provenance(subject)]
    rows = tuple({"what": what, "value": value} for what, value in pairs if value is not None)
    return Table("About", "How this was computed", (Column("what", "What"), Column("value", "Value")), rows)


def _answer(subject: Subject) -> list[tuple[str, Cell]]:
    plan = subject.plan
    return [
        ("Status", plan.status),
        (f"Objective, {plan.currency}", _whole(plan.objective)),
        (f"No plan can exceed, {plan.currency}", _whole(plan.bound)),
        ("Gap, %", None if plan.gap is None else round(100 * plan.gap, 4)),
        ("Seconds", round(plan.seconds, 2)),
        ("Solver checks done", plan.work),
        *((f"Number of {name.replace('_', ' ')}", value) for name, value in plan.size.model_dump().items()),
    ]


def _provenance(subject: Subject) -> list[tuple[str, Cell]]:
    made = subject.plan.provenance
    pairs: list[tuple[str, Cell]] = [
        ("knockdown version", made.version),
        ("Digest of the input", made.input_digest),
        ("Seed", _as_text(made.seed)),
        *((f"Option {name}", _as_text(value)) for name, value in made.options.items()),
    ]
    for plant, twin in subject.twins.items():
        name = subject.plant_name(plant)
        pairs.append((f"Replications of the simulation, {name}", twin.replications))
        pairs.append((f"Seed of the simulation, {name}", str(twin.seed)))
        pairs.append((f"Checksum of the simulation, {name}", twin.checksum))
    return pairs


def _whole(value: float | None) -> float | None:
    return None if value is None else round(value)


def _as_text(value: Cell) -> Cell:
    """An option or seed as it was given: a name, not an amount."""
    return None if value is None else f"{value:g}" if isinstance(value, float) else str(value)
