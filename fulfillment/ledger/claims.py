"""A claim: units of one order line pegged to one supply row, and the states it goes through.

The words only. Which verb leads from which state to which is in `fulfillment.ledger.transitions`.
"""

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


MOVABLE = frozenset({ClaimState.RESERVED, ClaimState.ALLOCATED, ClaimState.BACKORDERED})
"""What may still be pegged elsewhere; everything later is frozen."""

IN_HAND = frozenset({ClaimState.PICKED, ClaimState.READY_TO_COLLECT})
"""Somebody holds these units, so they are not the ones that are missing."""

HOLDING = MOVABLE | IN_HAND | {ClaimState.SENT_TO_NODE, ClaimState.IN_TRANSFER}
"""Counted in `reserved` of the row the claim is pegged to."""

NOT_USING_CAPACITY = frozenset({ClaimState.CANCELED, ClaimState.EXPIRED, ClaimState.REJECTED})
"""Gave their share of the node's day back; whatever was handed over, or waited in vain, has used it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`quantity` units of `line`, pegged to the row `peg` while the state holds stock.

    `expires_at` is set as long as the claim is soft (and stays on one that expired); `promised_by` is
    the promise the shopper accepted, which no later change overwrites.

    Of a kit's line there is at least one claim per component: `per_unit` units of the row go into one
    unit of the line, whatever the kit is made of later. Claims of one kit's line at one node are always
    for whole kits together.
    """

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
    per_unit: int = 1

    @property
    def node(self) -> NodeId:
        return self.peg.node

    @property
    def is_frozen(self) -> bool:
        return self.state not in MOVABLE

    def is_expired(self, now: datetime) -> bool:
        """Expired means `expires_at <= now`, whether or not a sweeper has been by."""
        return self.state is ClaimState.RESERVED and self.expires_at is not None and self.expires_at <= now


def claim_id(order: OrderId, number: int) -> ClaimId:
    """The id of an order's `number`-th claim, from 1; ids of one order sort in the order made."""
    return ClaimId(f"{order}-{number:04d}")


def firm_state(peg: SupplyKey) -> ClaimState:
    """What a firm claim on this row is called: allocated, or backordered while the row is inbound."""
    return ClaimState.ALLOCATED if peg.is_on_hand else ClaimState.BACKORDERED
