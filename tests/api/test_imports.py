"""Imports: whole or not at all, with every bad row named."""

from typing import Any

import httpx
import pytest

from api.edge.pages import encode_cursor
from api.network import service as network_service
from tests.api.support import FILES, NODES, RATES, SKUS, SUPPLY, key

CSV = {"Content-Type": "text/csv; charset=utf-8"}


def send(client: httpx.Client, kind: str, text: str | bytes, **query: Any) -> httpx.Response:
    return client.post(f"/v1/{kind}/import", content=text, headers=CSV, params=query)


def listed(client: httpx.Client, kind: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/v1/{kind}?limit=1000").json()["items"]
    return items


def test_all_files_of_the_small_network_are_listed_as_they_were_sent(client: httpx.Client) -> None:
    assert {kind: len(listed(client, kind)) for kind in FILES} == {
        "nodes": 3,
        "zones": 2,
        "skus": 3,
        "rates": 6,
        "supply": 7,
    }
    node = listed(client, "nodes")[1]
    assert (node["id"], node["labor_per_order"], node["is_on"]) == ("DC1", "0.60", True)
    assert listed(client, "skus")[0] == {
        "id": "K-17",
        "name": "Enamel kettle",
        "weight_grams": 900,
        "price": "24.99",
        "unit_cost": "9.80",
        "lost_sale_value": "15.19",
        "case_pack": 6,
    }


def test_what_is_listed_can_be_imported_again(client: httpx.Client) -> None:
    for kind in ("nodes", "zones", "skus", "rates"):
        before = listed(client, kind)
        assert client.post(f"/v1/{kind}/import", json=before).status_code == 200
        assert listed(client, kind) == before


def test_amounts_are_exact_to_the_millionth(client: httpx.Client) -> None:
    row = {"id": "X", "name": "X", "weight_grams": 1, "price": "0.3", "unit_cost": "0.1"}
    assert client.post("/v1/skus/import", json=[row]).status_code == 200
    body = b'[{"id":"Y","name":"Y","weight_grams":1,"price":1000.000001,"unit_cost":0.000001}]'
    sent = client.post("/v1/skus/import", content=body, headers={"Content-Type": "application/json"})
    assert sent.status_code == 200
    found = {sku["id"]: sku["lost_sale_value"] for sku in listed(client, "skus")}
    assert (found["X"], found["Y"]) == ("0.20", "1000.00")
    too_fine = client.post("/v1/skus/import", json=[{**row, "price": "0.3000001"}])
    assert too_fine.json()["errors"][0]["allowed"] == "decimal places at most 6"


def test_every_bad_row_is_named_with_line_column_value_and_what_is_allowed(refusing: httpx.Client) -> None:
    text = (
        "sku,node,quantity,safety_stock\n"
        "K-17,DC1,1,0\n"
        "K-71,DC1,2,0\n"
        "K-17,LON,-3,0\n"
        "K-17,BRS1,many,0\n"
        "T-03,DC2,4,0\n"
        "K-17,DC1,5,0\n"
        "T-03,DC1\n"
    )
    answer = send(refusing, "supply", text)
    assert answer.status_code == 422
    problem = answer.json()
    assert "6 of 7 rows are bad" in problem["detail"]
    assert "nothing was written" in problem["detail"]
    found = [(e["line"], e.get("column", ""), e.get("value", ""), e["detail"]) for e in problem["errors"]]
    assert found == [
        (3, "sku", "K-71", 'no sku named "K-71"; did you mean K-17?'),
        (4, "quantity", "-3", "is -3; must be at least 0"),
        (5, "quantity", "many", 'is "many"; must be an integer'),
        (6, "node", "DC2", 'no node named "DC2"; did you mean DC1?'),
        (7, "sku", "K-17", "the same key as line 2"),
        (8, "", "", "2 values where the header has 4 columns"),
    ]
    assert problem["errors"][1]["allowed"] == "at least 0"
    assert problem["errors"][2]["allowed"] == "an integer"
    assert {item["quantity"] for item in listed(refusing, "supply") if item["sku"] == "K-17"} == {40, 12, 48}


def test_one_bad_row_without_a_column_is_told_by_its_line(refusing: httpx.Client) -> None:
    problem = send(refusing, "supply", "sku,node,quantity,safety_stock\nT-03,DC1\n").json()
    assert problem["detail"].startswith("1 of 1 rows is bad, the first at line 2: 2 values where")


def test_skip_bad_rows_writes_the_good_ones_and_names_the_bad(client: httpx.Client) -> None:
    text = "sku,node,quantity,safety_stock\nK-17,DC1,7,0\nK-71,DC1,2,0\nK-17,LON1,8,0\n"
    answer = send(client, "supply", text, skip_bad_rows="true").json()
    assert (answer["rows"], answer["written"], answer["bad_rows"]) == (3, 2, 1)
    assert answer["errors"][0]["line"] == 3
    on_hand = {i["node"]: i["quantity"] for i in listed(client, "supply") if i["sku"] == "K-17"}
    assert on_hand == {"DC1": 7, "LON1": 8}


def test_check_writes_nothing_and_says_what_would_be_refused(refusing: httpx.Client) -> None:
    good = "sku,node,quantity,safety_stock\nK-17,DC1,7,0\n"
    answer = send(refusing, "supply", good, check="true").json()
    assert (answer["rows"], answer["written"], answer["checked_only"]) == (1, 0, True)
    assert send(refusing, "supply", good + "K-71,DC1,7,0\n", check="true").status_code == 422
    assert {i["quantity"] for i in listed(refusing, "supply") if i["node"] == "DC1"} == {40, 48, 100}


def test_a_wrong_header_names_missing_and_unknown_columns(refusing: httpx.Client) -> None:
    answer = send(refusing, "supply", "sku,nod,quantity,note\nK-17,DC1,1,x\n").json()
    assert answer["status"] == 422
    assert [(error["line"], error["column"], error["detail"]) for error in answer["errors"]] == [
        (1, "nod", 'no column may be named "nod"; did you mean node?'),
        (1, "note", 'no column may be named "note"; did you mean node?'),
        (1, "node", 'the column "node" is missing'),
        (1, "safety_stock", 'the column "safety_stock" is missing'),
    ]
    assert "sku,node,quantity,safety_stock,pool,source,earliest" in answer["fix"]


def test_a_header_separated_by_semicolons_says_so(refusing: httpx.Client) -> None:
    answer = send(refusing, "zones", "id;name;latitude;longitude\nA;A;1;1\n").json()
    assert "Separate the columns by commas, not by ';'" in answer["fix"]


def test_a_column_that_stands_twice_is_refused(refusing: httpx.Client) -> None:
    answer = send(refusing, "zones", "id,name,latitude,longitude,name\nA,A,1,1,B\n").json()
    assert answer["errors"][0]["detail"] == 'the column "name" stands twice'


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("id,name,latitude,longitude\nA,Köln,1,1\n".encode("latin-1"), "byte 0xf6 at offset 30, line 2"),
        ("id,name,latitude,longitude\nA,A,1,1\n".encode("utf-16"), "UTF-16"),
        (
            b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml",
            "no CSV file: its first bytes are those of an Excel",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "no CSV file: its first bytes are those of an Excel"),
        (b'id,name,latitude,longitude\nA,"A,1,1\n', "cannot be read at line"),
        (b'id,name,latitude,longitude\nA,"A"x,1,1\n', "cannot be read at line 2"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(refusing: httpx.Client, body: bytes, says: str) -> None:
    answer = send(refusing, "zones", body)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-body")
    assert says in answer.json()["detail"]
    assert len(listed(refusing, "zones")) == 2


def test_a_byte_order_mark_and_windows_line_ends_are_read(client: httpx.Client) -> None:
    text = b"\xef\xbb\xbfid,name,latitude,longitude\r\nA,Aix,1,1\r\n"
    assert send(client, "zones", text).json()["written"] == 1


def test_an_empty_file_names_the_columns(refusing: httpx.Client) -> None:
    answer = send(refusing, "zones", "")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["allowed"] == "id,name,latitude,longitude"


def test_a_file_over_the_cap_is_refused_with_the_cap(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_service.ZONES.__class__, "cap", property(lambda _: 2), raising=False)
    text = "id,name,latitude,longitude\n" + "".join(f"Z{i},Z,1,1\n" for i in range(3))
    answer = send(client, "zones", text)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
    assert answer.json()["detail"] == "3 rows; at most 2 in one request"


@pytest.mark.parametrize(
    ("kind", "text", "column", "says"),
    [
        (
            "nodes",
            NODES.replace("Europe/London", "Europe/Londn", 1),
            "time_zone",
            "did you mean Europe/London?",
        ),
        ("nodes", NODES.replace(",store,", ",shop,", 1), "kind", "'store'"),
        ("nodes", NODES.replace("52.26", "91", 1), "latitude", "at most 90"),
        ("nodes", NODES.replace("52.26", "nan", 1), "latitude", "finite"),
        ("skus", SKUS.replace("24.99", "NaN", 1), "price", "finite"),
        ("skus", SKUS.replace("24.99", "-1", 1), "price", "at least 0"),
        ("skus", SKUS.replace("24.99", "1e9", 1), "price", "at most 1000000"),
        ("skus", SKUS.replace(",900,", ",0,", 1), "weight_grams", "at least 1"),
        ("skus", SKUS.replace(",900,", ",9" + "0" * 30 + ",", 1), "weight_grams", "at most"),
        ("skus", SKUS.replace("K-17", "/etc", 1), "id", "must be letters, digits and"),
        ("rates", RATES.replace("UK-SW", "UK-NW", 1), "zone", "did you mean UK-SW?"),
        ("rates", RATES.replace(",0.42,", ",0.4201,", 1), "per_kg", "at most 3"),
        ("rates", RATES.replace("DC1", "DC7", 1), "origin", "did you mean DC1?"),
        ("supply", SUPPLY.replace("2026-12-01", "soon"), "earliest", "date"),
        ("supply", SUPPLY.replace(",40,", ",4.5,"), "quantity", "integer"),
    ],
)
def test_a_bad_value_is_named_with_its_column(
    refusing: httpx.Client, kind: str, text: str, column: str, says: str
) -> None:
    answer = send(refusing, kind, text)
    assert answer.status_code == 422, answer.text
    error = answer.json()["errors"][0]
    assert error["column"] == column
    assert says in error["detail"] + error.get("allowed", "")
    assert error["line"] >= 2


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("K-17,DC1,1,0,,,2026-12-01", "earliest belongs to an inbound"),
        ("K-17,DC1,1,0,,PO-1,", "earliest is missing"),
        ("K-17,DC1,1,0,,PO-1,0001-01-01", "must lie between 1970-01-01 and 2200-01-01"),
    ],
)
def test_only_an_inbound_is_dated(refusing: httpx.Client, row: str, says: str) -> None:
    answer = send(refusing, "supply", f"sku,node,quantity,safety_stock,pool,source,earliest\n{row}\n")
    assert says in answer.json()["errors"][0]["detail"]


def test_rows_as_json_are_strict_about_kinds(refusing: httpx.Client) -> None:
    rows = [
        {"sku": "K-17", "node": "DC1", "quantity": "5", "safety_stock": 0},
        {"sku": "K-17", "node": "LON1", "quantity": True, "safety_stock": 0},
        {"sku": "T-03", "node": "DC1", "quantity": 1.0, "safety_stock": 0, "query": "red"},
        "K-17",
    ]
    answer = refusing.post("/v1/supply/import", json=rows)
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/0/quantity",
        "/1/quantity",
        "/2/quantity",
        "/2/query",
        "/3",
    ]


def test_a_body_that_is_no_array_or_of_another_type_is_refused(refusing: httpx.Client) -> None:
    assert refusing.post("/v1/zones/import", json={"id": "A"}).json()["type"] == "/problems/malformed-body"
    other = refusing.post("/v1/zones/import", content=b"x", headers={"Content-Type": "text/plain"})
    assert (other.status_code, other.json()["type"]) == (415, "/problems/unsupported-media-type")
    assert "text/csv" in other.json()["fix"]


def test_an_import_of_supply_leaves_reservations_alone(client: httpx.Client) -> None:
    body = {
        "mode": "commit",
        "id": "1",
        "lines": [{"id": "1", "sku": "K-17", "quantity": 5}],
        "destination": {"zone": "UK-SE"},
    }
    assert client.post("/v1/orders", json=body, headers={"Idempotency-Key": "k"}).status_code == 201
    assert send(client, "supply", SUPPLY).status_code == 200
    row = next(
        i
        for i in listed(client, "supply")
        if (i["sku"], i["node"], i["source"]) == ("K-17", "DC1", "on_hand")
    )
    assert (row["quantity"], row["reserved"], row["available"]) == (40, 5, 35)


def test_a_node_is_turned_off_with_a_reason_and_an_import_keeps_it_so(client: httpx.Client) -> None:
    off = client.patch("/v1/nodes/LON1", json={"is_on": False, "off_reason": "Flood"}).json()
    assert (off["is_on"], off["off_reason"]) == (False, "Flood")
    assert send(client, "nodes", NODES).status_code == 200
    assert listed(client, "nodes")[2]["off_reason"] == "Flood"
    on = client.patch("/v1/nodes/LON1", json={"is_on": True}).json()
    assert (on["is_on"], on["off_reason"]) == (True, "")


def test_a_node_is_not_turned_off_without_a_reason_or_if_it_is_unknown(client: httpx.Client) -> None:
    for silence in ({}, {"off_reason": " "}):
        silent = client.patch("/v1/nodes/LON1", json={"is_on": False, **silence})
        assert silent.status_code == 422
        named = [(error["pointer"], error["detail"]) for error in silent.json()["errors"]]
        assert named == [("/off_reason", "is missing: a node is turned off with a reason")]
    unknown = client.patch("/v1/nodes/LON2", json={"is_on": True})
    assert (unknown.status_code, unknown.json()["detail"]) == (
        404,
        'no node named "LON2"; did you mean LON1?',
    )


def test_lists_come_in_pages_that_join_up(refusing: httpx.Client) -> None:
    for kind in FILES:
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = refusing.get(f"/v1/{kind}", params={"limit": 2, **cursor}).json()
            found += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert found == listed(refusing, kind)


HALF_CHARACTERS = [encode_cursor(["\ud800"] * parts) for parts in (1, 6)]


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "WzFd", "é", *HALF_CHARACTERS])
def test_a_cursor_that_no_list_gave_out_is_refused(refusing: httpx.Client, cursor: str) -> None:
    for kind in ("nodes", "supply", "orders"):
        answer = refusing.get(f"/v1/{kind}", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?cursor")


def test_supply_is_listed_by_sku_and_node(client: httpx.Client) -> None:
    items = client.get("/v1/supply?sku=K-17&node=DC1").json()["items"]
    assert [(item["source"], item["earliest"]) for item in items] == [
        ("PO-881", "2026-12-01"),
        ("on_hand", None),
    ]


@pytest.mark.parametrize("headers", [{}, key("deep")])
@pytest.mark.parametrize("body", [b"[" * 30_000, b'[{"id":' * 5_000 + b"1" + b"}]" * 5_000])
def test_rows_nested_too_deeply_are_refused_with_a_key_and_without(
    refusing: httpx.Client, headers: dict[str, str], body: bytes
) -> None:
    answer = refusing.post(
        "/v1/skus/import", content=body, headers={"Content-Type": "application/json", **headers}
    )
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-body")
    assert "nested too deeply" in answer.json()["detail"]
