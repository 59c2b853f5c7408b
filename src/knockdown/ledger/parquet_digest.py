"""A digest of a whole Parquet file, within it: damage is found before a reader of Parquet sees the file.

Such readers trust lengths in the file so far that damaged ones can end the whole program. The digest stands
in the footer's metadata, is SHA-256 in hexadecimal digits, and counts as 64 zeros while it is computed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

KEY = "knockdown.sha256"
BLANK = "0" * 64
MAGIC = b"PAR1"
MOST_FOOTER_BYTES = 64 << 20
BLOCK = 1 << 20
# Thrift's compact protocol: field 1 is a text of 16 bytes, field 2 is one of 64.
_BEFORE = b"\x18" + bytes([len(KEY)]) + KEY.encode() + b"\x18" + bytes([len(BLANK)])


def put_digest(path: Path) -> None:
    """Fill in the digest of a file that was written with `KEY: BLANK` in its metadata.

    Raises
    ------
    ValueError
        When there is no place for it.
    """
    at = _place(path)
    if at is None:
        raise ValueError("the file has no place for its digest")
    digest = _digest(path, at)
    with path.open("rb+") as stream:
        stream.seek(at)
        stream.write(digest)


def fits(path: Path) -> bool:
    """Whether a file is as it was when its digest was put in."""
    at = _place(path)
    if at is None:
        return False
    with path.open("rb") as stream:
        stream.seek(at)
        said = stream.read(len(BLANK))
    return said == _digest(path, at)


def _place(path: Path) -> int | None:
    """Where the digest stands."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - 8))
        tail = stream.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != MAGIC or not 0 < length <= min(size - 12, MOST_FOOTER_BYTES):
            return None
        begin = size - 8 - length
        stream.seek(begin)
        found = stream.read(length).rfind(_BEFORE)
    return None if found < 0 else begin + found + len(_BEFORE)


def _digest(path: Path, at: int) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        left = at
        while left and (block := stream.read(min(left, BLOCK))):
            digest.update(block)
            left -= len(block)
        stream.seek(at + len(BLANK))
        digest.update(BLANK.encode())
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest().encode()
