"""A decision as answered, read back as a plan."""

from api.demo.wire import plan_from
from fulfillment.ids import LineId, SkuId
from fulfillment.plan import Unfilled, UnfilledReason


def test_units_left_for_a_full_day_are_no_stock_to_a_plan_as_they_are_in_process() -> None:
    parts = (("no_stock", 2), ("no_capacity", 3), ("given_up", 1))
    unfilled = [{"line": "1", "sku": "M-01", "quantity": units, "reason": why} for why, units in parts]
    plan = plan_from({"shipments": [], "unfilled": unfilled, "cost_lines": []})
    assert plan.unfilled == (
        Unfilled(LineId("1"), SkuId("M-01"), 5, UnfilledReason.NO_STOCK),
        Unfilled(LineId("1"), SkuId("M-01"), 1, UnfilledReason.GIVEN_UP),
    )
