"""Every byte of the event rows flipped in turn: does `verify` find each?

To run the whole of `verify` for each of some hundred thousand flips takes hours, so each flip is looked at
with the check that `verify` makes, applied to the rows around it only: they are read through SQLite from
the damaged file and their hashes computed again. A flip that does not show there goes to `verify` itself.
So does every `verify_step`-th flip, whether it showed or not, and to the trials' own `audit`: both must
find it too.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import apsw

from knockdown.basics.clock import FixedClock
from knockdown.events.codes import StopReason
from knockdown.events.envelope import Event
from knockdown.ledger.chain import HASH, POSITION, beginning, link
from knockdown.ledger.refusals import LedgerDamaged
from knockdown.ledger.sqlite import COLUMNS, SqliteBackend
from knockdown.ledger.store import Store
from knockdown.ledger.trials.audit import faults_of
from knockdown.ledger.trials.cells import Piece, pieces
from knockdown.ledger.verify import verify

LEDGER_ID = "flip"
ONE_IN = 100
MANY_PARTS = 100
N_STATIONS = 40
_JOURNAL_BYTES, _COUNTER_BYTE = 18, 24


@dataclass(frozen=True, slots=True)
class FlipResult:
    """How many flips were found.

    Parameters
    ----------
    n_events, n_bytes : int
        Of the file, and of its event rows.
    n_flips : int
        Bytes flipped, one at a time.
    n_found_nearby : int
        Those that showed in the hashes of the rows around them.
    n_found_by_verify : int
        The others, found by `verify`.
    n_verified : int
        Flips given to `verify` and to the trials' own audit whether they had shown or not.
    missed : tuple of str
        Flips that were not found, by offset in the file and mask.
    """

    n_events: int
    n_bytes: int
    n_flips: int
    n_found_nearby: int
    n_found_by_verify: int
    n_verified: int
    missed: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether each was found."""
        return not self.missed


def make_file(path: Path, n_events: int) -> None:
    """A ledger of so many events; one in a hundred is too long for its database page."""
    backend = SqliteBackend.create(path, LEDGER_ID, 0)
    store = Store(backend, FixedClock(1_800_000_000_000))
    n_long = n_events // ONE_IN
    store.append([*map(_stop_or_go, range(n_events - n_long)), *map(_left_short, range(n_long))])
    store.close()


def _stop_or_go(number: int) -> Event:
    """Forty stations stop and go again in turns, as `events.life` allows."""
    station, version = f"TR-{number % N_STATIONS:02}", number // N_STATIONS + 1
    is_stop = version % 2 == 1
    body: dict[str, object] = {"stop_id": f"stop-{station}-{(version + 1) // 2}"}
    if is_stop:
        body |= {"note": "", "reason": StopReason.STARVED.value, "unit_id": None}
    return Event(
        writer="floor", run="flip", subject=f"station/{station}", version=version,
        kind="StationStopped" if is_stop else "StationRestarted", schema=1, happened_at=number,
        place=station, event_id=f"ev-{station}-{version}", body=body,
    )  # fmt: skip


def _left_short(number: int) -> Event:
    """A unit that left its line without a hundred parts: too long for a page of the database."""
    parts = [f"part-{i:03}-{'x' * 50}" for i in range(MANY_PARTS)]
    return Event(
        writer="floor", run="flip", subject=f"unit/U-{number}", version=1, kind="UnitLeftLine", schema=1,
        happened_at=number, event_id=f"ev-U-{number}", body={"line_id": "L1", "open_part_ids": parts},
    )  # fmt: skip


class _Flipper:
    """Two copies of a file: one read nearby through one connection, one opened anew for each `verify`."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.n_changes = 0
        self._path = folder / "verified.kd"
        shutil.copyfile(path, self._path)
        nearby = folder / "nearby.kd"
        shutil.copyfile(path, nearby)
        self._files = [os.open(nearby, os.O_RDWR), os.open(self._path, os.O_RDWR)]
        os.pwrite(self._files[0], b"\1\1", _JOURNAL_BYTES)  # no log, so that the change counter counts
        self._connection = apsw.Connection(str(nearby), apsw.SQLITE_OPEN_READONLY)
        self._connection.pragma("cell_size_check", 1)
        root = next(self._connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'entry'"))[0]
        self.content = path.read_bytes()
        self.pieces = pieces(self.content, int(str(root)))
        self._rows = list(self._connection.execute(f"SELECT {COLUMNS} FROM entry ORDER BY position"))

    @contextmanager
    def flipped(self, which: int, at: int, mask: int) -> Iterator[None]:
        """One copy with one byte changed."""
        file = self._files[which]
        os.pwrite(file, bytes([self.content[at] ^ mask]), at)
        try:
            yield
        finally:
            os.pwrite(file, self.content[at : at + 1], at)

    def shows_nearby(self, piece: Piece, at: int, mask: int) -> bool:
        """Whether the rows around it no longer chain: looked up by position, or counted from the first."""
        low, high = max(0, piece.row - 1), min(len(self._rows) - 1, piece.row + 1)
        with self.flipped(0, at, mask):
            self._reload()
            between = (self._rows[low][POSITION], self._rows[high][POSITION])
            return self._breaks(low, _BETWEEN, between) or self._breaks(low, _COUNTED, (high - low + 1, low))

    def _reload(self) -> None:
        """Have SQLite read the file again, as when another process wrote to it."""
        self.n_changes += 1
        os.pwrite(self._files[0], (self.n_changes % 2**32).to_bytes(4, "big"), _COUNTER_BYTE)

    def _breaks(self, low: int, query: str, values: tuple[int, int]) -> bool:
        """Whether what is read does not chain; a missing row counts only where the next one shows it."""
        before = self._rows[low - 1][HASH] if low else beginning("floor", LEDGER_ID, "null").hash
        try:
            for row in self._connection.execute(query, values).fetchall():
                if link(before, row) != row[HASH]:
                    return True
                before = row[HASH]
        except (apsw.Error, TypeError, ValueError):  # damaged, or a text has become something else
            return True
        return False

    def is_sound(self) -> bool:
        """Whether nothing is found when nothing is flipped."""
        return not self.shows_to_verify(0, 0, False)

    def shows_to_verify(self, at: int, mask: int, also_audit: bool) -> bool:
        """Whether `verify` finds it; and if so asked, whether our own audit does too."""
        with self.flipped(1, at, mask):
            try:
                backend = SqliteBackend(self._path)
            except LedgerDamaged:
                return True
            try:
                return not verify(backend).ok and not (also_audit and not faults_of(backend))
            finally:
                backend.close()

    def close(self) -> None:
        """Close the copies."""
        self._connection.close()
        for file in self._files:
            os.close(file)


_BETWEEN = f"SELECT {COLUMNS} FROM entry WHERE position BETWEEN ? AND ? ORDER BY position"
_COUNTED = f"SELECT {COLUMNS} FROM entry ORDER BY position LIMIT ? OFFSET ?"


def flip_all(path: Path, folder: Path, mask: int, step: int = 1, verify_step: int = 997) -> FlipResult:
    """Flip every `step`-th byte of the event rows of a ledger, one at a time.

    Parameters
    ----------
    path : Path
        The ledger, closed; it is copied and stays as it is.
    folder : Path
        Empty; in memory it is quickest.
    mask : int
        Bits of the byte to turn over, 1 to 255.
    step, verify_step : int
        Every so many bytes are flipped; of the flips, every so many go to `verify` in any case.
    """
    flipper = _Flipper(path, folder)
    try:
        if not flipper.is_sound():
            raise ValueError(f"{path.name} does not verify as it is, so no flip could be told from none")
        return _flip_all(flipper, mask, step, verify_step)
    finally:
        flipper.close()


def _flip_all(flipper: _Flipper, mask: int, step: int, verify_step: int) -> FlipResult:
    n_flips = n_nearby = n_by_verify = n_verified = 0
    missed = []
    places = ((piece, at) for piece in flipper.pieces for at in range(piece.begin, piece.end))
    for piece, at in islice(places, 0, None, step):
        n_flips += 1
        is_nearby = flipper.shows_nearby(piece, at, mask)
        is_sampled = n_flips % verify_step == 0
        is_found = is_nearby
        if is_sampled or not is_nearby:
            is_found = flipper.shows_to_verify(at, mask, is_sampled)
        n_nearby += is_nearby
        n_by_verify += is_found and not is_nearby
        n_verified += is_sampled
        if not is_found:
            missed.append(f"byte {at} of row {piece.row}, mask {mask:#04x}")
    n_bytes = sum(piece.end - piece.begin for piece in flipper.pieces)
    n_events = flipper.pieces[-1].row + 1
    return FlipResult(n_events, n_bytes, n_flips, n_nearby, n_by_verify, n_verified, tuple(missed))
