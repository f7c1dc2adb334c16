"""Customer tiers over HTTP: the last units are held for higher ones, whoever else writes at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.api.support import Server, key, load, order
from tests.api.test_choosing_nodes import decide, in_force, nodes, quote, unfilled
from tests.api.walking import balanced, figures, record, refusal, reserve, step

LAST_TWO = {"kind": "held_for_tiers", "name": "last two for gold", "tier": 1, "units": 2}


def available(client: httpx.Client, **params: Any) -> int:
    answer = client.get("/v1/availability", params={"sku": "M-01", "node": "BRS1", **params})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["items"][0]["available"])


def test_the_last_units_are_for_the_tier_and_for_higher_ones(client: httpx.Client) -> None:
    # Bristol has 5 mugs: an ordinary order may have 3 of them, tier 1 all that is left.
    in_force(client, LAST_TWO)
    assert available(client) == 5
    assert [available(client, tier=tier) for tier in (0, 1, 2)] == [3, 5, 5]
    decision = decide(client, order("ordinary", ("M-01", 5)), 201)
    assert unfilled(decision) == [("1", 2, "ruled_out")]
    problem = refusal(
        client.post("/v1/orders", json=order("late", ("M-01", 1)), headers=key()), 422, "infeasible"
    )
    assert problem["conflict"][0]["name"] == "last two for gold"
    assert "held for higher tiers: 2 at BRS1" in problem["errors"][0]["detail"]
    gold = reserve(client, "gold", ("M-01", 2), tier=1)
    assert (gold["unfilled_units"], nodes(gold)) == (0, ["BRS1"])
    assert client.get("/v1/orders/gold").json()["tier"] == 1
    assert "tier" not in client.get("/v1/orders/ordinary").json()
    assert balanced(client)


def test_what_is_reserved_is_never_taken_away(client: httpx.Client) -> None:
    reserve(client, "before", ("M-01", 5))
    in_force(client, LAST_TWO)
    assert step(client, "before", "reassign").json()["moved"] == 0
    assert step(client, "before", "confirm").status_code == 200
    refusal(
        client.post("/v1/orders", json=order("gold", ("M-01", 1), tier=2), headers=key()),
        409,
        "insufficient-stock",
    )


def test_a_lower_tier_does_not_get_them_by_asking_for_a_node(client: httpx.Client) -> None:
    record(client, "count", "M-01", "DC1", 6)
    in_force(client, {**LAST_TWO, "nodes": {"ids": ["BRS1"]}})
    reserve(client, "ordinary", ("M-01", 3))
    wanted = [{"line": "1", "node": "BRS1", "quantity": 3}]
    moved = step(client, "ordinary", "reassign", revision=1, wanted=wanted)
    assert moved.status_code == 200, moved.text
    reserve(client, "other", ("M-01", 3))
    refused = step(client, "other", "reassign", revision=1, wanted=wanted)
    refusal(refused, 409, "insufficient-stock")
    assert refused.json()["errors"][0]["detail"] == "3 wanted, 0 available"
    assert figures(client, "M-01", "BRS1") == (5, 3, 2)


def test_rules_of_channels_and_of_several_tiers_hold_side_by_side(client: httpx.Client) -> None:
    last = {**LAST_TWO, "name": "last for platinum", "tier": 2, "units": 1}
    in_force(client, LAST_TWO, last)
    assert [available(client, tier=tier) for tier in (0, 1, 2)] == [3, 4, 5]
    in_force(client, {**LAST_TWO, "channels": ["app"]}, version="app-only")
    assert [available(client, tier=0, channel=channel) for channel in ("web", "app")] == [5, 3]


def test_a_kit_leaves_what_is_held_of_its_components(client: httpx.Client) -> None:
    kit = {"id": "SET", "name": "Set", "price": "20.00", "components": {"M-01": 2}}
    answer = client.post("/v1/skus/import", json=[kit | {"weight_grams": 700, "unit_cost": "6.00"}])
    assert answer.status_code == 200, answer.text
    in_force(client, LAST_TWO)
    decision = decide(client, quote("1", ("SET", 2)))
    assert (unfilled(decision), nodes(decision)) == ([("1", 1, "ruled_out")], ["BRS1"])
    assert unfilled(decide(client, quote("1", ("SET", 2), tier=1))) == []


def test_a_bulk_call_decides_higher_tiers_first_and_answers_as_it_was_sent(client: httpx.Client) -> None:
    sent = [order(f"{tier}-{number}", ("M-01", 2), tier=tier) for number, tier in enumerate((0, 1, 0, 3))]
    bad = {**sent[0], "id": "bad", "tier": "gold"}
    answer = client.post("/v1/orders/bulk", json={"orders": [*sent, bad]}, headers=key("b"))
    results = answer.json()["results"]
    assert [one["index"] for one in results] == [0, 1, 2, 3, 4]
    assert [one["status"] for one in results] == [201, 201, 409, 201, 422]
    assert [one["body"].get("unfilled_units") for one in results[:4]] == [1, 0, None, 0]
    again = client.post("/v1/orders/bulk", json={"orders": [*sent, bad]}, headers=key("b"))
    assert again.json()["results"] == results


def test_two_processes_leave_the_last_units_to_the_higher_tier(serve: Callable[..., Server]) -> None:
    """Twelve ordinary shoppers at two servers want one mug each of five, of which two are held; then gold."""
    servers = [serve(), serve()]
    clients = [server.client() for server in servers]
    load(clients[0])
    in_force(clients[0], LAST_TWO)

    def buy(number: int) -> int:
        sent = order(f"o-{number}", ("M-01", 1))
        return clients[number % 2].post("/v1/orders", json=sent, headers=key(f"k-{number}")).status_code

    with ThreadPoolExecutor(12) as shoppers:
        told = sorted(shoppers.map(buy, range(12)))
    assert told[:3] == [201] * 3
    assert set(told[3:]) <= {409, 422}
    assert reserve(clients[1], "gold", ("M-01", 2), tier=1)["unfilled_units"] == 0
    assert figures(clients[0], "M-01", "BRS1") == (5, 5, 0)
    assert balanced(clients[0])
    for client in clients:
        client.close()


@pytest.mark.parametrize("bad", [-1, 101, "gold", 1.5, True, None])
def test_a_tier_is_a_small_number(client: httpx.Client, bad: object) -> None:
    sent = order("1", ("M-01", 1), tier=bad)
    problem = refusal(client.post("/v1/orders", json=sent, headers=key()), 422, "validation")
    assert problem["errors"][0]["pointer"] == "/tier"
