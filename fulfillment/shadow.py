"""Shadow mode in words: what the OMS would have done with an order, and what that costs beside Nodewise.

Data only. How a choice is priced, and a report made of many, is in `scenarios`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fulfillment.ids import LineId, NodeId, OrderId, PolicyVersion, ServiceId
from fulfillment.money import Micros
from fulfillment.plan import CostKind, Plan


@dataclass(frozen=True, slots=True)
class ChosenUnits:
    """Units of one line that the OMS ships from a node; by its cheapest service unless one is named."""

    line: LineId
    node: NodeId
    quantity: int
    service: ServiceId | None = None


class Against(StrEnum):
    """What the OMS's choice goes against."""

    STOCK = "stock"  # more units than are seen
    CAPACITY = "capacity"  # more units than the node's day has room for
    OFF = "off"  # a node that is off
    RULE = "rule"  # a hard rule of the policy
    ORDER = "order"  # what the order itself demands
    SERVICE = "service"  # goods that the carrier service may not carry
    OTHER = "other"  # what only a later release knows

    @classmethod
    def known(cls, word: str) -> "Against":
        """What a word stands for that was kept, by a later release perhaps."""
        return cls(word) if word in list(cls) else cls.OTHER


@dataclass(frozen=True, slots=True)
class Violation:
    """Something the OMS's choice does that Nodewise may not; `detail` says it in words."""

    against: Against
    detail: str
    node: NodeId | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceCost:
    """What a choice comes to: micros by kind of cost, and what it leaves and sends."""

    costs: Mapping[CostKind, Micros]
    unfilled_units: int
    packages: int
    shipments: int

    @classmethod
    def of(cls, plan: Plan) -> "ChoiceCost":
        costs: dict[CostKind, Micros] = {}
        for line in plan.cost_lines:
            costs[line.kind] = Micros(costs.get(line.kind, 0) + line.amount)
        return cls(costs, plan.unfilled_units, plan.packages, len(plan.shipments))


@dataclass(frozen=True, slots=True)
class OrderComparison:
    """One order, chosen for by the OMS (`baseline`) and by Nodewise in the same state.

    `priced` is Nodewise with prices of stock, where a price book was loaded.
    """

    order: OrderId
    decided_at: datetime
    channel: str
    zone: str
    policy: PolicyVersion
    units: int
    baseline: ChoiceCost
    nodewise: ChoiceCost
    violations: tuple[Violation, ...] = ()
    priced: ChoiceCost | None = None
