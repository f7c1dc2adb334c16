"""Where customers live: a city drawn by a hash of their id, in proportion to population."""

from collections.abc import Sequence

import numpy as np

from scenarios.world.stable import uniforms
from scenarios.world.tables import Cities, Ints


def home_cities(keys: Sequence[str], cities: Cities) -> Ints:
    """The city index of each key. No seed: a customer lives where they live in every world.

    Parameters
    ----------
    keys
        Customer ids; for an order without one, its invoice.
    """
    edges = np.cumsum(cities.population) / cities.population.sum()
    return np.searchsorted(edges, uniforms(keys, salt="home"), side="right").astype(np.int64)


def customer_key(customer: int, invoice: str) -> str:
    return f"customer {customer}" if customer >= 0 else f"invoice {invoice}"
