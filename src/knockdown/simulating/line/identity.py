"""What a line is by its content, and the random numbers that are its own."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from knockdown.basics.ids import digest_json
from knockdown.simulating.line.model import INFINITE, Line


def digest_of(line: Line) -> str:
    """Digest of a line, however its file is laid out."""
    return digest_json(_plain(asdict(line)))


def key_of(line: Line, seed: int, common: bool = False) -> int:
    """Key of a line's random numbers: made from the seed and the line, or the seed itself.

    With the seed alone two similar lines draw the same numbers and err in the same direction, which is good
    for their difference and bad for a set of answers that are meant to be independent.
    """
    return seed if common else int(digest_json([seed, digest_of(line)])[:16], 16)


def _plain(value: Any) -> Any:
    """JSON of a line: infinity as the file writes it."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return "inf" if value == INFINITE else value
