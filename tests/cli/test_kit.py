"""Kits on the command line: documents, views within the terminal, refusals without a traceback."""

import io
import json
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace

import pytest
import typer.main
from cli_shell import faults_of
from cli_shell import knockdown as knockdown_process
from rich.cells import cell_len
from rich.console import Console

from knockdown.cli import main
from knockdown.workflow.schemas import PAPERS

LOT, CASE, PART = "202601-01-b821c", "01-K5", "BT-1301010"
QUESTIONS = {
    "ready": [],
    "resolve": [],
    "lots": [],
    "stock": [],
    "claims": [],
    "borrows": [],
    "park": [],
    "packaging": [],
    "carries": ["--case", CASE],
    "changes": [],
}


def knockdown(*argv, encoding="utf-8"):
    """The command within this process, because this file gives many of them."""
    out, err = (io.TextIOWrapper(io.BytesIO(), name, errors="replace") for name in (encoding, "utf-8"))
    with redirect_stdout(out), redirect_stderr(err):
        status = main.run([str(word) for word in argv])
    for stream in (out, err):
        stream.flush()
    stdout = out.buffer.getvalue().decode(encoding, "replace")
    return SimpleNamespace(returncode=status, stdout=stdout, stderr=err.buffer.getvalue().decode("utf-8"))


def document(*argv, status=0):
    done = knockdown("kit", "ganja", *argv, "--json")
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def hall(tmp_path):
    """Words that name a new ledger."""
    file = tmp_path / "hall.sqlite"
    assert knockdown("ledger", "ganja", "init", "--ledger", file).returncode == 0
    return ["--ledger", str(file)]


# Documents


@pytest.mark.parametrize("verb", QUESTIONS)
def test_a_question_prints_one_document_of_its_schema(verb):
    paper = document(verb, *QUESTIONS[verb])
    assert paper["schema"] == f"knockdown.kit.{verb}/1"
    assert PAPERS[f"kit-{verb}"].from_json(json.dumps(paper)).plant == "ganja"


def test_a_day_can_be_asked_about():
    first, later = (document("ready", "--at", day) for day in ("2026-01-01", "2026-03-01"))
    assert later["at"] == "2026-03-01"
    assert later["n_ready"] > first["n_ready"]


def test_resolve_can_be_asked_of_one_part():
    parts = [m["part"] for u in document("ready")["units"] for m in u["missing"] if m["supply"] == "claim"]
    paper = document("resolve", "--part", parts[0], "--work", "50")
    assert paper["part"] == parts[0]
    assert all(parts[0] in {part["part"] for part in unit["parts"]} for unit in paper["units"])


# Views


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("verb", QUESTIONS)
def test_no_line_is_wider_than_the_terminal(verb, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    shown = knockdown("kit", "ganja", verb, *QUESTIONS[verb])
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0].startswith("Ganja Auto Plant, 1 Jan 2026")
    assert all(cell_len(line) <= width for line in lines), max(lines, key=cell_len)


def test_ready_says_what_a_foreman_asks_first(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    paper = document("ready")
    shown = knockdown("kit", "ganja", "ready").stdout.replace("\u202f", " ")
    assert f"{paper['n_ready']} of {paper['n_open']} open vehicles can be finished" in shown
    for heading in (
        "By line and variant",
        "What stops next",
        "What one step alone would add",
        "Rests on assumptions",
    ):
        assert heading in shown
    stop = paper["next_stop"]
    assert f"{stop['station']} {stop['station_name']} stops" in shown
    late = paper["n_open"] - paper["n_ready"]
    assert f"{late - 20} more vehicles; --all shows them" in shown
    whole = knockdown("kit", "ganja", "ready", "--all").stdout
    assert whole.count("\n") > shown.count("\n") + late - 25
    assert "more vehicles" not in whole


@pytest.mark.parametrize("plant", ["ganja", "khazar", "nakhchivan"])
@pytest.mark.parametrize("width", [80, 120])
def test_lists_are_whole_and_say_so_when_they_are_empty(plant, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    lot = json.loads(knockdown("kit", plant, "lots", "--json").stdout)["lots"][0]["lot"]
    for words in (
        ["lots"],
        ["claims"],
        ["borrows"],
        ["park"],
        ["packaging"],
        ["changes"],
        ["stock", "--lot", lot],
    ):
        shown = knockdown("kit", plant, *words).stdout
        assert "…" not in shown, words
        assert all(cell_len(line) <= width for line in shown.splitlines())
        titles = {"Claims", "Not claimed", "By case", "By part"}
        lines = shown.splitlines()
        for at, line in enumerate(lines):
            assert line not in titles or len(lines[at + 1 :]) > 2, f"{line} stands over nothing"


def test_legends_speak_of_columns_that_are_shown(monkeypatch):
    for width in ("80", "120"):
        monkeypatch.setenv("COLUMNS", width)
        shown = knockdown("kit", "ganja", "lots").stdout
        heading = next(line for line in shown.splitlines() if line.startswith("  Lot "))
        for name in re.findall(r"^  (\w+): ", shown, re.MULTILINE):
            assert name in heading


def test_worth_of_nothing_is_told_to_be_a_price_nobody_gave():
    import knockdown as kd
    from knockdown.cli import show_kit_stock

    kits = kd.kit("ganja", "no-such-file.sqlite")
    paper = kits.lots()
    free = tuple(lot.model_copy(update={"stock_value": 0.0}) for lot in paper.lots[:2])
    for lots, is_told in ((paper.lots, False), (free, True)):
        shown = io.StringIO()
        console = Console(file=shown, width=100)
        show_kit_stock.lots(console, paper.model_copy(update={"lots": lots}), kits.desk.kits)
        assert ("Parts of 2 lots have no price" in shown.getvalue()) is is_told


def test_a_day_our_estimate_gives_is_told_to_be_one():
    shown = knockdown("kit", "khazar", "ready").stdout
    assert "?)" in shown
    assert "?: the day is our estimate; nobody promised it." in shown


def test_letters_a_terminal_lacks_are_replaced():
    shown = knockdown("kit", "ganja", "ready", encoding="ascii").stdout
    assert "# ready   = waiting   . short" in shown
    assert "?" not in shown.split("Vehicles that cannot")[0]


def test_resolve_shows_the_command_that_writes_the_claim(hall):
    shown = knockdown("kit", "ganja", "resolve").stdout
    assert "knockdown kit ganja claim draft 2026" in shown
    claim = document("resolve")["claims"][0]
    words = [word for name in claim["discrepancies"] for word in ("--discrepancy", name[:11])]
    assert words[1] in shown
    made = document("claim", "draft", claim["lot"], *words, *hall)
    assert made["made"]["claim"]


def test_help_has_an_example_of_every_verb():
    kit = typer.main.get_command(main.app).commands["kit"]
    verbs = {(name,): verb for name, verb in kit.commands.items() if name != "claim"}
    verbs |= {("claim", name): verb for name, verb in kit.commands["claim"].commands.items()}
    assert len(verbs) >= 29
    for words, verb in verbs.items():
        assert verb.help, words
        assert re.search(rf"knockdown kit \S+ {' '.join(words)}", verb.epilog), words


# Recording


def test_a_lot_from_the_gate_to_the_line(hall):
    lot = "202601-11-b821cl"
    steps = (
        (["receive", lot, "--on", "2026-01-16T09:30"], "1 lot received"),
        (
            ["bond", lot, "--declaration", "AZ-1", "--until", "2026-04-16", "--on", "2026-01-17"],
            "1 lot in bond",
        ),
        (["clear", lot, "--cost", "41800", "--on", "2026-01-18"], "1 lot cleared"),
        (["open", "--lot", lot, "--on", "2026-01-19"], "1 case opened"),
        (["find", lot, PART, "D", "1", "--on", "2026-01-19", "--photo", "p/1.jpg"], "1 discrepancy found"),
        (["claim", "draft", lot, "--id", "MTZ-26-1", "--on", "2026-01-20"], "1 claim written"),
        (["claim", "send", "MTZ-26-1", "--on", "2026-01-20"], "1 claim sent"),
        (
            ["claim", "accept", "MTZ-26-1", "--expected", "2026-02-20", "--on", "2026-01-22"],
            "1 claim accepted",
        ),
        (["replace", lot, PART, "1", "--claim", "MTZ-26-1", "--on", "2026-02-19"], "1 part replaced"),
        (["issue", f"{lot}.01", "--on", "2026-02-20"], "issue"),
        (["return", "mtz", "steel_frame", "2", "--on", "2026-02-21"], "1 return of packaging"),
    )
    for words, said in steps:
        done = knockdown("kit", "ganja", *words, *hall)
        assert done.returncode == 0, done.stderr
        assert said in done.stdout
    again = knockdown("kit", "ganja", *steps[0][0], *hall)
    assert "nothing new" in again.stdout
    line = next(line for line in document("lots", *hall)["lots"] if line["lot"] == lot)
    assert (line["status"], line["declaration"], line["cases"]) == ("cleared", "AZ-1", 1)
    assert knockdown("ledger", "ganja", "verify", *hall).returncode == 0


def test_a_record_is_a_document(hall):
    paper = document("find", LOT, PART, "D", "1", "--case", CASE, "--by", "p-1", "--on", "2026-01-05", *hall)
    assert paper["schema"] == "knockdown.kit.record/1"
    assert PAPERS["kit-record"].model_validate(paper).made
    assert [event["kind"] for event in paper["events"]] == ["DiscrepancyFound"]


def test_a_count_sheet_goes_out_blind(tmp_path):
    paper = document("count", CASE, "--sheet", "--blind", "--out", tmp_path / "sheet.csv")
    assert paper["schema"] == "knockdown.kit.count-sheet/1"
    assert (tmp_path / "sheet.csv").is_file()
    shown = knockdown("kit", "ganja", "count", CASE, "--sheet").stdout
    assert "Listed" in shown
    assert "Listed" not in knockdown("kit", "ganja", "count", CASE, "--sheet", "--blind").stdout


def test_a_claim_form_is_written(tmp_path):
    claim = document("claims")["claims"][0]["claim"]
    paper = document("claim", "form", claim, "--out", tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".html", ".xlsx"}
    assert set(paper["files"]) == {"html", "xlsx"}


# Refusals

ODD = (
    ["ready", "--at", "tomorrow"],
    ["ready", "--limit", "0"],
    ["resolve", "--part", "X-1"],
    ["resolve", "--part", PART, "--all"],
    ["stock", "--lot", "X"],
    ["stock", "--part", "X"],
    ["carries"],
    ["carries", "--case", "X"],
    ["carries", "--lot", LOT, "--part", "X"],
    ["carries", "--lot", "202601-02-b801c", "--case", CASE],
    ["ready", "--seconds", "0"],
    ["ready", "--seconds", "nan"],
    ["resolve", "--seconds=-1"],
    ["resolve", "--work", "0"],
    ["lots", "--at", "2025-12-31"],
    ["stock", "--at", "9999-12-31"],
    ["claims", "--at", "9999-12-31"],
    ["borrows", "--at", "2025-12-31"],
    ["park", "--at", "9999-12-31"],
    ["packaging", "--at", "9999-12-31"],
    ["carries", "--case", CASE, "--at", "9999-12-31"],
    ["changes", "--at", "9999-12-31"],
    ["receive", LOT],
    ["receive", "X"],
    ["receive", "202601-11-b821cl", "--on", "soon"],
    ["receive", "202601-11-b821cl", "--on", "2999-01-01"],
    ["receive", "202601-11-b821cl", "--container", "no good"],
    ["bond", "202601-09-b821c", "--declaration", "", "--until", "2026-04-01"],
    ["bond", "202601-09-b821c", "--declaration", "D", "--until", "April"],
    ["bond", "202601-09-b821c"],
    ["clear", "202601-09-b821c", "--cost", "much"],
    ["open"],
    ["open", CASE, "--lot", LOT],
    ["open", CASE],
    ["open", "X", "Y"],
    ["count", CASE],
    ["count", CASE, PART],
    ["count", CASE, f"{PART}=1", f"{PART}=2"],
    ["count", CASE, f"{PART}=x"],
    ["count", CASE, "--file", "none.csv"],
    ["count", CASE, f"{PART}=1", "--sheet"],
    ["find", LOT, PART, "Z", "1"],
    ["find", LOT, PART, "D", "1.5"],
    ["find", LOT, PART, "D", "999"],
    ["find", LOT, PART, "D", "1", "--unit", "X"],
    ["find", LOT, PART, "W", "1", "--instead", "X"],
    ["dispose", "ev-", "scrap"],
    ["claim", "draft", "202601-09-b821c"],
    ["claim", "send", "X"],
    ["claim", "accept", "X"],
    ["claim", "reject", "X", "--reason", "r"],
    ["claim", "credit", "X", "--amount", "0"],
    ["claim", "form", "X"],
    ["claim", "nonsense"],
    ["replace", LOT, "X", "1"],
    ["issue", "X"],
    ["borrow", LOT, LOT, PART, "1"],
    ["borrow", LOT, "202601-02-b801c", PART, "999"],
    ["pay-back", "X"],
    ["return", "X", "crate", "1"],
    ["return", "mtz", "box", "1"],
    ["return", "mtz", "crate", "0"],
    ["nonsense"],
)  # fmt: skip


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """Words that name a ledger in which nothing is ever stored."""
    file = tmp_path_factory.mktemp("kit") / "hall.sqlite"
    assert knockdown("ledger", "ganja", "init", "--ledger", file).returncode == 0
    return ["--ledger", str(file)]


@pytest.mark.parametrize("words", ODD, ids=" ".join)
def test_odd_commands_are_answered_with_a_next_step(untouched, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    takes_ledger = "nonsense" not in words
    for fault in faults_of(knockdown("kit", "ganja", *words, *(untouched if takes_ledger else []), "--json")):
        assert fault.next_step
    stats = knockdown("ledger", "ganja", "stats", "--json", *untouched)
    assert json.loads(stats.stdout)["entries"] == 0


def test_without_a_ledger_recording_says_how_to_make_one(tmp_path):
    (fault,) = faults_of(
        knockdown("kit", "ganja", "receive", LOT, "--json", "--ledger", tmp_path / "none.sqlite")
    )
    assert "ledger ganja init` makes one" in fault.next_step


@pytest.mark.parametrize("name", ["my hall", "nino's $HOME", "гараж"])
def test_a_hint_works_when_it_is_pasted(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert knockdown("new", name, "--from", "ganja").returncode == 0
    other = ["--ledger", str(tmp_path / "other ledger.sqlite")]
    assert knockdown("ledger", name, "init", *other).returncode == 0
    for words in (
        ["claim", "form", "ZZZ"],
        ["carries", "--lot", "ZZZ"],
        ["carries", "--lot", LOT, "--part", "ZZZ"],
        ["stock", "--part", "ZZZ", *other],
        ["resolve", "--part", "ZZZ", *other],
    ):
        (fault,) = faults_of(knockdown("kit", name, *words, "--json"))
        hint = re.search(r"`(knockdown .*?)`", fault.next_step)
        assert hint, fault
        program, *typed = shlex.split(hint[1])
        assert program == "knockdown"
        assert name in typed
        assert ("--ledger" in typed) == ("--ledger" in words)
        assert knockdown(*typed).returncode == 0, hint[1]


def test_a_network_is_sent_to_its_plants():
    (fault,) = faults_of(knockdown("kit", "azerbaijan", "ready", "--json"))
    assert "ganja" in fault.next_step


def test_it_runs_as_a_process():
    done = knockdown_process("kit", "nakhchivan", "lots", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["schema"] == "knockdown.kit.lots/1"
