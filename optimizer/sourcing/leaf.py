"""A leaf settled exactly: which of the open nodes ships which units, freight steps included.

Branch and bound over ranges of units (per node and line) and of weight (per node), bounded by
`leaf_bounds`. Where lines and freight disagree about a node's weight its range is split at the packages
that freight wants, and then the line that can shift most weight.
"""

from typing import NamedTuple

import numpy as np

from compiled import compiled, whole
from optimizer.sourcing.assignment import assign_lines, line_value
from optimizer.sourcing.core import MOST_NODES, search_scope
from optimizer.sourcing.envelope import support
from optimizer.sourcing.improve import improve, improve_pairs, keep_better
from optimizer.sourcing.leaf_bounds import freight_side, tune
from optimizer.sourcing.problem import INFINITE, Array, Problem, charge, freight
from optimizer.sourcing.scope import Scope, weigh

_USUAL = 128  # nodes x lines of a usual state: larger ones count as more branches
_STATES, _FEW_STATES = whole(128), whole(32)  # of a core, and of one for two of many nodes
_STEPS = 1_024  # of a core's search that count as a branch
_SMALLER = 7  # eighths of the gap that a core left open, for another to be tried
_IMPROVE = 8  # branches that improving the plan of a usual state counts as
_IMPROVED = 6  # where there is no core the first states of a leaf are improved in any case
_SELDOM = 8  # and of the others every so many
_DEPTH = 96  # deeper states are given up, their bound kept


class States(NamedTuple):
    """A stack of parts of a leaf: from `low` to `high` units of a line, from `light` to `heavy` grams."""

    low: Array  # (depth, nodes, L)
    high: Array
    light: Array  # (depth, nodes)
    heavy: Array
    slope: Array  # (depth, nodes) prices of a gram to start from
    bound: Array  # (depth,)
    failed: Array  # (depth,) the gap that a core last left open


class Split(NamedTuple):
    """Where to part a state: a node's units of `line` at most `at`, or its grams if `line` is negative."""

    node: int
    line: int
    at: int


@compiled
def settle(
    p: Problem, leaf: Scope, units: Array, incumbent: int, known: int, budget: int
) -> tuple[int, int, int]:
    """Best plan of a leaf better than `incumbent`, into `units`: (value, bound, branches used).

    `known` is a bound to start from. The value is `incumbent` if nothing better was found.
    """
    chosen = leaf.nodes
    states = first_state(p, leaf, known)
    trial, plan, wish = np.empty_like(units), np.empty_like(units), np.empty(len(chosen), np.int64)
    effort, best = 1 + units.size // _USUAL, incumbent
    height, used, count, lowest = 1, 0, 0, INFINITE
    while height > 0:
        top = height - 1
        if used >= budget or states.bound[top] >= best - p.tolerance:
            lowest = min(lowest, states.bound[top])
            height = top
            continue
        used += effort
        count += 1
        scope = scope_at(leaf, states, top)
        base = tune(p, scope, trial, wish, best, best - p.tolerance)
        states.bound[top] = max(states.bound[top], base)
        if states.bound[top] < best - p.tolerance:
            assign_lines(p, scope, plan)
            best = keep_better(p, chosen, plan, best, units)
            if may_have_core(p, scope, trial):
                used += search_state(p, scope, states, top, base, best, plan)
            elif count <= _IMPROVED or count % _SELDOM == 0:
                used += _IMPROVE * effort
                if len(chosen) <= MOST_NODES:
                    improve(p, chosen, _STATES, plan)
                else:
                    improve_pairs(p, chosen, _FEW_STATES, plan)
            best = keep_better(p, chosen, plan, best, units)
        if states.bound[top] >= best - p.tolerance:
            continue
        split = where_to_split(p, scope, trial, wish, base, best)
        if split.node < 0:  # all is pinned: the plan just valued, or none
            height = top
        elif height == _DEPTH:
            lowest = min(lowest, states.bound[top])
            height = top
        else:
            height = part(states, top, split)
    return best, min(best, lowest), used


@compiled
def may_have_core(p: Problem, scope: Scope, units: Array) -> bool:
    """Whether every plan of the scope serves just as much of each line as `units`, from few nodes."""
    if len(scope.nodes) > MOST_NODES or np.sum(units * p.weight) != scope.total:
        return False
    for line in range(len(p.demand)):
        if np.sum(units[:, line]) < min(scope.wanted[line], np.sum(scope.high[:, line])):
            return False
    return True


@compiled
def search_state(
    p: Problem, scope: Scope, states: States, top: int, base: int, best: int, plan: Array
) -> int:
    """Raise a state's bound by its core, and put a plan better than `best` into `plan`: branches used.

    `base` is the bound at the scope's prices. Not again before the gap is smaller than where that failed.
    """
    if best - base >= states.failed[top] // 8 * _SMALLER:
        return 0
    found = search_scope(p, scope, base, best, _STATES, plan)
    states.bound[top] = max(states.bound[top], found.bound)
    states.failed[top] = best - states.bound[top]
    return found.work // _STEPS


@compiled
def first_state(p: Problem, leaf: Scope, known: int) -> States:
    """A stack with the whole leaf on it."""
    count, lines = leaf.low.shape
    states = States(
        np.zeros((_DEPTH, count, lines), np.int64),
        np.zeros((_DEPTH, count, lines), np.int64),
        np.zeros((_DEPTH, count), np.int64),
        np.zeros((_DEPTH, count), np.int64),
        np.zeros((_DEPTH, count), np.int64),
        np.full(_DEPTH, known, np.int64),
        np.full(_DEPTH, INFINITE, np.int64),
    )
    states.low[0], states.high[0] = leaf.low, leaf.high
    states.light[0], states.heavy[0] = leaf.light, leaf.heavy
    for i in range(count):
        low, high = leaf.light[i], leaf.heavy[i]
        states.slope[0, i] = support(p, leaf.nodes[i], low, high, high)[1]
    return states


@compiled
def scope_at(leaf: Scope, states: States, at: int) -> Scope:
    """A part of a leaf; its arrays are those of the stack."""
    return Scope(
        leaf.nodes,
        leaf.wanted,
        states.low[at],
        states.high[at],
        states.light[at],
        states.heavy[at],
        leaf.total,
        states.slope[at],
    )


@compiled
def where_to_split(p: Problem, scope: Scope, units: Array, wish: Array, base: int, best: int) -> Split:
    """Where the lines' `units` and the grams that freight wants cannot both be; node -1 if nowhere.

    First the packages that freight wants are parted from fewer or more, where lines disagree most dearly;
    then the line that shifts most weight.
    """
    light, heavy, slope = scope.light, scope.heavy, scope.slope
    split = Split(-1, -1, 0)
    grams = np.empty(len(wish), np.int64)
    weigh(p, units, grams)
    most = 0
    for i in range(len(wish)):
        if light[i] <= grams[i] <= heavy[i] and grams[i] != wish[i]:
            k = scope.nodes[i]
            above = freight(p, k, grams[i]) - slope[i] * grams[i]
            above -= freight_side(p, k, light[i], heavy[i], slope[i])[0]
            after, full = packages_around(p, k, wish[i])
            end = full if grams[i] > wish[i] else after
            if above > most and light[i] <= end < heavy[i]:
                split, most = Split(i, -1, end), above
    if split.node >= 0:
        return split
    return widest_line(p, scope, units, grams, base, best)


@compiled
def part(states: States, top: int, split: Split) -> int:
    """Put both parts of the top state in its place: the new height."""
    after = top + 1
    copy_state(states, top, after)
    if split.line < 0:
        states.heavy[top, split.node] = split.at
        states.light[after, split.node] = split.at + 1
    else:
        states.high[top, split.node, split.line] = split.at
        states.low[after, split.node, split.line] = split.at + 1
    return top + 2


@compiled
def copy_state(states: States, source: int, target: int) -> None:
    """Copy one place of the stack to another."""
    for ranges in (states.low, states.high):
        ranges[target] = ranges[source]
    for grams in (states.light, states.heavy, states.slope):
        grams[target] = grams[source]
    for one in (states.bound, states.failed):
        one[target] = one[source]


@compiled
def packages_around(p: Problem, node: int, grams: int) -> tuple[int, int]:
    """Of the packages that carry `grams` cheapest: (grams that one less holds, grams that they hold).

    Parted at the service's least weight too.
    """
    best, after, full = INFINITE, 0, 0
    for s in range(p.service_start[node], p.service_start[node + 1]):
        packages = max(1, -(-grams // p.limit[s]))
        cost = charge(p, s, packages, grams)
        if cost < best:
            best, after, full = cost, (packages - 1) * p.limit[s], packages * p.limit[s]
            if after < p.least[s] < grams:
                after = p.least[s]
            elif grams <= p.least[s] < full:
                full = p.least[s]
    return after, full


@compiled
def widest_line(p: Problem, scope: Scope, units: Array, grams: Array, base: int, best: int) -> Split:
    """The line that can shift most weight at a node; node -1 if there is none left.

    Tries every node and line: where the units chosen could not be left without passing `best`, the
    limits are tightened in place.
    """
    count, lines = units.shape
    low, high = scope.low, scope.high
    take = np.empty(count, np.int64)
    pick, pick_line, at, most = -1, -1, 0, 0
    for line in range(lines):
        _, here = line_value(p, scope, line, take)
        for i in range(count):
            now = units[i, line]
            before_low, before_high = low[i, line], high[i, line]
            if before_low >= before_high:
                continue
            fewer = more = INFINITE
            if now > before_low:
                high[i, line] = now - 1
                fewer = line_value(p, scope, line, take)[1]
                high[i, line] = before_high
            if now < before_high:
                low[i, line] = now + 1
                more = line_value(p, scope, line, take)[1]
                low[i, line] = before_low
            if fewer >= INFINITE or base + fewer - here >= best:
                low[i, line] = now
                fewer = INFINITE
            if more >= INFINITE or base + more - here >= best:
                high[i, line] = now
                more = INFINITE
            # A node whose weight is off its range first, then the line that shifts most weight.
            shift = (high[i, line] - low[i, line]) * max(p.weight[line], 1)
            if grams[i] < scope.light[i] or grams[i] > scope.heavy[i]:
                shift *= 1000
            if shift > most and (fewer < INFINITE or more < INFINITE):
                pick, pick_line, most = i, line, shift
                at = now - 1 if fewer < INFINITE else now
    return Split(pick, pick_line, at)
