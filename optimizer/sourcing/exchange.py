"""A first plan: nodes added, exchanged and left out one at a time, while that makes it cheaper.

The local search of facility location (Kuehn and Hamburger, Management Science 9, 1963). A plan that is nearly
the best closes most nodes before the tree begins; what prices choose often lacks a unit until they are good.
"""

import numpy as np

from compiled import compiled, inlined
from optimizer.sourcing.incumbent import Best, improved
from optimizer.sourcing.problem import Array, Problem, feasible_value, freight

_MORE = 5  # nodes than it starts with, at most
_CELLS = 50_000_000  # looked at, about two nanoseconds each; what would take more is not begun


@compiled
def exchanged(p: Problem, chosen: Array, best: Best) -> Best:
    """The better of the best plan and what comes of exchanging the `chosen` nodes, within bounded work."""
    nodes, lines = p.unit.shape
    gram = np.empty(nodes, np.float64)
    for k in range(nodes):
        held = max(1, np.sum(p.available[k] * p.weight))
        gram[k] = freight(p, k, held) / held
    here = np.zeros(len(chosen) + _MORE, np.int64)
    here[: len(chosen)] = chosen
    units = np.zeros((len(here), lines), np.int64)
    count, value = len(chosen), served_from(p, here[: len(chosen)], gram, units)
    left = _CELLS
    while True:
        before = value
        for at in range(len(here)):
            cells = nodes * (count + 1) * max(lines, np.sum(units > 0))
            if at <= count and cells <= left:
                left -= cells
                count, value = best_at(p, here, count, at, value, gram, units)
        if value >= before:
            break
    found = np.sort(here[:count])
    value = served_from(p, found, gram, units)
    return improved(p, found, value, units[:count].copy(), best)


@compiled
def best_at(
    p: Problem, here: Array, count: int, at: int, value: int, gram: Array, units: Array
) -> tuple[int, int]:
    """Put the best node at a place of `here`, or leave it empty: (nodes, value).

    The place behind the last is for one more.
    """
    before, pick, size = here[at], -1, max(count, at + 1)
    for k in range(len(p.fixed)):
        is_taken = False
        for i in range(count):
            is_taken = is_taken or (i != at and p.home[here[i]] == p.home[k])
        if is_taken:
            continue
        here[at] = k
        found = served_from(p, here[:size], gram, units)
        if found < value:
            value, pick = found, k
    here[at] = pick if pick >= 0 else before
    if at == count:
        return (count + 1 if pick >= 0 else count), value
    here[at], here[count - 1] = here[count - 1], here[at]
    without = served_from(p, here[: count - 1], gram, units)
    if without <= value:
        return count - 1, without
    here[at], here[count - 1] = here[count - 1], here[at]
    return count, value


@inlined
def served_from(p: Problem, chosen: Array, gram: Array, units: Array) -> int:
    """Value if each line is served where a unit costs least, at so much for a `gram`; into `units`."""
    for line in range(len(p.demand)):
        left = p.demand[line]
        units[:, line] = 0
        while left > 0:
            pick, least = -1, 0.0
            for i in range(len(chosen)):
                k = chosen[i]
                count = min(left, p.available[k, line])
                if count > 0 and units[i, line] == 0:
                    cost = p.cell[k] / count + p.unit[k, line] + gram[k] * p.weight[line]
                    if pick < 0 or cost < least:
                        pick, least = i, cost
            if pick < 0:
                break
            units[pick, line] = min(left, p.available[chosen[pick], line])
            left -= units[pick, line]
    return feasible_value(p, chosen, units[: len(chosen)])
