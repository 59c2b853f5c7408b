"""Visits per CPU second of other simulators of the line of `knockdown bench simulating`, as far as they go.

    python benchmarks/simulating/peers.py [--vehicles 3000]

SimPy and salabim play exponential work, three variants and breakdowns by work; Ciw has no breakdowns, so it
plays the work alone, with arrivals at a rate of 0.45 instead of a first station that never waits. Only SimPy
keeps the sums by station. Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import random
import time

from knockdown.simulating.line.tables import cut
from knockdown.simulating.trials import simpy_line
from knockdown.simulating.trials.drawn import drawn_for
from knockdown.simulating.trials.lines import BUFFER, N_STATIONS, base_time, reference_line


def simpy_visits(vehicles: int) -> float:
    """SimPy, on numbers drawn beforehand."""
    tables = cut(reference_line(calendar=None))
    drawn = drawn_for(tables, 1, 0, vehicles)
    began = time.process_time()
    simpy_line.play(tables, drawn, vehicles, 0)
    return vehicles * N_STATIONS / (time.process_time() - began)


def salabim_visits(vehicles: int) -> float:
    """salabim, a component for each station and stores as buffers."""
    import salabim

    tables = cut(reference_line(calendar=None))
    drawn = drawn_for(tables, 1, 0, vehicles)
    salabim.yieldless(False)
    env = salabim.Environment(trace=False)
    stores = [salabim.Store(capacity=BUFFER, monitor=False) for _ in range(N_STATIONS - 1)]

    class Station(salabim.Component):
        def process(self, j):
            ups, repairs = iter(drawn.ups[j]), iter(drawn.repairs[j])
            up = next(ups)
            for n in range(vehicles):
                vehicle = salabim.Component() if j == 0 else (yield self.from_store(stores[j - 1]))
                work = drawn.work[0][j][n]
                while work > up:
                    work -= up
                    yield self.hold(up)
                    yield self.hold(next(repairs))
                    up = next(ups)
                up -= work
                yield self.hold(work)
                if j < N_STATIONS - 1:
                    yield self.to_store(stores[j], vehicle)

    for j in range(N_STATIONS):
        Station(j=j)
    began = time.process_time()
    env.run()
    return vehicles * N_STATIONS / (time.process_time() - began)


def ciw_visits(vehicles: int) -> float:
    """Ciw, nodes in a row with blocking after service."""
    import ciw

    random.seed(1)
    routing = [[1.0 if i == j + 1 else 0.0 for i in range(N_STATIONS)] for j in range(N_STATIONS)]
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=0.45), *[None] * (N_STATIONS - 1)],
        service_distributions=[ciw.dists.Exponential(rate=1.0 / base_time(j)) for j in range(N_STATIONS)],
        number_of_servers=[1] * N_STATIONS,
        queue_capacities=[float("inf"), *[BUFFER] * (N_STATIONS - 1)],
        routing=routing,
    )
    simulation = ciw.Simulation(network)
    began = time.process_time()
    simulation.simulate_until_max_customers(vehicles, method="Complete")
    return vehicles * N_STATIONS / (time.process_time() - began)


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vehicles", type=int, default=3_000)
    n = parser.parse_args().vehicles
    for name, visits in (("SimPy", simpy_visits), ("salabim", salabim_visits), ("Ciw", ciw_visits)):
        print(f"{name}: {visits(n) / 1e3:.0f} thousand visits a CPU second")


if __name__ == "__main__":
    main()
