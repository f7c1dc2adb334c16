"""Every plan of a tiny order, one by one: the oracle of the engines. Slow on purpose, and obvious."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from fulfillment.plan import Plan
from optimizer.sourcing import SourcingInstance
from optimizer.sourcing.costing import plan_of


def best_plan(instance: SourcingInstance) -> Plan:
    """The first of all plans in the order that every engine shares."""
    plans = (plan_of(instance, units) for units in every_assignment(instance))
    return min(plans, key=lambda plan: _order_of(instance, plan))


def best_whole_line_plan(instance: SourcingInstance) -> Plan | None:
    """The best plan that serves every line, each from one node; None if no node can, or none together."""
    plans = [
        plan_of(instance, units)
        for units in every_assignment(instance)
        if (units.sum(axis=0) == instance.demand).all() and ((units > 0).sum(axis=0) == 1).all()
    ]
    return min(plans, key=lambda plan: _order_of(instance, plan), default=None)


def _order_of(instance: SourcingInstance, plan: Plan) -> tuple[int, int, int, int]:
    """Unfilled units (unless the policy lets them go), objective, packages, positions of the nodes."""
    unfilled = 0 if instance.policy.may_give_up else plan.unfilled_units
    nodes = sum(instance.nodes.index(shipment.node) + 1 for shipment in plan.shipments)
    return (unfilled, plan.objective, plan.packages, nodes)


def every_assignment(instance: SourcingInstance) -> Iterator[np.ndarray]:
    """All units matrices (N, L) within demand, stock shared by lines of a sku, and capacity."""
    columns = [list(_line(instance, line)) for line in range(len(instance.demand))]
    for choice in product(*columns):
        units = np.array(choice, dtype=np.int64).T
        if (
            (units.sum(axis=1) <= instance.capacity).all()
            and _shares_stock(instance, units)
            and _is_carried(instance, units)
        ):
            yield units


def _line(instance: SourcingInstance, line: int) -> Iterator[tuple[int, ...]]:
    most = [range(int(min(stock, instance.demand[line])) + 1) for stock in instance.stock[:, line]]
    for taken in product(*most):
        if sum(taken) <= instance.demand[line]:
            yield taken


def _shares_stock(instance: SourcingInstance, units: np.ndarray) -> bool:
    for sku in np.unique(instance.sku_index):
        lines = np.flatnonzero(instance.sku_index == sku)
        if (units[:, lines].sum(axis=1) > instance.stock[:, lines[0]]).any():
            return False
    return True


def _is_carried(instance: SourcingInstance, units: np.ndarray) -> bool:
    """Whether every node has a service that takes all it ships."""
    return all(
        any(all(offer.takes[line] for line in np.flatnonzero(row)) for offer in offers)
        for row, offers in zip(units, instance.offers, strict=True)
        if row.any()
    )
