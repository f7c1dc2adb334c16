"""The benefit report: sums reckoned by hand, intervals by simulation, and words with their direction."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.ids import NodeId, OrderId, PolicyVersion
from fulfillment.money import MICROS_PER_MAJOR, Micros
from fulfillment.plan import CostKind
from fulfillment.shadow import Against, ChoiceCost, OrderComparison, Violation
from scenarios.benefit import ENOUGH_DAYS, Benefit, benefit_report, estimate
from scenarios.benefit_words import NO_SPREAD, NOTHING, notes, summary
from scenarios.comparison import NoInterval, Verdict

MONDAY = datetime(2011, 3, 7, 10, tzinfo=UTC)
BROKEN = Violation(Against.STOCK, "east ships 2 of mug, 1 seen", NodeId("east"))


def cost(freight: float = 0.0, *, lost: float = 0.0, steering: float = 0.0, unfilled: int = 0) -> ChoiceCost:
    """Pounds of freight in one package."""
    pounds = {CostKind.PACKAGES: freight, CostKind.LOST_MARGIN: lost, CostKind.EXTRA_SHIPMENT: steering}
    micros = {kind: Micros(round(amount * MICROS_PER_MAJOR)) for kind, amount in pounds.items()}
    return ChoiceCost(micros, unfilled, 1, 1)


def compared(
    theirs: ChoiceCost, ours: ChoiceCost, *, day: int = 0, name: str = "", broken: bool = False
) -> OrderComparison:
    return OrderComparison(
        order=OrderId(name or f"{day}"),
        decided_at=MONDAY + timedelta(days=day),
        channel="web",
        zone="home",
        policy=PolicyVersion("default"),
        units=3,
        baseline=theirs,
        nodewise=ours,
        violations=(BROKEN,) if broken else (),
    )


def benefit(orders: list[OrderComparison]) -> Benefit | None:
    return benefit_report(orders).nodewise


def test_terms_add_up_and_steering_does_not_count() -> None:
    found = benefit(
        [
            compared(cost(5, lost=1, steering=9), cost(4, lost=1)),
            compared(cost(3), cost(3.5, lost=0, steering=2), day=1),
        ]
    )
    assert found is not None
    section = found.counted
    assert sum(line.baseline for line in section.terms) == section.both.baseline == 9_000_000
    assert sum(line.nodewise for line in section.terms) == section.both.nodewise == 8_500_000
    assert (section.cash.difference, section.lost_margin.difference) == (-500_000, 0)
    assert section.both.per_order is not None
    assert section.both.per_order.mean == -250_000
    assert {line.kinds[0] for line in section.terms} == {
        kind for kind in CostKind if not kind.is_steering and (kind.is_cash or kind is CostKind.LOST_MARGIN)
    }


def test_an_order_left_less_filled_is_no_saving_and_is_told_apart() -> None:
    found = benefit(
        [
            compared(cost(5), cost(4)),
            compared(cost(5), cost(1, lost=0.5, unfilled=2), day=1),
            compared(cost(2, lost=3, unfilled=1), cost(4), day=2),
        ]
    )
    assert found is not None
    assert (found.everything.orders, found.counted.orders) == (3, 2)
    assert (found.left_out, found.left_out_units) == (1, 2)
    assert found.counted.both.difference == -2_000_000
    assert found.counted.unfilled == (1, 0)
    (first, *_) = notes(found)
    assert first.startswith("Not counted: 1 order of 3 of which Nodewise leaves 2 more units unfilled")


def test_where_nothing_can_be_counted_nothing_is_said_to_be_saved() -> None:
    found = benefit([compared(cost(5), cost(1, unfilled=1))])
    assert found is not None
    assert found.counted.both.per_order is None
    assert "nothing can be counted as saved" in summary(found, currency="£")


def test_choices_that_go_against_what_is_seen_are_in_one_section_and_not_in_the_other() -> None:
    found = benefit([compared(cost(1), cost(4), broken=True), compared(cost(5), cost(4), day=1)])
    assert found is not None
    assert (found.counted.orders, found.within.orders) == (2, 1)
    assert (found.counted.both.difference, found.within.both.difference) == (2_000_000, -1_000_000)
    assert (found.violating, found.goes_against) == (1, {"stock": 1})
    assert any("stock that is not seen 1" in line for line in notes(found))


def test_costs_that_only_a_later_release_knows_are_in_no_sum_and_told() -> None:
    theirs = replace(cost(5), costs={**cost(5).costs, CostKind.OTHER: Micros(9_000_000)})
    found = benefit([compared(theirs, cost(4)), compared(cost(5), cost(4), day=1)])
    assert found is not None
    assert found.everything.both.difference == -2_000_000
    assert any("only a later release knows, of 1 order." in line for line in notes(found))


def test_prices_of_stock_are_a_column_of_their_own_where_there_is_a_price_book() -> None:
    plain = compared(cost(5), cost(4))
    assert benefit_report([plain]).priced is None
    found = benefit_report([plain, replace(plain, priced=cost(2))]).priced
    assert found is not None
    assert (found.everything.orders, found.counted.both.difference) == (1, -3_000_000)


def test_nothing_compared_says_how_to_compare() -> None:
    assert benefit([]) is None
    assert summary(None, currency="£") == NOTHING
    assert list(notes(None)) == []


@pytest.mark.parametrize(
    ("differences", "verdict", "words"),
    [
        ((-1.0, -1.1, -0.9), Verdict.BETTER, "cost £1.00 less per order than the OMS's"),
        ((1.0, 1.1, 0.9), Verdict.WORSE, "cost £1.00 more per order than the OMS's"),
        ((0.0, 0.0, 0.0), Verdict.SAME, "cost as much per order as the OMS's"),
        ((-5.0, 5.0, -1.0), Verdict.NOT_SURE, "that may be chance"),
        ((-5.0,), Verdict.NOT_SURE, "nothing is known of what chance does"),
    ],
    ids=["better", "worse", "same", "not sure", "one order"],
)
def test_the_sentence_says_its_direction(
    differences: tuple[float, ...], verdict: Verdict, words: str
) -> None:
    orders = [compared(cost(10), cost(10 + by), day=day) for day, by in enumerate(differences)]
    found = benefit(orders)
    assert found is not None
    assert found.counted.both.per_order is not None
    assert found.counted.both.per_order.verdict is verdict
    assert words in summary(found, currency="£")


def test_the_interval_stands_in_the_sentence_with_the_smaller_amount_first() -> None:
    orders = [compared(cost(10), cost(9 + by), day=day) for day, by in enumerate((0.1, -0.1, 0.0))]
    assert "(95 %: £0.75 to £1.25 less), £3.00 in all: Nodewise is better." in summary(
        benefit(orders), currency="£"
    )


def test_the_amount_in_all_is_the_difference_of_the_sums_as_they_are_shown() -> None:
    """0.998 is £1.00 alone; in a table it stands beside £10.00 and £9.01."""
    orders = [compared(cost(5.002), cost(4.503)), compared(cost(5.002), cost(4.503001), day=1)]
    found = benefit(orders)
    assert found is not None
    assert found.counted.both.difference == -997_999
    assert ", £0.99 in all: " in summary(found, currency="£")


def test_days_are_taken_together_from_ten_on() -> None:
    few = [compared(cost(5), cost(4), day=day % 9, name=str(day)) for day in range(40)]
    many = [compared(cost(5), cost(4), day=day % 10, name=str(day)) for day in range(40)]
    for orders, by_day in ((few, False), (many, True)):
        found = benefit(orders)
        assert found is not None
        assert found.counted.by_day is by_day
    assert ENOUGH_DAYS == 10


def test_days_that_come_out_even_are_not_the_same_in_every_order() -> None:
    even = estimate(np.array([1.0, -1.0] * 10), np.repeat(np.arange(10), 2))
    assert even is not None
    assert (even.mean, even.verdict) == (0.0, Verdict.NOT_SURE)
    nothing = estimate(np.zeros(20), np.repeat(np.arange(10), 2))
    assert nothing is not None
    assert (nothing.low, nothing.high, nothing.verdict) == (None, None, Verdict.SAME)


@pytest.mark.parametrize(
    ("differences", "why", "sentence"),
    [
        ((-1.0,), NoInterval.TOO_FEW, "1 order on 1 day: £1.00 less: not sure, for it is one order, UNKNOWN"),
        ((-1.0,) * 3, NoInterval.ALIKE, "3 orders on 3 days: £1.00 less: not sure, for ALIKE, UNKNOWN"),
        ((2.0,) * 12, NoInterval.ALIKE, "12 orders on 12 days: £2.00 more: not sure, for ALIKE, UNKNOWN"),
        ((0.0, 0.0), NoInterval.ALIKE, "2 orders on 2 days: as much: it is the same."),
    ],
    ids=["one order", "three alike", "twelve days alike", "no difference"],
)
def test_where_nothing_varies_that_is_said_in_place_of_an_interval_of_no_width(
    differences: tuple[float, ...], why: NoInterval, sentence: str
) -> None:
    orders = [compared(cost(10), cost(10 + by), day=day) for day, by in enumerate(differences)]
    found = benefit(orders)
    assert found is not None
    told = found.counted.both.per_order
    assert told is not None
    assert (told.low, told.high, told.no_interval) == (None, None, why)
    count, amount, said = sentence.split(": ", maxsplit=2)
    said = said.replace("ALIKE", "all of them differ by as much")
    said = said.replace("UNKNOWN", "so nothing is known of what chance does.")
    than = "per order as" if amount == "as much" else "per order than"
    assert summary(found, currency="£") == (
        f"Over {count}, leaving no more units unfilled, Nodewise's choices cost {amount} {than} the OMS's, "
        f"cash and lost margin together: {said}"
    )
    assert NO_SPREAD in list(notes(found))


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 14)), min_size=1, max_size=30),
    st.sampled_from([1, 1_000_000]),
)
def test_no_interval_is_without_width(orders: list[tuple[int, int]], unit: int) -> None:
    found = estimate(
        np.array([unit * by for by, _ in orders], dtype=float), np.array([day for _, day in orders])
    )
    assert found is not None
    assert (found.low is None) == (found.high is None) == (found.no_interval is not None)
    if found.low is not None and found.high is not None:
        assert found.high > found.low
    assert (found.verdict is Verdict.SAME) == all(by == 0 for by, _ in orders)


def test_the_interval_over_days_is_that_of_a_ratio_of_sums() -> None:
    """Ten days of two orders each, of equal difference within a day: as if there were ten observations."""
    values = np.repeat(np.arange(10.0), 2)
    found = estimate(values, np.repeat(np.arange(10), 2))
    assert found is not None
    assert found.low is not None
    spread = np.arange(10.0).std(ddof=1) / np.sqrt(10)
    assert found.mean == 4.5
    assert found.mean - found.low == pytest.approx(2.262157 * spread)  # t of 9 degrees of freedom, 97.5 %


@pytest.mark.parametrize(
    ("days", "of_day", "least"),
    [(5, 0.0, 0.93), (12, 0.0, 0.93), (12, 2.0, 0.92), (30, 1.0, 0.93)],
    ids=["few days", "independent", "correlated", "a month"],
)
def test_intervals_hold_the_truth_as_often_as_they_say(days: int, of_day: float, least: float) -> None:
    """Orders by day of unequal numbers, skewed differences; what a day has in common has spread `of_day`."""
    rng = np.random.default_rng(7)
    held, runs, truth = 0, 600, -0.4
    for _ in range(runs):
        sizes = rng.integers(40, 120, size=days)
        day = np.repeat(np.arange(days), sizes)
        differences = truth + of_day * rng.normal(size=days)[day] + rng.exponential(3.0, day.size) - 3.0
        found = estimate(differences, day)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert least <= held / runs <= 0.98


def test_orders_of_one_day_taken_one_by_one_would_claim_too_much() -> None:
    """Why days are taken together: the same correlated orders, as if each had a day of its own."""
    rng = np.random.default_rng(7)
    held, runs = 0, 300
    for _ in range(runs):
        day = np.repeat(np.arange(12), 80)
        differences = 2.0 * rng.normal(size=12)[day] + rng.normal(size=day.size)
        found = estimate(differences, np.arange(day.size))
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0 <= found.high
    assert held / runs < 0.5
