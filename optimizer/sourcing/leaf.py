"""A leaf settled exactly: which of the open nodes ships which units, freight steps included.

Branch and bound over ranges of units (per node and line) and of weight (per node), bounded by
`leaf_bounds`. Where lines and freight disagree about a node's weight its range is split at the packages
that freight wants, and then the line that can shift most weight.
"""

import numpy as np

from optimizer.compiled import compiled, whole
from optimizer.sourcing.assignment import fit, line_value, served_grams, weigh, weight_ranges
from optimizer.sourcing.branch import paid, serves_all
from optimizer.sourcing.envelope import support
from optimizer.sourcing.exchange import redivide, settle_pair
from optimizer.sourcing.leaf_bounds import freight_side, tune
from optimizer.sourcing.problem import INFINITE, Array, Problem, feasible_value, freight, is_feasible

_USUAL = 128  # nodes x lines of a usual state: larger ones count as more branches
_POLISH = 8  # branches that polishing a usual state counts as
_POLISHED = 6  # the first states of a leaf are polished in any case
_SELDOM = 8  # and of the others every so many
_FEW_STATES, _MANY_STATES = (
    whole(128),
    whole(2_048),
)  # of two nodes' divisions: to improve a plan, to prove it
_DEPTH = 96  # deeper states are given up, their bound kept


@compiled
def settle(
    p: Problem, chosen: Array, units: Array, incumbent: int, known: int, budget: int
) -> tuple[int, int, int]:
    """Best assignment better than `incumbent` into `units`: (value, bound, branches used).

    `known` is a bound to start from. The value is INFINITE if nothing better was found.
    """
    count, lines = len(chosen), len(p.demand)
    best, value = incumbent, INFINITE
    all_served = serves_all(p, paid(p, chosen), incumbent)
    if count == 2 and all_served:
        trial = units.copy()
        known = max(known, settle_pair(p, chosen, trial, _MANY_STATES, incumbent))
        found = feasible_value(p, chosen, trial)
        if found < best:
            best = value = found
            units[:, :] = trial
        if known >= best - p.tolerance:
            return value, known, 1 + count * lines // _USUAL
    lows = np.zeros((_DEPTH, count, lines), np.int64)
    highs = np.zeros((_DEPTH, count, lines), np.int64)
    lights = np.zeros((_DEPTH, count), np.int64)
    heavies = np.zeros((_DEPTH, count), np.int64)
    slopes = np.zeros((_DEPTH, count), np.int64)
    bounds = np.full(_DEPTH, known, np.int64)
    highs[0] = p.available[chosen]
    lights[0], heavies[0] = weight_ranges(p, chosen, all_served)
    for i in range(count):
        slopes[0, i] = support(p, chosen[i], lights[0, i], heavies[0, i], heavies[0, i])[1]
    trial = np.empty((count, lines), np.int64)
    plan = np.empty((count, lines), np.int64)
    grams = np.empty(count, np.int64)
    wish = np.empty(count, np.int64)
    total = served_grams(p, chosen) if all_served else -1
    effort = 1 + count * lines // _USUAL
    height, used, states, lowest = 1, 0, 0, INFINITE
    while height > 0:
        height -= 1
        if bounds[height] >= best - p.tolerance:
            lowest = min(lowest, bounds[height])
            continue
        if used >= budget:
            lowest = min(lowest, bounds[height])
            continue
        used += effort
        states += 1
        low, high = lows[height].copy(), highs[height].copy()
        light, heavy = lights[height].copy(), heavies[height].copy()
        slope = slopes[height].copy()
        enough = best - p.tolerance
        base = tune(p, chosen, slope, low, high, light, heavy, total, trial, wish, best, enough)
        bound = max(bounds[height], base)
        if bound >= best - p.tolerance:
            lowest = min(lowest, bound)
            continue
        plan[:, :] = trial
        if p.shares_stock and not is_feasible(p, chosen, plan):
            fit(p, chosen, slope, low, high, plan)
        found = feasible_value(p, chosen, plan)
        if found < best:
            best = value = found
            units[:, :] = plan
        if (states <= _POLISHED or states % _SELDOM == 0) and found < best + p.package.max():
            used += _POLISH * effort
            redivide(p, chosen, plan, _FEW_STATES)
            found = feasible_value(p, chosen, plan)
            if found < best:
                best = value = found
                units[:, :] = plan
        if bound >= best - p.tolerance:
            lowest = min(lowest, bound)
            continue
        weigh(p, trial, grams)

        # Where two lines of a sku take more than a node has, one of them takes less or the others do.
        pick, pick_line, at = overdrawn(p, chosen, trial, low)

        # Part the packages that freight wants from fewer or more, where lines disagree most dearly.
        most, cut = 0, 0
        for i in range(count):
            if pick_line < 0 and light[i] <= grams[i] <= heavy[i] and grams[i] != wish[i]:
                above = freight(p, chosen[i], grams[i]) - slope[i] * grams[i]
                above -= freight_side(p, chosen[i], light[i], heavy[i], slope[i])[0]
                if above > most:
                    after, full = packages_around(p, chosen[i], wish[i])
                    end = full if grams[i] > wish[i] else after
                    if light[i] <= end < heavy[i]:
                        pick, most, cut = i, above, end
        if pick < 0:
            pick, pick_line, at = least_decided(
                p, chosen, slope, low, high, trial, grams, light, heavy, base, best
            )
            if pick_line < 0:  # all is pinned: the plan just valued, or none
                continue
        if height + 2 > _DEPTH:
            lowest = min(lowest, bound)
            continue
        for child in range(2):
            lows[height], highs[height] = low, high
            lights[height], heavies[height] = light, heavy
            slopes[height], bounds[height] = slope, bound
            if pick_line < 0:
                if child == 0:
                    heavies[height, pick] = cut
                else:
                    lights[height, pick] = cut + 1
            elif child == 0:
                highs[height, pick, pick_line] = at
            else:
                lows[height, pick, pick_line] = at + 1
            if share_stock(p, chosen, lows[height], highs[height]):
                height += 1
    return value, min(best, lowest), used


@compiled
def overdrawn(p: Problem, chosen: Array, units: Array, low: Array) -> tuple[int, int, int]:
    """(node, line, units) to split at where lines of one sku take more than a node has; -1, -1 if none."""
    if p.shares_stock:
        for i in range(len(chosen)):
            for line in range(len(p.demand)):
                over, last = -p.stock[chosen[i], line], -1
                for other in range(len(p.demand)):
                    if p.sku[other] == p.sku[line]:
                        over += units[i, other]
                        if units[i, other] > low[i, other]:
                            last = other
                if over > 0 and last >= 0:
                    return i, last, max(low[i, last], units[i, last] - over)
    return -1, -1, 0


@compiled
def share_stock(p: Problem, chosen: Array, low: Array, high: Array) -> bool:
    """Tighten unit ranges by what lines of the same sku take at least; False if that leaves nothing."""
    if not p.shares_stock:
        return True
    for i in range(len(chosen)):
        for line in range(len(p.demand)):
            left = p.stock[chosen[i], line]
            for other in range(len(p.demand)):
                if other != line and p.sku[other] == p.sku[line]:
                    left -= low[i, other]
            high[i, line] = min(high[i, line], left)
            if high[i, line] < low[i, line]:
                return False
    return True


@compiled
def packages_around(p: Problem, node: int, grams: int) -> tuple[int, int]:
    """Of the packages that carry `grams` cheapest: (grams that one less holds, grams that they hold)."""
    best, after, full = INFINITE, 0, 0
    for s in range(p.service_start[node], p.service_start[node + 1]):
        packages = max(1, -(-grams // p.limit[s]))
        cost = p.package[s] * packages + p.gram[s] * grams
        if cost < best:
            best, after, full = cost, (packages - 1) * p.limit[s], packages * p.limit[s]
    return after, full


@compiled
def least_decided(
    p: Problem,
    chosen: Array,
    slope: Array,
    low: Array,
    high: Array,
    units: Array,
    grams: Array,
    light: Array,
    heavy: Array,
    base: int,
    best: int,
) -> tuple[int, int, int]:
    """(node, line, units) at which to split: a line's units are at most that, or more.

    Tries every node and line: where the units chosen could not be left without passing `best`, the
    limits are tightened in place; among the others the one that costs least to change is taken.
    """
    count, lines = units.shape
    take = np.empty(count, np.int64)
    pick, pick_line, at, most = -1, -1, 0, 0
    for line in range(lines):
        _, here = line_value(p, line, chosen, slope, low, high, take)
        for i in range(count):
            now = units[i, line]
            before_low, before_high = low[i, line], high[i, line]
            if before_low >= before_high:
                continue
            fewer = more = INFINITE
            if now > before_low:
                high[i, line] = now - 1
                fewer = line_value(p, line, chosen, slope, low, high, take)[1]
                high[i, line] = before_high
            if now < before_high:
                low[i, line] = now + 1
                more = line_value(p, line, chosen, slope, low, high, take)[1]
                low[i, line] = before_low
            if fewer >= INFINITE or base + fewer - here >= best:
                low[i, line] = now
                fewer = INFINITE
            if more >= INFINITE or base + more - here >= best:
                high[i, line] = now
                more = INFINITE
            # A node whose weight is off its range first, then the line that shifts most weight.
            shift = (high[i, line] - low[i, line]) * p.weight[line]
            if grams[i] < light[i] or grams[i] > heavy[i]:
                shift *= 1000
            if shift > most and (fewer < INFINITE or more < INFINITE):
                pick, pick_line, most = i, line, shift
                at = now - 1 if fewer < INFINITE else now
    return pick, pick_line, at
