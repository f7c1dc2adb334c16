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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fulfillment.rates import MM3_PER_CM3, Rate, WeightBreak
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.offers import Offer, unbeaten

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


def volume_may_decide(instance: SourcingInstance) -> bool:
    """Whether the volume of some line needs more packages than its weight, by some service."""
    goods = instance.goods
    grams, mm3 = goods.grams * (1 - goods.apart), goods.mm3 * (1 - goods.apart)
    limits = {(rate.package_limit_grams, rate.package_limit_cm3) for rate in instance.services}
    return any((mm3 / (cm3 * MM3_PER_CM3) > grams / most).any() for most, cm3 in limits if cm3 is not None)


def ways_of(instance: SourcingInstance, scales: Scales, measure: Measure = Measure.WEIGHT) -> Ways:
    """The ways of all nodes, in order of nodes."""
    size = _sizes(instance, measure)
    laying = _Laying(instance, scales, measure, size)
    rows = [row for k in range(len(instance.nodes)) for row in laying.of_node(k)]
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
    unit: Ints
    takes: tuple[bool, ...]
    services: list[tuple[int, int, int, int]]


class _Billing:
    """What units are billed for by services of one divisor, and all that each node can ship."""

    def __init__(self, instance: SourcingInstance, rate: Rate, size: Ints) -> None:
        reach = np.minimum(instance.stock, instance.demand)
        self.billed = instance.goods.billed(rate)
        self.excess = self.billed - size
        self.heaviest: list[int] = (reach @ self.billed).tolist()
        self.most_excess: list[int] = (reach @ self.excess).tolist()
        self.has_divisor = rate.dimensional_divisor is not None


class _Terms(NamedTuple):
    """An offer by one of its charges per gram, of which `least` are billed at least; `unit` has length L."""

    package: int
    gram: int
    least: int
    limit: int
    base: int
    unit: Ints


class _Laying:
    """Lays out the ways of one node after the other."""

    def __init__(self, instance: SourcingInstance, scales: Scales, measure: Measure, size: Ints) -> None:
        self._instance, self._scales, self._measure, self._size = instance, scales, measure, size
        goods = instance.goods
        reach = np.minimum(instance.stock, instance.demand)
        self._may_mix: Flags = np.asarray((reach * (1 - goods.apart)).any(axis=1))
        self._apart = (reach * goods.apart) > 0
        self._reaches = (reach > 0).astype(np.int64)
        self._fills: list[int] = (reach @ size).tolist()
        self._billing: dict[int | None, _Billing] = {}
        self._nothing = np.zeros(len(size), dtype=np.int64)

    def of_node(self, k: int) -> Iterator[_Row]:
        rows: dict[tuple[int, bytes, tuple[bool, ...]], _Row] = {}
        alone: list[_Row] = []
        has_apart = self._instance.goods.any_apart and bool(self._apart[k].any())
        for offer in unbeaten(self._instance.offers[k]):
            for terms in self._terms(k, offer):
                if self._may_mix[k]:
                    key = (terms.base, terms.unit.tobytes(), offer.takes)
                    if (row := rows.get(key)) is None:
                        row = rows[key] = _Row(k, terms.base, terms.unit, offer.takes, [])
                    row.services.append((terms.package, terms.gram, terms.least, terms.limit))
                if has_apart:
                    alone.append(self._alone(k, offer, terms))
        yield from rows.values()
        kept: list[_Row] = []
        for row in sorted(alone, key=lambda row: (row.base, int(row.unit.sum()))):
            if not any(_is_beaten(row, other, np.flatnonzero(self._apart[k])) for other in kept):
                kept.append(row)
        yield from kept

    def _alone(self, k: int, offer: Offer, terms: _Terms) -> _Row:
        """Units apart, and nothing else."""
        apart = self._instance.goods.apart
        takes = tuple(bool(taken and alone) for taken, alone in zip(offer.takes, apart, strict=True))
        base = terms.base + terms.gram * terms.least
        return _Row(k, base, terms.unit, takes, [(0, 0, 0, terms.limit)])

    def _terms(self, k: int, offer: Offer) -> Iterator[_Terms]:
        """Those of an offer, for every weight break that may count.

        Where units are billed for more grams than they fill, the excess is charged by unit. A break then
        bills its weight less all the excess that the node could ship: whatever is shipped of it, no more is
        billed than in truth.
        """
        rate, goods, scale = offer.rate, self._instance.goods, self._scales.scale
        billing = self._billing.get(rate.dimensional_divisor)
        if billing is None:
            billing = self._billing[rate.dimensional_divisor] = _Billing(self._instance, rate, self._size)
        co2e_package, co2e_gram = rate.co2e_prices(self._instance.policy.co2e_price)
        package = (rate.per_package + co2e_package) * scale + self._scales.package_tie
        base = (rate.per_shipment + offer.lateness) * scale
        heaviest, most = billing.heaviest[k], billing.most_excess[k]
        steps = rate.steps(heaviest)
        by_unit = self._nothing
        if co2e_gram:
            by_unit = co2e_gram * scale * goods.grams
        if goods.any_apart:
            by_unit = by_unit + goods.apart * package + goods.oversized * (rate.per_oversized * scale)
        if self._measure is Measure.VOLUME:
            unit = by_unit + _least_per_gram(steps, heaviest, scale) * billing.billed
            limit = rate.package_limit_cm3 or self._fills[k] + 1
            yield _Terms(package, 0, 0, limit, base, unit)
            return
        is_plain = not self._apart[k].any() and (most == 0 or not billing.has_divisor)
        for step in steps:
            gram = step.per_kg // 1000 * scale
            least, unit = max(0, step.from_grams - most), by_unit
            if is_plain and len(steps) == 1:
                gram, unit = gram + co2e_gram * scale, self._nothing
            elif not is_plain:
                unit = by_unit + gram * billing.excess
            yield _Terms(package, gram, least, rate.package_limit_grams, base, unit * self._reaches[k])


def _is_beaten(row: _Row, other: _Row, lines: Ints) -> bool:
    """Whether another way to ship units apart takes as many of the lines, and charges no more for any."""
    return other.base <= row.base and all(
        not row.takes[line] or (other.takes[line] and other.unit[line] <= row.unit[line]) for line in lines
    )


def _least_per_gram(steps: Sequence[WeightBreak], heaviest: int, scale: int) -> int:
    """Value of a gram that no shipment of up to `heaviest` billed grams undercuts.

    A line through zero and the charge for all of it: the charge per gram falls with weight.
    """
    if len(steps) == 1 or heaviest == 0:
        return steps[0].per_kg // 1000 * scale
    charge = min(one.per_kg // 1000 * max(heaviest, one.from_grams) for one in steps)
    return charge * scale // heaviest
