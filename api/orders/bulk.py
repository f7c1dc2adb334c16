"""Many orders, or many moves of orders, in one call: each its own transaction with its own answer.

The work outlives one transaction, so the call holds a lease of its key; each item has a key derived from it,
so that whoever takes the lease over after a crash gives no item a second effect.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from api.edge.answers import Answer
from api.edge.idempotency import Call, Lease, held, part
from api.orders.bulk_schemas import BulkMovesIn, BulkOrdersIn
from api.orders.items import ItemAnswer, move_item, source_item
from api.settings import Settings
from storage.database import Database
from storage.errors import StorageUnavailable


def source_all(
    database: Database, settings: Settings, call: Call, sent: BulkOrdersIn, *, request_id: str
) -> Answer:
    """Every order as by `POST /v1/orders`, one after the other: higher tiers first, of one tier as sent."""
    return _each(
        database,
        settings,
        call,
        sent.orders,
        sorted(range(len(sent.orders)), key=lambda index: -_tier(sent.orders[index])),
        lambda item, of_item: source_item(database, settings, of_item, item, request_id=request_id),
    )


def move_all(
    database: Database, settings: Settings, call: Call, sent: BulkMovesIn, *, request_id: str
) -> Answer:
    """Every move as by the address of its verb, one after the other."""
    return _each(
        database,
        settings,
        call,
        sent.moves,
        range(len(sent.moves)),
        lambda item, of_item: move_item(database, of_item, item, request_id=request_id),
    )


def _each(
    database: Database,
    settings: Settings,
    call: Call,
    items: Sequence[Mapping[str, Any]],
    turns: Sequence[int],
    do: Callable[[Mapping[str, Any], Call], ItemAnswer],
) -> Answer:
    """`turns` are the numbers of the items as they are done; answered they are as sent."""
    shown: dict[int, str] = {}

    def run(lease: Lease) -> Answer:
        for index in turns:
            lease.keep()
            given = do(items[index], part(call, index, items[index]))
            # The body is JSON already; to read it and write it again would only take time.
            shown[index] = f'{{"index":{index},"status":{given.status},"body":{given.body}}}'
        return Answer(200, f'{{"results":[{",".join(shown[index] for index in sorted(shown))}]}}')

    # An item is decided at most three times and once told why it cannot be, and waits for others in between.
    seconds = settings.lease_seconds + 4 * settings.solve_milliseconds / 1000
    try:
        return held(database, call, run, seconds=seconds)
    except StorageUnavailable as error:
        if not shown:  # its own words are true then
            raise
        raise _half_way(list(shown), len(items)) from error


def _tier(sent: Mapping[str, Any]) -> int:
    """Of an order that is read when it is its turn, and refused then if this is no tier."""
    tier = sent.get("tier", 0)
    return tier if isinstance(tier, int) else 0


def _half_way(done: list[int], of: int) -> StorageUnavailable:
    last = max(done)
    if sorted(done) != list(range(last + 1)):
        which = f"{len(done)} of {of} items, those of the highest tiers, are"
    else:
        which = f"items 0 to {last} of {of} are" if last else f"item 0 of {of} is"
    return StorageUnavailable(
        f"the database went away in the middle of the work: {which} done, and what they wrote stays",
        fix="Repeat the call with the same Idempotency-Key and the same body: it goes on there",
    )
