"""What decisions were made from: read back as it was, kept once where it is the same, forgotten with them."""

import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import Table, create_engine, func, select

from fulfillment.capacity import as_of
from fulfillment.ids import LineId, NodeId, OrderId, PolicyVersion, SkuId
from fulfillment.money import Micros
from fulfillment.network import Network, Place
from fulfillment.orders import Destination, NodeChoice, Order, OrderLine, Placed
from fulfillment.price_book import PriceBook, PriceStep, StockPrice
from fulfillment.rates import Rate
from fulfillment.skus import Component
from fulfillment.slots import Slot
from storage.backups import restore, save
from storage.database import Database, open_database
from storage.instance_documents import Excerpts, Instance, documents_of, instance_of
from storage.purging import Limits, purge, purge_order
from storage.schema.orders import catalog_excerpt, decision_instance
from tests.storage.test_catalog import CUP, EXPRESS, LEEDS, NORTH, STANDARD, YORK

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SET = replace(CUP, id=SkuId("set"), name="Set", components=(Component(CUP.id, 2),))
NETWORK = Network(
    nodes={node.id: node for node in (LEEDS, YORK)},
    zones={NORTH.id: NORTH},
    skus={sku.id: sku for sku in (CUP, SET)},
    rates={(LEEDS.id, NORTH.id): (EXPRESS, STANDARD)},
)
ORDER = Order(
    OrderId("A"),
    lines=(OrderLine(LineId("1"), SET.id, 2), OrderLine(LineId("2"), CUP.id, 1, LEEDS.id)),
    destination=Destination(NORTH.id, Place(54.0, -1.5)),
    placed_at=NOON,
    channel="app",
    nodes=NodeChoice(forbidden=(NodeId("hull"),), at_most=2, together=((LineId("1"), LineId("2")),)),
    placed=Placed(
        (OrderLine(LineId("1"), SET.id, 3), OrderLine(LineId("2"), CUP.id, 1)), ((LineId("1"), YORK.id),)
    ),
)
INSTANCE = Instance(
    ORDER,
    NETWORK,
    PolicyVersion("default"),
    {(LEEDS.id, CUP.id): 9, (LEEDS.id, SET.id): 4, (YORK.id, CUP.id): 1},
    {LEEDS.id: 4_990, YORK.id: 0},
    {"branches": 600, "deterministic_seconds": 0.3},
)


def keep(database: Database, order: str, instance: Instance = INSTANCE, *, version: int = 1) -> None:
    with database.writing() as stores:
        stores.orders.put(replace(ORDER, id=OrderId(order), placed=None), now=NOON)
        number = stores.decisions.put(OrderId(order), 1, {"id": order})
        stores.decisions.put_instance(number, instance, version=version)


def rows(url: str, table: Table) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        count: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    engine.dispose()
    return count


def found(database: Database, order: str) -> Instance | None:
    with database.reading() as stores:
        kept = stores.decisions.latest_with_instance(OrderId(order))
    assert kept is not None
    return kept.instance


def test_an_instance_is_read_back_as_it_was(database: Database) -> None:
    keep(database, "A")
    assert found(database, "A") == INSTANCE


def test_of_a_price_book_the_prices_of_its_skus_are_kept_and_no_step_that_is_free(database: Database) -> None:
    dear, free = PriceStep(5, Micros(2_000_000)), PriceStep(20, Micros(0))
    book = PriceBook(
        "2026-03-01",
        NOON,
        NOON + timedelta(days=1),
        {
            (LEEDS.id, CUP.id): StockPrice((dear, free)),
            (YORK.id, CUP.id): StockPrice((free,)),
            (LEEDS.id, SkuId("other")): StockPrice((dear,)),
        },
    )
    keep(database, "A", replace(INSTANCE, prices=book, now=NOON))
    kept = replace(book, prices={(LEEDS.id, CUP.id): StockPrice((dear,))})
    assert found(database, "A") == replace(INSTANCE, prices=kept, now=NOON)
    assert all(
        kept.price(*place).taking(3, of=9) == book.price(*place).taking(3, of=9) for place in kept.prices
    )


def test_an_order_of_three_skus_at_many_nodes_with_irregular_prices_takes_less_than_4_kb() -> None:
    chance = np.random.default_rng(4)
    nodes = [replace(LEEDS, id=NodeId(f"store-{number}")) for number in range(40)]
    skus = [replace(CUP, id=SkuId(f"sku-{number}")) for number in range(3)]
    places = [(node.id, sku.id) for sku in skus for node in nodes]
    book = PriceBook("a", NOON, NOON, {place: irregular(chance) for place in places})
    order = replace(
        ORDER,
        placed=None,
        nodes=NodeChoice(),
        lines=tuple(OrderLine(LineId(sku.id), sku.id, 2) for sku in skus),
    )
    instance = replace(
        INSTANCE,
        order=order,
        network=replace(NETWORK, nodes={node.id: node for node in nodes}, skus={sku.id: sku for sku in skus}),
        stock={place: int(chance.integers(60)) for place in places},
        capacity={node.id: int(chance.integers(5_000)) for node in nodes},
        prices=book,
        now=NOON,
    )
    kept = documents_of(instance, Excerpts(), version=1)
    back = instance_of(nodes=kept.nodes.content, lanes=kept.lanes.content, content=kept.content)
    assert (back.stock, back.capacity, back.prices) == (instance.stock, instance.capacity, book)
    without = documents_of(replace(instance, prices=None), Excerpts(), version=1)
    print(f"{len(without.content)} bytes without prices, {len(kept.content)} with")
    assert len(kept.content) < 4_000


def irregular(chance: np.random.Generator) -> StockPrice:
    """Five steps of which nothing follows from another, to the last micro."""
    units = sorted(chance.choice(np.arange(1, 40), 5, replace=False).tolist())
    prices = sorted(chance.choice(9_000_000, 5, replace=False).tolist(), reverse=True)
    return StockPrice(tuple(PriceStep(u, Micros(p + 1)) for u, p in zip(units, prices, strict=True)))


PARTED = replace(
    LEEDS, units_per_day=10, slots=(Slot("morning", 480, 720, 4), Slot("afternoon", 720, 1_080, 6))
)


def test_a_node_with_slots_is_kept_once_for_decisions_of_all_hours(database: Database, url: str) -> None:
    catalog = replace(NETWORK, nodes={**NETWORK.nodes, LEEDS.id: PARTED})
    for hour in (13, 9, 19):
        seen = replace(INSTANCE, network=as_of(catalog, NOON.replace(hour=hour)), capacity={LEEDS.id: hour})
        keep(database, f"at {hour}", seen)
    assert rows(url, catalog_excerpt) == 2
    for hour, left in ((9, 10), (13, 6), (19, 0)):
        kept = found(database, f"at {hour}")
        assert kept is not None
        assert kept.network == catalog
        assert as_of(kept.network, NOON.replace(hour=hour)).nodes[LEEDS.id].units_per_day == left
        assert kept.capacity == {LEEDS.id: hour}


def test_nodes_kept_before_there_were_slots_are_read_without_any() -> None:
    documents = documents_of(INSTANCE, Excerpts(), version=1)
    assert b"slots" not in zlib.decompress(documents.nodes.content)
    kept = instance_of(
        nodes=documents.nodes.content, lanes=documents.lanes.content, content=documents.content
    )
    assert [node.slots for node in kept.network.nodes.values()] == [(), ()]


def test_a_decision_kept_before_there_were_instances_is_read_without(database: Database) -> None:
    with database.writing() as stores:
        stores.decisions.put(OrderId("old"), 1, {"id": "old"})
    with database.reading() as stores:
        kept = stores.decisions.latest_with_instance(OrderId("old"))
        assert kept is not None
        assert (kept.document, kept.instance) == ({"id": "old"}, None)
        assert stores.decisions.latest_with_instance(OrderId("nobody")) is None


def test_a_catalog_is_kept_once_for_all_decisions_and_again_where_it_changed(
    database: Database, url: str
) -> None:
    for name in ("A", "B", "C"):
        keep(database, name)
    assert rows(url, catalog_excerpt) == 2
    off = replace(LEEDS, is_on=False, off_reason="flood")
    changed = replace(INSTANCE, network=replace(NETWORK, nodes={**NETWORK.nodes, LEEDS.id: off}))
    keep(database, "D", changed, version=2)
    assert rows(url, catalog_excerpt) == 3  # the rates are those of before
    assert found(database, "A") == INSTANCE
    assert found(database, "D") == changed


def test_two_processes_keep_the_same_excerpt(database: Database, url: str) -> None:
    keep(database, "A")
    other = open_database(url, durable=False)
    keep(other, "B")
    other.close()
    assert rows(url, catalog_excerpt) == 2


def test_excerpts_go_with_the_last_decision_made_from_them(database: Database, url: str) -> None:
    keep(database, "A")
    keep(database, "B")
    assert purge_order(database, OrderId("A")).excerpts == 0
    assert (rows(url, catalog_excerpt), rows(url, decision_instance)) == (2, 1)
    later = NOON + timedelta(days=9_000)
    assert purge(database, Limits(later, later), dry_run=True).purged.excerpts == 0
    assert purge(database, Limits(later, later)).purged.excerpts == 2
    assert (rows(url, catalog_excerpt), rows(url, decision_instance)) == (0, 0)
    keep(database, "C")  # whatever this process remembers
    assert found(database, "C") == INSTANCE


def test_a_backup_carries_instances(database: Database, tmp_path: Path) -> None:
    keep(database, "A")
    save(database, tmp_path / "a.backup", tell=lambda _: None)
    other = open_database(f"sqlite:///{tmp_path / 'other.db'}", durable=False)
    restore(other, tmp_path / "a.backup", replace=False, tell=lambda _: None)
    assert found(other, "A") == INSTANCE
    other.close()


def test_defaults_are_left_out_and_what_is_not_known_is_passed_over() -> None:
    kept = documents_of(INSTANCE, Excerpts(), version=1)
    nodes = _unpacked(kept.nodes.content)
    assert "is_on" not in nodes.split("york")[0]
    assert "off_reason" in nodes
    later = _packed(nodes.replace('"name":"Leeds"', '"name":"Leeds","doors":[1,2]'))
    assert instance_of(nodes=later, lanes=kept.lanes.content, content=kept.content) == INSTANCE


def test_a_document_with_figures_by_name_is_read_as_those_with_columns_are() -> None:
    book = PriceBook(
        "march",
        NOON,
        NOON + timedelta(days=1),
        {(YORK.id, CUP.id): StockPrice((PriceStep(2, Micros(900_001)), PriceStep(5, Micros(7))))},
    )
    instance = replace(INSTANCE, prices=book, now=NOON)
    kept = documents_of(instance, Excerpts(), version=1)
    own = json.loads(_unpacked(kept.content))
    del own["at_nodes"]
    own |= {
        "stock": {"cup": {"leeds": 9, "york": 1}, "set": {"leeds": 4}},
        "capacity": {"leeds": 4_990, "york": 0},
    }
    own["prices"]["by_sku"] = {"cup": {"york": [[2, 900_001], [5, 7]]}}
    before = _packed(json.dumps(own))
    assert instance_of(nodes=kept.nodes.content, lanes=kept.lanes.content, content=before) == instance
    del own["prices"]
    older = _packed(json.dumps(own))
    assert instance_of(nodes=kept.nodes.content, lanes=kept.lanes.content, content=older) == replace(
        instance, prices=None
    )


def test_an_excerpt_is_named_by_what_it_says_and_not_by_when_it_was_made() -> None:
    first = documents_of(INSTANCE, Excerpts(), version=1)
    again = documents_of(INSTANCE, Excerpts(), version=7)
    assert (first.nodes, first.lanes) == (again.nodes, again.lanes)
    dearer = Rate(STANDARD.service, LEEDS.id, NORTH.id, EXPRESS.per_package, STANDARD.per_kg, 20_000)
    other = replace(NETWORK, rates={(LEEDS.id, NORTH.id): (EXPRESS, dearer)})
    changed = documents_of(replace(INSTANCE, network=other), Excerpts(), version=1)
    assert changed.nodes == first.nodes
    assert changed.lanes.digest != first.lanes.digest


def _unpacked(content: bytes) -> str:
    return zlib.decompress(content).decode()


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode())
