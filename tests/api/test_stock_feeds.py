"""Stock feeds over HTTP: late, repeated and unordered messages, beside orders and facts of others."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.api.support import Server, key, load
from tests.api.walking import balanced, figures, record, refusal, reserve, set_clock, walk

NOW = "2026-11-21T09:00:00Z"


@pytest.fixture
def till(empty: httpx.Client) -> httpx.Client:
    """A service with the feed of Bristol's till, which has counted nothing yet."""
    set_clock(empty, "2026-11-21T08:00:00Z")
    load(empty)
    set_clock(empty, NOW)
    answer = empty.put("/v1/stock-feeds/pos", json={"nodes": ["BRS1"]})
    assert answer.status_code == 200, answer.text
    return empty


def send(client: httpx.Client, kind: str, sequence: int, *, feed: str = "pos", **rows: Any) -> httpx.Response:
    """A message; `M_01=3` names sku M-01."""
    told = {name: rows.pop(name) for name in ("at", "full") if name in rows}
    field = "quantity" if kind == "snapshots" else "change"
    body = {
        "sequence": sequence,
        "at": NOW,
        "rows": [{"sku": sku.replace("_", "-"), field: units} for sku, units in rows.items()],
        **told,
    }
    return client.post(f"/v1/stock-feeds/{feed}/{kind}", json=body)


def outcome(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    said: str = answer.json()["outcome"]
    return said


def on_hand(client: httpx.Client, sku: str = "M-01") -> int:
    return figures(client, sku, "BRS1")[0]


def state(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/stock-feeds/pos").json()
    return found


def test_a_feed_tells_how_far_it_has_come(till: httpx.Client) -> None:
    assert outcome(send(till, "deltas", 1, M_01=-1)) == "applied"
    assert outcome(send(till, "deltas", 4, M_01=-1, at="2026-11-21T08:00:00Z")) == "applied"
    found = state(till)
    assert (found["highest"], found["messages"], found["rows_applied"]) == (4, 2, 2)
    assert (found["missing"], found["missing_messages"]) == ([{"first": 2, "last": 3}], 2)
    assert (found["last_at"], found["last_received_at"], found["full_snapshot"]) == (NOW, NOW, None)
    assert till.get("/v1/stock-feeds").json()["items"] == [found]
    assert on_hand(till) == 3


def test_a_repeated_sequence_has_no_second_effect_whatever_its_key(till: httpx.Client) -> None:
    body = {"sequence": 1, "at": NOW, "rows": [{"sku": "M-01", "change": -1}]}
    for name in ("a", "b"):
        for _ in range(2):
            answer = till.post("/v1/stock-feeds/pos/deltas", json=body, headers=key(name))
            assert answer.status_code == 200
    assert answer.json()["outcome"] == "repeated"
    assert on_hand(till) == 4
    assert state(till)["messages"] == 1


def test_late_deltas_and_snapshots_count_as_far_as_nothing_later_covers_them(till: httpx.Client) -> None:
    send(till, "deltas", 4, M_01=-1)
    assert outcome(send(till, "snapshots", 3, M_01=9)) == "applied"  # and the delta after it is kept
    assert on_hand(till) == 8
    late = send(till, "deltas", 2, M_01=-5, T_03=-1).json()
    assert (late["outcome"], late["rows_applied"], late["rows_superseded"]) == ("applied", 1, 1)
    assert (on_hand(till), on_hand(till, "T-03")) == (8, 7)
    assert outcome(send(till, "snapshots", 1, M_01=1)) == "superseded"
    assert state(till)["missing"] == []
    assert balanced(till)


def test_a_full_snapshot_says_all_of_its_nodes_and_nothing_of_others(till: httpx.Client) -> None:
    before = figures(till, "T-03", "DC1")
    assert outcome(send(till, "snapshots", 7, full=True, M_01=2)) == "applied"
    assert (on_hand(till), on_hand(till, "T-03")) == (2, 0)
    assert figures(till, "T-03", "DC1") == before
    found = state(till)
    assert (found["full_snapshot"], found["missing"]) == (7, [])
    assert outcome(send(till, "deltas", 3, M_01=-1)) == "superseded"
    assert on_hand(till) == 2


def test_what_was_shipped_after_the_count_is_taken_off_its_figure(till: httpx.Client) -> None:
    reserve(till, "1", ("M-01", 2), mode="commit")
    set_clock(till, "2026-11-21T09:10:00Z")
    walk(till, "1", "ship")
    set_clock(till, "2026-11-21T09:20:00Z")
    send(till, "snapshots", 1, M_01=5)  # counted at nine
    assert on_hand(till) == 3
    send(till, "snapshots", 2, M_01=3, at="2026-11-21T09:15:00Z")
    assert on_hand(till) == 3
    record(till, "count", "M-01", "BRS1", 6)
    send(till, "snapshots", 3, M_01=1, at="2026-11-21T09:16:00Z")  # before the count by hand, which stands
    assert on_hand(till) == 6
    assert balanced(till)


def test_a_message_that_leaves_orders_short_names_them(till: httpx.Client) -> None:
    reserve(till, "1", ("M-01", 4), mode="commit")
    answer = send(till, "snapshots", 1, M_01=1).json()
    assert (answer["shortfall"], answer["shortfall_orders"]) == (3, ["1"])
    assert figures(till, "M-01", "BRS1") == (1, 4, 0)
    assert till.get("/v1/shortfalls").json()["items"][0]["quantity"] == 3


def test_more_gone_than_the_books_had_is_owed_by_the_next_to_come(till: httpx.Client) -> None:
    send(till, "deltas", 2, M_01=-7)
    assert (on_hand(till), state(till)["owed"]) == (0, 2)
    send(till, "deltas", 1, M_01=10)
    assert (on_hand(till), state(till)["owed"]) == (8, 0)


def test_a_feed_may_tell_several_nodes_and_a_ring_fence(till: httpx.Client) -> None:
    declared = till.put("/v1/stock-feeds/market", json={"nodes": ["LON1", "BRS1"], "pool": "app"})
    assert declared.json()["pool"] == "app"
    rows = [{"sku": "M-01", "node": "LON1", "quantity": 7}, {"sku": "M-01", "node": "BRS1", "quantity": 1}]
    body = {"sequence": 1, "at": NOW, "rows": rows}
    assert outcome(till.post("/v1/stock-feeds/market/snapshots", json=body)) == "applied"
    assert figures(till, "M-01", "LON1") == (7, 0, 7)
    assert figures(till, "M-01", "BRS1") == (6, 0, 6)  # five of them common


def test_any_order_of_arrival_ends_in_the_same_stock(till: httpx.Client) -> None:
    rng = random.Random(4)
    sent: list[tuple[str, int, dict[str, Any]]] = []
    for sequence in range(1, 13):
        rows = {sku: rng.randint(-2, 2) for sku in ("M_01", "T_03")}
        sent.append(("deltas", sequence, rows))
        if sequence % 5 == 0:
            counted = {"M_01": rng.randint(0, 9), "T_03": rng.randint(0, 9)}
            sent[-1] = ("snapshots", sequence, counted)
    assert till.put("/v1/stock-feeds/other", json={"nodes": ["LON1"]}).status_code == 200
    send(till, "snapshots", 1, feed="other", M_01=5, T_03=8)
    for kind, sequence, rows in sent:
        send(till, kind, sequence + 1, feed="other", **rows)
    arrived = sent + sent[3:7]
    rng.shuffle(arrived)
    for kind, sequence, rows in arrived:
        assert outcome(send(till, kind, sequence, **rows)) in ("applied", "repeated", "superseded")
    assert state(till)["missing"] == []
    for sku in ("M-01", "T-03"):
        elsewhere = [
            row["quantity"]
            for row in till.get("/v1/supply", params={"sku": sku, "node": "LON1"}).json()["items"]
            if row["pool"] == "common"
        ]
        assert [on_hand(till, sku)] == elsewhere
    assert balanced(till)


def test_a_feed_may_begin_anywhere_and_its_nodes_may_change(till: httpx.Client) -> None:
    body = {"nodes": ["BRS1"], "first_sequence": 500}
    assert till.put("/v1/stock-feeds/pos", json=body).json()["highest"] == 499
    assert outcome(send(till, "deltas", 500, M_01=1)) == "applied"
    assert state(till)["missing"] == []
    refused = till.put("/v1/stock-feeds/pos", json={"nodes": ["BRS1"], "pool": "app", "first_sequence": 500})
    assert refusal(refused, 422, "invalid-input")["errors"][0]["pointer"] == "/pool"
    wider = till.put("/v1/stock-feeds/pos", json={"nodes": ["BRS1", "LON1"], "first_sequence": 500}).json()
    assert (wider["nodes"], wider["highest"]) == (["BRS1", "LON1"], 500)
    answer = send(till, "deltas", 501, M_01=1)
    assert refusal(answer, 422, "validation")["errors"][0]["pointer"] == "/rows/0/node"


@pytest.mark.parametrize(
    ("kind", "change", "error", "pointer"),
    [
        ("deltas", {"sequence": 0}, "validation", "/sequence"),
        ("deltas", {"sequence": 2**53}, "validation", "/sequence"),
        ("deltas", {"sequence": "1"}, "validation", "/sequence"),
        ("deltas", {"rows": []}, "validation", "/rows"),
        ("deltas", {"rows": [{"sku": "M-01", "quantity": 1}]}, "validation", "/rows/0/change"),
        ("deltas", {"rows": [{"sku": "M-01", "change": 10**10}]}, "validation", "/rows/0/change"),
        ("deltas", {"rows": [{"sku": "M-10", "change": 1}]}, "unknown-reference", "/rows/0/sku"),
        (
            "deltas",
            {"rows": [{"sku": "M-01", "node": "DC1", "change": 1}]},
            "unknown-reference",
            "/rows/0/node",
        ),
        ("deltas", {"at": "2026-11-21T09:05:01Z"}, "validation", "/at"),
        ("deltas", {"at": "today"}, "validation", "/at"),
        ("deltas", {"full": True}, "validation", "/full"),
        ("snapshots", {"rows": [{"sku": "M-01", "quantity": -1}]}, "validation", "/rows/0/quantity"),
        ("snapshots", {"rows": [{"sku": "M-01", "quantity": 1}] * 2}, "validation", "/rows/1"),
        ("snapshots", {"full": "yes"}, "validation", "/full"),
    ],
)
def test_a_bad_message_names_the_field_and_does_not_count_as_come(
    till: httpx.Client, kind: str, change: dict[str, Any], error: str, pointer: str
) -> None:
    rows = [{"sku": "M-01", "change": -1} if kind == "deltas" else {"sku": "M-01", "quantity": 1}]
    body = {"sequence": 1, "at": NOW, "rows": rows, **change}
    problem = refusal(till.post(f"/v1/stock-feeds/pos/{kind}", json=body), 422, error)
    assert problem["errors"][0]["pointer"] == pointer
    assert (state(till)["highest"], on_hand(till)) == (0, 5)


def test_a_feed_must_be_declared_and_of_nodes_that_are_known(till: httpx.Client) -> None:
    problem = refusal(send(till, "deltas", 1, feed="pose", M_01=1), 404, "not-found")
    assert "did you mean pos?" in problem["detail"]
    unknown = till.put("/v1/stock-feeds/x", json={"nodes": ["BRS1", "BRS9"]})
    assert refusal(unknown, 422, "unknown-reference")["errors"][0]["pointer"] == "/nodes/1"
    for body in ({"nodes": []}, {"nodes": ["BRS1", "BRS1"]}, {}, {"nodes": ["BRS1"], "first_sequence": 0}):
        refusal(till.put("/v1/stock-feeds/x", json=body), 422, "validation")
    refusal(till.put("/v1/stock-feeds/%2A", json={"nodes": ["BRS1"]}), 422, "validation")
    refusal(till.get("/v1/stock-feeds/x"), 404, "not-found")


def test_full_snapshots_are_refused_where_another_feed_tells_the_same_stock(till: httpx.Client) -> None:
    assert till.put("/v1/stock-feeds/dock", json={"nodes": ["LON1", "BRS1"]}).status_code == 200
    assert till.put("/v1/stock-feeds/market", json={"nodes": ["BRS1"], "pool": "app"}).status_code == 200
    assert outcome(send(till, "snapshots", 1, M_01=4)) == "applied"
    problem = refusal(send(till, "snapshots", 2, full=True, M_01=4), 422, "invalid-input")
    assert problem["errors"][0]["pointer"] == "/full"
    assert "stock feed dock tells the stock of BRS1 in pool common too" in problem["detail"]
    assert (on_hand(till), on_hand(till, "T-03"), state(till)["highest"]) == (4, 8, 1)
    assert outcome(send(till, "snapshots", 2, feed="market", full=True, M_01=1)) == "applied"  # another pool
    assert till.put("/v1/stock-feeds/dock", json={"nodes": ["LON1"]}).status_code == 200
    assert outcome(send(till, "snapshots", 2, full=True, M_01=3)) == "applied"
    assert (on_hand(till, "T-03"), balanced(till)) == (0, True)


def test_no_feed_is_declared_where_another_has_sent_a_full_snapshot(till: httpx.Client) -> None:
    assert outcome(send(till, "snapshots", 1, full=True, M_01=4)) == "applied"
    problem = refusal(till.put("/v1/stock-feeds/new", json={"nodes": ["DC1", "BRS1"]}), 422, "invalid-input")
    assert problem["errors"][0]["pointer"] == "/nodes"
    assert "stock feed pos tells the stock of BRS1" in problem["detail"]
    refusal(till.get("/v1/stock-feeds/new"), 404, "not-found")
    assert till.put("/v1/stock-feeds/new", json={"nodes": ["DC1"]}).status_code == 200
    refusal(till.put("/v1/stock-feeds/pos", json={"nodes": ["BRS1", "DC1"]}), 422, "invalid-input")
    assert till.put("/v1/stock-feeds/pos", json={"nodes": []}).json()["nodes"] == []  # at rest
    for kind in ("snapshots", "deltas"):
        assert "at rest" in refusal(send(till, kind, 2, M_01=1), 422, "validation")["detail"]
    assert till.put("/v1/stock-feeds/new", json={"nodes": ["BRS1"]}).status_code == 200
    assert outcome(send(till, "snapshots", 1, feed="new", full=True, M_01=2)) == "applied"


def test_a_message_acknowledged_before_a_kill_counts_once(serve: Callable[..., Server]) -> None:
    first = serve()
    with first.client() as client:
        load(client)
        client.put("/v1/stock-feeds/pos", json={"nodes": ["BRS1"]})
        assert outcome(send(client, "deltas", 2, M_01=-1)) == "applied"
        first.kill()
    with serve().client() as client:
        assert outcome(send(client, "deltas", 2, M_01=-1)) == "repeated"
        counted_at = datetime.now(UTC).isoformat()
        assert outcome(send(client, "snapshots", 1, M_01=9, at=counted_at)) == "applied"
        assert on_hand(client) == 8
