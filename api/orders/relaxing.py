"""What an order that may wait for deliveries costs without one of its demands: as it would be decided.

It has the time of the caller's deadline; otherwise pure.
"""

from dataclasses import replace

from api.orders.backorders import backorder, waiting_for_the_rest
from api.orders.deciding import Decided, Snapshot, decide
from api.orders.schemas import LimitsIn
from api.orders.unfilled import unfilled_lines
from api.orders.unservable import is_servable
from fulfillment.money import Micros
from optimizer.conflicts import Case, Demand, Relaxation
from optimizer.sourcing import Limits, SolveStatus
from storage.deadlines import Deadline


def case_of(snapshot: Snapshot) -> Case:
    """The order with what is on hand for it, and nothing of what is on its way."""
    return Case(
        snapshot.order,
        snapshot.network,
        snapshot.policy,
        snapshot.rows,
        snapshot.capacity,
        prices=snapshot.prices,
        now=snapshot.now,
    )


def priced_with_backorders(
    snapshot: Snapshot, demand: Demand, limits: Limits, deadline: Deadline
) -> Relaxation:
    """The order without the demand, decided on what is on hand, the rest promised from what is on its way.

    That is how it would be answered. So its cost has the margin of units that wait, and no freight of theirs.
    Where it would be refused all the same, dropping the demand does not help.
    """
    relaxed = demand.drop(case_of(snapshot))
    decided = _decided(_with(snapshot, relaxed), limits, deadline.seconds_left())
    if decided.degraded_by is not None:
        return Relaxation(demand, True)  # it can be filled, and there was no time for a plan
    promised = backorder(decided, unfilled_lines(decided), allowed=True)
    if not is_servable(decided, promised):
        return Relaxation(demand, False)
    outcome = decided.outcome
    return Relaxation(
        demand,
        True,
        Micros(outcome.plan.objective),
        outcome.plan.unfilled_units - promised.units,
        outcome.status is SolveStatus.OPTIMAL,
        waiting=promised.units,
    )


def _with(snapshot: Snapshot, relaxed: Case) -> Snapshot:
    return replace(
        snapshot,
        order=relaxed.order,
        network=relaxed.network,
        policy=relaxed.policy,
        capacity=dict(relaxed.capacity),
    )


def _decided(snapshot: Snapshot, limits: Limits, seconds: float) -> Decided:
    work = LimitsIn(branches=limits.branches, deterministic_seconds=limits.deterministic_seconds)
    return waiting_for_the_rest(decide(snapshot, limits=work, seconds=seconds, fast=False))
