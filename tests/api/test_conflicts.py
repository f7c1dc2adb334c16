"""Demands that cannot hold together, over HTTP: which they are, what each costs, and what is left to say."""

import json
from typing import Any

import httpx

from nodewise_client.errors import Infeasible, problem_of
from tests.api.support import key, order
from tests.api.test_choosing_nodes import NOT_LONDON, STORES_FROM, decide, from_node, in_force, nodes, quote
from tests.api.test_splits import NEVER_SPLIT, choosing
from tests.api.walking import balanced, figures, record, refusal

MUG_AND_KETTLE = (("M-01", 1), ("K-17", 1))  # mugs are in Bristol, kettles in Daventry and London


def refused(client: httpx.Client, sent: dict[str, Any]) -> dict[str, Any]:
    return refusal(client.post("/v1/orders", json=sent, headers=key()), 422, "infeasible")


def conflict(problem: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["kind"], one["name"]) for one in problem["conflict"]]


def prices(problem: dict[str, Any]) -> list[tuple[str, bool, int | None]]:
    return [
        (one["demand"], one["helps"], one["total"] and one["total"]["micros"])
        for one in problem["relaxations"]
    ]


def test_a_rule_and_filling_whole_exclude_each_other_and_each_has_a_price_that_is_true(
    client: httpx.Client,
) -> None:
    # Both nodes: 6.61 of freight, 2.93 of labor, 0.50 for the second shipment. In part: Daventry alone.
    two = decide(client, quote("1", *MUG_AND_KETTLE))["total"]["micros"]
    in_force(client, NEVER_SPLIT)
    one = decide(client, quote("1", *MUG_AND_KETTLE))["total"]["micros"]
    problem = refused(client, order("1", *MUG_AND_KETTLE, accept_partial=False))
    assert conflict(problem) == [("filled_whole", "/accept_partial"), ("policy_rule", "one parcel please")]
    assert prices(problem) == [("/accept_partial", True, one), ("one parcel please", True, two)]
    assert problem["relaxations"][1]["more"]["micros"] == two - one
    assert problem["minimal"] is True
    assert (
        problem["fix"] == f'Drop the rule "one parcel please": all 2 units are served, for GBP {pounds(two)}'
    )
    assert problem["errors"][0]["pointer"] == "/lines/0"
    assert figures(client, "M-01", "BRS1") == (5, 0, 5)
    assert balanced(client)


def pounds(micros: int) -> str:
    return f"{(micros + 5_000) // 10_000 / 100:.2f}"


def test_a_quote_says_the_same_and_is_answered(client: httpx.Client) -> None:
    in_force(client, NEVER_SPLIT)
    sent = order("1", *MUG_AND_KETTLE, accept_partial=False)
    problem = refused(client, sent)
    answer = decide(client, {**sent, "mode": "quote"})
    assert answer["reservable"] is False
    found = answer["infeasible"]
    assert (found["conflict"], found["fix"]) == (problem["conflict"], problem["fix"])
    assert problem["detail"].endswith(found["detail"])
    assert "infeasible" not in decide(client, quote("1", *MUG_AND_KETTLE))


def test_a_demand_that_does_not_help_alone_says_so(client: httpx.Client) -> None:
    in_force(client, NEVER_SPLIT)
    problem = refused(client, order("1", *MUG_AND_KETTLE, accept_partial=False, **choosing(at_most=1)))
    # Of the two limits one is enough to be at fault; what the caller can change is told.
    assert conflict(problem) == [("filled_whole", "/accept_partial"), ("at_most", "/nodes/at_most")]
    assert [helps for _, helps, _ in prices(problem)] == [True, False]
    assert problem["relaxations"][1]["others"] == ["/accept_partial", "one parcel please"]
    assert problem["fix"].startswith("Send accept_partial true: 1 of 2 units are served, for GBP ")


def test_an_order_of_which_nothing_can_be_served_is_told_what_keeps_it(client: httpx.Client) -> None:
    in_force(client, NOT_LONDON)
    forbidden = order("1", ("K-17", 1), nodes={"forbidden": ["DC1"]})
    problem = refused(client, forbidden)
    assert conflict(problem) == [("policy_rule", "London is closed"), ("forbidden_nodes", "/nodes/forbidden")]
    assert all(helps for _, helps, _ in prices(problem))


def test_a_node_that_is_off_and_a_full_day_are_named_beside_rules_and_alone_they_are_no_conflict(
    client: httpx.Client,
) -> None:
    assert client.patch("/v1/nodes/DC1", json={"is_on": False, "off_reason": "Flood"}).status_code == 200
    off = order("1", ("K-17", 20), accept_partial=False)
    refusal(client.post("/v1/orders", json=off, headers=key()), 409, "insufficient-stock")
    in_force(client, NOT_LONDON)
    problem = refused(client, order("1", ("K-17", 10), accept_partial=False))
    assert conflict(problem) == [("node_off", "DC1"), ("policy_rule", "London is closed")]
    listed = client.get("/v1/nodes?limit=3").json()["items"]
    london = next(one for one in listed if one["id"] == "LON1")
    client.post("/v1/nodes/import", json=[{**london, "units_per_day": 2}])
    full = from_node(order("1", ("K-17", 5), accept_partial=False, channel="app"), _1="LON1")
    in_force(client, STORES_FROM, version="app-anywhere")
    problem = refused(client, full)
    assert conflict(problem) == [
        ("filled_whole", "/accept_partial"),
        ("day_full", "LON1"),
        ("line_node", "/lines/0/node"),
    ]


def test_a_node_that_is_off_and_full_as_well_does_not_hide_what_the_order_forbids(
    client: httpx.Client,
) -> None:
    # Only Bristol has mugs for the web.
    bristol = client.get("/v1/nodes?limit=1").json()["items"][0]
    client.post("/v1/nodes/import", json=[{**bristol, "units_per_day": 0}])
    assert client.patch("/v1/nodes/BRS1", json={"is_on": False, "off_reason": "Flood"}).status_code == 200
    problem = refused(client, order("1", ("M-01", 2), accept_partial=False, nodes={"forbidden": ["BRS1"]}))
    assert conflict(problem) == [("forbidden_nodes", "/nodes/forbidden")]
    assert problem["relaxations"][0]["others"] == ["BRS1"]


def test_a_rule_that_yields_to_nodes_the_order_chooses_counts_where_it_chooses_none(
    client: httpx.Client,
) -> None:
    # Mugs are in Bristol, which the rule leaves to orders that choose it; kettles in Daventry and London.
    in_force(client, {**STORES_FROM, "unless_chosen": True}, NOT_LONDON)
    stores = order("1", *MUG_AND_KETTLE, accept_partial=False, nodes={"allowed": ["BRS1", "LON1"]})
    problem = refused(client, stores)
    assert conflict(problem) == [
        ("filled_whole", "/accept_partial"),
        ("policy_rule", "London is closed"),
        ("allowed_nodes", "/nodes/allowed"),
    ]
    helps = {name: helps for name, helps, _ in prices(problem)}
    assert helps == {"/accept_partial": True, "London is closed": True, "/nodes/allowed": False}
    assert "online from DCs" in problem["relaxations"][2]["others"]


def test_stock_that_is_nowhere_is_no_conflict(client: httpx.Client) -> None:
    in_force(client, NEVER_SPLIT)
    none = order("1", ("M-01", 6), ("K-17", 1), accept_partial=False)
    refusal(client.post("/v1/orders", json=none, headers=key()), 409, "insufficient-stock")
    assert "infeasible" not in decide(client, {**none, "mode": "quote"})


def test_an_order_that_accepts_a_part_is_granted_as_ever(client: httpx.Client) -> None:
    in_force(client, NEVER_SPLIT)
    assert nodes(decide(client, order("1", *MUG_AND_KETTLE), 201)) == ["DC1"]


def test_what_is_on_its_way_counts_where_the_order_may_wait_for_it(client: httpx.Client) -> None:
    # 40 kettles are in Daventry and 48 more to come there; 11 in London.
    waits = order("1", ("K-17", 60), accept_partial=False, allow_backorder=True)
    problem = refused(client, {**waits, "nodes": {"forbidden": ["DC1"]}})
    assert ("forbidden_nodes", "/nodes/forbidden") in conflict(problem)
    lacking = {**waits, "allow_backorder": False, "nodes": {"forbidden": ["DC1"]}}
    refusal(client.post("/v1/orders", json=lacking, headers=key()), 409, "insufficient-stock")


def test_without_a_demand_an_order_that_may_wait_costs_what_a_quote_of_it_says(client: httpx.Client) -> None:
    # 51 of 60 kettles are there once Daventry may ship, and nine are to come.
    waits = order("1", ("K-17", 60), accept_partial=False, allow_backorder=True)
    problem = refused(client, {**waits, "nodes": {"forbidden": ["DC1"]}})
    dropped = {
        "/accept_partial": {**waits, "accept_partial": True, "nodes": {"forbidden": ["DC1"]}},
        "/nodes/forbidden": waits,
    }
    assert {one["demand"] for one in problem["relaxations"]} == set(dropped)
    for one in problem["relaxations"]:
        quoted = decide(client, {**dropped[one["demand"]], "mode": "quote"})
        assert one["helps"] is True
        assert one["total"]["micros"] == quoted["total"]["micros"]
        assert one["waiting_units"] == quoted["backordered_units"]
        assert one["unfilled_units"] == quoted["unfilled_units"]
    free = next(one for one in problem["relaxations"] if one["demand"] == "/nodes/forbidden")
    assert (free["waiting_units"], free["unfilled_units"]) == (9, 0)
    assert (
        "all 60 units are served, 9 of them when they have come and until then at their lost margin"
        in (free["detail"])
    )
    assert problem["fix"].startswith("Leave out nodes.forbidden: all 60 units are served, 9 of them when")


def test_an_order_that_would_be_refused_without_a_demand_as_well_is_not_told_that_this_helps(
    client: httpx.Client,
) -> None:
    # Two nodes could ship it all one day; on hand two others have more, and the mug is at a third.
    sent = order("1", ("K-17", 60), ("M-01", 1), accept_partial=False, allow_backorder=True)
    sent["nodes"] = {"at_most": 2, "forbidden": ["BRS1"]}
    problem = refused(client, sent)
    told = {one["demand"]: one for one in problem["relaxations"]}
    assert told["/nodes/forbidden"]["helps"] is False
    assert told["/nodes/forbidden"]["detail"].endswith(
        "it is refused all the same: what is on its way is promised line by line, the earliest first"
    )
    assert told["/nodes/forbidden"]["total"] is None
    without = {**sent, "nodes": {"at_most": 2}}
    assert client.post("/v1/orders", json=without, headers=key()).status_code in (409, 422)
    assert problem["fix"].startswith("Send accept_partial true: ")


def test_a_kit_does_not_wait_for_its_components_and_no_relaxation_says_that_it_does(
    client: httpx.Client,
) -> None:
    kit = {"id": "SET", "name": "Set", "price": "21.00", "components": {"M-01": 2, "T-03": 1}}
    made = client.post("/v1/skus/import", json=[{**kit, "weight_grams": 820, "unit_cost": "8.20"}])
    assert made.status_code == 200, made.text
    record(client, "inbound", "M-01", "DC1", 10, source="PO-9", earliest="2026-12-03")
    in_force(client, {**NOT_LONDON, "name": "Bristol is closed", "nodes": {"ids": ["BRS1"]}})
    sent = order("1", ("SET", 2), accept_partial=False, allow_backorder=True)
    problem = refused(client, {**sent, "nodes": {"forbidden": ["DC1"]}})
    assert conflict(problem) == [("policy_rule", "Bristol is closed")]
    assert conflict(refused(client, sent)) == [("policy_rule", "Bristol is closed")]


def test_an_item_of_a_bulk_call_is_told_as_well_and_so_is_the_client(client: httpx.Client) -> None:
    sent = order("1", *MUG_AND_KETTLE, accept_partial=False, nodes={"at_most": 1})
    answer = client.post("/v1/orders/bulk", json={"orders": [sent]}, headers=key())
    (item,) = answer.json()["results"]
    assert (item["status"], item["body"]["type"]) == (422, "/problems/infeasible")
    alone = httpx.Response(422, text=json.dumps(item["body"]))
    error = problem_of(alone, idempotency_key="k", attempts=1)
    assert isinstance(error, Infeasible)
    assert [one["name"] for one in error.conflict] == ["/accept_partial", "/nodes/at_most"]
    assert error.relaxations[0]["helps"] is True
