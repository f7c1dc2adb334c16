"""Every plan of a tiny order, one by one: the oracle of the engines. Slow on purpose, and obvious."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from fulfillment.plan import Plan
from optimizer.sourcing import SourcingInstance
from optimizer.sourcing.costing import plan_of


def best_plan(instance: SourcingInstance) -> Plan:
    """The first of the best: fewest unfilled units (unless the policy lets them go), then objective."""
    plans = (plan_of(instance, units) for units in every_assignment(instance))
    if instance.policy.may_give_up:
        return min(plans, key=lambda plan: (plan.objective, plan.packages))
    return min(plans, key=lambda plan: (plan.unfilled_units, plan.objective, plan.packages))


def every_assignment(instance: SourcingInstance) -> Iterator[np.ndarray]:
    """All units matrices (N, L) within demand, stock shared by lines of a sku, and capacity."""
    columns = [list(_line(instance, line)) for line in range(len(instance.demand))]
    for choice in product(*columns):
        units = np.array(choice, dtype=np.int64).T
        if (units.sum(axis=1) <= instance.capacity).all() and _shares_stock(instance, units):
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
