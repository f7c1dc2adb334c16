"""Idempotency keys: kept with the effect they answer, one winner of two, forgotten in time."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from fulfillment.ids import OrderId
from storage.database import Database, open_database
from storage.errors import KeyTaken
from storage.idempotency import StoredAnswer

ANSWER = StoredAnswer("f1", 201, '{"id": "A"}', {"Location": "/v1/orders/A"})
NOON = datetime(2011, 11, 21, 12, tzinfo=UTC)


def test_an_answer_is_found_by_scope_and_key(database: Database) -> None:
    with database.writing() as stores:
        stores.keys.put("key-1 POST /v1/orders", "k", ANSWER)
    with database.reading() as stores:
        assert stores.keys.find("key-1 POST /v1/orders", "k") == ANSWER
        assert stores.keys.find("key-2 POST /v1/orders", "k") is None
        assert stores.keys.find("key-1 POST /v1/orders", "l") is None


def test_a_key_that_is_taken_undoes_the_effect_it_came_with(database: Database) -> None:
    with database.writing() as stores:
        stores.keys.put("s", "k", ANSWER)

    def repeat() -> None:
        with database.writing() as stores:
            stores.decisions.put(OrderId("A"), 1, {"twice": True})
            stores.keys.put("s", "k", StoredAnswer("f2", 201, "", {}))

    with pytest.raises(KeyTaken) as taken:
        repeat()
    assert (taken.value.scope, taken.value.key) == ("s", "k")
    with database.reading() as stores:
        assert stores.decisions.latest(OrderId("A")) is None
        assert stores.keys.find("s", "k") == ANSWER


def test_of_two_at_once_one_commits_and_the_other_is_told(database: Database, url: str) -> None:
    other = open_database(url, durable=False)  # as another process would: no lock in common
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def put(target: Database, name: str) -> None:
        together.wait()
        try:
            with target.writing() as stores:
                stores.decisions.put(OrderId(name), 1, {})
                stores.keys.put("s", "k", StoredAnswer(name, 201, "", {}))
            outcomes.append("won")
        except KeyTaken:
            outcomes.append("taken")

    threads = [threading.Thread(target=put, args=pair) for pair in ((database, "A"), (other, "B"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sorted(outcomes) == ["taken", "won"]
    with database.reading() as stores:
        winner = stores.keys.find("s", "k")
        assert winner is not None
        loser = OrderId({"A": "B", "B": "A"}[winner.fingerprint])
        assert stores.decisions.latest(OrderId(winner.fingerprint)) == {}
        assert stores.decisions.latest(loser) is None


def test_an_old_answer_is_forgotten_before_anybody_purges_it(database: Database, url: str) -> None:
    at_once = open_database(url, durable=False, key_hours=0)
    with database.writing() as stores:
        stores.keys.put("s", "k", ANSWER)
    later = StoredAnswer("f2", 200, "", {})
    with at_once.writing() as stores:
        assert stores.keys.find("s", "k") is None
        stores.keys.put("s", "k", later)
    with database.writing() as stores:
        assert stores.keys.find("s", "k") == later
        assert stores.keys.purge() == 0
    with at_once.writing() as stores:
        assert stores.keys.purge() == 1
    with database.reading() as stores:
        assert stores.keys.find("s", "k") is None
    at_once.close()


def test_a_jump_of_the_demo_clock_forgets_no_answer(database: Database) -> None:
    with database.writing() as stores:
        stores.clock.set(NOON)
    with database.writing() as stores:
        stores.keys.put("s", "k", ANSWER)
        stores.clock.set(NOON + timedelta(days=365))
    with database.writing() as stores:
        assert stores.keys.purge() == 0
        assert stores.keys.find("s", "k") == ANSWER
