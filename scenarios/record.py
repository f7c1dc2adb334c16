"""What a replay leaves behind: one frozen record per order, and what the tills and the ledger say.

Data only; `measures` reckons with it, `replay` makes it.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime

from fulfillment.ids import OrderId, PolicyVersion
from fulfillment.money import Micros
from fulfillment.plan import Plan
from optimizer.sourcing import Engine, SolveStatus


@dataclass(frozen=True, slots=True)
class InState:
    """What a rule would have done with the same order in the same state."""

    rule: str
    unfilled_units: int
    objective: Micros


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One decided order.

    `plan` is what was shipped. Where nothing could be served, or not all of an order that is to be
    filled whole, the order was refused: `is_refused`, and every unit of the plan is unfilled.
    `status`, `engine`, bounds and `gap` are those of the outcome the plan came from.
    `seconds` is the time the decision took, if it was measured; it is no part of equality.
    """

    order: OrderId
    placed_at: datetime
    lines: int
    units: int
    plan: Plan
    status: SolveStatus
    engine: Engine
    bound: Micros
    gap: Micros
    unfilled_bound: int
    is_degraded: bool
    is_refused: bool
    in_state: tuple[InState, ...] = ()
    seconds: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ReplayRecord:
    """A whole replay.

    `walk_in_wanted` and `walk_in_sold` are units at store tills. `oversold_units` are units of firm
    claims that have no stock under them at the end, and `complaints` what the ledger's own audit finds:
    zero and none, or something is wrong.
    """

    decider: str
    title: str
    policy: PolicyVersion
    orders: tuple[OrderRecord, ...]
    walk_in_wanted: int
    walk_in_sold: int
    oversold_units: int
    complaints: tuple[str, ...]


def dearer_than_a_rule(record: ReplayRecord, *, may_give_up: bool = False) -> Iterator[str]:
    """A sentence for each order and rule that would have been better in the same state.

    Better is fewer unfilled units, or as many at a lower objective; with `may_give_up` a lower
    objective alone, for then the policy weighs lost units against cost.
    """
    for one in record.orders:
        ours = one.plan.unfilled_units, one.plan.objective
        for other in one.in_state:
            theirs = other.unfilled_units, other.objective
            if (theirs[1] < ours[1]) if may_give_up else (theirs < ours):
                yield (
                    f"order {one.order}: {other.rule} leaves {theirs[0]} units unfilled for {theirs[1]} "
                    f"micros, {record.title} {ours[0]} for {ours[1]}"
                )


def serialized(record: ReplayRecord) -> str:
    """The record as JSON lines, seconds left out: equal records give equal text, byte for byte."""
    head = {name: getattr(record, name) for name in ReplayRecord.__slots__ if name != "orders"}
    return "\n".join([_json(head), *(_json(_unmeasured(one)) for one in record.orders)]) + "\n"


def _unmeasured(one: OrderRecord) -> dict[str, object]:
    return {name: value for name, value in asdict(one).items() if name != "seconds"}


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, default=datetime.isoformat, ensure_ascii=False, separators=(",", ":"))
