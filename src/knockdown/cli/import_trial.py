"""The whole command `knockdown kit PLANT import FILE` on a large list, measured; `packing_bench` starts this.

    python -m knockdown.cli.import_trial prepare FOLDER LOTS LINES SEED
    python -m knockdown.cli.import_trial measure FOLDER LAYOUT STARTED

`prepare` makes a plant that expects the lots, and a list and a ledger for each layout; `measure`
imports one in a process of its own. The last line that each prints is JSON.
"""

from __future__ import annotations

import csv
import functools
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from knockdown.basics.ids import digest_json
from knockdown.cli import main as commands
from knockdown.kitting.paper import packing_import
from knockdown.kitting.paper.packing_list import KnownLot
from knockdown.kitting.trials.packing_bench import LAYOUTS, peaks_mb
from knockdown.kitting.trials.packing_lists import ShippedPart, draft, make_parts, pack, write_xlsx
from knockdown.workflow import kit_import
from knockdown.workflow.kit_desk import Desk
from knockdown.workflow.kit_import import case_name, compare
from knockdown.workflow.kit_variations import needed

PARTNER, CONTRACT, VARIANT, N_KITS, N_PARTS = "mtz", "mtz2025", "b821c", 40, 1_500
SAME_PART = {"supply_mode": "lot", "group": "engine", "mass_kg": 1, "unit_cost": 1, "currency": "USD"}
SAME_LOT = {"as_of": "2026-01", "contract": CONTRACT, "variant": VARIANT, "kits": N_KITS, "kits_left": N_KITS}
Line = tuple[str, str, str | None, int]
"""Case, part, box and pieces."""

P = ParamSpec("P")
T = TypeVar("T")


def prepare(folder: Path, n_lots: int, n_lines: int, seed: int) -> dict[str, Any]:
    """Make the plant and lists of exactly what its lots need; says what should be stored."""
    hall = folder / "hall"
    _do("new", str(hall), "--from", "ganja")
    lots = [f"202601-{n + 101}-{VARIANT}" for n in range(n_lots)]
    _add(hall / "kit_lots.csv", ({"id": lot, **SAME_LOT, **_dates()} for lot in lots))
    n_more = max(0, min(N_PARTS, n_lines) - len(_kit(Desk(str(hall)), lots[0])))
    parts = make_parts(n_more, prefix="PB")
    _add(
        hall / "parts.csv",
        (
            {"id": part.part_id, "name": part.name, **SAME_PART, "partner": PARTNER, "lead_days": 20}
            | {"serial": "false"}
            for part in parts
        ),
    )
    bom = ({"product": VARIANT, "part": part.part_id, "qty": part.n_per_kit} for part in parts)
    _add(hall / "bom.csv", ({**line, "station": "TR01"} for line in bom))
    desk = Desk(str(hall))
    # A lot as one kit, of the parts of all its kits: change notes may take effect within it.
    whole = {lot: KnownLot(CONTRACT, VARIANT, 1) for lot in lots}
    shipment = pack(whole, {lot: _kit(desk, lot) for lot in lots}, seed, n_lines=n_lines)
    for name, written in LAYOUTS.items():
        _do("ledger", str(hall), "init", "--ledger", str(folder / f"{name}.sqlite"))
        write_xlsx(folder / f"{name}.xlsx", draft(shipment, written.layout))
    told = [
        (case_name(line.lot_id, line.case_id), line.part.part_id, line.box_id, line.n_parts)
        for line in shipment.lines
    ]
    return {"n_lines": len(told), "digest": _digest(told)}


def measure(folder: Path, layout: str, started: float) -> dict[str, Any]:
    """Import the list as the command does; seconds count from the start of the process."""
    reading = _Watch()
    packing_import.read_book = reading.around(packing_import.read_book)
    importing = _Watch()
    kit_import.import_lists = importing.around(kit_import.import_lists)
    hall, ledger, paper = (str(folder / name) for name in ("hall", f"{layout}.sqlite", f"{layout}.xlsx"))
    locale = f"locale={LAYOUTS[layout].locale}"
    _do("kit", hall, "import", paper, "--partner", PARTNER, "--map", locale, "--ledger", ledger)
    seconds = time.time() - started, time.process_time()
    peaks = peaks_mb()
    desk = Desk(hall, ledger)
    cases = [case for case in desk.book.cases.values() if case.paper_id is not None]
    told = [(case.case_id, part, box, n) for case in cases for part, box, n in case.lines]
    return {
        "read_s": reading.wall_s,
        "start_s": seconds[0] - importing.wall_s,
        "work_s": seconds[0] - reading.wall_s,
        "work_cpu_s": seconds[1] - reading.cpu_s,
        "parent_mb": peaks[0],
        "child_mb": peaks[1],
        "digest": _digest(told),
        "n_variations": len(compare(desk).variations),
    }


def _do(*words: str) -> None:
    if (status := commands.run(words)) != 0:
        raise RuntimeError(f"knockdown {' '.join(words)} ended with {status}")


def _dates() -> dict[str, Any]:
    return {"status": "ordered", "ordered_on": "2025-10-06", "expected_on": "2026-03-27", "unpaid_share": 0}


def _add(table: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows to a table of the plant; every figure is an assumption."""
    with table.open(encoding="utf-8-sig", newline="") as file:
        headings = next(csv.reader(file))
    with table.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings, restval="")
        writer.writerows({**row, "source": "assumption"} for row in rows)


def _kit(desk: Desk, lot_id: str) -> tuple[ShippedPart, ...]:
    """The parts of all kits of a lot."""
    parts = desk.kits.parts
    return tuple(
        ShippedPart(part_id, parts[part_id].name, n_parts, 900, parts[part_id].unit)
        for part_id, n_parts in sorted(needed(desk, desk.book.lots[lot_id]).items())
    )


def _digest(lines: Iterable[Line]) -> str:
    return digest_json(
        sorted([case, part, (box or "").strip("-"), n_parts] for case, part, box, n_parts in lines)
    )


class _Watch:
    """Seconds spent in a function, on the clock and of the processor."""

    def __init__(self) -> None:
        self.wall_s = self.cpu_s = 0.0

    def around(self, work: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(work)
        def timed(*args: P.args, **kwargs: P.kwargs) -> T:
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                return work(*args, **kwargs)
            finally:
                self.wall_s += time.perf_counter() - wall
                self.cpu_s += time.process_time() - cpu

        return timed


def main() -> None:
    """Answer one `prepare` or `measure`."""
    verb, folder, *rest = sys.argv[1:]
    if verb == "prepare":
        answer = prepare(Path(folder), *map(int, rest))
    else:
        answer = measure(Path(folder), rest[0], float(rest[1]))
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
