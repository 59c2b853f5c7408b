"""Every byte of the event rows of a 1,000-event file flipped in turn: `verify` finds each."""

import os

import pytest

from knockdown.ledger import chain
from knockdown.ledger import verify as verify_room
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.trials import flip
from knockdown.ledger.trials.audit import faults_of
from knockdown.ledger.verify import verify
from tests.ledger.quick import quick_folder

LONG = bool(os.environ.get("KNOCKDOWN_LONG"))


@pytest.mark.parametrize(("mask", "step"), [(0x01, 1), (0xFF, 1 if LONG else 7)])
def test_every_flipped_byte_is_found(mask, step):
    # Each flip is looked at where it is; every 997th, in long runs every 29th, goes to `verify` in any case.
    # Where every byte was tried already, another mask is tried on every 7th, in long runs on every one.
    with quick_folder() as folder:
        flip.make_file(folder / "flip.kd", 1_000)
        result = flip.flip_all(folder / "flip.kd", folder, mask, step, 29 if LONG else 997 // step)
    assert result.ok, result
    assert result.n_events == 1_000
    assert result.n_flips == -(-result.n_bytes // step)
    assert result.n_bytes > 150_000
    assert result.n_verified > 100


def test_the_pieces_are_the_rows(tmp_path):
    flip.make_file(tmp_path / "flip.kd", 300)
    content = (tmp_path / "flip.kd").read_bytes()
    flipper = flip._Flipper(tmp_path / "flip.kd", tmp_path)
    try:
        rows: dict[int, bytes] = {}
        for piece in flipper.pieces:
            rows[piece.row] = rows.get(piece.row, b"") + content[piece.begin : piece.end]
        assert sorted(rows) == list(range(300))
        for number, row in enumerate(flipper._rows):
            assert row[chain.EVENT_ID].encode() in rows[number]
            assert row[chain.HASH][-20:] in rows[number]
        assert max(map(len, rows.values())) > 6_000, "no row spills over pages of its own"
    finally:
        flipper.close()


def test_a_verify_that_looks_away_is_caught(monkeypatch):
    # Sizes in front of rows show to the database's own check only.
    monkeypatch.setattr(flip, "verify", lambda backend: verify(backend, files=False))
    with quick_folder() as folder:
        flip.make_file(folder / "flip.kd", 300)
        result = flip.flip_all(folder / "flip.kd", folder, 0x01, verify_step=10**9)
    assert result.missed


def test_a_hash_that_leaves_out_a_field_is_caught(monkeypatch):
    def short_link(before, row):
        return full_link(before, (*row[:9], None, *row[10:]))

    full_link = chain.link
    for room in (chain, flip, verify_room):
        monkeypatch.setattr(room, "link", short_link)
    with quick_folder() as folder:
        flip.make_file(folder / "flip.kd", 30)
        result = flip.flip_all(folder / "flip.kd", folder, 0x01, verify_step=10**9)
    assert len(result.missed) >= 30 * len("TR-07")


def test_a_file_that_does_not_verify_is_no_place_to_begin(tmp_path):
    flip.make_file(tmp_path / "flip.kd", 100)
    flipper = flip._Flipper(tmp_path / "flip.kd", tmp_path)
    at = flipper.pieces[5].end - 1
    flipper.close()
    content = bytearray((tmp_path / "flip.kd").read_bytes())
    content[at] ^= 1
    (tmp_path / "flip.kd").write_bytes(content)
    with pytest.raises(ValueError, match="does not verify"):
        flip.flip_all(tmp_path / "flip.kd", tmp_path, 0x01)


def test_both_opinions_agree_on_a_sound_file(tmp_path):
    flip.make_file(tmp_path / "flip.kd", 100)
    backend = SqliteBackend(tmp_path / "flip.kd")
    assert faults_of(backend) == []
    assert verify(backend).ok
    backend.close()
