"""Statements of the write path, prepared once a connection and sent several in one message.

A round trip costs more than any of these statements, and every one of them is waited for while the lock on
the ledger is held. So a call is text, `EXECUTE name(...)`, with each value quoted by libpq.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.pq import Escaping

from knockdown.ledger.chain import ROW_FIELDS

COLUMNS = ", ".join(ROW_FIELDS)
TYPES = ("int8", "text", "text", "text", "int8", "text", "int8", "int8", "int8", *["text"] * 4, "bytea")
HEADS = "SELECT chain, length, position, hash FROM chain WHERE pruned_at IS NULL"
RUNS = "SELECT chain, provenance, started_at, pruned_at, length FROM chain"
_BETWEEN = "\x1f"
_ARRAYS = ", ".join(f"{name}[]" for name in TYPES)
_PLACES = ", ".join(f"${i}" for i in range(1, len(TYPES) + 1))
_LATER_PLACES = ", ".join(f"${i}" for i in range(5, len(TYPES) + 5))
_LATEST = "ORDER BY version DESC LIMIT 1) AS found"

PREPARE = f"""
PREPARE heads (text[]) AS {HEADS} AND chain = ANY ($1);
PREPARE known (text[]) AS SELECT {COLUMNS} FROM entry WHERE event_id = ANY ($1);
PREPARE floor_versions (text[]) AS
    SELECT 'floor', asked.subject, found.version FROM unnest($1) AS asked (subject), LATERAL (
        SELECT version FROM entry WHERE writer = 'floor' AND subject = asked.subject {_LATEST};
PREPARE run_versions (text[], text[], text[]) AS
    SELECT asked.writer || '/' || asked.run, asked.subject, found.version
    FROM unnest($1, $2, $3) AS asked (writer, run, subject), LATERAL (
        SELECT version FROM entry WHERE writer <> 'floor' AND writer = asked.writer AND run = asked.run
        AND subject = asked.subject {_LATEST};
PREPARE put ({_ARRAYS}) AS INSERT INTO entry ({COLUMNS}) SELECT * FROM unnest({_PLACES});
PREPARE advance (text, int8, int8, bytea) AS
    UPDATE chain SET length = $2, position = $3, hash = $4 WHERE chain = $1;
PREPARE reach (int8) AS UPDATE ledger SET last_position = $1;
PREPARE put_alone (int8, bytea, int8, bytea, {_ARRAYS}) AS
    WITH locked AS (
        UPDATE ledger SET last_position = $3 / (last_position = $1)::int RETURNING one
    ), tied AS (
        UPDATE chain SET length = (length + $3 - $1) / (chain.hash = $2)::int, position = $3, hash = $4
        FROM locked WHERE chain = 'floor' RETURNING one
    )
    INSERT INTO entry ({COLUMNS}) SELECT row.* FROM tied, unnest({_LATER_PLACES}) AS row;
"""
# `put_alone` stores what was admitted by memory. Its first step waits for the lock and divides by zero when
# the ledger does not end where it was left, and its second when the floor's last hash is not the one
# remembered; PostgreSQL looks at a row again after it waited for it. Each step reads from the one before,
# so they are taken in this order. https://www.postgresql.org/docs/current/queries-with.html
# After the wait for the lock, each statement sees what was committed meanwhile.
BEGIN = b"BEGIN; SELECT last_position FROM ledger FOR UPDATE; EXECUTE heads('{floor}')"


def call(connection: psycopg.Connection[Any], name: str, *values: Any) -> bytes:
    """Write a call of a prepared statement.

    Parameters
    ----------
    connection : psycopg.Connection
        Where it is to be sent.
    name : str
        Of the statement.
    values : int, str, bytes, or sequences of these and None
        Its parameters.

    Raises
    ------
    ValueError
        When a text has a zero character, which PostgreSQL cannot keep, or half a surrogate pair.
    """
    escape = Escaping(connection.pgconn).escape_literal
    quoted = [bytes(escape(text_of(value).encode())) for value in values]
    return b"EXECUTE %b(%b)" % (name.encode(), b", ".join(quoted))


def text_of(value: Any) -> str:
    """Write a parameter as PostgreSQL reads it; raises as `call` does."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, bytes):
        text = "\\x" + value.hex()
    else:
        text = str(value) if isinstance(value, int) else array(value)
    if "\0" in text:
        raise ValueError("a text has a zero character, which PostgreSQL cannot keep")
    return text


def array(values: Sequence[Any]) -> str:
    r"""Write a column as PostgreSQL reads arrays.

    >>> print(array([1, None]), array(["a", 'say "ə"', "NULL"]), array(["a", None]), array([b"\x00A"]))
    {1,NULL} {"a","say \"ə\"","NULL"} {"a",NULL} {"\\x0041"}
    """
    kinds = set(map(type, values))
    if kinds == {int}:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds == {str}:
        joined = _BETWEEN.join(values)
        if joined.count(_BETWEEN) == len(values) - 1:  # all at once is quicker than one by one
            return '{"' + _quoted(joined).replace(_BETWEEN, '","') + '"}'
    return "{" + ",".join([_element(value) for value in values]) + "}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _element(value: Any) -> str:
    if isinstance(value, str):
        return '"' + _quoted(value) + '"'
    if isinstance(value, bytes):
        return '"\\\\x' + value.hex() + '"'
    return "NULL" if value is None else str(value)


def is_keepable(text: str) -> bool:
    r"""Whether PostgreSQL could have kept this text; what it could not, need not be asked for.

    >>> is_keepable("ev-7 ə"), is_keepable("a\0b"), is_keepable("\ud800")
    (True, False, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def results(cursor: psycopg.Cursor[Any]) -> list[list[Any]]:
    """Rows of each statement of a message; none for those that answer with none."""
    found = []
    more: bool | None = True
    while more:
        found.append(cursor.fetchall() if cursor.description else [])
        more = cursor.nextset()
    return found
