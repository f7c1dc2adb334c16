"""Takes messages of stock feeds: loads what is known, asks what the message does, writes that, answers."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, ensure_first, once, record
from api.edge.pages import Asked, Page, page_of
from api.errors import FieldError, NotFound, UnknownNames, Unprocessable
from api.events.payloads import shortfall_event
from api.stock_feeds import translate
from api.stock_feeds.schemas import DeltasIn, FeedIn, FeedOut, SnapshotIn
from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.feeds.applying import RowChange, Taken, moved_by_others, note_of, take
from fulfillment.feeds.messages import Message, Snapshot
from fulfillment.ids import NodeId
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Shortfall
from fulfillment.supply import SupplyKey
from storage.audit import Act
from storage.database import Database
from storage.deadlines import long_work
from storage.feeds import StoredFeed, opened
from storage.stores import Stores

CLOCKS_DIFFER = timedelta(minutes=5)
"""By so much the clock of a till may be ahead."""


def declare(database: Database, act: Act, name: str, sent: FeedIn) -> FeedOut:
    """Say whose stock a feed tells; said again, its nodes become these.

    Raises
    ------
    UnknownNames
        Nodes that were never imported.
    InvalidInput
        Another pool or first sequence for a feed of which messages have come, or stock that another feed
        tells where one of the two has sent full snapshots.
    """
    with database.writing() as stores:
        _refuse_unknown_nodes(stores, sent.nodes)
        nodes = [NodeId(node) for node in sent.nodes]
        known = stores.feeds.get(name)
        if known is None and not sent.nodes:
            detail = "is empty, and the feed is not known"
            raise Unprocessable(
                f"/nodes: {detail}", [FieldError("/nodes", detail)], fix="Name the nodes it tells of"
            )
        if known is None or known.messages == 0:
            feed = opened(name, nodes=nodes, pool=sent.pool, first_sequence=sent.first_sequence)
        else:
            _refuse_another(known, sent)
            feed = replace(known, nodes=tuple(nodes))
        _refuse_zeroing(stores, feed)
        stores.feeds.put(feed)
        stores.audit.put(act, status=200)
        return _out(stores, feed)


def receive(database: Database, call: Call, name: str, sent: SnapshotIn | DeltasIn) -> Answer:
    """Take one message: applied, or acknowledged without effect.

    Raises
    ------
    NotFound
        The feed was never declared.
    UnknownNames
        Skus that were never imported, or nodes that the feed does not tell of.
    Unprocessable
        A row without a node, or counted twice, or an instant to come.
    InvalidInput
        A full snapshot of stock that another feed tells too.
    FeedBehind
        More has come behind a gap than is kept.
    """

    def run() -> Answer:
        with long_work(), database.writing() as stores:
            ensure_first(stores, call)
            feed = _get(stores, name)
            _refuse_future(stores, sent)
            message = translate.message(feed, sent, skus=stores.catalog.network().skus)
            if isinstance(message, Snapshot) and message.full:
                _refuse_full(stores, feed)
            taken, known = _take(stores, feed, message)
            short = _adjust(stores, feed, message, taken.changes)
            if short:
                stores.outbox.put(shortfall_event(short))
            if taken.state != feed.state:
                feed = _remember(stores, feed, message, taken, known)
            return record(stores, call, answer(translate.acknowledged(feed, message, taken, short)))

    return once(database, call, run)


def get_feed(database: Database, name: str) -> FeedOut:
    with database.reading() as stores:
        return _out(stores, _get(stores, name))


def list_feeds(database: Database, asked: Asked) -> Page[FeedOut]:
    """Feeds by id."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.feeds.list(after=after[0] if after else None, limit=asked.limit + 1),
            key=lambda feed: (feed.id,),
            parts=1,
            show=lambda feed: _out(stores, feed),
        )


def _take(stores: Stores, feed: StoredFeed, message: Message) -> tuple[Taken, set[SupplyKey]]:
    """What the message does, and the rows of which something was remembered."""
    full = isinstance(message, Snapshot) and message.full
    skus = None if full else {key.sku for key in message.rows}
    memory = stores.feeds.memory(feed, skus)
    books = stores.feeds.held(feed, skus)
    remembered = {key for key in memory if key.node in feed.nodes}
    keys = {*message.rows, *books, *remembered} if full else set(message.rows)
    moved = {}
    if isinstance(message, Snapshot):
        since = stores.entries.moved_since(keys, message.at)
        moved = {key: moved_by_others(entries, feed=feed.id) for key, entries in since.items()}
    held = {key: books.get(key, 0) for key in keys}
    return take(feed.id, feed.state, message, held=held, memory=memory, moved=moved), set(memory)


def _adjust(
    stores: Stores, feed: StoredFeed, message: Message, changes: Sequence[RowChange]
) -> Sequence[Shortfall]:
    """Book what changes: as counts, or as corrections by differences."""
    note = note_of(feed.id, message.sequence)
    counted = isinstance(message, Snapshot)
    facts = [
        Adjustment(change.key, AdjustKind.COUNT, change.after, note)
        if counted
        else Adjustment(change.key, AdjustKind.CORRECTION, change.after - change.before, note)
        for change in changes
        if change.after != change.before
    ]
    return stores.ledger.adjust(facts, now=stores.now) if facts else ()


def _remember(
    stores: Stores, feed: StoredFeed, message: Message, taken: Taken, known: set[SupplyKey]
) -> StoredFeed:
    come = replace(
        feed,
        state=taken.state,
        messages=feed.messages + 1,
        rows_applied=feed.rows_applied + len(taken.changes),
        last_at=max(message.at, feed.last_at or message.at),
        last_received_at=stores.now,
    )
    return stores.feeds.remember(come, taken.changes, sequence=message.sequence, known=known)


def _out(stores: Stores, feed: StoredFeed) -> FeedOut:
    return translate.feed_out(feed, owed=stores.feeds.owed(feed.id))


def _get(stores: Stores, name: str) -> StoredFeed:
    feed = stores.feeds.get(name)
    if feed is None:
        names = [known.id for known in islice(stores.feeds.list(after=None, limit=1_000), 1_000)]
        raise NotFound(
            UnknownReference("stock feed", name, names).detail,
            fix=f"Declare it with PUT /v1/stock-feeds/{name}, or correct its id",
        )
    return feed


def _refuse_another(known: StoredFeed, sent: FeedIn) -> None:
    for field, was, new in (
        ("pool", known.pool, sent.pool),
        ("first_sequence", known.first_sequence, sent.first_sequence),
    ):
        if was != new:
            raise InvalidInput(
                f"stock feed {known.id} has {field} {was}, and messages of it have come",
                pointer=f"/{field}",
                fix="Declare another feed",
            )


def _refuse_zeroing(stores: Stores, feed: StoredFeed) -> None:
    """A full snapshot says zero for all it does not name: two feeds of one stock would undo each other."""
    for other, node in _beside(stores, feed):
        full = next((one for one in (feed, other) if one.state.covered >= one.first_sequence), None)
        if full is not None:
            raise InvalidInput(
                f"stock feed {other.id} tells the stock of {node} in pool {feed.pool} too, and {full.id} has "
                "sent a full snapshot, which says zero for every sku that it does not name",
                pointer="/nodes",
                fix=f"Take {node} out of the nodes of {other.id} first, or declare another pool",
            )


def _refuse_full(stores: Stores, feed: StoredFeed) -> None:
    for other, node in _beside(stores, feed):
        raise InvalidInput(
            f"stock feed {other.id} tells the stock of {node} in pool {feed.pool} too: a full snapshot would "
            "say zero for what that feed has told",
            pointer="/full",
            fix=f"Send the snapshot without full, or take {node} out of the nodes of {other.id}",
        )


def _beside(stores: Stores, feed: StoredFeed) -> Iterator[tuple[StoredFeed, NodeId]]:
    """Other feeds of the same pool, each with the first node that both tell of."""
    after: str | None = None
    while found := stores.feeds.list(after=after, limit=1_000):
        after = found[-1].id
        for other in found:
            shared = sorted(set(other.nodes) & set(feed.nodes))
            if other.id != feed.id and other.pool == feed.pool and shared:
                yield other, shared[0]


def _refuse_unknown_nodes(stores: Stores, nodes: Sequence[str]) -> None:
    known = sorted(stores.catalog.network().nodes)
    errors = [
        FieldError(f"/nodes/{index}", UnknownReference("node", node, known).detail, value=node)
        for index, node in enumerate(nodes)
        if node not in known
    ]
    if errors:
        raise UnknownNames(errors[0].detail, errors, fix="Import it first, or correct its id")


def _refuse_future(stores: Stores, sent: SnapshotIn | DeltasIn) -> None:
    if sent.at > stores.now + CLOCKS_DIFFER:
        detail = f"is {sent.at.isoformat()}; here it is {stores.now.isoformat()}"
        raise Unprocessable(
            f"/at: {detail}",
            [FieldError("/at", detail, allowed="an instant that has come")],
            fix="Send the instant at which it was counted or told, and set the sender's clock",
        )
