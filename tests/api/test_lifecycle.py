"""An order's life over HTTP, from its reservation to the return: every step, and what may not follow what."""

from datetime import date

import httpx
import pytest

from api.settings import Settings
from fulfillment.ids import NodeId, SkuId
from fulfillment.supply import SupplyKey
from tests.api.support import database_of, key
from tests.api.walking import balanced, figures, record, refusal, reserve, row, step, walk


def test_an_order_is_collected_and_partly_comes_back(client: httpx.Client) -> None:
    reserve(client, "1", ("M-01", 3))
    assert walk(client, "1", "confirm", "send-to-node", "pick", "make-ready") == [
        "allocated",
        "sent_to_node",
        "picked",
        "ready_to_collect",
    ]
    assert figures(client, "M-01", "BRS1") == (5, 3, 2)
    assert walk(client, "1", "collect") == ["collected"]
    assert figures(client, "M-01", "BRS1") == (2, 0, 2)
    back = step(client, "1", "return", to="LON1", state="sellable", units={"1": 1})
    assert back.status_code == 200
    assert sorted((c["state"], c["quantity"]) for c in back.json()["claims"]) == [
        ("collected", 2),
        ("returned", 1),
    ]
    broken = step(client, "1", "return", to="BRS1", state="damaged", units={"1": 1})
    doubtful = step(client, "1", "return", to="BRS1", state="quarantined")
    assert (broken.status_code, doubtful.json()["state"]) == (200, "returned")
    assert figures(client, "M-01", "BRS1") == (2, 0, 2)
    # Into the common pool of the node that has it, beside the ring-fence of the app.
    assert figures(client, "M-01", "LON1") == (4, 0, 4)
    assert row(client, "M-01", "BRS1", "damaged") == row(client, "M-01", "BRS1", "quarantined") == 1
    assert balanced(client)


def test_what_nobody_collects_is_free_again(client: httpx.Client) -> None:
    reserve(client, "1", ("M-01", 3))
    walk(client, "1", "confirm", "send-to-node", "make-ready")
    assert walk(client, "1", "not-collected") == ["not_collected"]
    assert figures(client, "M-01", "BRS1") == (5, 0, 5)
    assert balanced(client)


def test_what_a_node_cannot_find_waits_in_quarantine_until_somebody_counts(client: httpx.Client) -> None:
    reserve(client, "1", ("M-01", 3))
    walk(client, "1", "confirm", "send-to-node", "pick")
    answer = step(client, "1", "reject", units={"1": 2}, reason="Shelf is empty")
    assert sorted(c["state"] for c in answer.json()["claims"]) == ["picked", "rejected"]
    assert figures(client, "M-01", "BRS1") == (3, 1, 2)
    assert row(client, "M-01", "BRS1", "quarantined") == 2
    # One of the two turns up.
    record(client, "count", "M-01", "BRS1", 0, state="quarantined", reason="Counted")
    record(client, "count", "M-01", "BRS1", 4, reason="Counted")
    assert row(client, "M-01", "BRS1", "quarantined") == 0
    assert figures(client, "M-01", "BRS1") == (4, 1, 3)
    entries = client.get("/v1/ledger/entries", params={"order": "1"}).json()["items"]
    assert "Shelf is empty" in {entry["note"] for entry in entries}
    assert balanced(client)


@pytest.mark.parametrize(
    ("before", "verb", "body", "says"),
    [
        ((), "pick", {}, "picked"),
        (("confirm",), "pick", {}, "picked"),
        (("confirm",), "make-ready", {}, "made ready"),
        (("confirm", "send-to-node", "pick"), "collect", {}, "collected"),
        (("confirm", "send-to-node", "make-ready"), "ship", {}, "shipped"),
        (("confirm", "send-to-node"), "not-collected", {}, "marked as not collected"),
        (("confirm",), "reject", {"reason": "Lost"}, "rejected"),
        (("confirm",), "return", {"to": "BRS1", "state": "sellable"}, "taken back"),
        (("confirm", "ship"), "cancel", {}, "canceled"),
        (("confirm", "ship"), "reassign", {}, "reassigned"),
    ],
)
def test_steps_out_of_turn_are_refused_in_words(
    client: httpx.Client, before: tuple[str, ...], verb: str, body: dict[str, str], says: str
) -> None:
    reserve(client, "1", ("M-01", 3))
    walk(client, "1", *before)
    was = client.get("/v1/orders/1").json()
    problem = refusal(step(client, "1", verb, **body), 409, "illegal-transition")
    assert f"order 1 cannot be {says}" in problem["detail"]
    assert client.get("/v1/orders/1").json() == was


def test_no_more_comes_back_than_went_out(client: httpx.Client) -> None:
    reserve(client, "1", ("M-01", 3), mode="commit")
    step(client, "1", "ship", units={"1": 2})
    answer = step(client, "1", "return", to="BRS1", state="sellable", units={"1": 3})
    assert "only 2" in refusal(answer, 409, "illegal-transition")["detail"]


@pytest.mark.parametrize(
    ("verb", "body", "kind", "pointer"),
    [
        ("reject", None, "validation", ""),
        ("reject", {}, "validation", "/reason"),
        ("reject", {"reason": ""}, "validation", "/reason"),
        ("reject", {"reason": "x" * 501}, "validation", "/reason"),
        ("reject", {"reason": "Lost", "units": {}}, "validation", "/units"),
        ("return", {"state": "sellable"}, "validation", "/to"),
        ("return", {"to": "LON1"}, "validation", "/state"),
        ("return", {"to": "LON1", "state": "lost"}, "validation", "/state"),
        ("return", {"to": "LON9", "state": "sellable"}, "unknown-reference", "/to"),
        ("pick", {"units": {"9": 1}}, "unknown-reference", "/units/9"),
        ("collect", {"units": {"1": 0}}, "validation", "/units/1"),
        ("make-ready", {"node": "LON1"}, "unknown-reference", "/node"),
        ("not-collected", {"who": "me"}, "validation", "/who"),
    ],
)
def test_a_bad_step_names_the_field(
    client: httpx.Client, verb: str, body: dict[str, object] | None, kind: str, pointer: str
) -> None:
    reserve(client, "1", ("M-01", 1))
    answer = client.post(f"/v1/orders/1/{verb}", json=body, headers=key())
    assert refusal(answer, 422, kind)["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("verb", ["pick", "make-ready", "collect", "not-collected"])
def test_steps_need_a_key_and_an_order(client: httpx.Client, verb: str) -> None:
    refusal(client.post(f"/v1/orders/1/{verb}"), 400, "idempotency-key-missing")
    refusal(step(client, "nobody", verb), 404, "not-found")


def test_a_step_is_answered_again_under_its_key(client: httpx.Client) -> None:
    reserve(client, "1", ("M-01", 3), mode="commit")
    walk(client, "1", "ship")
    body = {"to": "BRS1", "state": "sellable", "units": {"1": 1}}
    first, second = (client.post("/v1/orders/1/return", json=body, headers=key("r")) for _ in range(2))
    assert first.text == second.text
    assert figures(client, "M-01", "BRS1")[0] == 3


def test_the_book_is_read_page_by_page_and_by_order_sku_and_node(client: httpx.Client) -> None:
    reserve(client, "1", ("M-01", 3), ("T-03", 1))
    walk(client, "1", "confirm", "ship")
    every = client.get("/v1/ledger/entries").json()
    assert every["next_cursor"] is None
    seen, cursor = [], None
    while True:
        query = {"limit": 4, **({"cursor": cursor} if cursor else {})}
        page = client.get("/v1/ledger/entries", params=query).json()
        seen += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == every["items"]
    of_order = client.get("/v1/ledger/entries", params={"order": "1", "sku": "M-01"}).json()["items"]
    assert [(e["verb"], e["quantity_change"], e["reserved_change"]) for e in of_order] == [
        ("reserve", 0, 3),
        ("confirm", 0, 0),
        ("ship", -3, -3),
    ]
    of_node = client.get("/v1/ledger/entries", params={"node": "BRS1"}).json()["items"]
    assert {e["node"] for e in of_node} == {"BRS1"}
    assert {e["sku"] for e in of_node} >= {"M-01", None}  # its days too
    refusal(client.get("/v1/ledger/entries?cursor=WyJ4Il0"), 422, "validation")
    refusal(client.get("/v1/ledger/entries?sku=/"), 422, "validation")


def test_a_transfer_is_on_its_way_until_it_arrives(client: httpx.Client) -> None:
    sent = {"id": "TR-1", "sku": "K-17", "from": "DC1", "to": "BRS1", "quantity": 6, "arrives": "2026-12-05"}
    answer = client.post("/v1/transfers", json=sent, headers=key())
    assert (answer.status_code, answer.headers["Location"]) == (201, "/v1/transfers/TR-1")
    assert figures(client, "K-17", "DC1") == (34, 0, 34)
    (inbound,) = client.get("/v1/availability?sku=K-17&node=BRS1").json()["items"][0]["inbound"]
    assert (inbound["source"], inbound["quantity"]) == ("TR-1", 6)
    part = client.post("/v1/transfers/TR-1/receive", json={"quantity": 4}, headers=key()).json()
    assert (part["received"], part["state"]) == (4, "on_its_way")
    rest = client.post("/v1/transfers/TR-1/receive", headers=key()).json()
    assert (rest["received"], rest["state"]) == (6, "arrived")
    assert figures(client, "K-17", "BRS1") == (6, 0, 6)
    assert client.get("/v1/transfers/TR-1").json() == rest
    assert client.get("/v1/transfers").json()["items"] == [rest]
    refusal(client.post("/v1/transfers/TR-1/receive", headers=key()), 409, "transfer-conflict")
    assert balanced(client)


@pytest.mark.parametrize(
    ("change", "status", "kind", "pointer"),
    [
        ({"quantity": 41}, 409, "insufficient-stock", ""),
        ({"quantity": 0}, 422, "validation", "/quantity"),
        ({"to": "DC1"}, 422, "invalid-input", "/to"),
        ({"to": "BRS9"}, 422, "unknown-reference", "/to"),
        ({"sku": "K-71"}, 422, "unknown-reference", "/sku"),
        ({"id": "on_hand"}, 422, "invalid-input", "/transfer"),
        ({"arrives": "soon"}, 422, "validation", "/arrives"),
        ({"arrives": None}, 422, "validation", "/arrives"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused_and_nothing_moves(
    client: httpx.Client, change: dict[str, object], status: int, kind: str, pointer: str
) -> None:
    sent = {"id": "TR-1", "sku": "K-17", "from": "DC1", "to": "BRS1", "quantity": 6, "arrives": "2026-12-05"}
    problem = refusal(client.post("/v1/transfers", json={**sent, **change}, headers=key()), status, kind)
    if pointer:
        assert problem["errors"][0]["pointer"] == pointer
    assert figures(client, "K-17", "DC1") == (40, 0, 40)
    assert client.get("/v1/transfers").json()["items"] == []


def test_a_transfer_takes_no_name_of_another_inbound(client: httpx.Client) -> None:
    sent = {
        "id": "PO-881",
        "sku": "K-17",
        "from": "LON1",
        "to": "DC1",
        "quantity": 1,
        "arrives": "2026-12-05",
    }
    problem = refusal(client.post("/v1/transfers", json=sent, headers=key()), 409, "transfer-conflict")
    assert problem["detail"] == "PO-881 is another inbound of SKU K-17 at DC1"
    refusal(client.get("/v1/transfers/PO-881"), 404, "not-found")


def test_shortfalls_are_listed_latest_promise_first_and_page_by_page(client: httpx.Client) -> None:
    for name in ("1", "2", "3"):
        reserve(client, name, ("M-01", 1), mode="commit")
    walk(client, "1", "send-to-node", "pick")
    assert client.get("/v1/shortfalls").json() == {"items": [], "next_cursor": None}
    record(client, "count", "M-01", "BRS1", 1)
    short = client.get("/v1/shortfalls").json()["items"]
    assert [(s["order"], s["quantity"], s["movable"]) for s in short] == [("3", 1, True), ("2", 1, True)]
    first = client.get("/v1/shortfalls?limit=1").json()
    second = client.get("/v1/shortfalls", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert first["items"] + second["items"] == short
    assert second["next_cursor"] is None


def test_a_transfer_arrives_at_its_own_address_only(client: httpx.Client) -> None:
    """Its units would be counted twice otherwise: by the stock event or import, and by the transfer."""
    sent = {"id": "TR-1", "sku": "T-03", "from": "DC1", "to": "LON1", "quantity": 10, "arrives": "2026-11-23"}
    assert client.post("/v1/transfers", json=sent, headers=key()).status_code == 201
    place = {"sku": "T-03", "node": "LON1", "source": "TR-1", "quantity": 10}
    rows = [{"safety_stock": 0, "earliest": "2026-11-23", **place}]
    for arrived in (False, True):
        for fact in ({"kind": "receipt"}, {"kind": "inbound", "earliest": "2026-11-24"}):
            events = [
                {"kind": "walk_in_sale", "sku": "T-03", "node": "DC1", "quantity": 1},
                {**fact, **place},
            ]
            answer = client.post("/v1/stock-events", json={"events": events}, headers=key())
            problem = refusal(answer, 422, "validation")
            assert problem["errors"][0]["pointer"] == "/events/1/source"
            assert "its units arrive at /v1/transfers/TR-1/receive" in problem["detail"]
        refused = refusal(client.post("/v1/supply/import", json=rows, headers=key()), 422, "validation")
        assert refused["errors"][0]["pointer"] == "/0/source"
        assert "/v1/transfers/TR-1/receive" in refused["detail"]
        if not arrived:
            assert client.post("/v1/transfers/TR-1/receive", headers=key()).json()["received"] == 10
    assert figures(client, "T-03", "LON1") == (10, 0, 10)
    assert figures(client, "T-03", "DC1") == (90, 0, 90)
    other = {"kind": "inbound", "sku": "K-17", "node": "LON1", "source": "TR-1", "quantity": 4}
    body = {"events": [{**other, "earliest": "2026-11-24"}]}  # of another sku: no units of the transfer
    assert client.post("/v1/stock-events", json=body, headers=key()).status_code == 200
    assert balanced(client)


@pytest.mark.parametrize("booked", [0, 4])
def test_without_a_quantity_no_more_of_a_transfer_arrives_than_is_on_its_way(
    client: httpx.Client, settings: Settings, booked: int
) -> None:
    sent = {"id": "TR-1", "sku": "T-03", "from": "DC1", "to": "LON1", "quantity": 10, "arrives": "2026-11-23"}
    assert client.post("/v1/transfers", json=sent, headers=key()).status_code == 201
    coming = SupplyKey(SkuId("T-03"), NodeId("LON1"), "TR-1", date(2026, 11, 23))
    with database_of(settings.database_url) as database, database.writing() as stores:
        stores.ledger.receive(coming, 10 - booked, now=stores.now)
    answer = client.post("/v1/transfers/TR-1/receive", headers=key())
    if booked:
        assert answer.json()["received"] == booked
    else:
        assert "no units of transfer TR-1" in refusal(answer, 409, "transfer-conflict")["detail"]
    assert figures(client, "T-03", "LON1") == (10, 0, 10)
    assert balanced(client)
