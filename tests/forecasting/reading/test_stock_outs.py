"""Empty shelves: from the ledger's book or a table to flags on the weeks of a frame."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from forecasting.history import AT_LEAST, MASKED, OBSERVED, Grain
from forecasting.reading.frame import read_frame
from forecasting.reading.stock_out_lines import read_stock_outs
from forecasting.reading.stock_outs import StockLevel, flag_stock_outs, levels_of, stock_outs_of
from fulfillment.errors import InvalidInput
from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId
from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Entry, Selection, Wanted
from fulfillment.supply import SupplyKey, SupplyRow

MONDAY = date(2011, 5, 9)  # the first of three weeks of the frame below


@pytest.fixture
def three_weeks(make_frame):
    return make_frame({"a|x": [1, 2, 3], "b|x": [4, 5, 6]})


def _out(since: str, until: str | None, cause: str, *, sku: str = "a") -> dict[str, object]:
    return {
        "sku": sku,
        "place": "x",
        "from": pd.Timestamp(since),
        "until": pd.NaT if until is None else pd.Timestamp(until),
        "cause": cause,
    }


def _flags(frame: pd.DataFrame, *outs: dict[str, object], **others) -> list[int]:
    return read_frame(flag_stock_outs(frame, read_stock_outs(pd.DataFrame(outs)), **others)).state.tolist()


def test_supply_masks_a_week_and_demand_makes_it_a_lower_bound(three_weeks):
    flags = _flags(
        three_weeks,
        _out("2011-05-10", "2011-05-13", "supply"),
        _out("2011-05-20", "2011-05-23", "demand"),
        _out("2011-05-01", "2011-05-15", "supply", sku="b"),
        _out("2011-05-01", "2011-05-15", "supply", sku="not sold"),
    )
    assert flags == [MASKED, AT_LEAST, OBSERVED, MASKED, OBSERVED, OBSERVED]


def test_a_stock_out_over_weeks_flags_all_and_one_that_goes_on_flags_to_the_end(three_weeks):
    assert _flags(three_weeks, _out("2011-05-16", None, "supply"))[:3] == [OBSERVED, MASKED, MASKED]


@pytest.mark.parametrize(
    ("until", "share", "flag"),
    [
        ("2011-05-16 23:59", 1 / 7, OBSERVED),
        ("2011-05-17 00:00", 1 / 7, MASKED),
        ("2011-05-19 11:59", 0.5, OBSERVED),
        ("2011-05-19 12:00", 0.5, MASKED),
        ("2011-05-22 23:59", 1.0, OBSERVED),
        ("2011-05-23 00:00", 1.0, MASKED),
    ],
)
def test_a_week_is_flagged_from_the_share_of_its_hours_on(until, share, flag, three_weeks):
    assert _flags(three_weeks, _out("2011-05-16", until, "supply"), share=share)[1] == flag


def test_short_times_in_one_week_add_up_and_any_demand_makes_it_a_bound(three_weeks):
    short = [
        _out("2011-05-16", "2011-05-16 12:00", "supply"),
        _out("2011-05-18", "2011-05-18 12:00", "demand"),
    ]
    assert _flags(three_weeks, *short)[1] == AT_LEAST
    assert _flags(three_weeks, *short[:1])[1] == OBSERVED


def test_days_are_flagged_day_by_day():
    frame = pd.DataFrame({"unique_id": "a|x", "ds": pd.date_range("2011-05-20", periods=4), "y": 1})
    outs = read_stock_outs(pd.DataFrame([_out("2011-05-21 12:00", "2011-05-23 01:00", "supply")]))
    flagged = flag_stock_outs(frame, outs, grain=Grain.DAY, share=0.5)
    assert flagged["stocked_out"].tolist() == [False, True, True, False]
    assert not flagged["sold_out"].any()


def test_no_stock_outs_flag_nothing_and_an_empty_frame_stays_empty(three_weeks):
    none = stock_outs_of([])
    assert read_frame(flag_stock_outs(three_weeks, none)).observed.all()
    assert len(flag_stock_outs(three_weeks.iloc[:0], none)) == 0


@pytest.mark.parametrize("share", [0, -1, 1.01, float("nan")])
def test_a_share_that_cannot_be_meant_is_refused(share, three_weeks):
    with pytest.raises(InvalidInput, match="is not above 0 and at most 1"):
        flag_stock_outs(three_weeks, stock_outs_of([]), share=share)


# --- the table -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("outs", "said"),
    [
        ([_out("2011-05-16", "2011-05-16", "supply")], "row 0: a|x is out of stock until"),
        (
            [_out("2011-05-16", None, "supply"), _out("2011-05-20", None, "demand")],
            "rows 0 and 1: a|x is out of stock twice",
        ),
        (
            [_out("2011-05-16", "2011-05-19", "supply"), _out("2011-05-15", "2011-05-17", "demand")],
            "rows 1 and 0: a|x is out of stock twice",
        ),
        ([_out("2011-05-16", None, "theft")], 'row 0  column cause  "theft": supply or demand'),
        ([_out("NaT", None, "supply")], "row 0  column from  NaT"),
        ([{**_out("2011-05-16", None, "supply"), "why": 1}], "column why is not used"),
    ],
)
def test_stock_outs_that_cannot_be_meant_are_refused(outs, said):
    with pytest.raises(InvalidInput) as caught:
        read_stock_outs(pd.DataFrame(outs))
    assert said in caught.value.detail


def test_instants_with_an_offset_become_local_time():
    out = {**_out("2011-05-16T23:30Z", "2011-05-17T23:30Z", "supply")}
    outs = read_stock_outs(pd.DataFrame([out]), zones={"x": "Europe/London"})
    assert outs.start.tolist() == [pd.Timestamp(2011, 5, 17, 0, 30)]
    with pytest.raises(InvalidInput, match="no time zone is known of place x"):
        read_stock_outs(pd.DataFrame([out]))


# --- the ledger ----------------------------------------------------------------------------------------
ZONES = {"N1": "Europe/London"}
SHELF = SupplyKey(SkuId("K"), NodeId("N1"))


def _at(day: int, hour: int = 12) -> datetime:
    return datetime(2011, 5, day, hour, tzinfo=UTC)


@pytest.fixture
def ledger():
    """Ten units on the shelf since the ninth."""
    ledger = InMemoryLedger()
    ledger.set_supply([SupplyRow(SHELF, 10)], now=_at(9))
    return ledger


def _adjust(ledger: InMemoryLedger, kind: AdjustKind, units: int, day: int) -> None:
    ledger.adjust([Adjustment(SHELF, kind, units)], now=_at(day))


def _outs(ledger: InMemoryLedger) -> list[tuple[datetime, datetime | None, bool]]:
    outs = stock_outs_of(levels_of(ledger.entries()), zones=ZONES)
    assert set(outs.ids) <= {"K|N1"}
    return list(zip(outs.start.tolist(), outs.until.tolist(), outs.by_demand, strict=True))


def _local(day: int) -> datetime:
    return _at(day).replace(tzinfo=None) + timedelta(hours=1)  # summer time


def test_a_shelf_that_the_till_emptied_was_emptied_by_demand(ledger):
    _adjust(ledger, AdjustKind.WALK_IN_SALE, 4, 10)
    _adjust(ledger, AdjustKind.WALK_IN_SALE, 6, 11)
    _adjust(ledger, AdjustKind.CORRECTION, 5, 14)
    assert _outs(ledger) == [(_local(11), _local(14), True)]


@pytest.mark.parametrize(("kind", "units"), [(AdjustKind.DAMAGE, 10), (AdjustKind.COUNT, 0)])
def test_a_shelf_that_damage_or_a_count_emptied_was_emptied_by_supply(kind, units, ledger):
    _adjust(ledger, kind, units, 11)
    assert _outs(ledger) == [(_local(11), None, False)]


def test_what_is_reserved_is_not_free_and_a_canceled_order_frees_it(ledger):
    order = OrderId("1")
    wanted = Wanted(LineId("1"), SHELF, 10, ServiceId("ground"))
    ledger.reserve(order, [wanted], expires_at=None, now=_at(11))
    ledger.cancel(Selection(order), now=_at(13))
    _adjust(ledger, AdjustKind.DAMAGE, 3, 14)
    assert _outs(ledger) == [(_local(11), _local(13), True)]


def test_what_ships_was_gone_when_it_was_reserved(ledger):
    order = OrderId("1")
    wanted = Wanted(LineId("1"), SHELF, 10, ServiceId("ground"))
    ledger.reserve(order, [wanted], expires_at=None, now=_at(11))
    ledger.send_to_node(Selection(order), now=_at(12))
    ledger.pick(Selection(order), now=_at(12))
    ledger.ship(Selection(order), now=_at(13))
    assert _outs(ledger) == [(_local(11), None, True)]


def test_stock_of_another_pool_is_stock_and_damaged_or_coming_stock_is_none(ledger):
    pool = SHELF._replace(pool="marketplace")
    coming = SHELF._replace(source="PO-1", earliest=date(2011, 6, 1))
    ledger.set_supply([SupplyRow(pool, 1), SupplyRow(coming, 50)], now=_at(10))
    _adjust(ledger, AdjustKind.DAMAGE, 10, 11)
    assert _outs(ledger) == []
    ledger.adjust([Adjustment(pool, AdjustKind.WALK_IN_SALE, 1)], now=_at(12))
    assert _outs(ledger) == [(_local(12), None, True)]


def test_a_shelf_that_was_never_filled_and_one_empty_for_no_time_are_not_out_of_stock():
    levels = [
        StockLevel(SkuId("a"), "x", _at(10), 0, by_demand=False),
        StockLevel(SkuId("b"), "x", _at(10), 5, by_demand=False),
        StockLevel(SkuId("b"), "x", _at(11), 0, by_demand=True),
        StockLevel(SkuId("b"), "x", _at(11), 3, by_demand=False),
    ]
    assert stock_outs_of(levels, zones={"x": "UTC"}).ids == ()


def test_the_book_flags_the_weeks_of_a_frame(ledger):
    _adjust(ledger, AdjustKind.WALK_IN_SALE, 10, 12)
    _adjust(ledger, AdjustKind.CORRECTION, 8, 16)
    _adjust(ledger, AdjustKind.DAMAGE, 8, 24)
    days = pd.date_range(MONDAY, periods=3, freq="7D")
    frame = pd.DataFrame({"unique_id": "K|N1", "ds": days, "y": [10, 0, 3]})
    outs = stock_outs_of(levels_of(ledger.entries()), zones=ZONES)
    state = read_frame(flag_stock_outs(frame, outs)).state
    assert np.array_equal(state, [AT_LEAST, OBSERVED, MASKED])


def test_the_hour_that_a_clock_goes_through_twice_counts_once():
    back = datetime(2011, 10, 30, tzinfo=UTC)  # London's clock goes from 02:00 to 01:00 at 01:00 UTC
    minutes = {30: 0, 70: 5, 75: 0, 180: 5}  # 01:30 to 01:10, and from 01:15 to 03:00
    levels = [
        StockLevel(SkuId("a"), "x", back + timedelta(minutes=at), units, True)
        for at, units in {0: 5, **minutes}.items()
    ]
    outs = stock_outs_of(levels, zones={"x": "Europe/London"})
    assert outs.start.astype(str).tolist() == ["2011-10-30T01:30:00.000000"]
    assert outs.until.astype(str).tolist() == ["2011-10-30T03:00:00.000000"]


def test_entries_of_transactions_at_once_stand_in_the_order_they_were_written():
    at = datetime(2011, 5, 9, tzinfo=UTC)
    row = SupplyKey(SkuId("a"), NodeId("x"))
    entries = [
        Entry(number, at + timedelta(hours=hour), "correction", row, change, 0, None, "")
        for number, (hour, change) in enumerate([(0, 5), (2, -5), (4, 1), (3, -1), (9, 2)])
    ]
    levels = list(levels_of(entries))
    assert [(level.at - at) / timedelta(hours=1) for level in levels] == [0, 2, 4, 4, 9]
    outs = stock_outs_of(levels, zones={"x": "UTC"})
    assert ((outs.until - outs.start) / np.timedelta64(1, "h")).tolist() == [2, 5]
