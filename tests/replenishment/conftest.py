"""Small items to order for."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import strategies as st

from fulfillment.ids import NodeId, SkuId
from fulfillment.money import Micros
from optimizer.replenishment.demand import IntervalDemand
from optimizer.replenishment.instance import Inbound, Instance, Item

TODAY = date(2026, 4, 2)


@pytest.fixture(scope="session")
def today() -> date:
    return TODAY


@pytest.fixture(scope="session")
def make_item() -> Callable[..., Item]:
    """An item with everything given a plain value, to change one at a time."""

    def make(**changes: object) -> Item:
        plain: dict[str, object] = {
            "sku": SkuId("mug"),
            "node": NodeId("leeds"),
            "on_hand": 0,
            "lead_time_days": 5,
            "review_days": 7,
            "case_pack": 1,
            "holding_cost": Micros(1_000_000),
            "shortage_cost": Micros(4_000_000),
            "demand": IntervalDemand(6.0, 6.0),
        }
        return Item(**{**plain, **changes})  # type: ignore[arg-type]

    return make


@st.composite
def _instances(draw: st.DrawFn) -> Instance:
    items = []
    for index in range(draw(st.integers(1, 4))):
        mean = draw(st.one_of(st.just(0.0), st.floats(0.01, 60)))
        inbound = [
            Inbound(date.fromordinal(TODAY.toordinal() + draw(st.integers(-3, 25))), draw(st.integers(1, 20)))
            for _ in range(draw(st.integers(0, 2)))
        ]
        item = Item(
            sku=SkuId(f"sku{index}"),
            node=NodeId("leeds"),
            on_hand=draw(st.integers(0, 60)),
            backordered=draw(st.integers(0, 10)),
            inbound=tuple(inbound),
            lead_time_days=draw(st.integers(0, 14)),
            review_days=draw(st.integers(1, 14)),
            case_pack=draw(st.sampled_from([1, 2, 6, 12, 48])),
            holding_cost=Micros(draw(st.integers(1, 5_000_000))),
            shortage_cost=Micros(draw(st.integers(1, 50_000_000))),
            demand=IntervalDemand(mean, mean * draw(st.one_of(st.just(1.0), st.floats(0.5, 20)))),
        )
        items.append(item)
    return Instance(TODAY, tuple(items))


@pytest.fixture(scope="session")
def instances() -> st.SearchStrategy[Instance]:
    return _instances()
