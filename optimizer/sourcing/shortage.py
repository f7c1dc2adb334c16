"""Lines of one sku that together want more than some nodes hold: all of it ships, whoever gets it.

What the nodes ship of such a sku, and its weight, are therefore known. Only charges are left to choose:
how many lines each node touches. The sku is parted from the rest where that choice is plainly best.
"""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.branch import fewest_holders
from optimizer.sourcing.problem import Array, Problem

_ROOMIEST, _TIGHTEST = 0, 1  # of the lines that could take all that a node holds


@compiled
def pin_shortages(p: Problem, chosen: Array, low: Array, high: Array) -> None:
    """Limit the ranges of units (n, L) of lines that share a short sku to one of the best divisions.

    For plans in which the `chosen` nodes ship all that they hold. Nothing changes where no division is
    found that touches as few lines as can be.
    """
    units = np.zeros_like(low)
    for line in range(len(p.demand)):
        held = p.stock[:, line][chosen]
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
    """Of lines that want so many units still, the one of most or least room; else what wants most."""
    pick = int(np.argmax(left))
    if way == _TIGHTEST:
        for j in range(len(left)):
            if units <= left[j] < left[pick]:
                pick = j
    return pick
