"""Items as columns, and what every engine needs of them: expected cost and the written proposal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

import numpy as np

from fulfillment.money import Micros
from optimizer.replenishment.demand import (
    FloatArray,
    IntArray,
    expected_short,
    probability_covered,
    quantile,
)
from optimizer.replenishment.instance import Instance, Item
from optimizer.replenishment.outcome import Proposal, Reason, ReasonKind


@dataclass(frozen=True, slots=True)
class Columns:
    """The items of an instance as arrays of shape (items,), so that 100,000 are one calculation."""

    position: IntArray
    case_pack: IntArray
    holding_cost: FloatArray
    shortage_cost: FloatArray
    mean: FloatArray
    variance: FloatArray
    protection_days: IntArray

    @classmethod
    def of(cls, instance: Instance) -> Self:
        items = instance.items
        return cls(
            position=np.array([item.position(instance.today) for item in items], dtype=np.int64),
            case_pack=np.array([item.case_pack for item in items], dtype=np.int64),
            holding_cost=np.array([item.holding_cost for item in items], dtype=np.float64),
            shortage_cost=np.array([item.shortage_cost for item in items], dtype=np.float64),
            mean=np.array([item.demand.mean for item in items], dtype=np.float64),
            variance=np.array([item.demand.variance for item in items], dtype=np.float64),
            protection_days=np.array([item.protection_days for item in items], dtype=np.int64),
        )

    @property
    def critical_ratio(self) -> FloatArray:
        """shortage / (shortage + holding): the probability of covering demand that costs least."""
        return self.shortage_cost / (self.shortage_cost + self.holding_cost)

    def level_at(self, probability: FloatArray) -> IntArray:
        """The stock that covers the interval's demand with `probability`."""
        return quantile(self.mean, self.variance, probability)


def expected_cost(columns: Columns, cases: IntArray) -> FloatArray:
    """Expected holding + shortage cost with `cases` ordered, micros, shape (items,)."""
    stock = (columns.position + cases * columns.case_pack).astype(np.float64)
    short = expected_short(columns.mean, columns.variance, stock)
    left = stock - columns.mean + short  # (y - D)+ = y - D + (D - y)+
    cost: FloatArray = columns.holding_cost * left + columns.shortage_cost * short
    return cost


def propose(
    instance: Instance, columns: Columns, *, level: IntArray, cases: IntArray, kinds: Sequence[ReasonKind]
) -> tuple[Proposal, ...]:
    """Write the proposals with their reasons; amounts are rounded to whole micros here and only here."""
    cost = np.rint(expected_cost(columns, cases)).astype(np.int64)
    one_more = np.rint(expected_cost(columns, cases + 1)).astype(np.int64)
    covered = probability_covered(columns.mean, columns.variance, level.astype(np.float64))
    rows = zip(
        instance.items,
        kinds,
        columns.position.tolist(),
        level.tolist(),
        covered.tolist(),
        cases.tolist(),
        cost.tolist(),
        one_more.tolist(),
        strict=True,
    )
    return tuple(
        Proposal(
            sku=item.sku,
            node=item.node,
            cases=count,
            units=count * item.case_pack,
            expected_cost=Micros(now),
            reason=Reason(
                kind=kind,
                cover_days=_cover_days(item, position),
                level=up_to,
                covered=probability,
                last_day=instance.today + timedelta(days=item.protection_days - 1),
                cases=count,
                case_pack=item.case_pack,
                next_case_saves=Micros(now - then),
            ),
        )
        for item, kind, position, up_to, probability, count, now, then in rows
    )


def _cover_days(item: Item, position: int) -> float | None:
    if item.demand.mean == 0:
        return None
    return position * item.protection_days / item.demand.mean
