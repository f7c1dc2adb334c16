"""What carriers offer a node for an order: services that may carry it, the lines they take, and how late."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fulfillment.money import NOTHING, Micros
from fulfillment.network import Node
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.rates import Rate
from fulfillment.skus import Sku
from fulfillment.timing import dates_of, days_late, services_for


@dataclass(frozen=True, slots=True)
class Offer:
    """A service from a node. `lateness` is charged for a shipment by it; `takes` has a flag per line."""

    rate: Rate
    lateness: Micros
    takes: tuple[bool, ...]

    def of_lines(self, lines: Sequence[int]) -> "Offer":
        """The same for some of the lines."""
        return replace(self, takes=tuple(self.takes[line] for line in lines))

    def beats(self, other: "Offer") -> bool:
        """Whether it takes all that the other takes for no more in no more packages, whatever is shipped."""
        one, two = self.rate, other.rate
        return (
            one.per_package <= two.per_package
            and one.package_limit_grams >= two.package_limit_grams
            and one.per_kg <= two.tariff[-1].per_kg
            and one.per_shipment + self.lateness <= two.per_shipment + other.lateness
            and one.per_oversized <= two.per_oversized
            and one.co2e_grams_per_package <= two.co2e_grams_per_package
            and one.co2e_grams_per_kg <= two.co2e_grams_per_kg
            and _is_no_less(one.package_limit_cm3, two.package_limit_cm3)
            and _is_no_less(one.dimensional_divisor, two.dimensional_divisor)
            and all(mine or not theirs for mine, theirs in zip(self.takes, other.takes, strict=True))
        )

    @property
    def takes_all(self) -> bool:
        return all(self.takes)


def unbeaten(offers: Sequence[Offer]) -> list[Offer]:
    """The offers without those that another beats; of those that beat each other the first."""
    if len(offers) == 1:
        return list(offers)
    return [
        offer
        for i, offer in enumerate(offers)
        if not any(
            other.beats(offer) and (j < i or not offer.beats(other))
            for j, other in enumerate(offers)
            if j != i
        )
    ]


def _is_no_less(one: int | None, two: int | None) -> bool:
    """Whether a limit is as wide as another; None is none at all."""
    return one is None or (two is not None and one >= two)


class Carriers:
    """The offers of any node for one order."""

    def __init__(self, order: Order, policy: Policy, skus: Sequence[Sku], now: datetime) -> None:
        self._order = order
        self._penalty = policy.late_day_penalty
        self._skus = skus
        self._now = now
        self._everything = (True,) * len(skus)
        self._is_particular = any(sku.is_hazmat or sku.sides_mm for sku in skus)
        self._is_dated = order.wanted_by is not None and policy.late_day_penalty != 0

    def offers(self, node: Node, rates: Sequence[Rate]) -> tuple[Offer, ...]:
        """In order of service id. None that takes nothing, nor, where the policy is strict, that is late."""
        if self._order.service is None and not self._is_particular and not self._is_dated:
            ordered = rates if len(rates) < 2 else sorted(rates, key=lambda rate: rate.service)
            return tuple([Offer(rate, NOTHING, self._everything) for rate in ordered])
        found = []
        for rate in services_for(self._order, node, rates, self._now):
            late = days_late(dates_of(rate, node, self._now), self._order.wanted_by) if self._is_dated else 0
            if late and self._penalty is None:
                continue
            takes = self._takes(rate)
            if any(takes):
                found.append(Offer(rate, Micros(late * (self._penalty or 0)), takes))
        return tuple(found)

    def _takes(self, rate: Rate) -> tuple[bool, ...]:
        if not self._is_particular or (rate.carries_hazmat and rate.longest_side_mm is None):
            return self._everything
        return tuple(not rate.refuses(sku) for sku in self._skus)
