"""How many nodes may share an order, over HTTP: what the order asks for, and rules of the policy in force."""

from typing import Any

import httpx
import pytest

from tests.api.support import NODES, key, load, order
from tests.api.test_choosing_nodes import decide, in_force, nodes, quote, unfilled

NEVER_SPLIT = {"kind": "maximum_nodes", "name": "one parcel please", "at_most": 1}


def choosing(**choice: Any) -> dict[str, Any]:
    return {"nodes": {"allowed": [], "forbidden": [], **choice}}


def test_an_order_that_is_not_to_be_split_comes_from_one_node_with_what_it_has(client: httpx.Client) -> None:
    # Mugs are in Bristol, kettles in Daventry and London; only Bristol and Daventry have tea towels.
    lines = (("M-01", 1), ("T-03", 1), ("K-17", 1))
    assert len(nodes(decide(client, quote("1", *lines)))) == 2
    decision = decide(client, order("1", *lines, **choosing(at_most=1)), 201)
    assert len(nodes(decision)) == 1
    assert decision["unfilled_units"] == decision["unfilled_bound"] == 1
    (missing,) = unfilled(decision)
    assert missing[1:] == (1, "ruled_out")
    kept = client.get("/v1/orders/1").json()["nodes"]
    assert kept == {"allowed": [], "forbidden": [], "at_most": 1, "together": []}
    whole = order("2", *lines, accept_partial=False, **choosing(at_most=1))
    refused = decide(client, whole, 422)
    assert "at most 1 node may ship it: the order's own choice of nodes" in refused["errors"][0]["detail"]


def test_orders_below_a_value_are_not_split_by_a_rule_that_is_named(client: httpx.Client) -> None:
    lines = (("M-01", 1), ("K-17", 1))  # worth 33.24
    in_force(client, {**NEVER_SPLIT, "below": "33.24"}, version="at-33")
    assert len(nodes(decide(client, quote("1", *lines)))) == 2
    in_force(client, {**NEVER_SPLIT, "below": "33.25"}, version="above-33")
    decision = decide(client, quote("1", *lines))
    assert (len(nodes(decision)), [one[1:] for one in unfilled(decision)]) == (1, [(1, "ruled_out")])
    shown = client.get("/v1/policies/above-33").json()["rules"]
    assert shown == [{**NEVER_SPLIT, "below": "33.25", "channels": [], "penalty": None}]


def test_a_soft_limit_is_charged_to_the_order_as_a_whole(client: httpx.Client) -> None:
    lines = (("M-01", 1), ("K-17", 1))
    in_force(client, {**NEVER_SPLIT, "penalty": "0.75"})
    decision = decide(client, quote("1", *lines))
    (charged,) = [line for line in decision["cost_lines"] if line["kind"] == "rule"]
    assert (charged["rule"], charged["node"], charged["micros"]) == ("one parcel please", None, 750_000)


def test_lines_that_belong_together_and_a_sku_that_is_not_split(client: httpx.Client) -> None:
    together = quote("1", ("M-01", 1), ("T-03", 1), **choosing(together=[["1", "2"]]))
    assert nodes(decide(client, together)) == ["BRS1"]
    in_force(client, {"kind": "maximum_nodes_per_line", "name": "kettles", "at_most": 1, "skus": ["K-17"]})
    decision = decide(client, quote("2", ("K-17", 45)))
    assert (nodes(decision), unfilled(decision)) == (["DC1"], [("1", 5, "ruled_out")])


def test_what_has_left_counts_when_the_rest_is_decided_again(client: httpx.Client) -> None:
    # Line 1 is on its way from Bristol: the kettle cannot be brought there, and no second node may join.
    sent = order("1", ("M-01", 1), ("K-17", 1), **choosing(at_most=2))
    assert sorted(nodes(decide(client, sent, 201))) == ["BRS1", "DC1"]
    for verb, body in (("confirm", None), ("send-to-node", {"node": "BRS1"}), ("ship", {"node": "BRS1"})):
        assert client.post(f"/v1/orders/1/{verb}", json=body, headers=key()).status_code == 200
    given = client.post("/v1/orders/1/reassign", json={}, headers=key())
    assert given.status_code == 200, given.text
    live = [one for one in client.get("/v1/orders/1").json()["claims"] if one["state"] != "canceled"]
    assert len({one["node"] for one in live}) == 2


def lives(client: httpx.Client, name: str = "1") -> set[tuple[str, str, int]]:
    """(line, node, units) of what the order holds or has shipped."""
    claims = client.get(f"/v1/orders/{name}").json()["claims"]
    return {
        (one["line"], one["node"], one["quantity"])
        for one in claims
        if one["state"] not in ("canceled", "expired")
    }


def stocked(client: httpx.Client, *rows: str) -> None:
    """Put these rows (sku, node, quantity) in place of what there was."""
    lines = "sku,node,quantity,safety_stock,pool,source,earliest\n" + "".join(f"{row},0,,,\n" for row in rows)
    answer = client.post("/v1/supply/import", content=lines, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("choice", [{"at_most": 1}, {"together": [["1", "2"]]}])
def test_what_cannot_move_with_the_rest_keeps_all_of_it_where_it_is(
    client: httpx.Client, choice: dict[str, Any]
) -> None:
    stocked(client, "K-17,DC1,10", "K-17,LON1,2", "T-03,DC1,9", "T-03,LON1,9")
    decide(client, order("1", ("K-17", 6), ("T-03", 1), **choosing(**choice)), 201)
    before = lives(client)
    assert {node for _, node, _ in before} == {"DC1"}
    off = client.patch("/v1/nodes/DC1", json={"is_on": False, "off_reason": "closed"})
    assert off.status_code == 200, off.text
    assert client.post("/v1/orders/1/reassign", json={}, headers=key()).status_code == 200
    assert lives(client) == before


@pytest.mark.parametrize("by_rule", [True, False])
def test_a_line_that_has_begun_to_ship_is_not_split_when_the_rest_is_decided_again(
    client: httpx.Client, by_rule: bool
) -> None:
    stocked(client, "K-17,DC1,4", "T-03,DC1,5", "K-17,LON1,0", "T-03,BRS1,0")
    if by_rule:
        in_force(client, {"kind": "maximum_nodes_per_line", "name": "no line split", "at_most": 1})
    more = {} if by_rule else choosing(together=[["1", "2"]])
    lines = (("K-17", 6), ("T-03", 1), ("M-01", 1))  # the last may leave alone: the order is no whole
    decide(client, order("1", *lines, allow_backorder=True, **more), 201)
    for verb in ("confirm", "send-to-node"):
        assert client.post(f"/v1/orders/1/{verb}", headers=key()).status_code == 200
    stocked(client, "K-17,LON1,20")
    client.post("/v1/orders/1/reassign", json={}, headers=key())
    assert {node for line, node, _ in lives(client) if line == "1"} == {"DC1"}


def test_a_wanted_node_is_refused_where_a_rule_or_the_order_keeps_it_out(client: httpx.Client) -> None:
    closed = {"kind": "never_ships_to", "name": "closed", "nodes": {"ids": ["LON1"]}, "zones": ["UK-SE"]}
    stocked(client, "K-17,BRS1,5")
    decide(client, order("1", ("K-17", 2), ("T-03", 1), **choosing(at_most=1, forbidden=["BRS1"])), 201)
    in_force(client, closed)

    def wanting(*nodes: str) -> dict[str, Any]:
        wanted = [{"line": "1", "node": node, "quantity": 2 // len(nodes)} for node in nodes]
        sent = {"revision": 1, "wanted": wanted}
        answer = client.post("/v1/orders/1/reassign", json=sent, headers=key())
        assert answer.status_code == 422, answer.text
        problem: dict[str, Any] = answer.json()
        return problem

    said = {error["detail"] for error in wanting("LON1", "BRS1")["errors"]}
    assert "LON1 may not ship it: does not ship to UK-SE (closed)" in said
    assert "BRS1 may not ship it: the order forbids it (the order's own choice of nodes)" in said
    assert any("at most 1 node may ship it" in one for one in said)
    assert {node for _, node, _ in lives(client)} == {"DC1"}


def test_a_full_node_that_may_not_join_either_is_told_as_ruled_out(client: httpx.Client) -> None:
    stocked(client, "T-03,DC1,8", "T-03,LON1,8", "T-03,BRS1,0")
    for room in (0, 1, 3):
        load(client, {"nodes": NODES.replace("0.03,5000,1", f"0.03,{room},1")})
        assert unfilled(decide(client, quote("1", ("T-03", 10), **choosing(at_most=1)))) == [
            ("1", 2, "ruled_out")
        ]


def test_wishes_that_shut_each_other_out_are_refused(client: httpx.Client) -> None:
    sent = quote("1", ("K-17", 1), ("T-03", 1), **choosing(forbidden=["DC1"]))
    sent["lines"][0]["node"] = "DC1"
    assert "line 1 has to ship from DC1: the order forbids it" in decide(client, sent, 422)["detail"]
    sent = quote("1", ("K-17", 1), ("T-03", 1), **choosing(together=[["1", "2"]]))
    sent["lines"][0]["node"], sent["lines"][1]["node"] = "DC1", "LON1"
    assert "have to ship from different nodes" in decide(client, sent, 422)["detail"]


def test_a_backorder_makes_no_further_node_join(client: httpx.Client) -> None:
    lines = (("M-01", 1), ("K-17", 60))  # 51 kettles are there, and 48 come to Daventry
    one_node = quote("1", *lines, allow_backorder=True, **choosing(at_most=1))
    decision = decide(client, one_node)
    assert nodes(decision) == ["DC1"]
    assert {one["node"] for one in decision["backordered"]} == {"DC1"}
    only_bristol = quote(
        "2", ("M-01", 1), ("K-17", 60), allow_backorder=True, **choosing(together=[["1", "2"]])
    )
    decision = decide(client, only_bristol)
    assert {*nodes(decision), *(one["node"] for one in decision["backordered"])} == {"DC1"}


def test_choices_that_cannot_be_meant_are_refused_with_their_place(client: httpx.Client) -> None:
    for choice, pointer in (
        ({"at_most": 0}, "/nodes/at_most"),
        ({"together": [["1"]]}, "/nodes/together/0"),
        ({"together": [["1", "2"], ["2", "1"]]}, "/nodes"),
    ):
        problem = decide(client, quote("1", ("M-01", 1), ("T-03", 1), **choosing(**choice)), 422)
        assert problem["errors"][0]["pointer"] == pointer, problem
    unknown = decide(client, quote("1", ("M-01", 1), ("T-03", 1), **choosing(together=[["1", "7"]])), 422)
    assert "no line 7 in the order" in unknown["detail"]
    rule = {"kind": "maximum_nodes_per_line", "name": "kettles", "at_most": 1, "skus": ["K-71"]}
    body = {"version": "v", "extra_shipment_penalty": "0", "split_line_penalty": "0", "rules": [rule]}
    answer = client.post("/v1/policies", json=body, headers=key())
    assert answer.json()["errors"][0]["pointer"] == "/rules/0/skus/0"
    assert "did you mean K-17" in answer.text
