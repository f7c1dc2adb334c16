"""With the shipping nodes given: which of them serves which units, and a bound on every such plan."""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.envelope import support
from optimizer.sourcing.problem import INFINITE, Array, Problem, freight, value_of

_ENUMERATED = 9  # a line's nodes are enumerated by subsets up to this many, filled greedily beyond
_ROUNDS = 4


@compiled
def line_value(p: Problem, line: int, chosen: Array, slope: Array, take: Array) -> tuple[int, int]:
    """Cheapest way to serve one line from the chosen nodes, a gram costing `slope[i]`: (value, bound).

    A small problem of its own: a charge per node touched, a cost per unit, limited stock. For a given
    set of nodes filling the cheapest first is best, so the sets are enumerated. `take[i]` receives the
    units from `chosen[i]`.
    """
    wanted, lost = p.demand[line], p.lost[line]
    size = len(chosen)
    order = np.empty(size, np.int64)
    cost = np.empty(size, np.int64)
    count = 0
    for i in range(size):
        take[i] = 0
        cost[i] = p.unit[chosen[i], line] + slope[i] * p.weight[line]
        if p.available[chosen[i], line] > 0 and cost[i] < lost:
            j = count
            while j > 0 and cost[order[j - 1]] > cost[i]:
                order[j] = order[j - 1]
                j -= 1
            order[j] = i
            count += 1
    best = wanted * lost
    if count == 0:
        return best, best

    # One node alone, and a bound on everything else: units at their cheapest, two nodes touched.
    single, cheapest_cell = -1, INFINITE
    left, spread = wanted, 0
    for j in range(count):
        i = order[j]
        holds = p.available[chosen[i], line]
        cheapest_cell = min(cheapest_cell, p.cell[chosen[i]])
        units = min(wanted, holds)
        value = p.cell[chosen[i]] - p.split_rebate + units * cost[i] + (wanted - units) * lost
        if value < best:
            best, single = value, i
        units = min(left, holds)
        spread += units * cost[i]
        left -= units
    spread += left * lost + 2 * cheapest_cell - p.split_rebate
    if single >= 0:
        take[single] = min(wanted, p.available[chosen[single], line])
    if count == 1 or best <= spread:
        return best, best

    exact = count <= _ENUMERATED
    best_mask = 0
    for mask in range(1 if exact else (1 << count) - 1, 1 << count):
        left, value = wanted, -p.split_rebate
        for j in range(count):
            if mask >> j & 1 and (exact or left > 0):
                i = order[j]
                units = min(left, p.available[chosen[i], line])
                left -= units
                value += p.cell[chosen[i]] + units * cost[i]
        value += left * lost
        if value < best:
            best, best_mask = value, mask
    if best_mask:
        left = wanted
        for j in range(count):
            i = order[j]
            take[i] = 0
            if best_mask >> j & 1:
                take[i] = min(left, p.available[chosen[i], line])
                left -= take[i]
    return best, best if exact else min(best, spread)


@compiled
def weigh(p: Problem, units: Array, grams: Array) -> None:
    """Grams shipped by each chosen node, into `grams`."""
    for i in range(len(grams)):
        grams[i] = 0
        for line in range(len(p.demand)):
            grams[i] += units[i, line] * p.weight[line]


@compiled
def assign_lines(p: Problem, chosen: Array, slope: Array, units: Array) -> int:
    """Serve every line by itself at these slopes, into `units`; returns the sum of the lines' bounds."""
    take = np.empty(len(chosen), np.int64)
    bound = 0
    for line in range(len(p.demand)):
        _, low = line_value(p, line, chosen, slope, take)
        bound += low
        for i in range(len(chosen)):
            units[i, line] = take[i]
    return bound


@compiled
def weight_ranges(p: Problem, chosen: Array) -> tuple[Array, Array]:
    """Least and most grams each chosen node ships in any plan that uses all of them."""
    count = len(chosen)
    low = np.zeros(count, np.int64)
    high = np.zeros(count, np.int64)
    lightest = np.full(count, INFINITE, np.int64)
    for line in range(len(p.demand)):
        reachable = 0
        for i in range(count):
            reachable += p.available[chosen[i], line]
        filled = min(p.demand[line], reachable)
        for i in range(count):
            holds = p.available[chosen[i], line]
            if holds == 0:
                continue
            lightest[i] = min(lightest[i], p.weight[line])
            high[i] += holds * p.weight[line]
            only_here = filled - (reachable - holds)
            if p.must_serve and only_here > 0:
                low[i] += only_here * p.weight[line]
    return np.maximum(low, np.minimum(lightest, high)), high


@compiled
def assign(p: Problem, chosen: Array, units: Array) -> tuple[int, int]:
    """A good assignment to an open set, into `units`: (value, bound on plans that use all of the set).

    Freight is replaced by its supporting line at the weights of the last assignment, lines are served
    by themselves, and so on: each round gives a bound and an assignment. Where every node ships the
    least or the most it can, or stands on a corner of its freight, the two meet.
    """
    count = len(chosen)
    fixed = -p.shipment_rebate
    for i in range(count):
        fixed += p.fixed[chosen[i]]
    low, high = weight_ranges(p, chosen)
    slope = np.empty(count, np.int64)
    grams = np.empty(count, np.int64)
    for i in range(count):
        grams[i] = high[i]
    trial = np.empty_like(units)
    value, bound = INFINITE, -INFINITE
    for turn in range(_ROUNDS):
        base = fixed
        for i in range(count):
            intercept, slope[i] = support(p, chosen[i], low[i], high[i], grams[i])
            base += intercept
        bound = max(bound, base + assign_lines(p, chosen, slope, trial))
        found = value_of(p, chosen, trial)
        if found < value:
            value = found
            units[:, :] = trial
        if value <= bound:
            break
        moved = False
        for i in range(count):
            before = grams[i]
            weight = 0
            for line in range(len(p.demand)):
                weight += trial[i, line] * p.weight[line]
            grams[i] = min(max(weight, low[i]), high[i])
            moved = moved or grams[i] != before
        if not moved and turn > 0:
            break
    return value, bound


@compiled
def save_packages(p: Problem, chosen: Array, units: Array) -> bool:
    """Move lines, or parts of them, between two nodes where that makes freight cheaper by more.

    For each giver and each smaller weight at which its freight steps down: the units that cost least
    to move per gram still needed. True if a move was made.
    """
    count, lines = len(chosen), units.shape[1]
    grams = np.empty(count, np.int64)
    weigh(p, units, grams)
    moved = np.empty(lines, np.int64)
    for giver in range(count):
        for s in range(p.service_start[chosen[giver]], p.service_start[chosen[giver] + 1]):
            target = (-(-grams[giver] // p.limit[s]) - 1) * p.limit[s]
            if target < 0 or grams[giver] == 0:
                continue
            for taker in range(count):
                if taker == giver or grams[taker] == 0:
                    continue
                need, extra = grams[giver] - target, 0
                moved[:] = 0
                while need > 0:
                    line, amount, cost = cheapest_move(p, chosen, units, moved, giver, taker, need)
                    if line < 0:
                        break
                    moved[line] = amount
                    extra += cost
                    need -= amount * p.weight[line]
                if need > 0:
                    continue
                shifted = 0
                for line in range(lines):
                    shifted += moved[line] * p.weight[line]
                before = freight(p, chosen[giver], grams[giver]) + freight(p, chosen[taker], grams[taker])
                after = freight(p, chosen[taker], grams[taker] + shifted)
                if shifted < grams[giver]:
                    after += freight(p, chosen[giver], grams[giver] - shifted)
                else:
                    after -= p.fixed[chosen[giver]]
                if after + extra < before:
                    for line in range(lines):
                        units[giver, line] -= moved[line]
                        units[taker, line] += moved[line]
                    return True
    return False


@compiled
def cheapest_move(
    p: Problem, chosen: Array, units: Array, moved: Array, giver: int, taker: int, need: int
) -> tuple[int, int, int]:
    """(line, units, extra cost) that moves weight at the least cost per gram needed; line -1 if none."""
    best_line, best_units, best_cost, best_rate = -1, 0, 0, 0.0
    for line in range(len(p.demand)):
        have = units[giver, line]
        if have == 0 or moved[line] > 0 or p.weight[line] == 0:
            continue
        can = min(have, p.available[chosen[taker], line] - units[taker, line])
        if can <= 0:
            continue
        for amount in (min(can, -(-need // p.weight[line])), can):
            cost = amount * (p.unit[chosen[taker], line] - p.unit[chosen[giver], line])
            if units[taker, line] == 0:
                cost += p.cell[chosen[taker]]
            if amount == have:
                cost -= p.cell[chosen[giver]]
            rate = cost / min(need, amount * p.weight[line])
            if best_line < 0 or rate < best_rate:
                best_line, best_units, best_cost, best_rate = line, amount, cost, rate
    return best_line, best_units, best_cost
