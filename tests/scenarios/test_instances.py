"""The named cases say what their docstrings promise, and random ones reach every corner asked for."""

import pytest

from scenarios.instances import NAMED_CASES, OrderCase, random_order_case


def everything_in(case: OrderCase) -> str:
    return repr(case)


@pytest.mark.parametrize("name", NAMED_CASES)
def test_a_named_case_carries_its_name_and_resolves_every_reference(name: str) -> None:
    case = NAMED_CASES[name]()
    network = case.network
    assert case.name == name
    assert case.order.destination.zone in network.zones
    assert {line.sku for line in case.order.lines} <= network.skus.keys()
    assert {node for node, _ in case.stock} <= network.nodes.keys()
    assert case.capacity.keys() == network.nodes.keys()
    for node in network.nodes:
        services = [rate.service for rate in network.rates[node, case.order.destination.zone]]
        assert "parcel" in services


@pytest.mark.parametrize("name", NAMED_CASES)
def test_a_named_case_is_the_same_each_time_it_is_made(name: str) -> None:
    assert everything_in(NAMED_CASES[name]()) == everything_in(NAMED_CASES[name]())


def test_seeds_tell_random_cases_apart() -> None:
    cases = [random_order_case(seed, nodes=4, lines=3) for seed in range(20)]
    assert len({everything_in(case) for case in cases}) == 20


def test_the_last_unit_stands_at_the_dear_node() -> None:
    case = NAMED_CASES["last_unit"]()
    ((node, _), units), *others = case.stock.items()
    dearest = max(
        case.network.nodes, key=lambda n: case.network.rates[n, case.order.destination.zone][0].per_package
    )
    assert (node, units, others) == (dearest, 1, [])


def test_scarce_lacks_one_unit_and_no_node_holds_the_line() -> None:
    case = NAMED_CASES["scarce"]()
    assert case.order.units - case.available == 1
    assert max(case.stock.values()) < case.order.lines[0].quantity


def test_random_cases_repeat_skus_when_asked_and_never_when_not() -> None:
    repeated = random_order_case(1, nodes=3, lines=8, repeat_share=1.0)
    distinct = random_order_case(1, nodes=3, lines=8, repeat_share=0.0)
    assert len({line.sku for line in repeated.order.lines}) == 1
    assert len({line.sku for line in distinct.order.lines}) == 8


def test_random_cases_can_have_no_stock_at_all() -> None:
    assert random_order_case(3, nodes=5, lines=4, held_share=0.0).stock == {}


def test_shallow_random_cases_have_lines_larger_than_any_nodes_stock() -> None:
    cases = [random_order_case(seed, nodes=4, lines=3, depth=0.3) for seed in range(50)]
    larger = [
        line
        for case in cases
        for line in case.order.lines
        if line.quantity > max((u for (_, s), u in case.stock.items() if s == line.sku), default=0)
    ]
    assert len(larger) > 75


def test_ties_make_nodes_that_cost_the_same() -> None:
    case = random_order_case(5, nodes=10, lines=2, ties=True)
    prices = [rates[0].per_package for rates in case.network.rates.values()]
    assert len(set(prices)) <= 3
    assert len({node.labor for node in case.network.nodes.values()}) == 2


def test_full_nodes_have_room_for_part_of_the_order_at_most() -> None:
    case = random_order_case(6, nodes=12, lines=5, full_share=1.0)
    assert all(room <= case.order.units for room in case.capacity.values())


@pytest.mark.parametrize(("nodes", "lines"), [(0, 1), (1, 0)])
def test_a_random_case_without_nodes_or_lines_is_refused(nodes: int, lines: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        random_order_case(0, nodes=nodes, lines=lines)
