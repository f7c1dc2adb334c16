"""Transfers: units leave one node, are on their way, and arrive at another. Facts, so written alone."""

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, record, write_once
from api.edge.pages import Asked, Page, page_of
from api.errors import FieldError, NotFound, TransferConflict, UnknownNames
from api.transfers.schemas import ReceiptIn, TransferIn, TransferOut
from fulfillment.errors import UnknownReference
from fulfillment.ids import NodeId, SkuId
from fulfillment.supply import SupplyKey
from storage.database import Database
from storage.stores import Stores
from storage.transfers import Transfer


def send(database: Database, call: Call, sent: TransferIn) -> Answer:
    """Take free units off a node and make them inbound at another.

    Raises
    ------
    UnknownNames
        The sku or a node was never imported.
    TransferConflict
        The id names a transfer, or another inbound of the sku there, already.
    InsufficientStock
        Fewer units are free.
    """

    def write(stores: Stores) -> Answer:
        _refuse_unknown(stores, sent)
        made = Transfer(
            id=sent.id,
            sku=SkuId(sent.sku),
            from_node=NodeId(sent.from_node),
            to_node=NodeId(sent.to_node),
            pool=sent.pool,
            quantity=sent.quantity,
            arrives=sent.arrives,
            sent_at=stores.now,
        )
        _refuse_second(stores, made)
        stores.ledger.transfer_out(
            SupplyKey(made.sku, made.from_node, pool=made.pool),
            made.to_node,
            made.quantity,
            transfer=made.id,
            arrives=made.arrives,
            now=stores.now,
        )
        stores.transfers.put(made)
        headers = {"Location": f"/v1/transfers/{made.id}"}
        return record(stores, call, answer(_out(made), status=201, headers=headers))

    return write_once(database, call, write)


def receive(database: Database, call: Call, name: str, sent: ReceiptIn | None) -> Answer:
    """Units have arrived; what was promised from them goes with them.

    Raises
    ------
    NotFound
        No such transfer.
    TransferConflict
        All of it has arrived, or its inbound has no units left and the quantity is not said.
    """

    def write(stores: Stores) -> Answer:
        found = _get(stores, name)
        if found.has_arrived:
            raise TransferConflict(
                f"transfer {name} has arrived: {found.received} of {found.quantity} units",
                fix="Count the row with a stock event if there are more",
            )
        given = sent.quantity if sent is not None else None
        quantity = given if given is not None else _still_to_come(stores, found)
        stores.ledger.transfer_in(found.inbound, quantity, now=stores.now)
        stores.transfers.receive(name, quantity)
        return record(stores, call, answer(_out(_get(stores, name))))

    return write_once(database, call, write)


def get_transfer(database: Database, name: str) -> TransferOut:
    with database.reading() as stores:
        return _out(_get(stores, name))


def list_transfers(database: Database, asked: Asked) -> Page[TransferOut]:
    """Transfers by id."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.transfers.list(after=after[0] if after else None, limit=asked.limit + 1),
            key=lambda transfer: (transfer.id,),
            parts=1,
            show=_out,
        )


def _get(stores: Stores, name: str) -> Transfer:
    found = stores.transfers.get(name)
    if found is None:
        raise NotFound(f"transfer {name} was never sent", fix="See /v1/transfers")
    return found


def _still_to_come(stores: Stores, sent: Transfer) -> int:
    """What is not received yet, and not more than the books have on its way."""
    rows = stores.ledger.supply([sent.sku], now=stores.now)
    booked = sum(row.quantity for row in rows if row.key == sent.inbound)
    if booked == 0:
        raise TransferConflict(
            f"the books have no units of transfer {sent.id} on their way, though {sent.received} of "
            f"{sent.quantity} were received",
            fix="Say the quantity if more has arrived, or count the row with a stock event",
        )
    return min(sent.quantity - sent.received, booked)


def _refuse_unknown(stores: Stores, sent: TransferIn) -> None:
    network = stores.catalog.network()
    errors = [
        FieldError(f"/{field}", UnknownReference(kind, name, sorted(known)).detail, value=name)
        for field, kind, name, known in (
            ("sku", "sku", sent.sku, network.skus),
            ("from", "node", sent.from_node, network.nodes),
            ("to", "node", sent.to_node, network.nodes),
        )
        if name not in known
    ]
    if errors:
        raise UnknownNames(errors[0].detail, errors, fix="Import it first, or correct its id")


def _refuse_second(stores: Stores, made: Transfer) -> None:
    if stores.transfers.get(made.id) is not None:
        raise TransferConflict(
            f"transfer {made.id} was sent already", fix="Read it, or give the new one an id of its own"
        )
    rows = stores.ledger.supply([made.sku], now=stores.now)
    if any(row.key.source == made.id and row.key.node == made.to_node for row in rows):
        raise TransferConflict(
            f"{made.id} is another inbound of SKU {made.sku} at {made.to_node}",
            fix="Give the transfer an id of its own",
        )


def _out(transfer: Transfer) -> TransferOut:
    return TransferOut(
        id=transfer.id,
        sku=transfer.sku,
        from_node=transfer.from_node,
        to_node=transfer.to_node,
        pool=transfer.pool,
        quantity=transfer.quantity,
        received=transfer.received,
        arrives=transfer.arrives,
        sent_at=transfer.sent_at,
        state="arrived" if transfer.has_arrived else "on_its_way",
    )
