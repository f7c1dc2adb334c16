"""Carrier rates by (service, origin node, destination zone) from a card of distance bands."""

from bisect import bisect_left

from fulfillment.ids import NodeId, ServiceId, ZoneId
from fulfillment.network import Node, NodeKind, Zone, distance_km
from fulfillment.rates import Rate
from scenarios.world.parameters import RateCard, ServiceCard, pounds

SMALL_PARCEL = ServiceId("small_parcel")
PARCEL = ServiceId("parcel")


def build_rates(
    nodes: tuple[Node, ...], zones: tuple[Zone, ...], card: RateCard
) -> dict[tuple[NodeId, ZoneId], tuple[Rate, ...]]:
    """Both services from every node to every zone; the small one first."""
    return {(node.id, zone.id): _lane(node, zone, zones, card) for node in nodes for zone in zones}


def _lane(node: Node, zone: Zone, zones: tuple[Zone, ...], card: RateCard) -> tuple[Rate, ...]:
    band = bisect_left(card.band_km, distance_km(node.place, zone.center))
    home = min(zones, key=lambda z: distance_km(node.place, z.center)).id
    crossings = [extra for edge, extra in card.crossing if (edge == home) != (edge == zone.id)]
    surcharge = max(crossings, default=0.0)
    premium = card.store_premium if node.kind is NodeKind.STORE else 1.0

    def rate(service: ServiceId, prices: ServiceCard) -> Rate:
        return Rate(
            service=service,
            origin=node.id,
            zone=zone.id,
            per_package=pounds(prices.per_package[band] * premium + surcharge),
            per_kg=pounds(prices.per_kg[band]),
            package_limit_grams=prices.limit_grams,
        )

    return rate(SMALL_PARCEL, card.small_parcel), rate(PARCEL, card.parcel)
