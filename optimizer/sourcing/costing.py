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
from fulfillment.rates import Load
from fulfillment.timing import dates_of
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.offers import Offer
from optimizer.sourcing.shelf import Shelf

Shipped = dict[tuple[int, bytes], tuple[PlannedShipment, list[CostLine]]]
"""Shipments of one instance by node and units, each made once for many plans that share them."""


def plan_of(instance: SourcingInstance, units: Ints, *, shipped: Shipped | None = None) -> Plan:
    """The plan that ships `units`, each shipment by its cheapest service.

    Parameters
    ----------
    units : int array (N, L)
        Units of each line shipped from each node.
    shipped
        Shipments made before for this instance; those that are new are added.
    """
    made = {} if shipped is None else shipped
    shipments: list[PlannedShipment] = []
    costs: list[CostLine] = []
    for k in np.flatnonzero(units.any(axis=1)):
        place = int(k), units[k].tobytes()
        if place not in made:
            made[place] = _ship(instance, int(k), units[k])
        shipment, lines = made[place]
        shipments.append(shipment)
        costs += lines
    return Plan(
        tuple(shipments),
        tuple(_unfilled(instance, units)),
        tuple(costs + _order_costs(instance, units, len(shipments))),
    )


def carrier_of(instance: SourcingInstance, k: int, row: Ints) -> tuple[Offer, Load]:
    """The cheapest offer of a node that takes all of `row` units, steering included, and the load it is.

    Raises
    ------
    ValueError
        None takes all of it: such units are not a plan.
    """
    wanted = row > 0
    price = instance.policy.co2e_price
    best: tuple[tuple[int, int, str], Offer, Load] | None = None
    for offer in instance.offers[k]:
        if not offer.takes_all and not np.array(offer.takes)[wanted].all():
            continue
        rate = offer.rate
        load = instance.goods.load(rate, row)
        cost = rate.cost(load) + rate.co2e_cost(load, price) + offer.lateness
        key = (cost, rate.packages(load), rate.service)
        if best is None or key < best[0]:
            best = (key, offer, load)
    if best is None:
        raise ValueError(f"no service of {instance.nodes[k]} takes these lines together")
    return best[1], best[2]


def _ship(instance: SourcingInstance, k: int, row: Ints) -> tuple[PlannedShipment, list[CostLine]]:
    node = instance.nodes[k]
    used = np.flatnonzero(row)
    offer, load = carrier_of(instance, k, row)
    rate, picks = offer.rate, int(row @ instance.picks)
    lines = instance.lines
    shipment = PlannedShipment(
        node=node,
        service=rate.service,
        packages=rate.packages(load),
        weight_grams=load.grams,
        units=tuple(PlannedUnits(lines[line].id, lines[line].sku, int(row[line])) for line in used),
        billed_grams=load.billed_grams,
        co2e_grams=rate.co2e_grams(load),
        dates=dates_of(rate, instance.sites[k], instance.now),
    )
    labor = (
        int(instance.labor_per_order[k])
        + int(instance.labor_per_line[k]) * int(np.count_nonzero(instance.pick_lines(row)))
        + int(instance.labor_per_unit[k]) * picks
    )
    worth = instance.stock_prices.cost(k, row) if instance.stock_prices is not None else 0
    always = (
        (CostKind.PACKAGES, rate.package_cost(load)),
        (CostKind.WEIGHT, rate.weight_cost(load)),
        (CostKind.LABOR, labor),
    )
    at_times = (
        (CostKind.SURCHARGE, rate.surcharge(load)),
        (CostKind.STOCK, worth),
        (CostKind.LOAD, int(instance.load_per_unit[k]) * picks),
        (CostKind.REPICK, int(instance.repick_per_unit[k]) * picks),
        (CostKind.LATENESS, offer.lateness),
        (CostKind.CO2E, rate.co2e_cost(load, instance.policy.co2e_price)),
    )
    amounts = (*always, *((kind, amount) for kind, amount in at_times if amount))
    broken = instance.objections[k] if instance.objections else ()
    return shipment, [
        *(CostLine(kind, Micros(amount), node) for kind, amount in amounts),
        *(CostLine(CostKind.RULE, one.penalty, node, one.rule) for one in broken if one.penalty),
    ]


def _unfilled(instance: SourcingInstance, units: Ints) -> list[Unfilled]:
    """Unfilled units by line: given up as far as a node could still have shipped them, else no stock."""
    missing = instance.demand - units.sum(axis=0)
    if not missing.any():
        return []
    if instance.lines_compete:
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
    named = instance.lines[line]
    parts = ((missing - given_up, UnfilledReason.NO_STOCK), (given_up, UnfilledReason.GIVEN_UP))
    return [Unfilled(named.id, named.sku, quantity, reason) for quantity, reason in parts if quantity]


def _order_costs(instance: SourcingInstance, units: Ints, shipments: int) -> list[CostLine]:
    policy = instance.policy
    missing = instance.demand - units.sum(axis=0)
    extra_nodes = int(np.maximum((instance.pick_lines(units) > 0).sum(axis=0) - 1, 0).sum())
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
