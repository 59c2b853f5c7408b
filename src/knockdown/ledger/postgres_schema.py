"""What the schema of a ledger in PostgreSQL consists of, compared with what the migrations make.

The right description lies beside the migrations, so that comparing takes no right but to read the catalogs.
It leaves out what a site may choose: owners, grants, storage and autovacuum.

    python -m knockdown.ledger.postgres_schema ADDRESS

prints the description of a ledger that was just made, to be kept when a migration was added.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from knockdown.ledger import postgres_link as link

RIGHT = Path(__file__).parent / "migrations" / "postgres" / "schema.json"
# https://www.postgresql.org/docs/current/catalogs.html. What stands for NOT NULL is told with the columns,
# for before version 18 it is no constraint; `_RETURN` is what makes a view, which is told as such.
DESCRIBE = """
WITH ours AS (SELECT c.* FROM pg_class c WHERE c.relnamespace = 'knockdown'::regnamespace)
SELECT CASE relkind WHEN 'r' THEN 'table' ELSE 'relation' END, relname::text, concat_ws(' ', relkind,
    relpersistence, CASE WHEN relrowsecurity THEN 'row security' END,
    CASE WHEN EXISTS (SELECT FROM pg_inherits WHERE oid IN (inhparent, inhrelid)) THEN 'inherits' END)
FROM ours WHERE relkind NOT IN ('i', 'I')
UNION ALL
SELECT 'column', relname || '.' || attname, concat_ws(' ', attnum, format_type(atttypid, atttypmod), collname,
    CASE WHEN attnotnull THEN 'not null' END, CASE WHEN attstattarget = 0 THEN 'without statistics' END,
    nullif(attidentity, ''), nullif(attgenerated, ''), pg_get_expr(adbin, adrelid))
FROM ours JOIN pg_attribute ON attrelid = ours.oid LEFT JOIN pg_collation ON attcollation = pg_collation.oid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relkind NOT IN ('i', 'I') AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'constraint', relname || '.' || conname,
    pg_get_constraintdef(pg_constraint.oid) || CASE WHEN convalidated THEN '' ELSE ' not valid' END
FROM ours JOIN pg_constraint ON conrelid = ours.oid WHERE contype <> 'n'
UNION ALL
SELECT 'index', indexrelid::regclass::text,
    pg_get_indexdef(indexrelid) || CASE WHEN indisvalid AND indisready THEN '' ELSE ' not valid' END
FROM ours JOIN pg_index ON indrelid = ours.oid
UNION ALL
SELECT 'trigger', relname || '.' || tgname, pg_get_triggerdef(pg_trigger.oid)
FROM ours JOIN pg_trigger ON tgrelid = ours.oid WHERE NOT tgisinternal
UNION ALL
SELECT 'rule', relname || '.' || rulename, pg_get_ruledef(pg_rewrite.oid)
FROM ours JOIN pg_rewrite ON ev_class = ours.oid WHERE rulename <> '_RETURN'
UNION ALL
SELECT 'policy', relname || '.' || polname, concat_ws(' ', polcmd, pg_get_expr(polqual, polrelid))
FROM ours JOIN pg_policy ON polrelid = ours.oid
UNION ALL
SELECT 'function', p.oid::regprocedure::text, concat_ws(' ', prokind, lanname, prorettype::regtype,
    CASE WHEN prosecdef THEN 'as its owner' END, proconfig, prosrc)
FROM pg_proc p JOIN pg_language l ON l.oid = prolang WHERE pronamespace = 'knockdown'::regnamespace
ORDER BY 1, 2
"""
Part = tuple[str, str, str]
"""Sort, name and definition."""


def right_schema() -> frozenset[Part]:
    """What the migrations make."""
    return frozenset((sort, name, text) for sort, name, text in json.loads(RIGHT.read_text("utf-8")))


def schema_faults(there: Iterable[Part]) -> list[str]:
    """Tables, columns, keys, triggers, functions and rules that are missing, changed or added.

    Parameters
    ----------
    there : iterable of Part
        What `DESCRIBE` answers.
    """
    right = {part[:2]: part[2] for part in right_schema()}
    found = {(sort, name): text for sort, name, text in there}
    step = "put it back as the migrations make it, and look whether entries are missing"
    faults = [
        f"{sort} {name} {'is not as knockdown made it' if (sort, name) in found else 'is gone'}; {step}"
        for (sort, name), text in sorted(right.items())
        if found.get((sort, name)) != text
    ]
    added = sorted(found.keys() - right.keys())
    return faults + [f"{sort} {name} was added; find out by whom, and drop it" for sort, name in added]


def main() -> None:
    """Print the description of a ledger."""
    with link.connect_patiently(link.address(sys.argv[1]), seconds=link.OPENING_SECONDS) as connection:
        print(as_text(connection.execute(DESCRIBE.encode()).fetchall()), end="")


def as_text(parts: Iterable[Any]) -> str:
    """Write a description, one part a line."""
    lines = [json.dumps(part, ensure_ascii=False) for part in parts]
    return "[\n" + ",\n".join(lines) + "\n]\n"


if __name__ == "__main__":
    main()
