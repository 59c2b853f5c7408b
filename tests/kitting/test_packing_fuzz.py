"""Any table whatever gives a packing list, or faults that can be acted on; never another exception."""

from hypothesis import event, given
from hypothesis import strategies as st

from knockdown.basics.faults import BadInput
from knockdown.basics.ids import check_id
from knockdown.basics.sheets import Book, Merged, Sheet
from knockdown.kitting.paper.layout import Mapping, parse_map_options
from knockdown.kitting.paper.packing_import import read_list
from knockdown.kitting.paper.packing_list import Known, KnownLot, KnownPart, PackingList
from knockdown.kitting.paper.revise import compare
from tests.basics.table_files import FUZZ

KNOWN = Known(
    "mtz",
    {"AB-12": KnownPart("Bolt"), "OIL": KnownPart("Oil", "l")},
    {"L-1": KnownLot("c", "v", 4), "L-2": KnownLot("c", "w", 2, "7")},
    frozenset("vw"),
    {"X9": "OIL"},
)
NASTY = st.sampled_from(
    [
        "", "", "1", "2", "AB-12", "OIL", "X9", "L-1", "L-2", "Итого", "Total 5", "Case 7", "№", "#REF!",
        "=1+1", "1,234", "-3", "1e9", "Контейнер № MSKU 1", "шт", "l", "\u0130\u0131", "x" * 300, "٣",
        "½", "1 2 3", "\u202eabc", "9" * 40, 0, -1, 2, 1.5, 1e308, 0.1234567, 10**14,
    ]
)  # fmt: skip
TITLES = (
    "Case",
    "Part",
    "Qty",
    "Lot",
    "Box",
    "Net kg",
    "Gross kg",
    "Name",
    "Unit",
    "Model",
    "?",
    "",
    "Qty per kit",
)
OPTIONS = (
    "part=A", "qty=B", "case=C", "lot=sheet", "header=0", "header=2", "locale=ru", "fill=case,box",
    "cases=lot", "lot=:L-1", "case=:5", "mass=kg", "qty_is=kit", "sheet=A", "auto",
)  # fmt: skip
GOOD = {"Case": st.sampled_from(["1", "2", ""]), "Part": st.sampled_from(["AB-12", "OIL", "X9"])}
GOOD |= {"Qty": st.integers(1, 9), "Lot": st.sampled_from(["L-1", "L-2"]), "Box": st.sampled_from(["", "B1"])}


@st.composite
def sheets(draw):
    mostly_good = draw(st.booleans())
    titles = draw(st.permutations(list(GOOD) if mostly_good else TITLES[: draw(st.integers(1, 13))]))
    cells = [GOOD.get(title, NASTY) if mostly_good else NASTY for title in titles]
    rows = draw(st.lists(st.tuples(*cells).map(list), max_size=9))
    rows.insert(draw(st.integers(0, min(2, len(rows)))), titles)
    filled = [(n, row) for n, row in enumerate(rows, 1) if any(cell != "" for cell in row)]
    places = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 8)), max_size=3)
    last, width = filled[-1][0] if filled else 0, len(titles)
    size = st.integers(0, 3)
    merged = tuple(
        Merged(top, left, min(top + draw(size), last), min(left + draw(size), width))
        for top, left in draw(places)
        if top <= last and left <= width
    )
    return Sheet(
        draw(st.sampled_from(["A", "MSKU1"])), width, filled, merged, dict.fromkeys(draw(places), "error")
    )


def read(book, options, new_parts, mapping=None):
    """Read a book; None when it is refused as it should be."""
    try:
        return read_list(book, KNOWN, mapping=mapping, said=parse_map_options(options), new_parts=new_parts)
    except BadInput as refused:
        told = [(fault.problem, fault.next_step, str(fault)) for fault in refused.faults]
    assert told
    assert all(map(all, told))
    return None


@FUZZ
@given(
    tables=st.lists(sheets(), max_size=2),
    options=st.just([]) | st.lists(st.sampled_from(OPTIONS), max_size=3),
    new_parts=st.booleans(),
)
def test_any_table_gives_a_list_or_faults(tables, options, new_parts):
    book = Book("l.xlsx", "00", tuple(tables))
    found = read(book, options, new_parts)
    event("refused" if found is None else "read")
    if found is None:
        return
    for case, line in found.packing_list.lines():
        assert line.n_parts > 0
        assert check_id(line.part_id)
        assert check_id(case.case_id)
    assert PackingList.from_json(found.packing_list.to_json()) == found.packing_list
    mapping = Mapping.from_json(found.mapping.to_json())
    assert mapping == found.mapping
    given_again = [option for option in options if ":" in option]
    again = read(book, given_again, new_parts, mapping)
    assert again is not None
    assert compare(found.packing_list.contents(), again.packing_list).is_unchanged
