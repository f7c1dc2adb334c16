"""Bounds of the facility engine at a point of its tree, and the prices that give them."""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.problem import INFINITE, Array, Problem, freight

UNDECIDED, OPEN, CLOSED = 0, 1, 2


@compiled
def dual_ascent(
    p: Problem,
    status: Array,
    opening: Array,
    linear: Array,
    spread: Array,
    slack: Array,
    price: Array,
) -> int:
    """Lower bound by raising line prices (Erlenkotter 1978, with limited stock).

    For any prices v the sum of demand x v, plus for every open node its opening cost less its profit
    sum of available x (v - linear)+, plus the same for every undecided node where it is negative, is
    a bound. Prices rise line by line to the next cost while what is gained exceeds what is lost.
    `opening` and `linear` carry freight as a straight line, `spread` carries none of it: at the final
    prices each node's freight is counted exactly. `slack` receives cost less profit, `price` the prices.
    """
    nodes, lines = linear.shape
    raising = np.ones(lines, np.bool_)
    for k in range(nodes):
        slack[k] = opening[k]
    for line in range(lines):
        lowest = p.lost[line]
        for k in range(nodes):
            if status[k] != CLOSED and p.available[k, line] > 0:
                lowest = min(lowest, linear[k, line])
        price[line] = lowest
        raising[line] = lowest < p.lost[line]
    moving = True
    while moving:
        moving = False
        for line in range(lines):
            if not raising[line]:
                continue
            gain, step = p.demand[line], p.lost[line] - price[line]
            for k in range(nodes):
                units = p.available[k, line]
                if status[k] == CLOSED or units == 0:
                    continue
                above = linear[k, line] - price[line]
                if above > 0:
                    step = min(step, above)
                elif status[k] == OPEN or slack[k] < units:
                    gain -= units
                else:
                    step = min(step, slack[k] // units)
            if gain <= 0 or step <= 0:
                raising[line] = False
                continue
            for k in range(nodes):
                if status[k] != CLOSED and p.available[k, line] > 0 and linear[k, line] <= price[line]:
                    slack[k] -= p.available[k, line] * step
            price[line] += step
            moving = True
    bound = -p.shipment_rebate - p.split_rebate * lines
    for line in range(lines):
        bound += p.demand[line] * price[line]
    for k in range(nodes):
        if status[k] != CLOSED:
            slack[k] = max(slack[k], reduced_cost(p, k, spread, price))
        if status[k] == OPEN:
            bound += slack[k]
        elif status[k] == UNDECIDED:
            bound += min(0, slack[k])
    return bound


@compiled
def reduced_cost(p: Problem, node: int, spread: Array, price: Array) -> int:
    """Least that opening a node adds at these prices: its shipment and freight, less the best load.

    Lines are loaded by profit per gram; between two full packages the profit grows along a concave
    line and freight along a straight one, so only loads at a line's end and at full packages count.
    """
    lines = len(p.demand)
    count = 0
    profit = np.empty(lines, np.int64)
    weight = np.empty(lines, np.int64)
    rate = np.empty(lines, np.float64)
    for line in range(lines):
        gain = p.available[node, line] * (price[line] - spread[node, line])
        if gain > 0:
            profit[count] = gain
            weight[count] = p.available[node, line] * p.weight[line]
            rate[count] = -gain / max(weight[count], 1)
            count += 1
    if count == 0:
        return p.fixed[node] + freight(p, node, 1)
    order = np.argsort(rate[:count])
    best, gained, grams = freight(p, node, 1), 0, 0
    for j in order:
        before = grams
        grams += weight[j]
        for s in range(p.service_start[node], p.service_start[node + 1]):
            full = (before // p.limit[s] + 1) * p.limit[s]
            while full < grams:  # the part of this line that fills up a package
                part = gained + -(-profit[j] * (full - before) // weight[j])
                best = min(best, freight(p, node, full) - part)
                full += p.limit[s]
        gained += profit[j]
        best = min(best, freight(p, node, grams) - gained)
    return p.fixed[node] + best


@compiled
def packages_bound(p: Problem, status: Array, thrifty: Array, thrifty_order: Array) -> int:
    """A second bound, for heavy orders: units at their cheapest, whole packages for the whole weight.

    `thrifty` (N, L) is the least a unit can cost at a node, packages aside; `thrifty_order` (L, N)
    its nodes from the cheapest.
    """
    nodes, lines = thrifty.shape
    bound, grams, paid, cheapest = -p.shipment_rebate - p.split_rebate * lines, 0, False, INFINITE
    for k in range(nodes):
        if status[k] != CLOSED:
            cheapest = min(cheapest, p.fixed[k])
        if status[k] == OPEN:
            bound += p.fixed[k]
            paid = True
    if cheapest == INFINITE:
        return -INFINITE
    for line in range(lines):
        left = p.demand[line]
        for j in range(nodes):
            k = thrifty_order[line, j]
            if left == 0:
                break
            if status[k] != CLOSED and thrifty[k, line] < p.lost[line]:
                units = min(left, p.available[k, line])
                bound += units * thrifty[k, line]
                left -= units
                grams += units * p.weight[line]
        bound += left * p.lost[line]
    if not p.must_serve or grams == 0:
        return bound
    return bound + (0 if paid else cheapest) + packing_bound(p, status, grams)


@compiled
def packing_bound(p: Problem, status: Array, grams: int) -> int:
    """Least that the packages for so many grams cost, whichever nodes that are not closed send them.

    Some count of the largest packages at their cheapest, the rest in the next largest at the cheapest
    of all others.
    """
    largest, big, small, small_limit = 0, INFINITE, INFINITE, 0
    for k in range(len(status)):
        if status[k] != CLOSED:
            for s in range(p.service_start[k], p.service_start[k + 1]):
                largest = max(largest, p.limit[s])
    for k in range(len(status)):
        if status[k] != CLOSED:
            for s in range(p.service_start[k], p.service_start[k + 1]):
                if p.limit[s] == largest:
                    big = min(big, p.package[s])
                else:
                    small = min(small, p.package[s])
                    small_limit = max(small_limit, p.limit[s])
    most = max(1, -(-grams // largest))
    best = most * big
    if small < INFINITE:
        for count in range(most):
            rest = max(1, -(-(grams - count * largest) // small_limit))
            best = min(best, count * big + rest * small)
    return best
