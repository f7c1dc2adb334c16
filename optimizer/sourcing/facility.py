"""The facility engine: which nodes to open for an order, exact at unit level in most cases.

Facility location with limited stock: a shipment costs a fixed amount, units cost by weight and labor,
a line pays a charge for every node that touches it, packages are whole. Branch and bound over options
with the larger of two bounds (dual ascent, Erlenkotter, Operations Research 26, 1978; and whole
packages for the whole weight). For a set of open nodes lines are independent but for packages, so a
leaf is settled exactly whenever its packages are the fewest that its weights allow.

Left out, and so only bounded: a leaf whose packages might be fewer, node capacity, and stock shared by
two lines of one sku. What that leaves unsettled is handed on, with the options it needs.
"""

from dataclasses import dataclass

import numpy as np

from optimizer.sourcing.facility_kernel import INFINITE
from optimizer.sourcing.facility_search import search
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.ranking import Ranking, limits


@dataclass(frozen=True)
class Finding:
    """What an engine found: `units` (N, L) of the best plan or None, its value, a bound on every plan's.

    `unsettled` (O,) marks the options that a plan better than this one may still use.
    """

    units: Ints | None
    value: int
    bound: int
    unsettled: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    branches: int = 0

    @property
    def is_proven(self) -> bool:
        return self.bound >= self.value


def facility(
    instance: SourcingInstance, ranking: Ranking, *, branches: int, incumbent: int = INFINITE
) -> Finding:
    """Search for a plan better than `incumbent` (a value), within so many branches."""
    nothing = int(instance.demand @ ranking.lost)  # the plan that ships nothing is always there
    ships_nothing = nothing < incumbent
    incumbent = min(nothing, incumbent)
    node = instance.option_node
    available = np.minimum(instance.stock, instance.demand)[node]
    limit = limits(instance)
    holds = np.maximum(available, 1)
    cell = ranking.cell[:, None] // holds
    # Packages enter the bound once per shipment where one package holds all the node could send,
    # and else by weight: both are below the truth.
    heavy = available @ instance.weight > limit
    by_weight = np.where(
        heavy[:, None], ranking.package[:, None] * instance.weight[None, :] // limit[:, None], 0
    )
    thrifty = ranking.unit + cell
    value, bound, chosen, taken, unsettled, used = search(
        node,
        ranking.fixed,
        ranking.package,
        limit,
        ranking.unit,
        ranking.cell,
        available,
        instance.demand,
        instance.weight,
        ranking.lost,
        np.array([ranking.split_rebate, ranking.shipment_rebate, ranking.must_serve], dtype=np.int64),
        ranking.fixed + np.where(heavy, 0, ranking.package),
        thrifty + by_weight,
        thrifty,
        np.argsort(thrifty, axis=0, kind="stable").T.copy(),
        instance.capacity,
        instance.sku_index,
        instance.stock,
        instance.repeats_a_sku,
        incumbent,
        branches,
    )
    units = np.zeros_like(instance.stock) if ships_nothing else None
    if len(chosen):
        units = np.zeros_like(instance.stock)
        np.add.at(units, node[chosen], taken)
    return Finding(units, int(value), int(min(bound, value)), unsettled, int(used))
