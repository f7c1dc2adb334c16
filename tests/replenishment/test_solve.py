"""Base-stock with case packs: textbook numbers, brute force, and what must always hold."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fulfillment.errors import InvalidInput
from fulfillment.money import Micros
from optimizer.replenishment.check import check, expected_cost
from optimizer.replenishment.demand import IntervalDemand, expected_short, quantile
from optimizer.replenishment.instance import Inbound, Instance
from optimizer.replenishment.items import Columns
from optimizer.replenishment.outcome import ReasonKind
from optimizer.replenishment.rules import safety_factor
from optimizer.replenishment.solve import solve


def test_the_newsvendor_with_poisson_demand_of_snyder_and_shen(today, make_item):
    """Example 4.7 of Snyder & Shen, Fundamentals of Supply Chain Theory (2nd ed.), as published with
    stockpyl (`newsvendor_discrete`): demand Poisson(6), holding 1, stock-out 4; S = 8, cost 3.5701069."""
    outcome = solve(Instance(today, (make_item(),)))
    assert outcome.proposals[0].units == 8
    assert outcome.expected_cost == 3_570_107


def test_the_cost_of_another_stock_in_the_same_example(today, make_item):
    """Same example and source: S = 5 costs 6.5902960."""
    item = make_item(on_hand=5, demand=IntervalDemand(6, 6))
    assert expected_cost(item, 5) == pytest.approx(6_590_296.0246, abs=0.01)


def test_the_newsvendor_with_poisson_demand_of_fifty(today, make_item):
    """stockpyl's `newsvendor_poisson(0.18, 0.70, 50)`: S = 56, cost 1.7972352."""
    item = make_item(
        demand=IntervalDemand(50, 50), holding_cost=Micros(180_000), shortage_cost=Micros(700_000)
    )
    outcome = solve(Instance(today, (item,)))
    assert outcome.proposals[0].units == 56
    assert outcome.expected_cost == 1_797_235


def test_the_normal_newsvendor_is_the_safety_factor_rule(today, make_item):
    """Example 4.3 of Snyder & Shen, as published with stockpyl (`newsvendor_normal`): normal demand
    50, sd 8, holding 0.18, stock-out 0.70; S = 56.604, here rounded up to whole units."""
    item = make_item(demand=IntervalDemand(50, 64))
    outcome = safety_factor(Instance(today, (item,)), factor=float(stats.norm.ppf(0.70 / 0.88)))
    assert outcome.proposals[0].units == 57


def test_case_packs_are_rounded_up_where_a_shortage_is_dear(today, make_item):
    proposal = solve(Instance(today, (make_item(case_pack=5),))).proposals[0]
    assert (proposal.cases, proposal.units) == (2, 10)
    assert proposal.reason.kind is ReasonKind.UP_TO_LEVEL


def test_one_case_fewer_is_taken_where_the_last_case_is_mostly_left_over(today, make_item):
    proposal = solve(Instance(today, (make_item(case_pack=7),))).proposals[0]
    assert (proposal.cases, proposal.units) == (1, 7)
    assert proposal.reason.kind is ReasonKind.LAST_CASE_DEARER
    assert proposal.reason.next_case_saves < 0


def test_enough_stock_orders_nothing(today, make_item):
    proposal = solve(Instance(today, (make_item(on_hand=8),))).proposals[0]
    assert proposal.units == 0
    assert proposal.reason.kind is ReasonKind.ENOUGH


def test_inbound_counts_until_the_end_of_the_protection_interval_and_not_after(today, make_item):
    in_time, too_late = today + timedelta(days=11), today + timedelta(days=12)
    items = tuple(
        make_item(sku=name, inbound=(Inbound(day, 3),)) for name, day in (("a", in_time), ("b", too_late))
    )
    assert [p.units for p in solve(Instance(today, items)).proposals] == [5, 8]


def test_an_overdue_inbound_still_counts(today, make_item):
    item = make_item(inbound=(Inbound(today - timedelta(days=2), 3),))
    assert solve(Instance(today, (item,))).proposals[0].units == 5


def test_backorders_are_ordered_on_top(today, make_item):
    assert solve(Instance(today, (make_item(backordered=4),))).proposals[0].units == 12


def test_nothing_is_ordered_for_demand_that_never_comes(today, make_item):
    item = make_item(demand=IntervalDemand(0, 0), case_pack=12)
    assert solve(Instance(today, (item,))).proposals[0].units == 0


def test_an_empty_review_has_an_empty_outcome(today):
    outcome = solve(Instance(today, ()))
    assert outcome.proposals == ()
    assert outcome.expected_cost == 0


@given(data=st.data())
def test_brute_force_over_cases_finds_nothing_cheaper(instances, data):
    instance = data.draw(instances)
    outcome = solve(instance)
    assert check(instance, outcome) == []
    for item, proposal in zip(instance.items, outcome.proposals, strict=True):
        position = item.position(instance.today)
        costs = [
            expected_cost(item, position + cases * item.case_pack) for cases in range(proposal.cases + 4)
        ]
        assert proposal.expected_cost <= min(costs) * (1 + 1e-6) + 1


@given(data=st.data())
def test_an_order_never_exceeds_the_need_by_a_whole_case(instances, data):
    instance = data.draw(instances)
    for item, proposal in zip(instance.items, solve(instance).proposals, strict=True):
        need = max(proposal.reason.level - item.position(instance.today), 0)
        assert proposal.units < need + item.case_pack
        assert proposal.units >= need - item.case_pack


@given(data=st.data(), more=st.integers(1, 30))
def test_more_stock_never_leaves_more_units_short(instances, data, more):
    columns = Columns.of(data.draw(instances))
    stock = columns.position.astype(float)
    short = expected_short(columns.mean, columns.variance, stock)
    assert (expected_short(columns.mean, columns.variance, stock + more) <= short + 1e-9).all()


@given(data=st.data(), factor=st.integers(2, 10))
def test_a_dearer_shortage_never_orders_less(instances, data, factor):
    instance = data.draw(instances)
    dearer = Instance(
        instance.today,
        tuple(replace(item, shortage_cost=Micros(item.shortage_cost * factor)) for item in instance.items),
    )
    before, after = solve(instance), solve(dearer)
    for low, high in zip(before.proposals, after.proposals, strict=True):
        assert high.units >= low.units


@given(data=st.data())
def test_the_base_stock_is_never_dearer_than_a_rule(instances, data):
    instance = data.draw(instances)
    by_rule = safety_factor(instance, factor=data.draw(st.floats(-1, 4)))
    for ours, theirs in zip(solve(instance).proposals, by_rule.proposals, strict=True):
        assert ours.expected_cost <= theirs.expected_cost + 1


def test_the_level_is_the_critical_ratio_quantile_of_the_interval(today, make_item):
    item = make_item(demand=IntervalDemand(30, 90), shortage_cost=Micros(19_000_000))
    columns = Columns.of(Instance(today, (item,)))
    level = solve(Instance(today, (item,))).proposals[0].reason.level
    assert level == quantile(columns.mean, columns.variance, columns.critical_ratio)[0]
    assert stats.nbinom.cdf(level, 15, 1 / 3) >= 0.95 > stats.nbinom.cdf(level - 1, 15, 1 / 3)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"on_hand": -1}, "/items/0/on_hand"),
        ({"backordered": -1}, "/items/0/backordered"),
        ({"lead_time_days": -1}, "/items/0/lead_time_days"),
        ({"review_days": 0}, "/items/0/review_days"),
        ({"case_pack": 0}, "/items/0/case_pack"),
        ({"holding_cost": 0}, "/items/0/holding_cost"),
        ({"shortage_cost": 0}, "/items/0/shortage_cost"),
        ({"inbound": (Inbound(date(2026, 4, 9), 0),)}, "/items/0/inbound"),
    ],
)
def test_a_number_that_cannot_be_meant_is_refused_by_name(today, make_item, changes, pointer):
    with pytest.raises(InvalidInput, match="of SKU mug at leeds is") as caught:
        Instance(today, (make_item(**changes),))
    assert caught.value.pointer == pointer
    assert caught.value.fix


def test_an_item_that_comes_twice_is_refused(today, make_item):
    with pytest.raises(InvalidInput, match="is item 0 and item 1"):
        Instance(today, (make_item(), make_item(on_hand=3)))
