"""The order as the fast engines see it: every way to ship from a node, with costs that are straight lines.

The engines know one measure that fills packages (weight, or volume), a charge per package and per gram of it,
and a cost per unit. All else is put into these so that no plan costs more to them than it does in truth, and
most plans cost just that: their bound holds, and a plan that costs as much as its bound is proven.

A way is a node with the services that charge alike for whatever is not the measure: dimensional weight,
units that travel apart, surcharges, what is charged per shipment. Where services differ the node has several
ways, of which a plan uses one. Units apart alone are a way of their own, since they share no package.

Each weight break is a service of its own, which bills its weight at least. Below the truth are: the measure
that is left out, prices of stock for which lines compete, and flat stretches of breaks where billed weight is
not the measure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fulfillment.rates import MM3_PER_CM3, Rate, WeightBreak
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.offers import Offer

Flags = NDArray[np.bool_]
_TIERS = 8  # of prices, beyond which a unit looks cheaper than it is


class Measure(StrEnum):
    """What fills packages, in the eyes of the engines."""

    WEIGHT = "weight"  # grams
    VOLUME = "volume"  # cubic centimetres


@dataclass(frozen=True)
class Scales:
    """How costs become values (see `ranking`): micros times `scale`, and a tie for each package."""

    scale: int
    package_tie: int


@dataclass(frozen=True)
class Ways:
    """W ways; services are numbered over all of them. Values, and units of the measure.

    Attributes
    ----------
    home : (W,) the node of each way, ascending
    base : (W,) charged for a shipment
    unit : (W, L) charged for a unit: by carriers, and for the stock that it takes
    takes : (W, L) whether it can carry a unit of the line
    size : (L,) what a unit of the line fills; 0 where it travels apart
    tier_begin, tier_more : (W, L, T) after how many units of a line each further one is charged so much more
    service_start : (W + 1,)
    package, gram, least, limit : (S,) `least` grams are billed at least
    """

    home: Ints
    base: Ints
    unit: Ints
    takes: Flags
    size: Ints
    tier_begin: Ints
    tier_more: Ints
    service_start: Ints
    package: Ints
    gram: Ints
    least: Ints
    limit: Ints

    @cached_property
    def are_nodes(self) -> bool:
        """Whether every node has one way only."""
        return len(np.unique(self.home)) == len(self.home)

    def folded(self, units: Ints, nodes: int) -> Ints:
        """Units by node, of units by way."""
        if self.are_nodes and len(self.home) == nodes:
            return units
        by_node = np.zeros((nodes, units.shape[1]), dtype=np.int64)
        np.add.at(by_node, self.home, units)
        return by_node


def volume_may_decide(instance: SourcingInstance) -> bool:
    """Whether the volume of all that is wanted needs more packages than its weight, by some service."""
    goods = instance.goods
    together = instance.demand * (1 - goods.apart)
    grams, mm3 = int(together @ goods.grams), int(together @ goods.mm3)
    return any(
        rate.package_limit_cm3 is not None
        and mm3 * rate.package_limit_grams > grams * rate.package_limit_cm3 * MM3_PER_CM3
        for rate in instance.services
    )


def ways_of(instance: SourcingInstance, scales: Scales, measure: Measure = Measure.WEIGHT) -> Ways:
    """The ways of all nodes, in order of nodes."""
    size = _sizes(instance, measure)
    rows = [
        row for k in range(len(instance.nodes)) for row in _ways_of_node(instance, k, scales, measure, size)
    ]
    lines = len(instance.demand)
    home = np.array([row.node for row in rows], dtype=np.int64)
    unit = np.array([row.unit for row in rows], dtype=np.int64).reshape(len(rows), lines)
    begin = more = np.zeros((len(instance.nodes), lines, 0), dtype=np.int64)
    if instance.stock_prices is not None:
        unit += (instance.stock_prices.least() * scales.scale)[home]
        begin, more = instance.stock_prices.tiers(instance.demand, _TIERS)
    services = [service for row in rows for service in row.services]
    table = np.array(services, dtype=np.int64).reshape(len(services), 4)
    return Ways(
        home=home,
        base=np.array([row.base for row in rows], dtype=np.int64),
        unit=unit,
        takes=np.array([row.takes for row in rows], dtype=np.bool_).reshape(len(rows), lines),
        size=size,
        tier_begin=np.ascontiguousarray(begin[home]),
        tier_more=np.ascontiguousarray(more[home] * scales.scale),
        service_start=np.cumsum([0, *(len(row.services) for row in rows)]).astype(np.int64),
        package=np.ascontiguousarray(table[:, 0]),
        gram=np.ascontiguousarray(table[:, 1]),
        least=np.ascontiguousarray(table[:, 2]),
        limit=np.ascontiguousarray(table[:, 3]),
    )


def _sizes(instance: SourcingInstance, measure: Measure) -> Ints:
    """What a unit of each line fills, rounded down."""
    goods = instance.goods
    return (goods.grams if measure is Measure.WEIGHT else goods.mm3 // MM3_PER_CM3) * (1 - goods.apart)


@dataclass(frozen=True, slots=True)
class _Row:
    """One way: its services as (package, gram, least, limit)."""

    node: int
    base: int
    unit: tuple[int, ...]
    takes: tuple[bool, ...]
    services: list[tuple[int, int, int, int]]


def _ways_of_node(
    instance: SourcingInstance, k: int, scales: Scales, measure: Measure, size: Ints
) -> Iterator[_Row]:
    goods = instance.goods
    reach = np.minimum(instance.stock[k], instance.demand)
    may_mix = bool((reach * (1 - goods.apart)).any())
    has_apart = goods.any_apart and bool((reach * goods.apart).any())
    rows: dict[tuple[int, tuple[int, ...], tuple[bool, ...]], _Row] = {}
    alone: list[_Row] = []
    for offer in instance.offers[k]:
        for terms in _terms(instance, offer, reach, scales, measure, size):
            if may_mix:
                key = (terms.base, terms.unit, offer.takes)
                row = rows.setdefault(key, _Row(k, terms.base, terms.unit, offer.takes, []))
                row.services.append((terms.package, terms.gram, terms.least, terms.limit))
            if has_apart:
                takes = tuple(bool(t and a) for t, a in zip(offer.takes, goods.apart, strict=True))
                base = terms.base + terms.gram * terms.least
                alone.append(_Row(k, base, terms.unit, takes, [(0, 0, 0, terms.limit)]))
    yield from rows.values()
    apart = np.flatnonzero(reach * goods.apart)
    kept: list[_Row] = []
    for row in sorted(alone, key=lambda row: (row.base, sum(row.unit))):
        if not any(_is_beaten(row, other, apart) for other in kept):
            kept.append(row)
    yield from kept


def _is_beaten(row: _Row, other: _Row, lines: Ints) -> bool:
    """Whether another way to ship units apart takes as many of the lines, and charges no more for any."""
    return other.base <= row.base and all(
        not row.takes[line] or (other.takes[line] and other.unit[line] <= row.unit[line]) for line in lines
    )


@dataclass(frozen=True, slots=True)
class _Terms:
    """An offer by one of its charges per gram, of which `least` are billed at least; `unit` has length L."""

    package: int
    gram: int
    least: int
    limit: int
    base: int
    unit: tuple[int, ...]


def _terms(
    instance: SourcingInstance, offer: Offer, reach: Ints, scales: Scales, measure: Measure, size: Ints
) -> Iterator[_Terms]:
    """Those of an offer at a node that can ship `reach` units, for every weight break that may count.

    Where units are billed for more grams than they fill, the excess is charged by unit. A break then bills
    its weight less all the excess that the node could ship: whatever is shipped of it, no more is billed
    than in truth.
    """
    rate, goods, scale = offer.rate, instance.goods, scales.scale
    co2e_package, co2e_gram = (price * scale for price in rate.co2e_prices(instance.policy.co2e_price))
    package = rate.per_package * scale + co2e_package + scales.package_tie
    base = (rate.per_shipment + offer.lateness) * scale
    billed = goods.billed(rate)
    heaviest = int(reach @ billed)
    steps = [one for one in rate.tariff if _may_be_cheapest(one, rate, heaviest)]
    apart = goods.apart * package + goods.oversized * rate.per_oversized * scale
    if measure is Measure.VOLUME:
        by_weight = _least_per_gram(steps, heaviest, scale) * billed + co2e_gram * goods.grams
        limit = rate.package_limit_cm3 or int(reach @ size) + 1
        yield _Terms(package, 0, 0, limit, base, tuple((by_weight + apart).tolist()))
        return
    excess = billed - size
    most = int(reach @ excess)
    is_plain = not goods.any_apart and (most == 0 or rate.dimensional_divisor is None)
    for step in steps:
        gram, least = step.per_kg // 1000 * scale, max(0, step.from_grams - most)
        unit: tuple[int, ...] = (0,) * len(size)
        if is_plain and len(steps) == 1:
            gram += co2e_gram
        elif is_plain:
            unit = tuple((co2e_gram * goods.grams).tolist())
        else:
            unit = tuple((gram * excess + co2e_gram * goods.grams + apart).tolist())
        yield _Terms(package, gram, least, rate.package_limit_grams, base, unit)


def _may_be_cheapest(step: WeightBreak, rate: Rate, heaviest: int) -> bool:
    """Whether some shipment of up to `heaviest` billed grams costs less by a step than as it is."""
    return step.from_grams == 0 or step.per_kg * max(heaviest, step.from_grams) < rate.per_kg * heaviest


def _least_per_gram(steps: Sequence[WeightBreak], heaviest: int, scale: int) -> int:
    """Value of a gram that no shipment of up to `heaviest` billed grams undercuts.

    A line through zero and the charge for all of it: the charge per gram falls with weight.
    """
    if len(steps) == 1 or heaviest == 0:
        return steps[0].per_kg // 1000 * scale
    charge = min(one.per_kg // 1000 * max(heaviest, one.from_grams) for one in steps)
    return charge * scale // heaviest
