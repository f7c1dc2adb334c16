"""The subsets engine: small orders, whole lines, any cost that is a function of the lines together.

`best[T]` is the cheapest single shipment of line set T over all options; then the cheapest partition of
the order into such sets is found over subsets (each partition once: a part always holds the lowest
line left). Exact among whole-line plans, packages included, in O(2^L O + 3^L).

Its bound on unit-level plans comes from a second pass in which every option that holds some of a line
holds all of it, a split is free of its extra charge, and packages are spread over the weight where one
cannot hold all that the option could send. Equal values prove the plan.
"""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.facility import Finding
from optimizer.sourcing.facility_kernel import INFINITE, Array
from optimizer.sourcing.instance import SourcingInstance
from optimizer.sourcing.ranking import Ranking, limits

MAX_LINES = 8


def suits(instance: SourcingInstance) -> bool:
    """Few lines of distinct skus, and for each line a node that holds all of it."""
    return (
        len(instance.demand) <= MAX_LINES
        and not instance.repeats_a_sku
        and bool((instance.stock >= instance.demand).any(axis=0).all())
    )


def subsets(instance: SourcingInstance, ranking: Ranking) -> Finding:
    """Best whole-line plan, with a bound on unit-level plans; for instances that `suits`."""
    node, limit = instance.option_node, limits(instance)
    stock = instance.stock[node]
    whole = stock >= instance.demand
    some = stock > 0
    line_cost = ranking.unit * instance.demand + ranking.cell[:, None] - ranking.split_rebate
    line_grams = instance.weight * instance.demand
    capacity = instance.capacity[node]

    value, parts, by = _partition(
        whole, line_cost, line_grams, instance.demand, capacity, ranking.fixed, ranking.package, limit
    )
    heavy = np.minimum(stock, instance.demand) @ instance.weight > limit
    by_weight = np.where(heavy[:, None], ranking.package[:, None] * line_grams // limit[:, None], 0)
    free_packages = np.zeros_like(ranking.package)
    bound, _, _ = _partition(
        some,
        line_cost + by_weight,
        line_grams,
        instance.demand,
        np.full_like(capacity, INFINITE),
        ranking.fixed + np.where(heavy, 0, ranking.package),
        free_packages,
        limit,
    )
    units = None
    if value < INFINITE:
        units = np.zeros_like(instance.stock)
        for part, option in zip(parts, by, strict=True):
            lines = [line for line in range(len(instance.demand)) if part >> line & 1]
            units[node[option], lines] += instance.demand[lines]
        value -= ranking.shipment_rebate
    bound -= ranking.shipment_rebate
    if not ranking.must_serve:  # leaving a line may be cheaper: no bound from plans that serve all
        bound = -INFINITE
    unsettled = np.ones(len(node), dtype=np.bool_)
    if units is not None and _ships_twice(units, parts):
        return Finding(None, INFINITE, min(int(bound), INFINITE), unsettled)
    return Finding(units, int(value), int(min(bound, value)), unsettled)


def _ships_twice(units: np.ndarray[tuple[int, ...], np.dtype[np.int64]], parts: Array) -> bool:
    """One node may not send two shipments; only its capacity or packages could ever make that pay."""
    return int(units.any(axis=1).sum()) < len(parts)


@compiled
def _partition(
    holds: Array,
    line_cost: Array,
    line_grams: Array,
    line_units: Array,
    capacity: Array,
    fixed: Array,
    package: Array,
    limit: Array,
) -> tuple[int, Array, Array]:
    """Cheapest partition of all lines into single shipments: (value, parts as bit sets, option of each)."""
    options, lines = holds.shape
    sets = 1 << lines
    best = np.full(sets, INFINITE, np.int64)
    option = np.full(sets, -1, np.int64)
    cost = np.empty(sets, np.int64)
    grams = np.empty(sets, np.int64)
    units = np.empty(sets, np.int64)
    held = np.empty(sets, np.bool_)
    for o in range(options):
        cost[0], grams[0], units[0], held[0] = fixed[o], 0, 0, True
        for subset in range(1, sets):
            low = 0
            while not subset >> low & 1:
                low += 1
            rest = subset & (subset - 1)
            held[subset] = held[rest] and holds[o, low]
            if not held[subset]:
                continue
            cost[subset] = cost[rest] + line_cost[o, low]
            grams[subset] = grams[rest] + line_grams[low]
            units[subset] = units[rest] + line_units[low]
            value = cost[subset] + package[o] * max(1, -(-grams[subset] // limit[o]))
            if units[subset] <= capacity[o] and value < best[subset]:
                best[subset], option[subset] = value, o
    value_of = np.full(sets, INFINITE, np.int64)
    first = np.zeros(sets, np.int64)
    value_of[0] = 0
    for subset in range(1, sets):
        low = subset & -subset
        part = subset
        while part > 0:
            if part & low and best[part] < INFINITE and value_of[subset ^ part] < INFINITE:
                value = best[part] + value_of[subset ^ part]
                if value < value_of[subset]:
                    value_of[subset], first[subset] = value, part
            part = (part - 1) & subset
    parts = np.empty(lines, np.int64)
    by = np.empty(lines, np.int64)
    count, left = 0, sets - 1
    if value_of[left] >= INFINITE:
        return INFINITE, parts[:0], by[:0]
    while left:
        parts[count], by[count] = first[left], option[first[left]]
        left ^= first[left]
        count += 1
    return value_of[sets - 1], parts[:count], by[:count]
