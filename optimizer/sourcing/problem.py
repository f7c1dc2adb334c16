"""An instance as the compiled engines read it: one named tuple of integer arrays."""

from typing import Any, NamedTuple

import numpy as np

from optimizer.compiled import compiled
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
    available: Array  # (N, L)
    demand: Array  # (L,)
    weight: Array  # (L,)
    capacity: Array  # (N,)
    stock: Array  # (N, L), shared by lines of one sku
    may_bind: Array  # (N,) whether its capacity could be less than what is asked of it
    sku: Array  # (L,)
    wanted: Array  # (L,) units that all lines of the line's sku want
    is_first: Array  # (L,) of the lines of its sku
    shares_stock: bool
    tolerance: int  # a bound this near to a value proves it


def problem_of(instance: SourcingInstance, ranking: Ranking) -> Problem:
    """All arrays contiguous, so that there is one compiled form."""
    ways = ranking.ways
    stock = np.where(ways.takes, instance.stock[ways.home], 0)
    skus, first = np.unique(instance.sku_index, return_index=True)
    is_first = np.zeros(len(instance.demand), dtype=np.bool_)
    is_first[first] = True
    of_sku = np.bincount(instance.sku_index, weights=instance.demand).astype(np.int64)
    reachable = np.minimum(stock[:, first], of_sku[skus]).sum(axis=1)
    capacity = instance.capacity[ways.home]
    return Problem(
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
        available=np.ascontiguousarray(np.minimum(stock, instance.demand)),
        demand=instance.demand,
        weight=ways.size,
        capacity=capacity,
        stock=np.ascontiguousarray(stock),
        may_bind=reachable > capacity,
        sku=instance.sku_index,
        wanted=of_sku[instance.sku_index],
        is_first=is_first,
        shares_stock=instance.repeats_a_sku,
        tolerance=ranking.tolerance,
    )


@compiled
def stands_for(p: Problem, status: Array, node: int, line: int, closed: int) -> bool:
    """Whether a node is the first way of its home, not `closed`, to hold a line: stock counts once."""
    if status[node] == closed or p.stock[node, line] == 0:
        return False
    other = node - 1
    while other >= 0 and p.home[other] == p.home[node]:
        if status[other] != closed and p.stock[other, line] > 0:
            return False
        other -= 1
    return True


@compiled
def charge(p: Problem, service: int, packages: int, grams: int) -> int:
    """Value of so many packages and grams by a service."""
    cost: int = p.package[service] * packages + p.gram[service] * max(grams, p.least[service])
    return cost


@compiled
def freight(p: Problem, node: int, grams: int) -> int:
    """Value of a shipment of so many grams from a node, by its cheapest service."""
    best = INFINITE
    for s in range(p.service_start[node], p.service_start[node + 1]):
        best = min(best, charge(p, s, max(1, -(-grams // p.limit[s])), grams))
    return best


@compiled
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
    """Whether an assignment respects what the relaxations leave out: node capacity and shared stock."""
    for i in range(len(chosen)):
        total = 0
        for line in range(len(p.demand)):
            total += units[i, line]
        if total > p.capacity[chosen[i]]:
            return False
        if p.shares_stock:
            for line in range(len(p.demand)):
                used = 0
                for other in range(len(p.demand)):
                    if p.sku[other] == p.sku[line]:
                        used += units[i, other]
                if used > p.stock[chosen[i], line]:
                    return False
    return True


@compiled
def feasible_value(p: Problem, chosen: Array, units: Array) -> int:
    """Value of an assignment, INFINITE if it breaks a rule that the relaxations leave out."""
    return value_of(p, chosen, units) if is_feasible(p, chosen, units) else INFINITE
