"""The engines in turn, from the fastest to the most general, until the plan is proven."""

from dataclasses import replace

import numpy as np

from fulfillment.money import Micros
from fulfillment.plan import Plan
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.cp_sat import WorkLimit, cp_sat
from optimizer.sourcing.facility import Finding, facility
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.outcome import Deadline, Engine, Limits, Outcome, SolveStatus
from optimizer.sourcing.pick_lines import picked, shared_out
from optimizer.sourcing.problem import INFINITE
from optimizer.sourcing.ranking import PROOF_TOLERANCE, Ranking, rank
from optimizer.sourcing.remaining import remaining
from optimizer.sourcing.rules import RULES
from optimizer.sourcing.shelf import filled_up
from optimizer.sourcing.subsets import subsets, suits
from optimizer.sourcing.ways import Flags, Measure, volume_may_decide

_CP_SAT_CELLS = 120
"""Lines x open nodes beyond which CP-SAT proves nothing within its share of work, and only costs time."""
_CELLS_LEFT_OVER = 50
"""The same where the fast engines ran out of branches: more is too much for CP-SAT as well."""


def by_engines(instance: SourcingInstance, limits: Limits, deadline: Deadline | None, seed: int) -> Outcome:
    """Of an order whose lines do not compete, as it is picked."""
    lines = picked(instance)
    found = _of_pick_lines(instance, lines, limits, deadline, seed)
    if not instance.repeats_a_sku:
        return found
    return replace(found, plan=plan_of(instance, shared_out(instance, units_of(lines, found.plan))))


def _of_pick_lines(
    placed: SourcingInstance,
    instance: SourcingInstance,
    limits: Limits,
    deadline: Deadline | None,
    seed: int,
) -> Outcome:
    """The order as it was `placed` is what rules are given."""
    ranking = rank(instance)
    finding, engine, ended = _fast(instance, ranking, limits)
    if not finding.is_proven(ranking) and volume_may_decide(instance):
        other, by, other_ended = _fast(instance, rank(instance, Measure.VOLUME), limits)
        engine = by if other.value < finding.value else engine
        finding, ended = _both(finding, other), ended and other_ended
    cut = False
    if ranking.must_serve and instance.capacity_may_bind and finding.bound < finding.value:
        finding = _filled(instance, ranking, finding)
    if finding.bound < finding.value:
        finding, engine = _no_dearer_than_a_rule(placed, ranking, finding, engine)
    if not finding.is_proven(ranking):
        left = deadline.seconds_left() if deadline else None
        cut = left is not None and left <= 0
        is_simple = instance.capacity_may_bind or len(ranking.ways.home) == len(instance.nodes)
        most = _CP_SAT_CELLS if ended or is_simple else _CELLS_LEFT_OVER
        is_small = int(finding.unsettled.sum()) * len(instance.demand) <= most
        if not cut and is_small and limits.deterministic_seconds > 0:
            work = WorkLimit(limits.deterministic_seconds, left)
            found = cp_sat(instance, ranking, finding, limit=work, seed=seed)
            if found.is_proven(ranking) or found.value < finding.value:
                engine = Engine.CP_SAT
            finding = found
            cut = not found.is_proven(ranking) and deadline is not None and deadline.seconds_left() <= 0
    return outcome_of(instance, ranking, finding, engine, cut=cut)


def _filled(instance: SourcingInstance, ranking: Ranking, finding: Finding) -> Finding:
    """The plan with what nodes could still ship: where days are full, a search cut short may leave some."""
    if finding.units is None:
        return finding
    units = filled_up(instance, finding.units)
    value = ranking.value(plan_of(instance, units), instance.nodes)
    return replace(finding, units=units, value=value) if value < finding.value else finding


def _fast(instance: SourcingInstance, ranking: Ranking, limits: Limits) -> tuple[Finding, Engine, bool]:
    """What the fast engines find, at what it costs in truth, and whether they proved it in their eyes."""
    finding, engine = _in_their_eyes(instance, ranking, limits)
    ended = finding.is_proven(ranking)
    if finding.units is None:
        return finding, engine, ended
    value = ranking.value(plan_of(instance, finding.units), instance.nodes)
    if value <= finding.value:
        return replace(finding, value=value, bound=min(finding.bound, value)), engine, ended
    # A plan that costs more in their eyes may cost less in truth.
    if finding.bound >= value - ranking.tolerance:
        return replace(finding, value=value), engine, ended
    nodes, settled, bound = remaining(instance, ranking, value)
    bound = max(finding.bound, bound)
    return replace(finding, value=value, bound=bound, unsettled=nodes, settled=settled), engine, ended


def _both(one: Finding, other: Finding) -> Finding:
    """The better plan of two findings, with the higher bound."""
    best = min(one, other, key=lambda finding: finding.value)
    bound = min(best.value, max(one.bound, other.bound))
    # What either has closed is no cheaper than its own plan, and so than the better of both.
    fewest = min(one, other, key=lambda finding: int(finding.unsettled.sum()))
    return replace(
        best,
        bound=bound,
        unsettled=fewest.unsettled,
        settled=fewest.settled,
        branches=one.branches + other.branches,
    )


def _in_their_eyes(instance: SourcingInstance, ranking: Ranking, limits: Limits) -> tuple[Finding, Engine]:
    start: Finding | None = None
    if suits(instance):
        start = subsets(instance, ranking)
        if start.is_proven(ranking):
            return start, Engine.SUBSETS
    engine = Engine.SUBSETS
    if (start is None or start.units is None) and instance.capacity_may_bind:
        # Without a plan within capacity the tree's prices have nothing to climb to.
        start, engine = best_rule(instance, ranking), Engine.RULE
    incumbent = start.value if start is not None and start.units is not None else INFINITE
    found = facility(instance, ranking, branches=limits.branches, incumbent=incumbent)
    if start is None or found.units is not None:
        return found, Engine.FACILITY
    if found.is_proven(ranking):
        return replace(found, units=start.units), Engine.FACILITY
    return replace(found, units=start.units, value=start.value), engine


def best_rule(instance: SourcingInstance, ranking: Ranking) -> Finding:
    """The best plan that a rule makes, proven by nothing. It keeps within capacity."""
    plans = [rule(instance) for rule in RULES.values()]
    best = min(plans, key=lambda plan: ranking.value(plan, instance.nodes))
    value = ranking.value(best, instance.nodes)
    return Finding(units_of(instance, best), value, -INFINITE, _everywhere(instance))


def _everywhere(instance: SourcingInstance) -> Flags:
    return np.ones(len(instance.nodes), dtype=np.bool_)


def _no_dearer_than_a_rule(
    instance: SourcingInstance, ranking: Ranking, finding: Finding, engine: Engine
) -> tuple[Finding, Engine]:
    rule = best_rule(instance, ranking)
    if rule.value >= finding.value:
        return finding, engine
    assert rule.units is not None
    units, bound = instance.pick_lines(rule.units), min(finding.bound, rule.value)
    return replace(finding, units=units, value=rule.value, bound=bound), Engine.RULE


def outcome_of(
    instance: SourcingInstance, ranking: Ranking, finding: Finding, engine: Engine, *, cut: bool
) -> Outcome:
    units = finding.units if finding.units is not None else np.zeros_like(instance.stock)
    plan = plan_of(instance, units)
    unfilled = max(fewest_unfilled(instance), ranking.fewest_unfilled(finding.bound))
    comparable = plan.unfilled_units
    if not ranking.must_serve:
        unfilled = comparable = 0
    bound = Micros(max(0, min(ranking.objective(finding.bound, unfilled), plan.objective)))
    proven = comparable == unfilled and plan.objective - bound <= PROOF_TOLERANCE
    status = SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE
    spent = Limits(finding.branches, finding.deterministic_seconds)
    return Outcome(plan, status, engine, bound, unfilled, cut_by_deadline=cut and not proven, spent=spent)


def fewest_unfilled(instance: SourcingInstance) -> int:
    """Units that no plan can serve, by stock alone; 0 if the policy may leave units for money."""
    if instance.policy.may_give_up:
        return 0
    wanted = np.bincount(instance.sku_index, weights=instance.demand).astype(np.int64)
    first = np.unique(instance.sku_index, return_index=True)[1]
    return int(np.maximum(wanted - instance.stock[:, first].sum(axis=0), 0).sum())


def units_of(instance: SourcingInstance, plan: Plan) -> Ints:
    row = {node: k for k, node in enumerate(instance.nodes)}
    column = {line.id: j for j, line in enumerate(instance.lines)}
    units = np.zeros_like(instance.stock)
    for shipment in plan.shipments:
        for part in shipment.units:
            units[row[shipment.node], column[part.line]] += part.quantity
    return units
