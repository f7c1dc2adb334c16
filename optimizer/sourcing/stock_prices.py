"""What the stock that a plan takes is worth: by units left, for all that its lines take of a sku together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fulfillment.ids import NodeId, SkuId
from fulfillment.kits import stocked_parts
from fulfillment.money import NOTHING, Micros
from fulfillment.price_book import PriceBook, StockPrice
from fulfillment.skus import Sku

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class StockPrices:
    """Prices of the stocked skus of an order, R of them.

    Attributes
    ----------
    need : int array (R, L)
        Units of stocked sku r that one unit of line l takes.
    held : int array (N, R)
        Units of it at each node, from which prices are counted down.
    prices : N tuples of R prices
    """

    need: Ints
    held: Ints
    prices: tuple[tuple[StockPrice, ...], ...]

    def within(self, nodes: Sequence[int]) -> "StockPrices":
        """Of some of the nodes."""
        return StockPrices(self.need, self.held[list(nodes)], tuple(self.prices[k] for k in nodes))

    def of_lines(self, lines: Ints) -> "StockPrices":
        """For some of the lines."""
        return replace(self, need=self.need[:, lines])

    def cost(self, node: int, row: Ints) -> Micros:
        """What `row` units of the lines cost there."""
        taken = (self.need @ row).tolist()
        parts = zip(self.prices[node], taken, self.held[node].tolist(), strict=True)
        return Micros(sum(price.taking(units, of=held) for price, units, held in parts if units))

    def least(self) -> Ints:
        """(N, L) what a unit of a line costs at least: as if it were the first to be taken."""
        first = np.array(
            [
                [price.of_unit(max(1, held)) for price, held in zip(prices, row, strict=True)]
                for prices, row in zip(self.prices, self.held.tolist(), strict=True)
            ],
            dtype=np.int64,
        ).reshape(self.held.shape)
        return np.asarray(first @ self.need)

    def tiers(self, demand: Ints, most: int) -> tuple[Ints, Ints]:
        """After how many units of a line those of a node get dearer, and by how much: (N, L, T), T to `most`.

        As if no other line drew on the same stock: units only get dearer, so that lines together cost no less
        than each by itself. Of kits no tiers are known. A tier that is not there adds nothing.
        """
        found: dict[tuple[int, int], list[tuple[int, int]]] = {}
        held, wanted = self.held.tolist(), demand.tolist()
        for line in np.flatnonzero(self.need.sum(axis=0) == 1).tolist():
            row = int(self.need[:, line].argmax())
            for k, of_node in enumerate(self.prices):
                price = of_node[row]
                if price.steps and (steps := _dearer(price, held[k][row], wanted[line])):
                    found[k, line] = steps[:most]
        count = max(map(len, found.values()), default=0)
        begin = np.zeros((*self.held.shape[:1], len(demand), count), dtype=np.int64)
        more = np.zeros_like(begin)
        for (k, line), steps in found.items():
            begin[k, line, : len(steps)] = [units for units, _ in steps]
            more[k, line, : len(steps)] = [extra for _, extra in steps]
        return begin, more

    def dearest(self, demand: Ints) -> int:
        """What all units wanted cost at most."""
        top = max((price.of_unit(1) for prices in self.prices for price in prices), default=NOTHING)
        return int((self.need @ demand).sum()) * top


def _dearer(price: StockPrice, held: int, wanted: int) -> list[tuple[int, int]]:
    """After how many units taken a unit costs how much more than before; the first units first."""
    found: list[tuple[int, int]] = []
    before = price.of_unit(max(1, held))
    for step in reversed(price.steps):
        begin = held - step.up_to
        if 0 < begin < min(held, wanted) and step.price > before:
            found.append((begin, step.price - before))
            before = step.price
    return found


def stock_prices_of(
    skus: Sequence[Sku],
    *,
    nodes: Sequence[NodeId],
    stock: Mapping[tuple[NodeId, SkuId], int],
    book: PriceBook | None,
) -> StockPrices | None:
    """Prices for the lines' skus at the nodes; None if all of them are free."""
    if book is None:
        return None
    takes = [{part.sku: part.quantity for part in stocked_parts(sku)} for sku in skus]
    stocked = sorted({name for recipe in takes for name in recipe})
    prices = tuple(tuple(book.price(node, name) for name in stocked) for node in nodes)
    if not any(price.steps for of_node in prices for price in of_node):
        return None
    need = [[recipe.get(name, 0) for recipe in takes] for name in stocked]
    held = [[stock.get((node, name), 0) for name in stocked] for node in nodes]
    return StockPrices(np.array(need, dtype=np.int64), np.array(held, dtype=np.int64), prices)
