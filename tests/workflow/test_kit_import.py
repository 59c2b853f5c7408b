"""Packing lists into a plant's ledger as a clerk sends them: new, again, corrected, faulty, hostile."""

import functools
import os
import random
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

import knockdown as kd
from knockdown.basics.faults import BadInput
from knockdown.kitting.problem import cut
from knockdown.kitting.trials.example_lists import EXAMPLES, shipment
from knockdown.kitting.trials.packing_lists import FLAT, MTZ, draft, write_csv, write_xlsx
from knockdown.plant import builtin
from knockdown.plant.load import load
from knockdown.workflow import keep_ledger, kit_desk
from knockdown.workflow.keep_ledger import init

SHIPPED = Path(builtin.__file__).parents[1] / "data" / "plants" / "ganja" / "packing_lists"
MTZ_FILE, SAMPO_FILE = (SHIPPED / example.file for example in EXAMPLES)
MTZ_LOT, SAMPO_LOT = (example.kit_lot_id for example in EXAMPLES)
SHIPPED_BY = {MTZ_FILE: "mtz", SAMPO_FILE: "sampo"}
OPENED_LOT = "202601-01-b821c"
ON = "2026-01-05"


@pytest.fixture(scope="module", autouse=True)
def read_once():
    """Ganja's tables do not change here: they are read once."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (kit_desk, keep_ledger):
            patch.setattr(module, "plant_of", functools.cache(module.plant_of))
        once = functools.cache(lambda start: cut(load("ganja"), start))
        patch.setattr(kit_desk, "cut", lambda plant, start=None: once(start))
        yield


@pytest.fixture(scope="module")
def ganja():
    return cut(load("ganja"))


@pytest.fixture(scope="module")
def mtz(ganja):
    return shipment(ganja, EXAMPLES[0])


@pytest.fixture(scope="module")
def sampo(ganja):
    return shipment(ganja, EXAMPLES[1])


@pytest.fixture(scope="module")
def trial():
    """Ganja without a ledger: reads and compares only."""
    return kd.kit("ganja", "no-such-file.sqlite")


@pytest.fixture
def kits(tmp_path):
    init("ganja", str(tmp_path / "hall.sqlite"))
    return kd.kit("ganja", str(tmp_path / "hall.sqlite"))


@pytest.fixture(scope="module")
def first_time(tmp_path_factory):
    """Both shipped lists taken in once: the ledger's folder, and what was said of each."""
    folder = tmp_path_factory.mktemp("first")
    init("ganja", str(folder / "hall.sqlite"))
    kits = kd.kit("ganja", str(folder / "hall.sqlite"))
    return folder, [kits.import_lists([file], who, on=ON) for file, who in SHIPPED_BY.items()]


@pytest.fixture
def filled(first_time, tmp_path):
    """A ledger of one's own that has both shipped lists."""
    shutil.copytree(first_time[0], tmp_path / "filled")
    return kd.kit("ganja", str(tmp_path / "filled" / "hall.sqlite"))


def changed(base, **by_row):
    """A shipment with some of its lines changed: row as `_3`, from 0."""
    lines = list(base.lines)
    for name, change in by_row.items():
        lines[int(name[1:])] = replace(lines[int(name[1:])], **change)
    return replace(base, lines=tuple(lines))


def small(base, n_lines=6):
    return replace(base, lines=base.lines[:n_lines])


def written(folder, base, layout=MTZ, name="list.xlsx"):
    folder.mkdir(exist_ok=True)
    return write_xlsx(folder / name, draft(base, layout))


def refused(act):
    with pytest.raises(BadInput) as told:
        act()
    assert all(fault.next_step for fault in told.value.faults)
    return told.value.faults


def cases_of(kits, lot):
    return {case.case_id: case for case in kits.desk.book.cases_of(lot)}


# New, again, corrected


def test_both_shipped_lists_are_taken_in_and_again_change_nothing(first_time, filled):
    for first, (file, partner), lot in zip(
        first_time[1], SHIPPED_BY.items(), (MTZ_LOT, SAMPO_LOT), strict=True
    ):
        assert (first.is_recorded, first.files[0].state, first.files[0].revision) == (True, "new", None)
        assert first.new >= first.files[0].lots[0].cases == len(cases_of(filled, lot))
        assert {case.kit_lot_id for case in cases_of(filled, lot).values()} == {lot}
        assert all(name.startswith(f"{lot}-") for name in cases_of(filled, lot))
        again = filled.import_lists([file], partner, on="2026-02-01")
        assert (again.files[0].state, again.new) == ("unchanged", 0)
        assert again.position == first_time[1][-1].position


def test_the_list_ties_cases_to_lot_contract_launch_container_and_packaging(first_time, filled, mtz):
    listed = first_time[1][0].files[0].lots[0]
    assert (listed.lot, listed.contract, listed.launch) == (
        MTZ_LOT, mtz.lots[MTZ_LOT].contract_id, EXAMPLES[0].launch_no,
    )  # fmt: skip
    cases = cases_of(filled, MTZ_LOT)
    assert {case.container_id for case in cases.values()} == {line.container_id for line in mtz.lines}
    assert {case.launch_no for case in cases.values()} == {EXAMPLES[0].launch_no}
    assert {case.packaging for case in cases.values()} == {"crate"}
    got = {
        (name, part, None if box == "-" else box): n
        for name, case in cases.items()
        for part, box, n in case.lines
    }
    assert got == {
        (f"{MTZ_LOT}-{case}", part, box): n
        for case, content in mtz.contents().items()
        for (part, box), n in content.items()
    }


def test_the_shipped_lists_are_packed_as_the_supply_lists_need(first_time):
    assert [told.variations for told in first_time[1]] == [(), ()]


def test_a_corrected_list_is_a_revision_with_its_diff(filled, mtz, tmp_path):
    line = mtz.lines[3]
    fixed = changed(mtz, _3={"n_parts": line.n_parts + 2})
    told = filled.import_lists([written(tmp_path, fixed)], "mtz", on="2026-01-06")
    (file,) = told.files
    case = f"{MTZ_LOT}-{line.case_id}"
    assert (file.state, told.new, file.revision.cases_changed) == ("revised", 1, (case,))
    (diff,) = file.revision.lines
    assert (diff.case, diff.part, diff.after - diff.before) == (case, line.part.part_id, 2)
    assert file.revision.cases_added == file.revision.cases_not_in_it == file.revision.cases_opened == ()
    assert [(v.part, v.difference, v.cases) for v in told.variations if case in v.cases] == [
        (line.part.part_id, 2, next(v.cases for v in told.variations))
    ]
    assert filled.compare().variations == told.variations
    assert cases_of(filled, MTZ_LOT)[case].revision == 2
    back = filled.import_lists([MTZ_FILE], "mtz", on="2026-01-07")
    assert (back.files[0].state, back.new, back.variations) == ("revised", 1, ())


def test_a_list_that_leaves_a_case_out_says_so_and_the_case_stands(filled, mtz, tmp_path):
    last = mtz.lines[-1].case_id
    rest = replace(mtz, lines=tuple(line for line in mtz.lines if line.case_id != last))
    (file,) = filled.import_lists([written(tmp_path, rest)], "mtz", on="2026-01-06").files
    assert (file.state, file.revision.cases_not_in_it) == ("unchanged", (f"{MTZ_LOT}-{last}",))
    assert cases_of(filled, MTZ_LOT)[f"{MTZ_LOT}-{last}"].lines


def test_a_corrected_container_is_recorded_though_the_parts_are_the_same(filled, sampo, tmp_path):
    first = sampo.lines[0].case_id
    lines = tuple(
        replace(line, container_id="MSKU9999999") if line.case_id == first else line for line in sampo.lines
    )
    layout = replace(EXAMPLES[1].layout)
    told = filled.import_lists([written(tmp_path, replace(sampo, lines=lines), layout)], "sampo", on=ON)
    case = f"{SAMPO_LOT}-{first}"
    assert (told.files[0].state, told.files[0].revision.cases_corrected, told.new) == ("revised", (case,), 1)
    assert told.files[0].revision.lines == ()
    assert cases_of(filled, SAMPO_LOT)[case].container_id == "MSKU9999999"
    assert filled.import_lists([tmp_path / "list.xlsx"], "sampo", on=ON).new == 0


def test_opened_cases_keep_what_was_found(filled, mtz, tmp_path):
    line = mtz.lines[0]
    case = f"{MTZ_LOT}-{line.case_id}"
    filled.receive(MTZ_LOT, on="2026-01-06T08:00")
    filled.clear(MTZ_LOT, on="2026-01-06T09:00")
    filled.open([case], on="2026-01-06T10:00")
    filled.count(case, {line.part.part_id: line.n_parts - 1}, on="2026-01-06T11:00")
    held = dict(cases_of(filled, MTZ_LOT)[case].held)
    cell = replace(filled.desk.book.cells[MTZ_LOT, line.part.part_id])
    alone = replace(mtz, lines=tuple(each for each in mtz.lines if each.case_id == line.case_id))
    fixed = changed(alone, _0={"n_parts": line.n_parts + 5})
    (file,) = filled.import_lists([written(tmp_path, fixed)], "mtz", on="2026-01-07").files
    assert file.revision.cases_opened == (case,)
    after = cases_of(filled, MTZ_LOT)[case]
    assert (after.revision, dict(after.held)) == (2, held)
    assert filled.desk.book.cells[MTZ_LOT, line.part.part_id] == cell
    assert cell.missing == 1


def test_a_second_shipment_of_a_lot_is_new_and_comes_on_top(kits, mtz, tmp_path):
    half = len(mtz.lines) // 2
    cut_at = next(i for i in range(half, len(mtz.lines)) if mtz.lines[i].case_id != mtz.lines[i - 1].case_id)
    parts = [replace(mtz, lines=mtz.lines[:cut_at]), replace(mtz, lines=mtz.lines[cut_at:])]
    one, two = (written(tmp_path, part, name=f"{n}.xlsx") for n, part in enumerate(parts))
    assert kits.import_lists([one], "mtz", on=ON).variations
    told = kits.import_lists([two], "mtz", on=ON)
    assert told.files[0].state == "new"
    assert any("come on top of them" in warning for warning in told.files[0].warnings)
    assert told.variations == ()


def test_both_shipments_at_once(kits, mtz, tmp_path):
    cases = sorted({line.case_id for line in mtz.lines}, key=int)
    first = set(cases[: len(cases) // 2])
    parts = [[li for li in mtz.lines if (li.case_id in first) is is_first] for is_first in (True, False)]
    files = [written(tmp_path, replace(mtz, lines=tuple(p)), name=f"{n}.xlsx") for n, p in enumerate(parts)]
    told = kits.import_lists(files, "mtz", on=ON)
    assert [file.state for file in told.files] == ["new", "new"]
    assert (told.variations, len(cases_of(kits, MTZ_LOT))) == ((), len(cases))


# All or nothing


def test_one_faulty_line_among_800_stores_nothing_and_names_its_row(filled, mtz, tmp_path):
    layout, position = filled.desk.noted("kit_layout", "mtz"), filled.desk.position
    before = cases_of(filled, MTZ_LOT)
    bad = changed(mtz, _500={"n_parts": 0})
    (fault,) = refused(lambda: filled.import_lists([written(tmp_path, bad)], "mtz", ["auto"], on=ON))
    assert fault.file.startswith("list.xlsx")
    assert isinstance(fault.row, int)
    assert "is not a positive quantity" in fault.problem
    filled.desk.refresh()
    assert (filled.desk.position, filled.desk.noted("kit_layout", "mtz")) == (position, layout)
    assert cases_of(filled, MTZ_LOT) == before


def test_of_two_files_one_faulty_none_is_taken_and_all_faults_are_told(kits, mtz, tmp_path):
    few = small(mtz)
    bad = changed(few, _1={"n_parts": 0}, _4={"n_parts": 0})
    odd = changed(few, _2={"part": replace(few.lines[2].part, part_id="ZZ-000")})
    files = [
        written(tmp_path, bad, name="a.xlsx"),
        written(tmp_path, odd, name="b.xlsx"),
        written(tmp_path, replace(few, lines=mtz.lines[-6:]), name="c.xlsx"),
    ]
    faults = refused(lambda: kits.import_lists(files, "mtz", on=ON))
    assert [fault.file.split()[0] for fault in faults] == ["a.xlsx", "a.xlsx", "b.xlsx"]
    assert len({fault.row for fault in faults[:2]}) == 2
    assert "is not a part number of the plant" in faults[2].problem
    assert kits.lots().position == 0
    assert cases_of(kits, MTZ_LOT) == {}
    assert kits.desk.noted("kit_layout", "mtz") is None


def test_a_file_given_twice_and_a_case_in_two_files_are_refused(kits, mtz, tmp_path):
    few = small(mtz)
    one, other = written(tmp_path, few, name="a.xlsx"), written(tmp_path, small(mtz, 7), name="b.xlsx")
    same = shutil.copy(one, tmp_path / "renamed.xlsx")
    for files, name, problem in (
        ([one, one], "a.xlsx", "is the same file as a.xlsx, given before"),
        ([one, same], "renamed.xlsx", "is the same file as a.xlsx, given before"),
        ([one, other], "b.xlsx", "is in a.xlsx too"),
    ):
        faults = refused(lambda files=files: kits.import_lists(files, "mtz", on=ON))
        assert {(fault.file, fault.problem) for fault in faults} == {(name, problem)}
    assert kits.lots().position == 0
    assert kits.import_lists([one], "mtz", on=ON).new
    assert kits.import_lists([same], "mtz", on=ON).files[0].state == "unchanged"


def test_two_cases_that_would_have_one_name_are_refused(trial, sampo, tmp_path):
    number = sampo.lines[0].case_id
    lines = tuple(
        replace(line, case_id=f"{SAMPO_LOT}-{number}") if n > 2 else line
        for n, line in enumerate(sampo.lines[:5])
    )
    file = written(tmp_path, replace(sampo, lines=lines), EXAMPLES[1].layout)
    (fault,) = refused(lambda: trial.import_lists([file], "sampo", trial=True))
    assert "would have the same name as case" in fault.problem


def test_a_trial_needs_no_ledger_and_records_nothing(trial, kits):
    told = trial.import_lists([SAMPO_FILE], "sampo", trial=True)
    assert (told.is_recorded, told.new, told.position) == (False, 0, 0)
    assert told.files == kits.import_lists([SAMPO_FILE], "sampo", trial=True).files
    assert (kits.lots().position, kits.desk.noted("kit_layout", "sampo")) == (0, None)
    assert "init` makes one" in refused(lambda: trial.import_lists([SAMPO_FILE], "sampo"))[0].next_step


KILLED = """
import os, signal, sys, threading
import knockdown as kd
from knockdown.ledger import store

kits = kd.kit("ganja", sys.argv[1])
kits.desk.opening
die = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
when = sys.argv[3]
if when == "stored":
    append = store.Store.append_all
    store.Store.append_all = lambda *args: die(append(*args))
elif when == "storing":
    store.Store.append_all = die
else:
    threading.Timer(float(when), die).start()
kits.import_lists([sys.argv[2]], "mtz", on="2026-01-05")
"""


@pytest.mark.parametrize("when", ["storing", "stored", "0.45"])
def test_killed_in_the_middle_leaves_all_or_nothing(tmp_path, mtz, when):
    file = written(tmp_path, small(mtz, 80))
    address, n_cases = str(tmp_path / "hall.sqlite"), len({line.case_id for line in mtz.lines[:80]})
    init("ganja", address)
    done = subprocess.run([sys.executable, "-c", KILLED, address, file, when], check=False)
    assert done.returncode in ((-signal.SIGKILL,) if when.startswith("sto") else (-signal.SIGKILL, 0))
    kits = kd.kit("ganja", address)
    found = len(cases_of(kits, MTZ_LOT))
    assert found in {"storing": (0,), "stored": (n_cases,)}.get(when, (0, n_cases))
    again = kits.import_lists([file], "mtz", on=ON)
    assert (again.new > 0, len(cases_of(kits, MTZ_LOT))) == (found == 0, n_cases)
    assert kits.desk.noted("kit_layout", "mtz") is not None
    assert kits.import_lists([file], "mtz", on=ON).new == 0


# What is remembered


def test_the_layout_is_remembered_for_the_partner_and_used_next_time(kits, mtz, tmp_path):
    plain = replace(FLAT, language="ru", columns=("lot", "container", "case", "part", "name", "qty"))
    sheets = draft(small(mtz), replace(plain, totals=False))
    sheets[0].rows[0] = [f"x{n}" for n in range(len(sheets[0].rows[0]))]  # headings that say nothing
    file = write_xlsx(tmp_path / "odd.xlsx", [sheets[0]])
    said = ["lot=B", "container=C", "case=D", "part=E", "name=F", "qty=G", "header=1", "locale=tr"]
    assert refused(lambda: kits.import_lists([file], "mtz", on=ON))
    first = kits.import_lists([file], "mtz", said, on=ON)
    assert {c.field: c.column for c in first.files[0].columns}["qty"] == "G"
    assert kits.import_lists([file], "mtz", on=ON).files[0].state == "unchanged"
    assert '"qty"' in kits.desk.noted("kit_layout", "mtz")
    assert kits.desk.noted("kit_layout", "sampo") is None


def test_what_is_said_now_overrides_what_is_remembered(kits, mtz, tmp_path):
    few = small(mtz)
    kits.import_lists([written(tmp_path, few)], "mtz", on=ON)
    per_kit = kits.import_lists([tmp_path / "list.xlsx"], "mtz", ["qty_is=kit"], trial=True)
    before = {(x.case, x.part): x for x in per_kit.files[0].revision.lines}
    n_kits = mtz.lots[MTZ_LOT].n_kits
    assert len(before) == len(few.lines)
    assert all(x.after == x.before * n_kits for x in before.values())
    assert kits.import_lists([tmp_path / "list.xlsx"], "mtz", on=ON).files[0].state == "unchanged"


def test_aliases_are_remembered(kits, mtz, tmp_path):
    few = small(mtz)
    part = few.lines[0].part
    theirs = changed(few, _0={"part": replace(part, part_id="WERK-77/1")})
    file = written(tmp_path, theirs)
    assert "is not a part number" in refused(lambda: kits.import_lists([file], "mtz", on=ON))[0].problem
    first = kits.import_lists([file], "mtz", aliases=[f"WERK-77/1={part.part_id}"], on=ON)
    assert first.files[0].lots[0].lines == len(few.lines)
    assert kits.import_lists([file], "mtz", on=ON).files[0].state == "unchanged"
    faults = refused(lambda: kits.import_lists([file], "mtz", aliases=["x", "A=no-such"], on=ON))
    assert [fault.problem for fault in faults] == ["is no alias", "names no part of the plant"]


def test_new_parts_are_taken_when_that_is_said(kits, mtz, tmp_path):
    few = small(mtz)
    new = changed(few, _0={"part": replace(few.lines[0].part, part_id="BT-9999999", name="Bracket")})
    file = written(tmp_path, new)
    assert refused(lambda: kits.import_lists([file], "mtz", on=ON))
    told = kits.import_lists([file], "mtz", new_parts=True, on=ON)
    assert told.files[0].new_parts == ("BT-9999999 (Bracket)",)
    assert "BT-9999999" in {line.part for line in told.variations}


# Whose, of which lot


def test_unknown_partners_and_lots_are_refused_with_those_known(trial, sampo, tmp_path):
    for partner in (None, "nobody"):
        (fault,) = refused(lambda partner=partner: trial.import_lists([MTZ_FILE], partner, trial=True))
        assert "mtz (" in fault.next_step
    lost = replace(sampo, lines=tuple(replace(line, lot_id="202601-99-x") for line in sampo.lines[:3]))
    file = written(tmp_path, lost, EXAMPLES[1].layout)
    (fault, *_) = refused(lambda: trial.import_lists([file], "sampo", trial=True))
    assert "is no kit lot of partner sampo" in fault.problem
    assert SAMPO_LOT in fault.problem


def test_the_list_of_another_partner_is_refused(trial):
    faults = refused(lambda: trial.import_lists([MTZ_FILE], "sampo", trial=True))
    assert any("is no kit lot of partner sampo" in fault.problem for fault in faults)


def test_lines_without_a_lot_are_refused_unless_it_is_said(trial, sampo, tmp_path):
    layout = replace(EXAMPLES[1].layout, columns=("case", "part", "name", "qty", "unit"))
    file = written(tmp_path, small(sampo), layout)
    faults = refused(lambda: trial.import_lists([file], "sampo", trial=True))
    assert {fault.problem for fault in faults} == {"belongs to no kit lot"}
    told = trial.import_lists([file], "sampo", [f"lot=:{SAMPO_LOT}"], trial=True)
    assert [lot.lot for lot in told.files[0].lots] == [SAMPO_LOT]


def test_a_lot_described_by_cases_csv_or_opened_without_list_is_refused(kits, mtz, tmp_path):
    for lot, step in ((OPENED_LOT, "count its cases instead"), ("202601-09-b821c", "take the lot out")):
        lots = {lot: replace(mtz.lots[MTZ_LOT], variant_id="b821c")}
        of_lot = replace(mtz, lots=lots, lines=tuple(replace(line, lot_id=lot) for line in mtz.lines[:4]))
        (fault,) = refused(lambda of_lot=of_lot: kits.import_lists([written(tmp_path, of_lot)], "mtz", on=ON))
        assert (fault.value, "described without a packing list" in fault.problem) == (lot, True)
        assert step in fault.next_step
    assert kits.lots().position == 0
    kits.receive(MTZ_LOT, on="2026-01-06T08:00")
    kits.clear(MTZ_LOT, on="2026-01-06T09:00")
    kits.open(lot=MTZ_LOT, on="2026-01-06T10:00")
    (fault,) = refused(lambda: kits.import_lists([written(tmp_path, small(mtz))], "mtz", on="2026-01-07"))
    assert "count its cases instead" in fault.next_step


# Hostile files


def hostile(folder):
    """Files that are not what they seem."""
    files = {
        "empty.xlsx": b"",
        "noise.xlsx": b"PK\x03\x04" + bytes(random.Random(1).randbytes(4000)),
        "noise.csv": bytes(random.Random(2).randbytes(4000)),
        "page.xlsx": b"<html><table><tr><td>1</td></tr></table></html>",
        "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "list.pdf": b"%PDF-1.4 not a list",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    with zipfile.ZipFile(folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("[Content_Types].xml", "<Types/>")
        bomb.writestr("xl/worksheets/sheet1.xml", b"<row/>" * 2_000_000)
    (folder / "folder.xlsx").mkdir()
    return [folder / name for name in (*files, "bomb.xlsx", "folder.xlsx", "none.xlsx")]


def test_hostile_files_are_refused_each_with_its_fault(trial, tmp_path):
    files = hostile(tmp_path)
    faults = refused(lambda: trial.import_lists(files, "mtz", trial=True))
    assert {fault.file.split()[0] for fault in faults} == {path.name for path in files}


def test_from_the_command_line_a_hostile_file_is_exit_2_without_a_traceback(tmp_path):
    (tmp_path / "noise.xlsx").write_bytes(b"PK\x03\x04" + random.Random(1).randbytes(4000))
    command = [
        sys.executable, "-m", "knockdown.cli.main", "kit", "ganja", "import", tmp_path / "noise.xlsx",
        "--partner", "mtz", "--dry-run", "--json",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, check=False, env=os.environ
    )
    assert done.returncode == 2, done.stderr
    assert '"schema": "knockdown.faults/1"' in done.stdout
    assert "Traceback" not in done.stderr


def test_formulas_are_not_worked_out(trial, sampo, tmp_path):
    sheet = draft(small(sampo), replace(EXAMPLES[1].layout, totals=False))[0]
    sheet.rows[2] = [f"=1+{cell}" if n == sheet.rows[0].index("Q'ty") else cell for n, cell in
                     enumerate(sheet.rows[2])]  # fmt: skip
    file = write_csv(tmp_path / "list.csv", sheet, encoding="utf-8")
    faults = refused(lambda: trial.import_lists([file], "sampo", trial=True))
    assert [(fault.row, fault.column is not None) for fault in faults] == [(3, True)]
