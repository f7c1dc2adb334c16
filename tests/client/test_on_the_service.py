"""The client on the real service: an order's life, stock, imports, pages, frames, jobs, webhooks, events."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pandas as pd
import pytest

from nodewise_client import (
    Attempt,
    InsufficientStock,
    KeyMismatch,
    Nodewise,
    NotFound,
    NothingToStepBackTo,
    OrderExists,
    PolicyConflict,
    UnknownReference,
    ValidationFailed,
    to_frame,
)
from nodewise_client.models import JobOut, Order, OrderIn
from tests.api.support import FILES, NODES, SKUS, Server
from tests.client.conftest import QUICK


def order(name: str, *lines: tuple[str, int]) -> Order:
    return {
        "id": name,
        "lines": [{"id": str(n), "sku": sku, "quantity": units} for n, (sku, units) in enumerate(lines, 1)],
        "destination": {"zone": "UK-SE"},
    }


def test_empty_shelves_of_the_ledger_flag_demand_that_is_kept(nodewise: Nodewise) -> None:
    today = datetime.now(UTC).date()
    nodewise.import_demand([{"sku": "K-17", "place": "LON1", "first": today, "units": [3, 0]}], grain="day")
    nodewise.record([{"kind": "walk_in_sale", "sku": "K-17", "node": "LON1", "quantity": 12}])
    found = nodewise.flag_stock_outs(grain="day")
    assert (found["series"], found["stocked_out"]) == (1, 0)
    assert nodewise.demand_of("K-17", "LON1", grain="day")["sold_out"][1]  # of today it depends on the hour


def test_an_order_goes_all_the_way_and_comes_back(nodewise: Nodewise) -> None:
    quoted = nodewise.quote(order("1", ("K-17", 2)))
    assert (quoted["state"], quoted["reservable"]) == ("quoted", True)
    assert sum(line["micros"] for line in quoted["cost_lines"]) == quoted["total"]["micros"]
    held = nodewise.reserve(order("1", ("K-17", 2)), key="first")
    assert nodewise.reserve(order("1", ("K-17", 2)), key="first") == held
    node = held["shipments"][0]["node"]
    steps: list[tuple[Callable[[], object], str]] = [
        (lambda: nodewise.confirm("1"), "allocated"),
        (lambda: nodewise.send_to_node("1"), "sent_to_node"),
        (lambda: nodewise.pick("1"), "picked"),
        (lambda: nodewise.ship("1", units={"1": 2}), "shipped"),
        (lambda: nodewise.give_back("1", to=node, state="sellable"), "returned"),
    ]
    for step, state in steps:
        step()
        assert nodewise.order("1")["state"] == state
    assert nodewise.decision("1")["seen"]["nodes"]
    told = nodewise.explanation("1")
    assert told["sentence"] in nodewise.explanation_markdown("1")
    assert nodewise.cost_ladder("1").startswith("<svg")
    assert nodewise.node_map("1", theme="light").startswith("<svg")
    node = told["alternatives"][0]["shipments"][0]["node"]
    otherwise = nodewise.what_if("1", {"kind": "node_off", "node": node})
    assert node not in {shipment["node"] for shipment in otherwise["shipments"]}
    assert nodewise.reconcile()["balanced"]


def test_refusals_are_typed_and_say_all_that_the_service_says(nodewise: Nodewise) -> None:
    with pytest.raises(InsufficientStock) as short:
        nodewise.reserve(order("2", ("M-01", 500)) | {"accept_partial": False})
    assert short.value.errors[0]["pointer"] == "/lines/0"
    assert (short.value.status, short.value.retry, short.value.type) == (409, "after", "insufficient-stock")
    assert short.value.fix
    assert short.value.request_id
    with pytest.raises(UnknownReference) as unknown:
        nodewise.quote(order("3", ("K-71", 1)))
    assert "K-17" in unknown.value.errors[0]["detail"]
    nodewise.reserve(order("4", ("K-17", 1)), key="k")
    with pytest.raises(OrderExists):
        nodewise.reserve(order("4", ("K-17", 1)))
    with pytest.raises(KeyMismatch):
        nodewise.reserve(order("4", ("K-17", 2)), key="k")
    with pytest.raises(NotFound):
        nodewise.order("nobody/../nodes")
    with pytest.raises(ValidationFailed):
        nodewise.quote(order("5"))


def test_lists_go_on_over_their_pages(nodewise: Nodewise) -> None:
    for number in range(7):
        nodewise.commit(order(f"p{number}", ("T-03", 1)))
    assert [len(page) for page in nodewise.orders(page_size=3).pages()] == [3, 3, 1]
    orders = nodewise.orders(page_size=3)
    assert [one["id"] for one in orders] == [f"p{n}" for n in range(7)] == [one["id"] for one in orders]
    assert (
        len(list(nodewise.entries(order="p0", page_size=1))) == len(list(nodewise.entries(order="p0"))) >= 1
    )


def test_answers_become_frames(nodewise: Nodewise) -> None:
    held = nodewise.commit(order("f", ("K-17", 2)))
    nodewise.commit(order("g", ("T-03", 1)))
    frame = nodewise.orders().frame()
    assert list(frame["id"]) == ["f", "g"]
    assert str(frame["created_at"].dtype) == "datetime64[ns, UTC]"
    assert to_frame(held["cost_lines"])["micros"].sum() == held["total"]["micros"]
    there = to_frame(nodewise.availability(["K-17", "T-03"])["items"]).set_index(["sku", "node"])
    assert there.loc[("K-17", "DC1"), "reserved"] + there.loc[("K-17", "LON1"), "reserved"] == 2
    entries = nodewise.entries(order="f").frame()
    assert set(entries["order"]) == {"f"}
    assert nodewise.shortfalls().frame().empty


def test_rows_come_from_a_text_a_file_mappings_or_a_frame(empty: httpx.Client, tmp_path: Path) -> None:
    with Nodewise(str(empty.base_url), retries=QUICK) as nodewise:
        file = tmp_path / "nodes.csv"
        file.write_text(NODES, encoding="utf-8")
        assert nodewise.import_nodes(file)["written"] == 3
        zones: list[dict[str, object]] = [
            {"id": "UK-SE", "name": "South East", "latitude": 51.3, "longitude": -0.8},
            {"id": "UK-SW", "name": "South West", "latitude": 50.9, "longitude": -3.2},
        ]
        assert nodewise.import_zones(pd.DataFrame(zones))["written"] == 2
        assert nodewise.import_zones(zones)["written"] == 2
        assert nodewise.import_skus(SKUS, check=True) | {"errors": []} == {
            "rows": 3,
            "written": 0,
            "bad_rows": 0,
            "checked_only": True,
            "errors": [],
        }
        nodewise.import_skus(SKUS)
        with pytest.raises(ValidationFailed) as refused:
            nodewise.import_rates(FILES["rates"].replace("0.42", "none", 1))
        assert refused.value.errors[0]["line"] == 2
        bad = FILES["rates"].replace("0.42", "none", 1)
        assert nodewise.import_rates(bad, skip_bad_rows=True)["bad_rows"] == 1
        # Whole numbers that pandas keeps as floats, as beside missing ones, are sent as they are meant.
        supply = pd.DataFrame(
            {"sku": ["K-17", "T-03"], "node": "DC1", "quantity": [4.0, 5.0], "safety_stock": [0.0, 1.0]}
        )
        assert nodewise.import_supply(supply)["written"] == 2
        assert {row["sku"]: row["quantity"] for row in nodewise.supply(node="DC1")} == {"K-17": 4, "T-03": 5}
        assert len(list(nodewise.nodes())) == 3
        assert nodewise.turn_off("LON1", reason="flood")["off_reason"] == "flood"
        assert nodewise.turn_on("LON1")["is_on"]


def test_stock_is_told_by_events_feeds_and_transfers(nodewise: Nodewise) -> None:
    recorded = nodewise.record([{"kind": "walk_in_sale", "sku": "K-17", "node": "LON1", "quantity": 1}])
    assert recorded["recorded"] == 1
    nodewise.declare_feed("till-7", nodes=["BRS1"])
    at = datetime.now(UTC)
    told = nodewise.send_snapshot("till-7", [{"sku": "M-01", "quantity": 9}], sequence=1, at=at)
    assert told["rows_applied"] == 1
    assert nodewise.send_deltas("till-7", [{"sku": "M-01", "change": -2}], sequence=2, at=at)["highest"] == 2
    assert nodewise.availability(["M-01"], nodes=["BRS1"])["items"][0]["on_hand"] == 7
    assert nodewise.feed("till-7")["missing"] == []
    sent = nodewise.send_transfer(
        "T1", sku="K-17", quantity=3, origin="DC1", to="BRS1", arrives=datetime(2099, 1, 1, tzinfo=UTC).date()
    )
    assert (sent["from"], sent["received"]) == ("DC1", 0)
    assert nodewise.receive_transfer("T1", quantity=2)["received"] == 2
    assert [one["id"] for one in nodewise.transfers()] == ["T1"]


def test_many_orders_go_in_one_call_or_in_a_job_that_is_waited_for(nodewise: Nodewise) -> None:
    def to_commit(*names: str) -> list[OrderIn]:
        return [{**order(name, ("T-03", 1)), "mode": "commit"} for name in names]

    told = nodewise.bulk([*to_commit("b1", "b2"), {**order("b3", ("K-71", 1)), "mode": "commit"}])
    assert [one["status"] for one in told["results"]] == [201, 201, 422]
    moved = nodewise.bulk_moves([{"order": "b1", "verb": "ship"}, {"order": "b2", "verb": "cancel"}])
    assert [one["body"]["state"] for one in moved["results"]] == ["shipped", "canceled"]
    asked = nodewise.start_bulk(to_commit("j1", "j2", "j3"), key="night")
    assert nodewise.start_bulk(to_commit("j1", "j2", "j3"), key="night")["id"] == asked["id"]
    assert [one["id"] for one in nodewise.jobs(kind="source-orders")] == [asked["id"]]


def test_a_job_is_waited_for_with_its_progress(serve: Callable[..., Server]) -> None:
    server = serve(NODEWISE_EMBEDDED_WORKER="on")
    with Nodewise(server.url, retries=QUICK) as nodewise:
        for name, rows in FILES.items():
            getattr(nodewise, f"import_{name}")(rows)
        orders: list[OrderIn] = [{**order(f"j{n}", ("T-03", 1)), "mode": "commit"} for n in range(20)]
        seen: list[JobOut] = []
        done = nodewise.wait(nodewise.start_bulk(orders)["id"], timeout=120, progress=seen.append)
        assert (done["state"], done["done"], seen[-1]["state"]) == ("done", 20, "done")
        assert [one["status"] for one in nodewise.results(done["id"], page_size=7)] == [201] * 20


def test_webhooks_are_registered_changed_and_removed(nodewise: Nodewise) -> None:
    made = nodewise.create_webhook("http://127.0.0.1:9/hook", types=["order.shipped"])
    assert made["secret"].startswith("whsec_")
    assert [one["id"] for one in nodewise.webhooks()] == [made["id"]]
    assert nodewise.change_webhook(made["id"], types=["order.reserved"])["types"] == ["order.reserved"]
    assert nodewise.rotate_secret(made["id"])["secret"] != made["secret"]
    assert nodewise.test_webhook(made["id"])["type"] == "webhook.test"
    assert nodewise.replay(made["id"], since="2000-01-01T00:00:00Z")["events"] == 0
    nodewise.remove_webhook(made["id"])
    with pytest.raises(NotFound):
        nodewise.webhook(made["id"])


def test_the_feed_of_events_goes_on_where_it_was_left(nodewise: Nodewise) -> None:
    for number in range(3):
        nodewise.commit(order(f"e{number}", ("T-03", 1)))
    feed = nodewise.events(page_size=2)
    subjects = [event["subject"] for event in feed if event["type"] == "order.committed"]
    assert subjects == ["e0", "e1", "e2"]
    nodewise.ship("e1")
    assert [event["type"] for event in nodewise.events(feed.cursor)] == ["order.shipped"]
    # Left in the middle of a page: that page comes again, and nothing is missed.
    left = nodewise.events(page_size=2)
    for event in left:
        if event["subject"] == "e2":
            break
    assert "e2" in {event["subject"] for event in nodewise.events(left.cursor)}


def test_a_policy_is_kept_compared_put_in_force_and_stepped_back(nodewise: Nodewise) -> None:
    made = nodewise.create_policy(
        {"version": "a", "extra_shipment_penalty": "2.00", "split_line_penalty": "0.25"}
    )
    assert nodewise.policy("a") == made
    assert [one["version"] for one in nodewise.policies(page_size=1)] == ["a", "default"]
    (difference,) = nodewise.compare_policies("default", "a")["differences"]
    assert (difference["from"], difference["to"]) == ("0.50", "2.00")
    assert nodewise.activate_policy("a", reason="try", key="once")["state"] == "active"
    assert nodewise.activate_policy("a", reason="try", key="once")["state"] == "active"
    assert nodewise.commit(order("p1", ("T-03", 1)))["policy"] == "a"
    assert (nodewise.active_policy()["policy"]["version"], nodewise.active_policy()["before"]) == (
        "a",
        "default",
    )
    with pytest.raises(PolicyConflict):
        nodewise.step_back(reason="too dear", expected_active="default")
    assert nodewise.step_back(reason="too dear", expected_active="a")["version"] == "default"
    with pytest.raises(NothingToStepBackTo):
        nodewise.step_back(reason="too dear")
    late = datetime(2199, 1, 1, tzinfo=UTC)
    assert nodewise.activate_policy("a", reason="try", effective_at=late)["state"] == "scheduled"
    assert nodewise.active_policy(at=late)["policy"]["version"] == "a"


def test_what_was_written_stands_in_the_audit_log(nodewise: Nodewise) -> None:
    nodewise.commit(order("a1", ("T-03", 1)))
    assert [one["method"] for one in nodewise.audit(subject="a1")] == ["POST"]
    assert nodewise.health() == {"status": "alive"}
    assert nodewise.ready() == {"status": "ready"}


def test_a_repeated_call_is_seen_as_such(client: httpx.Client) -> None:
    seen: list[Attempt] = []
    with Nodewise(str(client.base_url), observe=seen.append) as nodewise:
        nodewise.commit(order("r1", ("T-03", 1)), key="once")
        nodewise.commit(order("r1", ("T-03", 1)), key="once")
    assert [(one.status, one.replayed) for one in seen] == [(201, False), (201, True)]
