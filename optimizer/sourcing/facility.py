"""The facility engine: which nodes to open for an order, exact at unit level in most cases.

Facility location with limited stock: a shipment costs a fixed amount and its freight, units cost
labor, a line pays a charge for every node that touches it. Branch and bound over nodes; a branch is
bounded by a Lagrangian relaxation that prices units and keeps packages whole (`earning`, `pricing`). With
the nodes given, lines are coupled by freight alone, and a leaf is settled by pricing grams (`leaf`).

Node capacity is not part of the bounds. What that leaves unsettled is handed on, with the nodes that it
needs.
"""

from dataclasses import dataclass

import numpy as np

from optimizer.sourcing.facility_search import search
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.problem import INFINITE, problem_of
from optimizer.sourcing.ranking import Ranking


@dataclass(frozen=True)
class Finding:
    """What an engine found: `units` (N, L) of the best plan or None, its value, a bound on every plan's.

    `unsettled` (N,) marks the nodes that a plan better than this one may still use; `settled` bounds
    the plans that use others too. `branches` and `deterministic_seconds` are the work it took.
    """

    units: Ints | None
    value: int
    bound: int
    unsettled: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    branches: int = 0
    settled: int = INFINITE
    deterministic_seconds: float = 0.0

    def is_proven(self, ranking: Ranking) -> bool:
        """Whether no plan can be better by more than the tolerance."""
        return self.bound >= self.value - ranking.tolerance


def facility(
    instance: SourcingInstance, ranking: Ranking, *, branches: int, incumbent: int = INFINITE
) -> Finding:
    """Search for a plan better than `incumbent` (a value), within so many branches."""
    problem = problem_of(instance, ranking)
    nothing = int(instance.demand @ ranking.lost)  # the plan that ships nothing is always there
    ships_nothing = nothing < incumbent
    found = search(problem, min(nothing, incumbent), branches)
    units = np.zeros_like(instance.stock) if ships_nothing else None
    home = ranking.ways.home
    if len(found.nodes):
        units = np.zeros_like(instance.stock)
        units[home[found.nodes]] = found.units
    unsettled = np.zeros(len(instance.nodes), dtype=np.bool_)
    unsettled[home[found.unsettled]] = True
    return Finding(
        units,
        int(found.value),
        int(min(found.bound, found.value)),
        unsettled,
        int(found.branches),
        int(found.settled),
    )
