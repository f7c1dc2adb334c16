"""Kits: what can be packed from stocked skus, which rows their orders depend on, and what no kit may be.

A kit has no stock of its own; what is available of it at a node follows from its components there. How
claims on components belong together is in `fulfillment.ledger.whole_kits`.
"""

from collections.abc import Iterable, Mapping

from fulfillment.errors import InvalidInput
from fulfillment.ids import SkuId
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.skus import Component, Sku

MAX_COMPONENTS = 50


def packable(components: Iterable[Component], units: Mapping[SkuId, int]) -> int:
    """Kits that can be packed from these units of stocked skus: the scarcest component decides."""
    return min(units.get(part.sku, 0) // part.quantity for part in components)


def kits_of(order: Order, network: Network) -> tuple[Sku, ...]:
    """The kits that lines of the order name, each once; skus that are not known are passed over."""
    skus = (network.skus.get(line.sku) for line in order.lines)
    return tuple(dict.fromkeys(sku for sku in skus if sku is not None and sku.components))


def stocked_parts(sku: Sku) -> tuple[Component, ...]:
    """What a unit takes of what is stocked: of a kit its components, else the sku itself."""
    return sku.components or (Component(sku.id, 1),)


def stocked_skus(order: Order, network: Network) -> set[SkuId]:
    """Whose supply rows an order is decided from: its skus, and in place of a kit its components."""
    wanted = {line.sku for line in order.lines}
    for kit in kits_of(order, network):
        wanted.discard(kit.id)
        wanted.update(part.sku for part in kit.components)
    return wanted


def refuse_nesting(kits: Mapping[SkuId, Iterable[SkuId]]) -> None:
    """Raise InvalidInput if a component of a kit is a kit itself. `kits` are components' ids by kit."""
    for kit, parts in kits.items():
        for part in parts:
            if part in kits:
                raise InvalidInput(nested(kit, part), pointer="/components", fix=NO_NESTING)


NO_NESTING = "Name the skus the inner kit is packed from"


def nested(kit: str, part: str) -> str:
    """That a kit has a kit among its components, in words."""
    return f"kit {kit} has {part} among its components, which is a kit itself"


def without_stock(kit: Sku) -> str:
    """That a kit has no stock to speak of, in words."""
    parts = ", ".join(part.sku for part in kit.components[:5])
    return f"{kit.id} is a kit and has no stock of its own: name its components, {parts}"
