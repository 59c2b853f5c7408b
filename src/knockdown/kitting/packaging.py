"""What a partner calls a case's packaging, in any of the languages, as one of the kinds known here."""

from __future__ import annotations

import re
from functools import lru_cache

from knockdown.events.codes import Packaging
from knockdown.kitting.paper.headings import fold

# Beginnings of words, in the order in which they decide: a "metal pallet" goes back as a frame does.
_WORDS: tuple[tuple[Packaging, str], ...] = (
    (Packaging.LOOSE, "без упаковк*, навал*, россып*, loose, unpacked, ambalajsiz*, qablasdirilmam*, dokme*"),
    (
        Packaging.STEEL_FRAME,
        "рама, рамы, каркас*, стеллаж*, металл*, стальн*, steel, frame*, rack*, metal*, celik*, polad*",
    ),
    (Packaging.PALLET, "паллет*, палет*, поддон*, pallet*, palet*, altlıq*"),
    (Packaging.CARTON, "картон*, короб*, carton*, cardboard*, karton*, koli*, mukavva*"),
    (Packaging.CRATE, "ящик*, дерев*, wood*, crate*, case*, sandik*, ahsap*, taxta*, yesik*"),
)


def _pattern(words: str) -> re.Pattern[str]:
    found = (
        fold(word.strip().rstrip("*")) + r"\w*" * word.strip().endswith("*") for word in words.split(",")
    )
    return re.compile(rf"\b(?:{'|'.join(found)})\b")


_PATTERNS = tuple((kind, _pattern(words)) for kind, words in _WORDS)


@lru_cache(maxsize=1024)
def read_packaging(text: str) -> Packaging | None:
    """The kind of packaging that is meant; None when nothing is said, or nothing known here.

    Examples
    --------
    >>> read_packaging("Ящик деревянный").value, read_packaging("рама металлическая").value
    ('crate', 'steel_frame')
    >>> read_packaging("steel_frame").value, read_packaging("AHŞAP SANDIK").value
    ('steel_frame', 'crate')
    >>> read_packaging("") is None
    True
    """
    known = {each.value: each for each in Packaging}
    if text in known:
        return known[text]
    plain = fold(text)
    return next((kind for kind, pattern in _PATTERNS if pattern.search(plain)), None)
