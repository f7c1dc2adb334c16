"""Retention: what has ended is forgotten whole, what holds stock is kept, and the books still balance."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from fulfillment.errors import InvalidInput, Refused
from fulfillment.events import Event, EventType
from fulfillment.ids import LineId, NodeId, OrderId, PolicyVersion, ServiceId, SkuId, ZoneId
from fulfillment.ledger.protocol import Selection, Wanted
from fulfillment.money import Micros
from fulfillment.network import Place
from fulfillment.orders import Destination, Order, OrderLine
from fulfillment.plan import CostKind
from fulfillment.shadow import ChoiceCost, OrderComparison
from fulfillment.supply import CapacityKey, CapacityRow, StockState, SupplyKey, SupplyRow
from storage import purging
from storage.database import Database
from storage.idempotency import StoredAnswer
from storage.jobs import JobItem, JobRun
from storage.purging import Limits, purge, purge_order
from storage.retention import ALSO_NAMING, NAMING_ORDERS, Purged
from storage.schema import metadata
from storage.stores import Stores

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=10)
LIMIT = NOON + timedelta(days=5)
CUP = SupplyKey(SkuId("cup"), NodeId("leeds"))
DAY = CapacityKey(NodeId("leeds"), date(2026, 3, 1), "ship", "")
UNITS = 1_000
Make = Callable[[Stores, OrderId, datetime], None]


def stock(database: Database) -> None:
    with database.writing() as stores:
        stores.ledger.set_supply([SupplyRow(CUP, UNITS)], now=NOON)
        stores.ledger.set_capacity([CapacityRow(DAY, UNITS)], now=NOON)


def reserve(stores: Stores, order: OrderId, now: datetime, *, soft: bool = False) -> None:
    """Two cups for one line: what the service writes for an order."""
    wanted = [Wanted(LineId("1"), CUP, 2, ServiceId("ground"), DAY)]
    expires_at = now + timedelta(minutes=30) if soft else None
    stores.ledger.reserve(order, wanted, expires_at=expires_at, now=now)
    place = Destination(ZoneId("UK"), Place(51.5, -0.1))
    lines = (OrderLine(LineId("1"), SkuId("cup"), 2),)
    stores.orders.put(Order(id=order, lines=lines, destination=place, placed_at=now, channel="web"), now=now)
    stores.decisions.put(order, 1, {"id": order})
    stores.comparisons.put(compared(order, now))


def compared(order: OrderId, now: datetime) -> OrderComparison:
    """What the service keeps where the OMS has sent its own choice."""
    costs = ChoiceCost({CostKind.PACKAGES: Micros(3_000_000)}, unfilled_units=0, packages=1, shipments=1)
    return OrderComparison(order, now, "web", "UK", PolicyVersion("default"), 2, costs, costs)


def shipped(stores: Stores, order: OrderId, now: datetime) -> None:
    reserve(stores, order, now)
    stores.ledger.ship(Selection(order), now=now)


def canceled(stores: Stores, order: OrderId, now: datetime) -> None:
    reserve(stores, order, now)
    stores.ledger.cancel(Selection(order), now=now)


def expired(stores: Stores, order: OrderId, now: datetime) -> None:
    reserve(stores, order, now, soft=True)
    stores.ledger.sweep(now=now + timedelta(hours=1))


def returned(stores: Stores, order: OrderId, now: datetime) -> None:
    shipped(stores, order, now)
    stores.ledger.take_back(Selection(order), to=NodeId("york"), state=StockState.SELLABLE, now=now)


def rejected(stores: Stores, order: OrderId, now: datetime) -> None:
    reserve(stores, order, now)
    stores.ledger.send_to_node(Selection(order), now=now)
    stores.ledger.reject(Selection(order), reason="said Ann of the till", now=now)


def not_collected(stores: Stores, order: OrderId, now: datetime) -> None:
    reserve(stores, order, now)
    stores.ledger.send_to_node(Selection(order), now=now)
    stores.ledger.make_ready(Selection(order), now=now)
    stores.ledger.not_collected(Selection(order), now=now)


ENDS: tuple[Make, ...] = (shipped, canceled, expired, returned, rejected, not_collected)


def sent_to_node(stores: Stores, order: OrderId, now: datetime) -> None:
    reserve(stores, order, now)
    stores.ledger.send_to_node(Selection(order), now=now)


def partly_shipped(stores: Stores, order: OrderId, now: datetime) -> None:
    reserve(stores, order, now)
    stores.ledger.ship(Selection(order, units={LineId("1"): 1}), now=now)


def soft(stores: Stores, order: OrderId, now: datetime) -> None:
    reserve(stores, order, now, soft=True)


HOLD: tuple[Make, ...] = (reserve, sent_to_node, partly_shipped, soft)


def make(database: Database, kinds: tuple[Make, ...], now: datetime, prefix: str) -> list[OrderId]:
    names = [OrderId(f"{prefix}-{kind.__name__}") for kind in kinds]
    for name, kind in zip(names, kinds, strict=True):
        with database.writing() as stores:
            kind(stores, name, now)
    return names


def reconcile(database: Database) -> list[str]:
    with database.reading() as stores:
        return list(stores.ledger.reconcile())


def traces(url: str, word: str) -> list[str]:
    """Every table in which a value has the word, looked for in all columns."""
    engine = create_engine(url)
    found = []
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(text(f'SELECT * FROM "{table.name}"')).all()
            found += [table.name for row in rows if any(word in str(value) for value in row)]
    engine.dispose()
    return sorted(set(found))


def both(limit: datetime) -> Limits:
    return Limits(limit, limit)


def test_what_has_ended_goes_whole_and_the_books_balance(database: Database, url: str) -> None:
    stock(database)
    old = make(database, ENDS, NOON, "old")
    young = make(database, ENDS, LATER, "young")
    held = make(database, HOLD, NOON, "held")
    with database.reading() as stores:
        before = stores.ledger.supply([SkuId("cup")], now=NOON)
        used = stores.ledger.capacity([(NodeId("leeds"), DAY.day)], now=NOON)
    assert reconcile(database) == []

    outcome = purge(database, both(LIMIT))
    assert outcome.purged.orders == len(old)
    assert outcome.purged.lines == outcome.purged.decisions == outcome.purged.comparisons == len(old)
    assert outcome.purged.claims >= len(old)
    assert outcome.holding == len(held)
    assert outcome.named == sorted(held)

    assert reconcile(database) == []
    with database.reading() as stores:
        assert stores.ledger.supply([SkuId("cup")], now=NOON) == before
        assert stores.ledger.capacity([(NodeId("leeds"), DAY.day)], now=NOON) == used
        for name in old:
            assert stores.orders.get(name) is None
            assert stores.decisions.latest(name) is None
            assert list(stores.ledger.claims(name)) == []
            assert stores.ledger.revision(name) == 0
        for name in (*young, *held):
            assert stores.orders.get(name) is not None
            assert stores.decisions.latest(name) is not None
            assert stores.ledger.claims(name)
    assert traces(url, "old-") == []
    assert "entry" in traces(url, "held-")
    assert traces(url, "Ann of the till") == ["entry"]  # of the young one
    # Work goes on: what held stock can still go, and a purged id may come again.
    with database.writing() as stores:
        stores.ledger.cancel(Selection(held[0]), now=LATER)
        shipped(stores, old[0], LATER)
    assert reconcile(database) == []


def test_purging_again_finds_nothing(database: Database) -> None:
    stock(database)
    make(database, ENDS, NOON, "old")
    assert purge(database, both(LIMIT)).purged != Purged()
    assert purge(database, both(LIMIT)).purged == Purged()


def test_a_late_change_keeps_an_order(database: Database) -> None:
    stock(database)
    (name,) = make(database, (shipped,), NOON, "a")
    with database.writing() as stores:
        stores.ledger.take_back(Selection(name), to=NodeId("york"), state=StockState.SELLABLE, now=LATER)
    assert purge(database, both(LIMIT)).purged == Purged()


def test_a_dry_run_counts_what_would_go_and_takes_nothing(database: Database, url: str) -> None:
    stock(database)
    make(database, ENDS, NOON, "old")
    before = traces(url, "old-")
    counted = purge(database, both(LIMIT), dry_run=True).purged
    assert traces(url, "old-") == before
    assert counted == purge(database, both(LIMIT)).purged
    assert counted.entries > counted.orders


def test_decisions_may_go_before_their_orders(database: Database) -> None:
    stock(database)
    (old,) = make(database, (shipped,), NOON, "old")
    (held,) = make(database, (reserve,), NOON, "held")
    limits = Limits(NOON - timedelta(days=1), LIMIT)
    assert purge(database, limits, dry_run=True).purged == Purged(decisions=1)
    assert purge(database, limits).purged == Purged(decisions=1)
    with database.reading() as stores:
        assert stores.decisions.latest(old) is None
        assert stores.orders.get(old) is not None
        assert stores.ledger.claims(old)
        assert stores.decisions.latest(held) is not None


def test_comparisons_of_orders_that_were_never_held_go_by_their_own_age(database: Database, url: str) -> None:
    stock(database)
    make(database, (reserve,), NOON, "held")
    with database.writing() as stores:
        stores.comparisons.put(compared(OrderId("shadow-old"), NOON))
        stores.comparisons.put(compared(OrderId("shadow-young"), LATER))
    assert purge(database, both(LIMIT), dry_run=True).purged == Purged(comparisons=1)
    assert purge(database, both(LIMIT)).purged == Purged(comparisons=1)
    assert traces(url, "shadow-old") == []
    with database.reading() as stores:
        left = {one.order for one in stores.comparisons.between(None, None)}
    assert left == {"held-reserve", "shadow-young"}
    assert purge_order(database, OrderId("shadow-young")).comparisons == 1
    assert traces(url, "shadow-young") == []


def test_nothing_goes_where_things_are_kept_for_ever(database: Database) -> None:
    stock(database)
    make(database, ENDS, NOON, "old")
    limits = Limits.by_age(LATER, orders_days=0, decisions_days=0)
    assert purge(database, limits) == purging.Outcome(Purged(), 0, ())


@pytest.mark.parametrize("kind", HOLD)
def test_one_order_is_refused_while_it_holds_stock(database: Database, kind: Make) -> None:
    stock(database)
    with database.reading() as stores:
        now = stores.now
    (name,) = make(database, (kind,), now, "a")
    with pytest.raises(Refused, match=f"order {name} still holds stock: [12] "):
        purge_order(database, name)
    with database.reading() as stores:
        assert stores.orders.get(name) is not None


def test_one_order_goes_on_request_with_the_answers_that_tell_of_it(database: Database, url: str) -> None:
    stock(database)
    with database.reading() as stores:
        now = stores.now
    (name, other) = make(database, (shipped, canceled), now, "a")
    with database.writing() as stores:
        for key, body in {
            "own": f'{{"id": "{name}", "lines": []}}',
            "bulk": f'{{"items": [{{"id": "{other}"}}, {{"order": "{name}"}}]}}',
            "other": f'{{"id": "{other}", "lines": [{{"id": "{name}"}}]}}',
        }.items():
            stores.keys.put("POST /v1/orders", key, StoredAnswer(key, 201, body, {}))
    assert purge_order(database, name).answers == 2
    with database.reading() as stores:
        assert stores.keys.find("POST /v1/orders", "own") is None
        assert stores.keys.find("POST /v1/orders", "other") is not None
        assert stores.orders.get(other) is not None
    assert reconcile(database) == []
    with pytest.raises(InvalidInput, match=f"order {name} was never seen, or was purged"):
        purge_order(database, name)


def test_one_order_goes_from_what_is_about_others_too(database: Database, url: str) -> None:
    """Bulk answers, requests, jobs and events about shortfalls: only what tells of the order is blank."""
    stock(database)
    with database.reading() as stores:
        now = stores.now
    (name, other) = make(database, (shipped, canceled), now, "a")
    asked = [{"id": name, "destination": {"zone": "north"}}, {"id": other}, {"id": name, "zone": "again"}]
    short = {"orders": 2, "units": 2, "short": [{"order": name, "line": "1"}, {"order": other, "line": "1"}]}
    kept = {
        "bulk": ("", {"results": [{"index": 0, "body": {"id": name}}]}),
        "reassigned": ("", {"moved": 1, "orders": [{"id": name}]}),
        "refused": ({"address": "/v1/orders/bulk", "body": {"orders": asked}}, {"results": []}),
        "move": ({"address": f"/v1/orders/{name}/ship?x=1", "body": None}, {}),
        "named": ({"address": "/v1/reassignments", "body": {"orders": [name]}}, {}),
        "other": ({"address": f"/v1/orders/{other}/ship", "body": {"lines": [{"id": name}]}}, {"id": other}),
    }
    with database.writing() as stores:
        for key, (request, body) in kept.items():
            stores.keys.put("s", key, StoredAnswer(json.dumps(request), 200, json.dumps(body), {}))
        for key, about in {"gone": name, "kept": other}.items():
            fingerprint = json.dumps({"address": "", "body": {"orders": [{"id": about}]}})
            stores.leases.take("s", key, fingerprint=fingerprint, holder="h", seconds=0)
        run = JobRun(stores.jobs.create("source-orders", json.dumps({"orders": asked}), total=3).id, 1)
        stores.jobs.start(run, worker="w")
        items = [JobItem(place, 201, json.dumps({"id": about})) for place, about in enumerate((name, other))]
        stores.jobs.advance(run, done=2, message="", items=items)
        stores.outbox.put(Event(EventType.STOCK_SHORTFALL, "cup", short))
    purged = purge_order(database, name)
    assert (purged.answers, purged.parts) == (6, 3)
    with database.reading() as stores:
        assert [key for key in kept if stores.keys.find("s", key)] == ["other"]
        assert json.loads(stores.jobs.document(run.job))["orders"] == [{}, {"id": other}, asked[2]]
        told = [item.body for item in stores.jobs.items(run.job, after=-1, limit=9)]
        assert told == ["{}", json.dumps({"id": other})]
    with database.writing() as stores:
        stores.outbox.publish(limit=100)
        (event,) = (e for e in stores.outbox.after(0, limit=100) if e.type is EventType.STOCK_SHORTFALL)
        assert event.data["short"] == [{"order": "", "line": "1"}, {"order": other, "line": "1"}]
        assert stores.leases.take("s", "gone", fingerprint="new", holder="h", seconds=0) == "new"
        assert stores.leases.take("s", "kept", fingerprint="new", holder="h", seconds=0) != "new"
    assert reconcile(database) == []


def test_a_reservation_that_has_expired_holds_nothing(database: Database) -> None:
    stock(database)
    (name,) = make(database, (soft,), NOON, "a")  # long ago by the database's clock
    assert purge_order(database, name).claims == 1
    assert reconcile(database) == []


def test_a_short_limit_takes_the_answers_that_are_still_remembered(database: Database) -> None:
    stock(database)
    with database.reading() as stores:
        now = stores.now
    (name,) = make(database, (shipped,), now, "a")
    with database.writing() as stores:
        stores.keys.put("POST /v1/orders", "k", StoredAnswer("", 201, f'{{"id": "{name}"}}', {}))
    assert purge(database, both(now + timedelta(seconds=1))).purged.answers == 1


def test_many_orders_go_in_batches(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    stock(database)
    monkeypatch.setattr(purging, "_BATCH", 4)
    with database.writing() as stores:
        for number in range(11):
            shipped(stores, OrderId(f"a-{number}"), NOON)
    told: list[int] = []
    assert purge(database, both(LIMIT), tell=told.append).purged.orders == 11
    assert told == [4, 8, 11]
    assert reconcile(database) == []


def test_an_order_that_comes_to_life_meanwhile_is_kept(database: Database, url: str) -> None:
    stock(database)
    (name,) = make(database, (canceled,), NOON, "a")
    with database.reading() as stores:
        assert stores.retention.ended(before=LIMIT, limit=10) == [name]
    with database.writing() as stores:
        reserve(stores, name, LATER)
    with database.writing() as stores:
        assert stores.retention.purge([name], before=LIMIT, answers=True) == Purged()
        assert stores.retention.purge_decisions([name], before=LIMIT) == Purged()
    with database.reading() as stores:
        assert len(stores.ledger.claims(name)) == 2


def test_every_column_that_names_an_order_is_purged() -> None:
    """A new table with orders in it has to say here how they are purged."""
    purged = {*NAMING_ORDERS.values(), *ALSO_NAMING.values()}
    purged.add(metadata.tables["order_head"].c.order_id)
    naming = {
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name in ("order_id", "order", "subject")
    }
    assert {str(column) for column in naming} <= {str(column) for column in purged}


def test_orders_are_written_while_others_are_purged(database: Database, url: str) -> None:
    stock(database)
    with database.writing() as stores:
        for number in range(300):
            canceled(stores, OrderId(f"a-{number}"), NOON)
    writers = [run("write", url, f"w{n}") for n in range(2)]
    purgers = [run("purge", url, "") for _ in range(2)]
    for process in (*writers, *purgers):
        _, complaints = process.communicate(timeout=300)
        assert (process.returncode, complaints) == (0, "")
    purge(database, both(LIMIT))
    assert reconcile(database) == []
    with database.reading() as stores:
        left = {stored.order.id for stored in stores.orders.list(after=None, limit=1_000)}
        # Every order that was given new life is there with its units, and every other is gone.
        assert left == {f"a-{number}" for number in range(0, 300, 3)}
        for name in left:
            held = [c.quantity for c in stores.ledger.claims(OrderId(name)) if c.state == "allocated"]
            assert held == [2]
            kept = stores.decisions.latest_with_instance(OrderId(name))
            assert kept is not None
            assert kept.instance is not None
            assert kept.instance.network.nodes[NodeId("leeds")].priority == int(name[2:]) % 7


def test_a_purge_that_is_killed_leaves_whole_orders_and_the_next_goes_on(
    database: Database, url: str
) -> None:
    stock(database)
    with database.writing() as stores:
        for number in range(30):
            shipped(stores, OrderId(f"a-{number}"), NOON)
    victim = run("die", url, "")
    assert victim.stdout is not None
    assert victim.stdout.readline() == "in the middle\n"
    victim.send_signal(signal.SIGKILL)
    victim.communicate(timeout=30)
    assert reconcile(database) == []
    with database.reading() as stores:
        left = {stored.order.id for stored in stores.orders.list(after=None, limit=100)}
        assert len(left) == 20  # one batch of ten is gone, the one in the middle is not
        assert all(stores.ledger.claims(name) and stores.decisions.latest(name) for name in left)
    assert purge(database, both(LIMIT)).purged.orders == 20
    assert reconcile(database) == []


def run(role: str, url: str, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.storage.purgers", role, url, name],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
