"""A call that was overtaken while it worked answers with the order as it is, not as it once was."""

from pathlib import Path

import httpx
import pytest

from api.orders import lifecycle
from storage.orders import StoredOrder
from storage.stores import Stores
from tests.api.conftest import settings_in
from tests.api.support import key, load, order, running


def again(client: httpx.Client) -> None:
    """The order is canceled by somebody else and made anew, with another line."""
    assert client.post("/v1/orders/1/cancel", headers=key()).status_code == 200
    made = client.post("/v1/orders", json=order("1", ("T-03", 3)), headers=key())
    assert made.status_code == 201, made.text


def test_a_cancel_that_lost_a_race_answers_with_the_lines_as_they_are(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(tmp_path).model_copy(update={"database_url": postgres_url})
    read = lifecycle.stored_order
    overtaken: list[bool] = []

    def read_and_be_overtaken(stores: Stores, name: str) -> StoredOrder:
        stored = read(stores, name)
        if not overtaken:
            overtaken.append(True)
            again(client)
        return stored

    with running(settings) as client:
        load(client)
        assert client.post("/v1/orders", json=order("1", ("K-17", 2)), headers=key()).status_code == 201
        monkeypatch.setattr(lifecycle, "stored_order", read_and_be_overtaken)
        answer = client.post("/v1/orders/1/cancel", headers=key())
        assert (answer.status_code, answer.json()["state"]) == (200, "canceled")
        assert [(line["sku"], line["quantity"]) for line in answer.json()["lines"]] == [("T-03", 3)]
        assert answer.json() == client.get("/v1/orders/1").json()
        held = client.get("/v1/supply?limit=1000").json()["items"]
        assert sum(row["reserved"] for row in held) == 0
