"""Rows of the ledger's tables as the ledger's types, and the columns each is made from."""

from typing import Any

from sqlalchemy import Row

from fulfillment.ids import NodeId, SkuId
from fulfillment.ledger.claims import Claim, ClaimState
from fulfillment.ledger.protocol import Entry
from fulfillment.supply import CapacityKey, CapacityRow, StockState, SupplyKey, SupplyRow
from storage.schema.ledger import capacity, claim, entry, order_head, supply

_STATES = {state.value: state for state in StockState}  # a dictionary is faster than the enum's call

_SUPPLY_KEY = (
    supply.c.sku,
    supply.c.node,
    supply.c.source,
    supply.c.earliest,
    supply.c.pool,
    supply.c.state.label("stock_state"),
)
_CAPACITY_KEY = (capacity.c.node.label("day_node"), capacity.c.day, capacity.c.kind, capacity.c.slot)

SUPPLY_COLUMNS = (
    supply.c.id,
    *_SUPPLY_KEY,
    supply.c.quantity,
    supply.c.reserved,
    supply.c.safety_stock,
)
CAPACITY_COLUMNS = (capacity.c.id, *_CAPACITY_KEY, capacity.c.day_limit, capacity.c.used)
CLAIM_COLUMNS = (
    claim.c.id,
    claim.c.order_id,
    claim.c.line,
    claim.c.supply_id,
    claim.c.quantity,
    claim.c.state,
    claim.c.service,
    claim.c.capacity_id,
    claim.c.expires_at,
    claim.c.promised_by,
    claim.c.per_unit,
    *_SUPPLY_KEY,
    *_CAPACITY_KEY,
    order_head.c.revision,
    order_head.c.claims,
)
ENTRY_COLUMNS = (
    entry.c.sequence,
    entry.c.at,
    entry.c.verb,
    entry.c.supply_id,
    entry.c.quantity_change,
    entry.c.reserved_change,
    entry.c.order_id,
    entry.c.note,
    *_SUPPLY_KEY,
    *_CAPACITY_KEY,
)


def supply_of(row: Row[*tuple[Any, ...]]) -> tuple[int, SupplyRow]:
    """The row's number and the row."""
    number, sku, node, source, earliest, pool, state, quantity, reserved, safety_stock = row
    key = SupplyKey(sku, node, source, earliest, pool, _STATES[state])
    return number, SupplyRow(key, quantity, reserved, safety_stock)


def capacity_of(row: Row[*tuple[Any, ...]]) -> tuple[int, CapacityRow]:
    number, node, day, kind, slot, limit, used = row
    return number, CapacityRow(CapacityKey(node, day, kind, slot), limit, used)


def claim_of(row: Row[*tuple[Any, ...]]) -> Claim:
    return Claim(
        id=row.id,
        order=row.order_id,
        line=row.line,
        peg=_supply_key(row),
        quantity=row.quantity,
        state=ClaimState(row.state),
        service=row.service,
        capacity=None if row.capacity_id is None else _capacity_key(row),
        expires_at=row.expires_at,
        promised_by=row.promised_by,
        per_unit=row.per_unit,
    )


def entry_of(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(
        sequence=row.sequence,
        at=row.at,
        verb=row.verb,
        key=_capacity_key(row) if row.supply_id is None else _supply_key(row),
        quantity_change=row.quantity_change,
        reserved_change=row.reserved_change,
        order=row.order_id,
        note=row.note,
    )


def _supply_key(row: Row[*tuple[Any, ...]]) -> SupplyKey:
    return SupplyKey(
        SkuId(row.sku), NodeId(row.node), row.source, row.earliest, row.pool, _STATES[row.stock_state]
    )


def _capacity_key(row: Row[*tuple[Any, ...]]) -> CapacityKey:
    return CapacityKey(NodeId(row.day_node), row.day, row.kind, row.slot)
