"""Which nodes ship an order, over HTTP: rules of the policy in force, and what the order itself demands."""

from typing import Any

import httpx
import pytest

from tests.api.support import key, order

STORES_FROM = {
    "kind": "only_from",
    "name": "online from DCs",
    "nodes": {"kinds": ["dc"]},
    "channels": ["web"],
}
NOT_LONDON = {
    "kind": "never_ships_to",
    "name": "London is closed",
    "nodes": {"ids": ["LON1"]},
    "zones": ["UK-SE"],
}


def in_force(
    client: httpx.Client, *rules: dict[str, Any], version: str = "ruled", **weights: str | None
) -> None:
    """Make a policy with these rules and weights and activate it."""
    made = client.post("/v1/policies", json=policy(*rules, version=version, **weights), headers=key())
    assert made.status_code == 201, made.text
    body = {"reason": "to see what comes of it"}
    assert client.post(f"/v1/policies/{version}/activate", json=body, headers=key()).status_code == 200


def policy(*rules: dict[str, Any], version: str = "ruled", **weights: str | None) -> dict[str, Any]:
    return {
        "version": version,
        "extra_shipment_penalty": "0.50",
        "split_line_penalty": "0.25",
        "rules": list(rules),
        **weights,
    }


def decide(client: httpx.Client, sent: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = client.post("/v1/orders", json=sent, headers=key())
    assert answer.status_code == status, answer.text
    given: dict[str, Any] = answer.json()
    return given


def quote(name: str, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    return order(name, *lines, mode="quote", **more)


def nodes(decision: dict[str, Any]) -> list[str]:
    return [shipment["node"] for shipment in decision["shipments"]]


def unfilled(decision: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [(one["line"], one["quantity"], one["reason"]) for one in decision["unfilled"]]


def from_node(sent: dict[str, Any], **node: str) -> dict[str, Any]:
    """The order with lines that ship from a node: `_1="BRS1"` is line 1."""
    lines = [
        one if f"_{one['id']}" not in node else {**one, "node": node[f"_{one['id']}"]}
        for one in sent["lines"]
    ]
    return {**sent, "lines": lines}


def test_store_stock_is_kept_out_of_online_orders_by_a_rule_until_it_is_chosen(client: httpx.Client) -> None:
    assert nodes(decide(client, quote("1", ("M-01", 2)))) == ["BRS1"]
    in_force(client, STORES_FROM)
    refused = decide(client, order("1", ("M-01", 2)), 422)
    assert refused["fix"].startswith('Drop the rule "online from DCs": all 2 units are served, for GBP ')
    assert "held back: 5 at BRS1 (orders of web ship from dc only)" in refused["errors"][0]["detail"]
    assert unfilled(decide(client, quote("1", ("M-01", 2)))) == [("1", 2, "ruled_out")]
    assert nodes(decide(client, quote("1", ("M-01", 2), channel="phone"))) == ["BRS1"]
    chosen = {**STORES_FROM, "nodes": {"kinds": ["dc"], "ids": ["BRS1"]}}
    in_force(client, chosen, version="chosen")
    assert nodes(decide(client, quote("1", ("M-01", 2)))) == ["BRS1"]


def test_units_are_told_apart_by_what_keeps_them_from_leaving(client: httpx.Client) -> None:
    # Of 20 mugs 5 stand in Bristol, which a rule keeps out; there are no more for the channel web.
    in_force(client, {**NOT_LONDON, "nodes": {"ids": ["BRS1"]}})
    decision = decide(client, quote("1", ("M-01", 20), ("T-03", 1)))
    assert unfilled(decision) == [("1", 15, "no_stock"), ("1", 5, "ruled_out")]
    assert nodes(decision) == ["DC1"]


def test_a_soft_rule_charges_the_shipment_that_breaks_it_and_says_its_name(client: httpx.Client) -> None:
    cheapest = decide(client, quote("1", ("K-17", 1)))
    assert nodes(cheapest) == ["DC1"]
    soft = {**NOT_LONDON, "name": "rather not Daventry", "nodes": {"ids": ["DC1"]}, "penalty": "0.05"}
    in_force(client, soft)
    given = decide(client, order("1", ("K-17", 1)), 201)
    (charged,) = [line for line in given["cost_lines"] if line["kind"] == "rule"]
    assert (charged["rule"], charged["node"], charged["micros"]) == ("rather not Daventry", "DC1", 50_000)
    assert (charged["is_cash"], charged["is_steering"]) == (False, True)
    assert given["cash"] == cheapest["cash"]
    assert given["total"]["micros"] == cheapest["total"]["micros"] + 50_000
    assert client.get("/v1/orders/1/decision").json()["cost_lines"] == given["cost_lines"]
    assert all("rule" not in line for line in given["cost_lines"] if line is not charged)
    in_force(client, {**soft, "penalty": "20"}, version="dear")
    assert nodes(decide(client, quote("2", ("K-17", 1)))) == ["LON1"]


def test_an_order_names_its_nodes_and_keeps_them(client: httpx.Client) -> None:
    sent = order("1", ("K-17", 1), nodes={"allowed": ["LON1", "BRS1"], "forbidden": ["DC1"]})
    assert nodes(decide(client, sent, 201)) == ["LON1"]
    kept = client.get("/v1/orders/1").json()["nodes"]
    assert kept == {**sent["nodes"], "at_most": None, "together": []}
    given = client.post("/v1/orders/1/reassign", json={}, headers=key())
    assert given.status_code == 200, given.text
    assert {claim["node"] for claim in client.get("/v1/orders/1").json()["claims"]} == {"LON1"}


def test_a_line_ships_from_the_node_that_it_names_or_not_at_all(client: httpx.Client) -> None:
    sent = from_node(order("1", ("K-17", 1), ("T-03", 2)), _2="BRS1")
    assert sorted(nodes(decide(client, sent, 201))) == ["BRS1", "DC1"]
    kept = client.get("/v1/orders/1").json()
    assert [line.get("node") for line in kept["lines"]] == [None, "BRS1"]
    assert "nodes" not in kept
    client.post("/v1/orders/1/reassign", json={}, headers=key())
    claims = client.get("/v1/orders/1").json()["claims"]
    assert {(one["line"], one["node"]) for one in claims if one["state"] == "reserved"} == {
        ("1", "DC1"),
        ("2", "BRS1"),
    }


def test_a_forced_node_that_lacks_stock_leaves_the_rest_and_says_where_it_is(client: httpx.Client) -> None:
    # Bristol has 8 tea towels and holds 2 of them back.
    decision = decide(client, from_node(order("1", ("T-03", 9)), _1="BRS1"), 201)
    assert nodes(decision) == ["BRS1"]
    assert unfilled(decision) == [("1", 3, "ruled_out")]
    whole = {**from_node(order("2", ("T-03", 9)), _1="BRS1"), "accept_partial": False}
    refused = decide(client, whole, 422)
    assert "100 at DC1 (line 1 has to ship from BRS1)" in refused["errors"][0]["detail"]


def test_a_backorder_waits_only_for_what_may_ship_the_order(client: httpx.Client) -> None:
    # 52 kettles are there for the web, 48 more come to Daventry.
    sent = {"allow_backorder": True, "nodes": {"allowed": ["LON1"], "forbidden": []}}
    decision = decide(client, quote("1", ("K-17", 30), **sent))
    assert decision["backordered"] == []
    assert unfilled(decision) == [("1", 19, "ruled_out")]
    decision = decide(client, quote("1", ("K-17", 60), allow_backorder=True))
    assert [(one["node"], one["quantity"]) for one in decision["backordered"]] == [("DC1", 9)]


def test_a_quote_of_one_order_is_not_changed_by_the_choice_of_another(client: httpx.Client) -> None:
    chosen = quote("1", ("K-17", 1), nodes={"allowed": ["LON1"], "forbidden": []})
    assert nodes(decide(client, chosen)) == ["LON1"]
    assert nodes(decide(client, quote("2", ("K-17", 1)))) == ["DC1"]


def test_nodes_that_nobody_has_are_all_named_with_the_nearest(client: httpx.Client) -> None:
    sent = from_node(
        order("1", ("K-17", 1), nodes={"allowed": ["LON2", "DC2"], "forbidden": ["BSR1"]}), _1="DC2"
    )
    problem = decide(client, sent, 422)
    assert problem["type"] == "/problems/unknown-reference"
    assert [error["pointer"] for error in problem["errors"]] == [
        "/lines/0/node",
        "/nodes/allowed/0",
        "/nodes/allowed/1",
        "/nodes/forbidden/0",
    ]
    assert "did you mean DC1" in problem["errors"][0]["detail"]
    both = order("1", ("K-17", 1), nodes={"allowed": ["DC1"], "forbidden": ["DC1"]})
    assert "DC1 is allowed and forbidden" in decide(client, both, 422)["detail"]


@pytest.mark.parametrize(
    ("rule", "pointer", "said"),
    [
        ({**NOT_LONDON, "zones": ["UK-XX"]}, "/rules/0/zones/0", "no zone named"),
        ({**NOT_LONDON, "nodes": {"ids": ["LON9"]}}, "/rules/0/nodes/ids/0", "did you mean LON1"),
        ({**NOT_LONDON, "zones": []}, "/rules/0/zones", "at least 1"),
        ({**STORES_FROM, "nodes": {}}, "/rules/0", "name an id or a kind"),
        (
            {"kind": "maximum_distance", "name": "a", "kilometers": 0},
            "/rules/0/kilometers",
            "1",
        ),
        ({"kind": "never", "name": "a"}, "/rules/0/kind", "maximum_distance"),
        ({**NOT_LONDON, "penalty": "-1"}, "/rules/0/penalty", "at least 0"),
        ({**NOT_LONDON, "penatly": "1"}, "/rules/0/penatly", "no such field"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_with_its_place(
    client: httpx.Client, rule: dict[str, Any], pointer: str, said: str
) -> None:
    answer = client.post("/v1/policies", json=policy(rule), headers=key())
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert said in answer.text
    assert client.get("/v1/policies/ruled").status_code == 404


def test_two_rules_of_one_name_are_refused(client: httpx.Client) -> None:
    answer = client.post("/v1/policies", json=policy(NOT_LONDON, NOT_LONDON), headers=key())
    assert answer.status_code == 422, answer.text
    assert "as another is" in answer.json()["detail"]


def test_rules_are_shown_as_they_were_sent_and_compared_one_by_one(client: httpx.Client) -> None:
    distance = {"kind": "maximum_distance", "name": "near", "kilometers": 300, "penalty": "1.50"}
    in_force(client, distance, version="one")
    in_force(client, {**distance, "kilometers": 200}, STORES_FROM, version="two")
    shown = client.get("/v1/policies/two").json()["rules"]
    assert [rule["name"] for rule in shown] == ["near", "online from DCs"]
    assert (shown[0]["kilometers"], shown[0]["penalty"], shown[1]["penalty"]) == (200, "1.50", None)
    found = client.get("/v1/policies/one/compare/two").json()["differences"]
    assert ("/rules/0/kilometers", 300, 200) in [(one["pointer"], one["from"], one["to"]) for one in found]
