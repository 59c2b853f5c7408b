"""What a partner's words say: headings, units, lines of totals, and banner lines between blocks.

Everything is folded to one plain form first (`fold`) and then looked up in `layout_words.py`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Literal, cast, get_args

from knockdown.kitting.paper import layout_words as words_of

Field = Literal[
    "shipment",
    "contract",
    "launch",
    "lot",
    "variant",
    "container",
    "case",
    "packaging",
    "box",
    "part",
    "name",
    "qty",
    "unit",
    "net",
    "gross",
]
"""What a column may hold."""

FIELDS: tuple[Field, ...] = get_args(Field)
PLACES: tuple[Field, ...] = FIELDS[:9]
"""Fields that say where a line belongs, from the outside in; they may hold for many rows."""

Quantity = Literal["case", "kit"]
Unit = Literal["pcs", "set", "pair", "kg", "l", "m", "m2"]


@functools.lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Bring a text to a plain form: no capitals, accents, dotless i or punctuation.

    Examples
    --------
    >>> fold("  Кол-во, ШТ.  "), fold("PARÇA ADI"), fold("Yeşik №"), fold("Ölçü vahidi")
    ('кол во шт', 'parca adi', 'yesik no', 'olcu vahidi')
    """
    text = unicodedata.normalize("NFKD", text.replace("№", " no "))
    text = unicodedata.normalize("NFKD", text.casefold()).replace("ı", "i").replace("ə", "e")
    text = "".join(sign if sign.isalnum() else " " for sign in text if not unicodedata.combining(sign))
    return " ".join(text.split())


def _phrases(words: str) -> list[str]:
    return [word.strip() for word in words.split(",")]


def _pattern(words: str) -> re.Pattern[str]:
    found = [fold(word.rstrip("*")) + r"\w*" * word.endswith("*") for word in _phrases(words)]
    return re.compile(r"\b(?:" + "|".join(sorted(found, key=len, reverse=True)) + r")\b")


_PATTERNS = tuple((field, _pattern(words)) for field, words in words_of.WORDS.items())
_TITLE = _pattern(words_of.TITLES)
_REVISION = _pattern(words_of.REVISIONS)
_WEAK = frozenset(map(fold, _phrases(words_of.WEAK)))
_TOTAL = _pattern(words_of.TOTALS)
_NUMBER_WORDS = frozenset(map(fold, _phrases(words_of.NUMBERS)))
_UNITS: dict[str, tuple[Unit, int]] = {
    fold(word): (cast(Unit, key.split()[0]), int(key.split()[1]))
    for key, words in words_of.UNITS.items()
    for word in _phrases(words)
}


@functools.lru_cache(maxsize=20_000)
def recognise(heading: str) -> str | None:
    """Say which field a heading names: a `Field`, "per_kit", "other" for one known to be of no use, or None.

    Examples
    --------
    >>> [recognise(text) for text in ("Обозначение", "Кол-во в ящике", "Sandık No", "Масса брутто, кг")]
    ['part', 'qty', 'case', 'gross']
    >>> recognise("Qty per kit"), recognise("№ п/п"), recognise("Farbe")
    ('per_kit', 'other', None)
    """
    plain = fold(heading)
    return next((field for field, pattern in _PATTERNS if pattern.search(plain)), None)


def is_weak(heading: str) -> bool:
    """Whether a heading of part numbers may as well mean something else.

    >>> is_weak("Item"), is_weak("Part number")
    (True, False)
    """
    return fold(heading) in _WEAK


def read_unit(text: str) -> tuple[Unit, int] | None:
    """Read a unit of measure: the unit it belongs to, and how many thousandths of that it is.

    What is counted (pcs, set, pair) has 1 in place of thousandths.

    >>> read_unit("шт."), read_unit("кг"), read_unit("mm"), read_unit("м²"), read_unit("bushel")
    (('pcs', 1), ('kg', 1000), ('m', 1), ('m2', 1000), None)
    """
    return _UNITS.get(fold(text))


def mass_unit(heading: str) -> int | None:
    """Grams in the unit of mass that a heading names.

    >>> mass_unit("Масса нетто, кг"), mass_unit("Gross weight")
    (1000, None)
    """
    found = (_UNITS.get(word, ("", 0)) for word in fold(heading).split())
    return next((grams for unit, grams in found if unit == "kg"), None)


def is_total(text: str) -> bool:
    """Whether a cell begins a line of totals.

    >>> is_total("ИТОГО по ящику № 3"), is_total("Cəmi:"), is_total("Totalisator")
    (True, True, False)
    """
    return _TOTAL.match(fold(text)) is not None


# Banner lines.


def read_banner(text: str) -> list[tuple[str, str]]:
    """Read a line such as "Ящик № 12, лот 14" into fields and values.

    Besides a `Field` there may be "list" (the list's own number) and "revision". A value has a digit in it;
    that of a mass comes with its unit, if one stands behind it.

    Examples
    --------
    >>> read_banner("Контейнер № MSKU 123456-7   Лот: 202601-12-b801c")
    [('container', 'MSKU123456-7'), ('lot', '202601-12-b801c')]
    >>> read_banner("Case No. 12 / gross 350,5 kg"), read_banner("Packing list No 7 rev. 2")
    ([('case', '12'), ('gross', '350,5 kg')], [('list', '7'), ('revision', '2')])
    >>> read_banner("Количество мест: 25, всего ящиков 25")
    []
    """
    words = re.sub(r"([№#:;|]|(?<!\d),|,(?!\d)|\.(?= ))", r" \1 ", text).split()
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(words):
        labels = [" ".join(words[place : place + n]) for n in (1, 2, 3)]
        if not fold(labels[0]):
            place += 1
        elif _is_of_no_place(*labels):
            place += next((n for n, word in enumerate(words[place : place + 5], 1) if _has_digit(word)), 1)
        elif entry := _first_entry(labels, words, place):
            found.append(entry[:2])
            place = entry[2]
        else:
            place += 1
    return found


def _has_digit(text: str) -> bool:
    return any(sign.isdigit() for sign in text)


@functools.lru_cache(maxsize=5_000)
def _is_of_no_place(first: str, two: str, three: str) -> bool:
    """Whether words speak of something else, though one of them may name a place: "Number of cases"."""
    if is_total(first) or recognise(first) in ("qty", "per_kit"):
        return True
    return any(recognise(label) == "other" for label in (first, two, three) if not _has_digit(label))


def _first_entry(labels: list[str], words: list[str], place: int) -> tuple[str, str, int] | None:
    entries = (_entry(label, words, place + n) for n, label in enumerate(labels, 1))
    return next(filter(None, entries), None)


def _entry(label: str, words: list[str], place: int) -> tuple[str, str, int] | None:
    """Field that a label names, the value behind it, and the place behind that."""
    field = _banner_field(label)
    while field and place < len(words) and (not fold(words[place]) or fold(words[place]) in _NUMBER_WORDS):
        place += 1
    if not field or place >= len(words):
        return None
    value, place = words[place], place + 1
    if field == "container" and re.fullmatch(r"[A-Za-z]{4}", value):
        while place < len(words) and re.fullmatch(r"[\d-]+", words[place]):
            value, place = value + words[place], place + 1
    elif field in ("gross", "net") and place < len(words) and mass_unit(words[place]):
        value, place = f"{value} {words[place]}", place + 1
    return (field, value.strip(" .()"), place) if re.search(r"\d", value) else None


@functools.lru_cache(maxsize=5_000)
def _banner_field(label: str) -> str:
    """Field that a label without digits names, "" if none."""
    plain = fold(label)
    if re.search(r"\d", plain):
        return ""
    if _TITLE.search(plain):
        return "list"
    if _REVISION.search(plain):
        return "revision"
    field = recognise(label) or ""
    return field if field in PLACES or field in ("gross", "net") else ""
