"""The reference part of docs/schemas.md, made from the types that write the documents.

`python -m knockdown.workflow.schema_page docs/schemas.md` rewrites it between its two marks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from knockdown.documents.paper import Paper
from knockdown.workflow.folder_page import BEGIN, END
from knockdown.workflow.schemas import PAPERS, file_name

PLAIN = {
    object: "any JSON value",
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "day, as 2026-01-31",
    NoneType: "null",
}


def reference() -> str:
    """Every document and every field, as Markdown.

    >>> "| `gap` | number or null | abs(objective - bound) / max(1e-9, abs(objective)) |" in reference()
    True
    """
    shown: set[type[Paper]] = set()
    return "\n\n".join(_document(name, paper, shown) for name, paper in PAPERS.items())


def renewed(page: str) -> str:
    """The page with its reference part written anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{after}"


def _document(name: str, paper: type[Paper], shown: set[type[Paper]]) -> str:
    parts = [f"### {name}\n\n{_doc(paper)} [Schema](schemas/{file_name(name)}).\n\n{_table(paper)}"]
    for inner in _inner_papers(paper):
        if inner not in shown and inner not in PAPERS.values():
            parts.append(f"**{inner.__name__}**: {_doc(inner)}\n\n{_table(inner)}")
            shown.add(inner)
    return "\n\n".join(parts)


def _inner_papers(paper: type[Paper]) -> Iterator[type[Paper]]:
    """Papers inside a paper, each before those inside it."""
    for hint in _hints(paper).values():
        for inner in _papers_in(hint):
            yield inner
            if inner not in PAPERS.values():
                yield from _inner_papers(inner)


def _papers_in(hint: Any) -> Iterator[type[Paper]]:
    if isinstance(hint, type) and issubclass(hint, Paper):
        yield hint
    for part in get_args(hint):
        yield from _papers_in(part)


def _hints(paper: type[Paper]) -> dict[str, Any]:
    found = get_type_hints(paper)
    return {name: found[name] for name in paper.model_fields}


def _table(paper: type[Paper]) -> str:
    lines = ["| field | what | meaning |", "|---|---|---|"]
    hints = _hints(paper)
    names = sorted(paper.model_fields, key=lambda name: name != "schema_")  # what it is comes first
    for name in names:
        info = paper.model_fields[name]
        lines.append(f"| `{info.alias or name}` | {_words(hints[name])} | {info.description or ''} |")
    return "\n".join(lines)


def _words(hint: Any) -> str:
    if hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, Paper):
        return hint.__name__
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " or ".join(f"`{word}`" for word in parts)
    if origin in (Union, UnionType):
        return " or ".join(map(_words, parts))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"object of {_words(parts[1])} by name"
    return f"list of {_words(parts[0])}"


def _doc(paper: type[Paper]) -> str:
    return " ".join((paper.__doc__ or "").split())


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(renewed(path.read_text("utf-8")), encoding="utf-8", newline="\n")
