"""Transactions: one commits at its end, any exception undoes it, reading cannot write."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from fulfillment.errors import InvalidInput
from storage.database import Database, open_database
from storage.errors import StorageUnavailable

LATER = datetime(2011, 11, 21, 12, tzinfo=UTC)


def clock_of(database: Database) -> datetime | None:
    with database.reading() as stores:
        return stores.clock.get()


def test_what_a_unit_of_work_wrote_is_there_after_it_ended(database: Database) -> None:
    with database.writing() as stores:
        stores.clock.set(LATER)
        assert clock_of(database) is None
    assert clock_of(database) == LATER


def test_any_exception_undoes_all_of_it(database: Database) -> None:
    def set_and_fail() -> None:
        with database.writing() as stores:
            stores.clock.set(LATER)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        set_and_fail()
    assert clock_of(database) is None
    with database.writing() as stores:
        stores.clock.set(LATER)
    assert clock_of(database) == LATER


def test_a_reader_keeps_its_snapshot_while_others_write(database: Database) -> None:
    with database.reading() as snapshot:
        assert snapshot.clock.get() is None
        with database.writing() as stores:
            stores.clock.set(LATER)
        assert snapshot.clock.get() is None
    assert clock_of(database) == LATER


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(StorageUnavailable, match=r"read-?only"), database.reading() as stores:
        stores.clock.set(LATER)
    assert clock_of(database) is None


def test_a_unit_of_work_inside_another_is_a_mistake_and_not_a_deadlock(database: Database) -> None:
    with database.writing(), pytest.raises(RuntimeError, match="writing already"), database.writing():
        pass


def test_writers_of_many_threads_queue_and_none_is_lost(database: Database) -> None:
    def add_one_minute() -> None:
        for _ in range(5):
            with database.writing() as stores:
                stores.clock.set((stores.clock.get() or LATER) + timedelta(minutes=1))

    threads = [threading.Thread(target=add_one_minute) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock_of(database) == LATER + timedelta(minutes=40)


def test_now_is_the_databases_clock_unless_the_demo_has_set_one(database: Database) -> None:
    with database.reading() as stores:
        assert abs(stores.now - datetime.now(UTC)) < timedelta(minutes=1)
        assert stores.now.tzinfo is UTC
    with database.writing() as stores:
        stores.clock.set(LATER)
    with database.reading() as stores:
        assert stores.now == LATER
    with database.writing() as stores:
        stores.clock.clear()
    with database.reading() as stores:
        assert stores.now > LATER


def test_a_time_without_a_zone_is_refused_and_other_zones_are_stored_as_utc(database: Database) -> None:
    with pytest.raises(Exception, match="has no time zone"), database.writing() as stores:
        stores.clock.set(LATER.replace(tzinfo=None))
    with database.writing() as stores:
        stores.clock.set(datetime.fromisoformat("2011-11-21T14:00:00+02:00"))
    assert clock_of(database) == LATER


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_the_file_is_in_wal_mode_and_as_durable_as_asked(tmp_path: Path, durable: bool, level: int) -> None:
    opened = open_database(f"sqlite:///{tmp_path / 'x.db'}", durable=durable)
    try:
        opened.upgrade()
        with opened.writing() as stores:
            connection = stores.clock._connection
            pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            found = [connection.execute(text(f"PRAGMA {pragma}")).scalar_one() for pragma in pragmas]
        assert found == ["wal", level, 1, 30_000]
    finally:
        opened.close()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "postgresql://db", "mysql://db/x", "no address"]
)
def test_an_address_of_no_database_that_we_know_is_refused_with_a_fix(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        open_database(url)
    assert refused.value.pointer == "/database_url"
    assert "sqlite:///" in refused.value.fix


def test_a_database_without_a_schema_is_not_current_and_says_so_when_used(url: str) -> None:
    opened = open_database(url)
    try:
        assert not opened.is_current()
        with pytest.raises(StorageUnavailable, match=r"no such table|does not exist"), opened.reading():
            pass
        opened.upgrade()
        assert opened.is_current()
    finally:
        opened.close()


def test_a_folder_that_does_not_exist_is_unavailable(tmp_path: Path) -> None:
    opened = open_database(f"sqlite:///{tmp_path / 'missing' / 'x.db'}")
    try:
        with pytest.raises(StorageUnavailable, match="unable to open"):
            opened.upgrade()
    finally:
        opened.close()


def test_a_schema_of_a_newer_version_is_not_touched(database: Database, url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE schema_state SET serves_from = '9998'"))
    engine.dispose()
    assert not database.is_current()
    with pytest.raises(StorageUnavailable, match="not known to this version"):
        database.upgrade()
