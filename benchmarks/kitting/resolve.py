"""What to do about 300 missing parts at once, against simple rules and against HiGHS alone.

The peer is the same HiGHS, one thread, on the whole question written plainly: each late option against each
early course, no start.

    python benchmarks/kitting/resolve.py [SECONDS] [SEED ...]
"""

import os
import sys

from knockdown.kitting.trials.resolve_bench import SECONDS_MOST, rows


def main(seconds: float, seeds: list[int]) -> None:
    """Print one row per seed: size, seconds, gap, and every rule's cost over ours."""
    print(f"{seconds:g} s allowed, {os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}")
    for row in rows(seeds, seconds - 0.5):
        print(
            f"seed {row.seed}: {row.n_shortages} shortages of {row.n_units} units, {row.n_options} options,"
            f" {row.n_courses} courses; {'kept' if row.ok else 'MISSED'}\n"
            f"  ours   {row.cents:>12,} cents, gap {100 * row.gap:6.3f} %, posed in {row.pose_seconds:.1f} s,"
            f" answered in {row.bare_seconds:.1f} s, in {row.seconds:.1f} s with {row.n_runner_ups} others"
        )
        found = f"{row.peer_cents:>12,} cents" if row.peer_cents is not None else "     nothing found"
        print(f"  HiGHS  {found}, gap {100 * row.peer_gap:6.3f} %, {row.peer_seconds:.1f} s")
        for policy in row.policies:
            ratio = f"{policy.cents / row.cents:6.3f} x ours" if policy.cents is not None else policy.why
            print(f"  {policy.name:<30}{ratio}")
    print(f"load after {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    given = [int(seed) for seed in sys.argv[2:]] or [1, 2, 3]
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS_MOST, given)
