"""A wait for a database ends with the deadline of whoever waits, whatever the database does."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fulfillment.ids import SkuId
from storage.database import Database, open_database
from storage.deadlines import Deadline, finished_by, long_work, seconds_left
from storage.errors import OutcomeUnknown, OutOfTime, StorageUnavailable
from tests.faults import Wire, frozen, locked_file, locked_table
from tests.postgres import own_server

SECONDS = 0.4
LONGEST = 8.0  # far beyond the deadline, and far below the time-outs that hold without one


@contextmanager
def in_time() -> Iterator[None]:
    began = time.monotonic()
    with finished_by(Deadline.after(SECONDS)):
        yield
    assert time.monotonic() - began < LONGEST


def read(database: Database) -> None:
    with database.reading() as stores:
        list(stores.ledger.supply([SkuId("cup")], now=stores.now))


def test_inside_the_nearest_deadline_counts_and_none_lifts_it() -> None:
    assert seconds_left(at_most=7) == 7
    with finished_by(Deadline.after(5)):
        assert 1 < seconds_left(at_most=7) <= 5
        assert seconds_left(at_most=1) == 1
        with finished_by(Deadline.after(2)):
            assert seconds_left(at_most=7) <= 2
        with finished_by(None):
            assert seconds_left(at_most=7) == 7
        assert Deadline.after(5, since=time.monotonic() - 3).earlier(1).seconds_left() < 1.1


def test_after_the_deadline_nothing_is_begun(database: Database) -> None:
    with finished_by(Deadline.after(-1)), pytest.raises(OutOfTime, match="before it was asked"):
        read(database)
    read(database)


def test_a_transaction_without_a_deadline_has_the_time_of_its_database_and_long_work_more(url: str) -> None:
    database = open_database(url, durable=False, transaction_seconds=30)
    database.upgrade()
    left = []

    def look() -> None:
        with database.reading():
            left.append(seconds_left(at_most=1_000))

    look()
    with long_work(100):
        look()
    with long_work(), finished_by(Deadline.after(50)):
        look()
    for seconds, most in zip(left, (30, 100, 50), strict=True):
        assert most / 2 < seconds <= most
    assert seconds_left(at_most=1_000) == 1_000  # after the transaction
    database.close()


def test_a_server_that_freezes_stops_no_thread_for_longer_than_a_transaction_may_take() -> None:
    with own_server() as url:
        database = open_database(url, durable=False, transaction_seconds=SECONDS)
        database.upgrade()
        read(database)
        began = time.monotonic()
        with frozen(url):
            for _ in range(2):
                with pytest.raises(StorageUnavailable):
                    read(database)
        assert time.monotonic() - began < LONGEST
        database.close()


def test_a_writer_waits_for_another_no_longer_than_it_may(database: Database) -> None:
    is_in, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with database.writing():
            is_in.set()
            may_go.wait(20)

    other = threading.Thread(target=hold)
    other.start()
    assert is_in.wait(20)
    with in_time(), pytest.raises(OutOfTime, match="nothing was written"), database.writing():
        pass
    may_go.set()
    other.join()
    with database.writing():
        pass


def test_a_file_locked_by_another_process_is_given_up_in_time(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/locked.db")
    database.upgrade()
    with locked_file(f"sqlite:///{tmp_path}/locked.db"):
        with in_time(), pytest.raises(OutOfTime, match="locked"), database.writing():
            pass
        read(database)  # readers have their snapshot
    with database.writing():
        pass
    database.close()


def test_a_locked_table_is_given_up_in_time_and_the_connection_is_kept(postgres_url: str) -> None:
    database = open_database(postgres_url, connections=1)
    read(database)
    with locked_table(postgres_url, "supply"), in_time(), pytest.raises(OutOfTime, match="cancel"):
        read(database)
    assert database.connections_in_use() == 0
    read(database)
    database.close()


@pytest.mark.parametrize("is_connected", [True, False])
def test_a_frozen_server_is_given_up_in_time(is_connected: bool) -> None:
    with own_server() as url:
        database = open_database(url)
        database.upgrade()
        if not is_connected:
            database.close()  # the pool is empty: the next one has to connect
        with frozen(url):
            for _ in range(2):
                with in_time(), pytest.raises(OutOfTime):
                    read(database)
        read(database)
        database.close()


def test_a_server_that_is_gone_is_told_in_time() -> None:
    with own_server() as url:
        database = open_database(url)
        database.upgrade()
    with in_time(), pytest.raises(StorageUnavailable, match="does not answer"):
        read(database)
    database.close()


@pytest.mark.parametrize(("cut", "is_written"), [("before", False), ("after", True)])
def test_a_wire_cut_in_the_commit_leaves_the_outcome_unknown_and_says_so(
    postgres_url: str, cut: str, is_written: bool
) -> None:
    wire = Wire(postgres_url)
    database = open_database(wire.url)
    with database.writing() as stores:
        now = stores.now
    wire.cut(cut)
    unknown = pytest.raises(OutcomeUnknown, match="all of the request was written, or nothing")
    with unknown, database.writing() as stores:
        stores.clock.set(now)
    with database.reading() as stores:
        assert (stores.clock.get() is not None) == is_written
    database.close()
    wire.close()
