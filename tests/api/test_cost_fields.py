"""What a fuller cost model reads, over HTTP: of nodes, skus, rates and orders; good fields and bad ones."""

from typing import Any

import httpx
import pytest

from tests.api.support import NODES, RATES, SKUS, key, order
from tests.api.test_imports import listed, send
from tests.api.walking import refusal, reserve

NODE = {
    "id": "LON1",
    "name": "London Oxford Street",
    "kind": "store",
    "latitude": 51.515,
    "longitude": -0.142,
    "time_zone": "Europe/London",
    "labor_per_order": "1.10",
    "labor_per_line": "0.40",
    "labor_per_unit": "0.08",
    "units_per_day": 400,
    "priority": 2,
}
SKU = {"id": "K-17", "name": "Kettle", "weight_grams": 900, "price": "24.99", "unit_cost": "9.80"}
RATE = {
    "service": "ground",
    "origin": "LON1",
    "zone": "UK-SE",
    "per_package": "2.60",
    "per_kg": "0.42",
    "package_limit_grams": 20000,
}
MORE = {
    "nodes": {"load_penalty": "0.40", "pick_success_permille": 930, "processing_hours": 4},
    "skus": {
        "length_mm": 400,
        "width_mm": 300,
        "height_mm": 1200,
        "ships_alone": True,
        "is_oversized": True,
        "is_hazmat": True,
    },
    "rates": {
        "package_limit_cm3": 120000,
        "longest_side_mm": 1500,
        "dimensional_divisor": 5000,
        "breaks": [{"from_grams": 5000, "per_kg": "0.30"}, {"from_grams": 10000, "per_kg": "0.20"}],
        "per_shipment": "0.90",
        "per_oversized": "14.00",
        "carries_hazmat": False,
        "co2e_grams_per_package": 180,
        "co2e_grams_per_kg": 95,
        "transit_days_p50": 1,
        "transit_days_p90": 3,
    },
}
ROWS: dict[str, dict[str, Any]] = {"nodes": NODE, "skus": SKU, "rates": RATE}
WITHOUT = {"nodes": NODES, "skus": SKUS, "rates": RATES}


def cells(kind: str) -> str:
    """The fields of `MORE` as a CSV of one row has them."""
    row = {**ROWS[kind], **MORE[kind]}
    if "breaks" in row:
        row["breaks"] = "5000:0.30; 10000:0.20"
    return f"{','.join(row)}\n{','.join(str(value) for value in row.values())}\n"


def found(client: httpx.Client, kind: str) -> dict[str, Any]:
    """The row that the tests write, of its optional fields those alone that are listed."""
    names = ("id",) if "id" in ROWS[kind] else ("service", "origin", "zone")
    same = [row for row in listed(client, kind) if all(row[name] == ROWS[kind][name] for name in names)]
    assert len(same) == 1
    return {name: value for name, value in same[0].items() if name in MORE[kind]}


@pytest.mark.parametrize("kind", ["nodes", "skus", "rates"])
def test_every_field_is_listed_as_it_was_sent_in_json_and_csv_until_a_row_comes_without(
    client: httpx.Client, kind: str
) -> None:
    assert found(client, kind) == {}
    assert client.post(f"/v1/{kind}/import", json=[{**ROWS[kind], **MORE[kind]}]).status_code == 200
    assert found(client, kind) == MORE[kind]
    assert client.post(f"/v1/{kind}/import", json=listed(client, kind)).status_code == 200
    assert found(client, kind) == MORE[kind]
    assert send(client, kind, WITHOUT[kind]).status_code == 200
    assert found(client, kind) == {}
    sent = send(client, kind, cells(kind))
    assert sent.status_code == 200, sent.text
    assert found(client, kind) == MORE[kind]


BREAK = {"from_grams": 5000, "per_kg": "0.30"}


@pytest.mark.parametrize(
    ("kind", "change", "pointer", "said"),
    [
        ("nodes", {"load_penalty": "-1"}, "load_penalty", "at least 0"),
        ("nodes", {"load_penalty": "10001"}, "load_penalty", "at most 10000"),
        ("nodes", {"pick_success_permille": 1001}, "pick_success_permille", "at most 1000"),
        ("nodes", {"processing_hours": -1}, "processing_hours", "at least 0"),
        ("nodes", {"processing_hours": 10**9}, "processing_hours", "at most 8760"),
        ("skus", {"length_mm": 1, "width_mm": 1}, "height_mm", "is missing: give length_mm, width_mm"),
        ("skus", {"width_mm": 1, "height_mm": 1}, "length_mm", "is missing: give length_mm, width_mm"),
        ("skus", {"length_mm": 1, "height_mm": 1}, "width_mm", "is missing: give length_mm, width_mm"),
        ("skus", {"height_mm": 1}, "length_mm", "is missing: give length_mm, width_mm"),
        ("skus", {"length_mm": 0, "width_mm": 1, "height_mm": 1}, "length_mm", "at least 1"),
        ("skus", {"length_mm": 1, "width_mm": 20_001, "height_mm": 1}, "width_mm", "at most 20000"),
        ("skus", {"is_hazmat": "yes"}, "is_hazmat", "true or false"),
        ("rates", {"package_limit_cm3": 0}, "package_limit_cm3", "at least 1"),
        ("rates", {"longest_side_mm": 0}, "longest_side_mm", "at least 1"),
        ("rates", {"dimensional_divisor": 139}, "dimensional_divisor", "at least 1000"),
        ("rates", {"breaks": [BREAK, BREAK]}, "breaks", "breaks come in order of weight"),
        ("rates", {"breaks": [{**BREAK, "per_kg": "0.42"}]}, "breaks", "a lower charge per kilogram"),
        ("rates", {"breaks": [{**BREAK, "per_kg": "0.3001"}]}, "breaks/0/per_kg", "decimal places"),
        ("rates", {"breaks": [{"per_kg": "0.30"}]}, "breaks/0/from_grams", "is missing"),
        ("rates", {"breaks": "5000:0.30"}, "breaks", "must be a list"),
        ("rates", {"per_shipment": "-0.01"}, "per_shipment", "at least 0"),
        ("rates", {"per_oversized": "0.0000001"}, "per_oversized", "6 decimal places"),
        ("rates", {"carries_hazmat": None}, "carries_hazmat", "true or false"),
        ("rates", {"co2e_grams_per_package": -1}, "co2e_grams_per_package", "at least 0"),
        ("rates", {"co2e_grams_per_kg": 1.5}, "co2e_grams_per_kg", "an integer"),
        ("rates", {"transit_days_p50": 3, "transit_days_p90": 1}, "transit_days_p90", "no less than"),
        ("rates", {"transit_days_p50": 3}, "transit_days_p90", "is missing: give transit_days_p50 and"),
        ("rates", {"transit_days_p90": 3}, "transit_days_p50", "is missing: give transit_days_p50 and"),
        ("rates", {"transit_days_p50": -1, "transit_days_p90": 3}, "transit_days_p50", "at least 0"),
        ("rates", {"transit_days_p90": 366}, "transit_days_p90", "at most 365"),
    ],
)
def test_a_bad_field_is_named_with_what_is_allowed(
    refusing: httpx.Client, kind: str, change: dict[str, Any], pointer: str, said: str
) -> None:
    answer = refusing.post(f"/v1/{kind}/import", json=[{**ROWS[kind], **change}])
    errors = refusal(answer, 422, "validation")["errors"]
    assert [error["pointer"] for error in errors] == [f"/0/{pointer}"]
    assert said in errors[0]["detail"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("5000", '"5000" is not of the form GRAMS:PER_KG'),
        ("5000:0.30;;9000:0.20", '"" is not of the form GRAMS:PER_KG'),
        ("5000:dear", "a decimal amount"),
        ("10000:0.20;5000:0.30", "a break at 5000 g: breaks come in order of weight"),
    ],
)
def test_bad_breaks_of_a_csv_are_named_with_line_and_column(
    refusing: httpx.Client, cell: str, said: str
) -> None:
    row = {**RATE, "breaks": cell}
    text = f"{','.join(row)}\n{','.join(str(value) for value in row.values())}\n"
    (error,) = refusal(send(refusing, "rates", text), 422, "validation")["errors"]
    assert (error["line"], error["column"]) == (2, "breaks")
    assert said in error["detail"]


@pytest.mark.parametrize(
    ("kind", "change", "column"),
    [
        ("skus", {"width_mm": 1, "height_mm": 1}, "length_mm"),
        ("rates", {"transit_days_p90": 3}, "transit_days_p50"),
    ],
)
def test_in_a_csv_the_column_that_is_missing_is_named(
    refusing: httpx.Client, kind: str, change: dict[str, Any], column: str
) -> None:
    row = {**ROWS[kind], **change}
    text = f"{','.join(row)}\n{','.join(str(value) for value in row.values())}\n"
    (error,) = refusal(send(refusing, kind, text), 422, "validation")["errors"]
    assert (error["line"], error["column"], error["pointer"]) == (2, column, f"/0/{column}")


def test_an_order_keeps_when_it_is_wanted_and_what_was_offered(client: httpx.Client) -> None:
    reserve(client, "wanted", ("K-17", 1), wanted_by="2026-11-24T20:00:00+02:00", service="ground")
    reserve(client, "any", ("K-17", 1))
    kept = client.get("/v1/orders/wanted").json()
    assert (kept["wanted_by"], kept["service"]) == ("2026-11-24T18:00:00Z", "ground")
    assert not {"wanted_by", "service"} & client.get("/v1/orders/any").json().keys()


@pytest.mark.parametrize("mode", ["quote", "reserve", "commit"])
def test_a_service_that_no_rate_has_is_refused_with_the_nearest(refusing: httpx.Client, mode: str) -> None:
    sent = order("1", ("K-71", 1), mode=mode, service="grund")
    problem = refusal(refusing.post("/v1/orders", json=sent, headers=key()), 422, "unknown-reference")
    assert [(one["pointer"], one["value"]) for one in problem["errors"]] == [
        ("/lines/0/sku", "K-71"),
        ("/service", "grund"),
    ]
    assert 'no service named "grund"; did you mean ground?' in problem["errors"][1]["detail"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"wanted_by": "tomorrow"}, "/wanted_by"),
        ({"wanted_by": "2026-11-24T18:00:00"}, "/wanted_by"),
        ({"wanted_by": 1_795_543_200}, "/wanted_by"),
        ({"wanted_by": "2999-01-01T00:00:00Z"}, "/wanted_by"),
        ({"service": ""}, "/service"),
        ({"service": 1}, "/service"),
    ],
)
def test_a_wish_that_cannot_be_meant_is_refused(
    refusing: httpx.Client, change: dict[str, Any], pointer: str
) -> None:
    answer = refusing.post("/v1/orders", json=order("1", ("K-17", 1), **change), headers=key())
    assert [one["pointer"] for one in refusal(answer, 422, "validation")["errors"]] == [pointer]
