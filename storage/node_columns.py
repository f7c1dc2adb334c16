"""Figures by node as columns that share one list of nodes, and back: units, and steps of prices.

The n-th figure of a column is that of the n-th node. Names stand once and figures of one sort stand together,
for that is what compresses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from fulfillment.ids import NodeId
from storage.price_documents import OfSku

Column = list[int | None]
"""None of a node of which nothing is said, which is not 0."""


@dataclass(frozen=True, slots=True)
class StepColumns:
    """Steps of the prices of a sku. `counts` are how many each node has; then, of all one after the other,
    `units` of the step alone, and `climbs`, from the last of a node to its first, micros above the former."""

    counts: list[int]
    units: list[int]
    climbs: list[int]


def column_of(figures: Mapping[NodeId, int], nodes: Sequence[NodeId]) -> Column:
    """The column of figures of some of the nodes."""
    return [figures.get(node) for node in nodes]


def figures_of(column: Column, nodes: Sequence[NodeId]) -> dict[NodeId, int]:
    """The figures that a column was made of."""
    return {node: figure for node, figure in zip(nodes, column, strict=True) if figure is not None}


def columns_of_steps(prices: OfSku, nodes: Sequence[NodeId]) -> StepColumns:
    """The columns of a sku's prices at some of the nodes."""
    made = StepColumns([], [], [])
    for steps in (prices.get(node, ()) for node in nodes):
        made.counts.append(len(steps))
        before = 0
        for up_to, _ in steps:
            made.units.append(up_to - before)
            before = up_to
        cheaper = 0
        for _, micros in reversed(steps):
            made.climbs.append(micros - cheaper)
            cheaper = micros
    return made


def steps_of(columns: StepColumns, nodes: Sequence[NodeId]) -> OfSku:
    """The prices that columns were made of."""
    found: OfSku = {}
    end = 0
    for node, count in zip(nodes, columns.counts, strict=True):
        begin, end = end, end + count
        if count:
            units = accumulate(columns.units[begin:end])
            micros = [*accumulate(columns.climbs[begin:end])][::-1]
            found[node] = [*zip(units, micros, strict=True)]
    return found
