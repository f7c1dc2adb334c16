"""Errors name the field and the fix, and carry their figures."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fulfillment.errors import (
    CapacityFull,
    FeedBehind,
    IllegalTransition,
    InsufficientStock,
    InvalidInput,
    NodewiseError,
    Refused,
    ReservationExpired,
    RevisionConflict,
    Shortage,
    UnknownReference,
)
from fulfillment.ids import NodeId, OrderId, SkuId
from fulfillment.supply import CapacityKey, SupplyKey

ORDER = OrderId("A-1")
KNOWN = ("KETTLE-17", "MUG-1", "PLATE-9")
MUG_AT_LEEDS = SupplyKey(SkuId("MUG-1"), NodeId("LDS1"))
LEEDS_TODAY = CapacityKey(NodeId("LDS1"), date(2026, 11, 21))


@pytest.mark.parametrize(
    ("typed", "meant"), [("KETTEL-17", "KETTLE-17"), ("MUG1", "MUG-1"), ("PLATE-99", "PLATE-9")]
)
def test_a_misspelled_name_is_answered_with_the_one_that_was_meant(typed: str, meant: str) -> None:
    error = UnknownReference("sku", typed, KNOWN, pointer="/lines/0/sku")
    assert error.detail == f'no sku named "{typed}"; did you mean {meant}?'
    assert error.pointer == "/lines/0/sku"
    assert error.fix


def test_a_name_like_no_other_gets_no_suggestion() -> None:
    error = UnknownReference("zone", "atlantis", KNOWN)
    assert error.detail == 'no zone named "atlantis"'


def test_nothing_is_suggested_where_nothing_is_known() -> None:
    assert UnknownReference("node", "LDS1", ()).detail == 'no node named "LDS1"'


def test_a_shortage_tells_what_was_wanted_and_what_is_there() -> None:
    shortages = (Shortage(MUG_AT_LEEDS, 4, 1),)
    error = InsufficientStock(shortages)
    assert error.detail == "SKU MUG-1: 4 wanted, 1 available at LDS1"
    assert error.shortages == shortages
    assert CapacityFull((Shortage(LEEDS_TODAY, 9, 2),)).detail == (
        "LDS1 on 2026-11-21: 9 units wanted, room for 2"
    )


def test_many_shortages_are_told_in_part_and_carried_in_full() -> None:
    error = InsufficientStock((Shortage(MUG_AT_LEEDS, 4, 1),) * 30)
    assert error.detail.count("MUG-1") == 5
    assert len(error.shortages) == 30


def test_a_late_confirmation_is_told_how_late_it_is() -> None:
    due = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    error = ReservationExpired(ORDER, due, due + timedelta(seconds=90))
    assert error.detail == "the reservation of order A-1 expired at 2026-11-21T12:00:00+00:00, 90 s ago"


def test_states_are_listed_once_and_in_order() -> None:
    error = IllegalTransition(ORDER, "shipped", ["reserved", "expired", "reserved"])
    assert error.detail == "order A-1 cannot be shipped: it is expired, reserved"
    assert IllegalTransition(ORDER, "shipped", []).detail.endswith("it is without any claim")


def test_every_refusal_has_a_fix_and_is_an_error_of_nodewise() -> None:
    due = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    refusals = [
        InsufficientStock((Shortage(MUG_AT_LEEDS, 4, 1),)),
        CapacityFull((Shortage(LEEDS_TODAY, 9, 2),)),
        RevisionConflict(ORDER, 1, 2),
        ReservationExpired(ORDER, due, due),
        IllegalTransition(ORDER, "shipped", ["reserved"]),
        FeedBehind("pos-lon1", first=1, last=1, waiting=1_000),
    ]
    own = {kind for kind in Refused.__subclasses__() if kind.__module__ == "fulfillment.errors"}
    assert {type(error) for error in refusals} == own
    for error in refusals:
        assert isinstance(error, NodewiseError)
        assert not isinstance(error, InvalidInput)
        assert error.detail
        assert error.fix
        assert str(error) == error.detail
