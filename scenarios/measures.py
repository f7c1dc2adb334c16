"""The measures of a replay: each named once, so that API, command line and notebooks say the same.

A measure is a sum over orders, or a sum divided by another; so it can be reckoned on any sample of
orders, which is how `comparison` finds its intervals. No latency here: seconds are no part of a record.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from fulfillment.plan import UnfilledReason
from optimizer.sourcing import Engine, SolveStatus
from scenarios.record import OrderRecord, ReplayRecord

Floats = NDArray[np.float64]


class Unit(StrEnum):
    """What a value is counted in; a share is between 0 and 1."""

    MONEY = "micros"
    COUNT = "count"
    RATE = "per order"
    SHARE = "share"


class Better(StrEnum):
    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Measure:
    """A sum of `part` over orders, divided by the sum of `whole` if there is one.

    `applies_to_rules` is false for what says nothing about a plan without a proof.
    """

    id: str
    name: str
    unit: Unit
    better: Better
    part: Callable[[OrderRecord], float]
    whole: Callable[[OrderRecord], float] | None = None
    applies_to_rules: bool = True

    def of(self, record: ReplayRecord) -> float | None:
        """The value over all orders; None where the measure does not apply, or there are no orders."""
        if not self.applies_to(record):
            return None
        whole = 1.0 if self.whole is None else sum(map(self.whole, record.orders))
        return sum(map(self.part, record.orders)) / whole if whole else None

    def applies_to(self, record: ReplayRecord) -> bool:
        return self.applies_to_rules or any(one.engine is not Engine.RULE for one in record.orders)


def _one(_: OrderRecord) -> float:
    return 1.0


def _unfilled(reason: UnfilledReason) -> Callable[[OrderRecord], float]:
    return lambda one: sum(missing.quantity for missing in one.plan.unfilled if missing.reason is reason)


UNITS = Measure("units", "Units ordered", Unit.COUNT, Better.NEITHER, lambda one: one.units)
CASH = Measure(
    "cash_per_order", "Cash cost per order", Unit.MONEY, Better.LOWER, lambda one: one.plan.cash, _one
)
LOST_MARGIN = Measure(
    "lost_margin_per_order",
    "Lost margin per order",
    Unit.MONEY,
    Better.LOWER,
    lambda one: one.plan.lost_margin,
    _one,
)
UNFILLED = Measure(
    "unfilled_units", "Unfilled units", Unit.COUNT, Better.LOWER, lambda one: one.plan.unfilled_units
)
FILL_RATE = Measure(
    "fill_rate",
    "Fill rate",
    Unit.SHARE,
    Better.HIGHER,
    lambda one: one.units - one.plan.unfilled_units,
    lambda one: one.units,
)
MEASURES: tuple[Measure, ...] = (
    Measure("orders", "Orders", Unit.COUNT, Better.NEITHER, _one),
    UNITS,
    CASH,
    LOST_MARGIN,
    Measure(
        "packages_per_order",
        "Packages per order",
        Unit.RATE,
        Better.LOWER,
        lambda one: one.plan.packages,
        _one,
    ),
    Measure(
        "shipments_per_order",
        "Shipments per order",
        Unit.RATE,
        Better.LOWER,
        lambda one: len(one.plan.shipments),
        _one,
    ),
    Measure("split_rate", "Split rate", Unit.SHARE, Better.LOWER, lambda one: one.plan.is_split, _one),
    UNFILLED,
    Measure(
        "unfilled_no_stock",
        "Unfilled units, no stock",
        Unit.COUNT,
        Better.LOWER,
        _unfilled(UnfilledReason.NO_STOCK),
    ),
    Measure(
        "unfilled_given_up",
        "Unfilled units, given up",
        Unit.COUNT,
        Better.LOWER,
        _unfilled(UnfilledReason.GIVEN_UP),
    ),
    FILL_RATE,
    Measure(
        "proven_share",
        "Orders proven to the penny",
        Unit.SHARE,
        Better.HIGHER,
        lambda one: one.status is SolveStatus.OPTIMAL,
        _one,
        applies_to_rules=False,
    ),
)
"""In the order they are shown."""


def measured(record: ReplayRecord) -> Mapping[str, float | None]:
    """Every measure of a record, by id."""
    return {measure.id: measure.of(record) for measure in MEASURES}


def orders_by_engine(record: ReplayRecord) -> Mapping[Engine, int]:
    """How many orders each engine decided, in the order of `Engine`; engines without any are left out."""
    counted = Counter(one.engine for one in record.orders)
    return {engine: counted[engine] for engine in Engine if counted[engine]}
