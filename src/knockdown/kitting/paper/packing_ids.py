"""Ids from what partners write, whatever the alphabet, capitals and spaces; and the nearest known ones."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from knockdown.basics.ids import id_problem

_LOOK_ALIKE = str.maketrans("АВЕКМНОРСТУХЅІЈΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXSIJABEZHIKMNOPTYX")
_SPELT = str.maketrans(
    {"Б": "B", "Г": "G", "Д": "D", "Ж": "ZH", "З": "Z", "И": "I", "Й": "J", "Л": "L", "П": "P", "Ф": "F"}
    | {
        "Ц": "TS",
        "Ч": "CH",
        "Ш": "SH",
        "Щ": "SHCH",
        "Ъ": "",
        "Ы": "Y",
        "Ь": "",
        "Э": "E",
        "Ю": "YU",
        "Я": "YA",
    }
    | {"Ə": "E", "Ø": "O", "Æ": "AE", "Ł": "L", "Đ": "D", "Ґ": "G", "Є": "E"}
)
_DASHES = re.compile("[‐-―−]")
_NUMBER_SIGN = re.compile(r"\s*(№|#|[Nn]°|[Nn][or](?=[.:\s]))[\s:.]*")
_BETWEEN = re.compile(r"[\s/\\,;+*]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]+)?")
_N_CANDIDATES = 20
_MOST_POSTINGS = 2_000


@functools.lru_cache(maxsize=1 << 16)
def original_form(text: str) -> str:
    """The form in which two writings of one number are equal: capitals, Latin look-alikes, single spaces.

    >>> original_form(" вт-12 "), original_form("BT-12")
    ('BT-12', 'BT-12')
    """
    text = text.replace("ı", "i")
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", text).upper().replace("İ", "I"))
    return " ".join(text.replace("Ё", "Е").translate(_LOOK_ALIKE).split())


@functools.lru_cache(maxsize=1 << 16)
def make_id(text: str) -> str:
    """Make an id of what a partner wrote: capitals, Latin letters, `-` for spaces and slashes.

    Cyrillic letters that look like Latin ones are taken for them, and the others are spelt; a leading № is
    dropped. The result may still be no id: see `id_problem`.

    Examples
    --------
    >>> make_id(" 70-1601130 А "), make_id("№ 12/3"), make_id("Ящик-5"), make_id("şkaf 7")
    ('70-1601130-A', '12-3', 'YASHCHIK-5', 'SKAF-7')
    """
    sign = _NUMBER_SIGN.match(text)
    text = original_form(text[sign.end() :] if sign else text)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_SPELT))
        text = "".join(sign for sign in text if not unicodedata.combining(sign))
    text = _BETWEEN.sub("-", text).replace("(", "-").replace(")", "").replace("--", "-")
    return text.strip("-.")


def why_no_id(text: str, made: str) -> tuple[str, str] | None:
    """Say why a text gives no id, and what to do; None when it does.

    >>> why_no_id("2026-05-12", "2026-05-12")[0]
    'is a date, perhaps made by Excel from a number such as 12-5'
    """
    if _DAY.fullmatch(text):
        problem = "is a date, perhaps made by Excel from a number such as 12-5"
        return problem, "format the column as text and write it again"
    problem_of_id = id_problem(made)
    if problem_of_id is None:
        return None
    if unseen := why_unseen(text):
        return unseen
    return (
        f"gives no number that can be used: '{made[:40]}' {problem_of_id}",
        "write it in letters and digits",
    )


def why_unseen(text: str) -> tuple[str, str] | None:
    """Say which sign of a text cannot be seen, as one that turns the direction of writing; None without.

    >>> why_unseen("12\u202e3")[0], why_unseen("12\u00a0/ 3")
    ('holds a sign that cannot be seen: U+202E', None)
    """
    unseen = [sign for sign in text if not sign.isprintable() and not sign.isspace()]
    if not unseen:
        return None
    return f"holds a sign that cannot be seen: U+{ord(unseen[0]):04X}", "write it again by hand"


class Nearest:
    """Finds among many ids those most like another, through the groups of three signs they share.

    Examples
    --------
    >>> Nearest(["BT-1302010", "BT-1302020", "MZ-5005010"]).find("BT-1302O10")
    ['BT-1302010', 'BT-1302020']
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = list(ids)
        self.postings: dict[str, list[int]] = {}
        for place, known in enumerate(self.ids):
            for group in _groups(known):
                self.postings.setdefault(group, []).append(place)

    def find(self, text: str, most: int = 2) -> list[str]:
        """The `most` nearest ids, best first; fewer if few are like it."""
        groups = sorted(_groups(text), key=lambda group: len(self.postings.get(group, ())))
        shared: Counter[int] = Counter()
        looked = 0
        for group in groups:
            places = self.postings.get(group, [])
            looked += len(places)
            if looked > _MOST_POSTINGS and shared:
                break
            shared.update(places[:_MOST_POSTINGS])
        candidates = [self.ids[place] for place, _ in shared.most_common(_N_CANDIDATES)]
        return difflib.get_close_matches(text, candidates, n=most, cutoff=0.6)


def _groups(text: str) -> set[str]:
    padded = f" {text.upper()} "
    return {padded[place : place + 3] for place in range(len(padded) - 2)}
