"""The comparison grammar: values, differences, intervals, four words, one sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.errors import InvalidInput
from optimizer.sourcing import Engine, SolveStatus
from scenarios.comparison import Cell, Comparison, NoInterval, Verdict, compare, sentence
from scenarios.measures import CASH, MEASURES, UNFILLED
from scenarios.record import ReplayRecord
from tests.scenarios.records import order_record, replay_record

ORDERS = 40
LIVE = replay_record("Live", *(order_record(str(i), cash=5.0 + i % 3) for i in range(ORDERS)))


def _changed(title: str, *, cash: float = 0.0, no_stock: int = 0) -> ReplayRecord:
    """Live, with every order's cash changed by about `cash` and units of the first order unfilled."""
    return replay_record(
        title,
        *(
            order_record(
                str(i),
                cash=5.0 + i % 3 + cash * (1 + 0.5 * (i % 2)) / 1.25,
                no_stock=no_stock if i % 4 == 0 else 0,
            )
            for i in range(ORDERS)
        ),
    )


def _cash(*records: ReplayRecord) -> Cell:
    return compare(records, seed=1).cell(CASH, 1)


def test_rows_are_measures_and_column_one_is_the_reference() -> None:
    comparison = compare([LIVE, _changed("Cheaper", cash=-1.0)], seed=1)
    assert comparison.columns == ("Live", "Cheaper")
    assert [row.measure for row in comparison.rows] == list(MEASURES)
    assert comparison.cell(CASH, 0) == Cell(comparison.cell(CASH, 0).value)


def test_a_clear_saving_is_better_and_a_clear_cost_is_worse() -> None:
    cheaper, dearer = _cash(LIVE, _changed("Cheaper", cash=-1.0)), _cash(LIVE, _changed("Dearer", cash=1.0))
    assert cheaper.difference == pytest.approx(-1_000_000)
    assert (cheaper.verdict, dearer.verdict) == (Verdict.BETTER, Verdict.WORSE)
    assert cheaper.low is not None
    assert cheaper.high is not None
    assert cheaper.low < -1_000_000 < cheaper.high < 0


def test_the_interval_is_that_of_paired_differences() -> None:
    # Orders differ by pounds, the pairs by pennies: unpaired, the saving would drown.
    cell = _cash(LIVE, _changed("A little cheaper", cash=-0.02))
    assert cell.verdict is Verdict.BETTER


def test_same_means_exactly_no_difference() -> None:
    comparison = compare([LIVE, _changed("Twin")], seed=1)
    assert {row.cells[1].verdict for row in comparison.rows} == {Verdict.SAME}
    assert sentence(comparison, 1, currency="£") == "Twin costs the same per order as Live"


def test_a_difference_that_hangs_on_one_order_is_not_sure() -> None:
    orders = [order_record(str(i), cash=5.0 + i % 3) for i in range(ORDERS)]
    orders[3] = order_record("3", cash=1.0)
    cell = _cash(LIVE, replay_record("Lucky", *orders))
    assert cell.difference is not None
    assert cell.difference < 0
    assert cell.verdict is Verdict.NOT_SURE


@pytest.mark.parametrize(
    ("changes", "why", "words"),
    [
        ([-1.0], NoInterval.TOO_FEW, "costs £1.00 less per order than Live, not sure, for it is one order"),
        ([1.0] * 3, NoInterval.ALIKE, "costs £1.00 more per order than Live, not sure, for ALIKE"),
        ([0.0] * 3, NoInterval.ALIKE, "costs the same per order as Live"),
    ],
    ids=["one order", "three alike", "no difference"],
)
def test_where_nothing_varies_that_is_said_in_place_of_an_interval_of_no_width(
    changes: list[float], why: NoInterval, words: str
) -> None:
    live = replay_record("Live", *(order_record(str(i), cash=5.1 + i) for i in range(len(changes))))
    other = replay_record("Other", *(order_record(str(i), cash=5.1 + i + by) for i, by in enumerate(changes)))
    compared = compare([live, other], seed=1)
    cash, orders = compared.cell(CASH, 1), compared.rows[0].cells[1]
    assert (cash.low, cash.high, cash.no_interval) == (None, None, why)
    assert cash.verdict is (Verdict.NOT_SURE if any(changes) else Verdict.SAME)
    assert (orders.low, orders.high, orders.verdict) == (None, None, Verdict.SAME)
    said = words.replace("ALIKE", "all of them differ by as much")
    assert sentence(compared, 1, currency="£") == f"Other {said}"


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=12))
def test_no_interval_is_without_width(orders: list[tuple[int, int, int]]) -> None:
    live = replay_record(
        "Live", *(order_record(str(i), cash=was / 3) for i, (was, _, _) in enumerate(orders))
    )
    other = replay_record(
        "Other",
        *(order_record(str(i), cash=now / 3, no_stock=left) for i, (_, now, left) in enumerate(orders)),
    )
    for row in compare([live, other], seed=1, samples=200).rows:
        cell = row.cells[1]
        assert (cell.low is None) == (cell.high is None) == (cell.no_interval is not None)
        if cell.low is not None and cell.high is not None:
            assert cell.high > cell.low


def test_the_same_seed_gives_the_same_intervals() -> None:
    other = replay_record("Other", *(order_record(str(i), cash=5.0 - 0.03 * i**1.5) for i in range(ORDERS)))
    assert compare([LIVE, other], seed=5) == compare([LIVE, other], seed=5)
    assert compare([LIVE, other], seed=5) != compare([LIVE, other], seed=6)


def test_a_world_with_more_orders_can_be_compared() -> None:
    more = replay_record("More", *LIVE.orders, *(order_record(f"{i}+1") for i in range(ORDERS)))
    comparison = compare([LIVE, more], seed=1)
    orders = comparison.rows[0].cells[1]
    assert (orders.value, orders.difference, orders.verdict) == (2 * ORDERS, ORDERS, None)
    # The copies cost 5.00, the originals 5.975 on average.
    assert comparison.cell(CASH, 1).difference == pytest.approx((5.0 - 5.975) / 2 * 1e6)


def test_a_measure_that_does_not_apply_has_no_difference() -> None:
    by_rule = replay_record(
        "Rule",
        *(order_record(str(i), engine=Engine.RULE, status=SolveStatus.FEASIBLE) for i in range(ORDERS)),
    )
    assert compare([by_rule, LIVE], seed=1).rows[-1].cells == (Cell(None), Cell(1.0))


@pytest.mark.parametrize(
    ("alternative", "said"),
    [
        (_changed("Ten stores", cash=-0.31), "Ten stores saves £0.31 per order against Live"),
        (
            _changed("Ten stores", cash=-0.31, no_stock=2),
            "Ten stores leaves 20 more units unfilled than Live; its £0.31 less per order is no saving",
        ),
        (_changed("One DC", cash=0.5), "One DC costs £0.50 more per order than Live"),
        (
            _changed("One DC", no_stock=2),
            "One DC costs the same per order as Live, but leaves 20 more units unfilled",
        ),
    ],
)
def test_an_alternative_is_told_in_one_sentence(alternative: ReplayRecord, said: str) -> None:
    assert sentence(compare([LIVE, alternative], seed=1), 1, currency="£") == said


def test_fewer_unfilled_units_are_told_beside_what_they_cost() -> None:
    short = _changed("Short", no_stock=1)
    comparison = compare([short, _changed("Fuller", cash=0.5)], seed=1)
    assert sentence(comparison, 1, currency="£") == (
        "Fuller costs £0.50 more per order than Short, but leaves 10 fewer units unfilled"
    )


def test_worlds_of_different_size_are_told_by_the_share_they_fill() -> None:
    half = replay_record("Half the orders", *_changed("", no_stock=5).orders[: ORDERS // 2])
    full = replay_record("Live", *(order_record(str(i), no_stock=3) for i in range(ORDERS)))
    # 25 of 200 units unfilled against 120 of 400
    assert sentence(compare([full, half], seed=1), 1, currency="£").endswith(
        "but fills 17.5 points more of what is ordered"
    )
    assert sentence(compare([half, full], seed=1), 1, currency="£").startswith(
        "Live fills 17.5 points less of what is ordered than Half the orders; its £0."
    )


def test_a_difference_that_may_be_chance_is_not_called_a_saving() -> None:
    orders = [order_record(str(i), cash=5.0 + i % 3) for i in range(ORDERS)]
    orders[3] = order_record("3", cash=1.0)
    said = sentence(compare([LIVE, replay_record("Lucky", *orders)], seed=1), 1, currency="£")
    assert said == "Lucky costs £0.10 less per order than Live, which may be chance"


def test_titles_can_be_given() -> None:
    assert compare([LIVE, LIVE], seed=1, titles=("As is", "Closed")).columns == ("As is", "Closed")


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InvalidInput, match="needs a reference and an alternative"):
        compare([LIVE], seed=1)
    with pytest.raises(InvalidInput, match="1 titles for 2 replays"):
        compare([LIVE, LIVE], seed=1, titles=("One",))
    with pytest.raises(InvalidInput, match="Empty has no orders"):
        compare([replay_record("Empty"), LIVE], seed=1)


def test_an_alternative_without_orders_is_told_as_such() -> None:
    comparison: Comparison = compare([LIVE, replay_record("Empty")], seed=1)
    assert comparison.cell(UNFILLED, 1).value == 0
    assert sentence(comparison, 1, currency="£") == (
        "Empty and Live cannot be compared: one of them has no orders"
    )
