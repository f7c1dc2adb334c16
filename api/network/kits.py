"""Checks rows of skus that are kits, beside the rest of their file and what was imported before. Pure."""

from collections.abc import Iterable, Sequence

from api.edge.imports import Check, Names
from api.edge.kinds import LARGEST_COUNT
from api.edge.rows import Numbered
from api.errors import FieldError
from api.network.schemas import SkuRow
from fulfillment.ids import SkuId
from fulfillment.kits import nested
from fulfillment.network import Network
from fulfillment.skus import Component


class Skus:
    """Components and weights of all skus as they would be after these rows were written."""

    def __init__(self, network: Network, rows: Sequence[SkuRow]) -> None:
        known = network.skus
        self.weights = {sku.id: sku.weight_grams for sku in known.values()}
        self.components = {sku.id: sku.components for sku in known.values() if sku.components}
        for row in rows:
            sku = SkuId(row.id)
            if row.weight_grams is not None:
                self.weights[sku] = row.weight_grams
            if row.components is not None:
                self.components.pop(sku, None)
                if row.components:
                    self.components[sku] = tuple(
                        Component(SkuId(part), units) for part, units in sorted(row.components.items())
                    )
        self.names = known.keys() | {row.id for row in rows}
        self.kit_of = {part.sku: kit for kit, parts in self.components.items() for part in parts}

    def weight_of(self, row: SkuRow) -> int | None:
        """Grams of one unit: as stated, or of a kit the sum of its components; None if that is not known."""
        if row.weight_grams is not None:
            return row.weight_grams
        parts = self.components.get(SkuId(row.id), ())
        weights = [self.weights.get(part.sku) for part in parts]
        grams = [weight * part.quantity for weight, part in zip(weights, parts, strict=True) if weight]
        return sum(grams) if parts and len(grams) == len(parts) else None


def check_beside(network: Network, rows: Sequence[SkuRow]) -> Check[SkuRow]:
    """A check of one row that knows all others."""
    skus = Skus(network, rows)

    def check(_: Network, names: Names, numbered: Numbered[SkuRow]) -> Iterable[FieldError]:
        return _check(skus, names, numbered)

    return check


def _check(skus: Skus, names: Names, numbered: Numbered[SkuRow]) -> Iterable[FieldError]:
    row = numbered.row
    parts = skus.components.get(SkuId(row.id), ())
    unknown = [part.sku for part in parts if part.sku not in skus.names]
    for name in unknown:
        yield names.unknown(numbered, "components", "sku", name, skus.names)
    for part in parts:
        if part.sku in skus.components:
            detail = nested(row.id, part.sku)
            yield numbered.error("components", detail, allowed="skus that are no kits", value=part.sku)
    if parts and row.id in skus.kit_of:
        detail = nested(skus.kit_of[SkuId(row.id)], row.id)
        yield numbered.error("components", detail, allowed="no kit in a kit", value=row.id)
    weight = skus.weight_of(row)
    if weight is None and not unknown:
        yield numbered.error("weight_grams", "is missing", allowed="at least 1; of a kit it may be left out")
    if weight is not None and weight > LARGEST_COUNT:
        detail = f"the components weigh {weight:,} g together"
        yield numbered.error("components", detail, allowed=f"at most {LARGEST_COUNT:,} g")
