"""Two nodes and what they ship together: what dividing it costs, and prices that bound every division.

With the units of each line fixed for the pair, all that couples its lines is the weight of the first
node: freight is a function of it alone, the second node carries the rest. Pricing that weight by a
slope gives a bound: lines choose by themselves, freight by itself.
"""

from typing import NamedTuple

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.problem import INFINITE, Array, Problem, freight

_POINTS = 400  # weights at which the pair's freight can bend
_BISECTIONS = 40


class Pair(NamedTuple):
    """What two nodes have to divide: between `low` and `high` units of a line for the first of them."""

    nodes: Array  # (2,)
    totals: Array  # (L,) units of both
    grams: int  # of both
    low: Array  # (L,)
    high: Array  # (L,)


class Pricing(NamedTuple):
    """The highest bound of a pair, and the weights where freight could meet it, the nearest first."""

    bound: int
    slope: int  # of a gram of the first node
    at: Array  # (L,) units of the first node
    points: Array
    height: Array  # freight less slope x grams, above the least of all


@compiled
def pair_of(p: Problem, nodes: Array, shared: Array, relaxed: bool) -> Pair:
    """What the pair divides if it now ships `shared` (2, L) units, see `line_ranges`."""
    lines = len(p.demand)
    low, high = np.empty(lines, np.int64), np.empty(lines, np.int64)
    line_ranges(p, nodes, shared, relaxed, low, high)
    totals = shared[0] + shared[1]
    return Pair(nodes, totals, np.sum(totals * p.weight), low, high)


@compiled
def division_value(p: Problem, pair: Pair, first: Array) -> int:
    """Cost of a division, freight included, the first node shipping `first` (L,) units."""
    value, grams = 0, 0
    for line in range(len(first)):
        if pair.totals[line] > 0:
            value += division_cost(p, pair, line, first[line])
            grams += first[line] * p.weight[line]
    return value + pair_freight(p, pair, grams)


@compiled
def line_ranges(p: Problem, nodes: Array, shared: Array, relaxed: bool, low: Array, high: Array) -> None:
    """Units the first node can ship of each line, the pair's total kept.

    `shared` (2, L) are the units each of the pair ships. Of lines of one sku whose stock could be
    overdrawn only the first with units is free to change, the others keep what they have; if `relaxed`
    all are free and may overdraw it.
    """
    lines = len(p.demand)
    for line in range(lines):
        total = shared[0, line] + shared[1, line]
        low[line] = max(0, total - p.available[nodes[1], line])
        high[line] = min(total, p.available[nodes[0], line])
    if relaxed or not p.shares_stock:
        return
    for line in range(lines):
        wanted, first = 0, -1
        left, right = p.stock[nodes[0], line], p.stock[nodes[1], line]
        for other in range(lines):
            if p.sku[other] == p.sku[line]:
                wanted += p.demand[other]
                if other != line:
                    left -= shared[0, other]
                    right -= shared[1, other]
                if first < 0 and shared[0, other] + shared[1, other] > 0:
                    first = other
        if wanted <= min(p.stock[nodes[0], line], p.stock[nodes[1], line]):
            continue
        if p.stock[nodes[0], line] == 0 or p.stock[nodes[1], line] == 0:
            continue
        if wanted > p.demand[line]:  # another line wants the sku too
            total = shared[0, line] + shared[1, line]
            if line == first:
                low[line] = max(low[line], total - right)
                high[line] = min(high[line], left)
            else:
                low[line] = high[line] = shared[0, line]


@compiled
def division_cost(p: Problem, pair: Pair, line: int, first: int) -> int:
    """Cost, freight aside, of `first` units of a line from the first node and the rest from the second."""
    rest = pair.totals[line] - first
    cost = first * p.unit[pair.nodes[0], line] + rest * p.unit[pair.nodes[1], line]
    if first > 0:
        cost += p.cell[pair.nodes[0]]
    if rest > 0:
        cost += p.cell[pair.nodes[1]]
    return cost


@compiled
def pair_freight(p: Problem, pair: Pair, grams: int) -> int:
    """Freight of both nodes, the first shipping `grams`."""
    return freight(p, pair.nodes[0], grams) + freight(p, pair.nodes[1], pair.grams - grams)


@compiled
def bends(p: Problem, pair: Pair) -> Array:
    """Weights of the first node where the pair's freight can be least at any slope; empty if too many.

    Between full packages of either node freight is concave, and just beyond one it is dearer.
    """
    low, high = np.sum(pair.low * p.weight), np.sum(pair.high * p.weight)
    points = np.empty(_POINTS, np.int64)
    points[0], points[1] = low, high
    count = 2
    for i in range(2):
        for s in range(p.service_start[pair.nodes[i]], p.service_start[pair.nodes[i] + 1]):
            start = low if i == 0 else pair.grams - high
            full = (start // p.limit[s] + 1) * p.limit[s]
            while full < pair.grams:
                grams = full if i == 0 else pair.grams - full
                if grams <= low or grams >= high:
                    break
                if count == _POINTS:
                    return points[:0]
                points[count] = grams
                count += 1
                full += p.limit[s]
    return points[:count]


@compiled
def best_divisions(p: Problem, pair: Pair, slope: int, at: Array) -> int:
    """Each line's cheapest division, a gram from the first node costing `slope`, into `at`; their cost.

    The cost is linear between the ends, where a node is no longer touched.
    """
    value = 0
    for line in range(len(at)):
        at[line] = 0
        if pair.totals[line] == 0:
            continue
        low, high, best = pair.low[line], pair.high[line], INFINITE
        for first in (low, high, min(low + 1, high), max(high - 1, low)):
            cost = division_cost(p, pair, line, first) + slope * p.weight[line] * first
            if cost < best:
                best, at[line] = cost, first
        value += best
    return value


@compiled
def price_grams(p: Problem, pair: Pair) -> Pricing:
    """The highest bound on the pair's cost, by bisection; no points where there are too many to look at."""
    points = bends(p, pair)
    at = np.empty(len(pair.totals), np.int64)
    cost = np.empty(len(points), np.int64)
    steepest = 1
    for i in range(len(points)):
        cost[i] = pair_freight(p, pair, points[i])
        for j in range(i):
            if points[i] != points[j]:
                steepest = max(steepest, abs((cost[i] - cost[j]) // (points[i] - points[j])))
    left, right = -steepest - 1, steepest + 1
    best, best_slope = -INFINITE, 0
    for _ in range(_BISECTIONS if len(points) else 0):
        slope = (left + right) // 2
        bound = best_divisions(p, pair, slope, at)
        wish = np.argmin(cost - slope * points)
        bound += cost[wish] - slope * points[wish]
        if bound > best:
            best, best_slope = bound, slope
        grams = np.sum(at * p.weight)
        if grams > points[wish]:
            left = slope + 1
        else:
            right = slope
        if grams == points[wish] or left >= right:
            break
    best_divisions(p, pair, best_slope, at)
    height = cost - best_slope * points
    order = np.argsort(height, kind="mergesort")
    return Pricing(best, best_slope, at, points[order], height[order])
