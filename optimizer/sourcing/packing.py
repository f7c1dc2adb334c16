"""Packages of all nodes together: with them given, freight is a straight line in each node's grams."""

from typing import NamedTuple

import numpy as np

from compiled import compiled
from optimizer.sourcing.problem import INFINITE, Array, Problem
from optimizer.sourcing.scope import Scope

_WAYS = 256  # to pack what one node ships
_LOOKED_AT = 5_000  # for a core; for a bound, which is asked for at every step of prices, fewer
_LOOKED_AT_FOR_A_BOUND = 1_000
_LISTED = 1_024
_KEPT = 64


class NodeWays(NamedTuple):
    """How each node of a scope can pack, the best by itself first; n nodes, W ways at most.

    With grams w freight less slope x grams is `base` + `pull` x w between `floor` and `room`, and `alone`
    at the best of them.
    """

    count: Array  # (n,)
    alone: Array  # (n, W)
    base: Array  # (n, W)
    pull: Array  # (n, W)
    floor: Array  # (n, W)
    room: Array  # (n, W)
    rest: Array  # (n + 1,) the least that nodes from each on cost


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
    ways = node_ways(p, scope)
    least, base = np.empty(_LISTED, np.int64), np.empty(_LISTED, np.int64)
    pull, room = np.empty((_LISTED, n), np.int64), np.empty((_LISTED, n), np.int64)
    floor = np.empty((_LISTED, n), np.int64)
    load, at = np.empty(n, np.int64), first_choice(ways)
    count, looked_at, beyond = 0, 0, cutoff if ways.count.all() else -INFINITE
    while beyond > -INFINITE and choose_next(ways, at, cutoff):
        looked_at += 1
        if looked_at > _LOOKED_AT or count == _LISTED:
            count, beyond = 0, -INFINITE
            break
        value, marginal = lightest_load(scope, ways, at, load)
        if value < cutoff:
            for i in range(n):
                # The total is fixed, so that this changes all weights alike.
                pull[count, i] = ways.pull[i, at[i]] - marginal
                room[count, i], floor[count, i] = ways.room[i, at[i]], ways.floor[i, at[i]]
            least[count] = value
            base[count] = value - np.sum(pull[count] * load)
            count += 1
    order = np.argsort(least[:count], kind="mergesort")
    if count > _KEPT:
        beyond = least[order[_KEPT]]
        order = order[:_KEPT]
    return Packings(least[order], base[order], pull[order], room[order], floor[order], beyond)


@compiled
def least_packing(p: Problem, scope: Scope, wish: Array) -> int:
    """Least freight less slope x grams of all nodes, into `wish` the grams; -INFINITE if it is not known."""
    ways = node_ways(p, scope)
    if not ways.count.all():
        return -INFINITE
    load, at = np.empty_like(wish), first_choice(ways)
    best, looked_at = INFINITE, 0
    while choose_next(ways, at, best):
        looked_at += 1
        if looked_at > _LOOKED_AT_FOR_A_BOUND:
            return -INFINITE
        value, _ = lightest_load(scope, ways, at, load)
        if value < best:
            best = value
            wish[:] = load
    return best


@compiled
def node_ways(p: Problem, scope: Scope) -> NodeWays:
    """The ways of all nodes, but none of one with too many, for which nothing is known."""
    n = len(scope.nodes)
    ways = NodeWays(
        np.zeros(n, np.int64),
        np.empty((n, _WAYS), np.int64),
        np.empty((n, _WAYS), np.int64),
        np.empty((n, _WAYS), np.int64),
        np.empty((n, _WAYS), np.int64),
        np.empty((n, _WAYS), np.int64),
        np.zeros(n + 1, np.int64),
    )
    for i in range(n):
        k, slope = scope.nodes[i], scope.slope[i]
        for s in range(p.service_start[k], p.service_start[k + 1]):
            packages = max(1, -(-scope.light[i] // p.limit[s]))
            last = min(p.most[s], -(-max(1, scope.heavy[i]) // p.limit[s]))
            while packages <= last and ways.count[i] <= _WAYS:
                room = min(scope.heavy[i], packages * p.limit[s])
                cost = packages * p.package[s]
                below = min(room, p.least[s])  # up to its least weight a service costs the same
                if max(scope.light[i], (packages - 1) * p.limit[s]) < p.least[s]:
                    add_way(ways, i, cost + p.gram[s] * p.least[s], -slope, scope.light[i], below)
                if room >= p.least[s]:
                    add_way(ways, i, cost, p.gram[s] - slope, max(scope.light[i], p.least[s]), room)
                packages += 1
    for i in range(n - 1, -1, -1):
        if ways.count[i] > _WAYS:
            ways.count[i] = 0
        if ways.count[i] > 0:
            sort_ways(ways, i)
            ways.rest[i] = ways.rest[i + 1] + ways.alone[i, 0]
    return ways


@compiled
def add_way(ways: NodeWays, i: int, base: int, pull: int, floor: int, room: int) -> None:
    """Put a way behind those of a node; counts those that find no place."""
    at = ways.count[i]
    ways.count[i] = min(at + 1, _WAYS + 1)
    if at < _WAYS:
        ways.alone[i, at] = base + pull * (floor if pull > 0 else room)
        ways.base[i, at], ways.pull[i, at] = base, pull
        ways.floor[i, at], ways.room[i, at] = floor, room


@compiled
def sort_ways(ways: NodeWays, i: int) -> None:
    """Put the ways of a node in order, the best by itself first."""
    count = ways.count[i]
    order = np.argsort(ways.alone[i, :count], kind="mergesort")
    for column in (ways.alone, ways.base, ways.pull, ways.floor, ways.room):
        column[i, :count] = column[i, :count][order]


@compiled
def first_choice(ways: NodeWays) -> Array:
    """What stands before the first choice of a way for each node."""
    at = np.zeros(len(ways.count), np.int64)
    at[-1] = -1
    return at


@compiled
def choose_next(ways: NodeWays, at: Array, cutoff: int) -> bool:
    """Turn `at` to the next choice of ways that cost less than `cutoff` by themselves; False at the end."""
    last = len(at) - 1
    i = last
    at[i] += 1
    while True:
        value = ways.rest[i + 1]
        if at[i] < ways.count[i]:
            for j in range(i + 1):
                value += ways.alone[j, at[j]]
        if at[i] < ways.count[i] and value < cutoff:
            if i == last:
                return True
            i += 1
            at[i] = 0
        elif i == 0:
            return False
        else:
            i -= 1
            at[i] += 1


@compiled
def lightest_load(scope: Scope, ways: NodeWays, at: Array, load: Array) -> tuple[int, int]:
    """(least value of the chosen ways, pull of the last gram), grams into `load`; INFINITE if none fit."""
    n = len(at)
    left, value, last = scope.total, 0, INFINITE
    for i in range(n):
        load[i], pull = ways.floor[i, at[i]], ways.pull[i, at[i]]
        left -= load[i]
        value += ways.base[i, at[i]] + pull * load[i]
        last = min(last, pull)  # where all stand on their floors
    while left > 0:
        pick = -1
        for i in range(n):
            pull = ways.pull[i, at[i]]
            if load[i] < ways.room[i, at[i]] and (pick < 0 or pull < ways.pull[pick, at[pick]]):
                pick = i
        if pick < 0:
            return INFINITE, 0
        taken = min(left, ways.room[pick, at[pick]] - load[pick])
        load[pick] += taken
        left -= taken
        last = ways.pull[pick, at[pick]]
        value += last * taken
    if left < 0:
        return INFINITE, 0
    return value, last
