"""Packages of all nodes together: with them given, freight is a straight line in each node's grams."""

from typing import NamedTuple

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.envelope import is_beaten
from optimizer.sourcing.problem import INFINITE, Array, Problem
from optimizer.sourcing.scope import Scope

_WAYS = 48  # to pack what one node ships
_COMBINATIONS = 5_000
_KEPT = 64


class Packings(NamedTuple):
    """Packings that could be part of a better plan, the cheapest first; n nodes.

    With grams w a packing's freight less slope x grams is `base` + sum of `pull` x w.
    """

    least: Array  # (P,) at the best grams that the packages hold
    base: Array  # (P,)
    pull: Array  # (P, n)
    room: Array  # (P, n) grams that the packages hold
    beyond: int  # bound on those that are not there


@compiled
def packings_of(p: Problem, scope: Scope, cutoff: int) -> Packings:
    """Packings whose freight less slope x grams can be below `cutoff`; `beyond` is it for all others."""
    n = len(scope.nodes)
    service, packages, size = ways_to_pack(p, scope)
    count, most = 0, int(np.prod(size))
    if most > _COMBINATIONS:
        most = 0
    least, base = np.empty(most, np.int64), np.empty(most, np.int64)
    pull, room = np.empty((most, n), np.int64), np.empty((most, n), np.int64)
    load = np.empty(n, np.int64)
    for number in range(most):
        rest, value = number, 0
        for i in range(n):
            way = rest % size[i]
            rest //= size[i]
            s = service[i, way]
            room[count, i] = min(scope.heavy[i], packages[i, way] * p.limit[s])
            pull[count, i] = p.gram[s] - scope.slope[i]
            value += packages[i, way] * p.package[s]
        marginal = lightest_load(scope, pull[count], room[count], load)
        if marginal == INFINITE:
            continue
        value += np.sum(pull[count] * load)
        if value < cutoff:
            pull[count] -= marginal  # the total is fixed, so this changes all weights alike
            least[count] = value
            base[count] = value - np.sum(pull[count] * load)
            count += 1
    order = np.argsort(least[:count], kind="mergesort")
    beyond = cutoff if len(least) > 0 else -INFINITE
    if count > _KEPT:
        beyond = least[order[_KEPT]]
        order = order[:_KEPT]
    return Packings(least[order], base[order], pull[order], room[order], beyond)


@compiled
def ways_to_pack(p: Problem, scope: Scope) -> tuple[Array, Array, Array]:
    """Each node's services and numbers of packages, and how many ways; none of a node with too many."""
    n = len(scope.nodes)
    service, packages = np.empty((n, _WAYS), np.int64), np.empty((n, _WAYS), np.int64)
    size = np.zeros(n, np.int64)
    for i in range(n):
        k = scope.nodes[i]
        for s in range(p.service_start[k], p.service_start[k + 1]):
            count = max(1, -(-scope.light[i] // p.limit[s]))
            while (count - 1) * p.limit[s] < max(1, scope.heavy[i]) and not is_beaten(p, k, s, count):
                if size[i] == _WAYS:
                    size[i] = 0
                    return service, packages, size
                service[i, size[i]], packages[i, size[i]] = s, count
                size[i] += 1
                count += 1
    return service, packages, size


@compiled
def lightest_load(scope: Scope, pull: Array, room: Array, load: Array) -> int:
    """Grams of all nodes, into `load`, where they pull least; the pull of the last. INFINITE if none fit."""
    left, last = scope.total, -INFINITE
    for i in range(len(load)):
        load[i] = scope.light[i]
        left -= load[i]
    if left < 0:
        return INFINITE
    for i in np.argsort(pull, kind="mergesort"):
        taken = min(left, room[i] - load[i])
        if taken > 0:
            load[i] += taken
            left -= taken
            last = pull[i]
    if left > 0:
        return INFINITE
    return last if last > -INFINITE else pull.min()
