"""Messages of stock feeds between the wire and the words of `fulfillment`. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from api.errors import FieldError, UnknownNames, Unprocessable
from api.stock_feeds.schemas import (
    Acknowledged,
    CountedRow,
    DeltasIn,
    FeedOut,
    Missing,
    MovedRow,
    SnapshotIn,
)
from fulfillment.errors import UnknownReference
from fulfillment.feeds.applying import Taken
from fulfillment.feeds.messages import Deltas, Message, Snapshot
from fulfillment.ids import NodeId, SkuId
from fulfillment.kits import without_stock
from fulfillment.ledger.protocol import Shortfall
from fulfillment.skus import Sku
from fulfillment.supply import SupplyKey
from storage.feeds import StoredFeed

SHOWN_GAPS = 100
SUGGESTED = 100  # so many unknown names get the nearest known one, which takes a look at all of them


def message(feed: StoredFeed, sent: SnapshotIn | DeltasIn, *, skus: Mapping[SkuId, Sku]) -> Message:
    """The message that was sent, its rows by key; deltas of one row are added up.

    Raises
    ------
    UnknownNames
        Skus that were never imported, or nodes that the feed does not tell of.
    Unprocessable
        A kit, which has no stock; a row without a node where the feed has several; one counted twice.
    """
    unknown = list(_unknown(feed, sent.rows, skus))
    if unknown:
        raise UnknownNames(unknown[0].detail, unknown, fix="Import the sku, or declare the feed's nodes anew")
    kits = list(_kits(sent.rows, skus))
    if kits:
        raise Unprocessable(kits[0].detail, kits, fix="Tell the stock of its components")
    unclear = list(_unclear(feed, sent))
    if unclear:
        raise Unprocessable(
            f"{unclear[0].pointer}: {unclear[0].detail}",
            unclear,
            fix="Name sku and node of every row, each once",
        )
    if isinstance(sent, SnapshotIn):
        counted = {_key(feed, row): row.quantity for row in sent.rows}
        return Snapshot(sent.sequence, sent.at, counted, sent.full)
    moved: dict[SupplyKey, int] = {}
    for row in sent.rows:
        key = _key(feed, row)
        moved[key] = moved.get(key, 0) + row.change
    return Deltas(sent.sequence, sent.at, moved)


def acknowledged(
    feed: StoredFeed, message: Message, taken: Taken, short: Sequence[Shortfall]
) -> Acknowledged:
    """What became of a message, and how the feed stands after it."""
    return Acknowledged(
        feed=feed.id,
        sequence=message.sequence,
        outcome=taken.outcome.value,
        rows_applied=len(taken.changes),
        rows_superseded=taken.superseded_rows,
        highest=feed.state.received.highest,
        missing=_missing(feed),
        shortfall=sum(one.quantity for one in short),
        shortfall_orders=sorted({str(one.claim.order) for one in short}),
    )


def feed_out(feed: StoredFeed, *, owed: int) -> FeedOut:
    """A feed as it stands."""
    state = feed.state
    return FeedOut(
        id=feed.id,
        nodes=list(feed.nodes),
        pool=feed.pool,
        first_sequence=feed.first_sequence,
        highest=state.received.highest,
        full_snapshot=state.covered if state.covered >= feed.first_sequence else None,
        missing=_missing(feed),
        missing_messages=state.received.missing,
        messages=feed.messages,
        rows_applied=feed.rows_applied,
        owed=owed,
        last_at=feed.last_at,
        last_received_at=feed.last_received_at,
    )


def _missing(feed: StoredFeed) -> list[Missing]:
    return [Missing(first=first, last=last) for first, last in feed.state.received.gaps[:SHOWN_GAPS]]


def _key(feed: StoredFeed, row: CountedRow | MovedRow) -> SupplyKey:
    return SupplyKey(SkuId(row.sku), NodeId(row.node or feed.nodes[0]), pool=feed.pool)


def _kits(rows: Sequence[CountedRow | MovedRow], skus: Mapping[SkuId, Sku]) -> Iterator[FieldError]:
    for index, row in enumerate(rows):
        sku = skus[SkuId(row.sku)]
        if sku.components:
            yield FieldError(f"/rows/{index}/sku", without_stock(sku), "a sku that is no kit", row.sku)


def _unknown(
    feed: StoredFeed, rows: Sequence[CountedRow | MovedRow], known: Collection[SkuId]
) -> Iterator[FieldError]:
    suggested = 0
    for index, row in enumerate(rows):
        if row.sku not in known:
            suggested += 1
            nearest = sorted(known) if suggested <= SUGGESTED else ()
            detail = UnknownReference("sku", row.sku, nearest).detail
            yield FieldError(f"/rows/{index}/sku", detail, value=row.sku)
        if row.node is not None and row.node not in feed.nodes:
            yield FieldError(
                f"/rows/{index}/node",
                f"stock feed {feed.id} does not tell of {row.node}",
                allowed=", ".join(feed.nodes[:20]),
                value=row.node,
            )


def _unclear(feed: StoredFeed, sent: SnapshotIn | DeltasIn) -> Iterator[FieldError]:
    seen: dict[SupplyKey, int] = {}
    rows: Sequence[CountedRow | MovedRow] = sent.rows
    for index, row in enumerate(rows):
        if row.node is None and not feed.nodes:
            yield FieldError(f"/rows/{index}/node", "is missing, and the feed has no nodes: it is at rest")
        elif row.node is None and len(feed.nodes) > 1:
            allowed = ", ".join(feed.nodes[:20])
            yield FieldError(
                f"/rows/{index}/node", "is missing, and the feed has several nodes", allowed=allowed
            )
        elif isinstance(sent, SnapshotIn) and seen.setdefault(_key(feed, row), index) != index:
            first = seen[_key(feed, row)]
            yield FieldError(f"/rows/{index}", f"counts what row {first} counts", value=row.sku)
