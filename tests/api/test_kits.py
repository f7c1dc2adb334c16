"""Kits by HTTP, on both databases: import, availability, orders, and what is refused."""

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api.support import ROOT, Server, key, load, order

HEAD = "id,name,weight_grams,price,unit_cost,case_pack,components\n"
GIFT = "GIFT,Kettle and two towels,,34.99,14.00,,K-17:1;T-03:2\n"
SET = "SET,Four mugs and a towel,1500,39.00,15.00,,M-01:4; T-03:1\n"


def send(client: httpx.Client, kind: str, text: str, **query: Any) -> httpx.Response:
    return client.post(f"/v1/{kind}/import", content=text, headers={"Content-Type": "text/csv"}, params=query)


def reserve(client: httpx.Client, name: str, *lines: tuple[str, int], **more: Any) -> httpx.Response:
    return client.post("/v1/orders", json=order(name, *lines, **more), headers=key())


def step(client: httpx.Client, name: str, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = client.post(f"/v1/orders/{name}/{verb}", json=body, headers=key())
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def places(client: httpx.Client, *skus: str, **query: Any) -> dict[tuple[str, str], dict[str, Any]]:
    answer = client.get("/v1/availability", params={"sku": list(skus), **query})
    assert answer.status_code == 200, answer.text
    return {(item["sku"], item["node"]): item for item in answer.json()["items"]}


def available(client: httpx.Client, *skus: str, **query: Any) -> dict[tuple[str, str], int]:
    return {place: item["available"] for place, item in places(client, *skus, **query).items()}


@pytest.fixture
def kits(client: httpx.Client) -> httpx.Client:
    assert send(client, "skus", HEAD + GIFT + SET).status_code == 200
    return client


def test_kits_are_imported_as_csv_or_json_and_weigh_what_they_are_packed_from(kits: httpx.Client) -> None:
    listed = {sku["id"]: sku for sku in kits.get("/v1/skus").json()["items"]}
    assert (listed["GIFT"]["weight_grams"], listed["SET"]["weight_grams"]) == (1140, 1500)
    assert listed["GIFT"]["components"] == {"K-17": 1, "T-03": 2}
    assert "components" not in listed["K-17"]
    again = [listed["GIFT"], listed["K-17"]]
    assert kits.post("/v1/skus/import", json=again).status_code == 200
    assert {sku["id"]: sku for sku in kits.get("/v1/skus").json()["items"]} == listed


def test_a_kit_may_stand_in_one_file_with_its_components(empty: httpx.Client) -> None:
    parts = "A,A,10,2.00,1.00,,\nB,B,5,2.00,1.00,,\n"
    assert send(empty, "skus", HEAD + "KIT,Kit,,5.00,1.00,,A:2;B:1\n" + parts).status_code == 200
    assert empty.get("/v1/skus").json()["items"][2]["weight_grams"] == 25


def test_a_row_without_components_keeps_them_and_an_empty_mapping_takes_them_away(kits: httpx.Client) -> None:
    row = {"id": "GIFT", "name": "Gift", "price": "39.99", "unit_cost": "14.00"}
    assert kits.post("/v1/skus/import", json=[row]).status_code == 200
    assert kits.get("/v1/skus").json()["items"][0]["components"] == {"K-17": 1, "T-03": 2}
    plain = row | {"components": {}, "weight_grams": 1000}
    assert kits.post("/v1/skus/import", json=[plain]).status_code == 200
    assert "components" not in kits.get("/v1/skus").json()["items"][0]
    assert available(kits, "GIFT") == {}


@pytest.mark.parametrize(
    ("rows", "column", "detail"),
    [
        ("X,X,,9.00,1.00,,GIFT:1;T-03:1\n", "components", "which is a kit itself"),
        (
            "T-03,Towel,120,6.50,2.10,12,M-01:1\n",
            "components",
            "has T-03 among its components, which is a kit itself",
        ),
        ("X,X,,9.00,1.00,,K-71:1\n", "components", 'no sku named "K-71"; did you mean K-17?'),
        ("X,X,,9.00,1.00,,K-17:0\n", "components", "is 0; must be at least 1"),
        ("X,X,,9.00,1.00,,K-17:-2\n", "components", "must be at least 1"),
        ("X,X,,9.00,1.00,,K-17:100001\n", "components", "at most"),
        ("X,X,,9.00,1.00,,K-17:1.5\n", "components", "must be an integer"),
        ("X,X,,9.00,1.00,,K-17\n", "components", "SKU:UNITS"),
        ("X,X,,9.00,1.00,,K-17:1;K-17:2\n", "components", "is twice there"),
        ("X,X,,9.00,1.00,,X:1\n", "components", "names X itself"),
        ("X,X,,9.00,1.00,,\n", "weight_grams", "is missing"),
        ("X,X,,9.00,1.00,,BIG:100000\nBIG,B,1000000,1.00,1.00,,\n", "components", "weigh 100,000,000,000 g"),
        ("X,X,,9.00,1.00,," + ";".join(f"S{i}:1" for i in range(51)) + "\n", "components", "50"),
    ],
)
def test_what_cannot_be_a_kit_is_refused_with_its_column(
    kits: httpx.Client, rows: str, column: str, detail: str
) -> None:
    answer = send(kits, "skus", HEAD + rows)
    assert answer.status_code == 422, answer.text
    found = [(e.get("column", ""), e["detail"]) for e in answer.json()["errors"] if e["line"] == 2]
    assert any(at == column and detail in said for at, said in found), found
    assert len(kits.get("/v1/skus").json()["items"]) == 5


def test_with_skip_bad_rows_a_kit_goes_with_its_bad_component(kits: httpx.Client) -> None:
    rows = "NEW,N,,2.00,1.00,,\nX,X,,9.00,1.00,,NEW:1\nOK,O,3,2.00,1.00,,\n"
    answer = send(kits, "skus", HEAD + rows, skip_bad_rows=True)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["written"], answer.json()["bad_rows"]) == (1, 2)
    assert [error["line"] for error in answer.json()["errors"]] == [2, 3]


def test_a_kit_has_no_stock_of_its_own(kits: httpx.Client) -> None:
    supply = send(kits, "supply", "sku,node,quantity,safety_stock\nGIFT,DC1,5,0\n")
    assert (supply.status_code, supply.json()["errors"][0]["column"]) == (422, "sku")
    assert "GIFT is a kit and has no stock of its own" in supply.json()["errors"][0]["detail"]
    event = {"kind": "count", "sku": "GIFT", "node": "DC1", "quantity": 5}
    told = kits.post("/v1/stock-events", json={"events": [event]}, headers=key())
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, "/events/0/sku")
    own = send(kits, "skus", HEAD + "M-01,Mug,350,8.25,3.05,6,T-03:1\n")
    assert own.status_code == 422
    fresh = send(kits, "skus", HEAD + "N-1,New,350,8.25,3.05,6,\n")
    assert fresh.status_code == 200
    assert send(kits, "supply", "sku,node,quantity,safety_stock\nN-1,DC1,5,0\n").status_code == 200
    for only in ({"check": True}, {}):
        late = send(kits, "skus", HEAD + "N-1,New,350,8.25,3.05,6,T-03:1\n", **only)
        assert late.status_code == 422
        assert "N-1 has stock of its own, 5 units at DC1" in late.json()["detail"]


def test_available_is_what_the_scarcest_component_suffices_for(kits: httpx.Client) -> None:
    found = places(kits, "GIFT")
    assert {place: item["available"] for place, item in found.items()} == {
        ("GIFT", "BRS1"): 0,  # no kettle
        ("GIFT", "DC1"): 40,
        ("GIFT", "LON1"): 0,  # no towel
    }
    assert found["GIFT", "DC1"]["components"] == [
        {"sku": "K-17", "per_kit": 1, "on_hand": 40, "available": 40},
        {"sku": "T-03", "per_kit": 2, "on_hand": 100, "available": 100},
    ]
    reserve(kits, "1", ("GIFT", 3), ("T-03", 30))
    after = places(kits, "GIFT", "T-03", node="DC1")
    gift = after["GIFT", "DC1"]
    assert (gift["on_hand"], gift["reserved"], gift["safety_stock"], gift["available"]) == (40, 8, 0, 32)
    assert "components" not in after["T-03", "DC1"]
    assert available(kits, "GIFT", node="BRS1") == {("GIFT", "BRS1"): 0}


def test_ring_fences_of_two_channels_are_not_packed_into_one_kit(kits: httpx.Client) -> None:
    rows = "M-01,BRS1,3,0,common\nM-01,BRS1,2,0,app\nM-01,BRS1,3,0,web\n"
    head = "sku,node,quantity,safety_stock,pool\n"
    assert send(kits, "supply", head + rows).status_code == 200
    assert available(kits, "SET", node="BRS1", channel="app") == {("SET", "BRS1"): 1}
    assert available(kits, "SET", node="BRS1", channel="web") == {("SET", "BRS1"): 1}
    assert available(kits, "SET", node="BRS1", channel="shop") == {("SET", "BRS1"): 0}
    # Eight mugs: app packs one kit of its two and two common ones, web one of its three and the last.
    assert available(kits, "SET", node="BRS1") == {("SET", "BRS1"): 2}
    rows = "M-01,BRS1,0,0,common\nM-01,BRS1,2,0,app\nM-01,BRS1,3,0,web\n"
    assert send(kits, "supply", head + rows).status_code == 200
    assert available(kits, "SET", node="BRS1") == {("SET", "BRS1"): 0}


def test_an_order_of_kits_from_quote_to_return(kits: httpx.Client) -> None:
    quote = kits.post("/v1/orders", json=order("1", ("GIFT", 3), mode="quote")).json()
    assert quote["shipments"][0]["lines"] == [{"line": "1", "sku": "GIFT", "quantity": 3}]
    assert quote["shipments"][0]["weight_grams"] == 3 * 1140
    assert reserve(kits, "1", ("GIFT", 3)).status_code == 201
    stands = kits.get("/v1/orders/1").json()
    assert stands["lines"] == [
        {"id": "1", "sku": "GIFT", "quantity": 3, "held": 3, "components": {"K-17": 1, "T-03": 2}}
    ]
    assert [(c["line"], c["sku"], c["node"], c["quantity"]) for c in stands["claims"]] == [
        ("1", "K-17", "DC1", 3),
        ("1", "T-03", "DC1", 6),
    ]
    decided = kits.get("/v1/orders/1/decision").json()
    assert decided["seen"]["stock"] == {"GIFT": [40], "K-17": [40], "T-03": [100]}
    step(kits, "1", "confirm")
    canceled = step(kits, "1", "cancel", {"units": {"1": 1}})
    assert canceled["lines"][0]["held"] == 2
    assert available(kits, "K-17", "T-03", node="DC1") == {("K-17", "DC1"): 38, ("T-03", "DC1"): 96}
    shipped = step(kits, "1", "ship", {"units": {"1": 1}})
    assert sorted((c["sku"], c["state"], c["quantity"]) for c in shipped["claims"]) == [
        ("K-17", "allocated", 1),
        ("K-17", "canceled", 1),
        ("K-17", "shipped", 1),
        ("T-03", "allocated", 2),
        ("T-03", "canceled", 2),
        ("T-03", "shipped", 2),
    ]
    too_many = kits.post("/v1/orders/1/ship", json={"units": {"1": 2}}, headers=key())
    assert (too_many.status_code, too_many.json()["type"]) == (409, "/problems/illegal-transition")
    assert "2 units of line 1 of order 1 cannot be shipped, only 1" in too_many.json()["detail"]


def test_lines_that_share_a_component_are_filled_from_what_there_is(kits: httpx.Client) -> None:
    answer = reserve(kits, "1", ("GIFT", 38), ("T-03", 40))
    assert answer.status_code == 201
    body = answer.json()  # 76 + 40 of 100 + 6 towels: the kits are worth more of them, the towels more units
    planned = {line["line"]: line["quantity"] for s in body["shipments"] for line in s["lines"]}
    assert body["unfilled_units"] == 78 - sum(
        line["quantity"] for s in body["shipments"] for line in s["lines"]
    )
    assert body["unfilled_bound"] <= body["unfilled_units"]
    assert planned["1"] > 0
    left = available(kits, "T-03")
    assert min(left.values()) >= 0


def test_of_a_short_kit_units_are_counted_in_kits(kits: httpx.Client) -> None:
    answer = reserve(kits, "1", ("SET", 3), accept_partial=True)
    assert answer.status_code == 201
    assert answer.json()["unfilled"] == [{"line": "1", "sku": "SET", "quantity": 2, "reason": "no_stock"}]
    whole = reserve(kits, "2", ("SET", 1), accept_partial=False)
    assert (whole.status_code, whole.json()["type"]) == (409, "/problems/insufficient-stock")
    assert "SKU SET: 1 wanted, 0 can be served" in whole.json()["detail"]


def test_a_full_day_is_told_of_kits_by_what_is_picked(kits: httpx.Client) -> None:
    nodes = [node for node in kits.get("/v1/nodes").json()["items"] if node["id"] == "DC1"]
    assert kits.post("/v1/nodes/import", json=[nodes[0] | {"units_per_day": 7}]).status_code == 200
    answer = reserve(kits, "1", ("GIFT", 3))
    assert answer.json()["unfilled"] == [{"line": "1", "sku": "GIFT", "quantity": 1, "reason": "no_capacity"}]
    full = reserve(kits, "2", ("GIFT", 1))
    assert (full.status_code, full.json()["type"]) == (409, "/problems/capacity-full")


def test_orders_keep_the_components_they_were_reserved_as(kits: httpx.Client) -> None:
    reserve(kits, "1", ("GIFT", 2))
    assert send(kits, "skus", HEAD + "GIFT,Gift,,34.99,14.00,,T-03:3;K-17:2\n").status_code == 200
    reserve(kits, "2", ("GIFT", 1))
    step(kits, "1", "confirm")
    first = step(kits, "1", "ship", {"units": {"1": 1}})
    assert first["lines"][0]["components"] == {"K-17": 1, "T-03": 2}
    assert kits.get("/v1/orders/2").json()["lines"][0]["components"] == {"K-17": 2, "T-03": 3}
    assert available(kits, "T-03", node="DC1") == {("T-03", "DC1"): 100 - 2 * 2 - 3}
    assert places(kits, "T-03", node="DC1")["T-03", "DC1"]["on_hand"] == 98


def test_orders_without_kits_are_answered_as_before(kits: httpx.Client) -> None:
    body = order("1", ("K-17", 2), ("T-03", 1), mode="quote")
    answer = kits.post("/v1/orders", json=body).text
    assert "component" not in answer
    reserve(kits, "1", ("K-17", 2), ("T-03", 1))
    for address in ("/v1/orders/1", "/v1/orders/1/decision", "/v1/availability?sku=K-17"):
        assert "component" not in kits.get(address).text


def test_eight_clients_after_one_component_oversell_nothing(serve: Callable[..., Server]) -> None:
    server = serve()
    with server.client() as client:
        load(client)
        assert send(client, "skus", HEAD + GIFT + SET).status_code == 200
        racers = [
            subprocess.Popen(
                [sys.executable, str(ROOT / "tests/api/racer.py"), server.url, f"r{n}", "12", f"one-{n}"],
                stdout=subprocess.PIPE,
                env={"PYTHONPATH": str(ROOT), "RACER_SKUS": "GIFT,SET,T-03"},
            )
            for n in range(8)
        ]
        told = [racer.communicate(timeout=300)[0].decode() for racer in racers]
        assert [racer.returncode for racer in racers] == [0] * 8
        statuses = {int(status) for answer in told for status in re.findall(r'"status": (\d+)', answer)}
        assert statuses <= {201, 409}
        assert 409 in statuses  # there was not enough for all
        rows = client.get("/v1/supply", params={"limit": 1000}).json()["items"]
        assert all(0 <= row["reserved"] <= row["quantity"] for row in rows)
        held = {"K-17": 0, "T-03": 0, "M-01": 0}
        for one in client.get("/v1/orders", params={"limit": 200}).json()["items"]:
            lines = client.get(f"/v1/orders/{one['id']}").json()["lines"]
            for line in (line for line in lines if line["held"]):
                for sku, per_unit in (line.get("components") or {line["sku"]: 1}).items():
                    held[sku] += per_unit * line["held"]
        assert held == {sku: sum(r["reserved"] for r in rows if r["sku"] == sku) for sku in held}
        towels = available(client, "T-03", "GIFT", "SET")
        assert sum(n for (sku, _), n in towels.items() if sku == "T-03") < 10  # it was a race for them
