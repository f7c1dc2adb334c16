"""Kits: what can be packed from stocked skus, which rows their orders depend on, and what no kit may be.

A kit has no stock of its own; what is available of it at a node follows from its components there. How
claims on components belong together is in `fulfillment.ledger.whole_kits`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import isqrt

from fulfillment.errors import InvalidInput
from fulfillment.ids import SkuId
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.skus import MAX_SIDE_MM, Component, Sku

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


def as_packed(kit: Sku, skus: Mapping[SkuId, Sku]) -> Sku:
    """The kit as carriers meet it: what is hazmat, ships alone or is oversized in it makes it so, too.

    Its own weight and sides hold, but it is no shorter than any component. Without sides it is taken for the
    most compact box that has the volume of its components and is as long as the longest of them.

    Parameters
    ----------
    skus
        Its components, by id.
    """
    parts = [skus[part.sku] for part in kit.components]
    longest = max((part.longest_side_mm for part in parts), default=0)
    volume = sum(skus[part.sku].volume_mm3 * part.quantity for part in kit.components)
    sides = _no_shorter(kit.sides_mm, longest) if kit.sides_mm else _box(volume, longest)
    return replace(
        kit,
        sides_mm=sides,
        ships_alone=kit.ships_alone or any(part.ships_alone for part in parts),
        is_oversized=kit.is_oversized or any(part.is_oversized for part in parts),
        is_hazmat=kit.is_hazmat or any(part.is_hazmat for part in parts),
    )


def _no_shorter(sides: tuple[int, ...], longest: int) -> tuple[int, ...]:
    if max(sides) >= longest:
        return sides
    shorter = sorted(sides)[:-1]
    return (longest, *reversed(shorter))


def _box(volume: int, longest: int) -> tuple[int, ...]:
    """Sides in whole millimetres, rounded up; none where no component has any."""
    if not longest:
        return ()
    cube = round(volume ** (1 / 3))
    cube += cube**3 < volume
    length = max(longest, cube)
    across = isqrt(-(-volume // length) - 1) + 1
    return tuple(min(side, MAX_SIDE_MM) for side in (length, across, across))


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
