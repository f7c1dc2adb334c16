"""The tree of the facility engine: branch on nodes, bound, and keep what it could not settle."""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.assignment import assign, weigh
from optimizer.sourcing.envelope import support
from optimizer.sourcing.exchange import redivide
from optimizer.sourcing.facility_bounds import (
    CLOSED,
    OPEN,
    UNDECIDED,
    dual_ascent,
    packages_bound,
)
from optimizer.sourcing.leaf import settle
from optimizer.sourcing.problem import INFINITE, Array, Problem, feasible_value, is_feasible

_LEAVES = 256  # unsettled leaves kept apart; more share the last place
_TUNINGS = 3
_STATES = 128  # of two nodes' divisions, kept when a set is improved
_REPAIRED = 6  # nodes: with more, packages are a small part and moves many
_LEAF_BRANCHES = 100  # a leaf's bound hardly rises after these, and the tree has other leaves


@compiled
def evaluate(p: Problem, chosen: Array, units: Array, best: int) -> tuple[int, int]:
    """(value, bound) of an open set; the value is INFINITE if the assignment breaks a relaxed rule.

    Packages are saved only where that could lead below `best`.
    """
    low, bound = assign(p, chosen, units)
    value = feasible_value(p, chosen, units)
    if low > bound and bound < best and len(chosen) <= _REPAIRED:
        trial = units.copy()
        redivide(p, chosen, trial, _STATES)
        found = feasible_value(p, chosen, trial)
        if found < value:
            value = found
            units[:, :] = trial
    return value, bound


@compiled
def improve(p: Problem, start: Array) -> tuple[int, Array, Array]:
    """Local search over open sets: drop, add or exchange one node while that helps."""
    nodes, lines = p.unit.shape
    best_set = start
    best_units = np.zeros((len(start), lines), np.int64)
    best = evaluate(p, start, best_units, INFINITE)[0] if len(start) > 0 else INFINITE
    improved = True
    while improved:
        improved = False
        current = best_set
        for out in range(-1, len(current)):
            for into in range(-1, nodes):
                trial = np.empty(len(current) + 1, np.int64)
                count, twice = 0, out < 0 and into < 0
                for i in range(len(current)):
                    if i != out:
                        trial[count] = current[i]
                        count += 1
                        twice = twice or current[i] == into
                if into >= 0:
                    trial[count] = into
                    count += 1
                if twice or count == 0:
                    continue
                chosen = np.sort(trial[:count])
                units = np.zeros((count, lines), np.int64)
                value, _ = assign(p, chosen, units)
                if value < best and is_feasible(p, chosen, units):
                    best, best_set, best_units, improved = value, chosen, units, True
    if len(best_set) > 0:
        units = np.zeros((len(best_set), lines), np.int64)
        value, _ = evaluate(p, best_set, units, INFINITE)
        if value < best:
            best, best_units = value, units
    return best, best_set, best_units


@compiled
def tangents(p: Problem, at: Array, spread: Array, opening: Array, linear: Array) -> None:
    """Opening and unit costs of every node, its freight replaced by the supporting line at a weight."""
    for k in range(len(p.fixed)):
        low, high = INFINITE, 0
        for line in range(len(p.demand)):
            if p.available[k, line] > 0:
                low = min(low, p.weight[line])
                high += p.available[k, line] * p.weight[line]
        intercept, slope = support(p, k, min(low, high), high, min(max(at[k], low), high))
        opening[k] = p.fixed[k] + intercept
        for line in range(len(p.demand)):
            linear[k, line] = spread[k, line] + slope * p.weight[line]


@compiled
def profitable(p: Problem, status: Array, slack: Array) -> Array:
    """Nodes that are open, or that prices pay for."""
    return np.flatnonzero((status == OPEN) | ((status == UNDECIDED) & (slack <= 0)))


@compiled
def least_fixed(p: Problem, status: Array) -> int:
    """What `packages_bound` counts for a first shipment while no node is open; 0 once one is."""
    least = INFINITE
    for k in range(len(status)):
        if status[k] == OPEN:
            return 0
        if status[k] != CLOSED:
            least = min(least, p.fixed[k])
    return least


@compiled
def search(
    p: Problem, spread: Array, thrifty: Array, thrifty_order: Array, incumbent: int, branches: int
) -> tuple[int, int, int, Array, Array, Array, int]:
    """Depth-first branch and bound.

    `spread` (N, L) is the cost of a unit with its line charge spread over the units the node holds.

    Returns (value, bound, bound on all that was settled, chosen nodes, units of each, nodes of what
    was not, branches used). `value` is `incumbent` and `chosen` empty if nothing better was found.
    """
    nodes, lines = p.unit.shape
    best, best_set = incumbent, np.empty(0, np.int64)
    best_units = np.zeros((0, lines), np.int64)
    slack = np.empty(nodes, np.int64)
    price = np.empty(lines, np.int64)
    opening = np.empty(nodes, np.int64)
    linear = np.empty((nodes, lines), np.int64)
    status = np.zeros(nodes, np.int8)

    # Tune the tangents at the root: first where each node ships all it can, then where a good plan
    # and the prices of the last round say it ships.
    at = np.empty(nodes, np.int64)
    for k in range(nodes):
        at[k] = np.sum(p.available[k] * p.weight)
    root, tuned_opening, tuned_linear = -INFINITE, opening.copy(), linear.copy()
    for turn in range(_TUNINGS):
        tangents(p, at, spread, opening, linear)
        bound = dual_ascent(p, status, opening, linear, spread, slack, price)
        if bound > root:
            root = bound
            tuned_opening[:] = opening
            tuned_linear[:, :] = linear
        if turn == 0:
            value, found, units = improve(p, profitable(p, status, slack))
            if value < best:
                best, best_set, best_units = value, found, units
        if root >= best - p.tolerance:
            break
        for k in range(nodes):
            if slack[k] <= 0:
                at[k] = 0
                for line in range(lines):
                    if price[line] > linear[k, line]:
                        at[k] += p.available[k, line] * p.weight[line]
        if len(best_set) > 0:
            grams = np.empty(len(best_set), np.int64)
            weigh(p, best_units, grams)
            for i in range(len(best_set)):
                at[best_set[i]] = grams[i]
    opening, linear = tuned_opening, tuned_linear

    stack = np.zeros((2 * nodes + 2, nodes), np.int8)
    stack_bound = np.full(2 * nodes + 2, root, np.int64)
    height, used = 1, 0
    leaves = np.zeros((_LEAVES, nodes), np.bool_)
    leaf_bound = np.full(_LEAVES, INFINITE, np.int64)
    leaf_count, pruned = 0, INFINITE
    tried = np.empty(0, np.int64)
    while height > 0 and used < branches:
        height -= 1
        status = stack[height].copy()
        bound = stack_bound[height]
        if bound >= best - p.tolerance:
            pruned = min(pruned, bound)
            continue
        used += 1
        packs = packages_bound(p, status, thrifty, thrifty_order)
        bound = max(bound, packs)
        dual = -INFINITE
        if bound < best - p.tolerance:
            dual = dual_ascent(p, status, opening, linear, spread, slack, price)
            bound = max(bound, dual)
        if bound >= best - p.tolerance:
            pruned = min(pruned, bound)
            continue
        chosen = profitable(p, status, slack)
        if len(chosen) > 0 and not np.array_equal(chosen, tried):
            tried = chosen
            units = np.zeros((len(chosen), lines), np.int64)
            value, _ = evaluate(p, chosen, units, best)
            if value < best:
                best, best_set, best_units = value, chosen, units
        first = least_fixed(p, status)
        for k in range(nodes):  # a node whose shipment alone would cost too much stays closed
            if status[k] == UNDECIDED:
                with_node = max(dual + max(0, slack[k]), packs + p.fixed[k] - first)
                if with_node >= best - p.tolerance:
                    status[k] = CLOSED
                    pruned = min(pruned, with_node)
        pick = -1
        for k in range(nodes):
            if status[k] == UNDECIDED and (pick < 0 or slack[k] < slack[pick]):
                pick = k
        if pick < 0:
            opened = np.flatnonzero(status == OPEN)
            if len(opened) == 0:
                continue
            units = np.zeros((len(opened), lines), np.int64)
            value, low = evaluate(p, opened, units, best)
            if value < best:
                best, best_set, best_units = value, opened, units
            low = max(low, bound)
            if low < best - p.tolerance:
                value, low, effort = settle(p, opened, units, best, low, min(_LEAF_BRANCHES, branches - used))
                used += effort
                if value < best:
                    best, best_set, best_units = value, opened, units
            if low >= best - p.tolerance:
                pruned = min(pruned, low)
            else:
                slot = min(leaf_count, _LEAVES - 1)
                leaves[slot] |= status == OPEN
                leaf_bound[slot] = min(leaf_bound[slot], low)
                leaf_count += 1
            continue
        for choice in (CLOSED, OPEN):  # the open child is taken from the stack first
            stack[height] = status
            stack[height, pick] = choice
            stack_bound[height] = bound
            height += 1

    unsettled = np.zeros(nodes, np.bool_)
    lowest = min(best, pruned)
    for slot in range(min(leaf_count, _LEAVES)):
        if leaf_bound[slot] < best - p.tolerance:
            unsettled |= leaves[slot]
        else:
            pruned = min(pruned, leaf_bound[slot])
        lowest = min(lowest, leaf_bound[slot])
    for level in range(height):
        if stack_bound[level] < best - p.tolerance:
            unsettled |= stack[level] != CLOSED
        else:
            pruned = min(pruned, stack_bound[level])
        lowest = min(lowest, stack_bound[level])
    return best, lowest, pruned, best_set, best_units, unsettled, used
