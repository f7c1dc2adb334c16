"""The specification of a plan's shipments: which service may carry them, in how many packages, and when."""

from dataclasses import fields
from datetime import datetime

from fulfillment.ids import NodeId
from fulfillment.plan import Plan, PlannedShipment
from fulfillment.rates import Rate
from fulfillment.timing import Dates
from optimizer.sourcing.check_freight import (
    Units,
    arrives_too_late,
    billed_weight,
    dates_by_hand,
    emissions_of,
    not_as_asked,
    packages_of,
    refused_by,
)
from optimizer.sourcing.instance import SourcingInstance


def carriers_take_what_they_carry(instance: SourcingInstance, plan: Plan) -> list[str]:
    """Goods that a service does not take, and services that arrive late where none may."""
    offered, found = offered_rates(instance), []
    for shipment in plan.shipments:
        rate = offered[shipment.node, shipment.service]
        refused = refused_by(rate, contents_of(instance, shipment))
        found += [f"{shipment.node} ships {what}, which does not take it" for what in refused]
        if arrives_too_late(instance, rate, shipment.node):
            found.append(f"{shipment.node} ships by {rate.service}, which arrives late")
    return found


def services_are_those_asked_for_or_may_stand_in(instance: SourcingInstance, plan: Plan) -> list[str]:
    """Services other than the one asked for that are slower, and do not arrive as wanted."""
    offered, found = offered_rates(instance), []
    asked = dict(zip(instance.nodes, instance.asked, strict=False))
    for shipment in plan.shipments:
        rate = offered[shipment.node, shipment.service]
        if why := not_as_asked(instance, rate, asked.get(shipment.node), shipment.node):
            wish = instance.order.service
            found.append(f"{shipment.node} ships by {shipment.service}, and {wish} was asked for: {why}")
    return found


def packages_hold_the_goods(instance: SourcingInstance, plan: Plan) -> list[str]:
    """Weights, and packages, that are not those of the goods."""
    offered, found = offered_rates(instance), []
    for shipment in plan.shipments:
        units, rate = contents_of(instance, shipment), offered[shipment.node, shipment.service]
        weight = sum(sku.weight_grams * count for sku, count in units)
        billed, least = billed_weight(rate, units), packages_of(rate, units)
        told = (shipment.weight_grams, shipment.billed_grams, shipment.packages)
        if told != (weight, billed, least):
            found.append(
                f"{shipment.node}: {shipment.packages} packages of {shipment.weight_grams} g billed as "
                f"{shipment.billed_grams} g, should be {least} of {weight} g billed as {billed} g"
            )
    return found


def emissions_and_dates_are_right(instance: SourcingInstance, plan: Plan) -> list[str]:
    """Emissions, days of leaving and of arrival that do not follow from service and node."""
    offered, found = offered_rates(instance), []
    for shipment in plan.shipments:
        rate = offered[shipment.node, shipment.service]
        emitted = emissions_of(rate, contents_of(instance, shipment))
        if shipment.co2e_grams != emitted:
            found.append(f"{shipment.node}: {shipment.co2e_grams} g of CO2e, should be {emitted} g")
        told = {field.name: getattr(shipment.dates, field.name, None) for field in fields(Dates)}
        found += [
            f"{shipment.node}: {name} is {_instant(told[name])}, should be {_instant(at)}"
            for name, at in dates_by_hand(instance, rate, shipment.node).items()
            if told[name] != at
        ]
    return found


def offered_rates(instance: SourcingInstance) -> dict[tuple[NodeId, str], Rate]:
    """Every rate that an instance offers, by node and service."""
    return {
        (offer.rate.origin, offer.rate.service): offer.rate for offers in instance.offers for offer in offers
    }


def contents_of(instance: SourcingInstance, shipment: PlannedShipment) -> Units:
    """What a shipment holds."""
    skus = {line.id: sku for line, sku in zip(instance.order.lines, instance.skus, strict=True)}
    return [(skus[part.line], part.quantity) for part in shipment.units]


def _instant(at: datetime | None) -> str:
    return "not known" if at is None else at.isoformat()
