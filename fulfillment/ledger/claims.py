"""A claim: units of one order line pegged to one supply row, and the states it goes through."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fulfillment.ids import ClaimId, LineId, NodeId, OrderId, ServiceId
from fulfillment.supply import CapacityKey, SupplyKey


class ClaimState(StrEnum):
    RESERVED = "reserved"  # soft: expires
    ALLOCATED = "allocated"  # firm
    BACKORDERED = "backordered"  # firm, pegged to an inbound
    SENT_TO_NODE = "sent_to_node"  # frozen from here on
    PICKED = "picked"
    READY_TO_COLLECT = "ready_to_collect"
    IN_TRANSFER = "in_transfer"
    SHIPPED = "shipped"
    COLLECTED = "collected"
    RETURNED = "returned"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    NOT_COLLECTED = "not_collected"


@dataclass(frozen=True, slots=True)
class Claim:
    """`quantity` units of `line`, pegged to the row `peg` while the state holds stock."""

    id: ClaimId
    order: OrderId
    line: LineId
    peg: SupplyKey
    quantity: int
    state: ClaimState
    service: ServiceId
    capacity: CapacityKey | None = None
    expires_at: datetime | None = None
    promised_by: datetime | None = None

    @property
    def node(self) -> NodeId:
        return self.peg.node

    def is_expired(self, now: datetime) -> bool:
        """Expired means `expires_at <= now`, whether or not a sweeper has been by."""
        return self.state is ClaimState.RESERVED and self.expires_at is not None and self.expires_at <= now
