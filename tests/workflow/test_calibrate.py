"""From the floor's records to a reviewed change of the plant's folder, end to end."""

import csv
import io

import floor_history as known
import pytest
import small_folder

from knockdown.basics.faults import BadInput
from knockdown.basics.ids import digest_json
from knockdown.documents.calibration import Calibration
from knockdown.events.codec import to_line
from knockdown.plant.load import folder_digest, load
from knockdown.workflow import keep_ledger
from knockdown.workflow.calibrate import calibrate
from knockdown.workflow.calibrate_records import Stop, Visit, WorkingHours, net_minutes, read
from knockdown.workflow.check_plant import check


@pytest.fixture(scope="module")
def plant(tmp_path_factory):
    """A small plant whose ledger holds a history with known parameters."""
    home = tmp_path_factory.mktemp("calibrate")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KNOCKDOWN_KEYS", str(home / "keys"))
        patch.setenv("KNOCKDOWN_DATA", str(home / "data"))
        folder = small_folder.write(home / "small")
        keep_ledger.init(str(folder))
        (home / "day.jsonl").write_text("".join(map(to_line, known.history(folder))), encoding="utf-8")
        keep_ledger.append(str(folder), home / "day.jsonl")
        yield folder


@pytest.fixture(scope="module")
def paper(plant):
    return calibrate(str(plant))


def value(paper, sort, subject, name):
    fit = next(f for f in paper.fitted if (f.sort, f.subject) == (sort, subject))
    return next(v for v in fit.values if v.name == name)


@pytest.mark.parametrize(
    ("sort", "subject", "name", "true"),
    [
        ("work_time", "S1 tractor", "mean", known.MEANS["S1"]),
        ("work_time", "S2 tractor", "mean", known.MEANS["S2"]),
        ("scatter", "S1", "cv", known.CVS["S1"]),
        ("scatter", "B1", "cv", known.CVS["B1"]),
        ("learning_rate", "tractor", "rate", known.RATE),
        ("up_time", "S1", "mean", known.UP_MIN),
        ("repair", "S1", "mean", known.REPAIR_MIN),
        ("down_share", "S1", "share", known.REPAIR_MIN / (known.REPAIR_MIN + known.UP_MIN)),
        ("transit", "k25", "low", known.LEAD[0]),
        ("transit", "k25", "high", known.LEAD[2]),
        ("clearing", "k25", "high", known.CLEAR[2]),
        ("replacement", "maker", "high", known.REPLACE[2]),
        ("absence", "fitters", "share", known.ABSENCE),
    ],
)
def test_what_was_put_into_the_records_comes_back(paper, sort, subject, name, true):
    found = value(paper, sort, subject, name)
    slack = 0.3 * (found.ci95[1] - found.ci95[0])  # 1 of 20 right intervals misses; half as wide again, none
    assert found.ci95[0] - slack <= true <= found.ci95[1] + slack
    assert found.value == pytest.approx(true, rel=0.35)


def test_the_written_folder_differs_in_the_reviewed_cells_alone(plant, tmp_path):
    before = folder_digest(plant)
    paper = calibrate(str(plant), write=tmp_path / "new")
    assert folder_digest(plant) == before
    assert check(str(tmp_path / "new"))
    wanted = {(c.file, c.row, c.column): (c.old, c.new) for c in paper.changes}
    assert {key[0] for key in wanted} == {"work_elements.csv", "stations.csv", "contracts.csv", "crews.csv",
                                          "families.csv"}  # fmt: skip
    found = {}
    for name in small_folder.files():
        old, new = ((root / name).read_text("utf-8") for root in (plant, tmp_path / "new"))
        if name.endswith(".csv"):
            found |= dict(_differences(name, old, new))
        else:
            assert old == new
    sources = {key for key in found if key[2] == "source"}
    assert {key: pair for key, pair in found.items() if key not in sources} == wanted
    assert {key[:2] for key in sources} == {key[:2] for key in wanted}
    assert load(tmp_path / "new").stations["S1"].source.endswith("down_share=ledger")
    kept = Calibration.from_json((tmp_path / "new" / "calibration.json").read_text("utf-8"))
    assert kept == paper


def _differences(name, old, new):
    before, after = (list(csv.reader(io.StringIO(text))) for text in (old, new))
    assert len(before) == len(after)
    for number, (a, b) in enumerate(zip(before, after, strict=True), start=1):
        for column, x, y in zip(before[0], a, b, strict=True):
            if x != y:
                yield (name, number, column), (x, y)


def test_a_calibrated_plant_asks_for_next_to_nothing(plant, tmp_path):
    """A second calibration on the same records finds its own values within their intervals."""
    calibrate(str(plant), write=tmp_path / "new")
    ledger = str(plant / "ledger" / "ledger.sqlite")
    assert not calibrate(str(tmp_path / "new"), ledger=ledger).changes


def test_it_is_the_same_twice(plant, paper):
    assert digest_json(calibrate(str(plant)).model_dump(mode="json")) == digest_json(
        paper.model_dump(mode="json")
    )


def test_what_is_not_recorded_is_said(paper):
    why = {(each.sort, each.subject): each.why for each in paper.not_fitted}
    assert why["work_time", "C1 cab"] == "0 observations; 8 are needed"
    assert "breakdowns" in why["down_share", "S2"]


def test_days_choose_the_records(plant):
    some = calibrate(str(plant), since="2026-02-01", until="2026-03-31", holdout_weeks=0)
    assert some.held_out_from is None
    assert all(fit.n_held_out == 0 and not fit.coverage for fit in some.fitted)
    n = {(f.sort, f.subject): f.n for f in some.fitted}
    everything = {(f.sort, f.subject): f.n for f in calibrate(str(plant), holdout_weeks=0).fitted}
    assert n["work_time", "S1 tractor"] < 0.6 * everything["work_time", "S1 tractor"]


def test_faults_come_all_at_once(plant, tmp_path):
    with pytest.raises(BadInput) as caught:
        calibrate(str(plant), "yesterday", "2026-13-01", -1, tmp_path.parent)
    assert {fault.file for fault in caught.value.faults} == {
        "--since",
        "--until",
        "--holdout-weeks",
        "--write",
    }
    with pytest.raises(BadInput):
        calibrate(str(plant), since="2040-01-01")


def test_nights_stops_and_rework_are_no_work(plant):
    found = load(plant)
    hours = WorkingHours(found, known.START, known.START)
    minute, day = 60_000, 86_400_000
    four = known.MIDNIGHT + 16 * 60 * minute
    nine = known.MIDNIGHT + day + 9 * 60 * minute
    visit = Visit("S1", "t80a", 1, four, nine, None, None, 10 * minute)
    assert net_minutes(visit, [], hours) == 110
    stops = [Stop(four, four + 30 * minute, True), Stop(four + 20 * minute, four + 40 * minute, False)]
    assert net_minutes(visit, stops, hours) == 70
    assert net_minutes(visit._replace(ended=nine + 12 * 60 * minute), [], hours) is None


def test_a_voided_entry_was_never_told(plant):
    from knockdown.events.envelope import tell
    from knockdown.events.vocabulary import EntryVoided

    events = known.history(plant, n_units=3, n_lots=0, n_days=0)
    done = next(e for e in events if e.kind == "WorkCompleted")
    void = tell(
        EntryVoided(voided_event_id=done.event_id, reason="scanned twice"),
        writer="floor",
        run="hall",
        subject_id=done.subject_id,
        subject_type="unit",
        version=9,
        happened_at=done.happened_at,
    )
    found = load(plant)
    assert len(read([*events, void], found, None).visits) == len(read(events, found, None).visits) - 1
