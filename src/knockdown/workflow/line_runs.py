"""Simulates a line file or a kits file, from the file to the document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.line_result import LineResult
from knockdown.simulating.line.line_file import looks_like_a_line as looks_like_a_line
from knockdown.simulating.line.options import LineOptions, refuse_options

Source = str | Path | dict[str, Any]


def simulate_line(
    source: Source,
    *,
    replications: int | None = None,
    vehicles: int | None = None,
    warmup: int | None = None,
    half_width: float | None = None,
    seconds: float | None = None,
    engine: str = "auto",
    threads: int | None = None,
    seed: int = 1,
    common: bool = False,
    gains: bool = False,
    trace: str | Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> LineResult:
    """Simulate a line of stations, or complete kits, and give every figure with its error.

    Parameters
    ----------
    source : str, Path or dict
        A line file (`knockdown.line/1`), a kits file (`knockdown.kits/1`), or the object that one holds.
    replications, vehicles, warmup : int, optional
        How many replications, vehicles a replication (warm-up included) and vehicles not counted; by default
        as many as bring the standard error of the throughput below 0.1 % of it.
    half_width : float, optional
        Play until the 95 % interval of the throughput is this narrow, relative to the throughput.
    seconds : float, optional
        Start nothing new after this time.
    engine : str
        `auto`, `lanes`, `fixed-point` or `events`.
    threads : int, optional
        At most so many. The answer does not depend on it.
    seed : int
        The same seed gives the same answer to the bit.
    common : bool
        The same random numbers for every line with this seed, for comparisons in pairs.
    gains : bool
        Say also what one more place, buffer place or crew, or a faster station, would give.
    trace : str or Path, optional
        File for every departure of the first replication, .parquet or .csv.
    progress : callable, optional
        Called with the share done, 0 to 1.

    Returns
    -------
    LineResult

    Raises
    ------
    BadInput
        With every fault of the file or the options.

    Examples
    --------
    >>> station = {"service": {"dist": "det", "value": 2.0}}
    >>> line = {"schema": "knockdown.line/1", "stations": [station], "vehicles": 10}
    >>> simulate_line(line).metrics["makespan"].mean
    20.0
    """
    options = LineOptions(
        replications, vehicles, warmup, half_width, seconds, engine, threads, seed, common, gains
    )
    refuse_options(options)
    from knockdown.simulating.line.kits import Kits
    from knockdown.simulating.line.line_file import read, read_file

    found = read(source) if isinstance(source, dict) else read_file(source)
    name = "line" if isinstance(source, dict) else Path(source).name
    trace_file = None if trace is None else _trace_file(Path(trace))
    if isinstance(found, Kits):
        from knockdown.simulating.line.kits_run import simulate_kits

        _refuse_for_kits(options, trace_file)
        return simulate_kits(found, options, name)
    from knockdown.simulating.line.run import simulate

    if trace_file is not None:
        from knockdown.workflow.line_trace import write_trace

        write_trace(trace_file, found, options)
    return simulate(found, options, name, progress)


def _trace_file(path: Path) -> Path:
    from knockdown.workflow.papers import make_folder

    if path.suffix.lower() not in (".parquet", ".csv"):
        step = "end it with .parquet or .csv"
        raise BadInput([Fault("--trace", None, None, path.name, "is no kind of table", step)])
    make_folder(path.parent)
    return path


def _refuse_for_kits(options: LineOptions, trace: Path | None) -> None:
    given = {
        "--warmup": options.warmup,
        "--half-width": options.half_width,
        "--seconds": options.seconds,
        "--trace": trace,
        "--gains": options.gains or None,
        "--engine": None if options.engine == "auto" else options.engine,
    }
    problem, step = "does not go with a kits file", "leave it out"
    faults = [Fault(k, None, None, str(v), problem, step) for k, v in given.items() if v is not None]
    if faults:
        raise BadInput(faults)
