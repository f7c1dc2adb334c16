"""Delivers events: publishes what is new, takes what is due, sends it, writes down what came of it.

No transaction is open while a request is on the wire. Whoever dies between sending and writing leaves the
delivery to be taken again when its lease ends, so an event comes at least once, always under the same id.
Several processes may do this at once. To one endpoint events go in their order as long as it answers; what
failed comes later, behind others.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.events.payloads import off_event
from api.events.service import publish
from api.logs import log
from api.webhooks.posting import NotSent, Poster
from api.webhooks.schedule import EXPIRES_AFTER, OFF_AFTER, next_attempt
from api.webhooks.signing import body_of, signed_headers
from storage.database import Database
from storage.deliveries import DeliveryState, Parcel, Result
from storage.stores import Stores
from storage.unit_of_work import write_together
from storage.webhooks import Endpoint

LEASE = timedelta(seconds=60)
"""How long a delivery belongs to whoever took it; longer than a batch takes."""

BATCH = 20
BATCH_SECONDS = 20.0
"""So many are taken for one endpoint at once; what was not sent after so long is given back."""

GONE = 410

Clock = Callable[[Stores], datetime]


def real_clock(stores: Stores) -> datetime:
    """The database's clock, not the demo's: receivers live in the real world."""
    return stores.real_now


def deliver_due(database: Database, *, private: bool, clock: Clock = real_clock) -> int:
    """One pass over everything that is new or due, one endpoint after another; returns how many were sent.

    Parameters
    ----------
    private
        Private addresses and plain http are allowed.
    clock
        What time it is, for schedules and signatures; by default the database's own.
    """
    while publish(database):
        pass
    endpoints = endpoints_due(database, clock=clock)
    return sum(deliver_to(database, endpoint, private=private, clock=clock) for endpoint in endpoints)


def endpoints_due(database: Database, *, clock: Clock = real_clock) -> Sequence[str]:
    """Endpoints with something to send now."""
    with database.reading() as stores:
        return stores.deliveries.due(now=clock(stores))


def expire_old(database: Database, *, clock: Clock = real_clock) -> int:
    """Give up what has waited too long for endpoints that are off; returns how many."""
    return write_together(
        database, lambda stores: stores.deliveries.expire(before=clock(stores) - EXPIRES_AFTER)
    )


def deliver_to(
    database: Database,
    endpoint: str,
    *,
    private: bool,
    clock: Clock = real_clock,
    ended: Callable[[], bool] = lambda: False,
) -> int:
    """Take a batch for one endpoint, send it and write down what came of it; returns how many were sent.

    The first that fails ends the batch: the others would fail, too, and are given back. So are those that
    were not sent when `ended` turned true.
    """
    lease = secrets.token_hex(8)

    def take(stores: Stores) -> tuple[datetime, Endpoint, Sequence[Parcel]] | None:
        now = clock(stores)
        target = stores.webhooks.get(endpoint)
        if target is None or not target.is_on:
            return None
        until = now + LEASE
        return now, target, stores.deliveries.take(endpoint, lease=lease, until=until, limit=BATCH, now=now)

    taken = write_together(database, take)
    if taken is None or not taken[2]:
        return 0
    now, target, parcels = taken
    sent = _send(target, parcels, private=private, now=now, ended=ended)
    _record(database, target, parcels, sent, lease=lease, clock=clock)
    return len(sent)


@dataclass(frozen=True, slots=True)
class _Sent:
    """What the wire said: a status, or why there is none."""

    status: int | None
    error: str

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def _send(
    target: Endpoint,
    parcels: Sequence[Parcel],
    *,
    private: bool,
    now: datetime,
    ended: Callable[[], bool],
) -> list[_Sent]:
    """Send parcels in their order until one fails or the time is over; at least one."""
    began = time.monotonic()
    sent: list[_Sent] = []
    with Poster(target.url, private=private) as poster:
        for parcel in parcels:
            took = time.monotonic() - began
            if sent and (not sent[-1].is_delivered or took > BATCH_SECONDS or ended()):
                break
            sent.append(_post(poster, target, parcel, at=now + timedelta(seconds=took)))
    return sent


def _post(poster: Poster, target: Endpoint, parcel: Parcel, *, at: datetime) -> _Sent:
    body = body_of(parcel.event)
    headers = signed_headers(parcel.event.id, body, target.secrets(at), at=at)
    try:
        status = poster.post(body, headers)
    except NotSent as error:
        return _Sent(None, str(error))
    except Exception as error:  # whatever it was, it is one failed attempt, and the others go on
        log.warning("webhook_not_sent", webhook=target.id, exc_info=error)
        return _Sent(None, "the service could not send it")
    return _Sent(status, "" if 200 <= status < 300 else f"answered {status}")


def _record(
    database: Database,
    target: Endpoint,
    parcels: Sequence[Parcel],
    sent: Sequence[_Sent],
    *,
    lease: str,
    clock: Clock,
) -> None:
    def write(stores: Stores) -> None:
        now = clock(stores)
        results = [_result(parcel, one, now=now) for parcel, one in zip(parcels, sent, strict=False)]
        stores.deliveries.record(results, lease=lease)
        stores.deliveries.give_back(parcels[len(sent) :], lease=lease)
        if any(one.is_delivered for one in sent) and target.failing_since is not None:
            stores.webhooks.succeeded(target.id)
        if not sent[-1].is_delivered:
            _count_failure(stores, target, sent[-1], now=now)

    write_together(database, write)


def _result(parcel: Parcel, sent: _Sent, *, now: datetime) -> Result:
    state, then = DeliveryState.DELIVERED, None
    if not sent.is_delivered:
        then = next_attempt(parcel.attempt, name=f"{parcel.event.id} {parcel.delivery}", now=now)
        if then is None or sent.status == GONE:
            state, then = DeliveryState.FAILED, None
        else:
            state = DeliveryState.PENDING
    return Result(
        parcel.delivery,
        state=state,
        next_at=then,
        at=now,
        status=sent.status,
        error=sent.error,
    )


def _count_failure(stores: Stores, target: Endpoint, sent: _Sent, *, now: datetime) -> None:
    """Remember since when it fails; turn it off if it is gone, or has failed for days."""
    since = stores.webhooks.failed(target.id, now=now)
    if since is None:  # removed meanwhile
        return
    reason = ""
    if sent.status == GONE:
        reason = f"answered {GONE} Gone"
    elif now - since >= OFF_AFTER:
        reason = f"failed since {since.isoformat(timespec='seconds')}, last: {sent.error}"
    if reason and stores.webhooks.turn_off(target.id, reason):
        stores.outbox.put(off_event(target.id, reason))
        log.warning("webhook_turned_off", webhook=target.id, reason=reason)
