"""Inbounds that are transfers: booked at the transfer's own address only, or units would count twice."""

from collections.abc import Iterable, Mapping

from fulfillment.supply import ON_HAND
from storage.stores import Stores
from storage.transfers import Transfer

Place = tuple[str, str, str]
"""Source, sku and node of an inbound."""


def transfers_among(stores: Stores, inbounds: Iterable[Place]) -> Mapping[Place, Transfer]:
    """Those of the inbounds that are transfers, arrived or not."""
    asked = {place for place in inbounds if place[0] != ON_HAND}
    found = stores.transfers.among({source for source, _, _ in asked}) if asked else ()
    places = {(sent.id, sent.sku, sent.to_node): sent for sent in found}
    return {place: sent for place, sent in places.items() if place in asked}


def own_address(sent: Transfer) -> str:
    """That the inbound is a transfer, and where its units arrive, in words."""
    return (
        f"{sent.id} is a transfer of SKU {sent.sku} to {sent.to_node}; "
        f"its units arrive at /v1/transfers/{sent.id}/receive"
    )
