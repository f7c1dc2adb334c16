"""One integer orders plans: unfilled units, then objective, then packages, then node ids."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings

from fulfillment.rates import Load
from optimizer.sourcing import SourcingInstance, source
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.ranking import Ranking, rank
from scenarios.instances import full_node, package_limit, scarce, twin_nodes
from tests.sourcing.brute_force import every_assignment
from tests.sourcing.orders import MAY_GIVE_UP, SERVE_ALL, instance_of, pounds, small_instances


def value_of_units(instance: SourcingInstance, ranking: Ranking, units: np.ndarray) -> int:
    return ranking.value(plan_of(instance, units), instance.nodes)


@settings(max_examples=40, derandomize=True)
@given(small_instances())
def test_the_order_of_values_is_lexicographic(instance: SourcingInstance) -> None:
    ranking = rank(instance)
    ranks = []
    for units in every_assignment(instance):
        plan = plan_of(instance, units)
        nodes = sum(instance.nodes.index(shipment.node) + 1 for shipment in plan.shipments)
        unfilled = 0 if instance.policy.may_give_up else plan.unfilled_units
        key = (unfilled, plan.objective, plan.packages, nodes)
        ranks.append((key, ranking.value(plan, instance.nodes)))
    ranks.sort()
    values = [value for _, value in ranks]
    assert values == sorted(values)
    keys = [key for key, _ in ranks]
    assert all((a == b) == (v == w) for a, b, v, w in zip(keys, keys[1:], values, values[1:], strict=False))


def test_a_value_gives_back_its_unfilled_units_and_its_objective() -> None:
    instance = instance_of(scarce())
    ranking = rank(instance)
    for units in every_assignment(instance):
        plan = plan_of(instance, units)
        value = ranking.value(plan, instance.nodes)
        assert ranking.fewest_unfilled(value) == plan.unfilled_units
        assert ranking.objective(value, plan.unfilled_units) == plan.objective


def test_at_equal_cost_fewer_packages_win() -> None:
    # Near at 3.00 a parcel needs two for 40 kg; far at 6.00 takes them in one, to the penny the same.
    case = package_limit()
    rates = dict(case.network.rates)
    for key, (rate,) in case.network.rates.items():
        if rate.origin == "far":
            rates[key] = (replace(rate, per_package=pounds(6.0), package_limit_grams=50_000),)
    stock = dict.fromkeys(case.stock, 8)
    instance = instance_of(replace(case, network=replace(case.network, rates=rates), stock=stock))
    load = Load(40_000, 40_000, 0, 0, 0, 40_000)
    assert {rate.cost(load) for rate in instance.services} == {pounds(10.0)}
    assert [(s.node, s.packages) for s in source(instance).plan.shipments] == [("far", 1)]


def test_at_equal_cost_and_packages_the_lower_node_id_wins() -> None:
    instance = instance_of(twin_nodes())
    ranking = rank(instance)
    from_a, from_b = np.array([[2], [0]]), np.array([[0], [2]])
    assert value_of_units(instance, ranking, from_a) < value_of_units(instance, ranking, from_b)
    assert [shipment.node for shipment in source(instance).plan.shipments] == ["a"]


def test_one_more_unit_served_outweighs_any_cost() -> None:
    instance = instance_of(full_node())
    ranking = rank(instance)
    values = {
        (near, far): value_of_units(instance, ranking, np.array([[far], [near]]))
        for near, far in product(range(4), range(6))
        if near + far <= 5
    }
    dearest_whole = max(value for (near, far), value in values.items() if near + far == 5)
    assert dearest_whole < min(value for (near, far), value in values.items() if near + far == 4)


def test_where_the_policy_may_give_up_only_money_counts() -> None:
    instance = instance_of(scarce(), MAY_GIVE_UP)
    ranking = rank(instance)
    assert not ranking.must_serve
    assert ranking.dominating == 0
    assert ranking.fewest_unfilled(10**15) == 0


def dear(factor: int) -> SourcingInstance:
    """The twin nodes, where a lost unit is worth so many pounds: large figures leave no room for ties."""
    instance = instance_of(twin_nodes(), SERVE_ALL)
    return replace(instance, lost_value=instance.lost_value * 0 + int(pounds(1)) * factor)


@pytest.mark.parametrize(
    ("lost_value", "package_tie", "node_tie"),
    [(1, 4, 1), (2 * 10**10, 1, 0), (7 * 10**10, 0, 0)],
    ids=["ties by packages and nodes", "by packages", "none"],
)
def test_where_64_bits_do_not_suffice_ties_are_left_out_the_last_first(
    lost_value: int, package_tie: int, node_tie: int
) -> None:
    instance = dear(lost_value)
    ranking = rank(instance)
    assert (ranking.package_tie, ranking.node_tie) == (package_tie, node_tie)
    nothing = value_of_units(instance, ranking, np.array([[0], [0]]))
    served = value_of_units(instance, ranking, np.array([[0], [2]]))
    assert 0 < served < nothing < 2**62
    assert ranking.objective(served, 0) == plan_of(instance, np.array([[0], [2]])).objective
