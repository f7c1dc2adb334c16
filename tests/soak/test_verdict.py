"""The verdict on a crowd finds what it is there to find, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from fulfillment.ids import NodeId, OrderId, SkuId
from fulfillment.ledger.protocol import Entry
from fulfillment.supply import SupplyKey
from tests.soak import verdict

NOON = datetime(2011, 11, 21, 12, tzinfo=UTC)
ROW = SupplyKey(SkuId("cup"), NodeId("leeds"))


def books(*changes: tuple[str, int, int, int]) -> verdict.Books:
    """Each change is a verb, the second it was made at, and what it changed of quantity and reserved."""
    entries = [
        Entry(number, NOON + timedelta(seconds=second), verb, ROW, quantity, reserved, OrderId("A"), "")
        for number, (verb, second, quantity, reserved) in enumerate(changes, start=1)
    ]
    return verdict.Books(entries, revisions={}, states={}, complaints=())


ONE_CUP = ("open", 0, 1, 0)
HELD = ("reserve", 1, 0, 1)
SOLD_AT_THE_TILL = ("walk_in_sale", 2, -1, 0)


@pytest.mark.parametrize(
    ("changes", "complaints"),
    [
        pytest.param([ONE_CUP, HELD], 0, id="what was there"),
        pytest.param([ONE_CUP, HELD, ("reserve", 2, 0, 1)], 1, id="one cup to two"),
        pytest.param([ONE_CUP, HELD, SOLD_AT_THE_TILL], 0, id="a fact is no promise"),
        pytest.param(
            [ONE_CUP, HELD, SOLD_AT_THE_TILL, ("reassign", 3, 0, -1), ("reassign", 3, 0, 1)],
            0,
            id="one away and one there in a step",
        ),
        pytest.param(
            [ONE_CUP, HELD, SOLD_AT_THE_TILL, ("reassign", 3, 0, -1), ("reassign", 4, 0, 1)],
            1,
            id="one away, and in a later step one there",
        ),
    ],
)
def test_oversold_is_what_one_step_takes_beyond_what_is_there(
    changes: list[tuple[str, int, int, int]], complaints: int
) -> None:
    assert len(list(verdict.oversold(books(*changes)))) == complaints
