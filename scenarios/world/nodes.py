"""Cities into nodes: DCs where named, stores in the most populous cities."""

import re

import numpy as np

from fulfillment.ids import NodeId
from fulfillment.network import EARTH_RADIUS_KM, Node, NodeKind
from scenarios.world.parameters import Team, WorldParameters
from scenarios.world.tables import Cities, Floats


def distinct_cities(cities: Cities, *, people_per_km2: float) -> Cities:
    """Leave out boroughs: places inside the circle a larger city needs at the given density.

    A gazetteer lists boroughs of a city beside the city, whose population counts them already.
    Result in order of population, then name.
    """
    by_size = np.array(
        sorted(range(len(cities)), key=lambda i: (-int(cities.population[i]), cities.name[i])), dtype=np.int64
    )
    ordered = cities.take(by_size)
    distances = distances_km(ordered, ordered)
    radius = np.sqrt(ordered.population / (people_per_km2 * np.pi))
    kept: list[int] = []
    for i in range(len(ordered)):
        if all(distances[i, k] > radius[k] for k in kept):
            kept.append(i)
    return ordered.take(np.array(kept, dtype=np.int64))


def build_nodes(cities: Cities, parameters: WorldParameters) -> tuple[Node, ...]:
    """DCs first, then stores by population: also the order of static priority.

    A city with a DC gets no store.
    """
    dcs = [cities.index(name) for name in parameters.dc_cities]
    by_size = sorted(range(len(cities)), key=lambda i: (-int(cities.population[i]), cities.name[i]))
    stores = [i for i in by_size if i not in dcs][: parameters.store_count]
    return tuple(
        _node(cities, i, kind, parameters, priority)
        for priority, (i, kind) in enumerate(
            [(i, NodeKind.DC) for i in dcs] + [(i, NodeKind.STORE) for i in stores], start=1
        )
    )


def distances_km(a: Cities, b: Cities) -> Floats:
    """Great-circle distances, shape (len(a), len(b)): `fulfillment.network.distance_km` on arrays."""
    phi_a, phi_b = np.radians(a.latitude)[:, None], np.radians(b.latitude)[None, :]
    half_phi = (phi_b - phi_a) / 2
    half_lambda = np.radians(b.longitude[None, :] - a.longitude[:, None]) / 2
    h = np.sin(half_phi) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lambda) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(1.0, h))), dtype=np.float64)


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _node(cities: Cities, index: int, kind: NodeKind, parameters: WorldParameters, priority: int) -> Node:
    name = cities.name[index]
    team: Team = parameters.dc_team if kind is NodeKind.DC else parameters.store_team
    return Node(
        id=NodeId(f"{kind.value}-{slug(name)}"),
        name=f"{name} {'DC' if kind is NodeKind.DC else 'store'}",
        kind=kind,
        place=cities.place(index),
        time_zone=parameters.time_zone,
        labor=team.labor(),
        units_per_day=team.units_per_day(
            lines=parameters.mean_order_lines, units=parameters.mean_order_units
        ),
        priority=priority,
    )
