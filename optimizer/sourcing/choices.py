"""At given prices of grams: the lines that may leave their best choice, and how, without losing a gap."""

from typing import NamedTuple

import numpy as np

from compiled import compiled, inlined
from optimizer.sourcing.problem import INFINITE, Array, Problem, beyond_first
from optimizer.sourcing.scope import Scope

_KEPT = 400  # of a line, those that lose least
_LISTED = 4_096
_LOOKED_AT = 16_384
_NARROWER = 64  # times: the gap of a line with more choices than can be listed


class Choices(NamedTuple):
    """Choices other than the best, lines by their least regret per gram; n nodes."""

    lines: Array  # one to a layer
    begin: Array  # (L + 1,) where a line's choices start
    units: Array  # (choices, n) change in each node's units
    grams: Array  # (choices, n) and in its grams
    regret: Array
    rate: Array  # (layers + 1,) least regret per gram moved, counted at both nodes; infinite at the end
    down: Array  # (layers + 1, n) grams that later layers can take away, not above 0
    up: Array  # (layers + 1, n) or add
    left_out: int  # least regret of a choice that is not there


@compiled
def choices_of(p: Problem, scope: Scope, best: Array, gap: int) -> Choices:
    """Choices that lose less than `gap`, around the lines' `best` (n, L)."""
    n, lines = best.shape
    begin = np.zeros(lines + 1, np.int64)
    units, regret = np.empty((_KEPT * lines, n), np.int64), np.empty(_KEPT * lines, np.int64)
    listed, loss = np.empty((_LISTED, n), np.int64), np.empty(_LISTED, np.int64)
    rate = np.full(lines, INFINITE, np.int64)
    left_out = INFINITE
    for line in range(lines):
        begin[line + 1] = begin[line]
        if p.weight[line] == 0:  # what fills nothing is best at its best
            continue
        within, made = gap, list_choices(p, scope, line, gap, best[:, line], listed, loss)
        while made < 0 and within > 0:
            within //= _NARROWER
            left_out = min(left_out, within)
            made = list_choices(p, scope, line, within, best[:, line], listed, loss)
        made = max(made, 0)
        order = np.argsort(loss[:made], kind="mergesort")
        if made > _KEPT:
            left_out = min(left_out, loss[order[_KEPT]])
            order = order[:_KEPT]
        count = begin[line]
        for at in order:
            units[count] = listed[at]
            regret[count] = loss[at]
            moved = np.sum(np.abs(listed[at])) * p.weight[line]
            rate[line] = min(rate[line], loss[at] // moved)
            count += 1
        begin[line + 1] = count
    grams = np.empty((begin[lines], n), np.int64)
    for line in range(lines):
        grams[begin[line] : begin[line + 1]] = units[begin[line] : begin[line + 1]] * p.weight[line]
    order = np.argsort(rate, kind="mergesort")[: np.sum(rate < INFINITE)]
    down, up = reach_of(order, begin, grams)
    rates = np.append(rate[order], INFINITE)
    return Choices(
        order, begin, units[: begin[lines]], grams, regret[: begin[lines]], rates, down, up, left_out
    )


@compiled
def reach_of(lines: Array, begin: Array, grams: Array) -> tuple[Array, Array]:
    """Grams that the layers from each on can take from a node, and add to it: (layers + 1, n) each."""
    layers, n = len(lines), grams.shape[1]
    down, up = np.zeros((layers + 1, n), np.int64), np.zeros((layers + 1, n), np.int64)
    for layer in range(layers - 1, -1, -1):
        line = lines[layer]
        for i in range(n):
            of_line = grams[begin[line] : begin[line + 1], i]
            down[layer, i] = down[layer + 1, i] + min(0, of_line.min())
            up[layer, i] = up[layer + 1, i] + max(0, of_line.max())
    return down, up


@compiled
def list_choices(
    p: Problem, scope: Scope, line: int, gap: int, best: Array, listed: Array, loss: Array
) -> int:
    """Ways to serve a line that lose less than `gap`, as changes from `best`, into `listed` and `loss`.

    Returns how many, -1 if they are too many. Units move away from the node where one is cheapest: the
    more, the dearer, so that counting ends where `gap` is passed.
    """
    n = len(best)
    served = np.sum(best)
    cost = np.empty(n, np.int64)
    for i in range(n):
        cost[i] = p.unit[scope.nodes[i], line] + scope.slope[i] * p.weight[line]
    order = np.argsort(cost, kind="mergesort")
    rest = order[0]
    cost -= cost[rest]
    now = spread_cost(p, scope, line, cost, best)
    units = scope.low[:, line].copy()
    others = np.sum(units) - units[rest]
    excess = np.sum(units * cost) - units[rest] * cost[rest]
    count = 0
    for _ in range(_LOOKED_AT):
        units[rest] = served - others
        if scope.low[rest, line] <= units[rest] <= scope.high[rest, line]:
            regret = spread_cost(p, scope, line, cost, units) - now
            if regret < gap and not np.array_equal(units, best):
                if count == len(loss):
                    return -1
                loss[count] = max(0, regret)
                listed[count] = units - best
                count += 1
        turning = 1
        while turning < n:  # the next units, as an odometer
            i = order[turning]
            if units[i] < scope.high[i, line] and others < served and excess + cost[i] < gap + now:
                units[i] += 1
                others += 1
                excess += cost[i]
                break
            back = units[i] - scope.low[i, line]
            units[i] -= back
            others -= back
            excess -= back * cost[i]
            turning += 1
        if turning == n:
            return count
    return -1


@inlined
def spread_cost(p: Problem, scope: Scope, line: int, cost: Array, units: Array) -> int:
    """Cost of a line's units, a charge for each node touched included."""
    value = 0
    for i in range(len(units)):
        if units[i] > 0:
            value += p.cell[scope.nodes[i]] + units[i] * cost[i]
            value += beyond_first(p, scope.nodes[i], line, units[i])
    return value
