"""With the shipping nodes given: which of them serves which units, and a bound on every such plan."""

import numpy as np

from compiled import compiled, inlined
from optimizer.sourcing.envelope import support
from optimizer.sourcing.problem import INFINITE, Array, Problem, beyond_first, value_of
from optimizer.sourcing.scope import Scope, weigh

_ENUMERATED = 6  # a line's nodes are enumerated by subsets up to this many, filled greedily beyond
_ROUNDS = 4


@compiled
def line_value(p: Problem, scope: Scope, line: int, take: Array) -> tuple[int, int]:
    """Cheapest way to serve one line at the scope's prices of grams: (value, bound), units into `take`.

    A small problem of its own: a charge per node touched, a cost per unit, ranges of units. For a given
    set of nodes filling the cheapest first is best, so the sets are enumerated. INFINITE if the ranges
    cannot be kept.
    """
    if has_tiers(p, scope, line):
        return tiered_value(p, scope, line, take)
    lost = p.lost[line]
    order = np.empty(len(scope.nodes), np.int64)
    cost = np.empty(len(scope.nodes), np.int64)
    count, base, wanted, touched = least_taken(p, scope, line, order, cost, take)
    if wanted < 0:
        return INFINITE, INFINITE
    best = base + wanted * lost - (p.split_rebate if touched > 0 else 0)
    if count == 0 or wanted == 0:
        return best, best

    # One more node, and a bound on everything else: units at their cheapest, two nodes touched.
    base -= p.split_rebate
    best_set, cheapest_cell = 0, INFINITE
    left, spread = wanted, base
    for j in range(count):
        i = order[j]
        holds = scope.high[i, line] - scope.low[i, line]
        cell = 0 if scope.low[i, line] > 0 else p.cell[scope.nodes[i]]
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
            value = base + fill_in_order(p, scope, line, cost, order[:count], mask, wanted, take)
            if value < best:
                best, best_set = value, mask
        bound = best if exact else min(best, spread)
    fill_in_order(p, scope, line, cost, order[:count], best_set, wanted, take)
    return best, bound


@inlined
def has_tiers(p: Problem, scope: Scope, line: int) -> bool:
    """Whether units of a line get dearer at some node as more are taken."""
    if p.tier_more.shape[2] > 0:
        for k in scope.nodes:
            if p.tier_more[k, line, 0] > 0:
                return True
    return False


@compiled
def tiered_value(p: Problem, scope: Scope, line: int, take: Array) -> tuple[int, int]:
    """`line_value` where units get dearer: of a set of nodes the cheapest next units are taken first."""
    lost, count = p.lost[line], 0
    order, cost = np.empty(len(scope.nodes), np.int64), np.empty(len(scope.nodes), np.int64)
    base, wanted, touched = (p.demand[line] - scope.wanted[line]) * lost, scope.wanted[line], 0
    for i in range(len(scope.nodes)):
        k, least = scope.nodes[i], scope.low[i, line]
        take[i] = least
        cost[i] = p.unit[k, line] + scope.slope[i] * p.weight[line]
        if least > 0:
            touched += 1
            wanted -= least
            base += p.cell[k] + least * cost[i] + beyond_first(p, k, line, least)
        if scope.high[i, line] > least and cost[i] < lost:
            order[count] = i
            count += 1
    if wanted < 0:
        return INFINITE, INFINITE
    best = base + wanted * lost - (p.split_rebate if touched > 0 else 0)
    if count == 0 or wanted == 0:
        return best, best
    base -= p.split_rebate
    open_nodes, best_nodes = np.ones(count, np.bool_), np.zeros(count, np.bool_)
    value, without_cells = fill_tiers(p, scope, line, cost, order[:count], open_nodes, wanted, take)
    if base + value < best:
        best = base + value
        best_nodes[:] = True
    bound = min(best, base + without_cells)
    if count <= _ENUMERATED:
        for mask in range(1, (1 << count) - 1):
            for j in range(count):
                open_nodes[j] = mask >> j & 1
            value, _ = fill_tiers(p, scope, line, cost, order[:count], open_nodes, wanted, take)
            if base + value < best:
                best = base + value
                best_nodes[:] = open_nodes
        bound = best
    fill_tiers(p, scope, line, cost, order[:count], best_nodes, wanted, take)
    return best, bound


@compiled
def fill_tiers(
    p: Problem, scope: Scope, line: int, cost: Array, order: Array, may: Array, wanted: int, take: Array
) -> tuple[int, int]:
    """Serve what a line still wants from nodes of `order` that `may`: its cost, and without their charges."""
    value, cells, left = 0, 0, wanted
    for i in order:
        take[i] = scope.low[i, line]
    while left > 0:
        pick, least, most = -1, p.lost[line], 0
        for j in range(len(order)):
            i = order[j]
            if not may[j] or take[i] >= scope.high[i, line]:
                continue
            each, room = cost[i], scope.high[i, line] - take[i]
            for t in range(p.tier_begin.shape[2]):
                begin = p.tier_begin[scope.nodes[i], line, t]
                if take[i] >= begin:
                    each += p.tier_more[scope.nodes[i], line, t]
                elif p.tier_more[scope.nodes[i], line, t] > 0:
                    room = min(room, begin - take[i])
            if each < least:
                pick, least, most = i, each, room
        if pick < 0:
            break
        if take[pick] == 0:
            cells += p.cell[scope.nodes[pick]]
        units = min(left, most)
        take[pick] += units
        left -= units
        value += units * least
    value += left * p.lost[line]
    return value + cells, value


@inlined
def least_taken(
    p: Problem, scope: Scope, line: int, order: Array, cost: Array, take: Array
) -> tuple[int, int, int, int]:
    """What a line takes in any case, into `take`: (further nodes, cost so far, units left, nodes touched).

    Into `order` the nodes that could give more for less than a lost unit, the cheapest first; into `cost`
    what a unit from each node costs, its grams priced.
    """
    count, touched, wanted = 0, 0, scope.wanted[line]
    base = (p.demand[line] - wanted) * p.lost[line]
    for i in range(len(scope.nodes)):
        k, least = scope.nodes[i], scope.low[i, line]
        take[i] = least
        cost[i] = p.unit[k, line] + scope.slope[i] * p.weight[line]
        if least > 0:
            touched += 1
            wanted -= least
            base += p.cell[k] + least * cost[i]
        if scope.high[i, line] > least and cost[i] < p.lost[line]:
            j = count
            while j > 0 and cost[order[j - 1]] > cost[i]:
                order[j] = order[j - 1]
                j -= 1
            order[j] = i
            count += 1
    return count, base, wanted, touched


@inlined
def fill_in_order(
    p: Problem, scope: Scope, line: int, cost: Array, order: Array, nodes: int, wanted: int, take: Array
) -> int:
    """Serve what a line still wants from the set `nodes` of `order`: its cost, the units into `take`."""
    value, left = 0, wanted
    for j in range(len(order)):
        i = order[j]
        take[i] = scope.low[i, line]
        units = min(left, scope.high[i, line] - take[i])
        if nodes >> j & 1 and units > 0:
            if take[i] == 0:
                value += p.cell[scope.nodes[i]]
            take[i] += units
            left -= units
            value += units * cost[i]
    return value + left * p.lost[line]


@compiled
def assign_lines(p: Problem, scope: Scope, units: Array) -> int:
    """Serve every line by itself, into `units`; returns the sum of the lines' bounds."""
    take = np.empty(len(scope.nodes), np.int64)
    bound = 0
    for line in range(len(p.demand)):
        _, least = line_value(p, scope, line, take)
        if least >= INFINITE:
            return INFINITE
        bound += least
        units[:, line] = take
    return bound


@compiled
def assign(p: Problem, scope: Scope, units: Array) -> None:
    """A good way to share out a scope, into `units`; leaves its prices of grams in `scope.slope`.

    Freight is replaced by its supporting line at the weights of the last assignment, lines are served
    by themselves, and so on. Where every node ships the least or the most it can, or stands on a corner
    of its freight, the assignment is the best.
    """
    count = len(scope.nodes)
    grams, before = scope.heavy.copy(), np.empty(count, np.int64)
    trial = np.empty_like(units)
    value = INFINITE
    for _turn in range(_ROUNDS):
        for i in range(count):
            scope.slope[i] = support(p, scope.nodes[i], scope.light[i], scope.heavy[i], grams[i])[1]
        assign_lines(p, scope, trial)
        found = value_of(p, scope.nodes, trial)
        if found < value:
            value = found
            units[:, :] = trial
        before[:] = grams
        weigh(p, trial, grams)
        grams[:] = np.minimum(np.maximum(grams, scope.light), scope.heavy)
        if np.array_equal(grams, before):
            break
