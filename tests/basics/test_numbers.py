"""Numbers, dates and answers are read in one form and refused in every other, with a next step."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knockdown.basics.numbers import (
    CellError,
    parse_bool,
    parse_date,
    parse_int,
    parse_month,
    parse_number,
)

PARSERS = [parse_number, parse_int, parse_date, parse_month, parse_bool]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-5", -5),
        ("+5", 5),
        ("0.5", 0.5),
        (".5", 0.5),
        ("12.", 12),
        ("1e6", 1e6),
        ("-2.5E-3", -0.0025),
    ],
)
def test_plain_numbers_are_read(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text", ["1.234,5", "1 234,5", "1\u00a0234,5", "1\u202f234", "12,5", "1'234.5", "1.234.567"]
)
def test_numbers_of_other_places_are_refused_and_never_guessed(text):
    with pytest.raises(CellError, match="plain decimal point") as caught:
        parse_number(text)
    assert "1234.5" in caught.value.next_step


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1e400",
        "1e-400",
        "1e15",
        "9" * 400,
        "1_000",
        "0x1F",
        "٣",
        "１２",
        "²",
    ],
)
@pytest.mark.parametrize("parse", [parse_number, parse_int])
def test_what_python_might_take_for_a_number_is_refused(parse, text):
    with pytest.raises(CellError) as caught:
        parse(text)
    assert caught.value.next_step


@pytest.mark.parametrize("text", ["12 h", "12h", "5 AZN", "12%", "$5", "3 m2", "12.5 min", "7 ədəd"])
def test_units_belong_in_the_heading(text):
    with pytest.raises(CellError, match="unit or word") as caught:
        parse_number(text)
    assert "alone" in caught.value.next_step


@pytest.mark.parametrize("text", ["12.0", "12.000", "0.5", "1e-1", "1.5e3"])
def test_a_whole_number_has_no_decimals(text):
    with pytest.raises(CellError, match="whole number"):
        parse_int(text)


@pytest.mark.parametrize(
    "text", ["31.01.2026", "2026-1-31", "20260131", "2026-02-30", "2026-01-31T08:30", "٢٠٢٦-01-31"]
)
def test_dates_are_iso_or_nothing(text):
    with pytest.raises(CellError):
        parse_date(text)


def test_dates_months_and_answers_are_read():
    assert parse_date(" 2026-02-28 ") == date(2026, 2, 28)
    assert parse_month("2026-12") == date(2026, 12, 1)
    assert [parse_bool(text) for text in ("true", "FALSE", "Yes", "no")] == [True, False, True, False]


@pytest.mark.parametrize(
    ("parse", "text"),
    [(parse_month, "2026-13"), (parse_month, "2026"), (parse_bool, "1"), (parse_bool, "hə")],
)
def test_other_months_and_answers_are_refused(parse, text):
    with pytest.raises(CellError):
        parse(text)


def test_a_month_that_excel_made_a_day_says_how_to_keep_it():
    with pytest.raises(CellError) as caught:
        parse_month("2026-01-01")
    assert "as text" in caught.value.next_step


@pytest.mark.parametrize("parse", PARSERS)
def test_an_empty_cell_is_called_empty(parse):
    with pytest.raises(CellError, match="is empty"):
        parse("")


@given(st.floats(min_value=-1e15, max_value=1e15, exclude_min=True, exclude_max=True))
def test_every_number_written_by_python_reads_back(value):
    assert parse_number(repr(value)) == value


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
def test_every_whole_number_reads_back(value):
    assert parse_int(str(value)) == value


@given(st.dates())
def test_every_date_reads_back(value):
    assert parse_date(value.isoformat()) == value
    assert parse_month(value.isoformat()[:7]) == value.replace(day=1)


@pytest.mark.parametrize("parse", PARSERS)
@given(text=st.text() | st.text("0123456789.,+-eE_ '%h\u00a0", max_size=12))
def test_any_text_is_read_or_refused_with_a_next_step(parse, text):
    refusal = None
    try:
        parse(text)
    except CellError as error:
        refusal = error
    assert refusal is None or (str(refusal) and refusal.next_step)
