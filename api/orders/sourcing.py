"""Quote, shadow, reserve and commit: loads a snapshot, decides, and (if it is to be kept) writes it whole."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, ensure_first, once, record
from api.errors import OrderExists, Unprocessable
from api.events.payloads import order_event
from api.orders import baselines, translate
from api.orders.answers import Decision
from api.orders.backorders import Backordering, backorder, waiting_for_the_rest
from api.orders.conflict_answers import Infeasible
from api.orders.conflicts import conflict_of
from api.orders.deciding import Decided, Degraded, Snapshot, decide, decide_by_rule, take_snapshot
from api.orders.keeping import keep_decision
from api.orders.memory import Recalled
from api.orders.price_book_answers import price_book_out
from api.orders.schemas import OrderIn
from api.orders.telling import because, count, tell
from api.orders.terms import Terms
from api.orders.unfilled import unfilled_lines
from api.orders.unservable import Unservable, is_servable, refuse_unservable
from api.settings import Settings
from fulfillment.events import EventType
from fulfillment.ids import OrderId
from fulfillment.ledger.order_state import is_live, order_state
from storage.database import Database
from storage.deadlines import finished_by
from storage.errors import StorageUnavailable
from storage.stores import Stores
from storage.unit_of_work import decide_and_write

PATIENT = Terms()


def quote(database: Database, settings: Settings, sent: OrderIn, terms: Terms = PATIENT) -> Answer:
    """What would be decided now. Writes nothing, holds nothing.

    If the database does not answer in time, what this process last read of it is decided on, by a rule.
    """
    as_of: datetime | None = None
    try:
        with finished_by(terms.reading), database.reading() as stores:
            snapshot = _read(stores, sent, terms)
    except StorageUnavailable:
        recalled = _recall(sent, terms)
        if recalled is None:
            raise
        decided, as_of = decide_by_rule(recalled.snapshot, Degraded.DATABASE_AWAY), recalled.as_of
        count(decided, terms)
    else:
        decided = _decide(snapshot, sent, settings, terms, last=False)
    backordering = _backorder(decided, sent)
    given = _decision(decided, backordering, settings, as_of=as_of)
    if not is_servable(decided, backordering) and as_of is None:
        given = given.model_copy(update={"infeasible": _conflict(decided, sent, settings, terms)})
    given, _ = baselines.compare(given, decided, sent)
    tell(given, decided, attempts=1)
    return answer(given)


def shadow(
    database: Database, settings: Settings, call: Call, sent: OrderIn, terms: Terms = PATIENT
) -> Answer:
    """What would be decided now, and what the OMS's choice costs beside it, which is kept. Holds nothing.

    The latest comparison of an order is the one that counts.
    """
    made: list[tuple[Decision, Decided]] = []

    def read(stores: Stores) -> Snapshot:
        ensure_first(stores, call)
        return _read(stores, sent, terms)

    def decide_anew(snapshot: Snapshot, *, last: bool) -> Decided:
        return _decide(snapshot, sent, settings, terms, last=last)

    def write(stores: Stores, decided: Decided) -> Answer:
        given = _decision(decided, _backorder(decided, sent), settings)
        given, row = baselines.compare(given, decided, sent)
        baselines.keep(stores, row)
        made.append((given, decided))
        return record(stores, call, answer(given), subject=given.id)

    def run() -> Answer:
        done = decide_and_write(database, read=read, decide=decide_anew, write=write)
        tell(*made[-1], attempts=len(made))
        return done

    with finished_by(terms.deadline):
        return once(database, call, run)


def reserve(
    database: Database, settings: Settings, call: Call, sent: OrderIn, terms: Terms = PATIENT
) -> Answer:
    """Decide and hold the plan's units: soft with an expiry, or firm in mode `commit`.

    Raises
    ------
    OrderExists
        The order holds units already.
    Infeasible
        There is stock, and demands of the order and the policy exclude each other.
    NothingToServe
        No unit can be served, or not all of an order that is to be filled whole.
    NoRoomToday
        The same, although there is stock: the nodes' day is full.
    InsufficientStock, CapacityFull
        Others were faster, to the last attempt.
    """
    attempts: list[Decided] = []
    granted: list[Decision] = []

    def read(stores: Stores) -> Snapshot:
        ensure_first(stores, call)
        order = OrderId(sent.id)
        revision = stores.ledger.revision(order)
        if revision:
            _refuse_second(stores, order)
        return replace(_read(stores, sent, terms), revision=revision)

    def decide_servable(snapshot: Snapshot, *, last: bool) -> Decided:
        decided = _decide(snapshot, sent, settings, terms, last=last)
        attempts.append(decided)
        if not is_servable(decided, backordering := _backorder(decided, sent)):
            raise Unservable(decided, backordering)
        return decided

    def write(stores: Stores, decided: Decided) -> Answer:
        # A node may have been turned off, or its day cut, while we decided.
        stores.catalog.expect_version(decided.snapshot.version)
        given = _write(stores, decided, sent, settings)
        granted[:] = [given]
        headers = {"Location": f"/v1/orders/{given.id}"}
        return record(stores, call, answer(given, status=201, headers=headers), subject=given.id)

    def run() -> Answer:
        done = decide_and_write(database, read=read, decide=decide_servable, write=write)
        tell(granted[0], attempts[-1], attempts=len(attempts))
        if terms.counts:
            terms.counts.reserved(attempts=len(attempts))
        return done

    try:
        with finished_by(terms.deadline):
            return once(database, call, run)
    except Unservable as found:  # no transaction is open here
        conflict = _conflict(found.decided, sent, settings, terms)
        refuse_unservable(found.decided, found.backordering, conflict)


def _read(stores: Stores, sent: OrderIn, terms: Terms) -> Snapshot:
    order = translate.order_from(sent, now=stores.now)
    network = stores.catalog.network()
    translate.refuse_unknown(order, network)
    baselines.refuse_odd(sent, order, network)
    snapshot = take_snapshot(stores, order, network)
    if terms.memory:
        terms.memory.keep(snapshot, policy_at=stores.catalog.policy_at())
    return snapshot


def _recall(sent: OrderIn, terms: Terms) -> Recalled | None:
    known = terms.memory.network() if terms.memory else None
    if terms.memory is None or known is None:
        return None
    network, now = known
    order = translate.order_from(sent, now=now)
    if order.destination.zone not in network.zones:  # it may be new since
        return None
    if order.service is not None and not translate.offers(network, order.service):  # so may this
        return None
    try:
        baselines.refuse_odd(sent, order, network)
    except Unprocessable:  # so may be what it names
        return None
    return terms.memory.recall(order)


def _decide(snapshot: Snapshot, sent: OrderIn, settings: Settings, terms: Terms, *, last: bool) -> Decided:
    with terms.counts.span("decide") if terms.counts else nullcontext():
        decided = _decide_once(snapshot, sent, settings, terms, last=last)
        if sent.baseline is not None and snapshot.prices is not None:
            # The report tells what prices are worth: so the order is decided without them, too.
            without = _decide_once(replace(snapshot, book=None), sent, settings, terms, last=last)
            decided = replace(decided, unpriced=without)
    count(decided, terms)
    return decided


def _decide_once(
    snapshot: Snapshot, sent: OrderIn, settings: Settings, terms: Terms, *, last: bool
) -> Decided:
    decided = decide(snapshot, limits=sent.limits, seconds=terms.seconds(settings), fast=last)
    return waiting_for_the_rest(decided) if sent.allow_backorder else decided


def _write(stores: Stores, decided: Decided, sent: OrderIn, settings: Settings) -> Decision:
    snapshot = decided.snapshot
    order = snapshot.order
    soft = sent.mode == "reserve"
    expires_at = stores.now + timedelta(minutes=snapshot.policy.reservation_minutes) if soft else None
    backordering = _backorder(decided, sent)
    wanted = (*decided.wanted, *backordering.wanted)
    claims = stores.ledger.reserve(
        order.id,
        wanted,
        expires_at=expires_at,
        now=stores.now,
        revision=snapshot.revision,
        days=snapshot.undeclared(wanted),
    )
    stores.orders.put(order, now=stores.now)
    revision = stores.ledger.revision(order.id)
    given = _decision(decided, backordering, settings).model_copy(
        update={
            "revision": revision,
            "state": translate.state_word(claims, now=stores.now),
            "expires_at": expires_at,
        }
    )
    given, row = baselines.compare(given, decided, sent)
    baselines.keep(stores, row)
    keep_decision(stores, given, decided)
    stores.outbox.put(
        order_event(
            EventType.ORDER_RESERVED if soft else EventType.ORDER_COMMITTED,
            order.id,
            claims,
            revision=revision,
            state=given.state,
            channel=order.channel,
            expires_at=expires_at,
            unfilled_units=given.unfilled_units,
        )
    )
    return given


def _conflict(decided: Decided, sent: OrderIn, settings: Settings, terms: Terms) -> Infeasible | None:
    return conflict_of(
        decided,
        allow_backorder=sent.allow_backorder,
        currency=settings.currency,
        seconds=terms.seconds(settings),
    )


def _backorder(decided: Decided, sent: OrderIn) -> Backordering:
    return backorder(decided, unfilled_lines(decided), allowed=sent.allow_backorder)


def _decision(
    decided: Decided, backordering: Backordering, settings: Settings, *, as_of: datetime | None = None
) -> Decision:
    snapshot = decided.snapshot
    return translate.decision(
        snapshot.order,
        decided.outcome,
        backordering=backordering,
        currency=settings.currency,
        seconds=decided.seconds,
        policy=snapshot.policy.version,
        now=snapshot.now,
        degraded_because=because(decided, as_of=as_of),
        as_of=as_of,
        leaves_on=decided.waits.ready if decided.waits is not None else None,
        price_book=price_book_out(snapshot, is_recalled=as_of is not None),
    )


def _refuse_second(stores: Stores, order: OrderId) -> None:
    claims = stores.ledger.claims(order)
    if is_live(claims, now=stores.now):
        state = order_state(claims, now=stores.now)
        raise OrderExists(order, str(state).replace("_", " "))
