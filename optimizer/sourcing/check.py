"""The specification of a sourcing plan, without any solver: every broken rule in words.

Written from the order, the stock and the rates alone, sharing no arithmetic with engines or costing.
"""

from collections import Counter, defaultdict
from typing import NamedTuple

from fulfillment.ids import LineId, NodeId, SkuId
from fulfillment.money import Micros
from fulfillment.plan import CostKind, Plan, PlannedShipment, UnfilledReason
from optimizer.sourcing.check_freight import Units, freight_costs, refused_by, stock_worth
from optimizer.sourcing.check_shipments import (
    carriers_take_what_they_carry,
    contents_of,
    emissions_and_dates_are_right,
    offered_rates,
    packages_hold_the_goods,
    services_are_those_asked_for_or_may_stand_in,
)
from optimizer.sourcing.instance import SourcingInstance


def check(instance: SourcingInstance, plan: Plan) -> list[str]:
    """Violations of the plan, empty if there are none."""
    unreadable = [
        *_every_line_named_is_in_the_order(instance, plan),
        *_one_shipment_per_node_by_an_offered_service(instance, plan),
    ]
    if unreadable:
        return unreadable
    return [
        *_every_unit_is_accounted_for(instance, plan),
        *_no_node_ships_more_than_it_has(instance, plan),
        *_no_node_ships_more_than_its_day_allows(instance, plan),
        *_no_component_is_shipped_twice(instance, plan),
        *_lines_ship_from_the_nodes_they_have_to(instance, plan),
        *_no_more_nodes_share_than_may(instance, plan),
        *carriers_take_what_they_carry(instance, plan),
        *services_are_those_asked_for_or_may_stand_in(instance, plan),
        *packages_hold_the_goods(instance, plan),
        *emissions_and_dates_are_right(instance, plan),
        *_available_units_are_not_given_up(instance, plan),
        *_cost_lines_are_right(instance, plan),
    ]


def _every_line_named_is_in_the_order(instance: SourcingInstance, plan: Plan) -> list[str]:
    wanted = {line.id for line in instance.order.lines}
    named = [part.line for shipment in plan.shipments for part in shipment.units]
    named += [missing.line for missing in plan.unfilled]
    return [f"line {line} is not in the order" for line in dict.fromkeys(named) if line not in wanted]


def _every_unit_is_accounted_for(instance: SourcingInstance, plan: Plan) -> list[str]:
    found = []
    got: Counter[LineId] = Counter()
    for shipment in plan.shipments:
        for part in shipment.units:
            got[part.line] += part.quantity
            if part.quantity <= 0:
                found.append(f"{shipment.node} ships {part.quantity} of line {part.line}")
    for missing in plan.unfilled:
        got[missing.line] += missing.quantity
    wanted = {line.id: line.quantity for line in instance.order.lines}
    found += [
        f"line {line}: {got[line]} of {wanted[line]} accounted for"
        for line in wanted
        if got[line] != wanted[line]
    ]
    return found


def _stock(instance: SourcingInstance) -> Counter[tuple[NodeId, SkuId]]:
    """Units by node and sku: what any line sees of it, for one that ships from elsewhere sees none."""
    stock: Counter[tuple[NodeId, SkuId]] = Counter()
    for node, row in zip(instance.nodes, instance.stock.tolist(), strict=True):
        for line, units in zip(instance.order.lines, row, strict=True):
            stock[node, line.sku] = max(stock[node, line.sku], units)
    return stock


def _taken(plan: Plan) -> Counter[tuple[NodeId, SkuId]]:
    taken: Counter[tuple[NodeId, SkuId]] = Counter()
    for shipment in plan.shipments:
        for part in shipment.units:
            taken[shipment.node, part.sku] += part.quantity
    return taken


def _no_node_ships_more_than_it_has(instance: SourcingInstance, plan: Plan) -> list[str]:
    stock = _stock(instance)
    return [
        f"{node} ships {quantity} of {sku}, has {stock.get((node, sku), 0)}"
        for (node, sku), quantity in _taken(plan).items()
        if quantity > stock.get((node, sku), 0)
    ]


def _no_node_ships_more_than_its_day_allows(instance: SourcingInstance, plan: Plan) -> list[str]:
    room = dict(zip(instance.nodes, instance.capacity.tolist(), strict=True))
    picks = _picks(instance)
    found = []
    for shipment in plan.shipments:
        units = sum(part.quantity * picks[part.line] for part in shipment.units)
        if units > room.get(shipment.node, 0):
            found.append(f"{shipment.node} ships {units} units, can ship {room.get(shipment.node, 0)}")
    return found


def _picks(instance: SourcingInstance) -> dict[LineId, int]:
    """Units picked for one of each line: of a kit all of its components."""
    lines = zip(instance.order.lines, instance.skus, strict=True)
    return {line.id: sum(part.quantity for part in sku.components) or 1 for line, sku in lines}


def _rows_left(instance: SourcingInstance, plan: Plan) -> dict[NodeId, list[int]]:
    """Of what lines share beside their skus' stock, units that the plan leaves at each node."""
    if instance.shared is None:
        return {node: [] for node in instance.nodes}
    left = {node: instance.shared.held[k].tolist() for k, node in enumerate(instance.nodes)}
    column = {line.id: j for j, line in enumerate(instance.order.lines)}
    for shipment in plan.shipments:
        for part in shipment.units:
            takes = instance.shared.need[:, column[part.line]].tolist()
            for row, per_unit in enumerate(takes):
                left[shipment.node][row] -= per_unit * part.quantity
    return left


def _no_component_is_shipped_twice(instance: SourcingInstance, plan: Plan) -> list[str]:
    return [
        f"{node} ships {-min(left)} units more of what kits share than it has"
        for node, left in _rows_left(instance, plan).items()
        if left and min(left) < 0
    ]


def _lines_ship_from_the_nodes_they_have_to(instance: SourcingInstance, plan: Plan) -> list[str]:
    only = {line.id: line.node for line in instance.order.lines}
    choice = instance.order.nodes
    found = [
        f"line {part.line} ships from {shipment.node}, and has to from {only[part.line]}"
        for shipment in plan.shipments
        for part in shipment.units
        if only[part.line] not in (None, shipment.node)
    ]
    found += [
        f"{shipment.node} ships, which the order does not allow"
        for shipment in plan.shipments
        if shipment.node in choice.forbidden or (choice.allowed and shipment.node not in choice.allowed)
    ]
    return found


class _Limited(NamedTuple):
    """What limits the split: the lines it is about, and nodes that have begun to ship them."""

    rule: str
    at_most: int
    lines: set[LineId]
    begun: set[NodeId]
    penalty: Micros | None

    def beyond(self, plan: Plan, *more: NodeId) -> int:
        ships = {s.node for s in plan.shipments if any(part.line in self.lines for part in s.units)}
        return max(0, len((ships | {*more}) - self.begun) - max(0, self.at_most - len(self.begun)))


def _limited(instance: SourcingInstance) -> list[_Limited]:
    if instance.splitting is None:
        return []
    ids = [line.id for line in instance.order.lines]
    return [
        _Limited(one.rule, one.at_most, {ids[line] for line in one.lines}, set(one.begun), one.penalty)
        for one in instance.splitting.limits
    ]


def _no_more_nodes_share_than_may(instance: SourcingInstance, plan: Plan) -> list[str]:
    return [
        f"{beyond} nodes more than {limit.at_most} share what {limit.rule} is about"
        for limit in _limited(instance)
        if limit.penalty is None and (beyond := limit.beyond(plan))
    ]


def _one_shipment_per_node_by_an_offered_service(instance: SourcingInstance, plan: Plan) -> list[str]:
    offered = offered_rates(instance)
    times = Counter(shipment.node for shipment in plan.shipments)
    found = [f"{node} ships {count} shipments" for node, count in times.items() if count > 1]
    found += [
        f"{shipment.node} has no service {shipment.service}"
        for shipment in plan.shipments
        if (shipment.node, shipment.service) not in offered
    ]
    return found


def _units_from(instance: SourcingInstance, plan: Plan, node: NodeId) -> Units:
    return [unit for s in plan.shipments if s.node == node for unit in contents_of(instance, s)]


def _row(instance: SourcingInstance, shipment: PlannedShipment) -> list[int]:
    """Units of every line in a shipment."""
    units = {part.line: part.quantity for part in shipment.units}
    return [units.get(line.id, 0) for line in instance.order.lines]


def _available_units_are_not_given_up(instance: SourcingInstance, plan: Plan) -> list[str]:
    if instance.lines_compete or any(line.node is not None for line in instance.order.lines):
        return _shared_units_are_not_given_up(instance, plan)
    taken, stock = _taken(plan), _stock(instance)
    shipped = {s.node: sum(part.quantity for part in s.units) for s in plan.shipments}
    room = {
        node: int(limit) - shipped.get(node, 0)
        for node, limit in zip(instance.nodes, instance.capacity, strict=True)
    }
    by_sku: defaultdict[SkuId, Counter[UnfilledReason]] = defaultdict(Counter)
    for missing in plan.unfilled:
        by_sku[missing.sku][missing.reason] += missing.quantity
    found = []
    for sku, reasons in by_sku.items():
        spare = sum(max(0, min(stock[node, sku] - taken[node, sku], room[node])) for node in instance.nodes)
        given_up = min(spare, reasons.total())
        if reasons[UnfilledReason.GIVEN_UP] != given_up:
            found.append(f"{sku}: {given_up} given up, plan says {reasons[UnfilledReason.GIVEN_UP]}")
        if given_up and not instance.policy.may_give_up:
            found.append(f"{sku}: {given_up} available units given up, which the policy forbids")
    return found


def _shared_units_are_not_given_up(instance: SourcingInstance, plan: Plan) -> list[str]:
    """Where lines differ: a unit is given up if it could still be shipped, by itself, after all that is."""
    taken, left, picks = _taken(plan), _rows_left(instance, plan), _picks(instance)
    shipped = {s.node: sum(part.quantity * picks[part.line] for part in s.units) for s in plan.shipments}
    room = dict(zip(instance.nodes, instance.capacity.tolist(), strict=True))
    column = {line.id: j for j, line in enumerate(instance.order.lines)}
    found, one_could, limited = [], False, _limited(instance)
    for missing in plan.unfilled:
        takes = instance.shared.need[:, column[missing.line]].tolist() if instance.shared else []
        missing_sku = instance.skus[column[missing.line]]
        could = any(
            int(instance.stock[k, column[missing.line]]) > taken[node, missing.sku]
            and room[node] - shipped.get(node, 0) >= picks[missing.line]
            and all(units >= per_unit for units, per_unit in zip(left[node], takes, strict=True))
            and any(
                not refused_by(offer.rate, [*_units_from(instance, plan, node), (missing_sku, 1)])
                for offer in instance.offers[k]
            )
            and not any(
                limit.penalty is None and missing.line in limit.lines and limit.beyond(plan, node)
                for limit in limited
            )
            for k, node in enumerate(instance.nodes)
        )
        one_could = one_could or could
        if missing.reason is UnfilledReason.GIVEN_UP and not could:
            found.append(f"line {missing.line}: called given up, and there is none")
    given_up = any(missing.reason is UnfilledReason.GIVEN_UP for missing in plan.unfilled)
    if one_could and not given_up:
        found.append("a unit that could be shipped is called no stock")
    if one_could and not instance.policy.may_give_up:
        found.append("an available unit is given up, which the policy forbids")
    return found


def _cost_lines_are_right(instance: SourcingInstance, plan: Plan) -> list[str]:
    offered, policy = offered_rates(instance), instance.policy
    row = {node: k for k, node in enumerate(instance.nodes)}
    skus = {line.id: sku for line, sku in zip(instance.order.lines, instance.skus, strict=True)}
    expected: Counter[tuple[CostKind, NodeId | None]] = Counter()
    lines = {line.id: line for line in instance.order.lines}
    nodes_of_pick: defaultdict[tuple[SkuId, NodeId | None], set[NodeId]] = defaultdict(set)
    picks = _picks(instance)
    for shipment in plan.shipments:
        node, rate, k = shipment.node, offered[shipment.node, shipment.service], row[shipment.node]
        units = contents_of(instance, shipment)
        expected += freight_costs(instance, shipment, rate, units)
        expected[CostKind.STOCK, node] += stock_worth(instance, k, _row(instance, shipment))
        expected[CostKind.LABOR, node] += int(instance.labor_per_order[k])
        for broken in instance.objections[k] if instance.objections else ():
            expected[CostKind.RULE, node] += broken.penalty or 0
        for part in shipment.units:
            nodes = nodes_of_pick[part.sku, lines[part.line].node]
            if node not in nodes:  # lines of one sku are picked together
                expected[CostKind.LABOR, node] += int(instance.labor_per_line[k])
            nodes.add(node)
            expected[CostKind.LABOR, node] += (
                int(instance.labor_per_unit[k]) * part.quantity * picks[part.line]
            )
            picked, site = part.quantity * picks[part.line], instance.sites[k]
            taken = max(0, site.units_per_day - int(instance.capacity[k]))
            taken = min(taken, site.units_per_day)
            expected[CostKind.LOAD, node] += picked * (
                site.load_penalty * taken // max(1, site.units_per_day)
            )
            fails = 1_000 - site.pick_success_permille
            expected[CostKind.REPICK, node] += picked * (policy.repick_cost * fails // 1_000)
    for missing in plan.unfilled:
        expected[CostKind.LOST_MARGIN, None] += skus[missing.line].lost_sale_value * missing.quantity
    expected[CostKind.EXTRA_SHIPMENT, None] += policy.extra_shipment_penalty * max(0, len(plan.shipments) - 1)
    expected[CostKind.SPLIT_LINE, None] += policy.split_line_penalty * sum(
        len(nodes) - 1 for nodes in nodes_of_pick.values()
    )
    for limit in _limited(instance):
        expected[CostKind.RULE, None] += limit.beyond(plan) * (limit.penalty or 0)
    told: Counter[tuple[CostKind, NodeId | None]] = Counter()
    for line in plan.cost_lines:
        told[line.kind, line.node] += line.amount
    return [
        f"{kind} {node or ''}: plan says {told[kind, node]}, is {expected[kind, node]}"
        for kind, node in sorted(expected.keys() | told.keys(), key=str)
        if told[kind, node] != expected[kind, node]
    ]
