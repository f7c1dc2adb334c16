"""Records made by hand, for measures and comparisons that can be reckoned on paper."""

from datetime import UTC, datetime

from fulfillment.ids import LineId, NodeId, OrderId, PolicyVersion, ServiceId, SkuId
from fulfillment.money import MICROS_PER_MAJOR, Micros
from fulfillment.plan import (
    CostKind,
    CostLine,
    Plan,
    PlannedShipment,
    PlannedUnits,
    Unfilled,
    UnfilledReason,
)
from optimizer.sourcing import Engine, SolveStatus
from scenarios.record import OrderRecord, ReplayRecord


def order_record(
    name: str,
    *,
    cash: float = 5.0,
    lost: float = 0.0,
    shipments: int = 1,
    packages: int = 1,
    units: int = 10,
    no_stock: int = 0,
    given_up: int = 0,
    engine: Engine = Engine.SUBSETS,
    status: SolveStatus = SolveStatus.OPTIMAL,
) -> OrderRecord:
    """One order; `cash` and `lost` in pounds, `packages` in each of the shipments."""
    left = {UnfilledReason.NO_STOCK: no_stock, UnfilledReason.GIVEN_UP: given_up}
    plan = Plan(
        shipments=tuple(
            PlannedShipment(
                NodeId(f"n{k}"),
                ServiceId("parcel"),
                packages,
                100,
                (PlannedUnits(LineId("1"), SkuId("s"), 1),),
            )
            for k in range(shipments)
        ),
        unfilled=tuple(Unfilled(LineId("1"), SkuId("s"), n, why) for why, n in left.items() if n),
        cost_lines=(
            CostLine(CostKind.PACKAGES, _pounds(cash), NodeId("n0")),
            CostLine(CostKind.LOST_MARGIN, _pounds(lost)),
            CostLine(CostKind.EXTRA_SHIPMENT, _pounds(0.5)),
        ),
    )
    return OrderRecord(
        order=OrderId(name),
        placed_at=datetime(2011, 3, 7, 10, tzinfo=UTC),
        lines=1,
        units=units,
        plan=plan,
        status=status,
        engine=engine,
        bound=plan.objective,
        gap=Micros(0),
        unfilled_bound=no_stock,
        is_degraded=False,
        is_refused=False,
    )


def replay_record(title: str, *orders: OrderRecord) -> ReplayRecord:
    return ReplayRecord(
        decider=title.lower(),
        title=title,
        policy=PolicyVersion("default"),
        orders=orders,
        walk_in_wanted=0,
        walk_in_sold=0,
        oversold_units=0,
        complaints=(),
    )


def _pounds(amount: float) -> Micros:
    return Micros(round(amount * MICROS_PER_MAJOR))
