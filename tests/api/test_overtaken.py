"""Others act between the snapshot of a decision and its write: the answer is as if they had come first."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx
import pytest

from api.orders import reassigning, sourcing
from tests.api.support import key, order
from tests.api.test_kits import GIFT, HEAD, SET, send
from tests.api.test_reassigning import held_at_lon, several, switch
from tests.api.walking import balanced, nodes, record, reserve, step

Overtake = Callable[..., None]


@pytest.fixture
def overtake(monkeypatch: pytest.MonkeyPatch) -> Overtake:
    """Let somebody act once, when so many decisions have been made."""

    def arrange(module: ModuleType, act: Callable[[], object], *, after: int = 1) -> None:
        decide = module.decide
        made: list[object] = []

        def decide_and_be_overtaken(*arguments: Any, **named: Any) -> Any:
            made.append(decide(*arguments, **named))
            if len(made) == after:
                act()
            return made[-1]

        monkeypatch.setattr(module, "decide", decide_and_be_overtaken)

    return arrange


def reassign(client: httpx.Client, order_id: str) -> dict[str, Any]:
    answer = client.post(f"/v1/orders/{order_id}/reassign", headers=key())
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def test_an_order_of_which_units_are_canceled_is_reassigned_without_them(
    client: httpx.Client, overtake: Overtake
) -> None:
    held_at_lon(client, "1", 4)
    overtake(reassigning, lambda: step(client, "1", "cancel", units={"1": 1}))
    assert reassign(client, "1")["moved"] == 3
    assert nodes(client, "1") == {"DC1": 3}
    assert balanced(client)


def test_a_line_that_is_sent_to_its_node_stays_and_the_other_moves(
    client: httpx.Client, overtake: Overtake
) -> None:
    switch(client, "DC1", on=False)
    reserve(client, "1", ("K-17", 2), ("T-03", 1), mode="commit")
    switch(client, "DC1", on=True)
    overtake(reassigning, lambda: step(client, "1", "send-to-node", node="LON1"))
    reassign(client, "1")
    assert nodes(client, "1")["LON1"] == 2
    assert balanced(client)


def test_an_order_that_stays_is_told_as_it_is(client: httpx.Client, overtake: Overtake) -> None:
    held_at_lon(client, "1", 2)
    reserve(client, "2", ("T-03", 1), mode="commit")
    overtake(reassigning, lambda: step(client, "2", "cancel"), after=4)  # two ways to decide two orders
    answer = several(client, orders=["1", "2"])
    assert answer.status_code == 200, answer.text
    told = {one["id"]: one for one in answer.json()["orders"]}
    assert told["2"] == client.get("/v1/orders/2").json()


def test_an_order_of_which_nothing_moves_is_told_as_it_is(client: httpx.Client, overtake: Overtake) -> None:
    reserve(client, "1", ("K-17", 2))
    overtake(reassigning, lambda: step(client, "1", "confirm"))
    assert reassign(client, "1")["orders"] == [client.get("/v1/orders/1").json()]


def test_kits_that_are_canceled_are_not_reassigned(client: httpx.Client, overtake: Overtake) -> None:
    assert send(client, "skus", HEAD + GIFT + SET).status_code == 200
    record(client, "count", "T-03", "LON1", 50)
    switch(client, "DC1", on=False)
    reserve(client, "1", ("GIFT", 3), mode="commit")
    switch(client, "DC1", on=True)
    overtake(reassigning, lambda: step(client, "1", "cancel", units={"1": 1}))
    assert reassign(client, "1")["moved"] == 6  # a keg and two towels of each
    assert balanced(client)


@pytest.mark.parametrize("was_canceled", [False, True])
def test_an_order_that_another_request_reserves_is_there_already(
    client: httpx.Client, overtake: Overtake, was_canceled: bool
) -> None:
    assert send(client, "skus", HEAD + GIFT + SET).status_code == 200
    if was_canceled:
        reserve(client, "1", ("K-17", 1))
        step(client, "1", "cancel")
    overtake(sourcing, lambda: reserve(client, "1", ("K-17", 1)))
    late = client.post("/v1/orders", json=order("1", ("GIFT", 1)), headers=key())
    assert (late.status_code, late.json()["type"]) == (409, "/problems/order-exists")
    assert balanced(client)
