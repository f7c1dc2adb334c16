"""The best plan so far, and the way to a better one from what the prices of a branch choose."""

from typing import NamedTuple

import numpy as np

from compiled import compiled, whole
from optimizer.sourcing.assignment import assign
from optimizer.sourcing.branch import serves_all, status_of
from optimizer.sourcing.earning import Earning
from optimizer.sourcing.improve import improve, keep_better
from optimizer.sourcing.problem import Array, Problem, feasible_value
from optimizer.sourcing.repair import fill
from optimizer.sourcing.scope import scope_of

_STATES = whole(64)  # of the core
_NEAR = 25  # tolerances above the best plan: improving what is further off never led below it


class Best(NamedTuple):
    """The best plan so far: `units[i]` from `nodes[i]`; no nodes if it is only a value."""

    value: int
    nodes: Array
    units: Array


@compiled
def better(p: Problem, earning: Earning, best: Best, tried: Array) -> Best:
    """The better of the best plan and one from the nodes and packages that the prices choose.

    It is improved only where that could lead below the best plan.
    """
    chosen = np.flatnonzero(earning.ships)
    if len(chosen) == 0 or not is_new(chosen, earning.capacity, tried):
        return best
    scope = scope_of(p, chosen, serves_all(p, status_of(p, chosen), best.value))
    scope.slope[:] = p.gram[earning.service[chosen]]
    units, trial = np.zeros_like(scope.low), np.zeros_like(scope.low)
    fill(p, scope, earning.capacity[chosen], units)
    assign(p, scope, trial)
    value = keep_better(p, chosen, trial, feasible_value(p, chosen, units), units)
    if value > earning.value + p.tolerance:
        return improved(p, chosen, value, units, best)
    return Best(value, chosen, units) if value < best.value else best


@compiled
def improved(p: Problem, chosen: Array, value: int, units: Array, best: Best) -> Best:
    """The better of the best plan and one of this value, improved where that could lead below the best."""
    if value < best.value + _NEAR * p.tolerance:
        trial = units.copy()
        improve(p, chosen, _STATES, trial)
        value = keep_better(p, chosen, trial, value, units)
    return Best(value, chosen, units) if value < best.value else best


@compiled
def single(p: Problem, best: Best) -> Best:
    """The better of the best plan and those that ship all that one node holds."""
    one, units = np.empty(1, np.int64), np.empty((1, len(p.demand)), np.int64)
    value, pick = best.value, -1
    for k in range(len(p.fixed)):
        one[0] = k
        units[0] = p.available[k]
        found = feasible_value(p, one, units)
        if found < value:
            value, pick = found, k
    if pick < 0:
        return best
    units[0] = p.available[pick]
    return Best(value, np.array([pick]), units)


@compiled
def is_new(chosen: Array, capacity: Array, tried: Array) -> bool:
    """Whether nodes with packages were not tried lately; remembers them.

    By a digest: at worst a set is left out.
    """
    digest = 1
    for k in chosen:
        digest = (digest * 1_000_003 + k + 1) % 2_147_483_647
        digest = (digest * 1_000_003 + capacity[k]) % 2_147_483_647
    place = digest % len(tried)
    if tried[place] == digest:
        return False
    tried[place] = digest
    return True
