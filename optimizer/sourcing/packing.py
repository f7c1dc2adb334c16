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
    floor: Array  # (P, n) grams from which on it is straight
    beyond: int  # bound on those that are not there


@compiled
def packings_of(p: Problem, scope: Scope, cutoff: int) -> Packings:
    """Packings whose freight less slope x grams can be below `cutoff`; `beyond` is it for all others."""
    n = len(scope.nodes)
    service, packages, is_flat, size = ways_to_pack(p, scope)
    count, most = 0, int(np.prod(size))
    if most > _COMBINATIONS:
        most = 0
    least, base = np.empty(most, np.int64), np.empty(most, np.int64)
    pull, room = np.empty((most, n), np.int64), np.empty((most, n), np.int64)
    floor = np.empty((most, n), np.int64)
    load = np.empty(n, np.int64)
    for number in range(most):
        rest, value = number, 0
        for i in range(n):
            way = rest % size[i]
            rest //= size[i]
            s = service[i, way]
            room[count, i] = min(scope.heavy[i], packages[i, way] * p.limit[s])
            floor[count, i] = scope.light[i]
            value += packages[i, way] * p.package[s]
            if is_flat[i, way]:
                room[count, i] = min(room[count, i], p.least[s])
                pull[count, i] = -scope.slope[i]
                value += p.gram[s] * p.least[s]
            else:
                floor[count, i] = max(floor[count, i], p.least[s])
                pull[count, i] = p.gram[s] - scope.slope[i]
        marginal = lightest_load(scope, pull[count], floor[count], room[count], load)
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
    return Packings(least[order], base[order], pull[order], room[order], floor[order], beyond)


@compiled
def ways_to_pack(p: Problem, scope: Scope) -> tuple[Array, Array, Array, Array]:
    """Each node's services, numbers of packages, sides of the service's least weight (flat below it), and
    how many ways; none of a node with too many.
    """
    n = len(scope.nodes)
    service, packages = np.empty((n, _WAYS), np.int64), np.empty((n, _WAYS), np.int64)
    is_flat, size = np.zeros((n, _WAYS), np.bool_), np.zeros(n, np.int64)
    for i in range(n):
        k = scope.nodes[i]
        for s in range(p.service_start[k], p.service_start[k + 1]):
            count = max(1, -(-scope.light[i] // p.limit[s]))
            while (count - 1) * p.limit[s] < max(1, scope.heavy[i]) and not is_beaten(p, k, s, count):
                begin, end = (
                    max(scope.light[i], (count - 1) * p.limit[s]),
                    min(scope.heavy[i], count * p.limit[s]),
                )
                for below in (True, False):
                    if (below and begin >= p.least[s]) or (not below and end < p.least[s]):
                        continue
                    if size[i] == _WAYS:
                        size[i] = 0
                        return service, packages, is_flat, size
                    service[i, size[i]], packages[i, size[i]], is_flat[i, size[i]] = s, count, below
                    size[i] += 1
                count += 1
    return service, packages, is_flat, size


@compiled
def lightest_load(scope: Scope, pull: Array, floor: Array, room: Array, load: Array) -> int:
    """Grams of all nodes, into `load`, where they pull least; the pull of the last. INFINITE if none fit."""
    left, last = scope.total, -INFINITE
    for i in range(len(load)):
        if floor[i] > room[i]:
            return INFINITE
        load[i] = floor[i]
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
