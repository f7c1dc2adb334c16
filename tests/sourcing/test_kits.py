"""Kits beside their components: against every plan of a tiny order, and against the rows themselves.

The plans are tried by an oracle that knows only recipes and rows: no engine, no `Shared`, no costing of
its own but `plan_of`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fulfillment.ids import LineId, NodeId, SkuId
from fulfillment.kits import kits_of
from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.ledger.whole_kits import units_in
from fulfillment.money import Micros
from fulfillment.network import Network
from fulfillment.orders import Order, OrderLine
from fulfillment.plan import Plan
from fulfillment.policy import Policy
from fulfillment.skus import Component, Sku
from fulfillment.supply import CapacityKey, CapacityRow, SupplyKey, SupplyRow
from optimizer.sourcing import (
    FAST_LIMITS,
    RULES,
    Limits,
    SolveStatus,
    SourcingInstance,
    build_instance,
    by_rule,
    check,
    source,
)
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.pegging import peg, stock_for
from scenarios.instances import random_order_case
from tests.sourcing.orders import POLICIES, SERVE_ALL

NOW = datetime(2011, 3, 7, 10, tzinfo=UTC)
PARTS = tuple(SkuId(name) for name in ("cup", "lamp", "mat"))
RECIPES = (
    {"cup": 2, "lamp": 1},
    {"cup": 1, "lamp": 1},
    {"cup": 1, "lamp": 1, "mat": 1},
    {"mat": 3},
    {"lamp": 2, "mat": 1},
)
AMPLE = Limits(branches=10_000, deterministic_seconds=5.0)
UNHURRIED = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@dataclass(frozen=True)
class Scene:
    """An order with kits, its network, and the rows and days of the nodes."""

    order: Order
    network: Network
    rows: tuple[SupplyRow, ...]
    room: dict[NodeId, int]

    def instance(self, policy: Policy = SERVE_ALL) -> SourcingInstance:
        kits = kits_of(self.order, self.network)
        return build_instance(
            self.order,
            network=self.network,
            policy=policy,
            stock=stock_for(self.rows, channel=self.order.channel, kits=kits),
            capacity=self.room,
        )

    def recipe(self, line: OrderLine) -> dict[SkuId, int]:
        sku = self.network.skus[line.sku]
        return {part.sku: part.quantity for part in sku.components} or {sku.id: 1}

    def held(self, node: NodeId, sku: SkuId) -> int:
        return sum(row.available for row in self.rows if (row.key.node, row.key.sku) == (node, sku))


def scene(
    lines: list[tuple[str, int]],
    shelves: dict[str, tuple[int, ...]],
    *,
    nodes: int = 2,
    seed: int = 7,
    room: tuple[int, ...] = (),
    fences: dict[str, tuple[int, ...]] | None = None,
) -> Scene:
    """Lines of (sku, units): a part's name, or the number of a recipe. Shelves: units of a part by node."""
    case = random_order_case(
        seed, nodes=nodes, lines=1, max_quantity=1, repeat_share=0.0, held_share=1.0, depth=1.0,
        heavy_share=0.0, full_share=0.0, ties=False,
    )  # fmt: skip
    (any_sku, *_) = case.network.skus.values()
    skus = {name: _sku(any_sku, name, 200 + 150 * i) for i, name in enumerate(PARTS)}
    for number, recipe in enumerate(RECIPES):
        parts = tuple(Component(SkuId(name), units) for name, units in recipe.items())
        grams = sum(skus[part.sku].weight_grams * part.quantity for part in parts)
        kit = _sku(any_sku, f"kit{number}", grams)
        skus[kit.id] = replace(kit, components=parts)
    names = sorted(case.network.nodes)
    rows = [
        SupplyRow(SupplyKey(SkuId(sku), node, pool=pool), units)
        for pool, held in (("common", shelves), ("web", fences or {}))
        for sku, counts in held.items()
        for node, units in zip(names, counts, strict=True)
    ]
    return Scene(
        order=replace(
            case.order,
            lines=tuple(OrderLine(LineId(str(i)), SkuId(sku), n) for i, (sku, n) in enumerate(lines)),
        ),
        network=replace(case.network, skus=skus),
        rows=tuple(rows),
        room=dict(zip(names, room or (1_000,) * len(names), strict=True)),
    )


def _sku(like: Sku, name: str, grams: int) -> Sku:
    return replace(like, id=SkuId(name), name=name, weight_grams=grams, lost_sale_value=Micros(grams * 5_000))


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    nodes = draw(st.integers(1, 3))
    counts = st.tuples(*[st.integers(0, 5)] * nodes)
    named = st.sampled_from([*PARTS, *(f"kit{i}" for i in range(len(RECIPES)))])
    lines = draw(st.lists(st.tuples(named, st.integers(1, 3)), min_size=1, max_size=3))
    made = scene(
        lines,
        {name: draw(counts) for name in PARTS},
        nodes=nodes,
        seed=draw(st.integers(0, 5_000)),
        room=draw(st.one_of(st.just(()), st.tuples(*[st.integers(0, 8)] * nodes))),
        fences=draw(st.one_of(st.just({}), st.just({PARTS[0]: draw(counts)}))),
    )
    assume(made.instance().nodes)
    return made


def every_plan(made: Scene, instance: SourcingInstance) -> Iterator[Plan]:
    """All plans that draw on no row and no day more than there is."""
    lines = instance.order.lines
    columns = [
        [
            taken
            for taken in product(range(line.quantity + 1), repeat=len(instance.nodes))
            if sum(taken) <= line.quantity
        ]
        for line in lines
    ]
    for choice in product(*columns):
        units = np.array(choice, dtype=np.int64).T
        if overdrawn(made, instance, units) == []:
            yield plan_of(instance, units)


def overdrawn(made: Scene, instance: SourcingInstance, units: np.ndarray) -> list[str]:
    """Rows and days of which a plan takes more than there is."""
    found = []
    for k, node in enumerate(instance.nodes):
        taken: Counter[SkuId] = Counter()
        for line, count in zip(instance.order.lines, units[k].tolist(), strict=True):
            for sku, per_unit in made.recipe(line).items():
                taken[sku] += per_unit * count
        found += [f"{node}: {count} of {sku}" for sku, count in taken.items() if count > made.held(node, sku)]
        if taken.total() > made.room[node]:
            found.append(f"{node}: {taken.total()} picks")
    return found


def units_of(instance: SourcingInstance, plan: Plan) -> np.ndarray:
    units = np.zeros_like(instance.stock)
    column = {line.id: j for j, line in enumerate(instance.order.lines)}
    for shipment in plan.shipments:
        for part in shipment.units:
            units[instance.nodes.index(shipment.node), column[part.line]] += part.quantity
    return units


@given(scenes(), st.sampled_from(POLICIES))
@UNHURRIED
def test_the_plan_is_the_best_of_all_and_its_proof_holds(made: Scene, policy: Policy) -> None:
    instance = made.instance(policy)
    outcome = source(instance, limits=AMPLE)
    assert check(instance, outcome.plan) == []
    assert overdrawn(made, instance, units_of(instance, outcome.plan)) == []
    fill = 0 if policy.may_give_up else 1
    best = min(every_plan(made, instance), key=lambda plan: (fill * plan.unfilled_units, plan.objective))
    assert outcome.status is SolveStatus.OPTIMAL
    assert fill * outcome.plan.unfilled_units == fill * best.unfilled_units
    assert abs(outcome.plan.objective - best.objective) <= 5_000  # half a penny
    assert outcome.unfilled_bound == fill * best.unfilled_units
    assert outcome.bound <= best.objective


@given(scenes(), st.sampled_from(POLICIES))
@UNHURRIED
def test_in_a_hurry_no_unit_is_left_that_could_be_added_and_the_bound_holds(
    made: Scene, policy: Policy
) -> None:
    instance = made.instance(policy)
    fill = 0 if policy.may_give_up else 1
    best = min(every_plan(made, instance), key=lambda plan: (fill * plan.unfilled_units, plan.objective))
    hurried = source(instance, limits=FAST_LIMITS)
    for plan in (hurried.plan, by_rule(instance).plan, *(rule(instance) for rule in RULES.values())):
        assert check(instance, plan) == []
        assert overdrawn(made, instance, units_of(instance, plan)) == []
    assert hurried.unfilled_bound <= fill * best.unfilled_units
    if hurried.unfilled_bound == fill * best.unfilled_units:
        assert hurried.bound <= best.objective
    if hurried.status is SolveStatus.OPTIMAL:
        assert fill * hurried.plan.unfilled_units == fill * best.unfilled_units
        assert hurried.plan.objective <= best.objective + 5_000
    largest = max(instance.picks.tolist())
    filled = instance.order.units - best.unfilled_units
    if fill:  # a unit of a greedy plan stands in the way of at most as many as it takes components
        assert (instance.order.units - hurried.plan.unfilled_units) * largest >= filled


@given(st.lists(scenes(), min_size=1, max_size=4), st.integers(0, 3))
@UNHURRIED
def test_orders_after_each_other_never_oversell_a_row_and_hold_whole_kits(
    made: list[Scene], hurry: int
) -> None:
    first = made[0]
    ledger = InMemoryLedger()
    ledger.set_supply(first.rows, now=NOW)
    days = {node: first.network.nodes[node].local_day(NOW) for node in first.network.nodes}
    ledger.set_capacity(
        [CapacityRow(CapacityKey(node, day), first.room[node]) for node, day in days.items()], now=NOW
    )
    for number, other in enumerate(made):
        order = replace(first.order, id=type(first.order.id)(f"o{number}"), lines=other.order.lines)
        rows = tuple(ledger.supply(PARTS, now=NOW))
        room = {row.key.node: row.available for row in ledger.capacity(set(days.items()), now=NOW)}
        now = replace(first, order=order, rows=rows, room=room)
        outcome = source(now.instance(), limits=FAST_LIMITS if number % 2 == hurry % 2 else AMPLE)
        if not outcome.plan.shipments:
            continue
        kits = kits_of(order, first.network)
        wanted = peg(outcome.plan, rows, channel="web", capacity_days=days, kits=kits)
        claims = ledger.reserve(order.id, wanted, expires_at=None, now=NOW)  # refuses torn kits and overdraws
        shipped: Counter[LineId] = Counter()
        for part in (part for shipment in outcome.plan.shipments for part in shipment.units):
            shipped[part.line] += part.quantity
        for line in order.lines:
            assert units_in([c for c in claims if c.line == line.id]) == shipped[line.id]
    assert list(ledger.reconcile()) == []
    assert all(row.available >= 0 and row.reserved <= row.quantity for row in ledger.supply(PARTS, now=NOW))


def test_a_kit_and_its_component_never_want_more_than_there_is() -> None:
    made = scene([("kit0", 3), ("cup", 3)], {"cup": (8, 0), "lamp": (5, 0), "mat": (0, 0)})
    outcome = source(made.instance(), limits=AMPLE)
    assert overdrawn(made, made.instance(), units_of(made.instance(), outcome.plan)) == []
    assert outcome.plan.unfilled_units == 1  # 2 x 2 + 3 cups are 7 of 8: one kit has to wait
    assert outcome.unfilled_bound == 1
    assert outcome.status is SolveStatus.OPTIMAL


def test_what_a_kit_takes_from_its_component_is_made_up_for_by_another_node() -> None:
    made = scene([("kit1", 2), ("cup", 2)], {"cup": (2, 2), "lamp": (2, 0), "mat": (0, 0)})
    outcome = source(made.instance(), limits=AMPLE)
    assert outcome.plan.unfilled_units == 0
    assert {(s.node, u.sku) for s in outcome.plan.shipments for u in s.units} == {
        (sorted(made.room)[0], "kit1"),
        (sorted(made.room)[1], "cup"),
    }


def test_units_of_a_kit_come_whole_from_their_node() -> None:
    made = scene([("kit0", 3)], {"cup": (2, 4), "lamp": (3, 1), "mat": (0, 0)})
    instance = made.instance()
    assert instance.shared is None  # nothing is shared, so that all engines prove as ever
    outcome = source(instance)
    assert {s.node: s.units[0].quantity for s in outcome.plan.shipments} == dict.fromkeys(made.room, 1)
    wanted = peg(
        outcome.plan, made.rows, channel="web", capacity_days={}, kits=kits_of(made.order, made.network)
    )
    assert sorted((w.peg.node, w.peg.sku, w.quantity, w.per_unit) for w in wanted) == [
        (node, sku, units, units) for node in sorted(made.room) for sku, units in (("cup", 2), ("lamp", 1))
    ]


def test_a_kit_counts_on_the_day_of_its_node_by_what_is_picked() -> None:
    made = scene([("kit0", 3)], {"cup": (9, 0), "lamp": (9, 0), "mat": (0, 0)}, room=(7, 7))
    outcome = source(made.instance(), limits=AMPLE)
    assert outcome.plan.unfilled_units == 1
    assert outcome.status is SolveStatus.OPTIMAL


def test_the_ring_fence_of_a_component_is_used_before_the_common_pool() -> None:
    made = scene([("kit0", 2)], {"cup": (2, 0), "lamp": (2, 0), "mat": (0, 0)}, fences={"cup": (3, 0)})
    plan = source(made.instance()).plan
    wanted = peg(plan, made.rows, channel="web", capacity_days={}, kits=kits_of(made.order, made.network))
    pegs = [(w.peg.sku, w.peg.pool, w.quantity) for w in wanted]
    assert pegs == [("cup", "web", 3), ("cup", "common", 1), ("lamp", "common", 2)]


def test_orders_without_kits_have_nothing_shared() -> None:
    made = scene([("cup", 3), ("cup", 2), ("lamp", 1)], {"cup": (2, 2), "lamp": (3, 1), "mat": (0, 0)})
    assert made.instance().shared is None


@pytest.mark.parametrize("seed", range(3))
def test_equal_orders_get_equal_answers(seed: int) -> None:
    made = scene([("kit0", 3), ("cup", 3), ("kit2", 2)], dict.fromkeys(PARTS, (4, 3, 2)), nodes=3, seed=seed)
    assert source(made.instance()) == source(made.instance())
