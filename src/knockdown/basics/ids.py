"""Names of things, and names made from what they name, so that the same content has the same name."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

MAX_ID_CHARS = 64
ID_PATTERN = r"^[A-Za-z0-9_-](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?$"
DIGEST_HEX_CHARS = 32
EVENT_ENTROPY_BYTES = 16

_ID = re.compile(ID_PATTERN.replace("$", r"\Z"))
_ODD = re.compile(r"[^A-Za-z0-9._-]")


def check_id(text: str) -> str:
    """Return an id unchanged, or say why it cannot be one.

    An id is 1 to 64 ASCII letters, digits, `-`, `_` and `.`, with no dot at either end, so
    that it can stand in a file name, a web address and a barcode without quoting.

    Parameters
    ----------
    text : str
        The id as it was written.

    Returns
    -------
    str
        The same text.

    Raises
    ------
    ValueError
        When it is no id; the message completes the sentence "'...' ...".

    Examples
    --------
    >>> check_id("L-204.b")
    'L-204.b'
    >>> check_id("lot 204")
    Traceback (most recent call last):
    ...
    ValueError: is not an id: ' ' is not allowed, only ASCII letters, digits and - _ .
    """
    problem = id_problem(text)
    if problem is not None:
        raise ValueError(problem)
    return text


def id_problem(text: str) -> str | None:
    """Say why a text cannot be an id, or None when it can.

    >>> id_problem(".hidden")
    'is not an id: it begins or ends with a dot'
    >>> id_problem("TR-07") is None
    True
    """
    if _ID.match(text):
        return None
    if not text:
        return "is not an id: it is empty"
    if len(text) > MAX_ID_CHARS:
        return f"is not an id: it has {len(text)} characters, at most {MAX_ID_CHARS} are allowed"
    odd = _ODD.search(text)
    if odd:
        return f"is not an id: {odd[0]!r} is not allowed, only ASCII letters, digits and - _ ."
    return "is not an id: it begins or ends with a dot"


def digest_json(obj: Any) -> str:
    """Digest a JSON value, whatever the order of its keys.

    Used for provenance: two documents with the same content have the same digest on every
    machine and Python version. Floats are written as the shortest text that reads back the same.

    Parameters
    ----------
    obj : JSON value
        None, bool, int, float, str, and lists, tuples and dicts (with text keys) of these.

    Returns
    -------
    str
        BLAKE2b (RFC 7693) of the canonical UTF-8 text, 128 bits as 32 hexadecimal digits.

    Raises
    ------
    ValueError
        When a number is NaN or infinite, or a text is not valid Unicode.
    TypeError
        When a value or a key is not JSON.

    Examples
    --------
    >>> digest_json({"a": 1, "b": [2]}) == digest_json({"b": [2], "a": 1})
    True
    >>> digest_json({"a": 1})
    '2c6b113b8dd15ffbded9860b43eb0c6c'
    """
    _check_keys(obj)
    text = json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=DIGEST_HEX_CHARS // 2).hexdigest()


def _check_keys(obj: Any) -> None:
    """Refuse keys that JSON would silently turn into text: {1: ...} and {"1": ...} are two things."""
    if isinstance(obj, dict):
        odd = [key for key in obj if not isinstance(key, str)]
        if odd:
            raise TypeError(f"key {odd[0]!r} is not text; write it as a string")
        obj = obj.values()
    elif not isinstance(obj, list | tuple):
        return
    for value in obj:
        _check_keys(value)


def digest_id(prefix: str, *parts: Any) -> str:
    """Name a thing by what it is made of: the same parts give the same id.

    Parameters
    ----------
    prefix : str
        A short id that says what kind of thing it is, at most 31 characters.
    *parts : JSON values
        What the thing is made of, in order. ("ab", "c") and ("a", "bc") differ.

    Returns
    -------
    str
        `prefix-` and 32 hexadecimal digits of `digest_json`.

    Raises
    ------
    ValueError, TypeError
        When the prefix is no id or is too long, or a part is not JSON.

    Examples
    --------
    >>> digest_id("run", "ganja", 42)
    'run-130a6625fd3c979b44870e02ec41ab55'
    """
    return check_id(f"{check_id(prefix)}-{digest_json(parts)}")


def extended_id(text: str, tail: str) -> str:
    """An id with something behind it; what is too long is cut, with a digest so that two stay two.

    >>> extended_id("L-204", ".all")
    'L-204.all'
    >>> one, other = (extended_id("L" * n, ".all") for n in (63, 64))
    >>> len(one), len(other), one == other
    (64, 64, False)
    """
    if len(text) + len(tail) <= MAX_ID_CHARS:
        return text + tail
    digest = digest_json(text)[:8]
    return f"{text[: MAX_ID_CHARS - len(tail) - len(digest) - 1]}-{digest}{tail}"


def new_event_id(entropy: bytes) -> str:
    """Name an event that has no natural name, from 16 bytes given by the caller.

    The floor passes `uuid.uuid4().bytes`; a test passes fixed bytes and gets a fixed id.

    Raises
    ------
    ValueError
        When there are not exactly 16 bytes.

    Examples
    --------
    >>> new_event_id(bytes(16))
    'ev-00000000000000000000000000000000'
    """
    if len(entropy) != EVENT_ENTROPY_BYTES:
        raise ValueError(f"an event id is made from {EVENT_ENTROPY_BYTES} bytes, not {len(entropy)}")
    return f"ev-{entropy.hex()}"
