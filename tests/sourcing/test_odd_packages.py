"""Rates that carriers seldom have, and bounds must survive: tiny packages, round weights, worthless units."""

from datetime import UTC, datetime

import numpy as np
import pytest

from fulfillment.errors import InvalidInput
from fulfillment.ids import LineId, NodeId, OrderId, PolicyVersion, ServiceId, SkuId, ZoneId
from fulfillment.money import Micros
from fulfillment.network import LaborCost, Network, Node, NodeKind, Place, Zone
from fulfillment.orders import Destination, Order, OrderLine
from fulfillment.policy import Policy
from fulfillment.rates import Rate
from fulfillment.skus import Sku
from optimizer.sourcing import SolveStatus, SourcingInstance, build_instance, source
from optimizer.sourcing.facility import facility
from optimizer.sourcing.ranking import rank
from tests.sourcing.brute_force import best_plan
from tests.sourcing.orders import NO_PENALTIES, SERVE_ALL, pounds

HOME = ZoneId("home")
CENTER = Place(0.0, 0.0)

# Grams and the value of a unit not shipped; labor per order, line and unit; per package, gram and limit.
Skus = dict[str, tuple[int, Micros]]
Nodes = dict[str, tuple[Micros, Micros, Micros, list[tuple[Micros, int, int]]]]


def instance(
    skus: Skus,
    nodes: Nodes,
    wanted: list[tuple[str, int]],
    stock: dict[tuple[str, str], int],
    policy: Policy = SERVE_ALL,
) -> SourcingInstance:
    network = Network(
        {
            NodeId(name): Node(
                NodeId(name), name, NodeKind.DC, CENTER, "UTC", LaborCost(order, line, unit), 10**6, 1
            )
            for name, (order, line, unit, _) in nodes.items()
        },
        {HOME: Zone(HOME, "home", CENTER)},
        {
            SkuId(name): Sku(SkuId(name), name, grams, Micros(0), Micros(0), lost)
            for name, (grams, lost) in skus.items()
        },
        {
            (NodeId(name), HOME): tuple(
                Rate(ServiceId(f"s{i}"), NodeId(name), HOME, package, Micros(gram * 1000), limit)
                for i, (package, gram, limit) in enumerate(rates)
            )
            for name, (_, _, _, rates) in nodes.items()
        },
    )
    lines = tuple(OrderLine(LineId(str(i)), SkuId(sku), units) for i, (sku, units) in enumerate(wanted, 1))
    order = Order(OrderId("o"), lines, Destination(HOME, CENTER), datetime(2011, 3, 7, tzinfo=UTC))
    held = {(NodeId(node), SkuId(sku)): units for (node, sku), units in stock.items()}
    return build_instance(order, network=network, policy=policy, stock=held, capacity={})


def test_a_hundred_small_packages_still_carry_the_order() -> None:
    skus: Skus = {f"k{i}": (5_600, pounds(10)) for i in range(9)}
    nodes: Nodes = {
        "near": (pounds(51), pounds(0), pounds(0), [(pounds(1), 0, 1_000), (pounds(2.5), 0, 2_000)]),
        "far": (pounds(0), pounds(0), pounds(0), [(pounds(40), 0, 30_000)]),
    }
    stock = {(node, sku): 2 for node in nodes for sku in skus}
    outcome = source(instance(skus, nodes, [(sku, 2) for sku in skus], stock))
    assert outcome.status is SolveStatus.OPTIMAL
    assert [shipment.node for shipment in outcome.plan.shipments] == ["near"]
    assert outcome.plan.objective == pounds(51 + 101)


def test_a_node_that_must_ship_full_packages_is_bounded_at_the_next_ones_too() -> None:
    skus: Skus = {"light": (1_000, pounds(20)), "heavy": (5_000, pounds(20))}
    nodes: Nodes = {
        "a": (pounds(0.3), pounds(0.03), pounds(0.05), [(pounds(3.3), 325, 2_000)]),
        "b": (pounds(0.7), pounds(0), pounds(0), [(pounds(3.8), 583, 5_000)]),
    }
    stock = {("a", "light"): 6, ("a", "heavy"): 7, ("b", "light"): 7, ("b", "heavy"): 10}
    tried = instance(skus, nodes, [("light", 11), ("heavy", 6)], stock)
    ranking = rank(tried)
    best = ranking.value(best_plan(tried), tried.nodes)
    found = facility(tried, ranking, branches=10_000)
    assert found.bound <= best <= found.value
    assert found.is_proven(ranking)
    assert found.value <= best + ranking.tolerance


def test_units_worth_nothing_do_not_hide_one_that_is() -> None:
    skus: Skus = {"junk": (100, Micros(0)), "good": (100, pounds(10))}
    nodes: Nodes = {"n": (pounds(0), pounds(0), pounds(0.5), [(pounds(3), 0, 30_000)])}
    may_give_up = Policy(PolicyVersion("give-up"), Micros(0), Micros(0), may_give_up=True)
    stock = {("n", "junk"): 100, ("n", "good"): 1}
    outcome = source(instance(skus, nodes, [("junk", 100), ("good", 1)], stock, may_give_up))
    assert outcome.status is SolveStatus.OPTIMAL
    assert outcome.plan.objective == pounds(3.5)


def test_a_plan_less_than_a_penny_too_dear_is_not_called_proven() -> None:
    # What is looked for lies so near to the pair's bound that giving up at once would look like a proof.
    skus: Skus = {"light": (1_000, pounds(20)), "heavy": (5_000, pounds(20))}
    nodes: Nodes = {
        "a": (pounds(0.1), pounds(0.03), pounds(0.05), [(pounds(5.1), 572, 10_000)]),
        "b": (pounds(0.6), pounds(0), pounds(0.05), [(pounds(4.3), 564, 2_000)]),
    }
    stock = {("a", "light"): 4, ("a", "heavy"): 9, ("b", "light"): 3, ("b", "heavy"): 8}
    tried = instance(skus, nodes, [("light", 5), ("heavy", 4)], stock)
    ranking = rank(tried)
    best = ranking.value(best_plan(tried), tried.nodes)
    found = facility(tried, ranking, branches=600)
    assert found.bound <= best <= found.value <= best + ranking.tolerance


def test_a_core_that_ends_within_the_tolerance_does_not_say_that_its_goal_is_the_bound() -> None:
    skus: Skus = {"x": (5_000, pounds(0.01)), "y": (5_000, pounds(0.01)), "light": (1_000, pounds(20))}
    nodes: Nodes = {
        "a": (pounds(0.36), pounds(2), pounds(0.01), [(pounds(5.2), 87, 30_000), (pounds(6), 18, 14_032)]),
        "b": (pounds(1.67), pounds(0.06), Micros(33_333), [(pounds(0.61), 3, 2_000)]),
    }
    stock = {("a", "x"): 3, ("a", "y"): 1, ("a", "light"): 7, ("b", "x"): 2, ("b", "y"): 1, ("b", "light"): 1}
    tried = instance(skus, nodes, [("x", 3), ("y", 3), ("light", 7)], stock, NO_PENALTIES)
    ranking = rank(tried)
    best = ranking.value(best_plan(tried), tried.nodes)
    for branches in (15, 600):
        found = facility(tried, ranking, branches=branches)
        assert found.bound <= best <= found.value


def test_random_round_weights_are_proven_right() -> None:
    rng = np.random.default_rng(41)
    for _ in range(150):
        skus: Skus = {sku: (int(rng.choice((1_000, 2_000, 5_000))), pounds(20)) for sku in ("light", "heavy")}
        nodes: Nodes = {
            node: (
                Micros(int(rng.integers(0, 9)) * 100_000),
                Micros(int(rng.integers(0, 9)) * 10_000),
                Micros(int(rng.integers(0, 9)) * 10_000),
                [(Micros(int(rng.integers(10, 60)) * 100_000), int(rng.integers(0, 900)), int(limit))],
            )
            for node, limit in zip("ab", rng.choice((2_000, 4_000, 5_000, 10_000), 2), strict=True)
        }
        wanted = [(sku, int(rng.integers(4, 9))) for sku in skus]
        stock = {(node, sku): int(rng.integers(1, 9)) for node in nodes for sku in skus}
        tried = instance(skus, nodes, wanted, stock)
        ranking = rank(tried)
        best = ranking.value(best_plan(tried), tried.nodes)
        found = facility(tried, ranking, branches=600)
        assert found.bound <= best
        if found.is_proven(ranking):
            assert found.value <= best + ranking.tolerance


def test_a_sku_without_weight_is_refused_by_name() -> None:
    nodes: Nodes = {"n": (pounds(0), pounds(0), pounds(0), [(pounds(3), 0, 30_000)])}
    with pytest.raises(InvalidInput, match="feather weighs nothing"):
        instance({"feather": (0, pounds(1))}, nodes, [("feather", 1)], {("n", "feather"): 1})
