"""An open set's units improved and, for two nodes, settled, one pair of nodes after the other."""

import numpy as np

from optimizer.compiled import compiled, flag, whole
from optimizer.sourcing.pair import division_value, pair_of, price_grams
from optimizer.sourcing.pair_core import search_core
from optimizer.sourcing.problem import INFINITE, Array, Problem

_ROUNDS = 4
_IMPROVE, _PROVE = flag(False), flag(True)  # what a division is for
_NO_LIMIT = whole(INFINITE)
_WIDTH, _WIDER = 2, 6  # tolerances above the bound that are searched first; how much more each time
_FAR = 10  # tolerances: what is not found so near to the bound is not looked for to improve a plan
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
                    nodes = np.array([chosen[i], chosen[j]])
                    if divide(p, nodes, shared, states, _IMPROVE, _NO_LIMIT, precision)[1]:
                        units[i], units[j] = shared[0], shared[1]
                        changed[i] = changed[j] = True
        if not changed.any():
            return


@compiled
def settle_pair(p: Problem, chosen: Array, units: Array, states: int, enough: int) -> int:
    """Divide an order between two nodes, both paid; a bound on any such plan, `units` where improved.

    Holds for plans below `enough` that ship all units that are there; -INFINITE where `units` leave
    some. Lines of one sku may overdraw its stock: a relaxation.
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
    bound, _ = divide(p, chosen, units, states, _PROVE, enough - value, p.tolerance)
    return value + bound if bound > -INFINITE else bound


@compiled
def divide(
    p: Problem, nodes: Array, shared: Array, states: int, relaxed: bool, enough: int, precision: int
) -> tuple[int, bool]:
    """Divide what two nodes ship anew, into `shared` (2, L) where that is cheaper.

    Returns (bound on the cost of any division with both nodes paid, whether `shared` changed). The
    bound holds for the lines that are free to change (all if `relaxed`, see `line_ranges`). Only
    divisions cheaper than `enough`, and than what is shared now, by `precision` are looked for, and
    none that is nearer to the bound than that is made better.
    """
    pair = pair_of(p, nodes, shared, relaxed)
    pricing = price_grams(p, pair)
    if len(pricing.points) == 0:
        return -INFINITE, False
    now = division_value(p, pair, shared[0])
    goal, bound = min(now, enough) - precision, pricing.bound
    reach, value = _WIDTH * p.tolerance, INFINITE
    at = np.empty(len(p.demand), np.int64)
    while value == INFINITE and bound < goal:  # first what is nearly as good as the bound: a small core
        cutoff = min(pricing.bound + reach, goal)
        value, lost = search_core(p, pair, pricing, cutoff, precision, states, at)
        bound = max(bound, min(cutoff, value - precision, pricing.bound + lost))
        if cutoff == goal or (not relaxed and reach > _FAR * p.tolerance):
            break
        reach *= _WIDER
    if value < now:
        shared[0] = at
        shared[1] = pair.totals - at
    return bound, value < now
