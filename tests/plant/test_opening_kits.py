"""Opening kits of the built-in plants: they agree with lots, stock, supply lists and the law of events."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache

import pytest

from knockdown.events.life.fold import fold as lawful
from knockdown.kitting.fold import fold
from knockdown.kitting.opening import opening_events
from knockdown.kitting.outlook import outlook
from knockdown.kitting.problem import cut
from knockdown.kitting.ready.solve import ready
from knockdown.plant.calendar import plant_calendar
from knockdown.plant.load import load
from knockdown.plant.plant import Plant

PLANTS = ("ganja", "khazar", "nakhchivan")
KIT_TABLES = ("cases", "units", "shortages", "loose_stock", "change_notes")
CODES = {"M", "S", "D", "W", "F", "DP", "DT", "A"}
LENDERS = ("tractor", "truck", "municipal", "car", "offroad")  # families with lots on site that share parts


def plant_named(name) -> Plant:
    plant = load(name)
    assert isinstance(plant, Plant)
    return plant


@dataclass(frozen=True)
class Opened:
    """A plant on its opening day, as far as the kitting room takes it."""

    plant: object
    kits: object
    events: tuple
    book: object
    question: object

    @property
    def day(self):
        return self.kits.opening.day


@cache
def opened(name) -> Opened:
    plant = plant_named(name)
    kits = cut(plant)
    events = opening_events(kits)
    book = fold(events)
    return Opened(plant, kits, events, book, outlook(kits, book, kits.opening.day).question)


@cache
def answered(name):
    return ready(opened(name).question)


def rows_of(plant, table):
    rows = getattr(plant, table)
    return list(rows.values()) if hasattr(rows, "values") else list(rows)


def elements_of(plant, variant):
    """Part -> work element that fits it, for the parts of a variant whose element is told."""
    products = {variant, plant.variants[variant].model, plant.family_of(variant).id}
    told = [line for line in plant.bom if line.product in products and line.element]
    return {line.part: plant.work_elements[line.element] for line in told}


def units_of(plant, state):
    return Counter(plant.kit_lots[u.kit_lot].variant for u in plant.units.values() if u.state == state)


def stock_of(plant, place):
    day = date.fromisoformat(f"{plant.file.planning.start}-01")
    return Counter({s.variant: s.units for s in plant.stock if s.place == place and s.as_of == day})


@pytest.mark.parametrize("name", PLANTS)
def test_opening_kits_are_marked_as_assumptions(name):
    plant = plant_named(name)
    sources = {row.source for table in KIT_TABLES for row in rows_of(plant, table)}
    assert sources == {"assumption"}
    assert plant.file.kitting.source == "assumption"


@pytest.mark.parametrize("name", PLANTS)
def test_every_opening_history_is_lawful(name):
    histories = defaultdict(list)
    for event in opened(name).events:
        histories[event.subject].append(event)
    for subject, history in histories.items():
        assert lawful(subject, history).version == len(history)


@pytest.mark.parametrize("name", PLANTS)
def test_every_piece_is_somewhere_and_none_is_owed(name):
    cells = opened(name).book.cells
    assert {key: cell for key, cell in cells.items() if cell.n_in != cell.n_somewhere} == {}
    assert {
        key: cell for key, cell in cells.items() if min(cell.on_hand, cell.closed, cell.at_line) < 0
    } == {}


@pytest.mark.parametrize("name", PLANTS)
def test_units_in_work_are_those_of_the_stock(name):
    # As many as the stock says, unless fewer kits of the variant's lots on site are begun.
    plant, lots = opened(name).plant, opened(name).kits.opening.lots
    begun = Counter()
    for lot in lots:
        if lot.status == "cleared":
            begun[lot.variant_id] += (
                plant.kit_lots[lot.kit_lot_id].kits - plant.kit_lots[lot.kit_lot_id].kits_left
            )
    wanted = {v: min(n, begun[v]) for v, n in stock_of(plant, "in_work").items()}
    assert units_of(plant, "in_work") == wanted


@pytest.mark.parametrize("name", PLANTS)
def test_units_off_the_line_are_among_the_finished(name):
    plant = opened(name).plant
    assert units_of(plant, "off_line") <= stock_of(plant, "finished")


@pytest.mark.parametrize("name", PLANTS)
def test_what_units_off_the_line_lack_may_come_later(name):
    plant = opened(name).plant
    for unit in plant.units.values():
        elements = elements_of(plant, plant.kit_lots[unit.kit_lot].variant)
        short = {s.part for s in plant.shortages.values() if s.kit_lot == unit.kit_lot}
        assert set(unit.missing) <= short, unit.id
        if unit.state == "off_line":
            assert unit.missing, unit.id
            assert all(elements[part].fit_later for part in unit.missing), unit.id


@pytest.mark.parametrize("name", PLANTS)
def test_units_stand_on_the_line_of_their_family(name):
    plant = opened(name).plant
    places = Counter(unit.station for unit in plant.units.values() if unit.station)
    for unit in plant.units.values():
        if unit.station:
            line = plant.family_of(plant.kit_lots[unit.kit_lot].variant).line
            assert plant.stations[unit.station].line == line, unit.id
    assert all(n <= plant.stations[station].places for station, n in places.items())


@pytest.mark.parametrize("name", PLANTS)
def test_days_follow_one_another_and_are_worked(name):
    plant = opened(name).plant
    calendar = plant_calendar(plant.file.calendar, plant.calendar_days)
    worked = set(calendar.workdays(date(2025, 9, 1), date(2026, 3, 31)))
    told = [case.opened_on for case in plant.cases.values()]
    told += [day for unit in plant.units.values() for day in (unit.released_on, unit.due_on)]
    told += [day for short in plant.shortages.values() for day in (short.found_on, short.expected_on)]
    assert set(filter(None, told)) <= worked
    for row in (*plant.cases.values(), *plant.shortages.values()):
        here = plant.kit_lots[row.kit_lot].expected_on
        day = row.opened_on if hasattr(row, "opened_on") else row.found_on
        assert day is None or here is None or here <= day, row.id


@pytest.mark.parametrize("name", PLANTS)
def test_shortages_are_found_in_cases_that_hold_the_part(name):
    plant, book = opened(name).plant, opened(name).book
    for short in plant.shortages.values():
        if short.case is not None:
            case = plant.cases[short.case]
            assert case.opened_on is not None, short.id
            assert case.opened_on <= short.found_on, short.id
            assert short.part in {line[0] for line in book.cases[short.case].lines}, short.id


@pytest.mark.parametrize("name", PLANTS)
def test_cases_share_out_their_lot(name):
    plant, book = opened(name).plant, opened(name).book
    groups = Counter((case.kit_lot, group) for case in plant.cases.values() for group in case.groups)
    assert set(groups.values()) <= {1}
    assert [case.case_id for case in book.cases.values() if not case.lines] == []


@pytest.mark.parametrize("name", PLANTS)
def test_loose_stock_is_of_parts_that_no_kit_brings(name):
    plant, kits = opened(name).plant, opened(name).kits
    used = {e.part_id for v in kits.variants.values() for e in v.bom if e.mode in ("part", "direct", "local")}
    assert {row.part for row in plant.loose_stock} <= used


@pytest.mark.parametrize("name", PLANTS)
def test_most_kits_on_site_can_be_built_and_some_cannot(name):
    asked, answer = opened(name).question, answered(name)
    on_site = {lot.kit_lot_id for lot in opened(name).kits.opening.lots if lot.status == "cleared"}
    days = [u.ready_day for o, u in zip(asked.units, answer.units, strict=True) if o.kit_lot_id in on_site]
    tomorrow = asked.at_day + 1
    blocked = sum(day is None or day > tomorrow for day in days)
    assert answer.gap == 0
    assert 0.01 <= blocked / len(days) <= 0.1
    assert sum(day == asked.at_day for day in days) > len(days) / 2


def test_ganja_tells_every_code_and_state_of_claims():
    plant = opened("ganja").plant
    shortages = plant.shortages.values()
    assert {short.code for short in shortages} == CODES
    assert {short.claim_state for short in shortages} == {"", "draft", "sent", "accepted", "rejected"}
    assert {short.in_assembly for short in shortages} == {"yes", "no"}
    assert all(short.expected_on is not None for short in shortages if short.claim_state == "accepted")
    assert 25 <= len(plant.shortages) <= 35


def test_ganja_has_more_than_one_way_out_of_its_shortages():
    plant, book = opened("ganja").plant, opened("ganja").book
    local, later, lent = set(), set(), set()
    for short in plant.shortages.values():
        variant = plant.kit_lots[short.kit_lot].variant
        element = elements_of(plant, variant).get(short.part)
        others = [lot for (lot, part), cell in book.cells.items() if part == short.part and cell.on_hand > 0]
        local |= {short.id} if plant.parts[short.part].local_cost is not None else set()
        later |= {short.id} if element is not None and element.fit_later else set()
        if plant.family_of(variant).id in LENDERS and set(others) - {short.kit_lot, None}:
            lent.add(short.id)
    assert min(len(local), len(later), len(lent)) >= 8
    assert set(plant.shortages) - local - later


def test_ganja_runs_short_of_a_few_loose_parts_only():
    asked = opened("ganja").question
    there, wanted = Counter(), Counter()
    for supply in asked.supplies:
        if supply.kit_lot_id is None:
            there[supply.part_id] += supply.n_parts
    for unit in asked.units:
        for need in asked.recipes[unit.recipe_ix].needs:
            if need.part_id in there:
                wanted[need.part_id] += need.n_parts
    short = {part for part, n in wanted.items() if n > there[part]}
    assert short == {"BU-3716010", "BT-8103010", "CA-3708010"}


def test_ganja_has_a_vehicle_off_the_line_that_waits_for_its_claim():
    asked, answer = opened("ganja").question, answered("ganja")
    off = {
        u.unit_id: a.ready_day
        for u, a in zip(asked.units, answer.units, strict=True)
        if u.stage == "off_line"
    }
    assert len(off) == 4
    assert date.fromordinal(off["M-25-0141"]) == date(2026, 1, 13)


def test_elements_named_in_the_bill_of_material_may_come_later_at_their_station():
    plant = plant_named("ganja")
    named = [line for line in plant.bom if line.element]
    assert {line.element for line in named} == {e.id for e in plant.work_elements.values() if e.fit_later}
    for line in named:
        element = plant.work_elements[line.element]
        assert element.station == line.station, line
        assert element.family == plant.family_of(plant.variants_of(line.product)[0]).id, line


def test_new_parts_of_change_notes_are_in_no_bill_of_material_yet():
    plant = plant_named("ganja")
    for note in plant.change_notes.values():
        products = {
            product
            for variant in plant.variants_of(note.product)
            for product in (variant, plant.variants[variant].model, plant.family_of(variant).id)
        }
        parts = {line.part for line in plant.bom if line.product in products}
        assert note.old_part in parts, note.id
        assert note.new_part not in parts, note.id
    assert {note.basis for note in plant.change_notes.values()} == {"date", "kit_lot", "unit"}


@pytest.mark.parametrize("name", [*PLANTS, "kiaz"])
def test_parts_named_by_their_unit_are_counted_in_it(name):
    words = {"litre": "l", "kg": "kg"}
    parts = plant_named(name).parts.values()
    named = {
        p.id: (p.unit, words[p.name.rpartition(", ")[2]])
        for p in parts
        if p.name.rpartition(", ")[2] in words
    }
    assert all(unit == word for unit, word in named.values())
    assert {p.id for p in parts if p.unit != "pcs"} == set(named)


@pytest.mark.parametrize("name", [*PLANTS, "kiaz"])
def test_claims_are_due_in_thirty_days_by_rail_and_forty_five_otherwise(name):
    for contract in plant_named(name).contracts.values():
        assert contract.claim_days == (30 if contract.supply_route.startswith("rail") else 45)
