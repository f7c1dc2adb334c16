"""The best plan so far, and the way to a better one from what the prices of a branch choose."""

from typing import NamedTuple

import numpy as np

from optimizer.compiled import compiled, whole
from optimizer.sourcing.assignment import assign
from optimizer.sourcing.branch import serves_all, status_of
from optimizer.sourcing.earning import Earning
from optimizer.sourcing.exchange import redivide
from optimizer.sourcing.problem import Array, Problem, feasible_value
from optimizer.sourcing.repair import fill

_STATES = whole(64)  # of two nodes' divisions
_REPAIRED = 6  # nodes: with more, packages are a small part and moves many


class Best(NamedTuple):
    """The best plan so far: `units[i]` from `nodes[i]`; no nodes if it is only a value."""

    value: int
    nodes: Array
    units: Array


@compiled
def better(p: Problem, earning: Earning, best: Best, tried: Array) -> Best:
    """The better of the best plan and one from the nodes and packages that the prices choose.

    Packages are saved only where that could lead below the best plan.
    """
    chosen = np.flatnonzero(earning.ships)
    if len(chosen) == 0 or not is_new(chosen, earning.capacity, tried):
        return best
    units = np.zeros((len(chosen), len(p.demand)), np.int64)
    fill(p, chosen, p.gram[earning.service[chosen]], earning.capacity[chosen], units)
    value = feasible_value(p, chosen, units)
    trial = np.zeros_like(units)
    assign(p, chosen, serves_all(p, status_of(p, chosen), best.value), trial)
    found = feasible_value(p, chosen, trial)
    if found < value:
        value, units = found, trial
    if (
        value > earning.value + p.tolerance
        and value < best.value + p.package.max()
        and len(chosen) <= _REPAIRED
    ):
        trial = units.copy()
        redivide(p, chosen, trial, _STATES)
        found = feasible_value(p, chosen, trial)
        if found < value:
            value, units = found, trial
    return Best(value, chosen, units) if value < best.value else best


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
