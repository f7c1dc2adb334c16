"""A sku of which the nodes hold no more than is wanted: all of it ships, whoever gets it.

What each node ships of it, and the weight of that, are therefore known. Where several lines want the sku
only charges are left to choose: which lines each node touches. The sku is parted from the rest where a
division is plainly as cheap as any.
"""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.branch import fewest_holders
from optimizer.sourcing.problem import Array, Problem

_ROOMIEST, _TIGHTEST = 0, 1  # lines to fill first; the roomiest touches more of them


@compiled
def pin_shortages(p: Problem, chosen: Array, low: Array, high: Array) -> None:
    """Limit the ranges of units (n, L) of each short sku to one of its cheapest divisions.

    For plans in which the `chosen` nodes ship all that they hold. A sku of which no division is found
    that cannot cost more than another is left as it is.
    """
    units = np.zeros_like(low)
    for line in range(len(p.demand)):
        held = np.minimum(p.stock[:, line][chosen], p.wanted[line])
        if not p.is_first[line] or np.sum(held) > p.wanted[line]:
            continue
        of_sku = np.flatnonzero(p.sku == p.sku[line])
        if not are_alike(p, of_sku):
            continue
        if divide(p, chosen, held, of_sku, _ROOMIEST, units) or divide(
            p, chosen, held, of_sku, _TIGHTEST, units
        ):
            low[:, of_sku] = high[:, of_sku] = units[:, of_sku]


@compiled
def are_alike(p: Problem, lines: Array) -> bool:
    """Whether a unit is worth as much, and costs as much at every node, in one line as in another."""
    for line in lines:
        if p.lost[line] != p.lost[lines[0]] or (p.unit[:, line] != p.unit[:, lines[0]]).any():
            return False
    return True


@compiled
def divide(p: Problem, chosen: Array, held: Array, lines: Array, way: int, units: Array) -> bool:
    """Part what nodes hold among lines of one sku, into `units`, the largest stocks first.

    Returns whether no division costs less: every node touches as few lines as its stock allows, and as
    many lines as touches, or all lines, are touched. A further touch never pays, for a line's charge is
    at least what a touched line gives back (`split_rebate`).
    """
    left = p.demand[lines]
    needed = touches = 0
    units[:, lines] = 0
    for i in np.argsort(-held, kind="mergesort"):
        rest = held[i]
        if rest == 0:
            continue
        needed += fewest_holders(p.demand[lines], rest)
        while rest > 0:
            j = line_for(left, rest, way)
            given = min(rest, left[j])
            units[i, lines[j]] += given
            left[j] -= given
            rest -= given
            touches += 1
    touched = np.sum(left < p.demand[lines])
    return touches == needed and touched == min(touches, len(lines))


@compiled
def line_for(left: Array, units: int, way: int) -> int:
    """The line that wants most units still; or the one that wants least of those that could take `units`."""
    pick = int(np.argmax(left))
    if way == _TIGHTEST:
        for j in range(len(left)):
            if units <= left[j] < left[pick]:
                pick = j
    return pick
