"""Prices of units that make the bound of a branch high: a start by dual ascent, then subgradient steps.

Subgradient steps after Polyak (1969) and Held, Wolfe and Crowder (Mathematical Programming 6, 1974).
"""

import numpy as np

from compiled import compiled
from optimizer.sourcing.branch import CLOSED, OPEN, Branch
from optimizer.sourcing.earning import Earning, earn
from optimizer.sourcing.envelope import support
from optimizer.sourcing.problem import Array, Problem

PATIENCE = 4  # steps without a higher bound before they are shortened
SHORTER, SHORTEST = 0.6, 0.02
KEPT = 0.8  # of the last direction, which damps zigzags (Camerini, Fratta and Maffioli 1975)


@compiled
def start(p: Problem, branch: Branch, price: Array) -> Earning:
    """Prices by dual ascent: the better of freight drawn in at a node's whole load, and at its smallest."""
    nodes, lines = p.unit.shape
    opening, linear = np.empty(nodes, np.int64), np.empty((nodes, lines), np.int64)
    trial = np.empty(lines, np.int64)
    best = earn(p, branch, price)
    for whole in range(2):
        for k in range(nodes):
            high = branch.held[k]
            intercept, slope = support(p, k, min(1, high), high, high * whole)
            opening[k] = p.fixed[k] + intercept
            linear[k] = branch.spread[k] + slope * p.weight
        ascend(p, branch, opening, linear, trial)
        found = earn(p, branch, trial)
        if found.value > best.value:
            best = found
            price[:] = trial
    return best


@compiled
def ascend(p: Problem, branch: Branch, opening: Array, linear: Array, price: Array) -> None:
    """Raise line prices, into `price`, while what is gained exceeds what is lost (Erlenkotter 1978).

    Prices rise line by line to the next node's cost. `opening` (N,) and `linear` (N, L) carry freight as
    a straight line. A node that is open, or whose opening cost is used up, loses what a line gains.
    Lines of a short sku start at the top, and use up no node's opening cost.
    """
    nodes, lines = linear.shape
    slack = opening.copy()
    raising = np.ones(lines, np.bool_)
    for line in range(lines):
        lowest = p.lost[line]
        if not branch.scarce[line]:
            for k in range(nodes):
                if branch.status[k] != CLOSED and p.available[k, line] > 0:
                    lowest = min(lowest, linear[k, line])
        price[line] = lowest
        raising[line] = lowest < p.lost[line]
    moving = True
    while moving:
        moving = False
        for line in range(lines):
            if not raising[line]:
                continue
            gain, step = p.demand[line], p.lost[line] - price[line]
            for k in range(nodes):
                units = p.available[k, line]
                if branch.status[k] == CLOSED or units == 0:
                    continue
                above = linear[k, line] - price[line]
                if above > 0:
                    step = min(step, above)
                elif branch.status[k] == OPEN or slack[k] < units:
                    gain -= units
                else:
                    step = min(step, slack[k] // units)
            if gain <= 0 or step <= 0:
                raising[line] = False
                continue
            for k in range(nodes):
                if branch.status[k] != CLOSED and p.available[k, line] > 0 and linear[k, line] <= price[line]:
                    slack[k] -= p.available[k, line] * step
            price[line] += step
            moving = True


@compiled
def climb(p: Problem, branch: Branch, price: Array, target: int, enough: int, steps: int) -> Earning:
    """Raise the bound by better prices, in `price`, until it is `enough` or for so many steps.

    `target` is a value that the bound is expected to come near to.
    """
    price[branch.scarce] = p.lost[branch.scarce]  # a unit more would fill one that stays unfilled
    best = earn(p, branch, price)
    here, trial = best, price.copy()
    direction = np.zeros(len(price))
    length, waited = 1.0, 0
    for _ in range(steps):
        if best.value >= enough or length < SHORTEST:
            break
        missing = p.demand.copy()
        for k in range(len(here.ships)):
            if here.ships[k]:
                missing -= here.units[k]
        norm = 0.0
        for line in range(len(missing)):
            if branch.scarce[line] or (missing[line] > 0 and trial[line] >= p.lost[line]):
                missing[line] = 0
            direction[line] = KEPT * direction[line] + missing[line] / p.demand[line]
            norm += direction[line] * direction[line] * p.demand[line]
        if norm == 0:
            break
        step = length * max(target - here.value, p.tolerance) / norm
        for line in range(len(missing)):
            raised = min(max(trial[line] + step * direction[line], 0.0), float(p.lost[line]))
            trial[line] = min(int(raised), p.lost[line])
        here = earn(p, branch, trial)
        if here.value > best.value:
            if here.value > best.value + p.tolerance:
                waited = 0
            best = here
            price[:] = trial
        else:
            waited += 1
        if waited >= PATIENCE:
            length *= SHORTER
            waited = 0
    return best
