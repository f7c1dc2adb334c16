"""Reads the ledger's book: entries, shortfalls, findings. Writes nothing, and repairs nothing."""

from collections.abc import Sequence

from api.edge.pages import Asked, Key, Page, number_in, page_of
from api.ledger_book.schemas import EntryOut, Findings, ShortfallOut
from fulfillment.ids import NodeId, OrderId, SkuId
from fulfillment.ledger.claims import MOVABLE
from fulfillment.ledger.protocol import Entry, Shortfall
from fulfillment.ledger.shortfalls import served_first
from fulfillment.supply import WHOLE_DAY, CapacityKey, SupplyKey
from storage.database import Database
from storage.deadlines import long_work
from storage.stores import Stores


def list_entries(
    database: Database, asked: Asked, *, order: str | None, sku: str | None, node: str | None
) -> Page[EntryOut]:
    """Entries in order of sequence, of one order, sku or node or of all."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.entries.page(
                after=number_in(after) if after else 0,
                limit=asked.limit + 1,
                order=OrderId(order) if order is not None else None,
                sku=SkuId(sku) if sku is not None else None,
                node=NodeId(node) if node is not None else None,
            ),
            key=lambda entry: (str(entry.sequence),),
            parts=1,
            show=_entry,
        )


def list_shortfalls(database: Database, asked: Asked) -> Page[ShortfallOut]:
    """Claims left without stock by facts, latest promise first: the first to be sourced again."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: _shortfalls(stores, after),
            key=_rank,
            parts=4,
            show=lambda short: _shortfall(stores, short),
        )


def reconcile(database: Database) -> Findings:
    """Add entries and claims up and compare them with the rows."""
    with long_work(), database.reading() as stores:
        findings = list(stores.ledger.reconcile())
        return Findings(as_of=stores.now, balanced=not findings, findings=findings)


def _shortfalls(stores: Stores, after: Key | None) -> Sequence[Shortfall]:
    found = stores.ledger.shortfalls(now=stores.now)
    return [short for short in found if after is None or _rank(short) < after]


def _rank(short: Shortfall) -> Key:
    """`served_first` as texts that sort alike; who is served last comes first."""
    in_front, promised, soft, claim = served_first(short.claim)
    return str(int(in_front)), promised.isoformat(timespec="microseconds"), str(int(soft)), claim


def _shortfall(stores: Stores, short: Shortfall) -> ShortfallOut:
    claim = short.claim
    return ShortfallOut(
        order=claim.order,
        revision=stores.ledger.revision(claim.order),
        line=claim.line,
        claim=claim.id,
        sku=claim.peg.sku,
        node=claim.node,
        pool=claim.peg.pool,
        source=claim.peg.source,
        state=claim.state.value,
        quantity=short.quantity,
        promised_by=claim.promised_by,
        movable=claim.state in MOVABLE,
    )


def _entry(entry: Entry) -> EntryOut:
    key = entry.key
    row = key if isinstance(key, SupplyKey) else None
    return EntryOut(
        sequence=entry.sequence,
        at=entry.at,
        verb=entry.verb,
        order=entry.order,
        sku=row.sku if row else None,
        node=key.node,
        source=row.source if row else None,
        pool=row.pool if row else None,
        stock_state=row.state.value if row else None,
        day=key.day if isinstance(key, CapacityKey) else None if key.is_on_hand else key.earliest,
        slot=key.slot if isinstance(key, CapacityKey) and key.slot != WHOLE_DAY else None,
        quantity_change=entry.quantity_change,
        reserved_change=entry.reserved_change,
        note=entry.note,
    )
