"""A pair of nodes divided at almost no loss: the few lines that may leave their best choice at given prices.

At the best prices few lines can change without losing more than the gap. They form a core that is
searched by dynamic programming over (weight of the first node, regret), as in Pisinger's core
algorithms for knapsacks (Operations Research 45, 1997).
"""

from typing import NamedTuple

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.pair import Pair, Pricing, division_cost, pair_freight
from optimizer.sourcing.problem import INFINITE, Array, Problem

_STATES_PER_SPLIT = 32  # splits of a line looked at one by one; of a larger one as many, evenly spread
_STATES_PER_LINE = 4  # of the core: it is cut where it is larger
_FRESH = 4  # times the states kept: most that one line may make of them


class Core(NamedTuple):
    """Divisions other than the best that lose less than some gap, lines by their least regret per gram."""

    lines: Array  # one to a layer
    rate: Array  # (layers + 1,) regret per gram, infinite at the end
    begin: Array  # (L + 1,) where a line's divisions start
    shift: Array  # change in the first node's grams
    regret: Array
    down: Array  # (layers + 1,) grams that later layers can take away, not above 0
    up: Array  # (layers + 1,) or add
    left_out: int  # least regret of a division that is not there


class States(NamedTuple):
    """Partial divisions of one layer: the first node's grams, regret so far, and how they came about."""

    grams: Array
    paid: Array
    parent: Array
    choice: Array  # of the core's divisions, -1 for the best one


@compiled
def empty_states(count: int) -> States:
    return States(
        np.empty(count, np.int64),
        np.empty(count, np.int64),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
    )


@compiled
def core_of(p: Problem, pair: Pair, pricing: Pricing, gap: int, states: int) -> Core:
    """The core for a gap, cut so that it can be searched with so many states."""
    lines, most = len(pair.totals), states // _STATES_PER_SPLIT
    room = 0
    for line in range(lines):
        room += min(pair.high[line] - pair.low[line], most) + 1
    shift, regret = np.empty(room, np.int64), np.empty(room, np.int64)
    begin = np.zeros(lines + 1, np.int64)
    rate = np.full(lines, np.inf)
    left_out, count = INFINITE, 0
    for line in range(lines):
        low, span, weight = pair.low[line], pair.high[line] - pair.low[line], p.weight[line]
        parts = min(span, most)
        if pair.totals[line] > 0 and span > 0:
            at = pricing.at[line]
            here = division_cost(p, pair, line, at) + pricing.slope * weight * at
            if parts < span:  # between its ends a line's cost is straight
                for first in (low + 1, low + span - 1):
                    inside = division_cost(p, pair, line, first) + pricing.slope * weight * first
                    left_out = min(left_out, inside - here)
            for part in range(parts + 1):
                first = low + span * part // parts
                loss = division_cost(p, pair, line, first) + pricing.slope * weight * first - here
                if loss < gap and first != at:
                    shift[count] = (first - at) * weight
                    regret[count] = loss
                    rate[line] = min(rate[line], loss / abs(shift[count]))
                    count += 1
        begin[line + 1] = count
    order = np.argsort(rate, kind="mergesort")
    layers = 0
    while layers < lines and rate[order[layers]] < np.inf:
        layers += 1
    if layers > states // _STATES_PER_LINE:
        layers, left_out = states // _STATES_PER_LINE, 0
    down, up = np.zeros(layers + 1, np.int64), np.zeros(layers + 1, np.int64)
    for layer in range(layers - 1, -1, -1):
        of_line = shift[begin[order[layer]] : begin[order[layer] + 1]]
        down[layer] = down[layer + 1] + min(0, of_line.min())
        up[layer] = up[layer + 1] + max(0, of_line.max())
    rates = np.full(layers + 1, np.inf)
    rates[:layers] = rate[order[:layers]]
    return Core(order[:layers], rates, begin, shift[:count], regret[:count], down, up, left_out)


@compiled
def search_core(
    p: Problem, pair: Pair, pricing: Pricing, cutoff: int, precision: int, states: int, at: Array
) -> tuple[int, int]:
    """Best division cheaper than `cutoff`, into `at`: (value or INFINITE, least regret of states dropped).

    A state is a weight of the first node with its regret so far, the lines to come at their best. It is
    given up when it cannot lead below the best value; of states of one weight only the cheapest is
    kept. Ends early with a value within `precision` of the bound.
    """
    core = core_of(p, pair, pricing, cutoff - pricing.bound, states)
    layers, lost = len(core.lines), core.left_out
    history = np.empty((2, layers + 1, states), np.int32)  # parents and choices
    kept, fresh = empty_states(states), empty_states(_FRESH * states)
    base = pricing.bound - pricing.height[0]
    kept.grams[0], kept.paid[0], count = np.sum(pricing.at * p.weight), 0, 1
    best, best_state, best_layer = cutoff, -1, -1
    first = base + height_at(p, pair, pricing, kept.grams[0])
    if first < best:
        best, best_state, best_layer = first, 0, 0
    for layer in range(layers):
        if count == 0 or (best_state >= 0 and best <= pricing.bound + precision):
            break
        made, dropped = extend(core, layer, kept, count, fresh, best - pricing.bound)
        lost = min(lost, dropped)
        count, state = 0, -1
        for i in range(made):
            here = base + fresh.paid[i]
            ahead = height_at(p, pair, pricing, fresh.grams[i])
            if here + ahead < best:
                best, best_layer, state = here + ahead, layer + 1, count
            elif here + reachable(p, pair, pricing, core, layer, fresh.grams[i], best - here) >= best:
                continue
            move(fresh, i, fresh, count)
            count += 1
        if count > states:
            count, dropped, state = thin(fresh, count, states, state)
            lost = min(lost, dropped)
        for i in range(count):
            move(fresh, i, kept, i)
            history[0, layer + 1, i], history[1, layer + 1, i] = fresh.parent[i], fresh.choice[i]
        if state >= 0:
            best_state = state
    if best_state < 0:
        return INFINITE, lost
    at[:] = pricing.at
    for layer in range(best_layer, 0, -1):
        choice = history[1, layer, best_state]
        line = core.lines[layer - 1]
        if choice >= 0:
            at[line] += core.shift[choice] // p.weight[line]
        best_state = history[0, layer, best_state]
    return best, lost


@compiled
def height_at(p: Problem, pair: Pair, pricing: Pricing, grams: int) -> int:
    """The pair's freight at a weight of the first node, less what its grams are priced at."""
    return pair_freight(p, pair, grams) - pricing.slope * grams


@compiled
def reachable(
    p: Problem, pair: Pair, pricing: Pricing, core: Core, layer: int, grams: int, enough: int
) -> int:
    """Least height that layers after this one may still reach, their regret included; `enough` if not less.

    Freight is concave between its bends, so it is least at one of them or at the ends of the reach.
    """
    least, rate = enough, core.rate[layer + 1]
    if rate == np.inf:
        return least
    for end in (core.down[layer + 1], core.up[layer + 1]):
        least = min(least, height_at(p, pair, pricing, grams + end) + int(rate * abs(end)))
    for j in range(len(pricing.points)):
        if pricing.height[j] >= least:
            break  # and so are all that follow
        way = pricing.points[j] - grams
        if core.down[layer + 1] <= way <= core.up[layer + 1]:
            least = min(least, pricing.height[j] + int(rate * abs(way)))
    return least


@compiled
def extend(core: Core, layer: int, kept: States, count: int, fresh: States, gap: int) -> tuple[int, int]:
    """Every state with every division of the layer's line: (states made, least regret dropped)."""
    room, line, made, lost = len(fresh.grams), core.lines[layer], 0, INFINITE
    table = np.full(2 * room, -1, np.int64)  # of weights
    for state in range(count):
        for option in range(core.begin[line] - 1, core.begin[line + 1]):
            reach, loss, taken = kept.grams[state], kept.paid[state], -1
            if option >= core.begin[line]:
                reach += core.shift[option]
                loss += core.regret[option]
                taken = option
            if loss >= gap:
                continue
            slot = (reach * 40503) % (2 * room)
            while table[slot] >= 0 and fresh.grams[table[slot]] != reach:
                slot = (slot + 1) % (2 * room)
            place = table[slot]
            if place < 0:
                if made == room:
                    lost = min(lost, loss)
                    continue
                place = table[slot] = made
                made += 1
            elif loss >= fresh.paid[place]:
                continue
            fresh.grams[place], fresh.paid[place] = reach, loss
            fresh.parent[place], fresh.choice[place] = state, taken
    return made, lost


@compiled
def move(source: States, i: int, target: States, j: int) -> None:
    """Copy one state."""
    target.grams[j], target.paid[j] = source.grams[i], source.paid[i]
    target.parent[j], target.choice[j] = source.parent[i], source.choice[i]


@compiled
def thin(fresh: States, count: int, states: int, keep: int) -> tuple[int, int, int]:
    """Keep the cheapest state of each stretch of weights: (kept, least regret dropped, place of `keep`)."""
    lightest, heaviest = fresh.grams[:count].min(), fresh.grams[:count].max()
    width = (heaviest - lightest) // (states - 1) + 1
    best = np.full(states, -1, np.int64)
    lost, place_of_keep, left = INFINITE, -1, 0
    for i in range(count):
        place = (fresh.grams[i] - lightest) // width
        other = best[place]
        if other < 0:
            best[place] = i
        elif i == keep or (other != keep and fresh.paid[i] < fresh.paid[other]):
            lost = min(lost, fresh.paid[other])
            best[place] = i
        else:
            lost = min(lost, fresh.paid[i])
    for i in np.sort(best[best >= 0]):
        if i == keep:
            place_of_keep = left
        move(fresh, i, fresh, left)
        left += 1
    return left, lost, place_of_keep
