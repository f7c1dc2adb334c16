"""The tree of the facility engine: the branch with the lowest bound first, and what it could not settle."""

from typing import NamedTuple

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.assignment import assign
from optimizer.sourcing.branch import CLOSED, OPEN, UNDECIDED, Branch, branch_of, paid, serves_all
from optimizer.sourcing.earning import Earning, earn
from optimizer.sourcing.envelope import support
from optimizer.sourcing.exchange import redivide
from optimizer.sourcing.leaf import settle
from optimizer.sourcing.pricing import ascend, climb
from optimizer.sourcing.repair import fill
from optimizer.sourcing.problem import INFINITE, Array, Problem, feasible_value

_OPEN_BRANCHES = 512  # kept at once; where there are more the search stops
_TRIED = 1_024  # sets of nodes remembered
_FIRST_STEPS, _STEPS = 60, 15  # of prices, at the root and below it
_USUAL_LINES = 64  # orders with more count a branch as more
_LEAF_WORK = 64  # states of a leaf at first; twice as many each time that it has the lowest bound again
_STATES = 64  # of two nodes' divisions, kept when a set is improved
_REPAIRED = 6  # nodes: with more, packages are a small part and moves many


class Best(NamedTuple):
    """The best plan so far: `units[i]` from `nodes[i]`; no nodes if it is only a value."""

    value: int
    nodes: Array
    units: Array


@compiled
def better(p: Problem, branch: Branch, earning: Earning, best: Best, tried: Array) -> Best:
    """The better of the best plan and one from the nodes and packages that the prices choose.

    Packages are saved only where that could lead below the best plan.
    """
    chosen = np.flatnonzero(earning.ships)
    if len(chosen) == 0 or not is_new(chosen, earning.capacity, tried):
        return best
    units = np.zeros((len(chosen), len(p.demand)), np.int64)
    fill(p, chosen, p.gram[earning.service[chosen]], earning.capacity[chosen], units)
    value = feasible_value(p, chosen, units)
    trial = np.zeros_like(units)
    assign(p, chosen, serves_all(p, paid(p, chosen), best.value), trial)
    found = feasible_value(p, chosen, trial)
    if found < value:
        value, units = found, trial
    if value > earning.value + p.tolerance and value < best.value + p.package.max() and len(chosen) <= _REPAIRED:
        trial = units.copy()
        redivide(p, chosen, trial, _STATES)
        found = feasible_value(p, chosen, trial)
        if found < value:
            value, units = found, trial
    return Best(value, chosen, units) if value < best.value else best


@compiled
def is_new(chosen: Array, capacity: Array, tried: Array) -> bool:
    """Whether nodes with packages were not tried lately; remembers them.

    By a digest: at worst a set is left out.
    """
    digest = 1
    for k in chosen:
        digest = (digest * 1_000_003 + k + 1) % 2_147_483_647
        digest = (digest * 1_000_003 + capacity[k]) % 2_147_483_647
    place = digest % len(tried)
    if tried[place] == digest:
        return False
    tried[place] = digest
    return True


@compiled
def start(p: Problem, branch: Branch, price: Array) -> Earning:
    """Prices by dual ascent: the better of freight drawn in at a node's whole load, and at its smallest."""
    nodes, lines = p.unit.shape
    opening, linear = np.empty(nodes, np.int64), np.empty((nodes, lines), np.int64)
    trial = np.empty(lines, np.int64)
    best = earn(p, branch, price)
    for whole in range(2):
        for k in range(nodes):
            high = branch.held[k]
            intercept, slope = support(p, k, min(1, high), high, high * whole)
            opening[k] = p.fixed[k] + intercept
            linear[k] = branch.spread[k] + slope * p.weight
        ascend(p, branch, opening, linear, trial)
        found = earn(p, branch, trial)
        if found.value > best.value:
            best = found
            price[:] = trial
    return best


@compiled
def pick_of(p: Problem, status: Array, earning: Earning) -> int:
    """The undecided node to branch on: of those that ship the heaviest, else the nearest to; -1 if none."""
    pick, most = -1, -1
    for k in range(len(status)):
        if status[k] == UNDECIDED and earning.ships[k]:
            grams = np.sum(earning.units[k] * p.weight)
            if grams > most:
                pick, most = k, grams
    if pick < 0:
        for k in range(len(status)):
            if status[k] == UNDECIDED and (pick < 0 or earning.slack[k] < earning.slack[pick]):
                pick = k
    return pick


@compiled
def search(p: Problem, incumbent: int, work: int) -> tuple[int, int, int, Array, Array, Array, int]:
    """Best-first branch and bound.

    Returns (value, bound, bound on all that was settled, chosen nodes, units of each, nodes of what
    was not, work). `value` is `incumbent` and `chosen` empty if nothing better was found.
    """
    nodes, lines = p.unit.shape
    best = Best(incumbent, np.empty(0, np.int64), np.zeros((0, lines), np.int64))
    status = np.zeros((_OPEN_BRANCHES, nodes), np.int8)
    price = np.empty((_OPEN_BRANCHES, lines), np.int64)
    bounds = np.full(_OPEN_BRANCHES, INFINITE, np.int64)
    picks = np.full(_OPEN_BRANCHES, -1, np.int64)
    patience = np.full(_OPEN_BRANCHES, _LEAF_WORK, np.int64)
    tried = np.zeros(_TRIED, np.int64)
    settled, used = INFINITE, 0
    price[0] = p.unit.min()
    root = branch_of(p, status[0], best.value)
    best = better(p, root, start(p, root, price[0]), best, tried)
    waiting = np.array([0])  # children of the last branch, to be bounded
    count = 1
    steps = _FIRST_STEPS
    unsettled = np.zeros(nodes, np.bool_)
    lowest_left = INFINITE
    while True:
        for at in waiting:
            branch = branch_of(p, status[at], best.value)
            enough = best.value - p.tolerance
            target = best.value if best.value < INFINITE else bounds[at]
            earning = climb(p, branch, price[at], target, enough, steps)
            used += 1 + lines // _USUAL_LINES
            if earning.value < enough:
                best = better(p, branch, earning, best, tried)
                enough = best.value - p.tolerance
            bounds[at] = max(bounds[at], earning.value) if bounds[at] < INFINITE else earning.value
            for k in range(nodes):
                if status[at, k] == UNDECIDED and bounds[at] < enough:
                    with_node = earning.value + earning.slack[k]
                    if with_node >= enough:
                        status[at, k] = CLOSED
                        settled = min(settled, with_node)
            picks[at] = pick_of(p, status[at], earning)
        at = np.argmin(bounds[:count])
        if bounds[at] >= best.value - p.tolerance or used >= work:
            break
        steps = _STEPS
        if picks[at] < 0:
            opened = np.flatnonzero(status[at] == OPEN)
            waiting = np.empty(0, np.int64)
            if len(opened) == 0:  # nothing can be shipped for less than nothing
                bounds[at] = INFINITE
                continue
            branch = branch_of(p, status[at], best.value)
            best = better(p, branch, earn(p, branch, price[at]), best, tried)
            if bounds[at] < best.value - p.tolerance:
                units = np.zeros((len(opened), lines), np.int64)
                assign(p, opened, serves_all(p, status[at], best.value), units)
                share = min(patience[at], work - used)
                value, bounds[at], effort = settle(p, opened, units, best.value, bounds[at], share)
                used += effort
                patience[at] *= 2
                if value < best.value:
                    best = Best(value, opened, units)
                if bounds[at] < best.value - p.tolerance and effort < share:  # all was looked at
                    unsettled[opened] = True
                    lowest_left = min(lowest_left, bounds[at])
                    bounds[at] = INFINITE
            continue
        free = count
        for other in range(count):
            if bounds[other] >= best.value - p.tolerance:
                settled = min(settled, bounds[other])
                bounds[other] = INFINITE
                free = other
        if free == _OPEN_BRANCHES:
            break
        count = max(count, free + 1)
        status[free] = status[at]
        price[free] = price[at]
        bounds[free] = bounds[at]
        patience[free] = _LEAF_WORK
        status[at, picks[at]] = OPEN
        status[free, picks[at]] = CLOSED
        waiting = np.array([at, free])
    for other in range(count):
        if bounds[other] < best.value - p.tolerance:
            unsettled |= status[other] != CLOSED
            lowest_left = min(lowest_left, bounds[other])
        else:
            settled = min(settled, bounds[other])
    return best.value, min(best.value, settled, lowest_left), settled, best.nodes, best.units, unsettled, used
