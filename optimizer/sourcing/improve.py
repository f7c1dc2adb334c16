"""A plan made cheaper by sharing out anew what its nodes ship."""

import numpy as np

from compiled import compiled
from optimizer.sourcing.core import MOST_NODES, search_scope
from optimizer.sourcing.envelope import support
from optimizer.sourcing.leaf_bounds import tune
from optimizer.sourcing.problem import Array, Problem, feasible_value, value_of
from optimizer.sourcing.scope import scope_around, weigh

_ROUNDS = 4  # of pairs
_FAR = 12  # tolerances above the bound: what is not found there is not looked for


@compiled
def improve(p: Problem, chosen: Array, states: int, units: Array) -> None:
    """Look for a cheaper way to ship `units` from the same nodes, and put it in their place.

    Not with one node, nor with more than a core is searched for.
    """
    if len(chosen) < 2 or len(chosen) > MOST_NODES:
        return
    scope = scope_around(p, chosen, units)
    now = value_of(p, chosen, units)
    grams = np.empty(len(chosen), np.int64)
    weigh(p, units, grams)
    for i in range(len(chosen)):
        scope.slope[i] = support(p, chosen[i], scope.light[i], scope.heavy[i], grams[i])[1]
    trial, wish = np.empty_like(units), np.empty_like(grams)
    bound = tune(p, scope, trial, wish, now, now - p.tolerance)
    if bound < now - p.tolerance:
        search_scope(p, scope, bound, min(now, bound + _FAR * p.tolerance), states, units)


@compiled
def improve_pairs(p: Problem, chosen: Array, states: int, units: Array) -> None:
    """The same for every two of the nodes, where all are too many, while it makes the plan cheaper."""
    changed = np.ones(len(chosen), np.bool_)
    for _ in range(_ROUNDS):
        before = changed.copy()
        changed[:] = False
        for i in range(len(chosen)):
            for j in range(i + 1, len(chosen)):
                if (before[i] or before[j]) and units[i].any() and units[j].any():
                    shared = np.empty((2, units.shape[1]), np.int64)
                    shared[0], shared[1] = units[i], units[j]
                    improve(p, np.array([chosen[i], chosen[j]]), states, shared)
                    if not np.array_equal(shared[0], units[i]):
                        changed[i] = changed[j] = True
                        units[i], units[j] = shared[0], shared[1]
        if not changed.any():
            return


@compiled
def keep_better(p: Problem, chosen: Array, plan: Array, best: int, units: Array) -> int:
    """The better of `best` and a plan's value; a better plan goes into `units`."""
    value = feasible_value(p, chosen, plan)
    if value >= best:
        return best
    units[:, :] = plan
    return value
