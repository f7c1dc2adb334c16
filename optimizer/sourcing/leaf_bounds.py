"""Bounds of a leaf: each node's grams have a price, lines choose by themselves and freight by itself."""

import numpy as np

from compiled import compiled
from optimizer.sourcing.assignment import assign_lines
from optimizer.sourcing.envelope import corners
from optimizer.sourcing.packing import least_packing
from optimizer.sourcing.pricing import SHORTER, SHORTEST
from optimizer.sourcing.problem import INFINITE, Array, Problem, freight
from optimizer.sourcing.scope import Scope, weigh

_PRICE_STEPS = 25
_PATIENCE = 3  # steps without a higher bound before they are shortened
_KEPT = 0.6  # of the last direction
_FADING = 0.8  # of a node's usual step
_ROOM = 2**59


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
    nodes together whole. With too many combinations, or where units may stay: each node for itself, which
    is a bound too.
    """
    if scope.total >= 0:
        least = least_packing(p, scope, wish)
        if least > -INFINITE:
            return least
    alone = 0
    for i in range(len(scope.nodes)):
        least, wish[i] = freight_side(p, scope.nodes[i], scope.light[i], scope.heavy[i], scope.slope[i])
        alone += least
    return alone


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
