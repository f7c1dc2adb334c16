"""Two nodes divide what they ship together anew: a knapsack on grams, with a proof where it is complete.

With the units of each line fixed for the pair, all that couples its lines is the weight G of the first
node: freight is a function of G alone, the second node carries the rest. Pricing G by `slope` gives a
bound (lines choose by themselves, freight by itself); at the best slope few lines can leave their best
choice without losing more than the gap. Those form a core that is searched by dynamic programming over
(G, regret), as in Pisinger's core algorithms for knapsacks (Operations Research 45, 1997).

Not a relaxation of the order: what other nodes ship stays as it is.
"""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.problem import INFINITE, Array, Problem, freight

_POINTS = 400  # weights at which the pair's freight can bend
_STATES_PER_SPLIT = 32  # splits of a line looked at one by one; of a larger one as many, evenly spread
_STATES_PER_LINE = 4  # of the core: it is cut where it is larger
_BISECTIONS = 40
_WIDTH, _WIDER = 2, 6  # tolerances above the bound that are searched first; how much more each time
_FAR = 10  # tolerances: what is not found so near to the bound is not looked for to improve a plan


@compiled
def line_ranges(p: Problem, nodes: Array, shared: Array, relaxed: bool, low: Array, high: Array) -> None:
    """Units the first node can ship of each line, the pair's total kept.

    `shared` (2, L) are the units each of the pair ships. Of lines of one sku whose stock could be
    overdrawn only the first with units is free to change, the others keep what they have; if `relaxed`
    all are free and may overdraw it.
    """
    lines = len(p.demand)
    for line in range(lines):
        total = shared[0, line] + shared[1, line]
        low[line] = max(0, total - p.available[nodes[1], line])
        high[line] = min(total, p.available[nodes[0], line])
    if relaxed or not p.shares_stock:
        return
    for line in range(lines):
        wanted, first = 0, -1
        left, right = p.stock[nodes[0], line], p.stock[nodes[1], line]
        for other in range(lines):
            if p.sku[other] == p.sku[line]:
                wanted += p.demand[other]
                if other != line:
                    left -= shared[0, other]
                    right -= shared[1, other]
                if first < 0 and shared[0, other] + shared[1, other] > 0:
                    first = other
        if wanted <= min(p.stock[nodes[0], line], p.stock[nodes[1], line]):
            continue
        if p.stock[nodes[0], line] == 0 or p.stock[nodes[1], line] == 0:
            continue
        if wanted > p.demand[line]:  # another line wants the sku too
            total = shared[0, line] + shared[1, line]
            if line == first:
                low[line] = max(low[line], total - right)
                high[line] = min(high[line], left)
            else:
                low[line] = high[line] = shared[0, line]


@compiled
def division_cost(p: Problem, nodes: Array, line: int, total: int, first: int) -> int:
    """Cost, freight aside, of `first` units of a line from the first node and the rest from the second."""
    cost = first * p.unit[nodes[0], line] + (total - first) * p.unit[nodes[1], line]
    if first > 0:
        cost += p.cell[nodes[0]]
    if first < total:
        cost += p.cell[nodes[1]]
    return cost


@compiled
def bends(p: Problem, nodes: Array, total: int, low: int, high: int) -> Array:
    """Weights of the first node where the pair's freight can be least at any slope; empty if too many.

    Between full packages of either node freight is concave, and just beyond one it is dearer.
    """
    points = np.empty(_POINTS, np.int64)
    points[0], points[1] = low, high
    count = 2
    for i in range(2):
        for s in range(p.service_start[nodes[i]], p.service_start[nodes[i] + 1]):
            start = low if i == 0 else total - high
            full = max(1, -(-start // p.limit[s])) * p.limit[s]
            while full < total:
                grams = full if i == 0 else total - full
                if grams <= low or grams >= high:
                    break
                if count == _POINTS:
                    return points[:0]
                points[count] = grams
                count += 1
                full += p.limit[s]
    return points[:count]


@compiled
def pair_freight(p: Problem, nodes: Array, total: int, grams: int) -> int:
    """Freight of both nodes, the first shipping `grams`."""
    return freight(p, nodes[0], grams) + freight(p, nodes[1], total - grams)


@compiled
def best_divisions(
    p: Problem, nodes: Array, totals: Array, low: Array, high: Array, slope: int, at: Array
) -> int:
    """Each line's cheapest division, a gram from the first node costing `slope`, into `at`; their cost.

    The cost is linear between the ends, where a node is no longer touched.
    """
    value = 0
    for line in range(len(totals)):
        if totals[line] == 0:
            at[line] = 0
            continue
        best = INFINITE
        for turn in range(4):
            if turn == 0:
                first = low[line]
            elif turn == 1:
                first = high[line]
            elif turn == 2:
                first = min(low[line] + 1, high[line])
            else:
                first = max(high[line] - 1, low[line])
            cost = division_cost(p, nodes, line, totals[line], first) + slope * p.weight[line] * first
            if cost < best:
                best, at[line] = cost, first
        value += best
    return value


@compiled
def price_grams(
    p: Problem,
    nodes: Array,
    totals: Array,
    low: Array,
    high: Array,
    points: Array,
    cost: Array,
    at: Array,
) -> tuple[int, int]:
    """(slope, bound) of the highest bound on the pair's cost, by bisection; divisions into `at`."""
    steepest = 1
    for i in range(len(points)):
        for j in range(len(points)):
            if points[i] < points[j]:
                steepest = max(steepest, abs(cost[j] - cost[i]) // (points[j] - points[i]))
    left, right = -steepest - 1, steepest + 1
    best, best_slope = -INFINITE, 0
    for _ in range(_BISECTIONS):
        slope = (left + right) // 2
        bound = best_divisions(p, nodes, totals, low, high, slope, at)
        grams = 0
        for line in range(len(totals)):
            grams += at[line] * p.weight[line]
        least, wish = INFINITE, 0
        for i in range(len(points)):
            value = cost[i] - slope * points[i]
            if value < least:
                least, wish = value, points[i]
        if bound + least > best:
            best, best_slope = bound + least, slope
        if grams > wish:
            left = slope + 1
        else:
            right = slope
        if grams == wish or left >= right:
            break
    best_divisions(p, nodes, totals, low, high, best_slope, at)
    return best_slope, best


@compiled
def divide(
    p: Problem, nodes: Array, shared: Array, states: int, relaxed: bool, enough: int, precision: int
) -> tuple[int, bool]:
    """Divide what two nodes ship anew, into `shared` (2, L) where that is cheaper.

    Returns (bound on the cost of any division with both nodes paid, whether `shared` changed). The
    bound holds for the lines that are free to change (see `line_ranges`). Only divisions cheaper than
    `enough`, and than what is shared now, by `precision` are looked for, and none that is nearer to the
    bound than that is made better. At most `states` partial divisions are kept.
    """
    lines = len(p.demand)
    low, high = np.empty(lines, np.int64), np.empty(lines, np.int64)
    line_ranges(p, nodes, shared, relaxed, low, high)
    totals = shared[0] + shared[1]
    total, lightest, heaviest, now, grams_now = 0, 0, 0, 0, 0
    for line in range(lines):
        if totals[line] > 0:
            total += totals[line] * p.weight[line]
            lightest += low[line] * p.weight[line]
            heaviest += high[line] * p.weight[line]
            grams_now += shared[0, line] * p.weight[line]
            now += division_cost(p, nodes, line, totals[line], shared[0, line])
    now += pair_freight(p, nodes, total, grams_now)
    points = bends(p, nodes, total, lightest, heaviest)
    if len(points) == 0:
        return -INFINITE, False
    cost = np.empty(len(points), np.int64)
    for i in range(len(points)):
        cost[i] = pair_freight(p, nodes, total, points[i])
    at = np.empty(lines, np.int64)
    slope, bound = price_grams(p, nodes, totals, low, high, points, cost, at)
    goal = min(now, enough) - precision
    if bound >= goal:
        return bound, False
    by_height = np.argsort(cost - slope * points)  # so that a search for the nearest can stop early
    points, cost = points[by_height], cost[by_height]
    reach, value, proven = _WIDTH * p.tolerance, INFINITE, bound
    while value == INFINITE:  # first what is nearly as good as the bound: a small core
        cutoff = min(bound + reach, goal)
        value, lost = search_core(
            p, nodes, totals, low, high, points, cost, slope, bound, cutoff, precision, at, states
        )
        proven = max(proven, min(cutoff, value - precision, bound + lost))
        if cutoff == goal or (not relaxed and reach > _FAR * p.tolerance):
            break
        reach *= _WIDER
    if value < now:
        for line in range(lines):
            shared[0, line] = at[line]
            shared[1, line] = totals[line] - at[line]
    return proven, value < now


@compiled
def core_of(
    p: Problem, nodes: Array, totals: Array, low: Array, high: Array, slope: int, gap: int, at: Array, splits: int
) -> tuple[Array, Array, Array, Array, Array, int]:
    """Divisions other than the best that lose less than `gap`: lines by their least regret per gram.

    Returns (lines, their rates, start of their divisions, change in grams, regret, least regret left out).
    """
    lines = len(totals)
    room = 0
    for line in range(lines):
        room += min(high[line] - low[line], splits) + 1
    shift, regret = np.empty(room, np.int64), np.empty(room, np.int64)
    begin = np.zeros(lines + 1, np.int64)
    rate = np.empty(lines, np.float64)
    omitted, count = INFINITE, 0
    for line in range(lines):
        rate[line] = np.inf
        span = high[line] - low[line]
        parts = min(span, splits)
        if totals[line] > 0 and span > 0:
            here = division_cost(p, nodes, line, totals[line], at[line]) + slope * p.weight[line] * at[line]
            if parts < span:  # between its ends a line's cost is straight
                for first in (low[line] + 1, high[line] - 1):
                    inside = division_cost(p, nodes, line, totals[line], first)
                    omitted = min(omitted, inside + slope * p.weight[line] * first - here)
            for part in range(parts + 1):
                first = low[line] + span * part // parts
                if first == at[line]:
                    continue
                loss = (
                    division_cost(p, nodes, line, totals[line], first) + slope * p.weight[line] * first - here
                )
                if loss < gap:
                    shift[count] = (first - at[line]) * p.weight[line]
                    regret[count] = loss
                    if shift[count] != 0:
                        rate[line] = min(rate[line], loss / abs(shift[count]))
                        count += 1
        begin[line + 1] = count
    return np.argsort(rate), rate, begin, shift[:count], regret[:count], omitted


@compiled
def search_core(
    p: Problem,
    nodes: Array,
    totals: Array,
    low: Array,
    high: Array,
    points: Array,
    cost: Array,
    slope: int,
    bound: int,
    cutoff: int,
    precision: int,
    at: Array,
    states: int,
) -> tuple[int, int]:
    """Best division cheaper than `cutoff`, into `at`: (value or INFINITE, least regret of states dropped).

    A state is the first node's weight with its regret so far, the lines to come at their best. It is
    given up when what is left to lose on the way to any weight in reach, at the least regret per gram to
    come, passes the best value; of states of one weight only the cheapest is kept.
    """
    order, rate, begin, shift, regret, lost = core_of(p, nodes, totals, low, high, slope, cutoff - bound, at, states // _STATES_PER_SPLIT)
    total, start = 0, 0
    for line in range(len(totals)):
        total += totals[line] * p.weight[line]
        start += at[line] * p.weight[line]
    least = cost[0] - slope * points[0]
    value, at_state, at_layer = INFINITE, -1, -1
    layers = 0
    while layers < len(order) and rate[order[layers]] < np.inf:
        layers += 1
    if layers > states // _STATES_PER_LINE:
        layers, lost = states // _STATES_PER_LINE, 0
    down, up = np.zeros(layers + 1, np.int64), np.zeros(layers + 1, np.int64)  # that lines to come can shift
    for layer in range(layers - 1, -1, -1):
        line = order[layer]
        down[layer], up[layer] = down[layer + 1], up[layer + 1]
        if begin[line] < begin[line + 1]:
            down[layer] += min(0, shift[begin[line] : begin[line + 1]].min())
            up[layer] += max(0, shift[begin[line] : begin[line + 1]].max())
    room = 4 * states
    table = np.empty(2 * room, np.int64)
    parent = np.empty((layers + 1, states), np.int32)
    choice = np.empty((layers + 1, states), np.int32)
    grams, paid = np.empty(states, np.int64), np.empty(states, np.int64)
    new_grams, new_paid = np.empty(room, np.int64), np.empty(room, np.int64)
    new_parent, new_choice = np.empty(room, np.int32), np.empty(room, np.int32)
    grams[0], paid[0], count = start, 0, 1
    best = cutoff
    first = bound + pair_freight(p, nodes, total, start) - slope * start - least
    if first < best:
        best = value = first
        at_state, at_layer = 0, 0
    for layer in range(layers if best > bound + precision else 0):
        line = order[layer]
        next_rate = rate[order[layer + 1]] if layer + 1 < layers else np.inf
        table[:] = -1
        fresh = 0
        for state in range(count):
            for option in range(begin[line] - 1, begin[line + 1]):
                reach, loss, taken = grams[state], paid[state], -1
                if option >= begin[line]:
                    reach += shift[option]
                    loss += regret[option]
                    taken = option
                if bound + loss >= best:
                    continue
                slot = (reach * 40503) % (2 * room)
                while table[slot] >= 0 and new_grams[table[slot]] != reach:
                    slot = (slot + 1) % (2 * room)
                known = table[slot]
                if known >= 0:
                    if loss < new_paid[known]:
                        new_paid[known], new_parent[known], new_choice[known] = loss, state, taken
                    continue
                if fresh == room:
                    lost = min(lost, loss)
                    continue
                table[slot] = fresh
                new_grams[fresh], new_paid[fresh] = reach, loss
                new_parent[fresh], new_choice[fresh] = state, taken
                fresh += 1
        kept = 0
        for i in range(fresh):
            reach, loss = new_grams[i], new_paid[i]
            here = bound - least + loss
            ahead = pair_freight(p, nodes, total, reach) - slope * reach
            new_grams[kept], new_paid[kept] = reach, loss
            new_parent[kept], new_choice[kept] = new_parent[i], new_choice[i]
            if here + ahead < best:
                best = value = here + ahead
                at_layer = layer + 1
                at_state = kept
            if next_rate < np.inf:
                for end in (down[layer + 1], up[layer + 1]):
                    height = pair_freight(p, nodes, total, reach + end) - slope * (reach + end)
                    ahead = min(ahead, height + int(next_rate * abs(end)))
                for j in range(len(points)):
                    height = cost[j] - slope * points[j]
                    if height >= ahead or here + height >= best:
                        break  # and so are all that follow
                    if down[layer + 1] <= points[j] - reach <= up[layer + 1]:
                        ahead = min(ahead, height + int(next_rate * abs(points[j] - reach)))
                if here + ahead < best or (at_state == kept and at_layer == layer + 1):
                    kept += 1
            elif at_state == kept and at_layer == layer + 1:
                kept += 1
        if kept > states:
            kept, lost, at_state = thin(
                new_grams,
                new_paid,
                new_parent,
                new_choice,
                kept,
                states,
                lost,
                at_state if at_layer == layer + 1 else -1,
                at_state,
            )
        grams[:kept], paid[:kept] = new_grams[:kept], new_paid[:kept]
        parent[layer + 1, :kept], choice[layer + 1, :kept] = new_parent[:kept], new_choice[:kept]
        count = kept
        if count == 0 or best <= bound + precision:
            break
    if value < INFINITE:
        while at_layer > 0:
            option = choice[at_layer, at_state]
            line = order[at_layer - 1]
            if option >= 0:
                at[line] += shift[option] // p.weight[line]
            at_state = parent[at_layer, at_state]
            at_layer -= 1
    return value, lost


@compiled
def thin(
    grams: Array,
    paid: Array,
    parent: Array,
    choice: Array,
    count: int,
    states: int,
    lost: int,
    keep: int,
    otherwise: int,
) -> tuple[int, int, int]:
    """Keep the cheapest state of each stretch: (states kept, least regret dropped, `keep`'s place)."""
    lightest, heaviest = grams[:count].min(), grams[:count].max()
    width = (heaviest - lightest) // (states - 1) + 1
    best = np.full(states, -1, np.int64)
    for i in range(count):
        place = (grams[i] - lightest) // width
        if best[place] < 0:
            best[place] = i
        elif i == keep or (best[place] != keep and paid[i] < paid[best[place]]):
            lost = min(lost, paid[best[place]])
            best[place] = i
        else:
            lost = min(lost, paid[i])
    chosen = np.sort(best[best >= 0])
    kept = 0
    for i in chosen:
        if i == keep:
            otherwise = kept
        grams[kept], paid[kept] = grams[i], paid[i]
        parent[kept], choice[kept] = parent[i], choice[i]
        kept += 1
    return kept, lost, otherwise
