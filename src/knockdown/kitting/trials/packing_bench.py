"""How long a large packing list takes to import, and how much memory: measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from knockdown.basics.sheets import read_book
from knockdown.kitting.paper.layout import parse_map_options
from knockdown.kitting.paper.packing_import import PACKING_LIMITS, read_list
from knockdown.kitting.trials.packing_lists import (
    FLAT,
    MTZ,
    Layout,
    Shipment,
    draft,
    make_lots,
    make_parts,
    pack,
    write_xlsx,
)

CASES: tuple[tuple[str, Layout, str], ...] = (
    ("flat table, Turkish", FLAT, "tr"),
    ("sheet per container, Russian", MTZ, "ru"),
)
TARGET_S = 3.0
TARGET_MB = 600.0


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One list imported.

    Parameters
    ----------
    name : str
        Which layout.
    n_lines : int
        Lines read.
    read_s, work_s, work_cpu_s : float
        Seconds to read the sheets, and for all beyond that: on the clock, and of the processor.
    parent_mb, child_mb : float
        Peak memory of the importing process, and of the one that unpacks.
    is_right : bool
        Whether the lines read are those written.
    """

    name: str
    n_lines: int
    read_s: float
    work_s: float
    work_cpu_s: float
    parent_mb: float
    child_mb: float
    is_right: bool

    @property
    def ok(self) -> bool:
        """Whether the promises were kept: right, in time, in memory."""
        fits = self.parent_mb + self.child_mb < TARGET_MB
        return self.is_right and fits and min(self.work_s, self.work_cpu_s) < TARGET_S


def rows(
    n_lots: int = 20, n_lines: int = 5_000, cases: Sequence[tuple[str, Layout, str]] = CASES, seed: int = 1
) -> Iterator[ImportRow]:
    """Write lists of so many lots and lines a lot, and import each.

    Examples
    --------
    >>> row = next(rows(1, 40, CASES[:1]))
    >>> row.n_lines, row.is_right
    (40, True)
    """
    shipment = pack(make_lots(n_lots), make_parts(min(1_500, n_lines)), seed, n_lines=n_lines)
    with tempfile.TemporaryDirectory() as folder:
        for name, layout, locale in cases:
            path = write_xlsx(Path(folder) / "list.xlsx", draft(shipment, layout))
            size = [str(n_lots), str(n_lines), str(seed)]
            command = [
                sys.executable,
                "-m",
                "knockdown.kitting.trials.packing_bench",
                name,
                str(path),
                locale,
                *size,
            ]
            told = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
            yield ImportRow(**json.loads(told))


def measure(name: str, path: Path, locale: str, shipment: Shipment) -> ImportRow:
    """Import one list here; the peaks are of this process's whole life."""
    known = shipment.known()
    started = time.perf_counter()
    book, faults = read_book(path, path.name, PACKING_LIMITS)
    if book is None:
        raise RuntimeError(str(faults[0]))
    read, cpu = time.perf_counter(), time.process_time()
    found = read_list(book, known, said=parse_map_options([f"locale={locale}"])).packing_list
    done, cpu_done = time.perf_counter(), time.process_time()
    is_right = found.contents() == shipment.contents()
    seconds = (read - started, done - read, cpu_done - cpu)
    return ImportRow(name, found.n_lines, *seconds, *_peaks_mb(), is_right)


def _peaks_mb() -> tuple[float, float]:
    """Peak memory of this process and of its largest child; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0.0, 0.0
    one_mb = 1 << (20 if sys.platform == "darwin" else 10)
    own, child = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_maxrss / one_mb, child.ru_maxrss / one_mb


def main() -> None:
    """Answer one `measure` as JSON."""
    name, path, locale = sys.argv[1:4]
    n_lots, n_lines, seed = map(int, sys.argv[4:])
    shipment = pack(make_lots(n_lots), make_parts(min(1_500, n_lines)), seed, n_lines=n_lines)
    print(json.dumps(asdict(measure(name, Path(path), locale, shipment))))


if __name__ == "__main__":
    main()
