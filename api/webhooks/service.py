"""Makes, changes and removes webhook endpoints; sends tests, replays and repetitions on their way."""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, record, write_once
from api.edge.pages import Asked, Page, number_in, page_of
from api.errors import FieldError, NotFound, Unprocessable, WebhooksFull
from api.events.payloads import event_of_test
from api.settings import Settings
from api.webhooks.addresses import complaint
from api.webhooks.schemas import (
    DeliveryOut,
    ReplayIn,
    ReplayOut,
    WebhookChange,
    WebhookIn,
    WebhookOut,
    delivery_out,
    webhook_out,
    with_secret,
)
from api.webhooks.signing import new_secret
from storage.audit import Act
from storage.database import Database
from storage.deliveries import Delivery, DeliveryState
from storage.stores import Stores
from storage.webhooks import Endpoint

MAX_WEBHOOKS = 50  # every event is delivered to each
MAX_REPLAYED = 10_000
OLD_SECRET_FOR = timedelta(hours=24)


def create(database: Database, settings: Settings, call: Call, sent: WebhookIn) -> Answer:
    """A new endpoint, told of what happens from now on.

    Raises
    ------
    Unprocessable
        A URL that webhooks do not go to.
    WebhooksFull
        There are as many as there may be.
    """

    def write(stores: Stores) -> Answer:
        if stores.webhooks.count() >= MAX_WEBHOOKS:
            raise WebhooksFull(MAX_WEBHOOKS)
        endpoint = Endpoint(
            id=f"whe_{secrets.token_hex(8)}",
            url=sent.url,
            types=tuple(dict.fromkeys(sent.types)),
            secret=new_secret(),
            created_at=stores.real_now,
        )
        stores.webhooks.put(endpoint)
        where = {"Location": f"/v1/webhooks/{endpoint.id}"}
        return answer(with_secret(endpoint), status=201, headers=where)

    _refuse_address(sent.url, settings)
    return _keyed(database, call, write)


def list_webhooks(database: Database, asked: Asked) -> Page[WebhookOut]:
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.webhooks.list(after=after[0] if after else None, limit=asked.limit + 1),
            key=lambda endpoint: (endpoint.id,),
            parts=1,
            show=webhook_out,
        )


def get(database: Database, webhook: str) -> WebhookOut:
    with database.reading() as stores:
        return webhook_out(_known(stores, webhook))


def change(database: Database, settings: Settings, act: Act, webhook: str, sent: WebhookChange) -> WebhookOut:
    """Change URL, types, or whether it is on; turned on, it begins without a history of failures."""
    if sent.url is not None:
        _refuse_address(sent.url, settings)
    with database.writing() as stores:
        endpoint = _known(stores, webhook)
        if sent.url is not None:
            endpoint = replace(endpoint, url=sent.url)
        if sent.types is not None:
            endpoint = replace(endpoint, types=tuple(dict.fromkeys(sent.types)))
        if sent.is_on is not None:
            failing_since = endpoint.failing_since if endpoint.is_on else None
            off_reason = "" if sent.is_on else endpoint.off_reason
            endpoint = replace(endpoint, is_on=sent.is_on, off_reason=off_reason, failing_since=failing_since)
        stores.webhooks.put(endpoint)
        stores.audit.put(act, status=200)
    return webhook_out(endpoint)


def remove(database: Database, act: Act, webhook: str) -> None:
    """Remove it, and what is on its way to it.

    Raises
    ------
    NotFound
        There is no such endpoint, or no longer.
    """
    with database.writing() as stores:
        if not stores.webhooks.remove(webhook):
            raise _unknown(webhook)
        stores.audit.put(act, status=204)


def rotate_secret(database: Database, call: Call, webhook: str) -> Answer:
    """A new secret; the one before signs beside it for a day, so that a receiver can change over."""

    def write(stores: Stores) -> Answer:
        endpoint = _known(stores, webhook)
        endpoint = replace(
            endpoint,
            secret=new_secret(),
            old_secret=endpoint.secret,
            old_secret_until=stores.real_now + OLD_SECRET_FOR,
        )
        stores.webhooks.put(endpoint)
        return answer(with_secret(endpoint))

    return _keyed(database, call, write)


def test(database: Database, call: Call, webhook: str) -> Answer:
    """An event for this endpoint only."""

    def write(stores: Stores) -> Answer:
        endpoint = _known(stores, webhook)
        event = stores.outbox.put(event_of_test(endpoint.id))
        return _shown(stores.deliveries.put(endpoint.id, event, now=stores.real_now), status=202)

    return _keyed(database, call, write)


def replay(database: Database, call: Call, webhook: str, sent: ReplayIn) -> Answer:
    """Send events again, under their own ids.

    Raises
    ------
    Unprocessable
        `until` is not after `since`, or more events happened in that time than are sent again at once; says
        how many.
    """
    if sent.until is not None and sent.until <= sent.since:
        detail = "must be after since"
        raise Unprocessable(
            f"/until: {detail}", [FieldError("/until", detail)], fix="Send a later until, or leave it out"
        )

    def write(stores: Stores) -> Answer:
        endpoint = _known(stores, webhook)
        types = sent.types or list(endpoint.types)
        found = stores.deliveries.matching(since=sent.since, until=sent.until, types=types)
        if found > MAX_REPLAYED:
            detail = f"{found:,} events happened in that time; at most {MAX_REPLAYED:,} are sent at once"
            raise Unprocessable(
                f"/since: {detail}; nothing was sent",
                [FieldError("/since", detail)],
                fix="Ask for less time with since and until, or for fewer types",
            )
        stores.deliveries.replay(
            endpoint.id, since=sent.since, until=sent.until, types=types, now=stores.real_now
        )
        return answer(ReplayOut(events=found), status=202)

    return _keyed(database, call, write)


def list_deliveries(
    database: Database, webhook: str, asked: Asked, *, state: DeliveryState | None
) -> Page[DeliveryOut]:
    """Newest first."""
    with database.reading() as stores:
        _known(stores, webhook)
        return page_of(
            asked,
            lambda after: stores.deliveries.list(
                webhook,
                state=state,
                before=number_in(after) if after else None,
                limit=asked.limit + 1,
            ),
            key=lambda delivery: (str(delivery.id),),
            parts=1,
            show=delivery_out,
        )


def retry(database: Database, call: Call, webhook: str, delivery: str) -> Answer:
    """Send one again now, with the whole schedule before it.

    Raises
    ------
    NotFound
        No such delivery to this endpoint.
    """
    number = int(delivery[4:]) if re.fullmatch(r"dlv_[0-9]{1,18}", delivery) else 0

    def write(stores: Stores) -> Answer:
        _known(stores, webhook)
        stores.deliveries.retry(webhook, number, now=stores.real_now)
        found = stores.deliveries.get(webhook, number)
        if found is None:
            raise NotFound(
                f"there is no delivery {delivery} to webhook {webhook}",
                fix=f"See /v1/webhooks/{webhook}/deliveries",
            )
        return _shown(found, status=202)

    return _keyed(database, call, write)


def _keyed(database: Database, call: Call, write: Callable[[Stores], Answer]) -> Answer:
    return write_once(database, call, lambda stores: record(stores, call, write(stores)))


def _shown(delivery: Delivery, *, status: int) -> Answer:
    return answer(delivery_out(delivery), status=status)


def _known(stores: Stores, webhook: str) -> Endpoint:
    endpoint = stores.webhooks.get(webhook)
    if endpoint is None:
        raise _unknown(webhook)
    return endpoint


def _unknown(webhook: str) -> NotFound:
    return NotFound(f"there is no webhook {webhook}", fix="See /v1/webhooks, or make it with a POST there")


def _refuse_address(url: str, settings: Settings) -> None:
    why = complaint(url, private=settings.webhooks_may_be_private)
    if why:
        raise Unprocessable(
            f"/url: {why}",
            [FieldError("/url", why, allowed="https:// and a public host", value=url[:200])],
            fix="Give an https address on the public internet, or set webhook_private_targets for receivers "
            "in your own network",
        )
