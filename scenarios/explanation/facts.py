"""What the answers of an explanation are made from."""

from collections.abc import Mapping
from dataclasses import dataclass

from fulfillment.ids import NodeId, SkuId
from fulfillment.orders import Order
from fulfillment.skus import Sku
from scenarios.explanation.contents import (
    Binding,
    Compared,
    Decision,
    Found,
    Leaving,
    MissingLine,
    NodeAccount,
    NodeState,
    ServiceChoice,
)
from scenarios.wording import named


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it; `terms` are sentences on what stands behind the costs."""

    order: Order
    decision: Decision
    skus: Mapping[SkuId, Sku]
    nodes: tuple[NodeAccount, ...]
    alternatives: tuple[Compared, ...]
    without: Mapping[NodeId, Found]
    binding: tuple[Binding, ...]
    services: tuple[ServiceChoice, ...]
    leaving: tuple[Leaving, ...]
    missing: tuple[MissingLine, ...]
    terms: tuple[str, ...]
    currency: str

    @property
    def used(self) -> tuple[NodeAccount, ...]:
        return tuple(one for one in self.nodes if one.state is NodeState.USED)

    @property
    def unused(self) -> tuple[NodeAccount, ...]:
        return tuple(one for one in self.nodes if one.state is not NodeState.USED)

    def name(self, node: NodeId) -> str:
        return next((one.name for one in self.nodes if one.node == node), node)

    def sku(self, sku: SkuId) -> str:
        known = self.skus.get(sku)
        return named(known) if known is not None else str(sku)

    def alternative(self, id_: str) -> Compared | None:
        return next((one for one in self.alternatives if one.alternative.id == id_), None)
