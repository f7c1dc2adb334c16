"""The tree of the facility engine: branch on options, bound, and keep what it could not settle."""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.facility_kernel import (
    CLOSED,
    INFINITE,
    OPEN,
    UNDECIDED,
    Array,
    assign,
    best_option_per_node,
    dual_ascent,
    is_feasible,
    packages_bound,
)


@compiled
def improve(
    start: Array,
    option_node: Array,
    fixed: Array,
    package: Array,
    limit: Array,
    unit: Array,
    cell: Array,
    available: Array,
    demand: Array,
    weight: Array,
    lost: Array,
    terms: Array,
    capacity: Array,
    sku: Array,
    stock: Array,
    shared: bool,
) -> tuple[int, Array, Array]:
    """Local search over open sets: add, drop or exchange one option while that helps."""
    options, lines = unit.shape
    best, best_set = INFINITE, start
    best_units = np.zeros((len(start), lines), np.int64)
    if len(start) > 0:
        value, _ = assign(
            start, best_units, fixed, package, limit, unit, cell, available, demand, weight, lost, terms
        )
        if is_feasible(start, best_units, option_node, capacity, sku, stock, shared):
            best = value
    improved = True
    while improved:
        improved = False
        current = best_set
        for out in range(-1, len(current)):
            for into in range(-1, options):
                if out < 0 and into < 0:
                    continue
                trial = np.empty(len(current) + 1, np.int64)
                count, clash = 0, False
                for i in range(len(current)):
                    if i != out:
                        trial[count] = current[i]
                        count += 1
                        if into >= 0 and option_node[current[i]] == option_node[into]:
                            clash = True
                if into >= 0:
                    trial[count] = into
                    count += 1
                if clash or count == 0:
                    continue
                chosen = np.sort(trial[:count])
                units = np.zeros((count, lines), np.int64)
                value, _ = assign(
                    chosen, units, fixed, package, limit, unit, cell, available, demand, weight, lost, terms
                )
                if value < best and is_feasible(chosen, units, option_node, capacity, sku, stock, shared):
                    best, best_set, best_units, improved = value, chosen, units, True
    return best, best_set, best_units


@compiled
def search(
    option_node: Array,
    fixed: Array,
    package: Array,
    limit: Array,
    unit: Array,
    cell: Array,
    available: Array,
    demand: Array,
    weight: Array,
    lost: Array,
    terms: Array,
    opening: Array,
    linear: Array,
    thrifty: Array,
    thrifty_order: Array,
    capacity: Array,
    sku: Array,
    stock: Array,
    shared: bool,
    incumbent: int,
    branches: int,
) -> tuple[int, int, Array, Array, Array, int]:
    """Depth-first branch and bound.

    Returns (value, bound, chosen options, units of each, options in unsettled leaves, branches used).
    `value` is `incumbent` and `chosen` empty if nothing better was found.
    """
    options, lines = unit.shape
    constant = -terms[1] - terms[0] * lines
    best, best_set = incumbent, np.empty(0, np.int64)
    best_units = np.zeros((0, lines), np.int64)
    slack = np.empty(options, np.int64)

    stack = np.zeros((2 * options + 2, options), np.int8)
    stack_bound = np.full(2 * options + 2, -INFINITE, np.int64)
    height, used = 1, 0
    leaves = np.zeros((256, options), np.bool_)
    leaf_bound = np.full(256, INFINITE, np.int64)
    leaf_count = 0

    while height > 0 and used < branches:
        height -= 1
        status = stack[height].copy()
        inherited = stack_bound[height]
        if inherited >= best:
            continue
        used += 1
        bound = dual_ascent(
            status, option_node, opening, linear, available, demand, lost, constant, slack
        )
        bound = max(
            bound,
            inherited,
            packages_bound(
                status, fixed, package, limit, thrifty, available, demand, weight, lost, terms, thrifty_order
            ),
        )
        if bound >= best:
            continue
        chosen = best_option_per_node(status, option_node, slack, 0)
        if used == 1:
            value, found, units = improve(
                chosen, option_node, fixed, package, limit, unit, cell, available,
                demand, weight, lost, terms, capacity, sku, stock, shared,
            )  # fmt: skip
            if value < best:
                best, best_set, best_units = value, found, units
        elif len(chosen) > 0:
            units = np.zeros((len(chosen), lines), np.int64)
            value, low = assign(
                chosen, units, fixed, package, limit, unit, cell, available, demand, weight, lost, terms
            )
            if value < best and is_feasible(chosen, units, option_node, capacity, sku, stock, shared):
                best, best_set, best_units = value, chosen, units

        for o in range(options):  # an option whose shipment alone would cost too much stays closed
            if status[o] == UNDECIDED and slack[o] > 0 and bound + slack[o] >= best:
                status[o] = CLOSED
        pick = -1
        for o in range(options):
            if status[o] == UNDECIDED and (pick < 0 or slack[o] < slack[pick]):
                pick = o
        if pick < 0:
            opened = np.flatnonzero(status == OPEN)
            if len(opened) == 0:
                continue
            units = np.zeros((len(opened), lines), np.int64)
            value, low = assign(
                opened, units, fixed, package, limit, unit, cell, available, demand, weight, lost, terms
            )
            if value < best and is_feasible(opened, units, option_node, capacity, sku, stock, shared):
                best, best_set, best_units = value, opened, units
            low = max(low, bound)
            if low < best:
                slot = min(leaf_count, 255)
                leaves[slot] |= status == OPEN
                leaf_bound[slot] = min(leaf_bound[slot], low)
                leaf_count += 1
            continue
        closed = status.copy()
        closed[pick] = CLOSED
        stack[height], stack_bound[height] = closed, bound
        height += 1
        opened_status = status.copy()
        for o in range(options):
            if option_node[o] == option_node[pick]:
                opened_status[o] = CLOSED
        opened_status[pick] = OPEN
        stack[height], stack_bound[height] = opened_status, bound
        height += 1

    unsettled = np.zeros(options, np.bool_)
    lowest = best
    for slot in range(min(leaf_count, 256)):
        if leaf_bound[slot] < best:
            unsettled |= leaves[slot]
            lowest = min(lowest, leaf_bound[slot])
    for level in range(height):
        if stack_bound[level] < best:
            unsettled |= stack[level] != CLOSED
            lowest = min(lowest, stack_bound[level])
    return best, lowest, best_set, best_units, unsettled, used
