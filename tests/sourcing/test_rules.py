"""The rules, each on two or three nodes, and what holds for all of them."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

from fulfillment.ids import LineId, NodeId, SkuId
from fulfillment.orders import OrderLine
from fulfillment.plan import UnfilledReason
from optimizer.sourcing import RULES, SourcingInstance, build_instance, check
from scenarios.instances import NAMED_CASES, split_or_consolidate
from tests.sourcing.orders import SERVE_ALL, larger_instances, small_instances

# East is nearest, then west, then the hub; the retailer prefers the hub, then west, then east.
NODES = ("east", "west", "hub")
Plans = dict[str, dict[str, int]]


def order_on(
    stock: Mapping[str, Mapping[str, int]],
    wanted: Mapping[str, int],
    capacity: Mapping[str, int] | None = None,
) -> SourcingInstance:
    """Mugs and plates wanted from three nodes; line ids are the skus."""
    case = split_or_consolidate()
    nodes = {
        node.id: replace(node, priority=len(NODES) - NODES.index(node.id))
        for node in case.network.nodes.values()
    }
    lines = tuple(OrderLine(LineId(sku), SkuId(sku), units) for sku, units in wanted.items())
    limits = capacity or {}
    instance = build_instance(
        replace(case.order, lines=lines),
        network=replace(case.network, nodes=nodes),
        policy=SERVE_ALL,
        stock={(NodeId(n), SkuId(s)): units for n, held in stock.items() for s, units in held.items()},
        capacity={node: limits.get(node, 1_000) for node in nodes},
    )
    near_to_far = sorted(instance.nodes, key=lambda node: instance.distance[instance.nodes.index(node)])
    assert near_to_far == [node for node in NODES if node in instance.nodes]
    return instance


def by(rule: str, instance: SourcingInstance) -> Plans:
    plan = RULES[rule](instance)
    assert check(instance, plan) == []
    return {s.node: {u.line: u.quantity for u in s.units} for s in plan.shipments}


def test_nearest_first_takes_whole_lines_from_the_nearest_node_that_has_them() -> None:
    stock = {"east": {"mug": 2}, "west": {"mug": 2, "plate": 2}, "hub": {"mug": 2, "plate": 2}}
    assert by("nearest_first", order_on(stock, {"mug": 2, "plate": 2})) == {
        "east": {"mug": 2},
        "west": {"plate": 2},
    }


def test_nearest_first_splits_a_line_only_if_no_node_has_it_whole() -> None:
    stock = {"east": {"mug": 3}, "west": {"mug": 1}, "hub": {"mug": 4}}
    assert by("nearest_first", order_on(stock, {"mug": 4})) == {"hub": {"mug": 4}}
    assert by("nearest_first", order_on(stock, {"mug": 6})) == {
        "east": {"mug": 3},
        "west": {"mug": 1},
        "hub": {"mug": 2},
    }


def test_static_priority_walks_in_the_retailers_order_not_by_distance() -> None:
    stock = {"east": {"mug": 2}, "west": {"mug": 2, "plate": 2}, "hub": {"mug": 2}}
    assert by("static_priority", order_on(stock, {"mug": 2, "plate": 2})) == {
        "hub": {"mug": 2},
        "west": {"plate": 2},
    }


def test_one_node_first_sends_everything_from_the_nearest_node_that_can() -> None:
    stock = {"east": {"mug": 2}, "west": {"mug": 2, "plate": 2}, "hub": {"mug": 2, "plate": 2}}
    assert by("one_node_first", order_on(stock, {"mug": 2, "plate": 2})) == {"west": {"mug": 2, "plate": 2}}


def test_one_node_first_else_takes_the_node_with_most_lines() -> None:
    stock = {"east": {"mug": 2}, "hub": {"mug": 2, "plate": 2}}
    wanted = {"mug": 2, "plate": 3}
    # No node has three plates: east and hub have one line whole each, hub more of the order.
    assert by("one_node_first", order_on(stock, wanted)) == {"hub": {"mug": 2, "plate": 2}}
    # Now west has the plates whole and nothing else, and the nearest of equals goes first.
    stock = {"east": {"mug": 2}, "west": {"plate": 3}}
    assert by("one_node_first", order_on(stock, wanted)) == {"east": {"mug": 2}, "west": {"plate": 3}}


def test_one_node_first_comes_back_for_the_parts_left_at_a_node_it_has_used() -> None:
    # The hub ships the plate whole; then its two mugs are needed too, though it was used already.
    stock = {"east": {"mug": 3}, "hub": {"mug": 2, "plate": 2}}
    assert by("one_node_first", order_on(stock, {"mug": 5, "plate": 2})) == {
        "east": {"mug": 3},
        "hub": {"mug": 2, "plate": 2},
    }


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_ships_no_more_than_a_nodes_day_allows(rule: str) -> None:
    stock = {"east": {"mug": 4}, "hub": {"mug": 4}}
    instance = order_on(stock, {"mug": 4}, capacity={"east": 3, "hub": 3})
    shipped = by(rule, instance)
    assert sum(units["mug"] for units in shipped.values()) == 4
    assert max(units["mug"] for units in shipped.values()) == 3


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_knows_that_lines_of_one_sku_share_its_stock(rule: str) -> None:
    instance = order_on({"east": {"mug": 5}, "west": {"mug": 3}}, {"mug": 1})
    line = instance.order.lines[0]
    lines = (replace(line, id=LineId("1"), quantity=4), replace(line, id=LineId("2"), quantity=3))
    repeated = replace(
        instance,
        order=replace(instance.order, lines=lines),
        lines=lines,
        demand=np.array([4, 3]),
        stock=np.repeat(instance.stock, 2, axis=1),
        skus=instance.skus * 2,
        sku_index=np.array([0, 0]),
        weight=np.repeat(instance.weight, 2),
        lost_value=np.repeat(instance.lost_value, 2),
    )
    plan = RULES[rule](repeated)
    assert check(repeated, plan) == []
    assert plan.unfilled == ()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", NAMED_CASES)
def test_every_rule_makes_a_valid_plan_of_every_named_case(rule: str, name: str) -> None:
    case = NAMED_CASES[name]()
    instance = build_instance(
        case.order, network=case.network, policy=SERVE_ALL, stock=case.stock, capacity=case.capacity
    )
    plan = RULES[rule](instance)
    assert check(instance, plan) == []
    assert plan.unfilled_units == case.order.units - case.available


@pytest.mark.parametrize("instances", [small_instances(), larger_instances()], ids=["small", "larger"])
@pytest.mark.parametrize("rule", RULES)
def test_no_rule_gives_up_an_available_unit(rule: str, instances: SearchStrategy[SourcingInstance]) -> None:
    @settings(max_examples=60, derandomize=True)
    @given(instances)
    def holds(instance: SourcingInstance) -> None:
        plan = RULES[rule](instance)
        assert check(instance, plan) == []
        assert {missing.reason for missing in plan.unfilled} <= {UnfilledReason.NO_STOCK}

    holds()
