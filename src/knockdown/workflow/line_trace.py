"""Every departure of a line's first replication, as a table in a file."""

from __future__ import annotations

from pathlib import Path

from knockdown.basics.faults import BadInput, Fault
from knockdown.simulating.line.model import Line
from knockdown.simulating.line.options import LineOptions
from knockdown.workflow.papers import written_whole

MOST_VISITS = 20_000_000
DEFAULT_VEHICLES = 1_000


def write_trace(path: Path, line: Line, options: LineOptions) -> None:
    """Write when each vehicle came to each station, started, was done and left; stations count from 1.

    Raises
    ------
    BadInput
        When it would be too long, or cannot be written.
    """
    import polars as pl

    from knockdown.simulating.line.choose import choose
    from knockdown.simulating.line.identity import key_of
    from knockdown.simulating.line.tables import cut

    tables = cut(line)
    vehicles = line.vehicles or options.vehicles or DEFAULT_VEHICLES
    if vehicles * tables.n_all > MOST_VISITS:
        step = f"give --vehicles {MOST_VISITS // tables.n_all} or fewer"
        problem = f"would have more than {MOST_VISITS:,} rows"
        raise BadInput([Fault("--trace", None, None, path.name, problem, step)])
    key = key_of(line, options.seed, options.common)
    log = choose(line, options.engine).module.trace(tables, key, 0, vehicles)
    columns = log._asdict() | {"station": log.station + 1}
    frame = pl.DataFrame(columns)
    with written_whole(path) as part:
        if path.suffix.lower() == ".csv":
            frame.write_csv(part)
        else:
            frame.write_parquet(part)
