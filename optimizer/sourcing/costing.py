"""From units to a plan with its cost lines: the one place where a sourcing plan is priced.

Engines and rules only say how many units of each line each node ships; packages, the carrier service
of each shipment, reasons of unfilled units and cost lines follow from that here.
"""

import numpy as np

from fulfillment.money import Micros
from fulfillment.plan import (
    CostKind,
    CostLine,
    Plan,
    PlannedShipment,
    PlannedUnits,
    Unfilled,
    UnfilledReason,
)
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.shelf import Shelf


def plan_of(instance: SourcingInstance, units: Ints) -> Plan:
    """The plan that ships `units`, each shipment by its cheapest service.

    Parameters
    ----------
    units : int array (N, L)
        Units of each line shipped from each node.
    """
    shipments: list[PlannedShipment] = []
    costs: list[CostLine] = []
    for k in np.flatnonzero(units.any(axis=1)):
        shipment, lines = _ship(instance, int(k), units[k])
        shipments.append(shipment)
        costs += lines
    return Plan(
        tuple(shipments),
        tuple(_unfilled(instance, units)),
        tuple(costs + _order_costs(instance, units, len(shipments))),
    )


def _ship(instance: SourcingInstance, k: int, row: Ints) -> tuple[PlannedShipment, list[CostLine]]:
    node = instance.nodes[k]
    used = np.flatnonzero(row)
    weight = int(row @ instance.weight)
    rate = min(
        instance.rates[k],
        key=lambda rate: (rate.cost(weight), rate.packages(weight), rate.service),
    )
    labor = (
        int(instance.labor_per_order[k])
        + int(instance.labor_per_line[k]) * len(used)
        + int(instance.labor_per_unit[k]) * int(row @ instance.picks)
    )
    lines = instance.order.lines
    units = tuple(PlannedUnits(lines[line].id, lines[line].sku, int(row[line])) for line in used)
    broken = instance.objections[k] if instance.objections else ()
    return (
        PlannedShipment(node, rate.service, rate.packages(weight), weight, units),
        [
            CostLine(CostKind.PACKAGES, Micros(rate.per_package * rate.packages(weight)), node),
            CostLine(CostKind.WEIGHT, Micros(rate.per_gram * weight), node),
            CostLine(CostKind.LABOR, Micros(labor), node),
            *(CostLine(CostKind.RULE, one.penalty, node, one.rule) for one in broken if one.penalty),
        ],
    )


def _unfilled(instance: SourcingInstance, units: Ints) -> list[Unfilled]:
    """Unfilled units by line: given up as far as a node could still have shipped them, else no stock."""
    missing = instance.demand - units.sum(axis=0)
    if not missing.any():
        return []
    if instance.shared is not None or instance.splitting is not None:
        return _unfilled_where_lines_compete(instance, units, missing)
    found: list[Unfilled] = []
    room = instance.capacity - units.sum(axis=1)
    spare: dict[int, int] = {}
    for line in np.flatnonzero(missing):
        sku = int(instance.sku_index[line])
        if sku not in spare:
            taken = units[:, instance.sku_index == sku].sum(axis=1)
            spare[sku] = int(np.minimum(instance.stock[:, line] - taken, room).clip(min=0).sum())
        given_up = min(int(missing[line]), spare[sku])
        spare[sku] -= given_up
        found += _reasons(instance, int(line), int(missing[line]), given_up)
    return found


def _unfilled_where_lines_compete(instance: SourcingInstance, units: Ints, missing: Ints) -> list[Unfilled]:
    """The same where what one line is given is not there for another: components, or a place for a node."""
    shelf = Shelf(instance)
    for k, line in zip(*np.nonzero(units), strict=True):
        shelf.take_up_to(int(k), int(line), int(units[k, line]))
    found: list[Unfilled] = []
    for line in np.flatnonzero(missing).tolist():
        given_up = 0
        for k in range(len(instance.nodes)):
            given_up += shelf.take_up_to(k, line, int(missing[line]) - given_up)
        found += _reasons(instance, line, int(missing[line]), given_up)
    return found


def _reasons(instance: SourcingInstance, line: int, missing: int, given_up: int) -> list[Unfilled]:
    named = instance.order.lines[line]
    parts = ((missing - given_up, UnfilledReason.NO_STOCK), (given_up, UnfilledReason.GIVEN_UP))
    return [Unfilled(named.id, named.sku, quantity, reason) for quantity, reason in parts if quantity]


def _order_costs(instance: SourcingInstance, units: Ints, shipments: int) -> list[CostLine]:
    policy = instance.policy
    missing = instance.demand - units.sum(axis=0)
    extra_nodes = int(np.maximum((units > 0).sum(axis=0) - 1, 0).sum())
    amounts = (
        (CostKind.LOST_MARGIN, int(missing @ instance.lost_value)),
        (CostKind.EXTRA_SHIPMENT, policy.extra_shipment_penalty * max(0, shipments - 1)),
        (CostKind.SPLIT_LINE, policy.split_line_penalty * extra_nodes),
    )
    rules = instance.splitting.charges(units) if instance.splitting is not None else ()
    return [
        *(CostLine(kind, Micros(amount)) for kind, amount in amounts if amount),
        *(CostLine(CostKind.RULE, amount, rule=rule) for rule, amount in rules),
    ]
