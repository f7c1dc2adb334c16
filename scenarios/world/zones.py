"""Destination zones: regions around named cities, and the zone each city belongs to."""

import numpy as np

from fulfillment.ids import ZoneId
from fulfillment.network import Zone
from scenarios.world.nodes import distances_km
from scenarios.world.parameters import ZoneCity
from scenarios.world.tables import Cities


def build_zones(cities: Cities, zones: tuple[ZoneCity, ...]) -> tuple[Zone, ...]:
    return tuple(Zone(ZoneId(z.id), z.name, cities.place(cities.index(z.city))) for z in zones)


def zone_of_cities(cities: Cities, zones: tuple[ZoneCity, ...]) -> tuple[ZoneId, ...]:
    """The zone with the nearest center for each city; the first one named where two are as near."""
    centers = cities.take(np.array([cities.index(z.city) for z in zones], dtype=np.int64))
    nearest = distances_km(cities, centers).argmin(axis=1)
    return tuple(ZoneId(zones[i].id) for i in nearest.tolist())
