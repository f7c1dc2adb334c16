"""Comparisons of the OMS's choices with Nodewise's: one row for each order, the latest.

A later release may keep kinds of costs, and things a choice goes against, that are not known here: while it
takes over, and after going back to this one. They are read as other ones, and stay as they were kept.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, exists, func, select

from fulfillment.ids import OrderId, PolicyVersion
from fulfillment.money import Micros
from fulfillment.plan import CostKind
from fulfillment.shadow import Against, ChoiceCost, OrderComparison, Violation
from storage.dialects import upsert
from storage.schema.orders import sales_order
from storage.schema.shadow import order_comparison

_ROWS_AT_ONCE = 5_000


class Comparisons:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, one: OrderComparison) -> None:
        """Keep a comparison, in place of the order's earlier one; of two at once the later write counts."""
        row = {
            "order_id": one.order,
            "decided_at": one.decided_at,
            "channel": one.channel,
            "zone": one.zone,
            "policy": one.policy,
            "units": one.units,
            "baseline": asdict(one.baseline),
            "nodewise": asdict(one.nodewise),
            "priced": None if one.priced is None else asdict(one.priced),
            "violations": [asdict(violation) for violation in one.violations],
        }
        upsert(self._connection, order_comparison, [row])

    def between(
        self, start: datetime | None, end: datetime | None, *, channel: str | None = None
    ) -> Iterator[OrderComparison]:
        """Those decided from `start` to before `end`, in order of time and id."""
        t = order_comparison.c
        query = select(order_comparison).order_by(t.decided_at, t.order_id)
        if start is not None:
            query = query.where(t.decided_at >= start)
        if end is not None:
            query = query.where(t.decided_at < end)
        if channel is not None:
            query = query.where(t.channel == channel)
        for row in self._connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}):
            yield _comparison(row._mapping)

    def count_never_held(self, before: datetime) -> int:
        """How many were decided before an instant, of orders that are not kept themselves."""
        query = select(func.count()).select_from(order_comparison).where(_never_held(before))
        return int(self._connection.execute(query).scalar_one())

    def purge_never_held(self, before: datetime) -> int:
        """Forget them; the others go with their order."""
        return self._connection.execute(delete(order_comparison).where(_never_held(before))).rowcount


def _never_held(before: datetime) -> ColumnElement[bool]:
    is_kept = exists().where(sales_order.c.id == order_comparison.c.order_id)
    return and_(order_comparison.c.decided_at < before, ~is_kept)


def _comparison(row: RowMapping) -> OrderComparison:
    return OrderComparison(
        order=OrderId(row["order_id"]),
        decided_at=row["decided_at"],
        channel=row["channel"],
        zone=row["zone"],
        policy=PolicyVersion(row["policy"]),
        units=row["units"],
        baseline=_cost(row["baseline"]),
        nodewise=_cost(row["nodewise"]),
        priced=None if row["priced"] is None else _cost(row["priced"]),
        violations=tuple(map(_violation, row["violations"])),
    )


def _cost(kept: Mapping[str, Any]) -> ChoiceCost:
    costs = Counter[CostKind]()
    for kind, micros in kept["costs"].items():
        costs[CostKind.known(kind)] += micros
    return ChoiceCost(
        {kind: Micros(micros) for kind, micros in costs.items()},
        unfilled_units=kept["unfilled_units"],
        packages=kept["packages"],
        shipments=kept["shipments"],
    )


def _violation(kept: Mapping[str, Any]) -> Violation:
    return Violation(Against.known(kept["against"]), kept["detail"], kept["node"], kept["rule"])
