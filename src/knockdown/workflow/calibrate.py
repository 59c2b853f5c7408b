"""Calibrates a plant from its floor's records: a reviewed change to its folder, never silent."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from knockdown import __version__
from knockdown.basics.clock import SystemClock
from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.calibration import Calibrated, Calibration, CellChange, FittedValue, NotFitted
from knockdown.documents.paper import Provenance
from knockdown.ledger.book import open_store
from knockdown.plant.builtin import PACKING_LISTS
from knockdown.plant.load import find_folder, load
from knockdown.plant.plant import Network, Plant
from knockdown.plant.sources import LEDGER
from knockdown.simulating.calibrating.review import Cell, changed, changes_in, contradicted, figure, rows_of
from knockdown.workflow.calibrate_records import Records, WorkingHours, read
from knockdown.workflow.calibrate_samples import Window, fit_all
from knockdown.workflow.ledger_place import opened
from knockdown.workflow.papers import to_json, unwritable, write_text

DAY_MS = 86_400_000
HOLDOUT_WEEKS = 4
MOST_WEEKS = 520
PAPER = "calibration.json"
DAYS = ("low", "typical", "high")


def calibrate(
    plant: str,
    since: str | None = None,
    until: str | None = None,
    holdout_weeks: int = HOLDOUT_WEEKS,
    write: str | Path | None = None,
    ledger: str | None = None,
) -> Calibration:
    """Fit work times, stops, lead times, learning and absence to what the floor recorded.

    Parameters
    ----------
    plant : str
        A built-in plant's name, or a folder.
    since, until : str, optional
        First and last day of the records used, YYYY-MM-DD; by default all there are.
    holdout_weeks : int
        The last weeks, kept out of the fit and used to try it.
    write : path, optional
        A new or empty folder for a copy of the plant with the fitted values; the plant itself stays.
    ledger : str, optional
        Another ledger than the plant's own.

    Returns
    -------
    Calibration

    Raises
    ------
    BadInput
        When there is no ledger, it holds no record in those days, or the folder cannot be written.
    """
    first, last = _checked(since, until, holdout_weeks, write)
    found = load(plant)
    if isinstance(found, Network):
        problem = "is a network, whose plants have a ledger each"
        raise BadInput(
            [Fault("PLANT", None, None, plant, problem, f"name one of {', '.join(found.members)}")]
        )
    until_ms = None if last is None else _ms(last) + DAY_MS
    with opened(plant, ledger) as (backend, address):
        records = read(open_store(backend, SystemClock()).read(), found, until_ms)
        shown = address.shown
    begins, ends = _days_of(records, first, last, found.id)
    cut = max(begins, ends + timedelta(days=1 - 7 * holdout_weeks))
    hours = WorkingHours(found, _day(records.first or 0), ends)
    fits = fit_all(found, records, hours, Window(_ms(begins), _ms(cut)))
    fitted = tuple(fit for fit in fits if isinstance(fit, Calibrated))
    changes = _changes(find_folder(plant), found, fitted)
    paper = Calibration(
        plant=found.id,
        ledger=shown,
        position=records.position,
        since=begins.isoformat(),
        until=ends.isoformat(),
        held_out_from=cut.isoformat() if holdout_weeks else None,
        fitted=fitted,
        not_fitted=tuple(fit for fit in fits if isinstance(fit, NotFitted)),
        changes=changes,
        written_to=None if write is None else str(write),
        provenance=Provenance(
            version=__version__,
            input_digest=found.digest,
            options={"since": since, "until": until, "holdout_weeks": holdout_weeks},
        ),
    )
    if write is not None:
        _write(find_folder(plant), Path(write), paper)
    return paper


# Options


def _checked(
    since: str | None, until: str | None, weeks: int, write: str | Path | None
) -> tuple[date | None, date | None]:
    days, faults = {}, []
    for name, text in (("--since", since), ("--until", until)):
        try:
            days[name] = None if text is None else date.fromisoformat(text)
        except ValueError:
            faults.append(Fault(name, None, None, text, "is not a day", "write 2026-03-31"))
    if not 0 <= weeks <= MOST_WEEKS:
        step = f"write a whole number of weeks from 0 to {MOST_WEEKS}"
        faults.append(Fault("--holdout-weeks", None, None, str(weeks), "is out of range", step))
    first, last = days.get("--since"), days.get("--until")
    if first and last and last < first:
        faults.append(Fault("--until", None, None, until, "is before --since", "exchange the two"))
    target = None if write is None else Path(write)
    if target is not None and target.exists() and (not target.is_dir() or any(target.iterdir())):
        problem = "exists and is not an empty folder"
        faults.append(Fault("--write", None, None, str(target), problem, "name a new folder"))
    if faults:
        raise BadInput(faults)
    return first, last


def _days_of(records: Records, first: date | None, last: date | None, plant: str) -> tuple[date, date]:
    if records.first is None or records.last is None or (first and first > _day(records.last)):
        step = f"`knockdown ledger {plant} stats` says what there is; widen --since and --until"
        raise BadInput([Fault("ledger", None, None, None, "holds no floor record of these days", step)])
    return first or _day(records.first), last or _day(records.last)


def _ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def _day(ms: int) -> date:
    return datetime.fromtimestamp(ms / 1000, UTC).date()


# Cells


def _changes(folder: Path, plant: Plant, fitted: tuple[Calibrated, ...]) -> tuple[CellChange, ...]:
    """Cells whose present value lies outside the fitted interval."""
    by_table: dict[str, list[Cell]] = defaultdict(list)
    for fit in fitted:
        for cell in _cells(plant, fit):
            by_table[cell.table].append(cell)
    found: list[CellChange] = []
    for table, cells in by_table.items():
        file = folder / f"{table}.csv"
        if not file.is_file():
            step = "save the table as CSV UTF-8; a workbook cannot be changed cell by cell"
            raise BadInput([Fault(f"{table}.xlsx", None, None, None, "holds what would change", step)])
        found += changes_in(_text(file), file.name, cells)
    return tuple(change for change in found if change.old != change.new)


def _text(file: Path) -> str:
    return file.read_bytes().decode("utf-8-sig")


def _cells(plant: Plant, fit: Calibrated) -> Iterator[Cell]:
    if not contradicted(fit.values[:1] if fit.sort == "work_time" else fit.values):
        return
    value, subject = fit.values[0], fit.subject
    if fit.sort == "work_time":
        yield from _element_cells(plant, fit)
    elif fit.sort == "scatter":
        yield _cell("stations", subject, "time_cv", fit.values[1], min(1.0, fit.values[1].value), fit.n)
    elif fit.sort in ("repair", "down_share"):
        column = "repair_min" if fit.sort == "repair" else "down_share"
        yield _cell("stations", subject, column, value, value.value, fit.n)
    elif fit.sort == "learning_rate":
        yield _cell("families", subject, "learning_rate", value, min(1.0, max(0.5, value.value)), fit.n)
    elif fit.sort == "absence":
        yield _cell("crews", subject, "absence_share", value, value.value, fit.n)
    else:
        yield from _contract_cells(plant, fit)


def _element_cells(plant: Plant, fit: Calibrated) -> Iterator[Cell]:
    """Every element of a family at a station by the same factor: the floor times stations, not elements."""
    station, family = fit.subject.split(" ")
    mean = fit.values[0]
    factor = mean.value / (mean.present or mean.value)
    for element in plant.work_elements.values():
        if (element.station, element.family) == (station, family):
            why = f"{fit.subject}: {_why(mean)}"
            new = figure(element.minutes * factor)
            yield Cell("work_elements", element.id, "minutes", new, why, fit.n)


def _contract_cells(plant: Plant, fit: Calibrated) -> Iterator[Cell]:
    is_lead = fit.sort == "lead_time"
    stem = "lead" if is_lead else "replace"
    for row in plant.contracts.values():
        if fit.subject == (row.id if is_lead else row.partner):
            for name, value in zip(DAYS, fit.values, strict=True):
                column = f"{stem}_days" if name == "typical" else f"{stem}_{name}_days"
                yield _cell("contracts", row.id, column, value, value.value, fit.n, digits=3)


def _cell(
    table: str, key: str, column: str, fitted: FittedValue, value: float, n: int, digits: int = 3
) -> Cell:
    return Cell(table, key, column, figure(value, digits), _why(fitted), n)


def _why(value: FittedValue) -> str:
    low, high = (figure(each) for each in value.ci95)
    return f"{value.name} {figure(value.value)}, 95 % {low} to {high}"


# The copy


def _write(folder: Path, target: Path, paper: Calibration) -> None:
    """A copy of the plant's folder with the changes made, and the document that gives the reasons."""
    by_file: dict[str, list[CellChange]] = defaultdict(list)
    for change in paper.changes:
        by_file[change.file].append(change)
    texts = {name: _changed(folder / name, changes) for name, changes in by_file.items()}
    try:
        _copy(folder, target)
        if (folder / PACKING_LISTS).is_dir():
            _copy(folder / PACKING_LISTS, target / PACKING_LISTS)
        for name, text in texts.items():
            (target / name).write_bytes(text)
    except OSError as error:
        raise unwritable(target, error) from error
    write_text(target / PAPER, to_json(paper))


def _changed(file: Path, changes: list[CellChange]) -> bytes:
    data, text = file.read_bytes(), _text(file)
    heading = {name.strip() for name in next(rows_of(text))[1]}
    missing = sorted({c.column for c in changes} - heading)
    if missing:
        step = "add it to the heading, with the value in every row"
        raise BadInput([Fault(file.name, 1, column, None, "column is missing", step) for column in missing])
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    return mark + changed(text, changes, LEDGER).encode()


def _copy(folder: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name != PAPER:
            shutil.copyfile(path, target / path.name)
