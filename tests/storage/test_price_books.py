"""Price books kept: one is in force, a decision reads the prices of its skus, useless ones are forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, create_engine, event, func, select

from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId, SkuId
from fulfillment.money import Micros
from fulfillment.price_book import PriceBook, PriceStep, StockPrice
from storage.audit import Actor
from storage.backups import restore, save
from storage.database import Database, open_database
from storage.price_books import StoredBook, Withdrawal
from storage.schema.price_books import sku_prices

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATE = datetime(2199, 1, 1, tzinfo=UTC)
PLANNER = Actor("3f9a0c51d2e84b76", "planner")
LEEDS, YORK, CUP, POT = NodeId("leeds"), NodeId("york"), SkuId("cup"), SkuId("pot")
DEAR = StockPrice((PriceStep(5, Micros(2_000_000)), PriceStep(20, Micros(500_000))))
BOOK = PriceBook("a", NOON, LATE, {(LEEDS, CUP): DEAR, (YORK, CUP): DEAR, (LEEDS, POT): DEAR})


def load(database: Database, book: PriceBook = BOOK, now: datetime = NOON) -> StoredBook:
    with database.writing() as stores:
        return stores.catalog.price_books().load(book, by=PLANNER, now=now)


def withdraw(database: Database, book: StoredBook, now: datetime = NOON) -> StoredBook:
    with database.writing() as stores:
        return stores.catalog.price_books().withdraw(book, Withdrawal(now, PLANNER, "wrong"))


def seen(database: Database, *skus: SkuId) -> PriceBook | None:
    with database.reading() as stores:
        return stores.catalog.prices_of(skus)


def kept_rows(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        count: int = connection.execute(select(func.count()).select_from(sku_prices)).scalar_one()
    engine.dispose()
    return count


@contextmanager
def statements() -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_book_is_read_back_as_it_was_and_only_the_skus_asked_for(database: Database) -> None:
    assert seen(database, CUP) is None
    load(database)
    assert seen(database, CUP, POT) == BOOK
    assert seen(database, POT) == replace(BOOK, prices={(LEEDS, POT): DEAR})
    assert seen(database, SkuId("unknown")) == replace(BOOK, prices={})


def test_a_decision_reads_its_prices_in_one_statement_and_none_where_no_book_is_in_force(
    database: Database,
) -> None:
    def reads() -> int:
        with database.reading() as stores:
            stores.catalog.network()  # what is read once per process is read
            with statements() as found:
                stores.catalog.prices_of([CUP, POT])
            return len(found)

    assert reads() == 0
    load(database)
    assert reads() == 1
    load(database, replace(BOOK, version="b", valid_until=NOON))  # stale by now
    assert reads() == 0


def test_the_book_loaded_last_is_in_force_and_every_process_sees_it(database: Database, url: str) -> None:
    other = open_database(url, durable=False)
    load(database)
    assert seen(other, CUP) is not None
    cheap = StockPrice((PriceStep(5, Micros(1)),))
    later = replace(BOOK, version="b", prices={(YORK, CUP): cheap})
    load(other, later)
    assert seen(database, CUP) == later
    other.close()


def test_the_same_book_again_is_the_one_that_is_there_and_another_of_its_name_is_refused(
    database: Database,
) -> None:
    first = load(database)
    assert load(database) == first
    for changed in (
        replace(BOOK, prices={}),
        replace(BOOK, made_at=NOON - timedelta(days=1)),
        replace(BOOK, valid_until=LATE - timedelta(days=1)),
    ):
        with pytest.raises(InvalidInput, match="exists with other content"):
            load(database, changed)
    withdraw(database, first)
    with pytest.raises(InvalidInput, match="was withdrawn"):
        load(database)


def test_a_decision_overtaken_by_another_book_is_made_again(database: Database) -> None:
    with database.reading() as stores:
        before = stores.catalog.version()
    book = load(database)
    with database.reading() as stores:
        assert stores.catalog.version() == before + 1
    withdraw(database, book)
    with database.reading() as stores:
        assert stores.catalog.version() == before + 2


def test_prices_that_can_never_be_used_again_are_forgotten_and_the_books_are_not(
    database: Database, url: str
) -> None:
    day = timedelta(days=1)
    first = load(database, replace(BOOK, version="1", valid_until=NOON + day))
    load(database, replace(BOOK, version="2"), NOON + day)  # the first is valid to the instant
    assert kept_rows(url) == 4
    third = load(database, replace(BOOK, version="3"), NOON + 2 * day)
    assert kept_rows(url) == 4  # those of 2 and 3
    assert withdraw(database, third).has_prices is False
    assert kept_rows(url) == 2
    found = seen(database, CUP)
    assert found is not None
    assert found.version == "2"
    with database.reading() as stores:
        books = stores.catalog.price_books()
        assert books.versions() == ["1", "2", "3"]
        known = books.get("1")
        assert known is not None
        assert (known.stocks, known.has_prices, first.has_prices) == (3, False, True)


def test_a_backup_carries_price_books(database: Database, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("backup")
    load(database)
    save(database, folder / "a.backup", tell=lambda _: None)
    other = open_database(f"sqlite:///{folder / 'other.db'}", durable=False)
    restore(other, folder / "a.backup", replace=False, tell=lambda _: None)
    assert seen(other, CUP, POT) == BOOK
    other.close()


def test_of_a_book_of_100_000_prices_only_those_of_the_skus_are_read(database: Database) -> None:
    prices = {
        (NodeId(f"store-{node}"), SkuId(f"sku-{sku}")): DEAR for sku in range(2_000) for node in range(50)
    }
    load(database, replace(BOOK, prices=prices))
    found = seen(database, SkuId("sku-1"), SkuId("sku-51"), SkuId("sku-101"))
    assert found is not None
    assert len(found.prices) == 150
