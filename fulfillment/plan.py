"""A plan: who ships what, in how many packages, at what cost. Proposed, not yet firm."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from fulfillment.ids import LineId, NodeId, ServiceId, SkuId
from fulfillment.money import Micros
from fulfillment.timing import Dates


class CostKind(StrEnum):
    """What a cost line stands for: cash is billed, steering only guides the choice, lost margin is neither.

    Lost margin is margin not earned with unfilled units.
    """

    PACKAGES = "packages"
    WEIGHT = "weight"
    LABOR = "labor"
    LOST_MARGIN = "lost_margin"
    EXTRA_SHIPMENT = "extra_shipment"
    SPLIT_LINE = "split_line"
    RULE = "rule"
    SURCHARGE = "surcharge"
    STOCK = "stock"
    LOAD = "load"
    REPICK = "repick"
    LATENESS = "lateness"
    CO2E = "co2e"
    OTHER = "other"  # of a later release, which alone knows whether it is billed

    @classmethod
    def known(cls, word: str) -> "CostKind":
        """The kind of a word that was kept, by a later release perhaps."""
        return cls(word) if word in list(cls) else cls.OTHER

    @property
    def is_cash(self) -> bool:
        return self in (CostKind.PACKAGES, CostKind.WEIGHT, CostKind.SURCHARGE, CostKind.LABOR)

    @property
    def is_steering(self) -> bool:
        return not self.is_cash and self not in (CostKind.LOST_MARGIN, CostKind.OTHER)


class UnfilledReason(StrEnum):
    """Why units are not in the plan.

    `NO_STOCK`: there are none at a node that may ship them today; a node that is off, or whose day is
    full, does not count. `GIVEN_UP`: to leave them out costs less by the policy.
    """

    NO_STOCK = "no_stock"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class CostLine:
    """One addend of a plan's objective; `node` is None for what belongs to the order as a whole.

    `rule` names the soft rule that a shipment, or the order's split, goes against.
    """

    kind: CostKind
    amount: Micros
    node: NodeId | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class PlannedUnits:
    """Units of one order line taken from one node."""

    line: LineId
    sku: SkuId
    quantity: int


@dataclass(frozen=True, slots=True)
class PlannedShipment:
    """What leaves one node together, by one carrier service; weight in grams.

    `billed_grams` is what its weight is charged for; `dates` are None where the service names no transit.
    """

    node: NodeId
    service: ServiceId
    packages: int
    weight_grams: int
    units: tuple[PlannedUnits, ...]
    billed_grams: int = 0
    co2e_grams: int = 0
    dates: Dates | None = None


@dataclass(frozen=True, slots=True)
class Unfilled:
    """Units of one line that the plan does not ship, for one reason."""

    line: LineId
    sku: SkuId
    quantity: int
    reason: UnfilledReason


@dataclass(frozen=True, slots=True)
class Plan:
    """Shipments in order of node id, unfilled units by line and reason, cost lines that add up."""

    shipments: tuple[PlannedShipment, ...]
    unfilled: tuple[Unfilled, ...]
    cost_lines: tuple[CostLine, ...]

    @property
    def objective(self) -> Micros:
        return total(self.cost_lines)

    @property
    def cash(self) -> Micros:
        """What is billed: freight and labor."""
        return total(c for c in self.cost_lines if c.kind.is_cash)

    @property
    def lost_margin(self) -> Micros:
        return total(c for c in self.cost_lines if c.kind is CostKind.LOST_MARGIN)

    @property
    def packages(self) -> int:
        return sum(shipment.packages for shipment in self.shipments)

    @property
    def unfilled_units(self) -> int:
        return sum(missing.quantity for missing in self.unfilled)

    @property
    def is_split(self) -> bool:
        return len(self.shipments) > 1


def total(lines: Iterable[CostLine]) -> Micros:
    """Sum of cost lines."""
    return Micros(sum(line.amount for line in lines))
