"""Orders whose lines compete: for components of kits, or for the places of nodes in the order.

The fast engines know nothing of either. Their bound holds all the same, for what is shared or limited only
forbids, and a penalty only adds.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fulfillment.money import Micros
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.cp_sat import WorkLimit, cp_sat
from optimizer.sourcing.engines import best_rule, by_engines, fewest_unfilled, outcome_of, units_of
from optimizer.sourcing.facility import Finding
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.node_sets import has_one_plan, sets_to_try
from optimizer.sourcing.outcome import Deadline, Engine, Limits, Outcome, SolveStatus, work_of
from optimizer.sourcing.ranking import PROOF_TOLERANCE, Ranking, rank
from optimizer.sourcing.shelf import filled_up

_SETS_AT_ONCE, _SETS = 300, 6_000
"""Sets of nodes to look at: before the engines have tried the order as it is, and after."""
_MORE_WORK = 4
"""Times the work of an order that all its sets together may take."""
_CELLS = 600
"""Nodes x lines up to which CP-SAT is asked: here it is also the one that finds the better plans."""


def decide(instance: SourcingInstance, limits: Limits, deadline: Deadline | None, seed: int) -> Outcome:
    """By the engines alone where lines do not compete, for at least one node."""
    if instance.shared is None and instance.splitting is None:
        return by_engines(instance, limits, deadline, seed)
    if (sets := sets_to_try(instance, most=_SETS_AT_ONCE)) is not None:
        return _of_sets(instance, sets, limits, deadline, seed)
    return _beside_demands(instance, limits, deadline, seed)


def _beside_demands(
    instance: SourcingInstance, limits: Limits, deadline: Deadline | None, seed: int
) -> Outcome:
    """The engines as if lines did not compete, then what is demanded.

    Where their plan keeps to all of it, it is the answer with its proof; otherwise that of a few sets of
    nodes. Where these are many the better of that plan mended and of the rules is the start of CP-SAT,
    which knows it all.
    """
    alone = by_engines(replace(instance, shared=None, splitting=None), limits, deadline, seed)
    units = units_of(instance, alone.plan)
    if _keeps_to_demands(instance, units):
        return replace(alone, plan=plan_of(instance, units))
    if (sets := sets_to_try(instance, most=_SETS)) is not None:
        best = _of_sets(instance, sets, limits, deadline, seed)
        return replace(best, spent=work_of((alone.spent, best.spent)))
    ranking = rank(instance)
    finding, is_rule = _mended(instance, ranking, units)
    engine = Engine.RULE if is_rule else alone.engine
    left = deadline.seconds_left() if deadline else None
    cut = left is not None and left <= 0
    if not cut and limits.deterministic_seconds > 0 and instance.stock.size <= _CELLS:
        work = WorkLimit(limits.deterministic_seconds, left)
        found = cp_sat(instance, ranking, finding, limit=work, seed=seed)
        if found.is_proven(ranking) or found.value < finding.value:
            engine = Engine.CP_SAT
        finding = found
        cut = not found.is_proven(ranking) and deadline is not None and deadline.seconds_left() <= 0
    outcome = outcome_of(instance, ranking, finding, engine, cut=cut or alone.cut_by_deadline)
    outcome = replace(outcome, spent=work_of((alone.spent, outcome.spent)))
    return _with_bound_of(alone, outcome, must_serve=ranking.must_serve)


def _keeps_to_demands(instance: SourcingInstance, units: Ints) -> bool:
    """Whether a plan overdraws nothing, goes beyond no limit, and is charged nothing for its split."""
    splitting = instance.splitting
    return (instance.shared is None or instance.shared.suffices(units)) and (
        splitting is None or (splitting.allows(units) and not any(splitting.charges(units)))
    )


def _of_sets(
    instance: SourcingInstance,
    sets: Sequence[tuple[int, ...]],
    limits: Limits,
    deadline: Deadline | None,
    seed: int,
) -> Outcome:
    """The best plan of those from one of these sets of nodes, each decided by itself; its bound is theirs.

    They share the work. Those that the deadline leaves out are bounded by stock alone.
    """
    work = min(_MORE_WORK, len(sets)) / len(sets)
    each = Limits(max(1, int(limits.branches * work)), limits.deterministic_seconds * work)
    ranking = rank(instance)
    alone: list[Outcome] = []
    for nodes in sets:
        if alone and deadline is not None and deadline.seconds_left() <= 0:
            break
        part = instance.only(nodes)
        is_plain = has_one_plan(instance, nodes)
        alone.append(_all_of_it(part) if is_plain else decide(part, each, deadline, seed))
    plans = [plan_of(instance, units_of(instance, one.plan)) for one in alone]
    best = min(range(len(plans)), key=lambda i: ranking.value(plans[i], instance.nodes))
    is_cut = len(alone) < len(sets)
    least, bound = min((one.unfilled_bound, one.bound) for one in alone)
    if is_cut:
        least, bound = fewest_unfilled(instance), Micros(0)
    cut = is_cut or any(one.cut_by_deadline for one in alone)
    spent = work_of(one.spent for one in alone)
    return _with_bound_of(
        replace(alone[best], bound=bound, unfilled_bound=least),
        replace(
            alone[best], plan=plans[best], bound=Micros(0), unfilled_bound=0, cut_by_deadline=cut, spent=spent
        ),
        must_serve=ranking.must_serve,
    )


def _all_of_it(instance: SourcingInstance) -> Outcome:
    """The plan of an order at one node where all that it can ship has to be shipped."""
    plan = plan_of(instance, np.minimum(instance.stock, instance.demand))
    return Outcome(plan, SolveStatus.OPTIMAL, Engine.SUBSETS, plan.objective, plan.unfilled_units)


def _mended(instance: SourcingInstance, ranking: Ranking, units: Ints) -> tuple[Finding, bool]:
    """The plan of `units` as far as there is enough, filled up from all nodes; or a rule's, if better.

    Nothing is proven. Returns whether it is a rule's.
    """
    filled = filled_up(instance, units)
    value = ranking.value(plan_of(instance, filled), instance.nodes)
    rule = best_rule(instance, ranking)
    if rule.value <= value:
        return rule, True
    return replace(rule, units=filled, value=value), False


def _with_bound_of(alone: Outcome, outcome: Outcome, *, must_serve: bool) -> Outcome:
    """An outcome with the higher of two bounds that both hold; of more unfilled units before more cost."""
    plan = outcome.plan
    least, cost = max((alone.unfilled_bound, alone.bound), (outcome.unfilled_bound, outcome.bound))
    bound = Micros(min(cost, plan.objective))
    proven = plan.objective - bound <= PROOF_TOLERANCE and (plan.unfilled_units == least or not must_serve)
    return replace(
        outcome,
        bound=bound,
        unfilled_bound=least,
        status=SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE,
        cut_by_deadline=outcome.cut_by_deadline and not proven,
    )
