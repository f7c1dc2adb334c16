"""An instance as the compiled engines read it: one named tuple of integer arrays."""

from typing import Any, NamedTuple

import numpy as np

from compiled import compiled, inlined
from optimizer.sourcing.instance import SourcingInstance
from optimizer.sourcing.ranking import Ranking

INFINITE = 2**62
Array = Any  # numpy arrays; the compiler infers their element types


class Problem(NamedTuple):
    """Values (see `ranking`), units and grams; N nodes, L lines, S services. `available` is per line.

    To the engines every way to ship from a node is a node (see `ways`); those of one `home` share its stock,
    and a plan uses one of them. Grams are units of whatever fills packages.
    """

    home: Array  # (N,) ascending
    fixed: Array  # (N,)
    unit: Array  # (N, L)
    cell: Array  # (N,)
    lost: Array  # (L,)
    tier_begin: Array  # (N, L, T) after so many units of a line each further one
    tier_more: Array  # (N, L, T) costs so much more
    split_rebate: int
    shipment_rebate: int
    must_serve: bool  # units that are there must be served, whatever that costs
    dominating: int  # what an unfilled unit weighs above its cost; 0 if units may stay for money
    service_start: Array  # (N + 1,)
    package: Array  # (S,)
    gram: Array  # (S,)
    least: Array  # (S,) grams that are billed at least
    limit: Array  # (S,)
    most: Array  # (S,) packages; another service of the node carries more for less, or there is no more
    available: Array  # (N, L)
    demand: Array  # (L,)
    weight: Array  # (L,)
    capacity: Array  # (N,)
    may_bind: Array  # (N,) whether its capacity could be less than what is asked of it
    tolerance: int  # a bound this near to a value proves it


def problem_of(instance: SourcingInstance, ranking: Ranking) -> Problem:
    """All arrays contiguous, so that there is one compiled form. No two lines are of one pick line."""
    ways = ranking.ways
    available = np.where(ways.takes, np.minimum(instance.stock, instance.demand)[ways.home], 0)
    capacity = instance.capacity[ways.home]
    problem = Problem(
        home=ways.home,
        fixed=ranking.fixed[ways.home] + ways.base,
        unit=np.ascontiguousarray(ranking.unit[ways.home] + ways.unit),
        cell=ranking.cell[ways.home],
        lost=ranking.lost,
        tier_begin=ways.tier_begin,
        tier_more=ways.tier_more,
        split_rebate=ranking.split_rebate,
        shipment_rebate=ranking.shipment_rebate,
        must_serve=ranking.must_serve,
        dominating=ranking.dominating * ranking.scale,
        service_start=ways.service_start,
        package=ways.package,
        gram=ways.gram,
        least=ways.least,
        limit=ways.limit,
        most=np.empty_like(ways.limit),
        available=np.ascontiguousarray(available),
        demand=instance.demand,
        weight=ways.size,
        capacity=capacity,
        may_bind=available.sum(axis=1) > capacity,
        tolerance=ranking.tolerance,
    )
    count_packages(problem)
    return problem


@compiled
def count_packages(p: Problem) -> None:
    """How many packages of each service may be worth it, into `most`: what is beaten stays so with more."""
    for k in range(len(p.fixed)):
        held = max(1, np.sum(p.available[k] * p.weight))
        for s in range(p.service_start[k], p.service_start[k + 1]):
            few, many = 0, -(-held // p.limit[s])
            while few < many:
                count = (few + many + 1) // 2
                if is_beaten(p, k, s, count):
                    many = count - 1
                else:
                    few = count
            p.most[s] = few


@compiled
def is_beaten(p: Problem, node: int, service: int, packages: int) -> bool:
    """Whether another service of the node carries as much for less, and more from here on."""
    lightest = (packages - 1) * p.limit[service]
    billed = p.gram[service] * max(lightest, p.least[service])
    for s in range(p.service_start[node], p.service_start[node + 1]):
        is_no_dearer = p.gram[s] <= p.gram[service] and p.gram[s] * max(lightest, p.least[s]) <= billed
        if s != service and is_no_dearer:
            full = packages * p.limit[service] / p.limit[s] + 1
            rate = p.package[s] * p.limit[service] / p.limit[s]
            if p.package[s] * full < p.package[service] * packages and rate < p.package[service]:
                return True
    return False


@inlined
def stands_for(p: Problem, status: Array, node: int, line: int, closed: int) -> bool:
    """Whether a node is the first way of its home, not `closed`, to hold a line: stock counts once."""
    if status[node] == closed or p.available[node, line] == 0:
        return False
    other = node - 1
    while other >= 0 and p.home[other] == p.home[node]:
        if status[other] != closed and p.available[other, line] > 0:
            return False
        other -= 1
    return True


@inlined
def charge(p: Problem, service: int, packages: int, grams: int) -> int:
    """Value of so many packages and grams by a service."""
    cost: int = p.package[service] * packages + p.gram[service] * max(grams, p.least[service])
    return cost


@inlined
def freight(p: Problem, node: int, grams: int) -> int:
    """Value of a shipment of so many grams from a node, by its cheapest service."""
    best = INFINITE
    for s in range(p.service_start[node], p.service_start[node + 1]):
        best = min(best, charge(p, s, max(1, -(-grams // p.limit[s])), grams))
    return best


@inlined
def beyond_first(p: Problem, node: int, line: int, units: int) -> int:
    """What so many units of a line cost more than if each were the first to be taken."""
    value = 0
    for t in range(p.tier_begin.shape[2]):
        value += p.tier_more[node, line, t] * max(0, units - p.tier_begin[node, line, t])
    return value


@compiled
def value_of(p: Problem, chosen: Array, units: Array) -> int:
    """Value of `units[i, l]` shipped from `chosen[i]`; a node without units is not paid."""
    value, shipments = 0, 0
    for line in range(len(p.demand)):
        served, touched = 0, 0
        for i in range(len(chosen)):
            if units[i, line] > 0:
                served += units[i, line]
                touched += 1
                value += p.cell[chosen[i]] + units[i, line] * p.unit[chosen[i], line]
                value += beyond_first(p, chosen[i], line, units[i, line])
        value += (p.demand[line] - served) * p.lost[line]
        if touched > 0:
            value -= p.split_rebate
    for i in range(len(chosen)):
        grams, used = 0, False
        for line in range(len(p.demand)):
            if units[i, line] > 0:
                grams += units[i, line] * p.weight[line]
                used = True
        if used:
            shipments += 1
            value += p.fixed[chosen[i]] + freight(p, chosen[i], grams)
    if shipments > 0:
        value -= p.shipment_rebate
    return value


@compiled
def is_feasible(p: Problem, chosen: Array, units: Array) -> bool:
    """Whether an assignment respects what the relaxations leave out: node capacity."""
    for i in range(len(chosen)):
        total = 0
        for line in range(len(p.demand)):
            total += units[i, line]
        if total > p.capacity[chosen[i]]:
            return False
    return True


@compiled
def feasible_value(p: Problem, chosen: Array, units: Array) -> int:
    """Value of an assignment, INFINITE if it breaks a rule that the relaxations leave out."""
    return value_of(p, chosen, units) if is_feasible(p, chosen, units) else INFINITE
