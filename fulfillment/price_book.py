"""What a unit of stock is worth where it stands: what the network expects to lose if it leaves now.

A price is a step function of the units left. The price of the u-th unit never rises with u, so that taking
more units costs more for each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId, SkuId
from fulfillment.money import Micros

MAX_STEPS = 20


@dataclass(frozen=True, slots=True, order=True)
class PriceStep:
    """The units up to `up_to` (the first, where little is left) have this price."""

    up_to: int
    price: Micros


@dataclass(frozen=True, slots=True)
class StockPrice:
    """Prices of a sku at a node; units beyond the last step are free.

    Raises
    ------
    InvalidInput
        Steps that do not rise in units and fall in price, a negative price, or too many steps.
    """

    steps: tuple[PriceStep, ...]

    def __post_init__(self) -> None:
        units = [0, *(step.up_to for step in self.steps)]
        prices = [step.price for step in self.steps]
        rises = all(before < after for before, after in pairwise(units))
        falls = all(before > after for before, after in pairwise(prices))
        if not rises or not falls or min(prices, default=0) < 0:
            raise InvalidInput(
                "steps of a stock price rise in units and fall in price, which is 0 or more",
                pointer="/steps",
                fix="Sort the steps by units, and leave out those that do not lower the price",
            )
        if len(self.steps) > MAX_STEPS:
            raise InvalidInput(
                f"{len(self.steps)} steps; at most {MAX_STEPS}", pointer="/steps", fix="Merge steps"
            )

    def of_unit(self, number: int) -> Micros:
        """The price of the `number`-th unit, counted from 1."""
        return next((step.price for step in self.steps if number <= step.up_to), Micros(0))

    def taking(self, units: int, *, of: int) -> Micros:
        """What taking so many units costs where there are `of`: the last are taken first."""
        rest, begin, cost = of - units, 0, 0
        for step in self.steps:
            taken = min(of, step.up_to) - max(rest, begin)
            if taken > 0:
                cost += taken * step.price
            begin = step.up_to
        return Micros(cost)


FREE = StockPrice(())


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Prices by (node, sku), made at one instant; a stock without a price is free.

    After `valid_until` it says nothing: the world has moved on.
    """

    version: str
    made_at: datetime
    valid_until: datetime
    prices: Mapping[tuple[NodeId, SkuId], StockPrice] = field(repr=False)

    def price(self, node: NodeId, sku: SkuId) -> StockPrice:
        return self.prices.get((node, sku), FREE)

    def is_stale(self, now: datetime) -> bool:
        return now > self.valid_until


def usable(book: PriceBook | None, now: datetime) -> PriceBook | None:
    """The book to decide by at an instant: none that is stale."""
    return None if book is None or book.is_stale(now) else book
