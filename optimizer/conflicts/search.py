"""A minimal set of demands that cannot hold together, and what it costs to drop each.

Deletion filter: one demand after the other is left out; where the rest still cannot hold, it stays out.
What remains is irreducible: without any one of it the rest can hold (Chinneck, J. W., and Dravnieks, E. W.
(1991). Locating minimal infeasible constraint sets in linear programs. *ORSA Journal on Computing* 3(2),
157-168). There may be other such sets; one is enough to say why.

Whether a set can hold is a question of units alone, and settled exactly. What an order costs without a
demand is what `source` finds for it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fulfillment.money import Micros
from optimizer.conflicts.case import Case
from optimizer.conflicts.demands import Demand, DemandKind, demands_of, without
from optimizer.sourcing.cp_sat import WorkLimit, least_unfilled
from optimizer.sourcing.instance import SourcingInstance
from optimizer.sourcing.node_sets import most_served
from optimizer.sourcing.outcome import Deadline, Limits, SolveStatus
from optimizer.sourcing.source import FAST_LIMITS, source

_SETS = 6_000
"""Sets of nodes of which the units are counted, where few nodes may share the order."""


@dataclass(frozen=True, slots=True)
class Effort:
    """Work for one order: questions whether a set can hold, relaxations to be priced, and work for each.

    It is work and not time, as in sourcing; a deadline is beside it.
    """

    questions: int = 60
    relaxations: int = 8
    branches: int = 100
    deterministic_seconds: float = 0.1


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The order without one demand, all others kept.

    `helps` is None where the work did not suffice to know. `objective` is that of the plan then, in micros,
    with `unfilled` units left out, some only where parts are accepted; None without a plan. Of those served
    `waiting` leave when they have come. Where it does not help, `others` are demands that cannot hold
    together even then; there are none where something else is in the way.
    """

    demand: Demand
    helps: bool | None
    objective: Micros | None = None
    unfilled: int = 0
    is_proven: bool = False
    others: tuple[Demand, ...] = ()
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Conflict:
    """`demands` cannot hold together; `is_minimal` says that without any one of them the others can.

    It is not known to be so where the work ran out. There are as many relaxations as were tried, in the
    order of the demands.
    """

    demands: tuple[Demand, ...]
    relaxations: tuple[Relaxation, ...]
    is_minimal: bool

    @property
    def is_of_states(self) -> bool:
        """Whether it is no rule and no wish, beside being filled whole: nodes are off or full."""
        return all(one.kind.is_state or one.kind is DemandKind.FILLED_WHOLE for one in self.demands)

    @property
    def cheapest(self) -> Relaxation | None:
        """The one that leaves the fewest units out, and of these the one that costs least."""
        priced = [one for one in self.relaxations if one.objective is not None]
        return min(priced, key=lambda one: (one.unfilled, one.objective or 0), default=None)


Pricing = Callable[[Demand, Limits], Relaxation]
"""Prices an order without a demand, where the others can hold then, within so much work."""


def find_conflict(
    case: Case,
    *,
    effort: Effort | None = None,
    deadline: Deadline | None = None,
    seed: int = 0,
    pricing: Pricing | None = None,
) -> Conflict | None:
    """Why the order cannot be filled; None if it can be, or if stock is what is missing.

    An order that is not to be filled whole counts as filled when a unit of it is. None is answered as well
    where it is not known within the work.

    Parameters
    ----------
    pricing
        For a caller whose plans are more than `source` finds, as where units may wait for what is on its way.
    """
    asking = _Asking(effort or Effort(), deadline, seed, pricing)
    demands = demands_of(case)
    if not demands or asking.can_hold(case) is not False:
        return None
    # Without any demand but being filled whole: is there enough stock at all?
    free = without(case, [one for one in demands if one.kind is not DemandKind.FILLED_WHOLE])
    if asking.can_hold(free) is not True:
        return None
    members, is_minimal = _irreducible(case, demands, asking)
    tried = members[: asking.effort.relaxations]
    relaxations = tuple(asking.relax(case, demand) for demand in tried if not asking.is_over)
    return Conflict(members, relaxations, is_minimal)


def _irreducible(
    case: Case, demands: tuple[Demand, ...], asking: "_Asking"
) -> tuple[tuple[Demand, ...], bool]:
    out: list[Demand] = []
    is_known = True
    for demand in demands:
        held = asking.can_hold(without(case, [*out, demand]))
        is_known = is_known and held is not None
        if held is False:
            out.append(demand)
    return tuple(demand for demand in demands if demand not in out), is_known


class _Asking:
    """Asks and counts; when the work or the time is over, nothing is known any more."""

    def __init__(self, effort: Effort, deadline: Deadline | None, seed: int, pricing: Pricing | None) -> None:
        self.effort = effort
        self._deadline = deadline
        self._seed = seed
        self._pricing = pricing
        self._asked = 0

    @property
    def is_over(self) -> bool:
        return self._deadline is not None and self._deadline.seconds_left() <= 0

    def can_hold(self, case: Case) -> bool | None:
        """Whether enough units can be served; None if that is not known."""
        if self._asked >= self.effort.questions or self.is_over:
            return None
        self._asked += 1
        return self._serves(case.instance(), case.units_needed)

    def relax(self, case: Case, demand: Demand) -> Relaxation:
        relaxed = demand.drop(case)
        instance = relaxed.instance()
        helps = self._serves(instance, relaxed.units_needed)
        if helps is not True:
            others = _irreducible(relaxed, demands_of(relaxed), self)[0] if helps is False else ()
            return Relaxation(demand, helps, others=others)
        limits = Limits(self.effort.branches, self.effort.deterministic_seconds)
        if self._pricing is not None:
            return self._pricing(demand, limits)
        outcome = source(instance, limits=limits, deadline=self._deadline, seed=self._seed)
        if relaxed.order.units - outcome.plan.unfilled_units < relaxed.units_needed:
            return Relaxation(demand, True)  # it can be filled, and no plan was found within the work
        return Relaxation(
            demand,
            True,
            outcome.plan.objective,
            outcome.plan.unfilled_units,
            outcome.status is SolveStatus.OPTIMAL,
        )

    def _serves(self, instance: SourcingInstance, units: int) -> bool | None:
        if not instance.nodes:
            return False
        if units == 1:
            return bool(((instance.stock > 0) & (instance.capacity[:, np.newaxis] >= instance.picks)).any())
        if (most_of_sets := most_served(instance, most=_SETS)) is not None:
            return most_of_sets >= units
        # Mostly the fast engines know: their plan serves enough, or their bound says that none does.
        fast = source(instance, limits=FAST_LIMITS, seed=self._seed)
        most = instance.order.units - fast.unfilled_bound
        if instance.order.units - fast.plan.unfilled_units >= units or most < units:
            return most >= units
        left = self._deadline.seconds_left() if self._deadline is not None else None
        work = WorkLimit(self.effort.deterministic_seconds, left)
        nodes = list(range(len(instance.nodes)))
        least = least_unfilled(instance, nodes, limit=work, seed=self._seed)
        return None if least is None else instance.order.units - least >= units
