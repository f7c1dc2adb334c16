"""An open set's units improved and, for two nodes, settled, one pair of nodes after the other."""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.pair import divide
from optimizer.sourcing.problem import INFINITE, Array, Problem

_ROUNDS = 4
_FINER = 8  # than the tolerance: errors of several pairs add up


@compiled
def redivide(p: Problem, chosen: Array, units: Array, states: int) -> None:
    """Let every two nodes divide what they ship together anew while that makes the plan cheaper."""
    count = len(chosen)
    precision = p.tolerance if count == 2 else p.tolerance // _FINER
    changed = np.ones(count, np.bool_)
    for _ in range(_ROUNDS):
        before = changed.copy()
        changed[:] = False
        for i in range(count):
            for j in range(i + 1, count):
                if before[i] or before[j] or changed[i] or changed[j]:
                    shared = np.empty((2, units.shape[1]), np.int64)
                    shared[0], shared[1] = units[i], units[j]
                    if not shared[0].any() or not shared[1].any():
                        continue
                    if divide(p, np.array([chosen[i], chosen[j]]), shared, states, False, INFINITE, precision)[1]:
                        units[i], units[j] = shared[0], shared[1]
                        changed[i] = changed[j] = True
        if not changed.any():
            return


@compiled
def settle_pair(p: Problem, chosen: Array, units: Array, states: int, enough: int) -> int:
    """Divide an order between two nodes, both paid; a bound on any such plan, `units` where improved.

    Holds for plans below `enough` that ship all units that are there; -INFINITE where `units` leave some. Lines of one
    sku may overdraw its stock: a relaxation.
    """
    value = p.fixed[chosen[0]] + p.fixed[chosen[1]] - p.shipment_rebate
    for line in range(len(p.demand)):
        served = units[0, line] + units[1, line]
        there = p.available[chosen[0], line] + p.available[chosen[1], line]
        if served < min(p.demand[line], there):
            return -INFINITE
        value += (p.demand[line] - served) * p.lost[line]
        if served > 0:
            value -= p.split_rebate
    bound, _ = divide(p, chosen, units, states, True, enough - value, p.tolerance)
    return value + bound if bound > -INFINITE else bound
