"""What comes out of a review: a proposal per item, each with its reason as data and as one clause."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from fulfillment.ids import NodeId, SkuId
from fulfillment.money import Micros


class Engine(StrEnum):
    """Who proposed: the cost-minimizing base-stock, or a rule that other systems use."""

    BASE_STOCK = "base_stock"
    MIN_MAX = "min_max"
    SAFETY_FACTOR = "safety_factor"


class ReasonKind(StrEnum):
    """Why this number of cases and no other."""

    ENOUGH = "enough"  # the inventory position reaches the level: nothing to order
    UP_TO_LEVEL = "up_to_level"  # the fewest whole cases that reach the level
    LAST_CASE_DEARER = "last_case_dearer"  # a case fewer than reaches the level: that case would cost more
    ABOVE_MINIMUM = "above_minimum"  # min/max: below the maximum, but not yet below the minimum


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a proposal is what it is.

    Parameters
    ----------
    cover_days
        Inventory position / mean demand per day; None if no demand is expected, below 0 if units are
        owed.
    level
        Order-up-to level, units.
    covered
        Probability that demand until `last_day` is at most `level`.
    last_day
        Last day of the protection interval.
    next_case_saves
        What one more case would take off the expected cost, micros; below 0 it would add.
    """

    kind: ReasonKind
    cover_days: float | None
    level: int
    covered: float
    last_day: date
    cases: int
    case_pack: int
    next_case_saves: Micros

    @property
    def sentence(self) -> str:
        """One clause: "now 2.1 days of cover; demand to 14 Apr is at most 46 with 95 %; 3 cases of 12"."""
        return f"{self._cover()}; {self._demand()}; {self._order()}"

    def _cover(self) -> str:
        if self.cover_days is None:
            return "no demand expected"
        return f"now {self.cover_days:,.1f} days of cover"

    def _demand(self) -> str:
        day = f"{self.last_day.day} {self.last_day:%b}"
        percent = min(int(1000 * self.covered) / 10, 99.9)  # never rounded up to a certainty
        return f"demand to {day} is at most {self.level:,} with {percent:g} %"

    def _order(self) -> str:
        if self.kind is ReasonKind.ENOUGH:
            return "nothing to order"
        if self.kind is ReasonKind.ABOVE_MINIMUM:
            return "not below the minimum, nothing to order"
        cases = f"{self.cases:,} case{'' if self.cases == 1 else 's'} of {self.case_pack}"
        if self.kind is ReasonKind.LAST_CASE_DEARER and self.cases == 0:
            return f"a case of {self.case_pack} would cost more than it saves"
        if self.kind is ReasonKind.LAST_CASE_DEARER:
            return f"{cases}, one more costs more than it saves"
        return cases


@dataclass(frozen=True, slots=True)
class Proposal:
    """Order `units` (whole cases) of a sku for a node; zero is an answer too.

    `expected_cost` is holding + shortage over the protection interval with this order, micros.
    """

    sku: SkuId
    node: NodeId
    cases: int
    units: int
    expected_cost: Micros
    reason: Reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """Proposals in the order of the items.

    Items share nothing here, so the base-stock engine's answer is optimal item by item: its
    `lower_bound` is its cost. A rule has no bound of its own (None).
    """

    engine: Engine
    proposals: tuple[Proposal, ...]
    lower_bound: Micros | None

    @property
    def expected_cost(self) -> Micros:
        return Micros(sum(proposal.expected_cost for proposal in self.proposals))
