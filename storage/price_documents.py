"""Prices of stock as the documents that are kept of them, by sku, and back. The one place that knows how."""

from collections.abc import Iterable, Mapping

from fulfillment.ids import NodeId, SkuId
from fulfillment.money import Micros
from fulfillment.price_book import PriceStep, StockPrice

Prices = Mapping[tuple[NodeId, SkuId], StockPrice]
OfSku = dict[NodeId, list[tuple[int, int]]]
"""Of one sku by node: units and micros of each step."""


def by_sku(prices: Prices) -> dict[SkuId, OfSku]:
    """Documents by sku. Steps of no price are left out, for no step says the same; so are free stocks."""
    found: dict[SkuId, OfSku] = {}
    for (node, sku), price in sorted(prices.items()):
        if steps := [(step.up_to, int(step.price)) for step in price.steps if step.price]:
            found.setdefault(sku, {})[node] = steps
    return found


def prices_of(documents: Iterable[tuple[SkuId, OfSku]]) -> dict[tuple[NodeId, SkuId], StockPrice]:
    """The prices that documents were made of."""
    return {
        (NodeId(node), sku): StockPrice(tuple(PriceStep(units, Micros(price)) for units, price in steps))
        for sku, of_nodes in documents
        for node, steps in of_nodes.items()
    }
