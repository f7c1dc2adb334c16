"""A scope searched at almost no loss: the few lines that may leave their best choice at given prices.

At the best prices of grams few lines can change without losing more than the gap. They form a core that
is searched by dynamic programming over (grams of each node, regret), as in Pisinger's core algorithms
for knapsacks (Operations Research 45, 1997), here with as many knapsacks as nodes.
"""

from typing import NamedTuple

import numpy as np

from compiled import compiled, inlined
from optimizer.sourcing.assignment import assign_lines
from optimizer.sourcing.choices import Choices, choices_of
from optimizer.sourcing.leaf_bounds import paid
from optimizer.sourcing.packing import Packings, packings_of
from optimizer.sourcing.problem import INFINITE, Array, Problem, freight
from optimizer.sourcing.scope import Scope

MOST_NODES = 6  # with more, packages are a small part and choices are many
_WIDTH, _WIDER = 2, 6  # tolerances above the bound that are searched first; how much more each time
_FRESH = 12  # times the states kept: most that one line may make of them
_CELLS = 8  # times the states kept: places to note stretches of grams
_MOST_STEPS = 80_000  # of a search; the states left then count as dropped
_HASH = 40_503  # Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4)


class Layer(NamedTuple):
    """Lines so far with a choice each: what the nodes ship in grams, the later lines at their best."""

    grams: Array  # (states, n)
    regret: Array
    parent: Array  # in the layer before
    choice: Array  # of the layer's line, -1 for the best one
    least: Array  # bound on what it can lead to


class Search(NamedTuple):
    """What a search ends with: a value below the cutoff or INFINITE, a bound, and steps made."""

    value: int
    bound: int
    work: int


@compiled
def search_scope(p: Problem, scope: Scope, bound: int, goal: int, states: int, units: Array) -> Search:
    """Look for a plan of the scope cheaper than `goal`, into `units`, near the bound first.

    The scope's prices of grams are those of `bound`; it must have a total. So many `states` are kept of
    a layer; what is not kept can lower the bound that is returned, never the truth of it. Ends where the
    bound is within the tolerance of `goal`, since what lies between is not looked for.
    """
    best = np.empty_like(units)
    lines_cost = assign_lines(p, scope, best) + paid(p, scope)
    value, work, reach = INFINITE, 0, _WIDTH * p.tolerance
    while value == INFINITE and bound < goal - p.tolerance:
        cutoff = min(bound + reach, goal)
        found = search_core(p, scope, best, lines_cost, cutoff, bound + p.tolerance, states, units)
        work += found.work
        value = found.value
        is_stuck = found.bound < cutoff - p.tolerance
        bound = max(bound, found.bound)
        if cutoff == goal:
            break
        reach = goal - bound if is_stuck else reach * _WIDER
    return Search(value, bound, work)


@compiled
def search_core(
    p: Problem,
    scope: Scope,
    best: Array,
    lines_cost: int,
    cutoff: int,
    enough: int,
    states: int,
    units: Array,
) -> Search:
    """Best plan cheaper than `cutoff`, into `units`, around the lines' `best` choices; ends at `enough`.

    `enough` must be below `cutoff`: else nothing is looked at, and the cutoff is no bound.
    """
    packings = packings_of(p, scope, cutoff - lines_cost)
    bound = lines_cost + packings.beyond
    if len(packings.least) == 0:
        return Search(INFINITE, bound, 0)
    bound = lines_cost + packings.least[0]
    choices = choices_of(p, scope, best, cutoff - bound)
    layers = len(choices.lines)
    lost = min(INFINITE, bound + choices.left_out)
    history = np.empty((2, layers + 1, states), np.int32)  # parents and choices
    kept, fresh = empty_states(states, best.shape[0]), empty_states(_FRESH * states, best.shape[0])
    table = np.empty(2 * len(fresh.regret), np.int64)
    for i in range(best.shape[0]):
        kept.grams[0, i] = np.sum(best[i] * p.weight)
    kept.regret[0], kept.least[0], count, work = 0, bound, 1, 0
    value, at_layer, at_state = cutoff, -1, -1  # no plan yet, only what one has to be cheaper than
    first = lines_cost + height_at(p, scope, kept.grams[0])
    if first < value:
        value, at_layer, at_state = first, 0, 0
    for layer in range(layers):
        if count == 0 or value <= enough:
            break
        if work > _MOST_STEPS:
            lost = min(lost, kept.least[:count].min())
            break
        made, dropped, steps = extend(choices, layer, kept, count, fresh, table, value - bound)
        work += steps
        lost = min(lost, bound + dropped)
        made, value, mark = prune(p, scope, packings, choices, layer, fresh, made, lines_cost, value)
        count, dropped, mark = keep(fresh, made, kept, states, mark)
        lost = min(lost, dropped)
        history[0, layer + 1, :count] = kept.parent[:count]
        history[1, layer + 1, :count] = kept.choice[:count]
        if mark >= 0:
            at_layer, at_state = layer + 1, mark
    if at_layer < 0:
        return Search(INFINITE, min(cutoff, lost), work)
    units[:, :] = best
    for layer in range(at_layer, 0, -1):
        choice = history[1, layer, at_state]
        if choice >= 0:
            units[:, choices.lines[layer - 1]] += choices.units[choice]
        at_state = history[0, layer, at_state]
    return Search(value, bound if value <= enough else min(value, lost), work)


@compiled
def empty_states(count: int, nodes: int) -> Layer:
    return Layer(
        np.empty((count, nodes), np.int64),
        np.empty(count, np.int64),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.int64),
    )


@compiled
def extend(
    choices: Choices, layer: int, kept: Layer, count: int, fresh: Layer, table: Array, gap: int
) -> tuple[int, int, int]:
    """Every state with every choice of the layer's line: (states made, least regret dropped, steps).

    Of states with the same grams only the cheapest is made. `table` finds them.
    """
    line, made, lost, steps = choices.lines[layer], 0, INFINITE, 0
    table[:] = -1
    grams = np.empty(kept.grams.shape[1], np.int64)
    for state in range(count):
        for choice in range(choices.begin[line] - 1, choices.begin[line + 1]):
            grams[:] = kept.grams[state]
            regret, taken = kept.regret[state], -1
            if choice >= choices.begin[line]:
                grams += choices.grams[choice]
                regret += choices.regret[choice]
                taken = choice
            steps += 1
            if regret >= gap:
                continue
            slot = slot_of(table, fresh, grams)
            place = table[slot]
            if place < 0:
                if made == len(fresh.regret):
                    lost = min(lost, regret)
                    continue
                place = table[slot] = made
                fresh.grams[made] = grams
                made += 1
            elif regret >= fresh.regret[place]:
                continue
            fresh.regret[place], fresh.parent[place], fresh.choice[place] = regret, state, taken
    return made, lost, steps


@inlined
def slot_of(table: Array, fresh: Layer, grams: Array) -> int:
    """Where in the table a state of these grams stands, or would stand."""
    slot = 0
    for gram in grams:
        slot = (slot * _HASH + gram) % len(table)
    while table[slot] >= 0:
        same = True
        for i in range(len(grams)):
            same = same and fresh.grams[table[slot], i] == grams[i]
        if same:
            break
        slot = (slot + 1) % len(table)
    return slot


@compiled
def prune(
    p: Problem,
    scope: Scope,
    packings: Packings,
    choices: Choices,
    layer: int,
    fresh: Layer,
    made: int,
    lines_cost: int,
    value: int,
) -> tuple[int, int, int]:
    """Leave out states that cannot lead below the best value: (states left, best value, its state or -1)."""
    left, mark = 0, -1
    for i in range(made):
        here = lines_cost + fresh.regret[i]
        now = here + height_at(p, scope, fresh.grams[i])
        least = here + reachable(scope, packings, choices, layer, fresh.grams[i], value - here)
        if now < value:
            value, mark = now, left
        elif least >= value:
            continue
        put(fresh, i, fresh, left)
        fresh.least[left] = min(now, least)
        left += 1
    return left, value, mark


@compiled
def keep(fresh: Layer, made: int, kept: Layer, states: int, mark: int) -> tuple[int, int, int]:
    """Keep so many states, and the marked one: (how many, least of those dropped, mark).

    The most promising of each stretch of grams, since what fits in the end is not known: then others.
    """
    if made <= states:
        for i in range(made):
            put(fresh, i, kept, i)
        return made, INFINITE, mark
    if mark >= 0:
        fresh.least[mark] = -INFINITE  # so that it comes first
    order = np.argsort(fresh.least[:made], kind="mergesort")
    taken = first_of_stretches(fresh, order, states)
    left, lost = np.sum(taken), INFINITE
    count = 0
    for i in range(made):
        at = order[i]
        if not taken[i]:
            if left == states:
                lost = min(lost, fresh.least[at])
                continue
            left += 1
        put(fresh, at, kept, count)
        count += 1
    return count, lost, 0 if mark >= 0 else -1


@compiled
def first_of_stretches(fresh: Layer, order: Array, states: int) -> Array:
    """Which states are the first in `order` of those with nearly the same grams, at most so many."""
    n = fresh.grams.shape[1]
    width, lightest = np.empty(n, np.int64), np.empty(n, np.int64)
    stretches = 1
    while (stretches + 1) ** (n - 1) <= states:
        stretches += 1
    for i in range(n):
        of_node = fresh.grams[: len(order), i]
        lightest[i] = of_node.min()
        width[i] = (of_node.max() - lightest[i]) // stretches + 1
    seen = np.full(_CELLS * states, -1, np.int64)
    is_first = np.zeros(len(order), np.bool_)
    count = 0
    for i in range(len(order)):
        cell = 0
        for j in range(n):
            cell = cell * (stretches + 1) + (fresh.grams[order[i], j] - lightest[j]) // width[j]
        slot = cell * _HASH % len(seen)
        if seen[slot] != cell and count < states:
            seen[slot] = cell
            is_first[i] = True
            count += 1
    return is_first


@inlined
def put(source: Layer, i: int, target: Layer, j: int) -> None:
    """Copy one state."""
    target.grams[j] = source.grams[i]
    target.regret[j], target.least[j] = source.regret[i], source.least[i]
    target.parent[j], target.choice[j] = source.parent[i], source.choice[i]


@inlined
def height_at(p: Problem, scope: Scope, grams: Array) -> int:
    """Freight at these grams less what they are priced at; INFINITE outside the scope."""
    height = 0
    for i in range(len(grams)):
        if not scope.light[i] <= grams[i] <= scope.heavy[i]:
            return INFINITE // 2
        height += freight(p, scope.nodes[i], grams[i]) - scope.slope[i] * grams[i]
    return height


@inlined
def reachable(
    scope: Scope, packings: Packings, choices: Choices, layer: int, grams: Array, enough: int
) -> int:
    """Least height that later layers may still reach, their regret included; `enough` if not less.

    In a packing each node's height is straight: the best is to stay, or to go as far as it goes.
    """
    rate = choices.rate[layer + 1]
    if rate == INFINITE:
        return enough
    least = min(enough, packings.beyond)
    for j in range(len(packings.least)):
        if packings.least[j] >= least:
            break  # and so are all that follow
        height = packings.base[j]
        for i in range(len(grams)):
            low = max(packings.floor[j, i], grams[i] + choices.down[layer + 1, i])
            high = min(packings.room[j, i], grams[i] + choices.up[layer + 1, i])
            if low > high:
                height = INFINITE
                break
            at = min(max(grams[i], low), high)
            if packings.pull[j, i] > rate:
                at = low
            elif packings.pull[j, i] < -rate:
                at = high
            height += packings.pull[j, i] * at + rate * abs(at - grams[i])
        least = min(least, height)
    return least
