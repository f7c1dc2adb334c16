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

from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId
from fulfillment.money import MICROS_PER_MINOR, Micros
from fulfillment.plan import Plan
from fulfillment.rates import MM3_PER_CM3, Rate
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.ways import Measure, Scales, Ways, ways_of

PROOF_TOLERANCE = MICROS_PER_MINOR // 2
_ROOM = 2**62


@dataclass(frozen=True)
class Ranking:
    """Costs of an instance in ranking units (values); all int64.

    Attributes
    ----------
    fixed : (N,)        a shipment from the node, without freight
    unit : (N, L)       handling one unit of the line at the node
    cell : (N,)         a line touched at the node
    lost : (L,)         one unfilled unit, the dominating value included
    split_rebate        taken off once per line served: a line's first node is no split
    shipment_rebate     taken off once per plan with shipments: the first is not extra
    ways                all else, as the fast engines see it
    """

    scale: int
    dominating: int
    package_tie: int
    node_tie: int
    fixed: Ints
    unit: Ints
    cell: Ints
    lost: Ints
    split_rebate: int
    shipment_rebate: int
    ways: Ways

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
    def tolerance(self) -> int:
        """Half a minor unit: a plan is proven when no other can be cheaper by more than that.

        Amounts are billed in minor units; below them packing lines to the last gram is all that is left.
        """
        return PROOF_TOLERANCE * self.scale

    @property
    def must_serve(self) -> bool:
        """Whether units that are there must be served, whatever that costs."""
        return self.dominating > 0


def exact_dot(left: Ints, right: Ints) -> int:
    """Sum of products in whole numbers of any size: here nothing has been checked for 64 bits yet."""
    return sum(a * b for a, b in zip(left.tolist(), right.tolist(), strict=True))


def rank(instance: SourcingInstance, measure: Measure = Measure.WEIGHT) -> Ranking:
    """Choose scale and dominating value for an instance, and express its costs in them.

    Parameters
    ----------
    measure
        What fills packages in the eyes of the engines. Values of plans are the same for all measures.

    Raises
    ------
    InvalidInput
        Quantities times values are beyond 64 bits even without ties: many millions in one order.
    """
    policy, count = instance.policy, len(instance.nodes)
    packages = _most_packages(instance)
    worst = _worst(instance, packages)
    dominating = 0 if policy.may_give_up else worst + 1
    largest = worst + dominating * instance.order.units
    ranks = count * (count + 1) // 2
    scale, package_tie, node_tie = (packages + 1) * (ranks + 1), ranks + 1, 1
    # A bound may count every node at its largest value, and a slope a whole package for a gram.
    goods = instance.goods
    volume = exact_dot(goods.mm3, instance.demand)
    load = exact_dot(goods.grams, instance.demand)
    if any(rate.package_limit_cm3 is not None for rate in instance.services):
        load = max(load, volume // MM3_PER_CM3)
    dearest = max(
        (rate.per_package + rate.co2e_prices(policy.co2e_price)[0] for rate in instance.services), default=0
    )
    reach = max(largest * (count + 2), 2 * (load + 1) * dearest)
    if reach >= _ROOM // scale:
        scale, package_tie, node_tie = packages + 1, 1, 0
    if reach >= _ROOM // scale:
        scale, package_tie, node_tie = 1, 0, 0
    if max(reach, volume) >= _ROOM:
        raise InvalidInput(
            f"order {instance.order.id}: {instance.order.units} units at these values and weights are too "
            "much to compare plans to the micro",
            pointer="/lines",
            fix="Send the order in parts",
        )
    fixed = instance.labor_per_order + policy.extra_shipment_penalty + instance.rule_penalty
    cell = instance.labor_per_line + policy.split_line_penalty
    return Ranking(
        scale=scale,
        dominating=dominating,
        package_tie=package_tie,
        node_tie=node_tie,
        fixed=fixed * scale + (np.arange(count) + 1) * node_tie,
        unit=instance.handling[:, None] * scale * instance.picks,
        cell=cell * scale,
        lost=(instance.lost_value + dominating) * scale,
        split_rebate=policy.split_line_penalty * scale,
        shipment_rebate=policy.extra_shipment_penalty * scale,
        ways=ways_of(instance, Scales(scale, package_tie), measure),
    )


def _most_packages(instance: SourcingInstance) -> int:
    """Packages that no plan exceeds."""
    goods, demand = instance.goods, instance.demand
    grams, mm3 = exact_dot(goods.grams, demand), exact_dot(goods.mm3, demand)
    most = len(instance.nodes) + exact_dot(goods.apart, demand)
    if instance.services:
        most += grams // min(rate.package_limit_grams for rate in instance.services)
    volumes = [rate.package_limit_cm3 for rate in instance.services if rate.package_limit_cm3 is not None]
    if volumes:
        most += mm3 // (min(volumes) * MM3_PER_CM3)
    return most


def _worst(instance: SourcingInstance, packages: int) -> int:
    """A cost that no plan exceeds: every node ships, every line from everywhere, each unit at its dearest."""
    policy, goods, demand = instance.policy, instance.goods, instance.demand
    worst = exact_dot(demand, instance.lost_value)
    if instance.splitting is not None:
        worst += instance.splitting.dearest(demand)
    if instance.stock_prices is not None:
        worst += instance.stock_prices.dearest(demand)
    if not instance.services:
        return worst
    count, services = len(instance.nodes), instance.services
    emissions = [rate.co2e_prices(policy.co2e_price) for rate in services]
    fixed = instance.labor_per_order + policy.extra_shipment_penalty + instance.rule_penalty
    base = max(offer.rate.per_shipment + offer.lateness for offers in instance.offers for offer in offers)
    worst += count * (int(fixed.max()) + base)
    worst += packages * (max(r.per_package for r in services) + max(package for package, _ in emissions))
    heaviest = max(exact_dot(goods.billed(rate), demand) for rate in _one_per_divisor(services))
    worst += heaviest * max(rate.per_kg // 1000 for rate in services)
    worst += exact_dot(goods.grams, demand) * max(gram for _, gram in emissions)
    worst += exact_dot(goods.oversized, demand) * max(rate.per_oversized for rate in services)
    cell = int((instance.labor_per_line + policy.split_line_penalty).max())
    worst += int(np.minimum(demand, count).sum()) * cell
    return worst + exact_dot(demand, instance.picks) * int(instance.handling.max())


def _one_per_divisor(services: Sequence[Rate]) -> list[Rate]:
    return list({rate.dimensional_divisor: rate for rate in services}.values())
