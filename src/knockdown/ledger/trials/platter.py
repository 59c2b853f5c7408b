"""What may be on a disk after the power failed: all that was synced, and any part of what was not."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from knockdown.ledger.trials.disk import Call

SECTOR_BYTES = 512


@dataclass
class File:
    """One file: its bytes as of its last sync, and what was asked for since."""

    synced: bytearray = field(default_factory=bytearray)
    asked: list[Call] = field(default_factory=list)

    def sync(self) -> None:
        """All that was asked for lasts."""
        for call in self.asked:
            _apply(self.synced, call)
        self.asked.clear()

    def after_a_cut(self, choose: random.Random) -> bytes:
        """One legal content: each write since the sync kept, dropped or torn, in any order."""
        content = bytearray(self.synced)
        how = choose.choice(("all", "none", "first", "some", "some", "sectors"))
        if how == "none":
            return bytes(content)
        calls = list(self.asked)
        if how == "first":
            calls = calls[: choose.randint(0, len(calls))]
        if how in ("some", "sectors"):
            kept = choose.choice((0.2, 0.5, 0.9))
            calls = [call for call in calls if how == "sectors" or choose.random() < kept]
            choose.shuffle(calls)
        for i, call in enumerate(calls):
            is_torn = how == "sectors" or (how == "some" and choose.random() < 0.3)
            is_torn = is_torn or (how == "first" and i == len(calls) - 1)
            for part in _torn(call, choose) if is_torn else (call,):
                _apply(content, part)
        return bytes(content)


def _torn(call: Call, choose: random.Random) -> list[Call]:
    """Some of the sectors of a write; anything else happens whole or not at all."""
    if call.kind != "write":
        return [call] if choose.random() < 0.5 else []
    kept = choose.choice((0.3, 0.7, 0.95))
    parts = []
    begin = 0
    while begin < len(call.data):
        end = min(len(call.data), begin + SECTOR_BYTES - (call.offset + begin) % SECTOR_BYTES)
        if choose.random() < kept:
            parts.append(call._replace(offset=call.offset + begin, data=call.data[begin:end]))
        begin = end
    return parts


def _apply(content: bytearray, call: Call) -> None:
    end = call.offset + len(call.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    if call.kind == "truncate":
        del content[call.offset :]
    else:
        content[call.offset : end] = call.data


class Platter:
    """A folder on a disk, as calls come in: names and contents, synced and not."""

    def __init__(self) -> None:
        self._names: dict[str, File] = {}
        self._synced_names: dict[str, File] = {}
        self._asked: list[tuple[str, File | None]] = []

    def take(self, call: Call) -> None:
        """One call more."""
        if call.kind == "open" and call.name not in self._names:
            self._names[call.name] = File()
            self._asked.append((call.name, self._names[call.name]))
        elif call.kind == "delete":
            self._names.pop(call.name, None)
            self._asked.append((call.name, None))
        elif call.kind in ("write", "truncate"):
            self._names[call.name].asked.append(call)
        elif call.kind == "sync":
            self._names[call.name].sync()
        if call.syncs_folder:
            _rename(self._synced_names, self._asked)
            self._asked.clear()

    def after_a_cut(self, choose: random.Random) -> dict[str, bytes]:
        """One legal folder. A file system keeps names in order, so the first few changes are kept."""
        names = dict(self._synced_names)
        n_asked = len(self._asked)
        _rename(names, self._asked[: choose.choice((n_asked, choose.randint(0, n_asked)))])
        return {name: file.after_a_cut(choose) for name, file in names.items()}


def _rename(names: dict[str, File], changes: list[tuple[str, File | None]]) -> None:
    for name, file in changes:
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file
