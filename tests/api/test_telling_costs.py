"""What the full cost model decides is told with a decision, kept with it, and told again as it was."""

from typing import Any

import httpx
import pytest

from api.explanations.kept import read_kept
from api.settings import Settings
from tests.api.support import database_of, key, order
from tests.api.test_cost_fields import MORE, NODE, RATE, SKU

SHIPPED = ("billed_grams", "co2e_grams", "leaves_at", "arrives_p50", "arrives_p90")
SIDES = {"length_mm": 300, "width_mm": 200, "height_mm": 100}


@pytest.fixture
def dear(client: httpx.Client) -> httpx.Client:
    """A node that names everything about its rate, and goods that take space."""
    put(client, "nodes", {**NODE, "processing_hours": 4})
    put(client, "rates", {**RATE, **MORE["rates"]})
    put(client, "skus", {**SKU, **SIDES})
    return client


def put(client: httpx.Client, kind: str, row: dict[str, Any]) -> None:
    answer = client.post(f"/v1/{kind}/import", json=[row])
    assert answer.status_code == 200, answer.text


def decided(client: httpx.Client, name: str, **more: Any) -> dict[str, Any]:
    """An order of one kettle that only the node in London may ship."""
    body = order(name, ("K-17", 1), nodes={"allowed": ["LON1"]}, **more)
    answer = client.post("/v1/orders", json=body, headers=key())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def explained(client: httpx.Client, name: str) -> dict[str, Any]:
    answer = client.get(f"/v1/orders/{name}/explanation")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_billed_weight_emissions_and_dates_are_answered_kept_and_explained_alike(dear: httpx.Client) -> None:
    (shipment,) = decided(dear, "1")["shipments"]
    assert shipment["weight_grams"] == 900
    assert shipment["billed_grams"] == 1200  # six litres at 5000 to the kilogram
    assert shipment["co2e_grams"] == 180 + 86  # of a package, and of 0.9 kg rounded up
    assert shipment["leaves_at"] < shipment["arrives_p50"] < shipment["arrives_p90"]
    assert dear.get("/v1/orders/1/decision").json()["shipments"] == [shipment]
    told = explained(dear, "1")
    (leaving,) = told["leaving"]
    assert {name: leaving[name] for name in SHIPPED[2:]} == {name: shipment[name] for name in SHIPPED[2:]}
    assert told["alternatives"][0]["shipments"] == [shipment]
    (offered,) = told["services"][0]["offered"]
    assert {name: offered[name] for name in SHIPPED} == {name: shipment[name] for name in SHIPPED}
    assert offered["why_not"] == ""


def test_the_plan_that_is_read_again_is_the_one_that_was_made(dear: httpx.Client, settings: Settings) -> None:
    decided(dear, "1")
    with database_of(settings.database_url) as database, database.reading() as stores:
        kept = read_kept(stores, "1")
    assert kept.question is not None
    assert kept.question.answer().plan == kept.decision.plan


def test_a_rate_that_names_nothing_adds_nothing_to_a_shipment(client: httpx.Client) -> None:
    (shipment,) = decided(client, "1")["shipments"]
    assert not set(SHIPPED) & set(shipment)
    (leaving,) = explained(client, "1")["leaving"]
    assert leaving["arrives_p90"] is None


def test_a_late_arrival_is_told_and_is_no_promise(dear: httpx.Client) -> None:
    decided(dear, "1", placed_at="2026-11-20T08:00:00Z", wanted_by="2026-11-20T09:00:00Z", service="ground")
    told = explained(dear, "1")
    assert told["leaving"][0]["days_late"] > 0
    assert told["services"][0]["against_asked"] == "as_asked"
    (claim,) = dear.get("/v1/orders/1").json()["claims"]
    assert claim["promised_by"] is None


def test_goods_that_no_service_takes_are_not_called_out_of_stock(client: httpx.Client) -> None:
    rates = client.get("/v1/rates", params={"limit": 200}).json()["items"]
    answer = client.post("/v1/rates/import", json=[{**rate, "carries_hazmat": False} for rate in rates])
    assert answer.status_code == 200, answer.text
    put(client, "skus", {**SKU, "is_hazmat": True})
    body = order("1", ("K-17", 1), ("M-01", 1))
    given = client.post("/v1/orders", json=body, headers=key()).json()
    assert [(one["line"], one["reason"]) for one in given["unfilled"]] == [("1", "no_service")]
    told = explained(client, "1")
    assert "does not take Kettle (K-17), which is hazmat" in told["missing"][0]["refusal"]
    refused = client.post("/v1/orders", json=order("2", ("K-17", 1)), headers=key())
    assert refused.status_code == 409
    assert "no carrier service takes it" in refused.text
