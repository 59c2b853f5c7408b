"""The ledger as a user keeps it, from a new one to a restored one."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace

import pytest
from cli_shell import FAST, faults_of
from cli_shell import knockdown as knockdown_process

from knockdown.cli import main
from knockdown.events.codec import to_line
from knockdown.events.envelope import tell
from knockdown.events.vocabulary import (
    KitLotArrived,
    KitLotCleared,
    KitLotOrdered,
    PeopleHired,
    UnitLeftLine,
    UnitReleased,
    WorkCompleted,
    WorkStarted,
)


def knockdown(*argv):
    """The command within this process, because this file gives a hundred of them."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        status = main.run([str(word) for word in argv])
    for stream in (out, err):
        stream.flush()
    texts = (stream.buffer.getvalue().decode("utf-8") for stream in (out, err))
    return SimpleNamespace(returncode=status, **dict(zip(("stdout", "stderr"), texts, strict=True)))


NOW = 1_767_225_600_000  # 2026-01-01


def lines(plant, n_kits=6, n_built=2):
    """A day on the floor of a plant: a lot that came, units built from it, one still in work."""
    variant = next(iter(plant.variants))
    contract = next(line.contract for line in plant.contract_lines if line.variant == variant)
    line = plant.family_of(variant).line
    station = plant.stations_of(line)[0].id
    told = {"writer": "floor", "run": "f-1", "happened_at": NOW}
    lot = {**told, "subject_id": "L-1"}
    ordered = KitLotOrdered(contract_id=contract, variant_id=variant, n_kits=n_kits)
    events = [tell(b, version=i, **lot) for i, b in enumerate((ordered, KitLotArrived(), KitLotCleared()), 1)]
    for number in range(1, n_built + 2):
        released = UnitReleased(variant_id=variant, line_id=line, kit_lot_id="L-1", kit_no=number)
        bodies = [released, WorkStarted()]
        if number <= n_built:
            bodies += [WorkCompleted(), UnitLeftLine(line_id=line)]
        events += [
            tell(body, version=i, subject_id=f"U-{number}", place=station, **told)
            for i, body in enumerate(bodies, start=1)
        ]
    return "".join(map(to_line, events))


@pytest.fixture
def folder(small, tmp_path):
    """A copy of the small plant with its ledger, in which a day was stored."""
    import shutil

    from knockdown.plant.load import load

    plant = tmp_path / "hall"
    shutil.copytree(small, plant)
    assert knockdown("ledger", plant, "init").returncode == 0
    (tmp_path / "day.jsonl").write_text(lines(load(plant)), "utf-8")
    done = knockdown_process("ledger", plant, "append", tmp_path / "day.jsonl", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["new"] == 13
    return plant


def document(*argv, status=0):
    done = knockdown(*argv, "--json")
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def test_a_new_ledger_lies_in_the_plants_folder_and_its_key_elsewhere(folder):
    assert (folder / "ledger" / "ledger.sqlite").is_file()
    assert not list(folder.rglob("*.pem"))
    assert knockdown("check", folder).returncode == 0
    (fault,) = faults_of(knockdown("ledger", folder, "init", "--json"))
    assert fault.problem == "is there already"


def test_a_ledger_that_is_not_there_is_said_to_be_missing(small):
    for verb in (["stats"], ["verify"], ["seal"], ["export", "x.jsonl"], ["history", "unit/U-1"]):
        (fault,) = faults_of(knockdown("ledger", small, *verb, "--json"))
        assert "init` makes one" in fault.next_step


def test_what_was_stored_is_not_stored_twice(folder, tmp_path):
    again = document("ledger", folder, "append", tmp_path / "day.jsonl")
    assert (again["new"], again["known"], again["last_position"]) == (0, 13, 13)


def test_every_event_that_cannot_follow_is_listed_and_none_stored(folder, tmp_path):
    told = {"writer": "floor", "run": "f-1", "happened_at": NOW}
    crew = tell(PeopleHired(n_people=2), subject_id="fitters", version=1, **told)
    early = tell(WorkStarted(), subject_id="U-9", version=1, place="x", **told)
    stale = tell(UnitLeftLine(line_id="a"), subject_id="U-3", version=1, **told)
    (tmp_path / "bad.jsonl").write_text("".join(map(to_line, (crew, early, stale))), "utf-8")
    listed = faults_of(knockdown("ledger", folder, "append", tmp_path / "bad.jsonl", "--json"))
    assert [fault.row for fault in listed] == [2, 3]
    assert all(fault.next_step for fault in listed)
    assert document("ledger", folder, "stats")["entries"] == 13


def test_faulty_lines_are_refused_at_the_door(folder, tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"kind": "UnitSelled"}\nnot json\n', "utf-8")
    listed = faults_of(knockdown("ledger", folder, "append", tmp_path / "bad.jsonl", "--json"))
    assert {fault.row for fault in listed} == {1, 2}


def test_statistics_say_what_is_so_now(folder):
    paper = document("ledger", folder, "stats")
    assert paper["schema"] == "knockdown.ledger.stats/1"
    assert paper["units"] == {"off_line": 2, "in_work": 1}
    assert (paper["kits_left"], paper["kit_lots"]) == (3, {"cleared": 1})
    shown = knockdown("ledger", folder, "stats")
    assert "1 in work, 2 off line" in shown.stdout


def test_history_tells_one_subject(folder):
    paper = document("ledger", folder, "history", "unit/U-1")
    assert [e["kind"] for e in paper["events"]] == [
        "UnitReleased",
        "WorkStarted",
        "WorkCompleted",
        "UnitLeftLine",
    ]
    (fault,) = faults_of(knockdown("ledger", folder, "history", "unit/U-99", "--json"))
    assert "unit/U-0017" in fault.next_step


def test_a_changed_ledger_is_found_and_the_status_says_so(folder, tmp_path):
    import apsw

    assert document("ledger", folder, "verify")["ok"]
    document("ledger", folder, "seal", "--out", tmp_path / "head.json")
    raw = apsw.Connection(str(folder / "ledger" / "ledger.sqlite"))
    sql = next(raw.execute("SELECT sql FROM sqlite_schema WHERE name = 'entry_is_never_changed'"))[0]
    raw.execute("DROP TRIGGER entry_is_never_changed")
    raw.execute("UPDATE entry SET body = replace(body, '6', '7') WHERE position = 1")
    raw.execute(sql)
    raw.close()
    found = document("ledger", folder, "verify", "--head", tmp_path / "head.json", status=1)
    assert not found["ok"]
    assert any("position 1" in fault for fault in found["faults"])
    file = folder / "ledger" / "ledger.sqlite"
    file.write_bytes(b"\0" * 5000)
    assert document("ledger", folder, "verify", status=1)["faults"]
    faults_of(knockdown("ledger", folder, "stats", "--json"))


def test_a_backup_becomes_the_ledger_again(folder, tmp_path):
    backup, extra = tmp_path / "b.sqlite", tmp_path / "more.jsonl"
    named = document("ledger", folder, "add-person", "Leyla Quliyeva")["people"][0]["person_id"]
    assert document("ledger", folder, "backup", backup)["entries"] == 13
    hired = tell(
        PeopleHired(n_people=2), subject_id="fitters", version=1, writer="floor", run="f", happened_at=NOW
    )
    extra.write_text(to_line(hired), "utf-8")
    document("ledger", folder, "append", extra)
    document("ledger", folder, "erase-person", named)
    (fault,) = faults_of(knockdown("ledger", folder, "restore", backup, "--json"))
    assert "--replace" in fault.next_step
    restored = document("ledger", folder, "restore", backup, "--replace")
    assert (restored["entries"], restored["names_erased"]) == (13, 1)
    assert document("ledger", folder, "people")["people"] == []
    assert document("ledger", folder, "verify")["ok"]
    document("ledger", folder, "append", extra)
    assert document("ledger", folder, "stats")["entries"] == 14


def test_a_damaged_backup_is_refused_and_the_ledger_stays(folder, tmp_path):
    backup = tmp_path / "b.sqlite"
    document("ledger", folder, "backup", backup)
    content = bytearray(backup.read_bytes())
    at = content.index(b"KitLotOrdered")
    content[at] ^= 1
    backup.write_bytes(content)
    faults_of(knockdown("ledger", folder, "restore", backup, "--replace", "--json"))
    assert document("ledger", folder, "verify")["ok"]


@pytest.mark.parametrize("name", ["all.jsonl", "all.parquet"])
def test_an_export_is_imported_without_loss(folder, tmp_path, name):
    document("ledger", folder, "seal")
    document("ledger", folder, "export", tmp_path / name)
    copy = tmp_path / "copy.sqlite"
    assert document("ledger", folder, "import", tmp_path / name, "--ledger", copy)["new"] == 13
    assert document("ledger", folder, "import", tmp_path / name, "--ledger", copy)["new"] == 0
    ours, theirs = (document("ledger", folder, "verify", *more) for more in ([], ["--ledger", copy]))
    assert (ours["head"], ours["seals"]) == (theirs["head"], theirs["seals"])


def test_keys_are_rotated_and_old_seals_hold(folder, tmp_path):
    first = document("ledger", folder, "seal", "--out", tmp_path / "head.json")
    document("ledger", folder, "rotate-key")
    second = document("ledger", folder, "seal")
    root = first["keys"][0]["key_id"]
    assert second["keys"][0]["key_id"] == root
    assert second["keys"][-1]["key_id"] != root
    assert document("ledger", folder, "verify", "--head", tmp_path / "head.json", "--root", root)["ok"]
    assert not document("ledger", folder, "verify", "--root", "0" * 16, status=1)["ok"]


def test_a_plan_begins_where_the_floor_stands_and_is_filed(folder, tmp_path):
    done = knockdown("plan", folder, "--from-ledger", "--json", *FAST)
    assert done.returncode == 0, done.stderr
    assert "opening as recorded up to position 13" in done.stderr
    assert "filed in the ledger" in done.stderr
    plain = knockdown("plan", folder, "--json", *FAST)
    digests = [json.loads(d.stdout)["provenance"]["input_digest"] for d in (done, plain)]
    assert digests[0] != digests[1]
    runs = document("ledger", folder, "stats")["runs"]
    assert [run["writer"] for run in runs] == ["plan", "plan"]
    assert {json.loads(run["provenance"])["input_digest"] for run in runs} == set(digests)
    assert document("ledger", folder, "verify")["ok"]


def test_a_simulated_year_is_filed_once_and_can_be_pruned(folder, tmp_path):
    saved = tmp_path / "plan.json"
    assert knockdown("plan", folder, "--out", saved, *FAST).returncode == 0
    for _ in range(2):
        done = knockdown("simulate", folder, "--plan", saved, "--replications", 2)
        assert done.returncode == 0, done.stderr
    assert "as before" in done.stderr
    before = document("ledger", folder, "stats")
    twin = next(run for run in before["runs"] if run["writer"] == "twin")
    assert json.loads(twin["provenance"])["seed"] == 1
    assert document("ledger", folder, "prune", twin["run"])["removed"] == twin["entries"]
    after = document("ledger", folder, "stats")
    assert after["entries"] == before["entries"] - twin["entries"]
    assert after["units"] == before["units"]
    assert document("ledger", folder, "verify")["ok"]


def test_rebuilding_gives_what_the_snapshot_says(folder):
    assert document("ledger", folder, "rebuild")["same"] is None
    assert document("ledger", folder, "rebuild")["same"] is True


def test_no_ledger_is_made_unasked(small, tmp_path):
    done = knockdown("plan", small, "--json", *FAST)
    assert done.returncode == 0
    assert "filed" not in done.stderr
    assert not (small / "ledger").exists()


def test_a_password_is_never_shown(small):
    done = knockdown(
        "ledger", small, "stats", "--ledger", "postgresql://me:secret@localhost:1/x?connect_timeout=1"
    )
    assert done.returncode == 2
    assert "secret" not in done.stderr + done.stdout


def test_people_recorded_are_those_a_plan_begins_with(folder, tmp_path):
    from datetime import date

    from knockdown.plant.load import load
    from knockdown.workflow.opening import from_ledger

    crews = list(load(folder).crews)
    told = {"writer": "floor", "run": "f", "happened_at": NOW}
    hired = tell(PeopleHired(n_people=7), subject_id=crews[0], version=1, **told)
    (tmp_path / "hired.jsonl").write_text(to_line(hired), "utf-8")
    document("ledger", folder, "append", tmp_path / "hired.jsonl")
    opened = from_ledger(folder, date(2026, 1, 15)).plant
    assert opened.crews[crews[0]].people_open == 7
    assert opened.crews[crews[-1]] == load(folder).crews[crews[-1]] or len(crews) == 1
    (lot,) = opened.kit_lots.values()
    assert (lot.id, lot.kits, lot.kits_left, lot.status, lot.source) == ("L-1", 6, 3, "cleared", "ledger")
    assert {(row.place, row.units) for row in opened.stock} == {("finished", 2), ("in_work", 1)}


def test_names_the_description_lacks_are_all_listed(folder, tmp_path):
    told = {"writer": "floor", "run": "f", "happened_at": NOW}
    strangers = [
        tell(PeopleHired(n_people=7), subject_id="nobody", version=1, **told),
        tell(KitLotOrdered(contract_id="x", variant_id="y", n_kits=1), subject_id="L-9", version=1, **told),
        tell(KitLotArrived(), subject_id="L-10", version=1, **told),
    ]
    (tmp_path / "odd.jsonl").write_text("".join(map(to_line, strangers)), "utf-8")
    document("ledger", folder, "append", tmp_path / "odd.jsonl")
    listed = faults_of(knockdown("plan", folder, "--from-ledger", "--json", *FAST))
    assert {fault.column for fault in listed} == {"crew/nobody", "kit_lot/L-9", "kit_lot/L-10"}
    assert len(listed) == 4


def test_runs_of_one_name_are_told_apart(folder, tmp_path):
    for writer in ("plan", "twin"):
        one = tell(
            PeopleHired(n_people=1), subject_id="a", version=1, writer=writer, run="x", happened_at=NOW
        )
        (tmp_path / writer).write_text(to_line(one), "utf-8")
        document("ledger", folder, "append", tmp_path / writer)
    (fault,) = faults_of(knockdown("ledger", folder, "prune", "x", "--json"))
    assert "plan/x, twin/x" in fault.problem
    assert document("ledger", folder, "prune", "twin/x")["writer"] == "twin"
    assert document("ledger", folder, "prune", "x")["writer"] == "plan"
    faults_of(knockdown("ledger", folder, "prune", "x", "--json"))


def test_a_refused_file_leaves_no_run_behind(folder, tmp_path):
    stale = tell(PeopleHired(n_people=1), subject_id="a", version=2, writer="plan", run="x", happened_at=NOW)
    (tmp_path / "stale").write_text(to_line(stale), "utf-8")
    faults_of(knockdown("ledger", folder, "append", tmp_path / "stale", "--json"))
    assert document("ledger", folder, "stats")["runs"] == []


def test_a_network_has_no_ledger_of_its_own():
    (fault,) = faults_of(knockdown("ledger", "azerbaijan", "init", "--json"))
    assert "ganja" in fault.next_step


def test_a_key_that_cannot_be_written_leaves_no_ledger(small, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KNOCKDOWN_KEYS", str(tmp_path / "file" / "keys"))
    (fault,) = faults_of(knockdown("ledger", small, "init", "--ledger", tmp_path / "l.sqlite", "--json"))
    assert "keys" in fault.file
    assert not (tmp_path / "l.sqlite").exists()
    monkeypatch.delenv("KNOCKDOWN_KEYS")
    assert knockdown("ledger", small, "init", "--ledger", tmp_path / "l.sqlite").returncode == 0


ODD = (
    ["stats", "--ledger", "x" * 300],
    ["stats", "--ledger", "ftp://x/y"],
    ["stats", "--ledger", "."],
    ["append", "no-such-file"],
    ["append", "."],
    ["verify", "--head", "no-such-file"],
    ["verify", "--head", "."],
    ["seal", "--key", "no-such-file"],
    ["seal", "--out", "."],
    ["seal", "--out", "/dev/null"],
    ["backup", "no/such/folder/b.sqlite"],
    ["backup", "b" * 300],
    ["restore", "no-such-file", "--replace"],
    ["export", "no/such/folder/all.jsonl"],
    ["import", "no-such-file", "--ledger", "new.sqlite"],
    ["import", ".", "--ledger", "new.sqlite"],
    ["history", "nonsense"],
    ["prune", "no-such-run"],
    ["erase-person", "p-0"],
    ["add-person", " "],
    ["nonsense"],
)


@pytest.mark.parametrize("words", ODD, ids=" ".join)
def test_odd_commands_are_answered_with_a_next_step(folder, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    before = (folder / "ledger" / "ledger.sqlite").read_bytes()
    for fault in faults_of(knockdown("ledger", folder, *words, "--json")):
        assert fault.next_step
    assert (folder / "ledger" / "ledger.sqlite").read_bytes() == before
