"""Publishes what is new, and reads the feed."""

from api.edge.pages import Asked, decode_cursor, encode_cursor, number_in
from api.events.schemas import EventPage, event_out
from storage.database import Database
from storage.stores import Stores
from storage.unit_of_work import write_together

PUBLISHED_AT_ONCE = 500


def publish(database: Database) -> int:
    """Give new events their sequence and every endpoint that is on its deliveries; returns how many.

    Both in one transaction, so an event is told once to each. Nothing is written if nothing is new.
    """
    with database.reading() as stores:
        if not stores.outbox.has_unpublished():
            return 0
    return write_together(database, _publish)


def read_feed(database: Database, asked: Asked) -> EventPage:
    """Events behind the cursor. What is committed and not published yet is published first.

    Raises
    ------
    Unprocessable
        The cursor is not one that the feed gave out.
    """
    key = decode_cursor(asked.cursor, parts=1)
    after = number_in(key) if key else 0
    publish(database)
    with database.reading() as stores:
        found = stores.outbox.after(after, limit=asked.limit + 1)
    shown = found[: asked.limit]
    last = shown[-1].sequence if shown else after
    return EventPage(
        items=[event_out(event) for event in shown],
        next_cursor=encode_cursor([str(last)]),
        more=len(found) > len(shown),
    )


def _publish(stores: Stores) -> int:
    before, last = stores.outbox.publish(limit=PUBLISHED_AT_ONCE)
    if last > before:
        endpoints = [endpoint for endpoint in stores.webhooks.list() if endpoint.is_on]
        stores.deliveries.fan_out(endpoints, first=before + 1, last=last, now=stores.real_now)
    return last - before
