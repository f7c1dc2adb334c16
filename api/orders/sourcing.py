"""Quote, reserve and commit: loads a snapshot, decides, and (if it is to be kept) writes it whole."""

from datetime import timedelta

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, ensure_first, once, record
from api.errors import OrderExists
from api.orders import translate
from api.orders.answers import Decision, StoredDecision
from api.orders.deciding import Decided, Snapshot, decide, take_snapshot
from api.orders.schemas import OrderIn
from api.orders.states import is_live, order_state
from api.orders.unfilled import unfilled_lines
from api.orders.unservable import refuse_unservable
from api.settings import Settings
from fulfillment.orders import Order
from optimizer.sourcing.pegging import peg
from storage.database import Database
from storage.stores import Stores
from storage.unit_of_work import decide_and_write


def quote(database: Database, settings: Settings, sent: OrderIn) -> Answer:
    """What would be decided now. Writes nothing, holds nothing."""
    with database.reading() as stores:
        snapshot = _read(stores, sent)
    return answer(_decision(_decide(snapshot, sent, settings, last=False), settings))


def reserve(database: Database, settings: Settings, call: Call, sent: OrderIn) -> Answer:
    """Decide and hold the plan's units: soft with an expiry, or firm in mode `commit`.

    Raises
    ------
    OrderExists
        The order holds units already.
    NothingToServe
        No unit can be served, or not all of an order that is to be filled whole.
    NoRoomToday
        The same, although there is stock: the nodes' day is full.
    InsufficientStock, CapacityFull
        Others were faster, to the last attempt.
    """

    def read(stores: Stores) -> Snapshot:
        ensure_first(stores, call)
        snapshot = _read(stores, sent)
        _refuse_second(stores, snapshot.order)
        return snapshot

    def decide_servable(snapshot: Snapshot, *, last: bool) -> Decided:
        decided = _decide(snapshot, sent, settings, last=last)
        refuse_unservable(decided)
        return decided

    def write(stores: Stores, decided: Decided) -> Answer:
        ensure_first(stores, call)
        _refuse_second(stores, decided.snapshot.order)
        # A node may have been turned off, or its day cut, while we decided.
        stores.catalog.expect_version(decided.snapshot.version)
        return record(stores, call, _write(stores, decided, sent, settings))

    return once(
        database, call, lambda: decide_and_write(database, read=read, decide=decide_servable, write=write)
    )


def _read(stores: Stores, sent: OrderIn) -> Snapshot:
    order = translate.order_from(sent, now=stores.now)
    network = stores.catalog.network()
    translate.refuse_unknown(order, network)
    return take_snapshot(stores, order, network)


def _decide(snapshot: Snapshot, sent: OrderIn, settings: Settings, *, last: bool) -> Decided:
    return decide(snapshot, limits=sent.limits, seconds=settings.solve_milliseconds / 1000, fast=last)


def _write(stores: Stores, decided: Decided, sent: OrderIn, settings: Settings) -> Answer:
    snapshot = decided.snapshot
    order = snapshot.order
    soft = sent.mode == "reserve"
    expires_at = stores.now + timedelta(minutes=snapshot.policy.reservation_minutes) if soft else None
    if snapshot.stale_capacity:
        stores.ledger.set_capacity(snapshot.stale_capacity, now=stores.now)
    wanted = peg(decided.outcome.plan, snapshot.rows, channel=order.channel, capacity_days=snapshot.days)
    claims = stores.ledger.reserve(order.id, wanted, expires_at=expires_at, now=stores.now)
    stores.orders.put(order, now=stores.now)
    revision = stores.ledger.revision(order.id)
    given = _decision(decided, settings).model_copy(
        update={
            "revision": revision,
            "state": translate.state_word(claims, now=stores.now),
            "expires_at": expires_at,
        }
    )
    kept = StoredDecision(**dict(given), seen=translate.seen(decided.instance, decided.stock))
    stores.decisions.put(order.id, revision, kept.model_dump(mode="json"))
    return answer(given, status=201, headers={"Location": f"/v1/orders/{order.id}"})


def _decision(decided: Decided, settings: Settings) -> Decision:
    snapshot = decided.snapshot
    return translate.decision(
        snapshot.order,
        decided.outcome,
        unfilled=unfilled_lines(decided),
        currency=settings.currency,
        seconds=decided.seconds,
        policy=snapshot.policy.version,
        now=snapshot.now,
    )


def _refuse_second(stores: Stores, order: Order) -> None:
    claims = stores.ledger.claims(order.id)
    if is_live(claims, now=stores.now):
        state = order_state(claims, now=stores.now)
        raise OrderExists(order.id, str(state).replace("_", " "))
