"""Source one order: the best plan that policy and order allow, with its proof or its gap."""

import numpy as np

from fulfillment.money import Micros
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.demands import decide
from optimizer.sourcing.engines import fewest_unfilled
from optimizer.sourcing.instance import SourcingInstance
from optimizer.sourcing.outcome import Deadline, Engine, Limits, Outcome, SolveStatus
from optimizer.sourcing.rules import nearest_first

DEFAULT_LIMITS = Limits()
FAST_LIMITS = Limits(branches=20, deterministic_seconds=0.0)
"""For a caller that holds locks: no CP-SAT, a small tree, the gap reported as it falls."""


def source(
    instance: SourcingInstance,
    *,
    limits: Limits = DEFAULT_LIMITS,
    deadline: Deadline | None = None,
    seed: int = 0,
) -> Outcome:
    """The best plan for one order, with its proof or its gap.

    Equal instance, limits and seed give an equal outcome, unless `deadline` cut it (then
    `cut_by_deadline` says so). Never dearer in the objective, unfilled units first, than any rule.
    """
    if not instance.nodes:
        return _nothing_to_ship(instance)
    return decide(instance, limits, deadline, seed)


def by_rule(instance: SourcingInstance) -> Outcome:
    """The last resort: nearest first, no solver, marked degraded, bounded by stock alone."""
    plan = nearest_first(instance)
    return Outcome(
        plan,
        SolveStatus.FEASIBLE,
        Engine.RULE,
        bound=Micros(0),
        unfilled_bound=fewest_unfilled(instance),
        degraded=True,
    )


def _nothing_to_ship(instance: SourcingInstance) -> Outcome:
    plan = plan_of(instance, np.zeros_like(instance.stock))
    return Outcome(plan, SolveStatus.OPTIMAL, Engine.SUBSETS, plan.objective, plan.unfilled_units)
