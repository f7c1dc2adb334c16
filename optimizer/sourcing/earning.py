"""At given prices of units: what every node earns, and the packages that all of them need together.

The Lagrangian relaxation of the facility engine. A node is paid the price of each unit it ships, and pays
for handling, packages and grams; nothing keeps two nodes from shipping the same unit but its price. The
whole weight has to be carried, so the packages of all nodes together hold it: packages stay whole.
"""

from typing import NamedTuple

import numpy as np

from compiled import compiled, inlined
from optimizer.sourcing.branch import CLOSED, UNDECIDED, Branch
from optimizer.sourcing.problem import INFINITE, Array, Problem, charge

_PARTS = 256  # the most into which the weight of an order is cut
_NO_WEIGHT = 1e-30  # of what fills nothing: it comes first, and by what it earns
_WAYS = 64  # to pack a node's shipment; further ones are counted with the last, at the better of each figure


class Earning(NamedTuple):
    """The cheapest nodes and packages at some prices; `value` bounds every plan of the branch."""

    value: int
    slack: Array  # (N,) how much more the bound is at least with an undecided node open
    ships: Array  # (N,) bool
    service: Array  # (N,) that carries the shipment
    capacity: Array  # (N,) grams that its packages hold
    units: Array  # (N, L) what the shipping nodes earn most by


class Ways(NamedTuple):
    """How each node could load its packages; W ways at most."""

    items: Array  # (N,) that a node earns by: units of a line at one price
    order: Array  # (N, I) which, from the best profit per gram; item i is a tier of line i // tiers
    most: Array  # (N, I) units of each
    profit: Array  # (N, I) of a unit of each, its grams not paid
    count: Array  # (N,) ways
    holds: Array  # (N, W) parts of the weight that the packages hold
    cost: Array  # (N, W) the node's cost less what it earns
    room: Array  # (N, W) grams loaded
    packs: Array  # (N, W, 2) service, and grams that the packages hold


@compiled
def earn(p: Problem, branch: Branch, price: Array) -> Earning:
    """Least cost of a branch's nodes less their earnings, and what the units asked for are worth.

    No `price` may be above `lost`: units that stay unfilled would count too much.
    """
    nodes, lines = p.unit.shape
    bucket = part_grams(p, branch.grams)
    wanted = -(-branch.grams // bucket)
    ways = ways_of(p, branch, price, bucket)
    chosen = np.empty((nodes, branch.fewest + 1, wanted + 1), np.int16)
    came = np.empty((nodes, branch.fewest + 1, wanted + 1), np.int16)
    best = cheapest_ways(branch, p.home, ways, chosen, came)
    is_possible = best[branch.fewest, wanted] < INFINITE
    value = INFINITE
    if is_possible:
        value = branch.base + best[branch.fewest, wanted]
        for line in range(lines):
            value += p.demand[line] * price[line]
    ships = np.zeros(nodes, np.bool_)
    units = np.zeros((nodes, lines), np.int64)
    service, capacity = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    count, at, shipping = branch.fewest, wanted, -1
    for k in range(nodes - 1, -1, -1):
        if not is_possible or p.home[k] == shipping:  # the way back has passed it already
            continue
        way = chosen[k, count, at]
        if way >= 0:
            count, at = came[k, count, at] // (wanted + 1), came[k, count, at] % (wanted + 1)
            ships[k], shipping = True, p.home[k]
            service[k], capacity[k] = ways.packs[k, way]
            load(p, ways.order[k, : ways.items[k]], ways.most[k], ways.room[k, way], units[k])
    return Earning(value, slack_of(branch, ways, best), ships, service, capacity, units)


@compiled
def ways_of(p: Problem, branch: Branch, price: Array, bucket: int) -> Ways:
    """Ways of all nodes but closed ones, which have none."""
    nodes, lines = p.unit.shape
    items = lines * (p.tier_begin.shape[2] + 1)
    ways = Ways(
        np.zeros(nodes, np.int64),
        np.empty((nodes, items), np.int64),
        np.empty((nodes, items), np.int64),
        np.empty((nodes, items), np.int64),
        np.zeros(nodes, np.int64),
        np.empty((nodes, _WAYS), np.int64),
        np.empty((nodes, _WAYS), np.int64),
        np.empty((nodes, _WAYS), np.int64),
        np.empty((nodes, _WAYS, 2), np.int64),
    )
    rate = np.empty(items, np.float64)
    for k in range(nodes):
        if branch.status[k] != CLOSED:
            ways.items[k] = worthwhile(p, branch, k, price, ways, rate)
            ways.count[k] = ways_to_pack(p, branch, k, price, ways, bucket)
            ways.count[k] = worth_choosing(ways, k)
    return ways


@inlined
def worth_choosing(ways: Ways, node: int) -> int:
    """Leave out ways to which another of the node that holds as much is no dearer: how many are left.

    From the last, since further packages of a service hold more.
    """
    holds, cost = ways.holds[node], ways.cost[node]
    count, left = ways.count[node], 0
    for way in range(count - 1, -1, -1):
        beaten = False
        for i in range(count - left, count):
            beaten = beaten or (holds[i] >= holds[way] and cost[i] <= cost[way])
        if not beaten:
            left += 1
            i = count - left
            holds[i], cost[i], ways.room[node, i] = holds[way], cost[way], ways.room[node, way]
            ways.packs[node, i] = ways.packs[node, way]
    for i in range(left):
        way = count - left + i
        holds[i], cost[i], ways.room[node, i] = holds[way], cost[way], ways.room[node, way]
        ways.packs[node, i] = ways.packs[node, way]
    return left


@compiled
def cheapest_ways(branch: Branch, home: Array, ways: Ways, chosen: Array, came: Array) -> Array:
    """Least cost of all nodes together, (fewest + 1, parts + 1), by shipments and the parts that they hold.

    The last entry of each counts for all beyond, unless a branch has no more shipments than `fewest`. Into
    `chosen` (N, ...) each node's way there, -1 for none, into `came` the entry before it. Of the nodes of
    one home one ships at most: all start from what is best without them.
    """
    fewest, wanted = chosen.shape[1] - 1, chosen.shape[2] - 1
    best = np.full((fewest + 1, wanted + 1), INFINITE, np.int64)
    best[0, 0] = 0
    without = best
    for k in range(len(branch.status)):
        if k == 0 or home[k] != home[k - 1]:
            without = best
        chosen[k] = -1
        if branch.status[k] == CLOSED:
            continue
        after = best.copy() if branch.status[k] == UNDECIDED else np.full_like(best, INFINITE)
        for count in range(min(fewest, branch.most - 1) + 1):
            further = min(fewest, count + 1)
            for before in range(wanted + 1):
                if without[count, before] == INFINITE:
                    continue
                for way in range(ways.count[k]):
                    here = min(wanted, before + ways.holds[k, way])
                    cost = without[count, before] + ways.cost[k, way]
                    if cost < after[further, here]:
                        after[further, here] = cost
                        chosen[k, further, here] = way
                        came[k, further, here] = count * (wanted + 1) + before
        best = after
    return best


@compiled
def slack_of(branch: Branch, ways: Ways, best: Array) -> Array:
    """How much more it costs at least with an undecided node open; from "holds exactly" to "at least"."""
    fewest, wanted = best.shape[0] - 1, best.shape[1] - 1
    at_least = best.copy()
    for count in range(fewest, -1, -1):
        for part in range(wanted, -1, -1):
            if part < wanted:
                at_least[count, part] = min(at_least[count, part], at_least[count, part + 1])
            if count < fewest < branch.most:
                at_least[count, part] = min(at_least[count, part], at_least[count + 1, part])
    slack = np.zeros(len(branch.status), np.int64)
    for k in range(len(slack)):
        if branch.status[k] == UNDECIDED:
            cheapest = INFINITE
            for way in range(ways.count[k]):
                others = at_least[max(0, fewest - 1), max(0, wanted - ways.holds[k, way])]
                cheapest = min(cheapest, ways.cost[k, way] + others)
            slack[k] = max(0, cheapest - best[fewest, wanted])
    return slack


@compiled
def part_grams(p: Problem, grams: int) -> int:
    """Grams of one part of an order's weight: of packages' common measure, unless that makes too many."""
    common = 0
    for s in range(len(p.limit)):
        other = p.limit[s] if p.limit[s] < grams else 0  # one package holds it all: no measure
        while other:
            common, other = other, common % other
    return max(common or grams, -(-grams // _PARTS), 1)


@inlined
def worthwhile(p: Problem, branch: Branch, node: int, price: Array, ways: Ways, rate: Array) -> int:
    """Items that a node earns by, from the best profit per gram, into `ways`; returns how many.

    `rate` (I,) is room to work.
    """
    order, most, profits = ways.order[node], ways.most[node], ways.profit[node]
    count, tiers = 0, p.tier_begin.shape[2] + 1
    for line in range(len(p.demand)):
        held, profit = p.available[node, line], price[line] - branch.spread[node, line]
        begin = 0
        for t in range(tiers):
            end = held
            if t + 1 < tiers and p.tier_more[node, line, t] > 0:
                end = min(held, p.tier_begin[node, line, t])
            if t > 0:
                profit -= p.tier_more[node, line, t - 1]
            if profit <= 0 or end <= begin:
                break
            item = line * tiers + t
            most[item], profits[item] = end - begin, profit
            rate[item] = profit / (p.weight[line] or _NO_WEIGHT)
            place = count
            while place > 0 and rate[order[place - 1]] < rate[item]:
                order[place] = order[place - 1]
                place -= 1
            order[place] = item
            count += 1
            begin = end
    return count


@inlined
def ways_to_pack(p: Problem, branch: Branch, node: int, price: Array, ways: Ways, bucket: int) -> int:
    """Services and numbers of packages for a node's shipment, into `ways`; returns how many.

    Packages are filled by profit per gram as far as that pays for grams.
    """
    order, most = ways.order[node, : ways.items[node]], ways.most[node]
    count, tiers = 0, p.tier_begin.shape[2] + 1
    fixed = p.fixed[node]
    if len(order) == 0:
        fixed += least_loss(p, branch, node, price)
    held = max(branch.held[node], 1)
    for s in range(p.service_start[node], p.service_start[node + 1]):
        gram, free = p.gram[s], p.least[s]  # so many grams are paid in any case
        gained, grams, j, full, cost = 0, 0, 0, 0, fixed + charge(p, s, 0, 0)
        for _ in range(p.most[s]):
            if full >= held:
                break
            full += p.limit[s]
            cost += p.package[s]
            loaded, earned = grams, gained
            while j < len(order):
                item = order[j]
                profit, each = ways.profit[node, item], p.weight[item // tiers]
                weight, end = most[item] * each, full
                if profit <= gram * each:  # pays only while grams are free
                    if grams >= free:
                        break
                    end = min(full, free)
                if grams + weight > end:
                    loaded = end
                    earned = gained + part_of(profit, end - grams, each)
                    earned -= gram * (max(end, free) - max(grams, free))
                    break
                gained += profit * most[item] - gram * (max(grams + weight, free) - max(grams, free))
                grams += weight
                loaded, earned = grams, gained
                j += 1
            value = cost - earned
            parts = -(-min(full, branch.held[node]) // bucket)
            is_last = count == _WAYS
            if is_last:  # all that follow as one: whatever they hold, and earn, and no more packages
                count -= 1
                parts = max(-(-branch.held[node] // bucket), ways.holds[node, count])
                while j < len(order):
                    earned += ways.profit[node, order[j]] * most[order[j]]
                    j += 1
                value = min(cost - earned, ways.cost[node, count])
            ways.holds[node, count], ways.cost[node, count] = parts, value
            ways.room[node, count] = loaded
            ways.packs[node, count] = s, full
            count += 1
            if is_last:
                break
    return count


@inlined
def least_loss(p: Problem, branch: Branch, node: int, price: Array) -> int:
    """What the unit that a node loses least by costs it: no shipment is empty."""
    least = INFINITE
    for line in range(len(p.demand)):
        if p.available[node, line] > 0:
            least = min(least, branch.spread[node, line] - price[line])
    return least if least < INFINITE else 0


@inlined
def part_of(profit: int, grams: int, weight: int) -> int:
    """At most what so many grams of a line earn: profit per unit x grams / weight, rounded up."""
    whole = grams // weight
    rest = grams - whole * weight
    return profit * whole + int(profit * (rest / weight)) + 1 + (profit >> 50)


@compiled
def load(p: Problem, order: Array, most: Array, grams: int, units: Array) -> None:
    """Fill so many grams with items in `order`; the last is cut."""
    left, tiers = grams, p.tier_begin.shape[2] + 1
    for item in order:
        line = item // tiers
        if p.weight[line] == 0:
            units[line] += most[item]
            continue
        if left <= 0:
            return
        units[line] += min(most[item], left // p.weight[line])
        left -= most[item] * p.weight[line]
