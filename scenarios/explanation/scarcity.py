"""Skus of an order that may be scarce: with plenty of one at every node, what is used beyond what there is?

That much at those nodes alone makes the same plan possible, so it gains the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fulfillment.ids import LineId, NodeId, SkuId
from fulfillment.kits import stocked_parts
from fulfillment.plan import Plan
from optimizer.sourcing.eligibility import ruled_out
from scenarios.explanation.changes import more_stock
from scenarios.explanation.contents import Binding, BindingKind, Difference
from scenarios.question import Question


@dataclass(frozen=True, slots=True)
class Scarce:
    """A sku of the order, `wanted` units of it; those that kits of the order take are counted."""

    question: Question
    sku: SkuId
    wanted: int
    nodes: tuple[NodeId, ...]

    @property
    def lacking(self) -> dict[tuple[NodeId, SkuId], int]:
        """Units more with which each node that could ship has as much of it as is wanted."""
        stock = self.question.stock
        more = {node: self.wanted - stock.get((node, self.sku), 0) for node in self.nodes}
        return {(node, self.sku): units for node, units in more.items() if units > 0}

    def beyond(self, plan: Plan) -> dict[NodeId, int]:
        """Units of it that nodes would need beyond their stock for a plan, what kits take counted."""
        skus, stock = self.question.network.skus, self.question.stock
        taken: Counter[tuple[NodeId, SkuId]] = Counter()
        for shipment in plan.shipments:
            for part in shipment.units:
                for stocked in stocked_parts(skus[part.sku]):
                    taken[shipment.node, stocked.sku] += part.quantity * stocked.quantity
        more = {
            shipment.node: max(
                -((stock.get((shipment.node, part.sku), 0) - taken[shipment.node, part.sku]) // part.quantity)
                for part in stocked_parts(skus[self.sku])
            )
            for shipment in plan.shipments
        }
        return {node: units for node, units in sorted(more.items()) if units > 0}

    def binding(
        self, more: Mapping[NodeId, int], gained: Difference, fills: tuple[tuple[LineId, int], ...]
    ) -> Binding:
        """What so many units more would gain."""
        names = self.question.names
        where = " and ".join(f"{names[node]} had {units:,} more" for node, units in more.items())
        return Binding(
            BindingKind.STOCK,
            str(self.sku),
            f"if {where} of {self.sku}",
            gained,
            fills,
            node=next(iter(more)) if len(more) == 1 else None,
            sku=self.sku,
            units=sum(more.values()),
        )


def scarce_skus(question: Question, base: Plan) -> tuple[Scarce, ...]:
    """Every sku of the order, those first that are most likely to be scarce.

    These are the ones of which units are unfilled, and then those of the smallest shipments: with more of
    them elsewhere a shipment might be saved.
    """
    out = ruled_out(question.order, question.network, question.policy)
    zone = question.order.destination.zone
    nodes = tuple(
        node
        for node, known in sorted(question.network.nodes.items())
        if known.is_on and node not in out and question.network.rates.get((node, zone))
    )
    likely = _likely(base)
    wanted = sorted(_wanted(question).items(), key=lambda one: likely.get(one[0], len(likely)))
    return tuple(Scarce(question, sku, units, nodes) for sku, units in wanted)


def in_plenty(question: Question, skus: Sequence[Scarce]) -> Question:
    """The order with plenty of all of these skus."""
    return more_stock(question, {place: units for one in skus for place, units in one.lacking.items()})


def _likely(base: Plan) -> dict[SkuId, int]:
    """The place of each sku in the order in which they are tried."""
    shipments = sorted(base.shipments, key=lambda one: sum(part.quantity for part in one.units))
    shipped = [part.sku for shipment in shipments for part in shipment.units]
    return _numbered((*(one.sku for one in base.unfilled), *shipped))


def _numbered(skus: Iterable[SkuId]) -> dict[SkuId, int]:
    return {sku: number for number, sku in enumerate(dict.fromkeys(skus))}


def _wanted(question: Question) -> dict[SkuId, int]:
    skus = question.network.skus
    taken: Counter[SkuId] = Counter()
    kits: Counter[SkuId] = Counter()
    for line in question.order.lines:
        sku = skus[line.sku]
        if sku.components:
            kits[sku.id] += line.quantity
        for part in stocked_parts(sku):
            taken[part.sku] += line.quantity * part.quantity
    return {line.sku: kits[line.sku] or taken[line.sku] for line in question.order.lines}
