"""Orders that may not be split and wait for a part: one node, one day, and nothing leaves before."""

from typing import Any

import httpx
import pytest

from optimizer.sourcing import Limits, Outcome, SourcingInstance, source
from tests.api.support import key, order
from tests.api.test_backorders import waiting
from tests.api.test_choosing_nodes import NOT_LONDON, in_force
from tests.api.test_cost_fields import RATE
from tests.api.test_splits import NEVER_SPLIT
from tests.api.walking import balanced, figures, nodes, record, refusal, reserve, set_clock, step, walk

LINES = (("M-01", 2), ("K-17", 1))
WHOLE = {"allow_backorder": True, "accept_partial": False, "nodes": {"at_most": 1}}


@pytest.fixture
def client(client: httpx.Client) -> httpx.Client:
    """Mugs are in Bristol only, kettles in Daventry and London, where mugs are to come."""
    set_clock(client, "2026-11-21T09:00:00Z")
    record(client, "inbound", "M-01", "DC1", 4, source="PO-2", earliest="2026-12-03")
    record(client, "inbound", "M-01", "LON1", 3, source="PO-1", earliest="2026-11-28")
    return client


def test_all_of_it_comes_from_the_node_that_has_all_of_it_first(client: httpx.Client) -> None:
    answer = reserve(client, "1", *LINES, mode="commit", **WHOLE)
    assert (answer["leaves_on"], waiting(answer)) == ("2026-11-28", [("PO-1", "2026-11-28", 2)])
    assert (answer["unfilled"], answer["unfilled_units"]) == ([], 0)
    assert nodes(client, "1") == {"LON1": 3}
    claims = client.get("/v1/orders/1").json()["claims"]
    assert {c["promised_by"] for c in claims} == {"2026-11-28T23:59:59Z"}
    assert figures(client, "M-01", "BRS1") == (5, 0, 5)
    assert client.get("/v1/orders/1/decision").json()["leaves_on"] == "2026-11-28"
    assert balanced(client)


def test_nothing_leaves_before_the_rest_has_come(client: httpx.Client) -> None:
    reserve(client, "1", *LINES, mode="commit", **WHOLE)
    for verb, body in (("send-to-node", {}), ("ship", {"units": {"2": 1}}), ("ship", {"node": "LON1"})):
        problem = refusal(step(client, "1", verb, **body), 409, "illegal-transition")
        assert problem["detail"] == (
            "order 1 may not be split and waits until 2026-11-28; it leaves whole, with what comes then"
        )
    record(client, "receipt", "M-01", "LON1", 1, source="PO-1")
    refusal(step(client, "1", "ship"), 409, "illegal-transition")
    record(client, "receipt", "M-01", "LON1", 2, source="PO-1")
    assert walk(client, "1", "send-to-node", "ship")[-1] == "shipped"
    assert balanced(client)


def test_what_waits_is_not_told_to_leave_and_arrive_as_if_it_left_today(client: httpx.Client) -> None:
    dated = [{**RATE, "transit_days_p50": 1, "transit_days_p90": 2}]
    assert client.post("/v1/rates/import", json=dated).status_code == 200
    answer = reserve(client, "1", *LINES, mode="commit", **WHOLE)
    assert answer["leaves_on"] == "2026-11-28"
    (shipment,) = answer["shipments"]
    assert not {"leaves_at", "arrives_p50", "arrives_p90"} & set(shipment)
    at_once = reserve(client, "2", ("K-17", 1), nodes={"allowed": ["LON1"]})
    assert at_once["shipments"][0]["arrives_p90"] == "2026-11-23T09:00:00Z"


def test_what_it_waits_for_can_be_given_up_and_the_rest_leaves(client: httpx.Client) -> None:
    reserve(client, "1", *LINES, mode="commit", **WHOLE)
    assert step(client, "1", "cancel", units={"1": 2}).status_code == 200
    assert walk(client, "1", "ship") == ["shipped"]


def test_where_less_comes_than_was_announced_the_rest_leaves_without_the_unit_that_is_lost(
    client: httpx.Client,
) -> None:
    reserve(client, "1", *LINES, mode="commit", **WHOLE)
    record(client, "inbound", "M-01", "LON1", 1, source="PO-1", earliest="2026-11-28")
    record(client, "receipt", "M-01", "LON1", 1, source="PO-1")
    problem = refusal(step(client, "1", "ship"), 409, "illegal-transition")
    assert "where it does not come, cancel its units" in problem["fix"]
    # Of the two mugs the one that has come is kept.
    assert step(client, "1", "cancel", units={"1": 1}).status_code == 200
    claims = client.get("/v1/orders/1").json()["claims"]
    assert sorted((c["line"], c["state"]) for c in claims) == [
        ("1", "allocated"),
        ("1", "canceled"),
        ("2", "allocated"),
    ]
    assert walk(client, "1", "ship") == ["shipped"]
    assert balanced(client)


def test_moved_to_a_later_arrival_it_leaves_when_that_comes(client: httpx.Client) -> None:
    record(client, "inbound", "M-01", "LON1", 2, source="PO-9", earliest="2026-12-28")
    reserve(client, "1", *LINES, mode="commit", **WHOLE)
    later = [{"line": "1", "node": "LON1", "quantity": 2, "source": "PO-9"}]
    assert step(client, "1", "reassign", revision=1, wanted=later).status_code == 200
    assert "2026-12-28" in refusal(step(client, "1", "ship"), 409, "illegal-transition")["detail"]


def test_an_order_that_waits_is_explained_by_the_day_it_leaves(client: httpx.Client) -> None:
    reserve(client, "1", *LINES, mode="commit", **WHOLE)
    told = client.get("/v1/orders/1/explanation").json()
    assert told["sentence"] == "Order 1 waits at LON1 and leaves whole on Saturday 28 November 2026."
    assert not told["is_complete"]
    refused = client.post("/v1/orders/1/what-if", json={"changes": [{"kind": "free_splits"}]})
    assert refused.status_code == 404


def test_of_one_day_the_cheaper_node_is_taken(client: httpx.Client) -> None:
    record(client, "inbound", "M-01", "DC1", 4, source="PO-3", earliest="2026-11-28")
    answer = reserve(client, "1", *LINES, **WHOLE)
    assert (answer["leaves_on"], waiting(answer)) == ("2026-11-28", [("PO-3", "2026-11-28", 2)])
    assert nodes(client, "1") == {"DC1": 3}  # 3.10 a package and little labor, London 2.60 and much


def test_a_rule_that_orders_are_not_split_and_one_that_keeps_a_node_out_count_as_well(
    client: httpx.Client,
) -> None:
    in_force(client, NEVER_SPLIT, NOT_LONDON)
    answer = reserve(client, "1", *LINES, mode="commit", allow_backorder=True)
    assert (answer["leaves_on"], nodes(client, "1")) == ("2026-12-03", {"DC1": 3})
    refusal(step(client, "1", "ship"), 409, "illegal-transition")


def test_lines_that_all_ship_together_wait_together(client: httpx.Client) -> None:
    together = {"allow_backorder": True, "nodes": {"together": [["1", "2"]]}}
    assert reserve(client, "1", *LINES, **together)["leaves_on"] == "2026-11-28"


def test_an_order_that_can_leave_today_from_one_node_does(client: httpx.Client) -> None:
    answer = reserve(client, "1", ("M-01", 2), ("T-03", 1), **WHOLE)
    assert ("leaves_on" in answer, answer["backordered"]) == (False, [])
    assert nodes(client, "1") == {"BRS1": 3}


def test_a_full_day_of_the_node_that_has_all_of_it_is_no_reason_to_wait(client: httpx.Client) -> None:
    bristol = client.get("/v1/nodes?limit=1").json()["items"][0]
    client.post("/v1/nodes/import", json=[{**bristol, "units_per_day": 1}])
    sent = order("1", ("M-01", 2), **WHOLE)
    answer = client.post("/v1/orders", json=sent, headers=key())
    assert answer.json()["type"] in ("/problems/capacity-full", "/problems/infeasible")
    assert figures(client, "M-01", "BRS1") == (5, 0, 5)


def test_an_order_that_no_node_will_have_all_of_is_refused_and_told_why(client: httpx.Client) -> None:
    # Seven mugs: five in Bristol, three to London, four to Daventry; no node ever has all of them.
    sent = order("1", ("M-01", 7), ("K-17", 1), **WHOLE)
    problem = refusal(client.post("/v1/orders", json=sent, headers=key()), 422, "infeasible")
    kinds: list[Any] = [one["kind"] for one in problem["conflict"]]
    assert kinds == ["filled_whole", "at_most"]
    assert client.get("/v1/ledger/reconcile").json()["findings"] == []


def test_a_part_that_is_promised_leaves_together_as_well(client: httpx.Client) -> None:
    # Eight mugs: five in Bristol and one to come there; no node will ever have all of them.
    record(client, "inbound", "M-01", "BRS1", 1, source="PO-4", earliest="2026-12-01")
    part = {"allow_backorder": True, "nodes": {"at_most": 1}, "mode": "commit"}
    answer = reserve(client, "1", ("M-01", 8), ("T-03", 1), **part)
    assert (answer["leaves_on"], waiting(answer)) == ("2026-12-01", [("PO-4", "2026-12-01", 1)])
    assert (answer["unfilled_units"], nodes(client, "1")) == (2, {"BRS1": 7})
    refusal(step(client, "1", "ship", units={"2": 1}), 409, "illegal-transition")
    record(client, "receipt", "M-01", "BRS1", 1, source="PO-4")
    assert walk(client, "1", "ship") == ["shipped"]
    assert balanced(client)


def test_a_line_that_waits_for_what_a_kit_is_packed_of_leaves_with_the_kit(client: httpx.Client) -> None:
    # Two sets and two mugs take six mugs of Bristol's five.
    kit = {"id": "SET", "name": "Set", "price": "21.00", "components": {"M-01": 2, "T-03": 1}}
    made = client.post("/v1/skus/import", json=[{**kit, "weight_grams": 820, "unit_cost": "8.20"}])
    assert made.status_code == 200, made.text
    record(client, "inbound", "M-01", "BRS1", 4, source="PO-4", earliest="2026-12-01")
    answer = reserve(client, "1", ("SET", 2), ("M-01", 2), mode="commit", **WHOLE)
    assert (answer["leaves_on"], waiting(answer)) == ("2026-12-01", [("PO-4", "2026-12-01", 1)])
    refusal(step(client, "1", "ship", units={"1": 1}), 409, "illegal-transition")


def test_only_nodes_and_days_that_can_be_the_first_are_decided(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(10, 31):
        record(client, "inbound", "M-01", "LON1", 1, source=f"PO-{day}", earliest=f"2027-01-{day}")
        record(client, "inbound", "M-01", "DC1", 1, source=f"PO-{day}", earliest=f"2027-01-{day}")
    asked: list[object] = []

    def counted(instance: SourcingInstance, *, limits: Limits) -> Outcome:
        asked.append(instance)
        return source(instance, limits=limits)

    monkeypatch.setattr("api.orders.waiting.source", counted)
    answer = reserve(client, "1", ("M-01", 20), ("K-17", 1), **WHOLE)
    # London has three on the 28th of November and 17 more by the 26th of January, Daventry one more before.
    assert (answer["leaves_on"], nodes(client, "1")) == ("2027-01-25", {"DC1": 21})
    assert len(asked) == 2  # Daventry with what comes until then, and as it is now


def test_it_expires_and_can_be_reassigned_as_any_other(client: httpx.Client) -> None:
    reserve(client, "1", *LINES, mode="commit", **WHOLE)
    before = client.get("/v1/orders/1").json()["claims"]
    assert step(client, "1", "reassign").json()["moved"] == 0
    assert client.get("/v1/orders/1").json()["claims"] == before
    assert client.get("/v1/orders/1").json()["revision"] == 1
    record(client, "count", "M-01", "DC1", 5)
    assert step(client, "1", "reassign").json()["moved"] >= 2
    assert nodes(client, "1") == {"DC1": 3}
    assert walk(client, "1", "ship") == ["shipped"]
    reserve(client, "2", *LINES, **WHOLE)
    set_clock(client, "2026-11-21T10:00:00Z")
    refusal(step(client, "2", "confirm"), 409, "reservation-expired")
    assert balanced(client)
