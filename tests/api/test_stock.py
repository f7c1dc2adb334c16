"""Availability, and the facts about stock that change it."""

from datetime import date
from typing import Any

import httpx
import pytest

from api.settings import Settings
from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId
from fulfillment.ledger.protocol import Wanted
from fulfillment.supply import SupplyKey
from storage.database import open_database
from tests.api.support import key, order


def record(client: httpx.Client, *events: dict[str, Any]) -> httpx.Response:
    return client.post("/v1/stock-events", json={"events": list(events)}, headers=key())


def event(kind: str, sku: str, node: str, quantity: int, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "sku": sku, "node": node, "quantity": quantity, **more}


def figures(client: httpx.Client, sku: str, node: str, **query: Any) -> dict[str, Any]:
    answer = client.get("/v1/availability", params={"sku": sku, "node": node, **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["items"][0]
    return found


def test_availability_counts_reservations_safety_stock_and_inbound(client: httpx.Client) -> None:
    client.patch("/v1/nodes/DC1", json={"is_on": False, "off_reason": "Stock-taking"})
    client.post("/v1/orders", json=order("1", ("K-17", 4)), headers=key())
    client.patch("/v1/nodes/DC1", json={"is_on": True})
    answer = client.get("/v1/availability?sku=K-17").json()
    assert answer["items"] == [
        {
            "sku": "K-17",
            "node": "DC1",
            "node_is_on": True,
            "on_hand": 40,
            "reserved": 0,
            "safety_stock": 0,
            "available": 40,
            "inbound": [
                {
                    "source": "PO-881",
                    "earliest": "2026-12-01",
                    "pool": "common",
                    "quantity": 48,
                    "reserved": 0,
                }
            ],
        },
        {
            "sku": "K-17",
            "node": "LON1",
            "node_is_on": True,
            "on_hand": 12,
            "reserved": 4,
            "safety_stock": 1,
            "available": 7,
            "inbound": [],
        },
    ]


def test_a_channel_is_told_only_what_it_may_draw_on(client: httpx.Client) -> None:
    assert figures(client, "M-01", "LON1")["available"] == 3
    assert figures(client, "M-01", "LON1", channel="app")["available"] == 3
    assert figures(client, "M-01", "LON1", channel="web")["available"] == 0


def test_nothing_is_available_at_a_node_that_is_off(client: httpx.Client) -> None:
    client.patch("/v1/nodes/LON1", json={"is_on": False, "off_reason": "Flood"})
    found = figures(client, "K-17", "LON1")
    assert (found["node_is_on"], found["on_hand"], found["available"]) == (False, 12, 0)


def test_unknown_skus_and_nodes_are_all_named(refusing: httpx.Client) -> None:
    answer = refusing.get("/v1/availability?sku=K-71&sku=K-17&node=LON2")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-reference")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["?sku", "?node"]
    assert refusing.get("/v1/availability").json()["errors"][0]["pointer"] == "?sku"


def test_facts_change_what_is_on_hand(client: httpx.Client) -> None:
    answer = record(
        client,
        event("walk_in_sale", "K-17", "LON1", 2),
        event("damage", "K-17", "LON1", 1, reason="Dropped"),
        event("correction", "K-17", "LON1", -1, reason="Booked twice"),
        event("count", "T-03", "BRS1", 5),
    )
    assert answer.status_code == 200
    assert answer.json()["recorded"] == 4
    assert figures(client, "K-17", "LON1")["on_hand"] == 8
    assert figures(client, "T-03", "BRS1")["on_hand"] == 5


def test_an_inbound_is_announced_and_received(client: httpx.Client) -> None:
    answer = record(
        client,
        event("inbound", "M-01", "LON1", 10, source="PO-9", earliest="2026-11-25"),
        event("receipt", "M-01", "LON1", 10, source="PO-9"),
        event("receipt", "K-17", "DC1", 40, source="PO-881"),
    )
    assert answer.status_code == 200, answer.text
    found = figures(client, "M-01", "LON1", channel="web")
    assert (found["on_hand"], found["available"]) == (10, 10)
    kettles = figures(client, "K-17", "DC1")
    assert (kettles["on_hand"], kettles["inbound"][0]["quantity"]) == (80, 8)


def inbounds(client: httpx.Client, sku: str, node: str) -> dict[str, int]:
    return {each["earliest"]: each["quantity"] for each in figures(client, sku, node)["inbound"]}


def test_of_an_inbound_announced_again_the_newest_date_counts(client: httpx.Client) -> None:
    later = event("inbound", "K-17", "DC1", 48, source="PO-881", earliest="2026-12-08")
    assert record(client, later).status_code == 200
    assert inbounds(client, "K-17", "DC1") == {"2026-12-08": 48}
    assert record(client, later, {**later, "earliest": "2026-12-03", "quantity": 40}).status_code == 200
    assert inbounds(client, "K-17", "DC1") == {"2026-12-03": 40}
    receipt = event("receipt", "K-17", "DC1", 40, source="PO-881")
    assert record(client, receipt).status_code == 200
    assert figures(client, "K-17", "DC1")["on_hand"] == 80
    assert inbounds(client, "K-17", "DC1") == {}


def test_what_is_promised_of_an_inbound_keeps_its_date_and_counts_once(
    client: httpx.Client, settings: Settings
) -> None:
    database = open_database(settings.database_url, durable=False)
    first = SupplyKey(SkuId("K-17"), NodeId("DC1"), "PO-881", date(2026, 12, 1))
    with database.writing() as stores:
        wanted = Wanted(LineId("1"), first, 30, ServiceId("ground"))
        stores.ledger.reserve(OrderId("1"), [wanted], expires_at=None, now=stores.now)
    later = event("inbound", "K-17", "DC1", 48, source="PO-881", earliest="2026-12-08")
    for _ in range(2):
        assert record(client, later).status_code == 200
        assert inbounds(client, "K-17", "DC1") == {"2026-12-01": 30, "2026-12-08": 18}
    assert record(client, {**later, "quantity": 20}).status_code == 200
    with database.reading() as stores:
        (short,) = stores.ledger.shortfalls(now=stores.now)
        assert (short.claim.peg, short.quantity) == (first, 10)
        assert list(stores.ledger.reconcile()) == []
    database.close()


def test_a_receipt_of_an_inbound_with_several_dates_asks_for_the_date(client: httpx.Client) -> None:
    again = "sku,node,quantity,safety_stock,source,earliest\nK-17,DC1,5,0,PO-881,2026-12-08\n"
    sent = client.post("/v1/supply/import", content=again, headers={"Content-Type": "text/csv"})
    assert sent.status_code == 200
    receipt = event("receipt", "K-17", "DC1", 5, source="PO-881")
    answer = record(client, receipt)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/validation")
    assert answer.json()["fix"] == "Send earliest, one of the inbound's dates"
    assert answer.json()["errors"][0]["allowed"] == "one of 2026-12-01, 2026-12-08"
    assert record(client, {**receipt, "earliest": "2026-12-08"}).status_code == 200
    assert inbounds(client, "K-17", "DC1") == {"2026-12-01": 48}


def test_a_fact_below_what_is_reserved_is_accepted_and_names_the_orders_left_short(
    client: httpx.Client,
) -> None:
    client.post("/v1/orders", json=order("1", ("M-01", 5)), headers=key())
    answer = record(client, event("walk_in_sale", "T-03", "DC1", 1), event("count", "M-01", "BRS1", 3))
    assert answer.json()["results"] == [
        {
            "index": 0,
            "kind": "walk_in_sale",
            "sku": "T-03",
            "node": "DC1",
            "shortfall": 0,
            "shortfall_orders": [],
        },
        {
            "index": 1,
            "kind": "count",
            "sku": "M-01",
            "node": "BRS1",
            "shortfall": 2,
            "shortfall_orders": ["1"],
        },
    ]
    assert figures(client, "M-01", "BRS1")["available"] == 0


@pytest.mark.parametrize(
    ("bad", "pointer", "status"),
    [
        (event("walk_in_sale", "K-71", "LON1", 1), "/events/1/sku", 422),
        (event("walk_in_sale", "K-17", "LON2", 1), "/events/1/node", 422),
        (event("walk_in_sale", "K-17", "LON1", 0), "/events/1/quantity", 422),
        (event("walk_in_sale", "K-17", "LON1", 10**12), "/events/1/quantity", 422),
        (event("theft", "K-17", "LON1", 1), "/events/1/kind", 422),
        ({"sku": "K-17", "node": "LON1", "quantity": 1}, "/events/1/kind", 422),
        (event("correction", "K-17", "LON1", 1), "/events/1/reason", 422),
        (event("receipt", "K-17", "DC1", 1, source="PO-818"), "/events/1/source", 422),
        (event("inbound", "K-17", "DC1", 1, source="PO-1", earliest="soon"), "/events/1/earliest", 422),
        (event("inbound", "K-17", "DC1", 1, source="PO-1", earliest="0001-01-01"), "/events/1/earliest", 422),
        (
            event("inbound", "K-17", "DC1", 1, source="on_hand", earliest="2026-12-01"),
            "/events/1/source",
            422,
        ),
    ],
)
def test_one_bad_event_is_named_and_none_is_recorded(
    refusing: httpx.Client, bad: dict[str, Any], pointer: str, status: int
) -> None:
    answer = record(refusing, event("walk_in_sale", "K-17", "LON1", 2), bad)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["pointer"] == pointer, answer.text
    assert figures(refusing, "K-17", "LON1")["on_hand"] == 12


def test_an_unannounced_receipt_names_the_nearest_inbound(refusing: httpx.Client) -> None:
    answer = record(refusing, event("receipt", "K-17", "DC1", 1, source="PO-818")).json()
    assert "did you mean PO-881?" in answer["detail"]
    assert answer["errors"][0]["allowed"] == "PO-881"


def test_more_events_than_the_cap_are_refused(refusing: httpx.Client) -> None:
    answer = record(refusing, *[event("walk_in_sale", "K-17", "LON1", 1)] * 10_001)
    assert (answer.status_code, answer.json()["errors"][0]["allowed"]) == (422, "at most 10000")


def test_ten_thousand_till_sales_are_one_step(client: httpx.Client) -> None:
    record(client, event("count", "T-03", "DC1", 20_000))
    answer = record(client, *[event("walk_in_sale", "T-03", "DC1", 1)] * 10_000)
    assert answer.status_code == 200
    assert figures(client, "T-03", "DC1")["on_hand"] == 10_000


def shortfalls_told(client: httpx.Client) -> list[tuple[str, int]]:
    """Order and units of each shortfall that events told, oldest first."""
    events = client.get("/v1/events", params={"limit": 200}).json()["items"]
    told = [event["data"]["short"] for event in events if event["type"] == "stock.shortfall"]
    return [(short["order"], short["quantity"]) for one in told for short in one]


def test_an_inbound_announced_with_less_than_is_promised_tells_who_goes_without(
    client: httpx.Client,
) -> None:
    body = order("B1", ("K-17", 70), mode="commit", allow_backorder=True)
    assert client.post("/v1/orders", json=body, headers=key()).status_code == 201
    (coming,) = figures(client, "K-17", "DC1")["inbound"]
    promised = coming["reserved"]
    less = event("inbound", "K-17", "DC1", 3, source="PO-881", earliest="2026-12-01")
    answer = record(client, event("walk_in_sale", "T-03", "DC1", 1), less).json()
    said = [(one["shortfall"], one["shortfall_orders"]) for one in answer["results"]]
    assert said == [(0, []), (promised - 3, ["B1"])]
    assert shortfalls_told(client) == [("B1", promised - 3)]
    later = record(client, {**less, "quantity": 1, "earliest": "2026-12-09"}).json()
    assert later["results"][0]["shortfall"] == 2
    assert shortfalls_told(client)[1:] == [("B1", 2)]


def test_an_import_below_what_is_reserved_tells_who_goes_without(client: httpx.Client) -> None:
    client.post("/v1/orders", json=order("1", ("M-01", 5)), headers=key())
    rows = [{"sku": "M-01", "node": "BRS1", "quantity": 2, "safety_stock": 0}]
    for _ in range(2):
        assert client.post("/v1/supply/import", json=rows, headers=key()).status_code == 200
    assert shortfalls_told(client) == [("1", 3)]
    (short,) = client.get("/v1/shortfalls").json()["items"]
    assert (short["order"], short["quantity"]) == ("1", 3)
