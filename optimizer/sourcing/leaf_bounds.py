"""Bounds of a leaf: each node's grams have a price, lines choose by themselves and freight by itself."""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.assignment import assign_lines, weigh
from optimizer.sourcing.envelope import corners, is_beaten
from optimizer.sourcing.problem import INFINITE, Array, Problem, freight

_PRICE_STEPS = 25
_PATIENCE, _SHORTER, _SHORTEST, _KEPT = 3, 0.5, 0.02, 0.6  # see `pricing`
_FADING = 0.8  # of a node's usual step
_STEPS = 24  # full packages of a service looked at one by one
_COMBINATIONS = 5_000
_ROOM = 2**59


@compiled
def steps(p: Problem, node: int, low: int, high: int) -> Array:
    """Weights on [low, high] where freight can bend: the ends, and full packages of what is cheapest there.

    Empty where there are too many to look at one by one.
    """
    points = np.empty(2 + 2 * _STEPS, np.int64)
    points[0], points[1] = low, high
    count = 2
    for s in range(p.service_start[node], p.service_start[node + 1]):
        full = -(-low // p.limit[s]) * p.limit[s]
        while low <= full < high and not is_beaten(p, node, s, full // p.limit[s]):
            if p.package[s] * (full // p.limit[s]) + p.gram[s] * full <= freight(p, node, full):
                if count >= len(points):
                    return points[:0]
                points[count] = full
                count += 1
            full += p.limit[s]
    return points[:count]


@compiled
def freight_side(p: Problem, node: int, low: int, high: int, slope: int) -> tuple[int, int]:
    """(least freight less slope x grams on [low, high], the grams where it is)."""
    best, at = INFINITE, low
    for grams in corners(p, node, low, high):
        value = freight(p, node, grams) - slope * grams
        if value < best:
            best, at = value, grams
    return best, at


@compiled
def joint_freight(
    p: Problem, chosen: Array, slope: Array, light: Array, heavy: Array, total: int, wish: Array
) -> int:
    """The same for all nodes together: least freight less slope x grams, into `wish` the grams.

    Where all units are served the weights add up to `total`, which keeps the packages of all nodes
    together whole: all but one stand on a step, the last takes the rest. With too many combinations,
    or where units may stay: each node for itself, which is a bound too.
    """
    count = len(chosen)
    alone = 0
    for i in range(count):
        least, wish[i] = freight_side(p, chosen[i], light[i], heavy[i], slope[i])
        alone += least
    if total < 0:
        return alone
    size = np.empty(count, np.int64)
    table = np.empty((count, 2 + 2 * _STEPS), np.int64)
    combinations = 1
    for i in range(count):
        points = steps(p, chosen[i], light[i], heavy[i])
        size[i] = len(points)
        table[i, : len(points)] = points
        combinations *= max(1, len(points))
        if len(points) == 0 or combinations > _COMBINATIONS:
            return alone
    best = INFINITE
    at = np.zeros(count, np.int64)
    grams = np.zeros(count, np.int64)
    for rest in range(count):
        at[:] = 0
        turning = 0
        while turning < count:
            left, value = total, 0
            for i in range(count):
                if i != rest:
                    grams[i] = table[i, at[i]]
                    left -= grams[i]
            if light[rest] <= left <= heavy[rest]:
                grams[rest] = left
                for i in range(count):
                    value += freight(p, chosen[i], grams[i]) - slope[i] * grams[i]
                if value < best:
                    best = value
                    wish[:] = grams
            turning = 0
            while turning < count:  # the next combination, as an odometer
                if turning != rest:
                    at[turning] += 1
                    if at[turning] < size[turning]:
                        break
                    at[turning] = 0
                turning += 1
    return best


@compiled
def priced_bound(
    p: Problem,
    chosen: Array,
    slope: Array,
    low: Array,
    high: Array,
    light: Array,
    heavy: Array,
    total: int,
    units: Array,
    wish: Array,
) -> int:
    """Bound at these prices of grams; `units` receives what the lines choose, `wish` freight's grams."""
    bound = assign_lines(p, chosen, slope, low, high, units)
    if bound >= INFINITE:
        return INFINITE
    side = joint_freight(p, chosen, slope, light, heavy, total, wish)
    if side >= INFINITE:
        return INFINITE
    for i in range(len(chosen)):
        bound += p.fixed[chosen[i]]
    return bound + side - p.shipment_rebate


@compiled
def tune(
    p: Problem,
    chosen: Array,
    slope: Array,
    low: Array,
    high: Array,
    light: Array,
    heavy: Array,
    total: int,
    units: Array,
    wish: Array,
    target: int,
    enough: int,
) -> int:
    """Raise the bound by better prices, in `slope`, until it is `enough`; `units` and `wish` as at the best.

    Subgradient steps as in `pricing.climb`: a node that ships more than freight wants gets dearer.
    """
    count = len(chosen)
    best = priced_bound(p, chosen, slope, low, high, light, heavy, total, units, wish)
    here, trial = best, slope.copy()
    chosen_units, wanted = units.copy(), wish.copy()
    grams = np.empty(count, np.int64)
    direction, usual = np.zeros(count), np.zeros(count)
    steepest = float(_ROOM // (1 + np.sum(heavy)))  # any slope bounds, but values must stay in 64 bits
    length, waited = 1.0, 0
    for _ in range(_PRICE_STEPS):
        if best >= enough or length < _SHORTEST:
            break
        weigh(p, chosen_units, grams)
        norm = 0.0
        for i in range(count):
            off = grams[i] - wanted[i]
            usual[i] = max(abs(off), _FADING * usual[i])
            direction[i] = _KEPT * direction[i] + off / max(usual[i], 1.0)
            norm += direction[i] * direction[i] * usual[i]
        if norm == 0.0:
            break
        step = length * max(target - here, p.tolerance) / norm
        for i in range(count):
            trial[i] = int(min(max(trial[i] + step * direction[i], -steepest), steepest))
        here = priced_bound(p, chosen, trial, low, high, light, heavy, total, chosen_units, wanted)
        if here >= INFINITE:
            return here
        if here > best:
            if here > best + p.tolerance // 4:
                waited = 0
            best = here
            slope[:] = trial
            units[:, :] = chosen_units
            wish[:] = wanted
        else:
            waited += 1
        if waited >= _PATIENCE:
            length *= _SHORTER
            waited = 0
            trial[:] = slope
            direction[:] = 0.0
            here = best
            chosen_units[:, :] = units
            wanted[:] = wish
    return best
