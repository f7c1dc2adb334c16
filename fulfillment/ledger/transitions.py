"""The state machine of a claim, as one table: verb, states it starts from, state it leads to, effects.

Only what is true of one claim alone. Finding the claims a call means is `selecting`; checking that
a row has the units is `drafting`.
"""

from dataclasses import dataclass

from fulfillment.ledger.claims import HOLDING, IN_HAND, ClaimState

_S = ClaimState


@dataclass(frozen=True, slots=True)
class Transition:
    """One verb.

    `starts` are the states it is allowed from. `blocked_by` are the states that refuse a call which
    names no units: part of the order is not that far yet, and doing the rest silently would hide it.
    All other states are passed over. `ends` of None means allocated or backordered, by the row.

    `leaves`, `releases` and `frees` say what happens to the units: they leave the row's quantity,
    they leave its reserved units, they give the node's capacity back.
    """

    verb: str
    past: str
    starts: frozenset[ClaimState]
    ends: ClaimState | None
    blocked_by: frozenset[ClaimState] = frozenset()
    leaves: bool = False
    releases: bool = False
    frees: bool = False
    latest_first: bool = True  # of a part of a line, take the claims that have come farthest

    @property
    def only_releases(self) -> bool:
        """Whether the units go nowhere: they are free again where they are."""
        return self.releases and not self.leaves


CONFIRM = Transition("confirm", "confirmed", frozenset({_S.RESERVED}), None)
CANCEL = Transition(
    "cancel",
    "canceled",
    HOLDING - {_S.IN_TRANSFER},
    _S.CANCELED,
    blocked_by=frozenset({_S.IN_TRANSFER}),
    releases=True,
    frees=True,
    latest_first=False,
)
EXPIRE = Transition("expire", "expired", frozenset({_S.RESERVED}), _S.EXPIRED, releases=True, frees=True)

SEND_TO_NODE = Transition(
    "send_to_node",
    "sent to the node",
    frozenset({_S.ALLOCATED}),
    _S.SENT_TO_NODE,
    blocked_by=frozenset({_S.RESERVED}),
)
PICK = Transition(
    "pick",
    "picked",
    frozenset({_S.SENT_TO_NODE}),
    _S.PICKED,
    blocked_by=frozenset({_S.RESERVED, _S.ALLOCATED}),
)
MAKE_READY = Transition(
    "make_ready",
    "made ready",
    frozenset({_S.SENT_TO_NODE, _S.PICKED}),
    _S.READY_TO_COLLECT,
    blocked_by=frozenset({_S.RESERVED, _S.ALLOCATED}),
)
REJECT = Transition(
    "reject",
    "rejected",
    IN_HAND | {_S.SENT_TO_NODE},
    _S.REJECTED,
    blocked_by=frozenset({_S.RESERVED, _S.ALLOCATED}),
    releases=True,
    frees=True,
    latest_first=False,
)
# Goods that have left have left: a node that reports no steps in between may ship what is allocated.
SHIP = Transition(
    "ship",
    "shipped",
    frozenset({_S.ALLOCATED, _S.SENT_TO_NODE, _S.PICKED}),
    _S.SHIPPED,
    blocked_by=frozenset({_S.RESERVED, _S.IN_TRANSFER}),
    leaves=True,
    releases=True,
)
COLLECT = Transition(
    "collect",
    "collected",
    frozenset({_S.READY_TO_COLLECT}),
    _S.COLLECTED,
    blocked_by=HOLDING - {_S.READY_TO_COLLECT, _S.BACKORDERED},
    leaves=True,
    releases=True,
)
NOT_COLLECTED = Transition(
    "not_collected",
    "marked as not collected",
    frozenset({_S.READY_TO_COLLECT}),
    _S.NOT_COLLECTED,
    releases=True,
)
TAKE_BACK = Transition("take_back", "taken back", frozenset({_S.SHIPPED, _S.COLLECTED}), _S.RETURNED)
