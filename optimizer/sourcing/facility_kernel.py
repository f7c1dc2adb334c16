"""Inner loops of the facility engine, over plain integer arrays, compiled.

Arrays are named as in `ranking.Ranking`: options o (a node with a service), lines l, values in ranking
units. `terms` holds the split rebate, the shipment rebate, and 1 if units must be served while there are any. `status` says of each option whether it is undecided, open (its shipment is paid) or closed.
"""

from typing import Any

import numpy as np

from optimizer.compiled import compiled

UNDECIDED, OPEN, CLOSED = 0, 1, 2
INFINITE = 2**62
_ENUMERATED = 9  # a line's nodes are enumerated by subsets up to this many, filled greedily beyond

Array = Any  # numpy integer arrays; the compiler infers their types


@compiled
def line_value(
    line: int, chosen: Array, unit: Array, cell: Array, available: Array, wanted: int, lost: int, rebate: int, take: Array
) -> tuple[int, int]:
    """Cheapest way to serve one line from the chosen options alone: (value, lower bound of it).

    With packages left aside a line is a small problem of its own: a charge per node touched, a cost
    per unit, limited stock. For a given set of nodes filling the cheapest first is best, so the sets
    are enumerated. `take[i]` receives the units from `chosen[i]`.
    """
    count = 0
    order = np.empty(len(chosen), np.int64)
    for i in range(len(chosen)):
        take[i] = 0
        o = chosen[i]
        if available[o, line] > 0 and unit[o, line] < lost:
            j = count
            while j > 0 and unit[chosen[order[j - 1]], line] > unit[o, line]:
                order[j] = order[j - 1]
                j -= 1
            order[j] = i
            count += 1
    best = wanted * lost
    if count == 0:
        return best, best

    # One node alone, and the bound on everything else: units at their cheapest, two nodes touched.
    single = -1
    cheapest_cell = INFINITE
    left, spread = wanted, 0
    for j in range(count):
        o = chosen[order[j]]
        cheapest_cell = min(cheapest_cell, cell[o])
        units = min(wanted, available[o, line])
        value = cell[o] - rebate + units * unit[o, line] + (wanted - units) * lost
        if value < best:
            best, single = value, j
        units = min(left, available[o, line])
        spread += units * unit[o, line]
        left -= units
    spread += left * lost + 2 * cheapest_cell - rebate
    if single >= 0:
        take[order[single]] = min(wanted, available[chosen[order[single]], line])
    if count == 1 or best <= spread:
        return best, best

    if count > _ENUMERATED:  # too many to enumerate: fill greedily, and keep the bound
        left, value = wanted, -rebate
        for j in range(count):
            o = chosen[order[j]]
            if left > 0:
                units = min(left, available[o, line])
                left -= units
                value += cell[o] + units * unit[o, line]
        value += left * lost
        if value < best:
            best, left = value, wanted
            for i in range(len(chosen)):
                take[i] = 0
            for j in range(count):
                take[order[j]] = min(left, available[chosen[order[j]], line])
                left -= take[order[j]]
        return best, min(best, spread)

    best_mask = 0
    for mask in range(1, 1 << count):
        left, value = wanted, -rebate
        for j in range(count):
            if mask >> j & 1:
                o = chosen[order[j]]
                units = min(left, available[o, line])
                left -= units
                value += cell[o] + units * unit[o, line]
        value += left * lost
        if value < best:
            best, best_mask = value, mask
    if best_mask:
        left = wanted
        for j in range(count):
            take[order[j]] = 0
            if best_mask >> j & 1:
                take[order[j]] = min(left, available[chosen[order[j]], line])
                left -= take[order[j]]
    return best, best


@compiled
def packing_bound(weight: int, chosen: Array, package: Array, limit: Array) -> int:
    """Least that packages for `weight` grams cost by these options, shipments apart."""
    largest = 0
    for o in chosen:
        largest = max(largest, limit[o])
    big, small, small_limit = INFINITE, INFINITE, 0
    for o in chosen:
        if limit[o] == largest:
            big = min(big, package[o])
        else:
            small = min(small, package[o])
            small_limit = max(small_limit, limit[o])
    most = max(1, -(-weight // largest))
    best = most * big
    if small < INFINITE:
        for count in range(most):
            rest = -(-(weight - count * largest) // small_limit)
            best = min(best, count * big + rest * small)
    return best


@compiled
def value_of(
    chosen: Array,
    units: Array,
    fixed: Array,
    package: Array,
    limit: Array,
    unit: Array,
    cell: Array,
    demand: Array,
    weight: Array,
    lost: Array,
    terms: Array,
) -> int:
    """Value of a full assignment `units[i, l]` from `chosen[i]`; an option without units is not paid."""
    value, shipments = 0, 0
    for line in range(len(demand)):
        served, touched = 0, 0
        for i in range(len(chosen)):
            if units[i, line] > 0:
                served += units[i, line]
                touched += 1
                value += cell[chosen[i]] + units[i, line] * unit[chosen[i], line]
        value += (demand[line] - served) * lost[line]
        if touched > 0:
            value -= terms[0]
    for i in range(len(chosen)):
        grams, used = 0, False
        for line in range(len(demand)):
            if units[i, line] > 0:
                grams += units[i, line] * weight[line]
                used = True
        if used:
            shipments += 1
            value += fixed[chosen[i]] + package[chosen[i]] * max(1, -(-grams // limit[chosen[i]]))
    if shipments > 0:
        value -= terms[1]
    return value


@compiled
def save_packages(
    chosen: Array,
    units: Array,
    package: Array,
    limit: Array,
    unit: Array,
    cell: Array,
    available: Array,
    weight: Array,
) -> bool:
    """Move lines, or parts of them, between two open nodes where that saves a package; True if it did."""
    count, lines = len(chosen), units.shape[1]
    grams = np.zeros(count, np.int64)
    for i in range(count):
        for line in range(lines):
            grams[i] += units[i, line] * weight[line]
    moved = np.zeros(lines, np.int64)
    for giver in range(count):
        if grams[giver] == 0:
            continue
        size = limit[chosen[giver]]
        excess = grams[giver] - (-(-grams[giver] // size) - 1) * size
        for taker in range(count):
            if taker == giver or grams[taker] == 0:
                continue
            room = -(-grams[taker] // limit[chosen[taker]]) * limit[chosen[taker]] - grams[taker]
            if room < excess:
                continue
            need, extra = excess, 0
            moved[:] = 0
            while need > 0:  # the line that costs least per gram that is still needed
                best_line, best_units, best_cost, best_rate = -1, 0, 0, 0.0
                for line in range(lines):
                    have = units[giver, line]
                    if have == 0 or moved[line] > 0 or weight[line] == 0:
                        continue
                    can = min(have, available[chosen[taker], line] - units[taker, line], room // weight[line])
                    if can <= 0:
                        continue
                    quantity = min(can, -(-need // weight[line]))
                    for option in range(2):
                        amount = quantity if option == 0 else can
                        cost = amount * (unit[chosen[taker], line] - unit[chosen[giver], line])
                        if units[taker, line] == 0:
                            cost += cell[chosen[taker]]
                        if amount == have:
                            cost -= cell[chosen[giver]]
                        rate = cost / min(need, amount * weight[line])
                        if best_line < 0 or rate < best_rate:
                            best_line, best_units, best_cost, best_rate = line, amount, cost, rate
                if best_line < 0:
                    break
                moved[best_line] = best_units
                extra += best_cost
                need -= best_units * weight[best_line]
                room -= best_units * weight[best_line]
                if extra >= package[chosen[giver]]:
                    break
            if need <= 0 and extra < package[chosen[giver]]:
                for line in range(lines):
                    units[giver, line] -= moved[line]
                    units[taker, line] += moved[line]
                return True
    return False


@compiled
def is_feasible(
    chosen: Array, units: Array, option_node: Array, capacity: Array, sku: Array, stock: Array, shared: bool
) -> bool:
    """Whether an assignment respects what the relaxation leaves out: node capacity and shared stock."""
    for i in range(len(chosen)):
        node = option_node[chosen[i]]
        total = 0
        for line in range(units.shape[1]):
            total += units[i, line]
        if total > capacity[node]:
            return False
        if shared:
            for line in range(units.shape[1]):
                used = 0
                for other in range(units.shape[1]):
                    if sku[other] == sku[line]:
                        used += units[i, other]
                if used > stock[node, line]:
                    return False
    return True


@compiled
def assign(
    chosen: Array,
    units: Array,
    fixed: Array,
    package: Array,
    limit: Array,
    unit: Array,
    cell: Array,
    available: Array,
    demand: Array,
    weight: Array,
    lost: Array,
    terms: Array,
) -> tuple[int, int]:
    """Best found assignment of an open set, into `units`: (value, lower bound if all of it is used).

    The bound adds, line by line, the exact least cost without packages, and the least packages that
    the weights allow: at each node those of the units only it can ship, overall those of all weight.
    """
    count, lines = len(chosen), len(demand)
    bound, served_grams = -terms[1], 0
    take = np.empty(count, np.int64)
    forced = np.zeros(count, np.int64)
    for line in range(lines):
        _, low = line_value(line, chosen, unit, cell, available, demand[line], lost[line], terms[0], take)
        bound += low
        reachable = 0
        for i in range(count):
            units[i, line] = take[i]
            reachable += available[chosen[i], line]
        filled = min(demand[line], reachable)
        if terms[2] == 1:  # else money may decide to leave units behind
            served_grams += filled * weight[line]
            for i in range(count):
                only_here = filled - (reachable - available[chosen[i], line])
                if only_here > 0:
                    forced[i] += only_here * weight[line]
    packed, cost = 0, 0
    for i in range(count):
        o = chosen[i]
        least = max(1, -(-forced[i] // limit[o]))
        packed += least * limit[o]
        cost += fixed[o] + least * package[o]
    if served_grams > packed:
        cost += packing_bound(served_grams - packed, chosen, package, limit)
    bound += cost

    value = value_of(chosen, units, fixed, package, limit, unit, cell, demand, weight, lost, terms)
    if value > bound:  # packages matter: also try with their cost spread over the weight
        spread = unit.copy()
        for i in range(count):
            o = chosen[i]
            for line in range(lines):
                spread[o, line] += package[o] * weight[line] // limit[o]
        other = np.empty_like(units)
        for line in range(lines):
            line_value(line, chosen, spread, cell, available, demand[line], lost[line], terms[0], take)
            for i in range(count):
                other[i, line] = take[i]
        for _ in range(4 * count):
            if not save_packages(chosen, units, package, limit, unit, cell, available, weight):
                break
        for _ in range(4 * count):
            if not save_packages(chosen, other, package, limit, unit, cell, available, weight):
                break
        value = value_of(chosen, units, fixed, package, limit, unit, cell, demand, weight, lost, terms)
        second = value_of(chosen, other, fixed, package, limit, unit, cell, demand, weight, lost, terms)
        if second < value:
            value = second
            units[:, :] = other
    return value, bound


@compiled
def dual_ascent(
    status: Array,
    option_node: Array,
    opening: Array,
    linear: Array,
    available: Array,
    demand: Array,
    lost: Array,
    constant: int,
    slack: Array,
) -> int:
    """Lower bound by raising line prices (Erlenkotter 1978, with limited stock); fills `slack`.

    For any prices v: sum of demand x v, plus for every open option its opening cost less its profit
    sum of available x (v - linear)+, plus for every undecided node the same where it is negative, is
    a bound. Prices rise line by line to the next cost while what is gained exceeds what is lost.
    """
    options, lines = linear.shape
    price = np.empty(lines, np.int64)
    raising = np.ones(lines, np.bool_)
    bound = constant
    for o in range(options):
        slack[o] = opening[o]
    for line in range(lines):
        lowest = lost[line]
        for o in range(options):
            if status[o] != CLOSED and available[o, line] > 0:
                lowest = min(lowest, linear[o, line])
        price[line] = lowest
        raising[line] = lowest < lost[line]
    moving = True
    while moving:
        moving = False
        for line in range(lines):
            if not raising[line]:
                continue
            gain, step = demand[line], lost[line] - price[line]
            for o in range(options):
                units = available[o, line]
                if status[o] == CLOSED or units == 0:
                    continue
                above = linear[o, line] - price[line]
                if above > 0:
                    step = min(step, above)
                elif status[o] == OPEN or slack[o] < units:
                    gain -= units
                else:
                    step = min(step, slack[o] // units)
            if gain <= 0 or step <= 0:
                raising[line] = False
                continue
            for o in range(options):
                if status[o] != CLOSED and available[o, line] > 0 and linear[o, line] <= price[line]:
                    slack[o] -= available[o, line] * step
            price[line] += step
            moving = True
    for line in range(lines):
        bound += demand[line] * price[line]
    o = 0
    while o < options:  # options of a node stand together
        node, lowest = option_node[o], 0
        while o < options and option_node[o] == node:
            if status[o] == OPEN:
                bound += slack[o]
            elif status[o] == UNDECIDED:
                lowest = min(lowest, slack[o])
            o += 1
        bound += lowest
    return bound


@compiled
def packages_bound(
    status: Array,
    fixed: Array,
    package: Array,
    limit: Array,
    thrifty: Array,
    available: Array,
    demand: Array,
    weight: Array,
    lost: Array,
    terms: Array,
    thrifty_order: Array,
) -> int:
    """A second bound for heavy orders: units at their cheapest, and whole packages for the whole weight."""
    options, lines = thrifty.shape
    usable = np.flatnonzero(status != CLOSED)
    if len(usable) == 0:
        return -INFINITE
    bound, grams, paid, cheapest = -terms[1] - terms[0] * lines, 0, False, INFINITE
    for o in usable:
        cheapest = min(cheapest, fixed[o])
        if status[o] == OPEN:
            bound += fixed[o]
            paid = True
    for line in range(lines):
        left = demand[line]
        for j in range(options):
            o = thrifty_order[line, j]
            if status[o] == CLOSED or left == 0 or thrifty[o, line] >= lost[line]:
                continue
            units = min(left, available[o, line])
            bound += units * thrifty[o, line]
            left -= units
            grams += units * weight[line]
        bound += left * lost[line]
    if terms[2] == 0 or grams == 0:
        return bound
    return bound + (0 if paid else cheapest) + packing_bound(grams, usable, package, limit)


@compiled
def best_option_per_node(status: Array, option_node: Array, slack: Array, ceiling: int) -> Array:
    """Open options, and of each undecided node the option of least slack if that is at most `ceiling`."""
    options = len(status)
    chosen = np.empty(options, np.int64)
    count, o = 0, 0
    while o < options:
        node, best = option_node[o], -1
        while o < options and option_node[o] == node:
            if status[o] == OPEN:
                best = o
            elif (
                status[o] == UNDECIDED
                and slack[o] <= ceiling
                and (best < 0 or (status[best] != OPEN and slack[o] < slack[best]))
            ):
                best = o
            o += 1
        if best >= 0:
            chosen[count] = best
            count += 1
    return chosen[:count]
