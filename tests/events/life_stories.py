"""Small stories: events and commands with so few ids that they get in each other's way."""

from hypothesis import strategies as st

from knockdown.events.commands import COMMANDS
from knockdown.events.envelope import tell
from knockdown.events.life.fold import STEPS, Forbidden, after, born
from knockdown.events.vocabulary import KINDS, EntryVoided

POOLS = {  # field: the values it may have; a field that is not here has its default
    "n_parts": [1, 2],
    "part_id": ["p", "q"],
    "serial": [None, None, "s1", "s2"],
    "passed": [True, False],
    "final": [True, False],
    "open_part_ids": [(), (), ("p",), ("p", "q")],
    "line_id": ["L1", "L2"],
    "hold_id": ["h1", "h2"],
    "defect_id": ["d1", "d2"],
    "test_id": ["t1", "t2"],
    "joined_unit_id": ["X", "Y", "Z"],
    "vin": ["VIN01", "VIN02"],
    "claim_id": ["c1", "c2", "c3"],
    "claim_code": ["M", "D"],
    "expected_at": [None, None, 1_000, 2_000],
    "bond_until": ["2027-12-31", "2027-12-31", "2028-03-31"],
    "source": ["local", "partner"],
    "container_ids": [(), (), ("C1",), ("C2",), ("C1", "C3"), ("C3", "C3")],
    "revision": [1, 2, 3],
    "page_no": [1, 2],
    "n_pages": [2, 3],
    "discrepancy_id": ["e2", "e3", "e4", "e5"],
    "discrepancy_ids": [(), ("e1",), ("e2",), ("e1", "e3"), ("e4",)],
    "borrow_id": ["b1", "b2"],
    "to_kit_lot_id": ["X", "Y"],
    "stop_id": ["h1", "h2"],
    "andon_id": ["h1", "h2"],
    "shift_id": ["early", "late"],
    "n_parts_left": [0, 2],
    "voided_event_id": ["e1", "e2", "e3", "e5", "e8", "e13"],
}
POOLS_OF_KIND = {  # where a field differs from kind to kind
    ("PartReplaced", "claim_id"): [None, *POOLS["claim_id"]],
    ("CasePacked", "kit_lot_id"): ["L", "L", "M"],
    ("CaseOpened", "kit_lot_id"): ["L", "L", "M"],
    ("CaseCounted", "kit_lot_id"): ["L", "L", "M"],
}
FIXED = {
    "reason": {"UnitHeld": "quality", "StationStopped": "other", "AndonRaised": "help"},
    "origin": "kit",
    "disposition": "rework",
    "packaging": "crate",
    "part_ids": ("p", "q"),  # lists that are read side by side are of one length
    "n_each": (1, 2),
    "n_pieces": 4,
    "n_kits": 5,
    "n_people": 3,
    "kit_no": 1,
    "work_ms": 60_000,
    "first_day": "2027-01-01",
    "last_day": "2027-12-31",
    "variant_ids": ("v",),
    "value_cents": 700,
    "currency": "AZN",
}
PLACES = [None, "S1", "S1", "S2"]
SUBJECT_ID = "X"


def values_of(kind_name):
    """Give every field of a kind that matters or must be there the values it may have."""
    found = {}
    for name, field in KINDS[kind_name].model_fields.items():
        pool = POOLS_OF_KIND.get((kind_name, name)) or POOLS.get(name)
        if pool is not None:
            found[name] = pool
        elif field.is_required():
            value = FIXED.get(name, "x")
            found[name] = [value.get(kind_name, "x") if isinstance(value, dict) else value]
    return found


def drawn(kind_name):
    return st.fixed_dictionaries({name: st.sampled_from(pool) for name, pool in values_of(kind_name).items()})


def kinds_of(sort):
    return [*STEPS[sort], "EntryVoided"]


def proposals(sort):
    """Draw (body, place) pairs; none of them need be lawful."""
    kind = st.sampled_from(kinds_of(sort))
    body = kind.flatmap(lambda name: drawn(name).map(KINDS[name].model_validate))
    return st.tuples(body, st.sampled_from(PLACES))


def next_event(sort, version, body, place=None, subject_id=SUBJECT_ID):
    """Tell what happens as the next version; clocks run backwards, because no clock decides order."""
    return tell(
        body,
        writer="floor",
        run="r",
        subject_type=sort,
        subject_id=subject_id,
        version=version,
        happened_at=1_000 - version,
        place=place,
        event_id=f"e{version}",
    )


def played(sort, proposed):
    """Keep of the proposals those that life accepts, in order, and return state and history."""
    state, history = born(f"{sort}/{SUBJECT_ID}"), []
    for body, place in proposed:
        event = next_event(sort, len(history) + 1, body, place)
        try:
            state = after(state, event, history)
        except Forbidden:
            continue
        history.append(event)
    return state, history


def histories(sort, max_size=40):
    return st.lists(proposals(sort), max_size=max_size).map(lambda proposed: played(sort, proposed)[1])


def random_proposal(rng, sort):
    """Draw one proposal from a `random.Random`; faster than Hypothesis, for long campaigns."""
    name = rng.choice(kinds_of(sort) if rng.random() < 0.5 else list(STEPS[sort]))
    body = {field: rng.choice(pool) for field, pool in values_of(name).items()}
    return KINDS[name].model_validate(body), rng.choice(PLACES)


def commands(sort):
    """Draw commands for the one subject of a sort."""
    names = [name for name, command in COMMANDS.items() if command.makes.subject_type in (sort, "any")]
    return st.sampled_from(names).flatmap(lambda name: _command(sort, name))


def _command(sort, name):
    kind = COMMANDS[name].makes
    frame = {"command_id": st.integers(0, 10**9).map("cmd-{}".format), "subject_id": st.just(SUBJECT_ID)}
    frame |= {"at_ms": st.integers(0, 10**6), "place": st.sampled_from(PLACES)}
    if kind is EntryVoided:
        frame["subject_type"] = st.just(sort)
    return st.tuples(st.fixed_dictionaries(frame), drawn(kind.kind())).map(
        lambda both: COMMANDS[name].model_validate(both[0] | both[1])
    )
