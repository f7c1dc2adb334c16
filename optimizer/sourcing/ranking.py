"""The order of plans as one integer, the same for every engine.

Plans compare by unfilled units (unless the policy lets units go for money), then objective, then
packages, then the ranks of the nodes used. Each later figure is worth less than one unit of the one
before, so a single 64-bit sum compares plans, bounds bound it, and ties need no code anywhere else:

    value = (dominating x unfilled + objective) x scale + packages x (ranks + 1) + sum of node ranks

`dominating` is larger than any plan's cost, `scale` than any tie part. Where 64 bits do not suffice
the node ranks, then the packages, are left out of the comparison.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fulfillment.ids import NodeId
from fulfillment.money import Micros
from fulfillment.plan import Plan
from optimizer.sourcing.instance import Ints, SourcingInstance

_ROOM = 2**61  # leaves room to add two values


@dataclass(frozen=True)
class Ranking:
    """Costs of an instance in ranking units; all int64.

    Attributes
    ----------
    fixed : (O,)        a shipment by this option, without packages
    package : (O,)      one package
    unit : (O, L)       one unit of the line
    cell : (O,)         a line touched at the option's node
    lost : (L,)         one unfilled unit, the dominating value included
    split_rebate : int  taken off once per line served: a line's first node is no split
    shipment_rebate : int  taken off once per plan with shipments: the first is not extra
    """

    scale: int
    dominating: int
    package_tie: int
    node_tie: int
    fixed: Ints
    package: Ints
    unit: Ints
    cell: Ints
    lost: Ints
    split_rebate: int
    shipment_rebate: int

    def objective(self, value: int, unfilled: int) -> Micros:
        """Smallest objective that a plan of at least this value, with `unfilled` units, can have."""
        return Micros(-((self.scale - 1 - value) // self.scale) - self.dominating * unfilled)

    def fewest_unfilled(self, value: int) -> int:
        """Unfilled units that every plan of at least this value has."""
        if not self.must_serve:
            return 0
        return max(0, -((self.dominating - 1 - self.objective(value, 0)) // self.dominating))

    def value(self, plan: Plan, nodes: Sequence[NodeId]) -> int:
        """The value of a whole plan; `nodes` are the instance's, whose positions are the ranks."""
        ties = self.package_tie * plan.packages
        ties += self.node_tie * sum(nodes.index(shipment.node) + 1 for shipment in plan.shipments)
        return (self.dominating * plan.unfilled_units + plan.objective) * self.scale + ties

    @property
    def must_serve(self) -> bool:
        """Whether units that are there must be served, whatever that costs."""
        return self.dominating > 0


def rank(instance: SourcingInstance) -> Ranking:
    """Choose scale and dominating value for an instance, and express its costs in them."""
    policy = instance.policy
    node = instance.option_node
    per_package = np.array([rate.per_package for rate in instance.option_rate], dtype=np.int64)
    limit = limits(instance)
    freight = np.array(
        [[rate.per_unit(w) for w in instance.weight.tolist()] for rate in instance.option_rate], dtype=np.int64
    ).reshape(len(node), len(instance.demand))
    fixed = instance.labor_per_order[node] + policy.extra_shipment_penalty
    unit = freight + instance.labor_per_unit[node][:, None]
    cell = instance.labor_per_line[node] + policy.split_line_penalty

    order_weight = int(instance.weight @ instance.demand)
    most_packages = len(instance.nodes) + (order_weight // int(limit.min()) if len(limit) else 0)
    worst = _worst_cost(instance, fixed, per_package, unit, cell, most_packages)
    dominating = 0 if policy.may_give_up else worst + 1
    largest = worst + dominating * int(instance.demand.sum())
    ranks = len(instance.nodes) * (len(instance.nodes) + 1) // 2
    scale, package_tie, node_tie = (most_packages + 1) * (ranks + 1), ranks + 1, 1
    if largest >= _ROOM // scale:
        scale, package_tie, node_tie = most_packages + 1, 1, 0
    if largest >= _ROOM // scale:
        scale, package_tie, node_tie = 1, 0, 0
    return Ranking(
        scale=scale,
        dominating=dominating,
        package_tie=package_tie,
        node_tie=node_tie,
        fixed=fixed * scale + (node + 1) * node_tie,
        package=per_package * scale + package_tie,
        unit=unit * scale,
        cell=cell * scale,
        lost=(instance.lost_value + dominating) * scale,
        split_rebate=policy.split_line_penalty * scale,
        shipment_rebate=policy.extra_shipment_penalty * scale,
    )


def limits(instance: SourcingInstance) -> Ints:
    """Package weight limit of each option, grams, shape (O,)."""
    return np.array([rate.package_limit_grams for rate in instance.option_rate], dtype=np.int64)


def _worst_cost(
    instance: SourcingInstance, fixed: Ints, per_package: Ints, unit: Ints, cell: Ints, most_packages: int
) -> int:
    """More than any plan can cost: every node ships, every line everywhere, each unit at its dearest."""
    lost = int(instance.demand @ instance.lost_value)
    if not len(fixed):
        return lost
    dearest_units = int(instance.demand @ unit.max(axis=0))
    cells = int(np.minimum(instance.demand, len(instance.nodes)).sum()) * int(cell.max())
    shipments = len(instance.nodes) * int(fixed.max()) + most_packages * int(per_package.max())
    return lost + dearest_units + cells + shipments
