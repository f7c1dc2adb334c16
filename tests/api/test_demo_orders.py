"""Real orders of the demo, as they are sent by whoever tries the service."""

from pathlib import Path

import httpx

from api.demo_orders.schemas import DemoOrder
from api.orders.schemas import OrderIn
from tests.api.conftest import settings_in
from tests.api.support import running


def test_they_are_payloads_of_orders_in_order_of_time(client: httpx.Client) -> None:
    first = client.get("/v1/demo/orders/1").json()
    assert (first["id"], first["mode"], len(first["lines"])) == ("try-545704", "quote", 6)
    assert client.get("/v1/demo/orders/2").json()["id"] == "try-545705"
    assert set(OrderIn.model_validate(first).model_dump()) >= set(DemoOrder.model_fields)


def test_there_are_as_many_as_the_demo_has(client: httpx.Client) -> None:
    assert client.get("/v1/demo/orders/570").status_code == 200
    after = client.get("/v1/demo/orders/571")
    assert (after.status_code, after.json()["detail"]) == (404, "demo order 571: the demo has 570 orders")
    assert client.get("/v1/demo/orders/0").status_code == 422


def test_outside_demo_mode_they_are_refused(tmp_path: Path) -> None:
    with running(settings_in(tmp_path).model_copy(update={"demo_mode": False})) as client:
        refused = client.get("/v1/demo/orders/1")
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-in-demo-mode")
        assert refused.json()["detail"] == "the demo's orders are shown in demo mode only"
