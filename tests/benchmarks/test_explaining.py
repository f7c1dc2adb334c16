"""How long an explanation takes: the largest orders of the demo, each decided and explained by itself.

In seconds of processor time, which others on the machine do not change. In the tests the largest one alone
is; `make bench` prints ten.
"""

import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from api.demo import demo_world
from api.explanations.three_orders import CURRENCY, decided
from api.figures.readme_picture import question_of
from fulfillment.orders import Order
from scenarios.explanation import Explanation, explain
from scenarios.world import World

AIM_SECONDS = 5.0
LARGEST = 10


@pytest.fixture(scope="module")
def world() -> World:
    return demo_world()


def largest(world: World, count: int) -> list[Order]:
    return sorted(world.orders, key=lambda order: (-len(order.lines), order.id))[:count]


def explain_each(world: World, orders: list[Order]) -> list[tuple[Explanation, float]]:
    """Explain one order after the other, each timed alone."""
    made = []
    for order in orders:
        question = question_of(world, order.id)
        decision = decided(question)
        began = time.process_time()
        told = explain(question, decision, currency=CURRENCY)
        made.append((told, time.process_time() - began))
    return made


@pytest.mark.benchmark(group="explaining")
def test_the_largest_orders_are_explained_within_seconds(benchmark: BenchmarkFixture, world: World) -> None:
    orders = largest(world, LARGEST if benchmark.enabled else 1)
    explain_each(world, largest(world, LARGEST + 1)[-1:])  # compiled before the clock starts
    made = benchmark.pedantic(explain_each, args=(world, orders), rounds=1, warmup_rounds=0)
    assert all(len(told.nodes) == len(world.network.nodes) for told, _ in made)

    print(f"\n{'order':<10}{'lines':>7}{'seconds':>9}  not exact, left open")
    for order, (told, seconds) in zip(orders, made, strict=True):
        inexact = sum(not one.difference.is_exact for one in told.alternatives)
        print(f"{order.id:<10}{len(order.lines):>7}{seconds:>9.2f}  {inexact}, {len(told.left_open)}")
    print(f"  slowest {max(seconds for _, seconds in made):.1f} s, aim {AIM_SECONDS:.0f} s")
