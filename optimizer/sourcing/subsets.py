"""The subsets engine: small orders, whole lines, any cost that is a function of the lines together.

`best[T]` is the cheapest single shipment of line set T over all nodes; then the cheapest partition of
the order into such sets is found over subsets (each partition once: a part always holds the lowest
line left). Exact among whole-line plans, packages included, in O(2^L N + 3^L).

Its bound on unit-level plans comes from a second pass in which every node that holds some of a line
holds all of it, and freight is its supporting line at the weight of the whole order, or a line through
zero where that one starts below. A line that is split then costs no less than the same line whole from
one of its nodes. Equal values prove the plan.
"""

import numpy as np

from compiled import compiled
from optimizer.sourcing.envelope import ray, support
from optimizer.sourcing.facility import Finding
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.problem import INFINITE, Array, Problem, beyond_first, freight, problem_of
from optimizer.sourcing.ranking import Ranking

MAX_LINES = 8


def suits(instance: SourcingInstance) -> bool:
    """Few lines, for each a node that holds all of it, and units that must be served."""
    return (
        len(instance.demand) <= MAX_LINES
        and not instance.policy.may_give_up
        and bool((instance.stock >= instance.demand).any(axis=0).all())
    )


def subsets(instance: SourcingInstance, ranking: Ranking) -> Finding:
    """Best whole-line plan, with a bound on unit-level plans; for instances that `suits`."""
    value, bound, parts, by = _solve(problem_of(instance, ranking))
    everywhere = np.ones(len(instance.nodes), dtype=np.bool_)
    homes = ranking.ways.home[by].tolist()
    if value >= INFINITE or len(set(homes)) < len(homes):
        # No plan within capacity, or two shipments from one node: another engine's case.
        return Finding(None, INFINITE, min(bound, INFINITE), everywhere)
    units: Ints = np.zeros_like(instance.stock)
    for part, node in zip(parts.tolist(), homes, strict=True):
        lines = [line for line in range(len(instance.demand)) if part >> line & 1]
        units[node, lines] = instance.demand[lines]
    return Finding(units, value, min(bound, value), everywhere)


@compiled
def _solve(p: Problem) -> tuple[int, int, Array, Array]:
    """(value, bound, line sets of the parts, node of each part)."""
    nodes, lines = p.unit.shape
    sets = 1 << lines
    grams = np.zeros(sets, np.int64)
    units = np.zeros(sets, np.int64)
    for subset in range(1, sets):
        low, rest = lowest(subset), subset & (subset - 1)
        grams[subset] = grams[rest] + p.weight[low] * p.demand[low]
        units[subset] = units[rest] + p.demand[low]
    best = np.full(sets, INFINITE, np.int64)
    by = np.zeros(sets, np.int64)
    floor = np.full(sets, INFINITE, np.int64)
    handling = np.zeros(sets, np.int64)
    dearer = np.zeros(sets, np.int64)
    whole = np.ones(sets, np.bool_)
    some = np.ones(sets, np.bool_)
    for k in range(nodes):
        lightest, heaviest = INFINITE, 0
        for line in range(lines):
            if p.available[k, line] > 0:
                lightest = min(lightest, p.weight[line])
                heaviest += p.available[k, line] * p.weight[line]
        intercept, slope = support(p, k, min(lightest, heaviest), heaviest, heaviest)
        if intercept < 0:  # a node more, with a part of a split line, must not lower the bound
            intercept, slope = 0, ray(p, k, min(lightest, heaviest), heaviest)
        for subset in range(1, sets):
            low, rest = lowest(subset), subset & (subset - 1)
            some[subset] = some[rest] and p.available[k, low] > 0
            whole[subset] = whole[rest] and p.available[k, low] == p.demand[low]
            if not some[subset]:
                continue
            handling[subset] = handling[rest] + p.cell[k] - p.split_rebate + p.unit[k, low] * p.demand[low]
            dearer[subset] = dearer[rest] + beyond_first(p, k, low, p.demand[low])
            low_value = p.fixed[k] + handling[subset] + intercept + slope * grams[subset]
            floor[subset] = min(floor[subset], low_value)
            if whole[subset] and units[subset] <= p.capacity[k]:
                value = p.fixed[k] + handling[subset] + dearer[subset] + freight(p, k, grams[subset])
                if value < best[subset]:
                    best[subset], by[subset] = value, k
    value, first = partition(best)
    bound, _ = partition(floor)
    parts = np.empty(lines, np.int64)
    node = np.empty(lines, np.int64)
    count, left = 0, sets - 1
    while left and value < INFINITE:
        parts[count], node[count] = first[left], by[first[left]]
        left ^= first[left]
        count += 1
    if value < INFINITE:
        value -= p.shipment_rebate
    return value, bound - p.shipment_rebate, parts[:count], node[:count]


@compiled
def lowest(subset: int) -> int:
    """Number of the lowest line in a set."""
    line = 0
    while not subset >> line & 1:
        line += 1
    return line


@compiled
def partition(cost: Array) -> tuple[int, Array]:
    """Cheapest partition of the full set into sets of finite cost: its cost, and each set's first part."""
    sets = len(cost)
    best = np.full(sets, INFINITE, np.int64)
    first = np.zeros(sets, np.int64)
    best[0] = 0
    for subset in range(1, sets):
        low, part = subset & -subset, subset
        while part > 0:
            if part & low and cost[part] < INFINITE and best[subset ^ part] < INFINITE:
                value = cost[part] + best[subset ^ part]
                if value < best[subset]:
                    best[subset], first[subset] = value, part
            part = (part - 1) & subset
    return best[sets - 1], first
