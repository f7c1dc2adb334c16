"""The specification of a sourcing plan, without any solver: every broken rule in words.

Written from the order, the stock and the rates alone, sharing no arithmetic with engines or costing.
"""

from collections import Counter, defaultdict

from fulfillment.ids import LineId, NodeId, SkuId
from fulfillment.network import Rate
from fulfillment.plan import CostKind, Plan, UnfilledReason
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
        *_packages_hold_the_weight(instance, plan),
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


def _stock(instance: SourcingInstance) -> dict[tuple[NodeId, SkuId], int]:
    return {
        (node, line.sku): int(instance.stock[k, j])
        for k, node in enumerate(instance.nodes)
        for j, line in enumerate(instance.order.lines)
    }


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
    found = []
    for shipment in plan.shipments:
        units = sum(part.quantity for part in shipment.units)
        if units > room.get(shipment.node, 0):
            found.append(f"{shipment.node} ships {units} units, can ship {room.get(shipment.node, 0)}")
    return found


def _rates(instance: SourcingInstance) -> dict[tuple[NodeId, str], Rate]:
    return {(rate.origin, rate.service): rate for rates in instance.rates for rate in rates}


def _one_shipment_per_node_by_an_offered_service(instance: SourcingInstance, plan: Plan) -> list[str]:
    offered = _rates(instance)
    times = Counter(shipment.node for shipment in plan.shipments)
    found = [f"{node} ships {count} shipments" for node, count in times.items() if count > 1]
    found += [
        f"{shipment.node} has no service {shipment.service}"
        for shipment in plan.shipments
        if (shipment.node, shipment.service) not in offered
    ]
    return found


def _packages_hold_the_weight(instance: SourcingInstance, plan: Plan) -> list[str]:
    grams = {line.id: sku.weight_grams for line, sku in zip(instance.order.lines, instance.skus, strict=True)}
    offered = _rates(instance)
    found = []
    for shipment in plan.shipments:
        weight = sum(grams[part.line] * part.quantity for part in shipment.units)
        limit = offered[shipment.node, shipment.service].package_limit_grams
        least = max(1, (weight + limit - 1) // limit)
        if shipment.weight_grams != weight or shipment.packages != least:
            found.append(
                f"{shipment.node}: {shipment.packages} packages of {shipment.weight_grams} g, "
                f"should be {least} of {weight} g"
            )
    return found


def _available_units_are_not_given_up(instance: SourcingInstance, plan: Plan) -> list[str]:
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


def _cost_lines_are_right(instance: SourcingInstance, plan: Plan) -> list[str]:
    offered, policy = _rates(instance), instance.policy
    row = {node: k for k, node in enumerate(instance.nodes)}
    skus = {line.id: sku for line, sku in zip(instance.order.lines, instance.skus, strict=True)}
    expected: Counter[tuple[CostKind, NodeId | None]] = Counter()
    nodes_of_line: Counter[LineId] = Counter()
    for shipment in plan.shipments:
        node, rate, k = shipment.node, offered[shipment.node, shipment.service], row[shipment.node]
        expected[CostKind.PACKAGES, node] += rate.per_package * shipment.packages
        expected[CostKind.LABOR, node] += int(instance.labor_per_order[k])
        for part in shipment.units:
            nodes_of_line[part.line] += 1
            grams = skus[part.line].weight_grams
            expected[CostKind.WEIGHT, node] += rate.per_kg * grams * part.quantity // 1000
            expected[CostKind.LABOR, node] += int(instance.labor_per_line[k])
            expected[CostKind.LABOR, node] += int(instance.labor_per_unit[k]) * part.quantity
    for missing in plan.unfilled:
        expected[CostKind.LOST_MARGIN, None] += skus[missing.line].lost_sale_value * missing.quantity
    expected[CostKind.EXTRA_SHIPMENT, None] += policy.extra_shipment_penalty * max(0, len(plan.shipments) - 1)
    expected[CostKind.SPLIT_LINE, None] += policy.split_line_penalty * sum(
        n - 1 for n in nodes_of_line.values()
    )
    told: Counter[tuple[CostKind, NodeId | None]] = Counter()
    for line in plan.cost_lines:
        told[line.kind, line.node] += line.amount
    return [
        f"{kind} {node or ''}: plan says {told[kind, node]}, is {expected[kind, node]}"
        for kind, node in sorted(expected.keys() | told.keys(), key=str)
        if told[kind, node] != expected[kind, node]
    ]
