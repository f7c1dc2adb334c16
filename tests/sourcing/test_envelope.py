"""Supporting lines of freight: never above it, and touching it where that is possible."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.ids import ServiceId
from fulfillment.money import Micros
from fulfillment.rates import Load, Rate
from optimizer.sourcing import SourcingInstance
from optimizer.sourcing.envelope import corners, support
from optimizer.sourcing.leaf_bounds import freight_side
from optimizer.sourcing.problem import Problem, freight, problem_of
from optimizer.sourcing.ranking import rank
from scenarios.instances import package_limit, random_order_case
from tests.sourcing.orders import instance_of


def small_parcels(rate: Rate) -> Rate:
    """A cheaper service that takes less."""
    cheaper = Micros(rate.per_package // 2)
    return replace(rate, service=ServiceId("small"), package_limit_grams=8_000, per_package=cheaper)


def problem(instance: SourcingInstance) -> Problem:
    return problem_of(instance, rank(instance))


@st.composite
def nodes_of_problems(draw: st.DrawFn) -> tuple[Problem, int]:
    instance = instance_of(random_order_case(draw(st.integers(0, 2**20)), nodes=3, lines=2, held_share=1.0))
    return problem(instance), draw(st.integers(0, len(instance.nodes) - 1))


def weights_on(p: Problem, low: int, high: int) -> set[int]:
    """Some between, and every full package of a service."""
    full = {count * int(limit) for limit in p.limit for count in range(high // int(limit) + 1)}
    return {
        *np.linspace(low, high, 60).astype(int).tolist(),
        *(grams for grams in full if low <= grams <= high),
    }


@settings(max_examples=100, derandomize=True)
@given(nodes_of_problems(), st.integers(0, 40_000), st.integers(0, 90_000), st.data())
def test_a_support_line_is_never_above_freight(
    at_node: tuple[Problem, int], low: int, width: int, data: st.DataObject
) -> None:
    p, node = at_node
    at = data.draw(st.integers(low, low + width))
    intercept, slope = support(p, node, low, low + width, at)
    for grams in {at, *weights_on(p, low, low + width)}:
        assert intercept + slope * grams <= freight(p, node, grams)


@settings(max_examples=100, derandomize=True)
@given(nodes_of_problems(), st.integers(0, 5_000), st.integers(1, 90_000), st.integers(0, 2**23))
def test_no_weight_is_cheaper_than_the_cheapest_at_a_price_of_grams(
    at_node: tuple[Problem, int], low: int, width: int, slope: int
) -> None:
    # From nothing on, too: what a node ships may weigh nothing, where it travels apart.
    p, node = at_node
    least, at = freight_side(p, node, low, low + width, slope)
    assert least == freight(p, node, at) - slope * at
    assert all(least <= freight(p, node, grams) - slope * grams for grams in weights_on(p, low, low + width))


@settings(max_examples=100, derandomize=True)
@given(nodes_of_problems(), st.integers(1, 40_000), st.integers(1, 90_000))
def test_a_support_line_touches_freight_at_the_corner_it_is_made_for(
    at_node: tuple[Problem, int], low: int, width: int
) -> None:
    p, node = at_node
    # The slope is a whole number of values per gram: rounding it may cost less than one per gram.
    for at in (low, low + width):
        intercept, slope = support(p, node, low, low + width, at)
        assert freight(p, node, at) - (intercept + slope * at) <= width


def test_freight_is_that_of_the_cheapest_service() -> None:
    instance = instance_of(random_order_case(8, nodes=6, lines=2, held_share=1.0))
    ranking = rank(instance)
    p = problem_of(instance, ranking)
    assert any(len(offers) > 1 for offers in instance.offers)
    for node, offers in enumerate(instance.offers):
        for grams in (1, 1_999, 2_000, 2_001, 30_000, 30_001, 75_000):
            load = Load(grams, grams, 0, 0, 0, grams)
            cheapest = min(
                offer.rate.cost(load) * ranking.scale + offer.rate.packages(load) * ranking.package_tie
                for offer in offers
            )
            assert freight(p, node, grams) == cheapest


def test_a_range_of_one_weight_has_a_flat_line_at_its_freight() -> None:
    p = problem(instance_of(package_limit()))
    assert support(p, 0, 5_000, 5_000, 5_000) == (freight(p, 0, 5_000), 0)


@pytest.mark.parametrize(
    ("low", "high", "bends"),
    [
        (5_000, 20_000, {5_000, 20_000}),  # inside one package
        (5_000, 40_000, {5_000, 30_000, 40_000}),  # one full package
        (5_000, 95_000, {5_000, 30_000, 90_000, 95_000}),  # the first and the last full package
    ],
)
def test_the_hull_can_bend_at_the_ends_and_at_the_first_and_last_full_package(
    low: int, high: int, bends: set[int]
) -> None:
    instance = instance_of(package_limit())
    assert {rate.package_limit_grams for rate in instance.services} == {30_000}
    assert set(corners(problem(instance), 0, low, high).tolist()) == bends


def test_a_second_service_bends_the_hull_at_its_own_packages() -> None:
    instance = instance_of(package_limit())
    small = tuple(
        (*offers, replace(one, rate=small_parcels(one.rate)))
        for offers in instance.offers
        for one in offers[:1]
    )
    bends = corners(problem(replace(instance, offers=small)), 0, 5_000, 40_000)
    assert set(bends.tolist()) == {5_000, 8_000, 30_000, 40_000}
