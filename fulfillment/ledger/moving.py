"""Taking selected claims through a transition, and the two verbs that touch a second row."""

from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId
from fulfillment.ledger.claims import Claim
from fulfillment.ledger.drafting import Draft
from fulfillment.ledger.protocol import Selection
from fulfillment.ledger.selecting import select
from fulfillment.ledger.transitions import REJECT, TAKE_BACK, Transition
from fulfillment.supply import COMMON_POOL, StockState, SupplyKey


def move(draft: Draft, selection: Selection, transition: Transition, *, note: str = "") -> list[Claim]:
    """Take the selected claims through one transition."""
    chosen = select(draft, selection, transition)
    draft.load(rows=(c.peg for c in chosen), capacity=(c.capacity for c in chosen))
    return [draft.move(claim, transition, note=note) for claim in chosen]


def reject(draft: Draft, selection: Selection, *, reason: str) -> list[Claim]:
    """End the claims; what could not be found waits in quarantine until somebody counts."""
    rejected = move(draft, selection, REJECT, note=reason)
    for claim in rejected:
        row = draft.row(claim.peg)
        missing = min(claim.quantity, row.quantity if row else 0)
        if missing:
            doubtful = claim.peg._replace(state=StockState.QUARANTINED)
            draft.post(REJECT.verb, claim.peg, quantity=-missing, order=claim.order, note=reason)
            draft.post(REJECT.verb, doubtful, quantity=missing, order=claim.order, note=reason)
    return rejected


def take_back(draft: Draft, selection: Selection, *, to: NodeId, state: StockState) -> list[Claim]:
    """A return goes into the common pool of the node it was brought or sent to."""
    if not to:
        raise InvalidInput("no node to return to", pointer="/to", fix="Name the node that has the goods")
    returned = move(draft, selection, TAKE_BACK)
    for claim in returned:
        shelf = SupplyKey(claim.peg.sku, to, pool=COMMON_POOL, state=state)
        draft.post(TAKE_BACK.verb, shelf, quantity=claim.quantity, order=claim.order)
    return returned
