"""Deliveries: what arrives, what is tried again and when, what ends it. Receivers are real servers."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from api.settings import Settings
from api.webhooks import posting
from api.webhooks.delivering import deliver_due
from api.webhooks.schedule import ATTEMPTS_AFTER, next_attempt
from storage.database import Database, open_database
from storage.deliveries import Deliveries
from storage.errors import LostRace
from storage.outbox import Outbox
from storage.stores import Stores
from tests.api.receiver import Receiver, in_turn, receiving, status
from tests.api.support import key, order

Receive = Callable[..., Receiver]


@pytest.fixture
def database(client: httpx.Client, settings: Settings) -> Iterator[Database]:
    """The database of the running service, as another process has it."""
    opened = open_database(settings.database_url, durable=False)
    yield opened
    opened.close()


@pytest.fixture
def receive() -> Iterator[Receive]:
    with ExitStack() as running:
        yield lambda *given, **named: running.enter_context(receiving(*given, **named))


def subscribe(client: httpx.Client, url: str, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/webhooks", json={"url": url, **more}, headers=key())
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def reserve(client: httpx.Client, name: str, units: int = 1) -> None:
    answer = client.post("/v1/orders", json=order(name, ("K-17", units)), headers=key())
    assert answer.status_code == 201, answer.text


def deliveries(client: httpx.Client, webhook: dict[str, Any], **asked: str) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/webhooks/{webhook['id']}/deliveries", params=asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


class Ahead:
    """A clock that runs ahead of the database's by as much as it was told."""

    def __init__(self) -> None:
        self.by = timedelta()

    def __call__(self, stores: Stores) -> datetime:
        return stores.real_now + self.by


def deliver(database: Database, clock: Ahead | None = None) -> int:
    return deliver_due(database, private=True, clock=clock or Ahead())


def test_whoever_was_overtaken_publishes_takes_and_records_again(
    client: httpx.Client, database: Database, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken_once(kept: type, name: str) -> None:
        original, asked = getattr(kept, name), []

        def first_overtaken(*arguments: Any, **named: Any) -> Any:
            asked.append(name)
            if len(asked) == 1:
                raise LostRace
            return original(*arguments, **named)

        monkeypatch.setattr(kept, name, first_overtaken)

    receiver = receive()
    subscribe(client, receiver.url)
    reserve(client, "1")
    for kept, name in ((Outbox, "publish"), (Deliveries, "take"), (Deliveries, "record")):
        overtaken_once(kept, name)
    assert deliver(database) == 1


def test_the_whole_life_of_an_order_arrives_signed_and_in_order(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    receiver = receive()
    made = subscribe(client, receiver.url)
    reserve(client, "1", units=2)
    for verb in ("confirm", "send-to-node", "ship"):
        assert client.post(f"/v1/orders/1/{verb}", headers=key()).status_code == 200
    assert deliver(database) == 4
    events = [one.verified(made["secret"]) for one in receiver.received]
    assert [event["type"] for event in events] == [
        "order.reserved",
        "order.confirmed",
        "order.sent_to_node",
        "order.shipped",
    ]
    assert [event["data"]["state"] for event in events] == [
        "reserved",
        "allocated",
        "sent_to_node",
        "shipped",
    ]
    assert [event["data"]["revision"] for event in events] == [1, 2, 3, 4]
    assert [event["sequence"] for event in events] == [1, 2, 3, 4]
    assert {event["subject"] for event in events} == {"1"}
    assert events[0]["data"]["units"] == [{"line": "1", "sku": "K-17", "node": "DC1", "quantity": 2}]
    assert receiver.ids == [event["id"] for event in events]
    assert {d["state"] for d in deliveries(client, made)} == {"delivered"}
    assert deliver(database) == 0


def test_what_was_refused_is_told_to_nobody(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    receiver = receive()
    subscribe(client, receiver.url)
    refused = client.post("/v1/orders", json=order("1", ("K-17", 500), accept_partial=False), headers=key())
    assert refused.status_code == 409
    assert client.post("/v1/orders", json=order("1", ("K-17", 1), mode="quote")).status_code == 200
    assert client.post("/v1/orders/1/confirm", headers=key()).status_code == 404
    assert client.get("/v1/events").json()["items"] == []
    assert deliver(database) == 0


def test_a_repeated_request_is_told_once(client: httpx.Client, database: Database, receive: Receive) -> None:
    receiver = receive()
    subscribe(client, receiver.url)
    for _ in range(3):
        assert client.post("/v1/orders", json=order("1", ("K-17", 1)), headers=key("k")).status_code == 201
    assert deliver(database) == 1


def test_only_the_types_asked_for_arrive(client: httpx.Client, database: Database, receive: Receive) -> None:
    receiver = receive()
    subscribe(client, receiver.url, types=["order.confirmed", "order.committed"])
    reserve(client, "1")
    client.post("/v1/orders/1/confirm", headers=key())
    client.post("/v1/orders", json=order("2", ("K-17", 1), mode="commit"), headers=key())
    assert deliver(database) == 2


def test_stock_that_is_gone_is_told_with_the_orders_left_short(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    receiver = receive()
    made = subscribe(client, receiver.url, types=["stock.shortfall"])
    client.post("/v1/orders", json=order("1", ("M-01", 4), mode="commit"), headers=key())
    count = {"kind": "count", "sku": "M-01", "node": "BRS1", "quantity": 1, "reason": "broken"}
    assert client.post("/v1/stock-events", json={"events": [count]}, headers=key()).status_code == 200
    assert deliver(database) == 1
    event = receiver.received[0].verified(made["secret"])
    assert event["subject"] == "M-01"
    assert event["data"]["units"] == 3
    assert event["data"]["short"] == [
        {"order": "1", "line": "1", "sku": "M-01", "node": "BRS1", "quantity": 3}
    ]


def test_a_receiver_that_fails_twice_gets_it_by_the_schedule_under_the_same_id(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    receiver, clock = receive(in_turn(503, 500, 204)), Ahead()
    made = subscribe(client, receiver.url)
    reserve(client, "1")
    assert deliver(database, clock) == 1
    failed = deliveries(client, made)[0]
    assert (failed["state"], failed["attempts"], failed["last_status"]) == ("pending", 1, 503)
    assert failed["last_error"] == "answered 503"
    assert client.get(f"/v1/webhooks/{made['id']}").json()["failing_since"] is not None
    for wait, sent in ((4, 0), (7, 1), (200, 0), (380, 1)):
        clock.by += timedelta(seconds=wait)
        assert deliver(database, clock) == sent
    assert len(set(receiver.ids)) == 1
    assert len({one.body for one in receiver.received}) == 1
    done = deliveries(client, made)[0]
    assert (done["state"], done["attempts"], done["last_status"]) == ("delivered", 3, 204)
    assert client.get(f"/v1/webhooks/{made['id']}").json()["failing_since"] is None
    for one in receiver.received:  # each attempt is signed for its own time
        at = datetime.fromtimestamp(int(one.headers["webhook-timestamp"]), UTC)
        signature = Webhook(made["secret"]).sign(one.id, at, one.body.decode())
        assert one.headers["webhook-signature"] == signature
    assert len({one.headers["webhook-timestamp"] for one in receiver.received}) == 3


def test_after_the_last_attempt_it_has_failed_and_can_be_sent_again_by_hand(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    receiver, clock = receive(in_turn(*[500] * (len(ATTEMPTS_AFTER) + 1), 200)), Ahead()
    made = subscribe(client, receiver.url)
    reserve(client, "1")
    deliver(database, clock)
    for wait in ATTEMPTS_AFTER:
        clock.by += wait * 1.3
        assert deliver(database, clock) == 1
    failed = deliveries(client, made, state="failed")[0]
    assert failed["attempts"] == len(receiver.received) == 10
    clock.by += timedelta(days=30)
    assert deliver(database, clock) == 0
    address = f"/v1/webhooks/{made['id']}/deliveries/{failed['id']}/retry"
    assert client.post(address, headers=key()).json()["state"] == "pending"
    assert deliver(database, clock) == 1
    assert deliveries(client, made)[0]["state"] == "delivered"


def test_the_schedule_grows_spreads_and_ends() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    for attempts, wait in enumerate(ATTEMPTS_AFTER, start=1):
        then = [next_attempt(attempts, name=str(n), now=now) for n in range(200)]
        assert min(then) >= now + wait  # type: ignore[type-var, operator]
        assert max(then) <= now + wait * 1.2  # type: ignore[type-var, operator]
        assert len(set(then)) > 150
        assert then[7] == next_attempt(attempts, name="7", now=now)
    assert next_attempt(len(ATTEMPTS_AFTER) + 1, name="7", now=now) is None


def test_an_endpoint_that_is_gone_is_turned_off_and_others_are_told(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    gone, other = receive(status(410)), receive()
    made, told = subscribe(client, gone.url), subscribe(client, other.url)
    reserve(client, "1")
    reserve(client, "2")
    deliver(database)
    off = client.get(f"/v1/webhooks/{made['id']}").json()
    assert (off["is_on"], off["off_reason"]) == (False, "answered 410 Gone")
    assert len(gone.received) == 1
    deliver(database)
    last = other.received[-1].verified(told["secret"])
    assert (last["type"], last["data"]) == (
        "webhook.off",
        {"webhook": made["id"], "reason": "answered 410 Gone"},
    )
    # On again it gets what waited, and what happens from then on.
    gone.respond = status(200)
    assert client.patch(f"/v1/webhooks/{made['id']}", json={"is_on": True}).json()["off_reason"] == ""
    reserve(client, "3")
    deliver(database)
    assert [one.verified(made["secret"])["subject"] for one in gone.received[1:]] == ["2", "3"]


def test_an_endpoint_that_fails_for_days_is_turned_off(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    receiver, clock = receive(status(500)), Ahead()
    made = subscribe(client, receiver.url)
    for day in range(7):
        reserve(client, str(day))
        deliver(database, clock)
        clock.by += timedelta(days=1)
    off = client.get(f"/v1/webhooks/{made['id']}").json()
    assert off["is_on"] is False
    assert off["off_reason"].startswith("failed since ")
    assert off["off_reason"].endswith("last: answered 500")


def test_both_secrets_sign_for_a_day_after_a_change(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    receiver, clock = receive(), Ahead()
    made = subscribe(client, receiver.url)
    new = client.post(f"/v1/webhooks/{made['id']}/rotate-secret", headers=key()).json()
    assert new["secret"] != made["secret"]
    reserve(client, "1")
    deliver(database, clock)
    assert receiver.received[0].verified(made["secret"]) == receiver.received[0].verified(new["secret"])
    clock.by = timedelta(hours=25)
    reserve(client, "2")
    deliver(database, clock)
    assert len(receiver.received[0].headers["webhook-signature"].split()) == 2
    assert len(receiver.received[1].headers["webhook-signature"].split()) == 1


def test_a_test_event_goes_to_its_endpoint_only(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    receiver, other = receive(), receive()
    made = subscribe(client, receiver.url, types=["order.shipped"])
    subscribe(client, other.url)
    answer = client.post(f"/v1/webhooks/{made['id']}/test", headers=key())
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert deliver(database) == 1
    event = receiver.received[0].verified(made["secret"])
    assert (event["type"], event["data"]) == ("webhook.test", {"webhook": made["id"]})
    assert other.received == []


def test_a_replay_sends_what_happened_again_under_the_same_ids(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    before, after = receive(), receive()
    clocks = [f"2026-11-21T09:{minute}:00Z" for minute in ("00", "10", "20")]  # before any expires
    first = subscribe(client, before.url)
    for name, now in enumerate(clocks):
        client.put("/v1/demo/clock", json={"now": now})
        reserve(client, str(name))
    deliver(database)
    late = subscribe(client, after.url)  # was not there when it happened
    for made, since, until, told in (
        (first, clocks[1], None, 2),
        (late, clocks[0], clocks[2], 2),
        (late, clocks[2], "2027-01-01T00:00:00Z", 1),
    ):
        body = {"since": since} | ({"until": until} if until else {})
        answer = client.post(f"/v1/webhooks/{made['id']}/replay", json=body, headers=key())
        assert (answer.status_code, answer.json()) == (202, {"events": told})
    deliver(database)
    assert before.ids == [*before.ids[:3], *before.ids[1:3]]
    assert after.ids == before.ids[:3]


def test_a_slow_receiver_is_given_up_and_a_huge_answer_is_not_read(
    client: httpx.Client, database: Database, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(handler: BaseHTTPRequestHandler, _: int) -> None:
        for _ in range(200):
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.1)

    def endless(handler: BaseHTTPRequestHandler, _: int) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100_000):
            handler.wfile.write(b"x" * 10_000)

    monkeypatch.setattr(posting, "SECONDS", 1.0)
    slow, huge, fine = receive(drip), receive(endless), receive()
    made = [subscribe(client, one.url) for one in (slow, huge, fine)]
    reserve(client, "1")
    began = time.monotonic()
    assert deliver(database) == 3
    assert time.monotonic() - began < 15  # it drips for 20
    assert [deliveries(client, one)[0]["last_error"] for one in made] == ["no answer within 1 s", "", ""]
    assert [deliveries(client, one)[0]["state"] for one in made] == ["pending", "delivered", "delivered"]


def test_a_redirect_is_not_followed(client: httpx.Client, database: Database, receive: Receive) -> None:
    elsewhere = receive()
    redirecting = receive(status(302, Location=elsewhere.url))
    made = subscribe(client, redirecting.url)
    reserve(client, "1")
    deliver(database)
    assert elsewhere.received == []
    assert deliveries(client, made)[0]["last_error"] == "answered 302"


def test_nobody_there_and_no_such_name_are_told_in_words(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    with receiving() as closed:
        address = closed.url
    for url, error in (
        (address, "connection refused"),
        ("http://no-such-host.invalid/", "the host's name is not known"),
    ):
        made = subscribe(client, url)
        client.post(f"/v1/webhooks/{made['id']}/test", headers=key())
        deliver(database)
        assert deliveries(client, made)[0]["last_error"] == error


def test_private_addresses_are_refused_by_number_and_by_name_at_the_time_of_connecting(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    receiver = receive()
    assert "localhost" in receiver.url  # a name, which leads to this machine
    made = subscribe(client, receiver.url)  # allowed when it was made; no longer
    reserve(client, "1")
    assert deliver_due(database, private=False) == 1
    assert receiver.received == []
    assert deliveries(client, made)[0]["last_error"] == "the address is private"
    client.patch(f"/v1/webhooks/{made['id']}", json={"url": receiver.url.replace("localhost", "127.0.0.1")})
    client.post(f"/v1/webhooks/{made['id']}/test", headers=key())
    assert deliver_due(database, private=False) == 1
    assert receiver.received == []


def test_the_first_failure_ends_a_batch_and_the_rest_keeps_its_attempts(
    client: httpx.Client, database: Database, receive: Receive
) -> None:
    receiver = receive(in_turn(200, 500, 200))
    made = subscribe(client, receiver.url)
    for name in "1234":
        reserve(client, name)
    assert deliver(database) == 2
    assert [d["attempts"] for d in deliveries(client, made)] == [0, 0, 1, 1]
    assert deliver(database) == 2
    assert [d["state"] for d in deliveries(client, made)] == [
        "delivered",
        "delivered",
        "pending",
        "delivered",
    ]
