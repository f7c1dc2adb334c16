"""Which nodes a plan below some value may still use, by bounds at the root of the tree alone.

For a plan that costs more in truth than in the eyes of the engines: what they closed for being no cheaper
than it looked may be cheaper than it is.
"""

import numpy as np

from compiled import compiled, whole
from optimizer.sourcing.branch import CLOSED, UNDECIDED, branch_of, open_needed
from optimizer.sourcing.instance import SourcingInstance
from optimizer.sourcing.pricing import climb, start
from optimizer.sourcing.problem import INFINITE, Array, Problem, problem_of
from optimizer.sourcing.ranking import Ranking
from optimizer.sourcing.ways import Flags

_STEPS, _ROUNDS = whole(15), 4  # of prices; each round closes nodes, so that the next is quicker
_ANY, _NO_LIMIT = whole(0), whole(INFINITE)  # shipments


def remaining(instance: SourcingInstance, ranking: Ranking, value: int) -> tuple[Flags, int, int]:
    """Nodes (N,) that a plan below `value` may use; bounds on plans with others, and on all plans."""
    ways, settled, bound = _remaining(problem_of(instance, ranking), value)
    nodes = np.zeros(len(instance.nodes), dtype=np.bool_)
    nodes[ranking.ways.home[ways]] = True
    return nodes, int(settled), int(bound)


@compiled
def _remaining(p: Problem, value: int) -> tuple[Array, int, int]:
    nodes = len(p.fixed)
    status = np.full(nodes, UNDECIDED, np.int8)
    price = np.minimum(p.unit.min(), p.lost)
    settled, bound = INFINITE, -INFINITE
    start(p, branch_of(p, status, value, _ANY, _NO_LIMIT), price)
    open_needed(p, status, value)
    enough = value - p.tolerance
    for _ in range(_ROUNDS):
        branch = branch_of(p, status, value, _ANY, _NO_LIMIT)
        earning = climb(p, branch, price, value, enough, _STEPS)
        bound = max(bound, min(earning.value, settled))
        if earning.value >= enough:
            return np.zeros(nodes, np.bool_), min(settled, earning.value), bound
        for k in range(nodes):
            with_node = earning.value + earning.slack[k]
            if status[k] == UNDECIDED and with_node >= enough:
                status[k] = CLOSED
                settled = min(settled, with_node)
    return status != CLOSED, settled, bound
