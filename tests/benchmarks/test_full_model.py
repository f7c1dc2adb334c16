"""The whole cost model, every feature on: latency, share proven and engines. `full_model` draws it.

The time of an order includes laying it out as an instance. In the tests a few orders are decided once; `make
bench` decides all of them and prints how far the aims are.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from api.demo import demo_world
from optimizer.sourcing import SolveStatus, SourcingInstance, build_instance, source
from scenarios.instances import PLACED_AT, random_order_case
from scenarios.replay import first_orders, fresh_ledger
from scenarios.situation import situation
from tests.benchmarks.full_model import POLICY, full_network, hurried, price_book
from tests.benchmarks.measuring import HEADER, Decided, all_valid, decide_anew, percentiles_ms, row

NODES, MOST_LINES = 100, 5
SMALL_AIM_MS, REAL_AIM_MS, SHARE_AIM = 15.0, 100.0, 0.98
SIZES = ((1, 15), (16, 60), (61, 1_000))
SEED = 2_011

Lay = Callable[[], SourcingInstance]


def small_orders(count: int) -> list[Lay]:
    """One to five lines on a hundred nodes."""
    rng = np.random.default_rng(SEED)
    made: list[Lay] = []
    for seed in range(count):
        case = random_order_case(SEED + seed, nodes=NODES, lines=1 + seed % MOST_LINES)
        network = full_network(case.network, SEED + seed)
        prices = price_book(network, case.stock, PLACED_AT)
        order = hurried(case.order, PLACED_AT, rng)

        made.append(
            partial(
                build_instance,
                order,
                network=network,
                policy=POLICY,
                stock=case.stock,
                capacity=case.capacity,
                prices=prices,
                now=PLACED_AT,
            )
        )
    return made


def real_orders(count: int | None) -> list[Lay]:
    """The demo's orders on the stock with which its world opens."""
    world = demo_world() if count is None else first_orders(demo_world(), count)
    network, ledger, now = full_network(world.network, SEED), fresh_ledger(world), world.orders[-1].placed_at
    rng = np.random.default_rng(SEED)
    made: list[Lay] = []
    for placed in world.orders:
        order = hurried(placed, now, rng)
        seen = situation(order, network=network, policy=POLICY, ledger=ledger, now=now)
        prices = price_book(network, seen.stock, now)

        made.append(
            partial(
                build_instance,
                order,
                network=network,
                policy=POLICY,
                stock=seen.stock,
                capacity=seen.capacity,
                prices=prices,
                now=now,
            )
        )
    return made


def proven(decided: Sequence[Decided]) -> float:
    return sum(one.outcome.status is SolveStatus.OPTIMAL for one in decided) / len(decided)


@pytest.mark.benchmark(group="full model")
def test_small_orders_with_everything_on_a_hundred_nodes(benchmark: BenchmarkFixture) -> None:
    orders = small_orders(500 if benchmark.enabled else 10)
    source(orders[0]())  # compiled before the clock starts
    decided = benchmark.pedantic(decide_anew, args=(orders, source), rounds=1, warmup_rounds=0)
    assert all_valid(decided)
    print(f"\n{HEADER}")
    print(row(f"{NODES} nodes, 1-{MOST_LINES} lines, all costs", decided))
    p99 = percentiles_ms(decided)[1]
    print(f"  p99 {p99:.1f} ms, aim {SMALL_AIM_MS:.0f} ms; proven {proven(decided):.1%}, aim {SHARE_AIM:.0%}")


@pytest.mark.benchmark(group="full model")
def test_real_orders_with_everything(benchmark: BenchmarkFixture) -> None:
    orders = real_orders(None if benchmark.enabled else 10)
    source(orders[0]())
    decided = benchmark.pedantic(decide_anew, args=(orders, source), rounds=1, warmup_rounds=0)
    assert all_valid(decided)
    print(f"\n{HEADER}")
    for least, most in SIZES:
        if sized := [one for one in decided if least <= len(one.instance.demand) <= most]:
            print(row(f"real orders, {least}-{most} lines, all costs", sized))
    print(row("real orders, all costs", decided))
    p99 = percentiles_ms([one for one in decided if len(one.instance.demand) <= SIZES[1][1]])[1]
    print(f"  p99 to {SIZES[1][1]} lines {p99:.0f} ms, aim {REAL_AIM_MS:.0f} ms")
    print(f"  proven {proven(decided):.1%}, aim {SHARE_AIM:.0%}")
