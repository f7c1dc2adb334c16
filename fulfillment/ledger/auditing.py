"""What is wrong with a row's figures, in words. Finds, and repairs nothing."""

from collections.abc import Iterator

from fulfillment.ledger.store import Balance
from fulfillment.supply import CapacityKey, SupplyKey


def complaints(balance: Balance) -> Iterator[str]:
    """One sentence per figure that does not follow from the row's entries and claims."""
    name = _name(balance.key)
    if isinstance(balance.key, CapacityKey):
        quantity, reserved = "limit", "used"
    else:
        quantity, reserved = "quantity", "reserved"
    if balance.quantity != balance.entered_quantity:
        yield f"{name}: {quantity} is {balance.quantity}, its entries add up to {balance.entered_quantity}"
    if balance.reserved != balance.entered_reserved:
        yield f"{name}: {reserved} is {balance.reserved}, its entries add up to {balance.entered_reserved}"
    if balance.reserved != balance.claimed:
        yield f"{name}: {reserved} is {balance.reserved}, its claims add up to {balance.claimed}"
    if balance.quantity < 0 or balance.reserved < 0:
        yield f"{name}: {quantity} {balance.quantity} and {reserved} {balance.reserved}, below zero"


def _name(key: SupplyKey | CapacityKey) -> str:
    if isinstance(key, SupplyKey):
        return f"SKU {key.sku} at {key.node} ({key.source}, {key.earliest}, {key.pool}, {key.state})"
    return f"capacity of {key.node} on {key.day} ({key.kind}, {key.slot})"
