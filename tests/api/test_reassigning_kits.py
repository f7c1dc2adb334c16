"""Orders of kits sourced again: whole kits, of the components they hold, beside orders of the components."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from api.orders.deciding import Snapshot
from api.orders.moving import Movable, as_held, net_change, stay
from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId
from fulfillment.ledger.claims import Claim, ClaimState, claim_id
from fulfillment.ledger.protocol import Wanted
from fulfillment.orders import OrderLine
from fulfillment.policy import DEFAULT_POLICY
from fulfillment.supply import SupplyKey
from scenarios.instances import split_or_consolidate
from tests.api.support import key
from tests.api.test_kits import GIFT, HEAD, send
from tests.api.test_reassigning import several, switch, want
from tests.api.walking import balanced, figures, nodes, record, refusal, reserve, step


@pytest.fixture
def gifts(client: httpx.Client) -> httpx.Client:
    """Gifts of a kettle and two towels can be packed at DC1 and at LON1."""
    assert send(client, "skus", HEAD + GIFT).status_code == 200
    rows = [{"sku": "T-03", "node": "LON1", "quantity": 20, "safety_stock": 0}]
    assert client.post("/v1/supply/import", json=rows, headers=key()).status_code == 200
    return client


def held(client: httpx.Client, name: str) -> dict[tuple[str, str], int]:
    """Units an order holds, by node and sku."""
    found: dict[tuple[str, str], int] = {}
    for claim in client.get(f"/v1/orders/{name}").json()["claims"]:
        if claim["state"] in ("reserved", "allocated"):
            place = (claim["node"], claim["sku"])
            found[place] = found.get(place, 0) + claim["quantity"]
    return found


def held_in_london(client: httpx.Client, name: str, *lines: tuple[str, int], **more: Any) -> None:
    """An order that was served from the store because the DC was off."""
    switch(client, "DC1", on=False)
    reserve(client, name, *lines, mode="commit", **more)
    switch(client, "DC1", on=True)
    assert set(nodes(client, name)) == {"LON1"}


def test_kits_are_decided_again_alone_and_beside_other_orders(gifts: httpx.Client) -> None:
    held_in_london(gifts, "G1", ("GIFT", 2))
    held_in_london(gifts, "P1", ("K-17", 1))
    assert several(gifts, orders=["P1", "G1"]).json()["moved"] == 1 + 6
    assert held(gifts, "G1") == {("DC1", "K-17"): 2, ("DC1", "T-03"): 4}
    assert gifts.get("/v1/orders/G1").json()["lines"][0]["held"] == 2
    assert gifts.get("/v1/orders/G1/decision").json()["shipments"][0]["node"] == "DC1"
    assert step(gifts, "G1", "reassign").json()["moved"] == 0
    assert balanced(gifts)


def test_kits_go_where_the_caller_wants_them(gifts: httpx.Client) -> None:
    revision = reserve(gifts, "G1", ("GIFT", 3))["revision"]
    wanted = [want("1", "LON1", 2), want("1", "DC1", 1)]
    assert step(gifts, "G1", "reassign", revision=revision, wanted=wanted).json()["moved"] == 6
    assert held(gifts, "G1") == {
        ("DC1", "K-17"): 1,
        ("DC1", "T-03"): 2,
        ("LON1", "K-17"): 2,
        ("LON1", "T-03"): 4,
    }
    revision = gifts.get("/v1/orders/G1").json()["revision"]
    few = step(gifts, "G1", "reassign", revision=revision, wanted=[want("1", "LON1", 1)])
    assert "3 units that can move, 1 are wanted" in refusal(few, 422, "invalid-input")["detail"]
    nowhere = step(gifts, "G1", "reassign", revision=revision, wanted=[want("1", "BRS1", 3)])
    refusal(nowhere, 409, "insufficient-stock")
    unknown = [want("1", "DC1", 3, source="PO-881")]  # kettles are to come, towels are not
    problem = refusal(
        step(gifts, "G1", "reassign", revision=revision, wanted=unknown), 422, "unknown-reference"
    )
    assert problem["errors"][0]["detail"] == "no inbound PO-881 of SKU T-03 at DC1"
    assert balanced(gifts)


def test_a_kit_and_a_line_swap_the_last_units_of_a_shared_component(gifts: httpx.Client) -> None:
    reserve(gifts, "G1", ("GIFT", 1), mode="commit")
    held_in_london(gifts, "P1", ("T-03", 2))
    record(gifts, "count", "T-03", "DC1", 2)
    record(gifts, "count", "T-03", "LON1", 2)
    there, here = [want("1", "LON1", 1)], [want("1", "DC1", 2)]
    refusal(step(gifts, "G1", "reassign", revision=1, wanted=there), 409, "insufficient-stock")
    changes = [
        {"order": "G1", "revision": 1, "wanted": there},
        {"order": "P1", "revision": 1, "wanted": here},
    ]
    answer = several(gifts, changes=changes)
    assert answer.json()["moved"] == 3 + 2, answer.text
    assert held(gifts, "G1") == {("LON1", "K-17"): 1, ("LON1", "T-03"): 2}
    assert held(gifts, "P1") == {("DC1", "T-03"): 2}
    assert balanced(gifts)


def test_deciding_for_both_swaps_a_shared_component_where_that_costs_less(gifts: httpx.Client) -> None:
    """The kit's other component is at both nodes; each order holds the last towels of the other's node."""
    for sku, node, units in (("K-17", "DC1", 1), ("T-03", "BRS1", 2), ("T-03", "DC1", 0)):
        record(gifts, "count", sku, node, units)
    held_in_london(gifts, "G1", ("GIFT", 1), destination={"zone": "UK-SW"})
    record(gifts, "count", "T-03", "LON1", 2)
    record(gifts, "count", "T-03", "BRS1", 0)
    record(gifts, "count", "T-03", "DC1", 2)
    switch(gifts, "LON1", on=False)
    reserve(gifts, "P1", ("T-03", 2), mode="commit")
    switch(gifts, "LON1", on=True)
    assert several(gifts, orders=["G1", "P1"]).json()["moved"] == 5
    assert held(gifts, "G1") == {("DC1", "K-17"): 1, ("DC1", "T-03"): 2}
    assert held(gifts, "P1") == {("LON1", "T-03"): 2}
    assert balanced(gifts)


def test_kits_move_with_the_components_they_hold_whatever_the_catalog_says(gifts: httpx.Client) -> None:
    held_in_london(gifts, "G1", ("GIFT", 2))
    assert send(gifts, "skus", HEAD + "GIFT,Gift,,34.99,14.00,,T-03:3;M-01:1\n").status_code == 200
    assert step(gifts, "G1", "reassign").json()["moved"] == 6
    assert held(gifts, "G1") == {("DC1", "K-17"): 2, ("DC1", "T-03"): 4}
    assert balanced(gifts)


def test_of_kits_of_which_some_have_left_the_rest_moves(gifts: httpx.Client) -> None:
    held_in_london(gifts, "G1", ("GIFT", 3), ("T-03", 1))
    assert step(gifts, "G1", "ship", units={"1": 1}).status_code == 200
    assert step(gifts, "G1", "reassign").json()["moved"] == 7
    assert held(gifts, "G1") == {("DC1", "K-17"): 2, ("DC1", "T-03"): 5}
    assert balanced(gifts)


def test_kits_that_no_node_can_pack_stay_and_other_lines_move(gifts: httpx.Client) -> None:
    held_in_london(gifts, "G1", ("GIFT", 2), ("M-01", 1), channel="app")
    record(gifts, "count", "K-17", "LON1", 1)
    record(gifts, "count", "K-17", "DC1", 0)
    before = held(gifts, "G1")
    assert step(gifts, "G1", "reassign").status_code == 200
    after = held(gifts, "G1")
    assert {sku: units for (_, sku), units in after.items()} == {"K-17": 2, "T-03": 4, "M-01": 1}
    assert after["LON1", "K-17"] == before["LON1", "K-17"]
    assert figures(gifts, "K-17", "LON1")[:2] == (1, 2)
    assert balanced(gifts)


def test_an_order_stays_as_it_is_where_the_rest_would_be_torn_kits() -> None:
    """The plan has put the towels where the kit's are: what is left of the kit is at two nodes."""
    case = split_or_consolidate()
    kettle, towel, dc, shop = SkuId("K-17"), SkuId("T-03"), NodeId("DC1"), NodeId("LON1")

    def claim(number: int, line: str, sku: SkuId, node: NodeId, units: int) -> Claim:
        peg = SupplyKey(sku, node)
        return Claim(
            id=claim_id(OrderId("1"), number),
            order=OrderId("1"),
            line=LineId(line),
            peg=peg,
            quantity=units,
            state=ClaimState.ALLOCATED,
            service=ServiceId("ground"),
            per_unit=2 if line == "1" and sku == towel else 1,
        )

    lines = (OrderLine(LineId("1"), SkuId("GIFT"), 1), OrderLine(LineId("2"), towel, 2))
    snapshot = Snapshot(
        order=case.order.__class__(
            id=OrderId("1"),
            lines=lines,
            destination=case.order.destination,
            placed_at=datetime(2026, 11, 21, tzinfo=UTC),
            channel="web",
            accept_partial=True,
        ),
        network=case.network,
        version=1,
        policy=DEFAULT_POLICY,
        rows=(),
        days={dc: date(2026, 11, 21)},
        capacity={},
        rooms={},
        stale_capacity={},
        now=datetime(2026, 11, 21, tzinfo=UTC),
    )
    claims = (claim(1, "1", kettle, dc, 1), claim(2, "1", towel, dc, 2), claim(3, "2", towel, shop, 2))
    movable = Movable(1, claims, snapshot)
    taken = Wanted(LineId("2"), SupplyKey(towel, dc), 2, ServiceId("ground"))
    assert stay(movable, [taken]) is None
    assert net_change(movable, as_held(movable)) == (None, 0)
    stays = stay(movable, [Wanted(LineId("2"), SupplyKey(towel, shop), 2, ServiceId("ground"))])
    assert stays is not None
    assert [(want.peg.sku, want.quantity, want.per_unit) for want in stays] == [
        (kettle, 1, 1),
        (towel, 2, 2),
    ]
