"""Comparisons of shadow mode on both databases: a row for each order, as it was put, by time and channel."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, select, update

from fulfillment.ids import NodeId, OrderId, PolicyVersion
from fulfillment.money import Micros
from fulfillment.plan import CostKind
from fulfillment.shadow import Against, ChoiceCost, OrderComparison, Violation
from storage.backups import restore, save
from storage.database import Database
from storage.schema.shadow import order_comparison

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COST = ChoiceCost(
    {kind: Micros(2**40 + number) for number, kind in enumerate(CostKind)},
    unfilled_units=2,
    packages=3,
    shipments=1,
)
ONE = OrderComparison(
    order=OrderId("1"),
    decided_at=NOON,
    channel="web",
    zone="UK",
    policy=PolicyVersion("default"),
    units=5,
    baseline=COST,
    nodewise=replace(COST, packages=1),
    violations=(
        Violation(Against.RULE, "LON1 may not ship it", NodeId("LON1"), "closed"),
        Violation(Against.ORDER, "too many"),
    ),
    priced=replace(COST, shipments=2),
)


def between(
    database: Database, start: datetime | None = None, end: datetime | None = None, channel: str | None = None
) -> list[OrderComparison]:
    with database.reading() as stores:
        return list(stores.comparisons.between(start, end, channel=channel))


def put(database: Database, *rows: OrderComparison) -> None:
    with database.writing() as stores:
        for row in rows:
            stores.comparisons.put(row)


def test_what_was_put_comes_back_and_the_latest_of_an_order_counts(database: Database) -> None:
    put(database, ONE)
    assert between(database) == [ONE]
    later = replace(ONE, decided_at=NOON + timedelta(hours=1), priced=None, violations=())
    put(database, later)
    assert between(database) == [later]


def test_an_end_is_left_out_and_a_beginning_is_in(database: Database) -> None:
    day = timedelta(days=1)
    rows = [replace(ONE, order=OrderId(str(n)), decided_at=NOON + n * day) for n in range(4)]
    put(database, *rows, replace(rows[1], order=OrderId("app"), channel="app"))
    assert between(database, NOON + day, NOON + 3 * day, "web") == rows[1:3]
    assert len(between(database, NOON + day)) == 4
    assert [one.order for one in between(database, channel="app")] == ["app"]


def test_what_a_later_release_kept_is_read_as_other_and_stays_as_it_is(database: Database, url: str) -> None:
    put(database, ONE)
    costs = {"packages": 5, "duty": 7, "tolls": 1}
    theirs = {"costs": costs, "unfilled_units": 0, "packages": 1, "shipments": 1, "pallets": 2}
    kept = {"against": "customs", "detail": "no papers", "node": "LON1", "rule": "", "fix": "send them"}
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(update(order_comparison).values(baseline=theirs, violations=[kept]))
    (found,) = between(database)
    assert found.baseline == ChoiceCost({CostKind.PACKAGES: Micros(5), CostKind.OTHER: Micros(8)}, 0, 1, 1)
    assert found.violations == (Violation(Against.OTHER, "no papers", NodeId("LON1")),)
    with engine.connect() as connection:
        assert connection.execute(select(order_comparison.c.baseline)).scalar_one() == theirs
    engine.dispose()


def test_a_backup_brings_them_back(database: Database, tmp_path: Path) -> None:
    put(database, ONE)
    save(database, tmp_path / "a.backup", tell=lambda _table: None)
    put(database, replace(ONE, order=OrderId("2")), replace(ONE, units=9))
    restore(database, tmp_path / "a.backup", replace=True, tell=lambda _table: None)
    assert between(database) == [ONE]
