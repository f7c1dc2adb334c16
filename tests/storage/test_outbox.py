"""The outbox: with its effect or not at all, in one sequence for all, and nobody skips an event."""

from datetime import UTC, datetime, timedelta

import pytest

from fulfillment.events import Event, EventType
from storage.database import Database, open_database
from storage.deliveries import DeliveryState, Result
from storage.dialects import Access
from storage.webhooks import Endpoint

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def put(database: Database, subject: str, kind: EventType = EventType.ORDER_CONFIRMED) -> None:
    with database.writing(Access.TOGETHER) as stores:
        stores.outbox.put(Event(kind, subject, {"order": subject}))


def publish(database: Database, limit: int = 100) -> tuple[int, int]:
    with database.writing(Access.TOGETHER) as stores:
        return stores.outbox.publish(limit=limit)


def feed(database: Database, after: int = 0) -> list[tuple[int, str]]:
    with database.reading() as stores:
        return [(event.sequence, event.subject) for event in stores.outbox.after(after, limit=100)]


def endpoint(name: str = "whe_1", types: tuple[EventType, ...] = ()) -> Endpoint:
    return Endpoint(name, "https://example.com", types, "whsec_bm9kZXdpc2U=", NOW)


def test_an_event_of_a_transaction_that_was_undone_was_never_there(database: Database) -> None:
    def fail() -> None:
        with database.writing() as stores:
            stores.outbox.put(Event(EventType.ORDER_CONFIRMED, "undone"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    put(database, "kept")
    assert publish(database) == (0, 1)
    assert feed(database) == [(1, "kept")]


def test_published_events_have_a_sequence_without_a_gap_in_batches(database: Database) -> None:
    for name in "abcde":
        put(database, name)
    assert feed(database) == []
    assert [publish(database, limit=2) for _ in range(4)] == [(0, 2), (2, 4), (4, 5), (5, 5)]
    assert feed(database) == [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")]
    assert feed(database, after=4) == [(5, "e")]


def test_an_event_committed_late_is_not_skipped(postgres_url: str) -> None:
    database = open_database(postgres_url, durable=False)
    try:
        with database.writing(Access.TOGETHER) as slow:
            slow.outbox.put(Event(EventType.ORDER_CONFIRMED, "written first, committed last"))
            # A second writer in a process of its own would have a connection of its own, as here.
            other = open_database(postgres_url, durable=False)
            put(other, "written last, committed first")
            assert publish(other) == (0, 1)
            seen = feed(other)
            assert seen == [(1, "written last, committed first")]
        assert publish(other) == (1, 2)
        assert feed(other, after=seen[-1][0]) == [(2, "written first, committed last")]
        with other.reading() as stores:
            assert stores.outbox.unpublished() == 0
        other.close()
    finally:
        database.close()


def test_every_endpoint_gets_what_it_wants_once(database: Database) -> None:
    put(database, "1", EventType.ORDER_CONFIRMED)
    put(database, "2", EventType.ORDER_SHIPPED)
    put(database, "3", EventType.WEBHOOK_TEST)
    wants = {"whe_all": (), "whe_shipped": (EventType.ORDER_SHIPPED,)}
    with database.writing() as stores:
        for name, types in wants.items():
            stores.webhooks.put(endpoint(name, types))
        first, last = stores.outbox.publish(limit=10)
        stores.deliveries.fan_out(stores.webhooks.list(), first=first + 1, last=last, now=NOW)
    with database.reading() as stores:
        told = {
            name: [d.subject for d in stores.deliveries.list(name, state=None, before=None, limit=9)]
            for name in wants
        }
        assert told == {"whe_all": ["2", "1"], "whe_shipped": ["2"]}
        assert stores.deliveries.pending() == 3
        assert stores.deliveries.due(now=NOW) == ["whe_all", "whe_shipped"]
        assert stores.deliveries.due(now=NOW - timedelta(seconds=1)) == []


def told_of(database: Database, *subjects: str) -> None:
    """One endpoint with a delivery of an event of each subject, due since NOW."""
    for subject in subjects:
        put(database, subject)
    with database.writing() as stores:
        stores.webhooks.put(endpoint())
        first, last = stores.outbox.publish(limit=100)
        stores.deliveries.fan_out([endpoint()], first=first + 1, last=last, now=NOW)


def test_what_one_has_taken_nobody_else_gets_until_its_lease_is_over(database: Database) -> None:
    told_of(database, "1", "2", "3")
    later = NOW + timedelta(seconds=60)

    def take(lease: str, now: datetime, limit: int = 10) -> list[tuple[str, int]]:
        with database.writing(Access.TOGETHER) as stores:
            until = now + timedelta(seconds=60)
            taken = stores.deliveries.take("whe_1", lease=lease, until=until, limit=limit, now=now)
            return [(parcel.event.subject, parcel.attempt) for parcel in taken]

    assert take("first", NOW, limit=2) == [("1", 1), ("2", 1)]
    assert take("second", NOW) == [("3", 1)]
    assert take("second", NOW) == []
    assert take("third", later) == [("1", 2), ("2", 2), ("3", 2)]


def test_two_who_take_at_the_same_time_never_get_the_same(postgres_url: str) -> None:
    database = open_database(postgres_url, durable=False)
    try:
        told_of(database, *map(str, range(10)))
        until = NOW + timedelta(seconds=60)
        with database.writing(Access.TOGETHER) as one:
            mine = one.deliveries.take("whe_1", lease="a", until=until, limit=4, now=NOW)
            other = open_database(postgres_url, durable=False)
            with other.writing(Access.TOGETHER) as stores:  # does not wait for the first
                theirs = stores.deliveries.take("whe_1", lease="b", until=until, limit=99, now=NOW)
            other.close()
        assert [parcel.event.subject for parcel in mine] == list("0123")
        assert [parcel.event.subject for parcel in theirs] == list("456789")
    finally:
        database.close()


def test_only_who_holds_the_lease_writes_what_came_of_it(database: Database) -> None:
    told_of(database, "1")
    with database.writing() as stores:
        taken = stores.deliveries.take("whe_1", lease="mine", until=NOW, limit=9, now=NOW)
        done = Result(taken[0].delivery, DeliveryState.DELIVERED, None, NOW, 200, "")
        stores.deliveries.record([done], lease="not mine")
        stores.deliveries.give_back(taken, lease="not mine")
        assert stores.deliveries.pending() == 1
        stores.deliveries.record([done], lease="mine")
        assert stores.deliveries.pending() == 0
        found = stores.deliveries.get("whe_1", taken[0].delivery)
    assert found is not None
    assert (found.state, found.attempts, found.last_status) == (DeliveryState.DELIVERED, 1, 200)


def test_what_waits_for_days_for_an_endpoint_that_is_off_is_given_up(database: Database) -> None:
    told_of(database, "1")
    with database.writing() as stores:
        assert stores.webhooks.turn_off("whe_1", "gone")
        assert not stores.webhooks.turn_off("whe_1", "gone")
        assert stores.deliveries.due(now=NOW) == []
        assert stores.deliveries.expire(before=NOW) == 0
        assert stores.deliveries.expire(before=NOW + timedelta(seconds=1)) == 1
        only = stores.deliveries.list("whe_1", state=DeliveryState.EXPIRED, before=None, limit=9)
    assert [delivery.subject for delivery in only] == ["1"]


def test_purging_keeps_what_somebody_still_waits_for(database: Database) -> None:
    told_of(database, "delivered", "pending")
    put(database, "not published")
    with database.writing() as stores:
        taken = stores.deliveries.take("whe_1", lease="a", until=NOW, limit=1, now=NOW)
        done = Result(taken[0].delivery, DeliveryState.DELIVERED, None, NOW, 200, "")
        stores.deliveries.record([done], lease="a")
        assert stores.outbox.purge(stores.now - timedelta(days=1)) == 0
        assert stores.outbox.purge(stores.now + timedelta(days=1)) == 1
        stores.webhooks.remove("whe_1")
        assert stores.outbox.purge(stores.now + timedelta(days=1)) == 1
        assert stores.outbox.unpublished() == 1
    assert publish(database) == (2, 3)  # a sequence is not given twice
    assert feed(database) == [(3, "not published")]
