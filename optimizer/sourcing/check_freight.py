"""The specification of a shipment's service, freight, dates and emissions, and of what its stock is worth.


Without costing or engines: written from the fields of rates, skus and prices, unit by unit where that is
plainest.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil

from fulfillment.ids import NodeId
from fulfillment.network import Node
from fulfillment.plan import CostKind, PlannedShipment
from fulfillment.price_book import StockPrice
from fulfillment.rates import Rate
from fulfillment.skus import Sku
from optimizer.sourcing.instance import SourcingInstance

Units = list[tuple[Sku, int]]
Costs = Counter[tuple[CostKind, NodeId | None]]


def packages_of(rate: Rate, units: Units) -> int:
    """As many as weight or volume needs, whichever is more, and one for each unit that travels apart."""
    shared = [(sku, count) for sku, count in units if not (sku.ships_alone or sku.is_oversized)]
    grams = sum(sku.weight_grams * count for sku, count in shared)
    needed = [(grams + rate.package_limit_grams - 1) // rate.package_limit_grams]
    if rate.package_limit_cm3 is not None:
        full = rate.package_limit_cm3 * 1_000
        needed.append((sum(_volume(sku) * count for sku, count in shared) + full - 1) // full)
    apart = sum(count for sku, count in units) - sum(count for _, count in shared)
    return max(needed) + apart


def refused_by(rate: Rate, units: Units) -> list[str]:
    """Skus that the service does not take."""
    return [
        f"{sku.id} by {rate.service}"
        for sku, _ in units
        if (sku.is_hazmat and not rate.carries_hazmat)
        or (rate.longest_side_mm is not None and any(side > rate.longest_side_mm for side in sku.sides_mm))
    ]


def billed_weight(rate: Rate, units: Units) -> int:
    """Grams: of every unit its weight, or its volume over the divisor where that is more."""
    total = 0
    for sku, count in units:
        each = sku.weight_grams
        if rate.dimensional_divisor and (volume := _volume(sku)):
            each = max(each, -(-volume // rate.dimensional_divisor))
        total += each * count
    return total


def freight_costs(instance: SourcingInstance, shipment: PlannedShipment, rate: Rate, units: Units) -> Costs:
    """What carrier, emissions and lateness cost of one shipment, by kind."""
    costs: Costs = Counter()
    node, policy = shipment.node, instance.policy
    packages = packages_of(rate, units)
    costs[CostKind.PACKAGES, node] += rate.per_shipment + rate.per_package * packages
    billed = billed_weight(rate, units)
    charges = [rate.per_kg * billed // 1000]
    charges += [step.per_kg * max(billed, step.from_grams) // 1000 for step in rate.breaks]
    costs[CostKind.WEIGHT, node] += min(charges)
    oversized = sum(count for sku, count in units if sku.is_oversized)
    costs[CostKind.SURCHARGE, node] += rate.per_oversized * oversized
    grams = sum(sku.weight_grams * count for sku, count in units)
    per_package = (2 * policy.co2e_price * rate.co2e_grams_per_package + 1_000) // 2_000
    per_gram = (2 * policy.co2e_price * rate.co2e_grams_per_kg + 1_000_000) // 2_000_000
    costs[CostKind.CO2E, node] += per_package * packages + per_gram * grams
    late = _late_days(instance, rate, _site(instance, node))
    costs[CostKind.LATENESS, node] += late * (policy.late_day_penalty or 0)
    return costs


def emissions_of(rate: Rate, units: Units) -> int:
    """Grams of CO2e, rounded up to the gram."""
    grams = sum(sku.weight_grams * count for sku, count in units)
    return ceil(
        rate.co2e_grams_per_package * packages_of(rate, units)
        + Fraction(rate.co2e_grams_per_kg * grams, 1_000)
    )


def dates_by_hand(instance: SourcingInstance, rate: Rate, node: NodeId) -> dict[str, datetime | None]:
    """When goods leave the node and arrive, by the names of `Dates`; None where no transit is named."""
    leaves = instance.now + timedelta(hours=_site(instance, node).processing_hours)
    days = rate.transit
    return {
        "leaves_at": None if days is None else leaves,
        "arrives_p50": None if days is None else leaves + timedelta(days=days.p50),
        "arrives_p90": None if days is None else leaves + timedelta(days=days.p90),
    }


def not_as_asked(instance: SourcingInstance, rate: Rate, asked: Rate | None, node: NodeId) -> str:
    """Why a service may not carry the order, which asks for another; empty if it may.

    `asked` is the rate of that service at the node, None where it has none. Another may carry it that is no
    slower, or that arrives as wanted.
    """
    order = instance.order
    if order.service in (None, rate.service):
        return ""
    if rate.transit is None:
        return "names no days of transit"
    if asked is not None and asked.transit is not None:
        ours, theirs = rate.transit, asked.transit
        if ours.p90 < theirs.p90 or (ours.p90 == theirs.p90 and ours.p50 <= theirs.p50):
            return ""
    if order.wanted_by is None:
        return "slower, and the order has no wanted date" if asked else "the order has no wanted date"
    late = _late_days(instance, rate, _site(instance, node))
    return f"arrives {late} days late" if late else ""


def arrives_too_late(instance: SourcingInstance, rate: Rate, node: NodeId) -> bool:
    """Whether a policy that allows no lateness is broken."""
    late = _late_days(instance, rate, _site(instance, node))
    return instance.policy.late_day_penalty is None and late > 0


def stock_worth(instance: SourcingInstance, k: int, row: Iterable[int]) -> int:
    """Micros: unit by unit, each at the price of the last one left."""
    worth = instance.stock_prices
    if worth is None:
        return 0
    total, shipped = 0, list(row)
    for r, price in enumerate(worth.prices[k]):
        taken = sum(int(need) * units for need, units in zip(worth.need[r], shipped, strict=True))
        left = int(worth.held[k, r])
        for number in range(left, left - taken, -1):
            total += _price_of(price, number)
    return total


def _price_of(price: StockPrice, number: int) -> int:
    for step in price.steps:
        if number <= step.up_to:
            return step.price
    return 0


def _late_days(instance: SourcingInstance, rate: Rate, site: Node) -> int:
    wanted = instance.order.wanted_by
    if wanted is None or rate.transit is None:
        return 0
    arrives = instance.now + timedelta(hours=site.processing_hours) + timedelta(days=rate.transit.p90)
    return max(0, ceil((arrives - wanted) / timedelta(days=1)))


def _site(instance: SourcingInstance, node: NodeId) -> Node:
    return next(site for site in instance.sites if site.id == node)


def _volume(sku: Sku) -> int:
    volume = 1
    for side in sku.sides_mm or (0,):
        volume *= side
    return volume
