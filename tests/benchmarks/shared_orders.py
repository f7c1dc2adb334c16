"""Times and proofs of random orders that few nodes may share: `python -m tests.benchmarks.shared_orders`."""

from dataclasses import replace
from time import perf_counter

import numpy as np

from fulfillment.orders import NodeChoice
from optimizer.sourcing import SolveStatus, source
from scenarios.instances import random_order_case
from tests.sourcing.orders import instance_of

ORDERS = 60
SIZES = ((25, 5), (25, 15), (25, 40), (100, 5))
AT_MOST = (None, 1, 2, 3)


def measured(nodes: int, lines: int, at_most: int | None) -> tuple[float, float, int]:
    """(p50, p99) in milliseconds, and how many are proven."""
    seconds, proven = [], 0
    for seed in range(ORDERS + 1):
        case = random_order_case(1_000 + seed, nodes=nodes, lines=lines)
        case = replace(case, order=replace(case.order, nodes=NodeChoice(at_most=at_most)))
        instance = instance_of(case)
        began = perf_counter()
        outcome = source(instance)
        if seed:  # the first may compile
            seconds.append(perf_counter() - began)
            proven += outcome.status is SolveStatus.OPTIMAL
    p50, p99 = np.percentile(np.array(seconds) * 1_000, (50, 99))
    return float(p50), float(p99), proven


def main() -> None:
    print(f"{'nodes':>5}{'lines':>6}{'at most':>8}{'p50 ms':>8}{'p99 ms':>8}  proven of {ORDERS}")
    for nodes, lines in SIZES:
        for at_most in AT_MOST:
            p50, p99, proven = measured(nodes, lines, at_most)
            print(f"{nodes:>5}{lines:>6}{at_most or '-':>8}{p50:>8.1f}{p99:>8.0f}{proven:>8}")


if __name__ == "__main__":
    main()
