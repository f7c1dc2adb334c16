"""Which nodes may ship an order: rules of the policy, hard and soft, and what the order itself demands.

The oracle knows nothing of instances with rules: it tries every plan of the order without them, leaves out
those that a hard rule or the order forbids, and adds the penalties of the soft ones itself.
"""

from dataclasses import replace

import pytest
from hypothesis import settings

from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.ids import NodeId, ZoneId
from fulfillment.network import NodeKind, distance_km
from fulfillment.node_rules import MaximumDistance, NeverShipsTo, NodeSet, OnlyFrom, ShipsOnlyTo
from fulfillment.orders import NodeChoice
from fulfillment.plan import CostKind, UnfilledReason
from fulfillment.policy import Policy
from fulfillment.policy_rules import PolicyRule
from optimizer.sourcing import Limits, Outcome, SolveStatus, check, source
from optimizer.sourcing.eligibility import CHOICE, ruled_out
from scenarios.instances import NAMED_CASES, ZONE, OrderCase
from tests.sourcing.orders import SERVE_ALL, instance_of

AMPLE = Limits(branches=100_000, deterministic_seconds=30.0)
often = settings(max_examples=200, derandomize=True, deadline=None)
EAST = NodeSet((NodeId("east"),))


def with_rules(*rules: PolicyRule, policy: Policy = SERVE_ALL) -> Policy:
    return replace(policy, rules=rules)


def split_or_consolidate(*, allowed: str = "", forbidden: str = "", channel: str = "web") -> OrderCase:
    """Best from east and west, unless something speaks against one of them: then all from the hub."""
    case = NAMED_CASES["split_or_consolidate"]()
    choice = NodeChoice(
        tuple(NodeId(name) for name in allowed.split()), tuple(NodeId(name) for name in forbidden.split())
    )
    return replace(case, order=replace(case.order, nodes=choice, channel=channel))


def shipping_from(case: OrderCase, **nodes: str) -> OrderCase:
    """The case with lines that have to ship from a node: `_1="hub"` is line 1 from the hub."""
    only = {name.removeprefix("_"): NodeId(node) for name, node in nodes.items()}
    lines = tuple(replace(line, node=only.get(line.id)) for line in case.order.lines)
    return replace(case, order=replace(case.order, lines=lines))


def decided(case: OrderCase, policy: Policy = SERVE_ALL) -> Outcome:
    instance = instance_of(case, policy)
    outcome = source(instance, limits=AMPLE)
    assert outcome.status is SolveStatus.OPTIMAL
    assert check(instance, outcome.plan) == []
    return outcome


def nodes_of(outcome: Outcome) -> list[str]:
    return [shipment.node for shipment in outcome.plan.shipments]


def said_of(case: OrderCase, policy: Policy) -> dict[str, list[tuple[str, str]]]:
    found = ruled_out(case.order, case.network, policy)
    return {node: [(one.rule, one.words) for one in hard] for node, hard in found.items()}


def test_a_maximum_distance_keeps_nodes_out_that_are_farther() -> None:
    case, west = split_or_consolidate(), NodeId("west")
    far = distance_km(case.network.nodes[west].place, case.network.zones[ZONE].center)
    for reach, expected in ((int(far) + 1, ["east", "west"]), (int(far), ["hub"])):
        rule = MaximumDistance("within a day", reach, NodeSet((west,)))
        assert nodes_of(decided(case, with_rules(rule))) == expected
    assert said_of(case, with_rules(rule)) == {
        "west": [("within a day", f"{far:.0f} km away, at most {int(far)}")]
    }


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (NeverShipsTo("blocked", EAST, (ZONE,)), "does not ship to home"),
        (ShipsOnlyTo("region", EAST, (ZoneId("away"),)), "ships only to away, not to home"),
        (
            OnlyFrom("chosen", NodeSet((NodeId("hub"), NodeId("west")))),
            "orders of web ship from hub, west only",
        ),
    ],
)
def test_a_hard_rule_rules_a_node_out_and_says_why(rule: PolicyRule, words: str) -> None:
    case, policy = split_or_consolidate(), with_rules(rule)
    assert nodes_of(decided(case)) == ["east", "west"]
    assert nodes_of(decided(case, policy)) == ["hub"]
    assert said_of(case, policy) == {"east": [(rule.name, words)]}


def test_a_rule_is_about_the_orders_of_its_channels_only() -> None:
    rule = NeverShipsTo("marketplace from the hub", EAST, (ZONE,), channels=("marketplace",))
    assert nodes_of(decided(split_or_consolidate(), with_rules(rule))) == ["east", "west"]
    assert nodes_of(decided(split_or_consolidate(channel="marketplace"), with_rules(rule))) == ["hub"]


def test_store_stock_is_kept_out_of_online_orders_unless_it_is_chosen() -> None:
    case = split_or_consolidate()
    nodes = {
        name: replace(node, kind=NodeKind.DC if name == "hub" else NodeKind.STORE)
        for name, node in case.network.nodes.items()
    }
    case = replace(case, network=replace(case.network, nodes=nodes))
    online = OnlyFrom("online from DCs", NodeSet(kinds=(NodeKind.DC,)), channels=("web",))
    assert nodes_of(decided(case, with_rules(online))) == ["hub"]
    chosen = replace(online, nodes=NodeSet((NodeId("east"), NodeId("west")), (NodeKind.DC,)))
    assert nodes_of(decided(case, with_rules(chosen))) == ["east", "west"]


def test_a_soft_rule_is_broken_exactly_where_that_is_cheaper() -> None:
    case = split_or_consolidate()
    hard = NeverShipsTo("rather not", EAST, (ZONE,))
    free, kept = decided(case).plan, decided(case, with_rules(hard)).plan
    price = kept.objective - free.objective
    for penalty, is_broken in ((price - 10_000, True), (price + 10_000, False)):
        soft = replace(hard, penalty=penalty)
        plan = decided(case, with_rules(soft)).plan
        told = [(c.amount, c.node, c.rule) for c in plan.cost_lines if c.kind is CostKind.RULE]
        assert told == ([(penalty, "east", "rather not")] if is_broken else [])
        assert plan.cash == (free if is_broken else kept).cash
        assert said_of(case, with_rules(soft)) == {}


def test_the_penalties_of_all_rules_that_a_shipment_breaks_add_up() -> None:
    rules = [
        NeverShipsTo(f"rule {n}", EAST, (ZONE,), penalty=SERVE_ALL.extra_shipment_penalty) for n in (1, 2)
    ]
    plan = decided(split_or_consolidate(), with_rules(*rules)).plan
    told = [(c.node, c.rule) for c in plan.cost_lines if c.kind is CostKind.RULE]
    assert told == [("east", "rule 1"), ("east", "rule 2")]
    assert not any(c.kind.is_cash for c in plan.cost_lines if c.kind is CostKind.RULE)


def test_the_order_may_name_its_nodes_and_forbid_others() -> None:
    assert nodes_of(decided(split_or_consolidate(forbidden="west"))) == ["hub"]
    assert nodes_of(decided(split_or_consolidate(allowed="hub"))) == ["hub"]
    case = split_or_consolidate(allowed="east hub", forbidden="west")
    assert said_of(case, SERVE_ALL) == {"west": [(CHOICE, "the order forbids it")]}


def test_a_forced_node_that_lacks_stock_leaves_the_rest_unfilled() -> None:
    outcome = decided(split_or_consolidate(allowed="east"))
    assert nodes_of(outcome) == ["east"]
    assert [(u.line, u.quantity, u.reason) for u in outcome.plan.unfilled] == [
        ("2", 2, UnfilledReason.NO_STOCK)
    ]


def test_a_line_ships_from_the_node_it_is_forced_to() -> None:
    outcome = decided(shipping_from(split_or_consolidate(), _1="hub"))
    assert nodes_of(outcome) == ["hub"]
    outcome = decided(shipping_from(split_or_consolidate(), _1="east", _2="hub"))
    assert nodes_of(outcome) == ["east", "hub"]


def test_lines_of_one_sku_forced_to_different_nodes_do_not_take_each_others_stock() -> None:
    # Near holds five and far three. Line 1 wants four and line 2 three: near can serve either, not both.
    case = NAMED_CASES["repeated_sku"]()
    both_near = decided(shipping_from(case, _1="near", _2="near"))
    assert both_near.plan.unfilled_units == 2
    outcome = decided(shipping_from(case, _1="near"))
    assert {s.node: [(u.line, u.quantity) for u in s.units] for s in outcome.plan.shipments} == {
        "near": [("1", 4)],
        "far": [("2", 3)],
    }


def test_a_line_forced_to_a_node_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownReference, match='no node named "eats"; did you mean east') as caught:
        decided(shipping_from(split_or_consolidate(), _2="eats"))
    assert caught.value.pointer == "/lines/1/node"


@pytest.mark.parametrize(
    ("make", "said", "pointer"),
    [
        (lambda: NodeChoice((NodeId("a"),), (NodeId("a"),)), "allowed and forbidden", "/nodes/forbidden"),
        (lambda: MaximumDistance("far", 0), "0 km", "/kilometers"),
        (lambda: NeverShipsTo("none", EAST, ()), "names no zone", "/zones"),
        (lambda: with_rules(OnlyFrom("", EAST)), 'named ""', "/rules/0/name"),
        (lambda: with_rules(OnlyFrom("a", EAST), OnlyFrom("a", EAST)), "as another is", "/rules/1/name"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(make: object, said: str, pointer: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        make()  # type: ignore[operator]
    assert caught.value.pointer == pointer
    assert caught.value.fix
