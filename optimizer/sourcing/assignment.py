"""With the shipping nodes given: which of them serves which units, and a bound on every such plan."""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.envelope import support
from optimizer.sourcing.problem import INFINITE, Array, Problem, is_feasible, value_of

_ENUMERATED = 6  # a line's nodes are enumerated by subsets up to this many, filled greedily beyond
_ROUNDS = 4


@compiled
def line_value(
    p: Problem, line: int, chosen: Array, slope: Array, low: Array, high: Array, take: Array
) -> tuple[int, int]:
    """Cheapest way to serve one line from the chosen nodes, a gram costing `slope[i]`: (value, bound).

    A small problem of its own: a charge per node touched, a cost per unit, between `low[i, line]` and
    `high[i, line]` units from `chosen[i]`. For a given set of nodes filling the cheapest first is best,
    so the sets are enumerated. `take[i]` receives the units. INFINITE if the limits cannot be kept.
    """
    size = len(chosen)
    order = np.empty(size, np.int64)
    cost = np.empty(size, np.int64)
    wanted, lost = p.demand[line], p.lost[line]
    count, base, touched = 0, 0, 0
    for i in range(size):
        least = low[i, line]
        take[i] = least
        cost[i] = p.unit[chosen[i], line] + slope[i] * p.weight[line]
        if least > 0:
            touched += 1
            wanted -= least
            base += p.cell[chosen[i]] + least * cost[i]
        if high[i, line] > least and cost[i] < lost:
            j = count
            while j > 0 and cost[order[j - 1]] > cost[i]:
                order[j] = order[j - 1]
                j -= 1
            order[j] = i
            count += 1
    if wanted < 0:
        return INFINITE, INFINITE
    if touched > 0:
        base -= p.split_rebate
    best = base + wanted * lost
    if count == 0 or wanted == 0:
        return best, best

    # One more node, and a bound on everything else: units at their cheapest, two nodes touched.
    if touched == 0:
        base -= p.split_rebate
    best_set, cheapest_cell = 0, INFINITE
    left, spread = wanted, base
    for j in range(count):
        i = order[j]
        holds = high[i, line] - low[i, line]
        cell = 0 if low[i, line] > 0 else p.cell[chosen[i]]
        cheapest_cell = min(cheapest_cell, cell)
        units = min(wanted, holds)
        value = base + cell + units * cost[i] + (wanted - units) * lost
        if value < best:
            best, best_set = value, 1 << j
        units = min(left, holds)
        spread += units * cost[i]
        left -= units
    spread += left * lost
    if touched == 0:
        spread += 2 * cheapest_cell
    bound = best
    if count > 1 and best > spread:
        exact = count <= _ENUMERATED
        for mask in range(1 if exact else (1 << count) - 1, 1 << count):
            value = base + fill_in_order(p, line, chosen, cost, low, high, order[:count], mask, wanted, take)
            if value < best:
                best, best_set = value, mask
        bound = best if exact else min(best, spread)
    fill_in_order(p, line, chosen, cost, low, high, order[:count], best_set, wanted, take)
    return best, bound


@compiled
def fill_in_order(
    p: Problem,
    line: int,
    chosen: Array,
    cost: Array,
    low: Array,
    high: Array,
    order: Array,
    nodes: int,
    wanted: int,
    take: Array,
) -> int:
    """Serve what a line still wants from the set `nodes` of `order`: its cost, the units into `take`."""
    value, left = 0, wanted
    for j in range(len(order)):
        i = order[j]
        take[i] = low[i, line]
        units = min(left, high[i, line] - low[i, line])
        if nodes >> j & 1 and units > 0:
            take[i] += units
            left -= units
            value += units * cost[i]
            if low[i, line] == 0:
                value += p.cell[chosen[i]]
    return value + left * p.lost[line]


@compiled
def fit(p: Problem, chosen: Array, slope: Array, low: Array, high: Array, units: Array) -> None:
    """Serve line after line from what lines of the same sku before it have left at each node."""
    take = np.empty(len(chosen), np.int64)
    limit = high.copy()
    for line in range(len(p.demand)):
        for i in range(len(chosen)):
            left = p.stock[chosen[i], line]
            for other in range(line):
                if p.sku[other] == p.sku[line]:
                    left -= units[i, other]
            limit[i, line] = max(low[i, line], min(limit[i, line], left))
        line_value(p, line, chosen, slope, low, limit, take)
        for i in range(len(chosen)):
            units[i, line] = take[i]


@compiled
def weigh(p: Problem, units: Array, grams: Array) -> None:
    """Grams shipped by each chosen node, into `grams`."""
    for i in range(len(grams)):
        grams[i] = 0
        for line in range(len(p.demand)):
            grams[i] += units[i, line] * p.weight[line]


@compiled
def assign_lines(p: Problem, chosen: Array, slope: Array, low: Array, high: Array, units: Array) -> int:
    """Serve every line by itself at these slopes, into `units`; returns the sum of the lines' bounds."""
    take = np.empty(len(chosen), np.int64)
    bound = 0
    for line in range(len(p.demand)):
        _, least = line_value(p, line, chosen, slope, low, high, take)
        if least >= INFINITE:
            return INFINITE
        bound += least
        for i in range(len(chosen)):
            units[i, line] = take[i]
    return bound


@compiled
def served_grams(p: Problem, chosen: Array) -> int:
    """Grams that a plan on these nodes ships if it ships all units that they hold."""
    total = 0
    for line in range(len(p.demand)):
        if p.is_first[line]:
            reachable = 0
            for k in chosen:
                reachable += p.stock[k, line]
            total += min(p.wanted[line], reachable) * p.weight[line]
    return total


@compiled
def weight_ranges(p: Problem, chosen: Array, all_served: bool) -> tuple[Array, Array]:
    """Least and most grams each node ships in a plan that uses all of them (and serves all they hold)."""
    count = len(chosen)
    low = np.zeros(count, np.int64)
    high = np.zeros(count, np.int64)
    lightest = np.full(count, INFINITE, np.int64)
    for line in range(len(p.demand)):
        wanted = p.wanted[line]
        if not p.is_first[line]:
            continue
        reachable = 0
        for i in range(count):
            reachable += min(wanted, p.stock[chosen[i], line])
        filled = min(wanted, reachable)
        for i in range(count):
            holds = min(wanted, p.stock[chosen[i], line])
            if holds == 0:
                continue
            lightest[i] = min(lightest[i], p.weight[line])
            high[i] += holds * p.weight[line]
            only_here = filled - (reachable - holds)
            if all_served and only_here > 0:
                low[i] += only_here * p.weight[line]
    return np.maximum(low, np.minimum(lightest, high)), high


@compiled
def assign(p: Problem, chosen: Array, all_served: bool, units: Array) -> tuple[int, int]:
    """A good assignment to an open set, into `units`: (value, bound on plans that use all of the set).

    Freight is replaced by its supporting line at the weights of the last assignment, lines are served
    by themselves, and so on: each round gives a bound and an assignment. Where every node ships the
    least or the most it can, or stands on a corner of its freight, the two meet. Lines of one sku that
    take more than a node has together are then served one after the other.
    """
    count = len(chosen)
    fixed = -p.shipment_rebate
    for i in range(count):
        fixed += p.fixed[chosen[i]]
    low, high = weight_ranges(p, chosen, all_served)
    slope = np.empty(count, np.int64)
    grams = high.copy()
    trial = np.empty_like(units)
    none = np.zeros_like(units)
    holds = p.available[chosen]
    value, bound = INFINITE, -INFINITE
    for _turn in range(_ROUNDS):
        base = fixed
        for i in range(count):
            intercept, slope[i] = support(p, chosen[i], low[i], high[i], grams[i])
            base += intercept
        bound = max(bound, base + assign_lines(p, chosen, slope, none, holds, trial))
        if p.shares_stock and not is_feasible(p, chosen, trial):
            fit(p, chosen, slope, none, holds, trial)
        found = value_of(p, chosen, trial)
        if found < value:
            value = found
            units[:, :] = trial
        if value <= bound:
            break
        before = grams.copy()
        weigh(p, trial, grams)
        moved = False
        for i in range(count):
            grams[i] = min(max(grams[i], low[i]), high[i])
            moved = moved or grams[i] != before[i]
        if not moved:
            break
    return value, bound
