"""Which node holds which SKU, and in what proportion: best sellers everywhere, the long tail in one DC."""

from dataclasses import dataclass

import numpy as np

from fulfillment.network import Node, NodeKind
from scenarios.world.demand import Demand
from scenarios.world.parameters import WorldParameters
from scenarios.world.stable import uniforms
from scenarios.world.tables import Bools, Floats, Ints

_RANGE_STREAM = 1  # of the seed


@dataclass(frozen=True, slots=True)
class Ranging:
    """Both of shape (nodes, skus): shares of the online stock (columns add up to 1), and what shoppers
    want at the tills in units per week (0 at DCs and where a store does not range the SKU)."""

    weights: Floats
    walk_in_rate: Floats


def build_ranging(
    nodes: tuple[Node, ...],
    store_populations: Ints,
    demand: Demand,
    *,
    parameters: WorldParameters,
    seed: int,
) -> Ranging:
    """Stores trade with the square root of their city: there is one store in each, large city or small.

    Parameters
    ----------
    store_populations
        People in the city of each store, in the order the stores have among `nodes`.
    """
    is_dc = np.array([node.kind is NodeKind.DC for node in nodes])
    share = np.sqrt(store_populations) / np.sqrt(store_populations).sum()
    sales_class = _classes(demand.lines, parameters.class_shares)
    in_dc = _dc_weights(demand, sales_class, parameters, seed=seed)
    in_store = _ranged(int((~is_dc).sum()), sales_class, parameters, seed=seed) * share[:, None]

    weights = np.zeros((len(nodes), len(demand)))
    weights[~is_dc] = parameters.store_share * in_store
    weights[is_dc] = (1 - weights.sum(axis=0)) * in_dc
    walk_in_rate = np.zeros_like(weights)
    walk_in_rate[~is_dc] = parameters.walk_in_share * demand.rate * in_store
    return Ranging(weights, walk_in_rate)


def _classes(lines: Ints, shares: tuple[float, float]) -> Ints:
    """0 for A, 1 for B, 2 for the long tail, by rank of sales lines; earlier ids first among equals."""
    rank = np.argsort(np.argsort(-lines, kind="stable"), kind="stable")
    edges = np.cumsum(shares) * len(lines)
    return np.searchsorted(edges, rank, side="right").astype(np.int64)


def _dc_weights(demand: Demand, sales_class: Ints, parameters: WorldParameters, *, seed: int) -> Floats:
    """Shares among DCs, shape (dcs, skus): all of them for A, two for B, one for the tail.

    Which DCs go without is drawn by the SKU's own hash, in proportion to what the DCs hold.
    """
    share = np.array(parameters.dc_share)
    holders = np.array([len(share), min(2, len(share)), 1])[sales_class]
    # Efraimidis & Spirakis (2006): the largest keys u^(1/w) are a weighted draw without replacement.
    draw = np.stack([uniforms(demand.ids, salt=f"dc {seed} {d}") for d in range(len(share))])
    keys = draw ** (1 / share[:, None])
    rank = np.argsort(np.argsort(-keys, axis=0, kind="stable"), axis=0, kind="stable")
    weights = np.where(rank < holders, share[:, None], 0.0)
    return np.asarray(weights / weights.sum(axis=0), dtype=np.float64)


def _ranged(stores: int, sales_class: Ints, parameters: WorldParameters, *, seed: int) -> Bools:
    """Whether a store ranges a SKU, shape (stores, skus); larger cities' stores range more."""
    rng = np.random.default_rng([seed, _RANGE_STREAM])
    chance = np.stack(
        [
            np.linspace(*parameters.range_a, num=stores),
            np.linspace(*parameters.range_b, num=stores),
            np.zeros(stores),
        ]
    )
    return np.asarray(rng.random((stores, len(sales_class))) < chance[sales_class].T, dtype=np.bool_)
