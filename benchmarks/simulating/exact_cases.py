#!/usr/bin/env python3
"""Compares simulated lines with exact values of a table, and prints how far off they are.

    python benchmarks/simulating/exact_cases.py CASES.csv [--seeds 1 2 3] [--only WORD] [--replications N]
        [--vehicles N] [--engine NAME]

The table has the columns case_id, family, metric, exact and config, which is a line or kits file in JSON. For
every seed: the root of the mean square of z = (estimate - exact) / se, rows beyond 3 and 4.5, the largest
relative error of what has no error of its own, the throughput's largest relative standard error, and times.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import time
from collections import defaultdict

from knockdown import simulate_line


def cases(path, only):
    found = defaultdict(list)
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if only in row["case_id"] or only in row["family"]:
                found[row["case_id"]].append(row)
    return found


def compared(rows, options):
    """z of each row, errors of rows without one, and the document."""
    document = json.loads(rows[0]["config"])
    if rows[0]["family"] == "kit_completeness":
        document.setdefault("schema", "knockdown.kits/1")
        options = {"seed": options["seed"]}
    answer = simulate_line(document, **options)
    z, fixed, missing = {}, {}, []
    for row in rows:
        figure = answer.metrics.get(row["metric"])
        exact = float(row["exact"])
        if figure is None:
            missing.append(row["metric"])
        elif figure.se > 0.0:
            z[row["metric"]] = (figure.mean - exact) / figure.se
        else:
            fixed[row["metric"]] = abs(figure.mean - exact) / max(abs(exact), 1e-12)
    return z, fixed, missing, answer


def one_seed(found, options, verbose):
    z_all, worst_fixed, worst_se, seconds, slowest = [], 0.0, 0.0, 0.0, ("", 0.0)
    for case, rows in found.items():
        began = time.monotonic()
        z, fixed, missing, answer = compared(rows, options)
        took = time.monotonic() - began
        seconds += took
        slowest = max(slowest, (case, took), key=lambda pair: pair[1])
        z_all += z.values()
        worst_fixed = max([worst_fixed, *fixed.values()])
        flow = answer.metrics.get("throughput")
        relative = flow.se / flow.mean if flow and "throughput" in {row["metric"] for row in rows} else 0.0
        worst_se = max(worst_se, relative)
        far = {name: round(value, 2) for name, value in z.items() if abs(value) > 3.0}
        if verbose or far or missing or relative > 0.001 or took > 5.0:
            print(
                f"  {case:18} {answer.engine:11} {took:6.2f} s {answer.visits / 1e6:8.1f} M visits"
                f" {answer.replications:5} x {answer.vehicles:8} warm-up {answer.warmup:6} {answer.stopped}"
                f" se {relative:.5f} z {[round(v, 2) for v in z.values()]} far {far} missing {missing}",
                flush=True,
            )
    rms = math.sqrt(sum(v * v for v in z_all) / len(z_all)) if z_all else float("nan")
    beyond = [sum(abs(v) > limit for v in z_all) for limit in (3.0, 4.5)]
    print(
        f"seed {options['seed']}: {len(z_all)} rows with an error, rms z {rms:.3f}, mean z"
        f" {sum(z_all) / max(1, len(z_all)):+.3f}, beyond 3: {beyond[0]}, beyond 4.5: {beyond[1]};"
        f" without an error: off by {worst_fixed:.1e} at most; throughput's se {worst_se:.5f} at most;"
        f" {seconds:.1f} s in all, slowest {slowest[0]} {slowest[1]:.1f} s",
        flush=True,
    )
    return z_all


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--only", default="")
    parser.add_argument("--replications", type=int)
    parser.add_argument("--vehicles", type=int)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    found = cases(args.cases, args.only)
    more = {"replications": args.replications, "vehicles": args.vehicles, "engine": args.engine}
    z_all = []
    for seed in args.seeds:
        z_all += one_seed(found, more | {"seed": seed}, args.verbose)
    rms = math.sqrt(sum(v * v for v in z_all) / max(1, len(z_all)))
    far = sum(abs(v) > 3.0 for v in z_all) / max(1, len(z_all))
    print(f"all seeds: rms z {rms:.3f}, beyond 3: {far:.4f} of {len(z_all)} rows")


if __name__ == "__main__":
    main()
