"""Units for given packages: lines at their cheapest node, then moved until each node's packages hold them."""

import numpy as np

from compiled import compiled
from optimizer.sourcing.assignment import assign_lines
from optimizer.sourcing.problem import INFINITE, Array, Problem
from optimizer.sourcing.scope import Scope, weigh

_MOVES = 4  # for each line and node, at most


@compiled
def fill(p: Problem, scope: Scope, capacity: Array, units: Array) -> None:
    """Serve the scope, at most `capacity[i]` grams from each node where that can be, into `units`.

    Where packages are too small, the move that costs least per gram relieved is made, again and again:
    a greedy start for the core.
    """
    assign_lines(p, scope, units)
    chosen, slope = scope.nodes, scope.slope
    grams = np.empty(len(chosen), np.int64)
    weigh(p, units, grams)
    for _ in range(_MOVES * units.size):
        line, source, target, count = cheapest_move(p, chosen, slope, capacity, grams, units)
        if line < 0:
            return
        units[source, line] -= count
        units[target, line] += count
        grams[source] -= count * p.weight[line]
        grams[target] += count * p.weight[line]


@compiled
def cheapest_move(
    p: Problem, chosen: Array, slope: Array, capacity: Array, grams: Array, units: Array
) -> tuple[int, int, int, int]:
    """(line, from, to, units) of the move that relieves a node at least cost per gram; line -1 if none."""
    best, found = float(INFINITE), (-1, 0, 0, 0)
    for source in range(len(chosen)):
        over = grams[source] - capacity[source]
        if over <= 0:
            continue
        for target in range(len(chosen)):
            room = capacity[target] - grams[target]
            if target == source or room <= 0:
                continue
            for line in range(len(p.demand)):
                here = units[source, line]
                if p.weight[line] == 0:  # fills nothing
                    continue
                spare = p.available[chosen[target], line] - units[target, line]
                count = min(here, room // p.weight[line], spare)
                if count <= 0:
                    continue
                enough = -(-over // p.weight[line])
                cost = slope[target] - slope[source]
                cost = cost * p.weight[line] + p.unit[chosen[target], line] - p.unit[chosen[source], line]
                for part in (count, min(count, enough)):
                    total = part * cost
                    if units[target, line] == 0:
                        total += p.cell[chosen[target]]
                    if part == here:
                        total -= p.cell[chosen[source]]
                    rate = total / min(over, part * p.weight[line])
                    if rate < best:
                        best, found = rate, (line, source, target, part)
    return found
