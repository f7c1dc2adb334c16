"""What some open nodes share out between them: the units and grams each may ship, and prices of grams."""

from typing import NamedTuple

import numpy as np

from compiled import compiled
from optimizer.sourcing.problem import INFINITE, Array, Problem


class Scope(NamedTuple):
    """Plans that use all of `nodes` and keep to these ranges; n nodes, L lines."""

    nodes: Array  # (n,)
    wanted: Array  # (L,) units to serve of each line; further ones stay unfilled
    low: Array  # (n, L) units of a line that a node ships at least
    high: Array  # (n, L) and at most
    light: Array  # (n,) grams that a node ships at least
    heavy: Array  # (n,) and at most
    total: int  # grams of all nodes, -1 if that is not known
    slope: Array  # (n,) price of a gram of each node


@compiled
def scope_of(p: Problem, chosen: Array, all_served: bool) -> Scope:
    """All plans on these nodes; those that ship all units that the nodes hold, if `all_served`."""
    count = len(chosen)
    light, heavy = weight_ranges(p, chosen, all_served)
    low, high = np.zeros((count, len(p.demand)), np.int64), p.available[chosen]
    for line in range(len(p.demand)):
        if all_served and np.sum(high[:, line]) <= p.demand[line]:  # all of it ships
            low[:, line] = high[:, line]
    return Scope(
        chosen,
        p.demand,
        low,
        high,
        light,
        heavy,
        served_grams(p, chosen) if all_served else -1,
        np.zeros(count, np.int64),
    )


@compiled
def scope_around(p: Problem, chosen: Array, units: Array) -> Scope:
    """All ways to share out anew what a plan ships."""
    count, lines = units.shape
    wanted = np.empty(lines, np.int64)
    low = np.zeros_like(units)
    high = np.empty_like(units)
    for line in range(lines):
        wanted[line] = np.sum(units[:, line])
        for i in range(count):
            high[i, line] = min(wanted[line], p.available[chosen[i], line])
    light, heavy = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for line in range(lines):
        for i in range(count):
            light[i] += low[i, line] * p.weight[line]
            heavy[i] += high[i, line] * p.weight[line]
    total = np.sum(wanted * p.weight)
    return Scope(chosen, wanted, low, high, light, np.minimum(heavy, total), total, np.zeros(count, np.int64))


@compiled
def weigh(p: Problem, units: Array, grams: Array) -> None:
    """Grams shipped by each node, into `grams`."""
    for i in range(len(grams)):
        grams[i] = 0
        for line in range(len(p.demand)):
            grams[i] += units[i, line] * p.weight[line]


@compiled
def served_grams(p: Problem, chosen: Array) -> int:
    """Grams that a plan on these nodes ships if it ships all units that they hold."""
    total = 0
    for line in range(len(p.demand)):
        reachable = 0
        for k in chosen:
            reachable += p.available[k, line]
        total += min(p.demand[line], reachable) * p.weight[line]
    return total


@compiled
def weight_ranges(p: Problem, chosen: Array, all_served: bool) -> tuple[Array, Array]:
    """Least and most grams each node ships in a plan that uses all of them (and serves all they hold)."""
    count = len(chosen)
    light = np.zeros(count, np.int64)
    heavy = np.zeros(count, np.int64)
    lightest = np.full(count, INFINITE, np.int64)
    for line in range(len(p.demand)):
        reachable = np.sum(p.available[chosen, line])
        filled = min(p.demand[line], reachable)
        for i in range(count):
            holds = p.available[chosen[i], line]
            if holds == 0:
                continue
            lightest[i] = min(lightest[i], p.weight[line])
            heavy[i] += holds * p.weight[line]
            only_here = filled - (reachable - holds)
            if all_served and only_here > 0:
                light[i] += only_here * p.weight[line]
    return np.maximum(light, np.minimum(lightest, heavy)), heavy
