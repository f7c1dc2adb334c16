"""The whole cost model on a network: what carriers publish and what goods are like, drawn once by seed.

Parcels take 120 x 60 x 60 cm and small ones 45 x 35 x 16 cm, the published limits of DHL Paket (www.dhl.de)
and of a Royal Mail small parcel (www.royalmail.com); a divisor of 5,000 cm3 to the kilogram is that of
express carriers. Goods weigh 250 kg to the cubic metre in the middle, two thirds of them within a
factor of 1.6 of it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from math import exp

import numpy as np

from fulfillment.ids import NodeId, PolicyVersion, ServiceId, SkuId
from fulfillment.money import MICROS_PER_MINOR, Micros
from fulfillment.network import Network, Node, NodeKind
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.price_book import PriceBook, PriceStep, StockPrice
from fulfillment.rates import Rate, Transit, WeightBreak
from fulfillment.skus import Sku

POLICY = Policy(
    PolicyVersion("bench-full"),
    Micros(500_000),
    Micros(250_000),
    co2e_price=Micros(80_000),
    late_day_penalty=Micros(1_000_000),
    repick_cost=Micros(1_000_000),
)
_SMALL_GRAMS = 2_000
_SMALL_CM3, _PARCEL_CM3 = 45 * 35 * 16, 120 * 60 * 60
_HURRIED = 0.3  # of the orders are wanted in two days
_PRICED = 8  # units of a store's stock that its own shoppers may want


def full_network(network: Network, seed: int) -> Network:
    """The network with sizes of goods, limits, breaks, surcharges and emissions, and an express service."""
    rng = np.random.default_rng(seed)
    return replace(
        network,
        skus={name: _sku(rng, sku) for name, sku in sorted(network.skus.items())},
        nodes={name: _node(node) for name, node in network.nodes.items()},
        rates={lane: (*map(_rate, offered), _express(offered)) for lane, offered in network.rates.items()},
    )


def hurried(order: Order, now: datetime, rng: np.random.Generator) -> Order:
    """The order, at times wanted in two days."""
    return replace(order, wanted_by=now + timedelta(days=2)) if rng.random() < _HURRIED else order


def price_book(network: Network, stock: Iterable[tuple[NodeId, SkuId]], now: datetime) -> PriceBook:
    """Of a store's last units: what a unit earns times the chance that somebody walks in for it."""
    prices = {
        (node, sku): StockPrice(tuple(_steps(network.skus[sku])))
        for node, sku in stock
        if network.nodes[node].kind is NodeKind.STORE and sku in network.skus
    }
    return PriceBook("bench", now, now + timedelta(days=1), prices)


def _steps(sku: Sku) -> Iterable[PriceStep]:
    last: int | None = None
    for units in range(1, _PRICED + 1):
        price = int(sku.lost_sale_value * exp(-units / 3)) // MICROS_PER_MINOR * MICROS_PER_MINOR
        if price > 0 and (last is None or price < last):
            yield PriceStep(units, Micros(price))
            last = price


def _sku(rng: np.random.Generator, sku: Sku) -> Sku:
    side = max(1, int((sku.weight_grams * 4_000 * float(rng.lognormal(0.0, 0.5))) ** (1 / 3)))
    alone, oversized, hazmat = rng.random(3)
    return replace(
        sku,
        sides_mm=(side, max(1, side // 2), 2 * side),
        ships_alone=bool(alone < 0.005),
        is_oversized=bool(oversized < 0.002),
        is_hazmat=bool(hazmat < 0.01),
    )


def _node(node: Node) -> Node:
    finds = 950 if node.kind is NodeKind.STORE else 995
    return replace(node, load_penalty=Micros(20_000), pick_success_permille=finds, processing_hours=2)


def _rate(rate: Rate) -> Rate:
    is_small = rate.package_limit_grams <= _SMALL_GRAMS
    return replace(
        rate,
        package_limit_cm3=_SMALL_CM3 if is_small else _PARCEL_CM3,
        longest_side_mm=450 if is_small else 1_200,
        breaks=() if is_small else (_break(rate, 50_000, 0.8), _break(rate, 150_000, 0.6)),
        per_oversized=Micros(5_000_000),
        co2e_grams_per_package=250,
        co2e_grams_per_kg=60,
        transit=Transit(2, 3),
    )


def _break(rate: Rate, grams: int, factor: float) -> WeightBreak:
    return WeightBreak(grams, Micros(int(rate.per_kg * factor) // 1_000 * 1_000))


def _express(offered: tuple[Rate, ...]) -> Rate:
    parcel = max(offered, key=lambda rate: rate.package_limit_grams)
    return replace(
        _rate(parcel),
        service=ServiceId("express"),
        per_package=Micros(2 * parcel.per_package),
        per_kg=Micros(2 * parcel.per_kg),
        breaks=(),
        dimensional_divisor=5_000,
        carries_hazmat=False,
        transit=Transit(1, 1),
    )
