"""Leases of idempotency keys, and periodic work: of many who ask at once, one gets it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, update

from storage.database import Database, open_database
from storage.errors import KeyHeld
from storage.schema.jobs import periodic_work

SCOPE, KEY = "POST /v1/orders/bulk", "k"


def take(database: Database, holder: str, *, seconds: float = 60) -> str:
    with database.writing() as stores:
        return stores.leases.take(SCOPE, KEY, fingerprint=f"f-{holder}", holder=holder, seconds=seconds)


def test_a_lease_is_held_until_it_is_given_up(database: Database) -> None:
    assert take(database, "a") == "f-a"
    with pytest.raises(KeyHeld) as refused:
        take(database, "b")
    assert 50 < refused.value.seconds <= 60
    with database.writing() as stores:
        assert not stores.leases.give_up(SCOPE, KEY, holder="b")
        assert stores.leases.give_up(SCOPE, KEY, holder="a")
    assert take(database, "b") == "f-b"


def test_a_lease_that_ran_out_is_taken_over_and_tells_whose_request_it_was(database: Database) -> None:
    take(database, "a", seconds=0)
    assert take(database, "b") == "f-a"
    with database.writing() as stores:
        assert not stores.leases.extend(SCOPE, KEY, holder="a", seconds=60)
        assert not stores.leases.give_up(SCOPE, KEY, holder="a")
        assert stores.leases.extend(SCOPE, KEY, holder="b", seconds=60)


def test_a_lease_that_was_let_go_is_free_and_still_tells_whose_request_it_was(database: Database) -> None:
    take(database, "a")
    with database.writing() as stores:
        assert not stores.leases.let_go(SCOPE, KEY, holder="b")
        assert stores.leases.let_go(SCOPE, KEY, holder="a")
    assert take(database, "b") == "f-a"


def test_a_lease_as_old_as_a_forgotten_key_is_nobodys(url: str) -> None:
    database = open_database(url, durable=False, key_hours=1e-6)
    database.upgrade()
    take(database, "a", seconds=0)
    time.sleep(0.05)
    assert take(database, "b") == "f-b"
    database.close()


def test_old_leases_are_purged_and_live_ones_stay(url: str) -> None:
    database = open_database(url, durable=False, key_hours=1e-6)
    database.upgrade()
    take(database, "a", seconds=0)
    time.sleep(0.05)
    with database.writing() as stores:
        assert stores.leases.purge() == 1
    take(database, "b")
    with database.writing() as stores:
        assert stores.leases.purge() == 0
    database.close()


def at_once(url: str, ask: Callable[[Database], bool]) -> int:
    """How many of eight processes' worth of databases got it."""
    databases = [open_database(url, durable=False) for _ in range(8)]
    try:
        with ThreadPoolExecutor(8) as pool:
            return sum(pool.map(ask, databases))
    finally:
        for database in databases:
            database.close()


def test_of_many_who_take_a_lease_at_once_one_gets_it(database: Database, url: str) -> None:
    def ask(asking: Database) -> bool:
        try:
            take(asking, str(id(asking)))
        except KeyHeld:
            return False
        return True

    assert at_once(url, ask) == 1


def an_interval_passes(url: str) -> None:
    """A long one, so that a slow machine is not in the next before all have asked."""
    engine = create_engine(url)
    with engine.begin() as connection:
        begun = connection.execute(select(periodic_work.c.begun_at)).scalar_one() - timedelta(hours=1)
        connection.execute(update(periodic_work).values(begun_at=begun))
    engine.dispose()


def test_of_many_who_claim_work_that_is_due_one_does_it(database: Database, url: str) -> None:
    def claim(asking: Database) -> bool:
        with asking.writing() as stores:
            return stores.periodic.claim("tidy", every=3_600)

    assert not claim(database)  # due an interval after it was first asked for
    with database.reading() as stores:
        assert not stores.periodic.is_due("tidy", every=3_600)
    an_interval_passes(url)
    with database.reading() as stores:
        assert stores.periodic.is_due("tidy", every=3_600)
        assert not stores.periodic.is_due("tidy", every=7_200)
    assert at_once(url, claim) == 1
