"""A part of the facility engine's tree: some nodes open, some closed, and what holds for every plan in it."""

from typing import NamedTuple

import numpy as np

from compiled import compiled
from optimizer.sourcing.problem import Array, Problem, stands_for

UNDECIDED, OPEN, CLOSED = 0, 1, 2
_MANY_HOMES = 3  # that more may be needed is not looked at


class Branch(NamedTuple):
    """Bounds made from it hold for the plans better than the best one known when it was made."""

    status: Array  # (N,) UNDECIDED, OPEN or CLOSED
    spread: Array  # (N, L) a unit's cost, the line's charge spread over the units that the node holds
    held: Array  # (N,) grams the node can ship
    base: int  # charges that no plan of the branch avoids, rebates off
    grams: int  # that every plan of the branch ships; 0 where units may stay
    scarce: Array  # (L,) bool: lines of which more is wanted than the nodes hold
    fewest: int  # shipments that every plan of the branch has
    most: int  # and not more


@compiled
def branch_of(p: Problem, status: Array, best: int, fewest: int, most: int) -> Branch:
    """What follows from nodes being open or closed, for plans better than `best`.

    A line that no node can serve alone is split. Its charge for that is counted as often as it takes,
    and only its labor is spread over units.

    Parameters
    ----------
    fewest, most
        Shipments of the plans that are asked for; `fewest` of those that serve all that is there.
    """
    nodes, lines = p.unit.shape
    all_served = serves_all(p, status, best)
    spread = p.unit.copy()
    held = np.zeros(nodes, np.int64)
    holds = np.empty(nodes, np.int64)
    scarce = np.zeros(lines, np.bool_)
    base, grams = -p.shipment_rebate, 0
    for line in range(lines):
        count, reachable = 0, 0
        for k in range(nodes):
            if status[k] != CLOSED and p.available[k, line] > 0:
                held[k] += p.available[k, line] * p.weight[line]
            if stands_for(p, status, k, line, CLOSED):
                holds[count] = p.available[k, line]
                count += 1
                reachable += p.available[k, line]
        scarce[line] = reachable < p.demand[line]
        if count == 0:
            continue
        touched = 1
        if all_served:
            touched = count if scarce[line] else fewest_holders(holds[:count], p.demand[line])
            grams += min(p.demand[line], reachable) * p.weight[line]
        apart = 0 if touched == 1 else p.split_rebate
        base += touched * apart - p.split_rebate
        for k in range(nodes):
            if p.available[k, line] > 0:
                spread[k, line] += (p.cell[k] - apart) // p.available[k, line]
    if not all_served:
        fewest = 0
    elif fewest < _MANY_HOMES:
        fewest = max(fewest, fewest_homes(p, status))
    return Branch(status, spread, held, base, grams, scarce, fewest, most)


@compiled
def fewest_homes(p: Problem, status: Array) -> int:
    """How many homes it takes at least to ship all that the nodes hold: 0, 1, 2, or 3 where two do not do."""
    lines = len(p.demand)
    homes, target = np.zeros((p.home[-1] + 1, lines), np.int64), np.zeros(lines, np.int64)
    for k in range(len(status)):
        if status[k] != CLOSED:
            homes[p.home[k]] = np.maximum(homes[p.home[k]], p.available[k])
    for line in range(lines):
        target[line] = min(p.demand[line], homes[:, line].sum())
    if not target.any():
        return 0
    nobody = np.zeros(lines, np.int64)
    for one in range(len(homes)):
        if holds_all(homes[one], nobody, target):
            return 1
    for one in range(len(homes)):
        for other in range(one):
            if holds_all(homes[one], homes[other], target):
                return 2
    return _MANY_HOMES


@compiled
def holds_all(one: Array, other: Array, target: Array) -> bool:
    """Whether two homes hold so much of every line together."""
    line = 0
    while line < len(target) and one[line] + other[line] >= target[line]:
        line += 1
    return line == len(target)


@compiled
def serves_all(p: Problem, status: Array, best: int) -> bool:
    """Whether every plan of the branch that is better than `best` ships all units that its nodes hold.

    So where neither capacity nor services stand in the way, and where one unit more left behind would
    cost more than `best` as it is.
    """
    if not p.must_serve:
        return False
    may_bind, unfilled = ways_exclude_each_other(p, status), 0
    for k in range(len(status)):
        may_bind = may_bind or (status[k] != CLOSED and p.may_bind[k])
    if not may_bind:
        return True
    for line in range(len(p.demand)):
        left = p.demand[line]
        for k in range(len(status)):
            if stands_for(p, status, k, line, CLOSED):
                left -= p.available[k, line]
        unfilled += max(0, left)
    return best <= (unfilled + 1) * p.dominating


@compiled
def ways_exclude_each_other(p: Problem, status: Array) -> bool:
    """Whether some home could ship two lines, but has no way left for both."""
    first = 0
    while first < len(status):
        end, widest, most = first, first, -1
        while end < len(status) and p.home[end] == p.home[first]:
            count = np.sum(p.available[end] > 0) if status[end] != CLOSED else -1
            if count > most:
                widest, most = end, count
            end += 1
        for k in range(first, end):
            if status[k] != CLOSED and ((p.available[k] > 0) & (p.available[widest] == 0)).any():
                return True
        first = end
    return False


@compiled
def open_needed(p: Problem, status: Array, best: int) -> None:
    """Open the nodes without which units would stay unfilled that every plan better than `best` ships.

    Of a home with several ways it is not known which.
    """
    if not serves_all(p, status, best):
        return
    for line in range(len(p.demand)):
        spare = -p.demand[line]
        for k in range(len(status)):
            if stands_for(p, status, k, line, CLOSED):
                spare += p.available[k, line]
        for k in range(len(status)):
            if status[k] == UNDECIDED and p.available[k, line] > max(0, spare) and is_only_way(p, status, k):
                status[k] = OPEN


@compiled
def is_only_way(p: Problem, status: Array, node: int) -> bool:
    """Whether all other ways of a node's home are closed."""
    for other in range(len(status)):
        if other != node and p.home[other] == p.home[node] and status[other] != CLOSED:
            return False
    return True


@compiled
def open_way(p: Problem, status: Array, node: int) -> None:
    """Open a node, and close the other ways of its home."""
    for other in range(len(status)):
        if p.home[other] == p.home[node]:
            status[other] = CLOSED
    status[node] = OPEN


@compiled
def status_of(p: Problem, chosen: Array) -> Array:
    """The status where exactly these nodes are open."""
    status = np.full(len(p.fixed), CLOSED, np.int8)
    status[chosen] = OPEN
    return status


@compiled
def fewest_holders(holds: Array, units: int) -> int:
    """How many of some nodes it takes at least to serve so many units of a line, each what it `holds`."""
    most = holds.max()
    if most >= units:
        return 1
    count = 0
    for held in np.sort(holds)[::-1]:
        if units <= 0:
            break
        units -= held
        count += 1
    return count
