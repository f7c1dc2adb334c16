"""Reassigning: orders are sourced again, as the caller says or as is decided anew, in one atomic step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, ensure_first, once, record
from api.errors import FieldError, UnknownNames
from api.orders import translate
from api.orders.answers import Reassigned
from api.orders.backorders import backorder
from api.orders.deciding import Decided, decide, take_snapshot
from api.orders.keeping import keep_decision, leaves_on
from api.orders.lifecycle import event_of, read_order, stored_order
from api.orders.moving import (
    Free,
    Movable,
    as_held,
    may_share,
    movable_claims,
    movable_part,
    net_change,
    network_as_held,
    stay,
)
from api.orders.price_book_answers import price_book_out
from api.orders.schemas import ChangeIn, LimitsIn, ReassignIn, ReassignmentsIn, WantedIn
from api.orders.unfilled import unfilled_lines
from api.orders.wanting import wanted_rows
from api.settings import Settings
from fulfillment.errors import RevisionConflict, UnknownReference
from fulfillment.events import EventType
from fulfillment.ids import OrderId
from fulfillment.ledger.protocol import Reassignment, Wanted
from fulfillment.network import Network
from fulfillment.supply import CapacityKey, CapacityRow
from storage.database import Database
from storage.stores import Stores
from storage.unit_of_work import decide_and_write


@dataclass(frozen=True, slots=True)
class Asked:
    """One order to be reassigned: as `wanted`, or decided again; `where` points at it in the request."""

    order: OrderId
    revision: int | None
    wanted: tuple[WantedIn, ...] | None
    where: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    """What shall be written: for each order its net change, if any, and why."""

    orders: tuple[Movable, ...]
    changes: tuple[Reassignment, ...]
    moved: int
    decided: tuple[Decided, ...] = ()


def reassign_order(
    database: Database, settings: Settings, call: Call, order: str, sent: ReassignIn | None
) -> Answer:
    """One order. See `reassign`."""
    sent = sent or ReassignIn()
    wanted = tuple(sent.wanted) if sent.wanted is not None else None
    return reassign(database, settings, call, [Asked(OrderId(order), sent.revision, wanted)])


def reassign_orders(database: Database, settings: Settings, call: Call, sent: ReassignmentsIn) -> Answer:
    """Several orders in one step. See `reassign`."""
    asked = [Asked(OrderId(order), None, None) for order in sent.orders or ()]
    asked += [_asked(change, index) for index, change in enumerate(sent.changes or ())]
    return reassign(database, settings, call, asked)


def reassign(database: Database, settings: Settings, call: Call, asked: Sequence[Asked]) -> Answer:
    """Peg what can move of some orders anew: all of it in one step, checked on the net change, or nothing.

    Raises
    ------
    NotFound
        An order was never seen.
    IllegalTransition
        Nothing of an order, or of a line named, can move.
    RevisionConflict
        An order has changed since the revision named.
    UnknownNames, Unprocessable, InvalidInput
        What is wanted names lines, nodes or services that do not fit, or other numbers of units.
    InsufficientStock, CapacityFull
        The rows wanted do not have the units, all changes together.
    """

    def read(stores: Stores) -> list[Movable]:
        ensure_first(stores, call)
        network = stores.catalog.network()
        return [_read(stores, network, one) for one in asked]

    def decide_step(orders: list[Movable], *, last: bool) -> _Step:
        if any(one.wanted is not None for one in asked):
            return _as_wanted(orders, asked)
        return _decide_again(orders, settings, fast=last)

    def write(stores: Stores, step: _Step) -> Answer:
        ensure_first(stores, call)
        stores.catalog.expect_version(step.orders[0].snapshot.version)
        return record(stores, call, _write(stores, step, settings))

    return once(
        database, call, lambda: decide_and_write(database, read=read, decide=decide_step, write=write)
    )


def _asked(change: ChangeIn, index: int) -> Asked:
    return Asked(OrderId(change.order), change.revision, tuple(change.wanted), f"/changes/{index}")


def _read(stores: Stores, network: Network, asked: Asked) -> Movable:
    claims = stores.ledger.claims(asked.order)  # first: what changes after it is refused
    order = stored_order(stores, asked.order).order
    revision = stores.ledger.revision(asked.order)
    if asked.revision is not None and asked.revision != revision:
        raise RevisionConflict(asked.order, asked.revision, revision)
    part = movable_part(order, claims, now=stores.now)
    lines = [line.id for line in order.lines]
    errors = list(_unknown(asked, lines))
    if errors:
        raise UnknownNames(errors[0].detail, errors, fix="Name lines of the order")
    movable = movable_claims(claims, now=stores.now)
    held = network_as_held(network, part, movable)
    waits = leaves_on(stores, asked.order, claims) is not None
    return Movable(revision, movable, take_snapshot(stores, part, held), waits)


def _unknown(asked: Asked, lines: Sequence[str]) -> Iterator[FieldError]:
    for index, want in enumerate(asked.wanted or ()):
        if want.line not in lines:
            detail = UnknownReference("order line", want.line, lines).detail
            yield FieldError(f"{asked.where}/wanted/{index}/line", detail, ", ".join(lines[:20]), want.line)


def _as_wanted(orders: Sequence[Movable], asked: Sequence[Asked]) -> _Step:
    """The caller's own choice: rows are chosen for it, and whether they have the units the ledger says."""
    free = Free(orders)
    for movable in orders:
        free.give_back(movable)
    changes: list[Reassignment] = []
    moved = 0
    for movable, one in zip(orders, asked, strict=True):
        rows = wanted_rows(movable, one.wanted or (), free, where=one.where)
        wanted = movable.snapshot.keeping(rows)
        free.take(wanted)
        named = {want.line for want in wanted}
        part = Movable(
            movable.revision,
            tuple(claim for claim in movable.claims if claim.line in named),
            movable.snapshot,
        )
        changes.append(Reassignment(one.order, movable.revision, wanted))
        moved += net_change(part, wanted)[1]
    return _Step(tuple(orders), tuple(changes), moved)


def _decide_again(orders: Sequence[Movable], settings: Settings, *, fast: bool) -> _Step:
    """One order after the other: each may use what is free and what it holds itself.

    With several orders there is another way: all let go first, so that two can swap their last units. It is
    taken where it serves everybody whole, and better.
    """
    solve = partial(decide, limits=LimitsIn(), seconds=settings.solve_milliseconds / 1000, fast=fast)
    careful = Free(orders)
    steps: list[tuple[Decided, tuple[Wanted, ...]]] = []
    for movable in orders:
        careful.give_back(movable)
        decided = solve(careful.seen_by(movable))
        planned = decided.wanted
        staying = stay(movable, planned)
        can_stay = staying is not None and may_share(decided, staying) and not (movable.waits and staying)
        wanted = (*planned, *(staying or ())) if can_stay else as_held(movable)
        careful.take(wanted)
        steps.append((decided, wanted))
    if len(orders) > 1:
        swapping = Free(orders)
        for movable in orders:
            swapping.give_back(movable)
        others: list[tuple[Decided, tuple[Wanted, ...]]] = []
        for movable in orders:
            decided = solve(swapping.seen_by(movable))
            planned = decided.wanted
            swapping.take(planned)
            others.append((decided, planned))
        if _worth(others)[0] == 0 and _worth(others) < _worth(steps):
            steps = others
    changes: list[Reassignment] = []
    reasons: list[Decided] = []
    moved = 0
    for movable, (decided, wanted) in zip(orders, steps, strict=True):
        change, units = net_change(movable, wanted)
        if change is not None:
            changes.append(change)
            reasons.append(decided)
            moved += units
    return _Step(tuple(orders), tuple(changes), moved, tuple(reasons))


def _worth(steps: Sequence[tuple[Decided, tuple[Wanted, ...]]]) -> tuple[int, int]:
    """Units no plan serves, then what the plans cost; less is better."""
    plans = [decided.outcome.plan for decided, _ in steps]
    return sum(plan.unfilled_units for plan in plans), sum(plan.objective for plan in plans)


def _write(stores: Stores, step: _Step, settings: Settings) -> Answer:
    if step.changes:
        moved = stores.ledger.reassign(step.changes, now=stores.now, days=_undeclared(step))
        for order, claims in groupby(moved, key=lambda claim: claim.order):
            out = read_order(stores, order)
            stores.outbox.put(event_of(EventType.ORDER_REASSIGNED, out, list(claims)))
    for decided in step.decided:
        _keep(stores, decided, settings)
    orders = [read_order(stores, movable.snapshot.order.id) for movable in step.orders]
    return answer(Reassigned(moved=step.moved, orders=orders))


def _undeclared(step: _Step) -> list[CapacityRow]:
    """Days and slots to be declared before they are used, each once."""
    stale: dict[CapacityKey, CapacityRow] = {}
    for movable in step.orders:
        stale |= movable.snapshot.stale_capacity
    used = {want.capacity for change in step.changes for want in change.wanted}
    return [row for key, row in stale.items() if key in used]


def _keep(stores: Stores, decided: Decided, settings: Settings) -> None:
    """The decision on the part that could move; units it does not serve stay where they were."""
    order = decided.snapshot.order
    revision = stores.ledger.revision(order.id)
    claims = stores.ledger.claims(order.id)
    given = translate.decision(
        order,
        decided.outcome,
        backordering=backorder(decided, unfilled_lines(decided), allowed=False),
        currency=settings.currency,
        seconds=decided.seconds,
        policy=decided.snapshot.policy.version,
        now=decided.snapshot.now,
        leaves_on=leaves_on(stores, order.id, claims),
        price_book=price_book_out(decided.snapshot),
    ).model_copy(
        update={
            "revision": revision,
            "state": translate.state_word(claims, now=stores.now),
        }
    )
    keep_decision(stores, given, decided)
