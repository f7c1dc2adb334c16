"""What users of open platforms have asked for, each as they put it, on both databases over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.api.support import key, order
from tests.api.test_choosing_nodes import in_force
from tests.api.walking import balanced, figures, nodes, record, refusal, reserve, set_clock, step, walk


def test_ask_1_two_shoppers_one_last_unit(client: httpx.Client) -> None:
    """ "Two shoppers, last unit: exactly one wins; ten parallel checkouts of one unit leave availability
    at zero." """
    record(client, "count", "M-01", "BRS1", 1)

    def checkout(number: int) -> int:
        body = order(f"shopper-{number}", ("M-01", 1))
        return client.post("/v1/orders", json=body, headers=key()).status_code

    with ThreadPoolExecutor(10) as shoppers:
        told = sorted(shoppers.map(checkout, range(10)))
    assert told == [201] + [409] * 9
    assert figures(client, "M-01", "BRS1") == (1, 1, 0)
    assert balanced(client)


def test_ask_2_units_are_reserved_before_the_order_is_placed_and_given_back_on_error(
    client: httpx.Client,
) -> None:
    """ "Reserve before placing, compensate on error." And "a repair job for impossible availability": none
    can come about; what is asked for is the proof, and it repairs nothing silently."""
    reserve(client, "placed", ("M-01", 3))
    # The shop could not take the payment: it says so under one key, as often as it likes.
    for _ in range(3):
        undone = client.post("/v1/orders/placed/cancel", headers=key("payment-failed"))
        assert (undone.status_code, undone.json()["state"]) == (200, "canceled")
    assert figures(client, "M-01", "BRS1") == (5, 0, 5)
    assert client.get("/v1/ledger/reconcile").json()["findings"] == []


def test_ask_3_what_no_node_has_alone_comes_from_several(client: httpx.Client) -> None:
    """ "Available in sum over locations but reserved at one: split it." """
    record(client, "count", "T-03", "DC1", 4)  # and 6 may be promised at BRS1
    answer = reserve(client, "1", ("T-03", 10), accept_partial=False)
    assert answer["unfilled"] == []
    assert nodes(client, "1") == {"BRS1": 6, "DC1": 4}
    assert figures(client, "T-03", "DC1") == (4, 4, 0)
    assert balanced(client)


def test_ask_4_two_lines_of_one_sku_are_checked_together(client: httpx.Client) -> None:
    """ "Two lines or kits that share a component must be checked together": here the lines."""
    whole = order("1", ("M-01", 3), ("M-01", 3), accept_partial=False)
    refusal(client.post("/v1/orders", json=whole, headers=key()), 409, "insufficient-stock")
    assert figures(client, "M-01", "BRS1") == (5, 0, 5)
    reserve(client, "2", ("M-01", 3), ("M-01", 2), accept_partial=False)
    assert figures(client, "M-01", "BRS1") == (5, 5, 0)


def test_ask_5_an_order_ships_from_the_node_it_is_reserved_at_and_uses_up_its_own_reservation(
    client: httpx.Client,
) -> None:
    """ "Ship from the *reserved* node; the wrong default corrupts two stocks. An order can always consume
    its own reservation." """
    reserve(client, "1", ("M-01", 5))
    assert figures(client, "M-01", "BRS1") == (5, 5, 0)  # nothing is available, and it ships all the same
    assert nodes(client, "1") == {"BRS1": 5}
    assert walk(client, "1", "confirm", "send-to-node", "pick", "ship")[-1] == "shipped"
    assert figures(client, "M-01", "BRS1") == (0, 0, 0)
    assert figures(client, "M-01", "LON1") == (3, 0, 3)  # another node's stock is as it was
    assert balanced(client)


def test_ask_7_a_backorder_has_a_date_and_is_freed_on_receipt_by_promise_date(client: httpx.Client) -> None:
    """ "Real backorders tied to inbound, freed on receipt, with a date for the shopper; availability counts
    reservations." """
    set_clock(client, "2026-11-21T09:00:00Z")
    record(client, "inbound", "M-01", "BRS1", 2, source="PO-2", earliest="2026-12-03")
    record(client, "inbound", "M-01", "BRS1", 3, source="PO-1", earliest="2026-11-28")
    reserve(client, "all", ("M-01", 5), mode="commit")
    first = reserve(client, "first", ("M-01", 3), mode="commit", allow_backorder=True)
    second = reserve(client, "second", ("M-01", 2), mode="commit", allow_backorder=True)
    assert [one["expected"] for one in (*first["backordered"], *second["backordered"])] == [
        "2026-11-28",
        "2026-12-03",
    ]
    inbound = client.get("/v1/availability?sku=M-01&node=BRS1").json()["items"][0]["inbound"]
    assert [(one["source"], one["quantity"], one["reserved"]) for one in inbound] == [
        ("PO-1", 3, 3),
        ("PO-2", 2, 2),
    ]
    late = client.post("/v1/orders", json=order("late", ("M-01", 1), allow_backorder=True), headers=key())
    refusal(late, 409, "insufficient-stock")
    record(client, "receipt", "M-01", "BRS1", 1, source="PO-1")
    assert client.get("/v1/orders/first").json()["state"] == "allocated"  # one of three
    states = [claim["state"] for claim in client.get("/v1/orders/first").json()["claims"]]
    assert sorted(states) == ["allocated", "backordered"]
    record(client, "receipt", "M-01", "BRS1", 2, source="PO-1")
    record(client, "receipt", "M-01", "BRS1", 2, source="PO-2")
    assert walk(client, "first", "ship") == walk(client, "second", "ship") == ["shipped"]
    assert figures(client, "M-01", "BRS1") == (5, 5, 0)
    assert balanced(client)


def test_ask_7_of_one_delivery_the_earlier_promise_is_served_first(client: httpx.Client) -> None:
    """ "Freed on receipt": when less arrives than was promised, the order promised first has it."""
    set_clock(client, "2026-11-21T09:00:00Z")
    reserve(client, "all", ("M-01", 5), mode="commit")
    record(client, "inbound", "M-01", "BRS1", 2, source="PO-1", earliest="2026-11-28")
    reserve(client, "first", ("M-01", 1), mode="commit", allow_backorder=True)
    reserve(client, "second", ("M-01", 1), mode="commit", allow_backorder=True)
    record(client, "receipt", "M-01", "BRS1", 1, source="PO-1")
    states = [client.get(f"/v1/orders/{name}").json()["state"] for name in ("first", "second")]
    assert states == ["allocated", "backordered"]


def test_ask_6_the_least_delivery_cost_by_zone_tables_from_a_csv(client: httpx.Client) -> None:
    """ "Source by least delivery cost with zone tables by CSV, and scale with items x sources." A kettle to
    the South East comes from Daventry for 4.308, from London it would be 4.558; with a new table it is the
    other way."""
    before = client.post("/v1/orders", json=order("1", ("K-17", 1), mode="quote")).json()
    assert [one["node"] for one in before["shipments"]] == ["DC1"]
    header = "service,origin,zone,per_package,per_kg,package_limit_grams"
    table = f"{header}\nground,DC1,UK-SE,3.40,0.42,20000\nground,LON1,UK-SE,2.55,0.42,20000\n"
    sent = client.post("/v1/rates/import", content=table, headers={"Content-Type": "text/csv"})
    assert sent.status_code == 200, sent.text
    after = client.post("/v1/orders", json=order("1", ("K-17", 1), mode="quote")).json()
    assert [one["node"] for one in after["shipments"]] == ["LON1"]
    # Forty items at three sources are decided with a proof, too.
    lines = [{"id": str(i), "sku": ("K-17", "T-03", "M-01")[i % 3], "quantity": 1} for i in range(40)]
    many = order("2", mode="quote") | {"lines": lines}
    decision = client.post("/v1/orders", json=many).json()
    assert (decision["status"], decision["unfilled_units"]) == ("optimal", 8)  # 13 mugs wanted, 5 there


def test_ask_8_store_stock_stays_out_of_online_orders_unless_it_is_chosen(client: httpx.Client) -> None:
    """ "Keep store stock out of online orders unless chosen; force the node per line; availability within
    the channel's nodes." """
    rule = {"kind": "only_from", "name": "online from DCs", "nodes": {"kinds": ["dc"]}, "channels": ["web"]}
    in_force(client, {**rule, "unless_chosen": True})
    assert client.get("/v1/policies/ruled").json()["rules"][0]["unless_chosen"] is True
    refusal(client.post("/v1/orders", json=order("1", ("M-01", 1)), headers=key()), 422, "infeasible")
    chosen = reserve(client, "2", ("M-01", 1), nodes={"allowed": ["BRS1", "DC1"]})
    assert [one["node"] for one in chosen["shipments"]] == ["BRS1"]
    forced = order("3", ("M-01", 1), ("K-17", 1))
    forced["lines"][0]["node"] = "BRS1"
    answer = client.post("/v1/orders", json=forced, headers=key())
    assert answer.status_code == 201, answer.text
    assert nodes(client, "3") == {"BRS1": 1, "DC1": 1}
    shown = {
        channel: {
            one["node"]: (one["available"], one.get("kept_out", ""))
            for one in client.get(f"/v1/availability?sku=K-17&channel={channel}").json()["items"]
        }
        for channel in ("web", "phone")
    }
    assert shown["web"] == {"DC1": (39, ""), "LON1": (0, "online from DCs")}
    assert shown["phone"] == {"DC1": (39, ""), "LON1": (11, "")}
    everywhere = client.get("/v1/availability?sku=K-17").json()["items"]
    assert sum(one["available"] for one in everywhere) == 50
    assert balanced(client)


def test_ask_10_two_nodes_where_two_suffice_and_no_split_with_a_backordered_line(
    client: httpx.Client,
) -> None:
    """ "Do not use three nodes when two suffice; do not split also with a backordered line." """
    lines = (("M-01", 1), ("T-03", 1), ("K-17", 1))
    header = "service,origin,zone,per_package,per_kg,package_limit_grams"
    cheaper = f"{header}\nground,LON1,UK-SE,2.00,0.42,20000\n"
    client.post("/v1/rates/import", content=cheaper, headers={"Content-Type": "text/csv"})
    alone = [_quoted(client, line) for line in lines]
    assert alone == [["BRS1"], ["DC1"], ["LON1"]]  # each line by its own cheapest node: three
    assert _quoted(client, *lines) == ["BRS1", "LON1"]  # the towel goes with the mug
    set_clock(client, "2026-11-21T09:00:00Z")
    record(client, "inbound", "M-01", "DC1", 2, source="PO-9", earliest="2026-12-01")
    waits = {"allow_backorder": True, "nodes": {"at_most": 1}}
    answer = reserve(client, "2", *lines, mode="commit", **waits)
    assert (answer["leaves_on"], nodes(client, "2")) == ("2026-12-01", {"DC1": 3})
    refusal(step(client, "2", "ship", units={"3": 1}), 409, "illegal-transition")
    record(client, "receipt", "M-01", "DC1", 2, source="PO-9")
    assert walk(client, "2", "ship") == ["shipped"]
    assert balanced(client)


def _quoted(client: httpx.Client, *lines: tuple[str, int]) -> list[str]:
    decision = client.post("/v1/orders", json=order("1", *lines, mode="quote")).json()
    return [one["node"] for one in decision["shipments"]]


def test_ask_12_a_reservation_ends_by_itself_and_is_never_silently_extended(client: httpx.Client) -> None:
    """ "Reservation expiry: released by itself, never silently extended, tied to the payment's life." """
    set_clock(client, "2026-11-21T09:00:00Z")
    granted = reserve(client, "1", ("M-01", 5))
    assert granted["expires_at"] == "2026-11-21T09:30:00Z"
    set_clock(client, "2026-11-21T09:29:59Z")
    # Looking at it, sourcing it again and being refused do not prolong it.
    client.get("/v1/orders/1")
    step(client, "1", "reassign")
    step(client, "1", "ship")
    client.post("/v1/orders", json=order("1", ("M-01", 5)), headers=key())
    assert client.get("/v1/orders/1").json()["expires_at"] == granted["expires_at"]
    set_clock(client, "2026-11-21T09:30:00Z")  # nothing tidies in these tests
    assert figures(client, "M-01", "BRS1") == (5, 0, 5)
    reserve(client, "2", ("M-01", 5))
    assert "30" in refusal(step(client, "1", "confirm"), 409, "reservation-expired")["detail"]
    # Paid in time, it is firm: it does not end.
    walk(client, "2", "confirm")
    set_clock(client, "2026-11-22T09:00:00Z")
    assert client.get("/v1/orders/2").json()["state"] == "allocated"


def test_ask_13_a_part_is_delivered_against_a_reservation_and_conflicts_can_be_overridden(
    client: httpx.Client,
) -> None:
    """ "Partial delivery against a reservation; conflicts shown and overridable." """
    reserve(client, "1", ("M-01", 5), mode="commit")
    assert step(client, "1", "ship", units={"1": 2}).status_code == 200
    assert figures(client, "M-01", "BRS1") == (3, 3, 0)
    # A conflict is shown: fewer are there than are promised.
    counted = record(client, "count", "M-01", "BRS1", 1, reason="Shelf check")
    assert (counted["shortfall"], counted["shortfall_orders"]) == (2, ["1"])
    (conflict,) = client.get("/v1/shortfalls").json()["items"]
    assert (conflict["order"], conflict["quantity"], conflict["node"]) == ("1", 2, "BRS1")
    too_many = step(client, "1", "ship", units={"1": 4})
    assert "only 3" in refusal(too_many, 409, "illegal-transition")["detail"]
    # It is overridden by facts: all three have left, whatever the books had.
    assert walk(client, "1", "ship") == ["shipped"]
    notes = [entry["note"] for entry in client.get("/v1/ledger/entries?order=1").json()["items"]]
    assert "3 said to have gone, 1 on the books" in notes
    assert client.get("/v1/shortfalls").json()["items"] == []
    assert balanced(client)
