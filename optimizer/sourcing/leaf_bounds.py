"""Bounds of a leaf: each node's grams have a price, lines choose by themselves and freight by itself."""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.assignment import assign_lines
from optimizer.sourcing.envelope import corners, is_beaten
from optimizer.sourcing.pricing import SHORTER, SHORTEST
from optimizer.sourcing.problem import INFINITE, Array, Problem, charge, freight
from optimizer.sourcing.scope import Scope, weigh

_PRICE_STEPS = 25
_PATIENCE = 3  # steps without a higher bound before they are shortened
_KEPT = 0.6  # of the last direction
_FADING = 0.8  # of a node's usual step
_STEPS = 24  # full packages of a service looked at one by one
_COMBINATIONS = 5_000
_ROOM = 2**59


@compiled
def steps(p: Problem, node: int, low: int, high: int) -> Array:
    """Weights on [low, high] where freight can bend: the ends, full packages of what is cheapest there, and
    the least weights of services.

    Empty where there are too many to look at one by one.
    """
    points = np.empty(2 + 2 * _STEPS, np.int64)
    points[0], points[1] = low, high
    count = 2
    for s in range(p.service_start[node], p.service_start[node + 1]):
        full = -(-low // p.limit[s]) * p.limit[s]
        while low <= full < high and not is_beaten(p, node, s, full // p.limit[s]):
            if charge(p, s, full // p.limit[s], full) <= freight(p, node, full):
                if count >= len(points):
                    return points[:0]
                points[count] = full
                count += 1
            full += p.limit[s]
        if low < p.least[s] < high:
            if count >= len(points):
                return points[:0]
            points[count] = p.least[s]
            count += 1
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
def joint_freight(p: Problem, scope: Scope, wish: Array) -> int:
    """The same for all nodes together: least freight less slope x grams, into `wish` the grams.

    Where all units are served the weights add up to the scope's total, which keeps the packages of all
    nodes together whole: all but one stand on a step, the last takes the rest. With too many
    combinations, or where units may stay: each node for itself, which is a bound too.
    """
    count = len(scope.nodes)
    alone = 0
    for i in range(count):
        k, light, heavy = scope.nodes[i], scope.light[i], scope.heavy[i]
        least, wish[i] = freight_side(p, k, light, heavy, scope.slope[i])
        alone += least
    if scope.total < 0:
        return alone
    size = np.empty(count, np.int64)
    table = np.empty((count, 2 + 2 * _STEPS), np.int64)
    combinations = 1
    for i in range(count):
        points = steps(p, scope.nodes[i], scope.light[i], scope.heavy[i])
        size[i] = len(points)
        table[i, : len(points)] = points
        combinations *= max(1, len(points))
        if len(points) == 0 or combinations > _COMBINATIONS:
            return alone
    best = INFINITE
    for rest in range(count):
        best = min(best, least_on_steps(p, scope, table, size, rest, best, wish))
    return best


@compiled
def least_on_steps(
    p: Problem, scope: Scope, table: Array, size: Array, rest: int, best: int, wish: Array
) -> int:
    """Least freight less slope x grams with all nodes but `rest` on a step; into `wish` if below `best`."""
    count = len(scope.nodes)
    at = np.zeros(count, np.int64)
    grams = np.zeros(count, np.int64)
    turning = 0
    while turning < count:
        left, value = scope.total, 0
        for i in range(count):
            if i != rest:
                grams[i] = table[i, at[i]]
                left -= grams[i]
        if scope.light[rest] <= left <= scope.heavy[rest]:
            grams[rest] = left
            for i in range(count):
                value += freight(p, scope.nodes[i], grams[i]) - scope.slope[i] * grams[i]
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
def paid(p: Problem, scope: Scope) -> int:
    """What the scope's nodes cost whatever they ship."""
    value = -p.shipment_rebate
    for k in scope.nodes:
        value += p.fixed[k]
    return value


@compiled
def priced_bound(p: Problem, scope: Scope, units: Array, wish: Array) -> int:
    """Bound at the scope's prices of grams; `units` receives what lines choose, `wish` freight's grams."""
    bound = assign_lines(p, scope, units)
    if bound >= INFINITE:
        return INFINITE
    side = joint_freight(p, scope, wish)
    if side >= INFINITE:
        return INFINITE
    return bound + side + paid(p, scope)


@compiled
def tune(p: Problem, scope: Scope, units: Array, wish: Array, target: int, enough: int) -> int:
    """Raise the bound by better prices, in `scope.slope`, until it is `enough`: the bound.

    `units` and `wish` are those of the best prices. Subgradient steps as in `pricing.climb`: a node that
    ships more than freight wants gets dearer.
    """
    slope = scope.slope
    best = priced_bound(p, scope, units, wish)
    here, dearest = best, slope.copy()
    chosen, wanted = units.copy(), wish.copy()
    direction, usual = np.zeros(len(slope)), np.zeros(len(slope))
    length, waited = 1.0, 0
    for _ in range(_PRICE_STEPS):
        if best >= enough or length < SHORTEST:
            break
        norm = turn(p, chosen, wanted, direction, usual)
        if norm == 0.0:
            break
        step_on(p, scope, length * max(target - here, p.tolerance) / norm, direction)
        here = priced_bound(p, scope, chosen, wanted)
        if here >= INFINITE:
            return here
        if here > best:
            if here > best + p.tolerance // 4:
                waited = 0
            best = here
            dearest[:] = slope
            units[:, :] = chosen
            wish[:] = wanted
        else:
            waited += 1
        if waited >= _PATIENCE:
            length *= SHORTER
            waited = 0
            direction[:] = 0.0
            here = best
            slope[:] = dearest
            chosen[:, :] = units
            wanted[:] = wish
    slope[:] = dearest
    return best


@compiled
def turn(p: Problem, units: Array, wish: Array, direction: Array, usual: Array) -> float:
    """Turn the direction of a step to where lines and freight disagree; its norm.

    A node's grams count by what they are `usual`ly off.
    """
    norm = 0.0
    grams = np.empty(len(wish), np.int64)
    weigh(p, units, grams)
    for i in range(len(grams)):
        off = grams[i] - wish[i]
        usual[i] = max(abs(off), _FADING * usual[i])
        direction[i] = _KEPT * direction[i] + off / max(usual[i], 1.0)
        norm += direction[i] * direction[i] * usual[i]
    return norm


@compiled
def step_on(p: Problem, scope: Scope, step: float, direction: Array) -> None:
    """Make a step from the prices of grams. Any prices bound, but values must stay in 64 bits."""
    steepest = float(_ROOM // (1 + np.sum(scope.heavy)))
    for i in range(len(direction)):
        scope.slope[i] = int(min(max(scope.slope[i] + step * direction[i], -steepest), steepest))
