"""What-ifs: parsed with errors that help, applied without touching what they do not name."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from api.scenario_files import read_whatif
from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.ids import NodeId, PolicyVersion, ServiceId, ZoneId
from fulfillment.money import Micros
from fulfillment.orders import Order
from fulfillment.policy import DEFAULT_POLICY
from scenarios.deciding import rule
from scenarios.record import ReplayRecord
from scenarios.replay import first_orders, replay
from scenarios.whatif import DemandChange, NodeSwitch, PolicyChange, RateChange, WhatIf, apply
from scenarios.whatif_parsing import parse_whatif
from scenarios.world import World

POLICY = DEFAULT_POLICY
EXAMPLES = sorted((Path(__file__).parents[2] / "docs" / "examples" / "scenarios").glob("*.toml"))
LIVINGSTON = NodeId("dc-livingston")


# --- applying ------------------------------------------------------------------------------------------
def test_a_node_that_is_off_ships_nothing_and_keeps_its_stock(world: World) -> None:
    opening = first_orders(world, 30)
    closed, policy = apply(
        WhatIf("Close Livingston", (NodeSwitch(LIVINGSTON, is_on=False),)), opening, POLICY
    )
    before, after = (replay(w, decide=rule("static_priority"), policy=policy) for w in (opening, closed))
    assert LIVINGSTON in _nodes_used(before)
    assert LIVINGSTON not in _nodes_used(after)
    assert closed.supply == opening.supply
    assert closed.network.nodes[LIVINGSTON].off_reason == "off in the what-if: Close Livingston"
    assert policy is POLICY


def test_a_node_is_switched_on_again_without_its_reason(world: World) -> None:
    off, _ = apply(WhatIf("Off", (NodeSwitch(LIVINGSTON, is_on=False),)), world, POLICY)
    on, _ = apply(WhatIf("On", (NodeSwitch(LIVINGSTON, is_on=True),)), off, POLICY)
    assert on == world


def test_a_what_if_without_changes_changes_nothing(world: World) -> None:
    assert apply(WhatIf("As it is"), world, POLICY) == (world, POLICY)


def test_demand_below_one_thins_and_above_one_copies(world: World) -> None:
    fewer, more = (_orders(world, factor) for factor in (0.8, 2.3))
    known = {order.id for order in world.orders}
    assert {order.id for order in fewer} < known
    assert len(fewer) == pytest.approx(0.8 * len(known), rel=0.06)
    assert len(more) == pytest.approx(2.3 * len(known), rel=0.06)
    copies = Counter(order.id.partition("+")[0] for order in more)
    assert set(copies.values()) == {2, 3}
    assert len({order.id for order in more}) == len(more)
    assert [order.placed_at for order in more] == sorted(order.placed_at for order in more)


def test_with_one_seed_a_smaller_demand_is_part_of_a_larger_one(world: World) -> None:
    half, most = ({order.id for order in _orders(world, factor)} for factor in (0.5, 0.9))
    assert half < most
    assert _orders(world, 0.5) == _orders(world, 0.5)
    assert _orders(world, 0.5) != _orders(world, 0.5, seed=1)


def test_rates_change_for_the_service_and_zone_named_and_nowhere_else(world: World) -> None:
    change = RateChange(1.1, ServiceId("parcel"), ZoneId("london"))
    dearer, _ = apply(WhatIf("Dearer", rates=(change,)), world, POLICY)
    for lane, offered in world.network.rates.items():
        for was, now in zip(offered, dearer.network.rates[lane], strict=True):
            named = was.service == "parcel" and was.zone == "london"
            expected = Micros(round(was.per_package * 1.1)) if named else was.per_package
            assert now.per_package == expected
            assert now.per_kg % 1000 == 0
            assert (now.package_limit_grams, now.service) == (was.package_limit_grams, was.service)


def test_two_changes_of_one_rate_multiply(world: World) -> None:
    twice = (RateChange(2.0), RateChange(3.0, service=ServiceId("parcel")))
    dearer, _ = apply(WhatIf("Dearer", rates=twice), world, POLICY)
    small, parcel = dearer.network.rates[LIVINGSTON, ZoneId("wales")]
    was_small, was_parcel = world.network.rates[LIVINGSTON, ZoneId("wales")]
    assert (small.per_package, parcel.per_package) == (2 * was_small.per_package, 6 * was_parcel.per_package)


def test_other_weights_make_another_version_of_the_policy(world: World) -> None:
    _, policy = apply(WhatIf("No splits", policy=PolicyChange(Micros(9), None, True)), world, POLICY)
    assert policy == replace(
        POLICY,
        version=PolicyVersion("default + No splits"),
        extra_shipment_penalty=Micros(9),
        may_give_up=True,
    )


@pytest.mark.parametrize(
    ("whatif", "pointer", "nearest"),
    [
        (WhatIf("x", nodes=(NodeSwitch(NodeId("dc-livingstone"), False),)), "/nodes/off", "dc-livingston"),
        (WhatIf("x", rates=(RateChange(1.1, service=ServiceId("parcels")),)), "/rates/0/service", "parcel"),
        (WhatIf("x", rates=(RateChange(1.1, zone=ZoneId("londn")),)), "/rates/0/zone", "london"),
    ],
)
def test_a_name_the_world_does_not_have_is_refused_with_the_nearest(
    world: World, whatif: WhatIf, pointer: str, nearest: str
) -> None:
    with pytest.raises(UnknownReference, match=f"did you mean {nearest}") as refused:
        apply(whatif, world, POLICY)
    assert refused.value.pointer == pointer


# --- parsing -------------------------------------------------------------------------------------------
def test_every_field_is_read() -> None:
    text = """
        title = "All at once"
        nodes = { off = ["a"], on = ["b"] }
        demand = { factor = 1.2, seed = 7 }
        policy = { extra_shipment_penalty = 2, split_line_penalty = 0.25, may_give_up = true }
        [[rates]]
        factor = 1.1
        service = "parcel"
        zone = "london"
        [[rates]]
        factor = 0.9
    """
    assert parse_whatif(tomllib.loads(text)) == WhatIf(
        title="All at once",
        nodes=(NodeSwitch(NodeId("b"), is_on=True), NodeSwitch(NodeId("a"), is_on=False)),
        demand=DemandChange(1.2, seed=7),
        rates=(RateChange(1.1, ServiceId("parcel"), ZoneId("london")), RateChange(0.9)),
        policy=PolicyChange(Micros(2_000_000), Micros(250_000), may_give_up=True),
    )


@pytest.mark.parametrize(
    ("data", "pointer", "detail", "fix"),
    [
        ({}, "/title", "is missing", "text in quotes"),
        ({"title": " "}, "/title", "is empty", "Say in a few words"),
        ({"title": 3}, "/title", "is 3", "text in quotes"),
        ({"title": "x", "node": {}}, "/node", "did you mean nodes?", "Allowed: title, nodes"),
        ({"title": "x", "nodes": {"of": []}}, "/nodes/of", "did you mean off?", "Allowed: on, off"),
        ({"title": "x", "nodes": ["a"]}, "/nodes", "is a list", "Write a table, [nodes]"),
        ({"title": "x", "nodes": {"off": "a"}}, "/nodes/off", "is the text 'a'", "Write a list"),
        ({"title": "x", "nodes": {"off": [1]}}, "/nodes/off/0", "is 1", "text in quotes"),
        (
            {"title": "x", "nodes": {"off": ["a"], "on": ["a"]}},
            "/nodes",
            "both on and off",
            "one of the lists",
        ),
        ({"title": "x", "demand": {}}, "/demand/factor", "is missing", "1.2"),
        ({"title": "x", "demand": {"factor": 0}}, "/demand/factor", "is 0", "from 0.01 to 10"),
        ({"title": "x", "demand": {"factor": float("nan")}}, "/demand/factor", "is nan", "from 0.01 to 10"),
        ({"title": "x", "demand": {"factor": True}}, "/demand/factor", "switch True", "from 0.01 to 10"),
        ({"title": "x", "demand": {"factor": 1, "seed": -1}}, "/demand/seed", "is -1", "whole number"),
        ({"title": "x", "rates": {"factor": 1}}, "/rates", "is a table", "Write a list"),
        ({"title": "x", "rates": [{"factor": "2"}]}, "/rates/0/factor", "the text '2'", "from 0.01 to 10"),
        (
            {"title": "x", "policy": {"split_line_penalty": -1}},
            "/policy/split_line_penalty",
            "is -1",
            "from 0",
        ),
        ({"title": "x", "policy": {"may_give_up": "no"}}, "/policy/may_give_up", "'no'", "true or false"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_allowed(
    data: Mapping[str, object], pointer: str, detail: str, fix: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_whatif(data)
    assert refused.value.pointer == pointer
    assert pointer in refused.value.detail
    assert detail in refused.value.detail
    assert fix in refused.value.fix


# --- files ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_of_the_guide_applies_to_the_demo(world: World, path: Path) -> None:
    whatif = read_whatif(path)
    changed_world, changed_policy = apply(whatif, world, POLICY)
    assert (changed_world, changed_policy) != (world, POLICY)


def test_the_guide_has_examples() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'title = "x', "is not TOML"),
        (b'title = "caf\xe9"', "is not UTF-8: byte 12 is 0xe9"),
        (b"", "/title is missing"),
    ],
)
def test_a_file_that_is_no_what_if_says_why(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "what_if.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=said):
        read_whatif(path)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No such file"):
        read_whatif(tmp_path / "nowhere.toml")


def _orders(world: World, factor: float, *, seed: int = 0) -> tuple[Order, ...]:
    changed, _ = apply(WhatIf("Demand", demand=DemandChange(factor, seed)), world, POLICY)
    return changed.orders


def _nodes_used(record: ReplayRecord) -> set[NodeId]:
    return {shipment.node for one in record.orders for shipment in one.plan.shipments}
