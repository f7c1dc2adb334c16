"""Random orders with everything that costs: sizes, breaks, services, dates, emissions, prices of stock."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

import numpy as np

from fulfillment.ids import NodeId, PolicyVersion, ServiceId, SkuId
from fulfillment.money import Micros
from fulfillment.network import Node
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.price_book import PriceBook, PriceStep, StockPrice
from fulfillment.rates import Rate, Transit, WeightBreak
from fulfillment.skus import Sku
from optimizer.sourcing import SourcingInstance, build_instance
from scenarios.instances import OrderCase
from tests.sourcing.orders import SERVE_ALL, pounds

GROUND, AIR = ServiceId("parcel"), ServiceId("air")


@dataclass(frozen=True)
class FullCase:
    """A case with everything on, a policy that minds it, and a price book."""

    case: OrderCase
    policy: Policy
    prices: PriceBook

    @property
    def instance(self) -> SourcingInstance:
        case = self.case
        return build_instance(
            case.order,
            network=case.network,
            policy=self.policy,
            stock=case.stock,
            capacity=case.capacity,
            prices=self.prices,
        )


def with_everything(case: OrderCase, seed: int, *, policy: Policy = SERVE_ALL) -> FullCase:
    """The case with each feature drawn for about half of what could have it; the same seed, the same case."""
    rng = np.random.default_rng([seed, 4])
    network = replace(
        case.network,
        skus={name: _sku(rng, sku) for name, sku in case.network.skus.items()},
        nodes={name: _node(rng, node) for name, node in case.network.nodes.items()},
        rates={lane: _rates(rng, offered) for lane, offered in case.network.rates.items()},
    )
    minds = replace(
        policy,
        version=PolicyVersion("minds-all"),
        co2e_price=pounds(0.1),
        late_day_penalty=_one_of(rng, pounds(0), pounds(0.4), pounds(2.0), None),
        repick_cost=pounds(1.5),
    )
    made = replace(case, network=network, order=_order(rng, case.order))
    return FullCase(made, minds, _book(rng, made))


T = TypeVar("T")


def _one_of(rng: np.random.Generator, *choices: T) -> T:
    return choices[int(rng.integers(len(choices)))]


def _sku(rng: np.random.Generator, sku: Sku) -> Sku:
    # 250 kg to the cubic metre, within a factor of three either way
    volume = sku.weight_grams * 4_000 * float(rng.lognormal(0.0, 0.6))
    side = max(1, int(volume ** (1 / 3)))
    sides = (side, max(1, side // 2), 2 * side) if rng.random() < 0.8 else ()
    return replace(
        sku,
        sides_mm=sides,
        ships_alone=bool(rng.random() < 0.1),
        is_oversized=bool(rng.random() < 0.1),
        is_hazmat=bool(rng.random() < 0.15),
    )


def _node(rng: np.random.Generator, node: Node) -> Node:
    return replace(
        node,
        units_per_day=_one_of(rng, 20, 1_000),
        load_penalty=_one_of(rng, pounds(0), pounds(0.3)),
        pick_success_permille=_one_of(rng, 1_000, 970, 900),
        processing_hours=_one_of(rng, 0, 4, 30),
    )


def _rates(rng: np.random.Generator, offered: tuple[Rate, ...]) -> tuple[Rate, ...]:
    made = [_rate(rng, rate, Transit(*_one_of(rng, (1, 2), (2, 4)))) for rate in offered]
    if rng.random() < 0.5:
        air = replace(made[0], service=AIR, per_package=Micros(made[0].per_package * 3 // 2), breaks=())
        made.append(replace(air, transit=Transit(1, 1), carries_hazmat=False, dimensional_divisor=4_000))
    return tuple(made)


def _rate(rng: np.random.Generator, rate: Rate, transit: Transit) -> Rate:
    has_breaks = rng.random() < 0.5
    charges = (
        (
            WeightBreak(3_000, Micros(rate.per_kg // 2000 * 1000)),
            WeightBreak(9_000, Micros(rate.per_kg // 5000 * 1000)),
        )
        if has_breaks and rate.per_kg >= 10_000
        else ()
    )
    return replace(
        rate,
        package_limit_cm3=_one_of(rng, None, rate.package_limit_grams * 4),
        longest_side_mm=_one_of(rng, None, 900),
        dimensional_divisor=_one_of(rng, None, 5_000),
        breaks=charges,
        per_shipment=_one_of(rng, pounds(0), pounds(0.7)),
        per_oversized=_one_of(rng, pounds(0), pounds(4.0)),
        co2e_grams_per_package=_one_of(rng, 0, 300),
        co2e_grams_per_kg=_one_of(rng, 0, 120),
        transit=transit,
    )


def _order(rng: np.random.Generator, order: Order) -> Order:
    days = _one_of(rng, None, 1, 2, 3)
    return replace(
        order,
        wanted_by=None if days is None else order.placed_at + timedelta(days=days, hours=6),
        service=_one_of(rng, None, None, GROUND),
    )


def _book(rng: np.random.Generator, case: OrderCase) -> PriceBook:
    prices: dict[tuple[NodeId, SkuId], StockPrice] = {}
    for place, units in sorted(case.stock.items()):
        if rng.random() < 0.5:
            top = int(rng.integers(50, 200)) * 10_000
            first = int(rng.integers(1, units + 2))
            more = first + int(rng.integers(1, 4))
            prices[place] = StockPrice((PriceStep(first, Micros(top)), PriceStep(more, Micros(top // 3))))
    at = case.order.placed_at
    return PriceBook("random", at, at + timedelta(days=1), prices)
