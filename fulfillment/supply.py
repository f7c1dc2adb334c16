"""Stock and capacity as rows. A reservation is pegged to rows, so each row's own check is enough."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from fulfillment.ids import NodeId, SkuId

ON_HAND = "on_hand"
COMMON_POOL = "common"
ALWAYS = date.min  # the earliest date of stock that is already there
MAX_UNITS = 1_000_000_000
"""More units than this in one row are a typing error (and would not fit a 32-bit column)."""


class StockState(StrEnum):
    SELLABLE = "sellable"
    DAMAGED = "damaged"
    QUARANTINED = "quarantined"


class SupplyKey(NamedTuple):
    """Names one supply row. A tuple, since an order reads hundreds and looks each of them up.

    `source` is `ON_HAND` or the id of an inbound (a purchase order, a transfer) that arrives on
    `earliest`, which is `ALWAYS` if and only if the row is on hand (the ledger declares no other).
    `pool` is `COMMON_POOL` or the channel whose ring-fence the row is.
    """

    sku: SkuId
    node: NodeId
    source: str = ON_HAND
    earliest: date = ALWAYS
    pool: str = COMMON_POOL
    state: StockState = StockState.SELLABLE

    @property
    def is_on_hand(self) -> bool:
        return self.source == ON_HAND


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """Units in the row, units reserved from it, and units held back from promising (safety stock)."""

    key: SupplyKey
    quantity: int
    reserved: int = 0
    safety_stock: int = 0

    @property
    def available(self) -> int:
        """What may still be reserved: never below zero, and nothing from unsellable stock."""
        if self.key.state is not StockState.SELLABLE:
            return 0
        return max(0, self.quantity - self.safety_stock - self.reserved)


SHIPPING_UNITS = "shipping_units"
WHOLE_DAY = "day"


class CapacityKey(NamedTuple):
    """Names one capacity row: units of `kind` a node handles on its local `day`, in one `slot`."""

    node: NodeId
    day: date
    kind: str = SHIPPING_UNITS
    slot: str = WHOLE_DAY

    @property
    def words(self) -> str:
        slot = "" if self.slot == WHOLE_DAY else f", slot {self.slot}"
        return f"{self.node} on {self.day}{slot}"


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """Units a node handles in a slot of its day, and how many of them are taken."""

    key: CapacityKey
    limit: int
    used: int = 0

    @property
    def available(self) -> int:
        return max(0, self.limit - self.used)
