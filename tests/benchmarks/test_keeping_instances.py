"""What it costs to keep what each decision was made from: share of the time of an order, and bytes.

Real orders of the demo are committed one after the other on an SQLite file. In the tests the first few are;
`make bench` commits 500 and prints how far the aims are, without prices of stock and with the demo's book.
"""

import time
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from sqlalchemy import create_engine, func, select

from api.demo import demo_world
from api.demo.opening import write_database
from api.demo.price_book import prices_of
from api.edge.idempotency import Call
from api.edge.scopes import EVERYTHING
from api.errors import NothingToServe
from api.orders import sourcing
from api.orders.schemas import DestinationIn, LineIn, OrderIn
from api.settings import Settings
from fulfillment.orders import Order
from fulfillment.price_book import PriceBook
from scenarios.replay import events_of, first_orders, instant_of
from scenarios.world import World
from storage.audit import NOBODY, Act
from storage.database import Database, open_database
from storage.decisions import Decisions
from storage.schema.orders import catalog_excerpt, decision_instance

SHARE_AIM, BYTES_AIM = 0.20, 4_000
ORDERS = 500


def sent(order: Order) -> OrderIn:
    return OrderIn(
        mode="commit",
        id=order.id,
        lines=[LineIn(id=line.id, sku=line.sku, quantity=line.quantity) for line in order.lines],
        destination=DestinationIn(zone=order.destination.zone),
    )


def call_of(order: Order) -> Call:
    act = Act(actor=NOBODY, method="POST", route="/v1/orders", subject=order.id, request_id="")
    return Call("bench POST /v1/orders", order.id, order.id, EVERYTHING, act)


def commit(database: Database, orders: tuple[Order, ...]) -> list[float]:
    """Commit them; returns the seconds of each that had anything to serve."""
    settings, seconds = Settings(), []
    for order in orders:
        began = time.perf_counter()
        try:
            sourcing.reserve(database, settings, call_of(order), sent(order))
        except NothingToServe:
            continue
        seconds.append(time.perf_counter() - began)
    return seconds


def load_book(world: World, database: Database) -> None:
    """Put the demo's price book in force for all of the orders."""
    opens = instant_of(events_of(world)[0])
    book = PriceBook("demo", opens, opens + timedelta(weeks=world.window.weeks), prices_of(world))
    with database.writing() as stores:
        stores.catalog.price_books().load(book, by=NOBODY, now=opens)


@pytest.mark.benchmark(group="keeping")
@pytest.mark.parametrize("is_priced", [False, True], ids=["without prices", "with the demo's book"])
def test_keeping_an_instance_costs_little_time_and_few_bytes(
    benchmark: BenchmarkFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_priced: bool
) -> None:
    world = first_orders(demo_world(), ORDERS if benchmark.enabled else 5)
    url = f"sqlite:///{tmp_path / 'bench.db'}"
    write_database(world, url)
    database = open_database(url, durable=False)
    if is_priced:
        load_book(world, database)
    spent: list[float] = []
    put = Decisions.put_instance

    def timed(*arguments: object, **named: object) -> None:
        began = time.perf_counter()
        put(*arguments, **named)  # type: ignore[arg-type]
        spent.append(time.perf_counter() - began)

    commit(database, world.orders[:1])  # compiled and read before the clock starts
    monkeypatch.setattr(Decisions, "put_instance", timed)
    took = benchmark.pedantic(commit, args=(database, world.orders[1:]), rounds=1, warmup_rounds=0)
    database.close()

    assert len(spent) == len(took) > 0
    engine = create_engine(url)
    with engine.connect() as connection:
        sizes = connection.execute(select(func.length(decision_instance.c.content))).scalars().all()
        excerpts = connection.execute(select(func.length(catalog_excerpt.c.content))).scalars().all()
    engine.dispose()
    assert len(sizes) == len(took) + 1
    shares = [one / (whole - one) for one, whole in zip(spent, took, strict=True)]
    each, keeping = 1000 * median(took), 1000 * median(spent)
    print(f"\n  {len(took)} orders, median {each:.1f} ms, of it {keeping:.2f} ms for keeping")
    print(f"  share of time added: median {median(shares):.1%}, aim {SHARE_AIM:.0%}")
    print(f"  of all time {sum(spent) / (sum(took) - sum(spent)):.1%}")
    print(f"  bytes per order: median {median(sizes):,.0f}, largest {max(sizes):,}, aim {BYTES_AIM:,}")
    print(f"  {len(excerpts)} states of the catalog, {sum(excerpts):,} bytes for all orders together")
