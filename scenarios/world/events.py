"""What happens in the world besides orders: deliveries booked in at DCs, and sales at store tills."""

from dataclasses import dataclass
from datetime import datetime

from fulfillment.ids import NodeId, SkuId
from fulfillment.supply import SupplyKey


@dataclass(frozen=True, slots=True)
class Receipt:
    """An inbound that arrives whole at `at`; `inbound` names its supply row."""

    at: datetime
    inbound: SupplyKey
    quantity: int


@dataclass(frozen=True, slots=True)
class WalkInSale:
    """What shoppers want at one store's till within an hour, booked at its end; each SKU once, by id.

    Demand, not sales: a till sells at most what is on the shelf.
    """

    at: datetime
    node: NodeId
    units: tuple[tuple[SkuId, int], ...]
