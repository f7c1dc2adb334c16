"""A leaf settled exactly: which of the open nodes ships which units, freight steps included.

Branch and bound over ranges of units (per node and line) and of weight (per node). The bound prices
each node's grams: lines then choose by themselves, and freight by itself, and the best such prices are
sought one node at a time by bisection. Where freight stands above its line, the weight range is split
at a package; where lines and freight disagree about the weight, the least decided line is split.
"""

import numpy as np

from optimizer.compiled import compiled
from optimizer.sourcing.assignment import (
    assign_lines,
    fit,
    line_value,
    served_grams,
    weigh,
    weight_ranges,
)
from optimizer.sourcing.branch import paid, serves_all
from optimizer.sourcing.envelope import corners, support
from optimizer.sourcing.exchange import redivide, settle_pair
from optimizer.sourcing.problem import INFINITE, Array, Problem, feasible_value, freight, is_feasible

_STEPS_OF_PRICES = 25
_PATIENCE, _SHORTER, _SHORTEST, _KEPT = 3, 0.5, 0.02, 0.6  # see `pricing`
_STEPS = 24  # full packages of a service looked at one by one
_COMBINATIONS = 5_000
_SELDOM = 8  # and of the others every so many
_USUAL = 128  # nodes x lines of a usual state: larger ones count as more branches
_POLISH = 8  # branches that polishing a usual state counts as
_POLISHED = 6  # the first states of a leaf are polished in any case
_FEW_STATES, _MANY_STATES = 128, 2_048  # of two nodes' divisions: to improve a plan, to prove it
_DEPTH = 96  # deeper states are given up, their bound kept


@compiled
def steps(p: Problem, node: int, low: int, high: int) -> Array:
    """Weights on [low, high] where freight can bend: the ends, and full packages of its cheapest service.

    Empty where there are too many to look at one by one.
    """
    points = np.empty(2 + 2 * _STEPS, np.int64)
    points[0], points[1] = low, high
    count = 2
    for s in range(p.service_start[node], p.service_start[node + 1]):
        full = -(-low // p.limit[s]) * p.limit[s]
        while low <= full < high:
            if p.package[s] * (full // p.limit[s]) + p.gram[s] * full > freight(p, node, full):
                break  # the service is dearer than another from here on, or never was the cheapest
            if count >= len(points):
                return points[:0]
            points[count] = full
            count += 1
            full += p.limit[s]
    return points[:count]


@compiled
def freight_side(p: Problem, node: int, low: int, high: int, slope: int) -> tuple[int, int]:
    """(least freight less slope x grams on [low, high], the grams where it is)."""
    best, at = INFINITE, low
    for grams in corners(p, node, low, high):
        value = freight(p, node, grams) - slope * grams
        if value < best:
            best, at = value, grams
    return best, at


@compiled
def joint_freight(
    p: Problem, chosen: Array, slope: Array, light: Array, heavy: Array, total: int, wish: Array
) -> int:
    """The same for all nodes together: least freight less slope x grams, into `wish` the grams.

    Where all units are served the weights add up to `total`, which keeps the packages of all nodes
    together whole: all but one stand on a step, the last takes the rest. With too many combinations,
    or where units may stay: each node for itself, which is a bound too.
    """
    count = len(chosen)
    alone = 0
    for i in range(count):
        least, wish[i] = freight_side(p, chosen[i], light[i], heavy[i], slope[i])
        alone += least
    if total < 0:
        return alone
    size = np.empty(count, np.int64)
    table = np.empty((count, 2 + 2 * _STEPS), np.int64)
    combinations = 1
    for i in range(count):
        points = steps(p, chosen[i], light[i], heavy[i])
        size[i] = len(points)
        table[i, : len(points)] = points
        combinations *= max(1, len(points))
        if len(points) == 0 or combinations > _COMBINATIONS:
            return alone
    best = INFINITE
    at = np.zeros(count, np.int64)
    grams = np.zeros(count, np.int64)
    for rest in range(count):
        at[:] = 0
        turning = 0
        while turning < count:
            left, value = total, 0
            for i in range(count):
                if i != rest:
                    grams[i] = table[i, at[i]]
                    left -= grams[i]
            if light[rest] <= left <= heavy[rest]:
                grams[rest] = left
                for i in range(count):
                    value += freight(p, chosen[i], grams[i]) - slope[i] * grams[i]
                if value < best:
                    best = value
                    wish[:] = grams
            turning = 0
            while turning < count:  # the next combination, as an odometer
                if turning != rest:
                    at[turning] += 1
                    if at[turning] < size[turning]:
                        break
                    at[turning] = 0
                turning += 1
    return best


@compiled
def priced_bound(
    p: Problem,
    chosen: Array,
    slope: Array,
    low: Array,
    high: Array,
    light: Array,
    heavy: Array,
    total: int,
    units: Array,
    wish: Array,
) -> int:
    """Bound at these prices of grams; `units` receives what the lines choose, `wish` freight's grams."""
    bound = assign_lines(p, chosen, slope, low, high, units)
    if bound >= INFINITE:
        return INFINITE
    side = joint_freight(p, chosen, slope, light, heavy, total, wish)
    if side >= INFINITE:
        return INFINITE
    for i in range(len(chosen)):
        bound += p.fixed[chosen[i]]
    return bound + side - p.shipment_rebate


@compiled
def tune(
    p: Problem,
    chosen: Array,
    slope: Array,
    low: Array,
    high: Array,
    light: Array,
    heavy: Array,
    total: int,
    units: Array,
    wish: Array,
    target: int,
    enough: int,
) -> int:
    """Raise the bound by better prices, in `slope`, until it is `enough`; `units` and `wish` as at the best.

    Subgradient steps as in `pricing.climb`: a node that ships more than freight wants gets dearer.
    """
    count = len(chosen)
    best = priced_bound(p, chosen, slope, low, high, light, heavy, total, units, wish)
    here, trial = best, slope.copy()
    chosen_units, wanted = units.copy(), wish.copy()
    grams = np.empty(count, np.int64)
    direction, usual = np.zeros(count), np.zeros(count)
    length, waited = 1.0, 0
    for _ in range(_STEPS_OF_PRICES):
        if best >= enough or length < _SHORTEST:
            break
        weigh(p, chosen_units, grams)
        norm = 0.0
        for i in range(count):
            off = grams[i] - wanted[i]
            usual[i] = max(abs(off), 0.8 * usual[i])
            direction[i] = _KEPT * direction[i] + off / max(usual[i], 1.0)
            norm += direction[i] * direction[i] * usual[i]
        if norm == 0.0:
            break
        step = length * max(target - here, p.tolerance) / norm
        for i in range(count):
            trial[i] += int(step * direction[i])
        here = priced_bound(p, chosen, trial, low, high, light, heavy, total, chosen_units, wanted)
        if here >= INFINITE:
            return here
        if here > best:
            if here > best + p.tolerance // 4:
                waited = 0
            best = here
            slope[:] = trial
            units[:, :] = chosen_units
            wish[:] = wanted
        else:
            waited += 1
        if waited >= _PATIENCE:
            length *= _SHORTER
            waited = 0
            trial[:] = slope
            direction[:] = 0.0
            here = best
            chosen_units[:, :] = units
            wanted[:] = wish
    return best


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
    """(grams that one package less holds, grams that they hold) of the packages that carry `grams` cheapest."""
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
