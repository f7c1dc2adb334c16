"""Facts about supply: declared, received, counted, sold over the counter, damaged, transferred.

A fact is accepted even where it leaves less than is reserved; who goes without is in `shortfalls`.
No row goes below zero: what the books did not have is said in the entry's note.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.ids import NodeId
from fulfillment.ledger.claims import ClaimState, firm_state
from fulfillment.ledger.drafting import Draft
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Shortfall
from fulfillment.ledger.shortfalls import by_row, newly_short, served_first, shortfalls_of
from fulfillment.supply import ALWAYS, MAX_UNITS, ON_HAND, CapacityRow, StockState, SupplyKey, SupplyRow


def set_supply(draft: Draft, rows: Sequence[SupplyRow]) -> list[Shortfall]:
    """Declare rows: quantity and safety stock become these, what is reserved stays. Returns the shortfalls
    that this adds."""
    seen: set[SupplyKey] = set()
    for index, row in enumerate(rows):
        what = f"SKU {row.key.sku} at {row.key.node}"
        _refuse_absurd(row.quantity, f"quantity of {what}", pointer=f"/{index}/quantity")
        _refuse_absurd(row.safety_stock, f"safety stock of {what}", pointer=f"/{index}/safety_stock")
        _refuse_misdated(row.key, pointer=f"/{index}/earliest")
        if row.key in seen:
            raise InvalidInput(
                f"{what} is named twice",
                pointer=f"/{index}",
                fix="Give one row per sku, node, source, date, pool and state",
            )
        seen.add(row.key)
    draft.load(rows=seen)
    before = {key: _quantity(draft, key) for key in seen}
    for row in rows:
        was = draft.row(row.key)
        if was is None:
            draft.declare(row, verb="open")
        elif (was.quantity, was.safety_stock) != (row.quantity, row.safety_stock):
            note = f"safety stock {was.safety_stock} to {row.safety_stock}"
            draft.declare(row, verb="declare", note=note if was.safety_stock != row.safety_stock else "")
    return _left_short(draft, before)


def set_capacity(draft: Draft, rows: Sequence[CapacityRow]) -> None:
    """Declare how much nodes handle; what is used stays."""
    draft.load(capacity=(row.key for row in rows))
    for index, row in enumerate(rows):
        _refuse_absurd(row.limit, f"limit of {row.key.node} on {row.key.day}", pointer=f"/{index}/limit")
        was = draft.capacity(row.key)
        if was is None:
            draft.declare_capacity(row, verb="open")
        elif was.limit != row.limit:
            draft.declare_capacity(row, verb="declare")


def receive(draft: Draft, inbound: SupplyKey, quantity: int, *, verb: str = "receive") -> None:
    """Turn inbound units into stock on hand; claims pegged to them follow."""
    _refuse_absurd(quantity, "quantity", pointer="/quantity", least=1)
    if inbound.is_on_hand:
        raise InvalidInput("stock on hand cannot be received", pointer="/source", fix="Name the inbound")
    row = draft.row(inbound)
    if row is None:
        raise UnknownReference("inbound", inbound.source, (), pointer="/source")
    announced = min(quantity, row.quantity)
    note = f"{quantity} arrived, {announced} announced" if quantity > announced else ""
    shelf = inbound._replace(source=ON_HAND, earliest=ALWAYS)
    draft.post(verb, inbound, quantity=-announced, note=note)
    draft.post(verb, shelf, quantity=quantity, note=note or f"from {inbound.source}")
    for claim in sorted(draft.claims_on({inbound}), key=served_first):
        if quantity == 0:
            break
        part = claim if claim.quantity <= quantity else draft.split(claim, quantity)[0]
        quantity -= part.quantity
        soft = part.state is ClaimState.RESERVED
        after = replace(part, peg=shelf, state=part.state if soft else firm_state(shelf))
        draft.repeg(part, after, verb=verb, checked=False)


def adjust(draft: Draft, changes: Sequence[Adjustment]) -> list[Shortfall]:
    """Book facts about stock; returns the shortfalls that they add."""
    for index, change in enumerate(changes):
        what = f"{change.kind} of SKU {change.key.sku} at {change.key.node}"
        least = -MAX_UNITS if change.kind is AdjustKind.CORRECTION else 0
        _refuse_absurd(change.quantity, what, pointer=f"/{index}/quantity", least=least)
    keys = {change.key for change in changes}
    draft.load(rows=keys)
    before = {key: _quantity(draft, key) for key in keys}
    for change in changes:
        _adjust_one(draft, change)
    return _left_short(draft, before)


def transfer_out(
    draft: Draft, key: SupplyKey, to: NodeId, quantity: int, *, transfer: str, arrives: date
) -> SupplyKey:
    """Take units off one node and make them inbound at another; returns the inbound's key."""
    _refuse_absurd(quantity, "quantity", pointer="/quantity", least=1)
    if not key.is_on_hand:
        raise InvalidInput("only stock on hand can be sent", pointer="/key", fix="Name a row on hand")
    if to == key.node:
        raise InvalidInput(f"{to} is where the stock is", pointer="/to", fix="Name another node")
    if transfer in ("", ON_HAND):
        raise InvalidInput(f'"{transfer}" cannot name a transfer', pointer="/transfer", fix="Give it an id")
    inbound = key._replace(node=to, source=transfer, earliest=arrives)
    _refuse_misdated(inbound, pointer="/arrives")
    draft.load(rows=[key, inbound])
    draft.post("transfer_out", key, quantity=-quantity, asked=quantity, note=f"{transfer} to {to}")
    draft.post("transfer_out", inbound, quantity=quantity, note=f"{transfer} from {key.node}")
    return inbound


def _adjust_one(draft: Draft, change: Adjustment) -> None:
    had = _quantity(draft, change.key)
    match change.kind:
        case AdjustKind.COUNT:
            wished = change.quantity - had
        case AdjustKind.CORRECTION:
            wished = change.quantity
        case AdjustKind.WALK_IN_SALE | AdjustKind.DAMAGE:
            wished = -change.quantity
    done = max(-had, wished)
    notes = [change.reason] if change.reason else []
    if done != wished:
        notes.append(f"{-wished} said to have gone, {had} on the books")
    note = "; ".join(notes)
    draft.post(change.kind.value, change.key, quantity=done, note=note)
    if change.kind is AdjustKind.DAMAGE and done:
        broken = change.key._replace(state=StockState.DAMAGED)
        draft.post(change.kind.value, broken, quantity=-done, note=note)


def _left_short(draft: Draft, before: Mapping[SupplyKey, int]) -> list[Shortfall]:
    """What claims are short of now and were not when the rows had these quantities."""
    rows = [row for key in sorted(before) if (row := draft.row(key)) is not None]
    lowered = [row for row in rows if row.quantity < before[row.key] and row.quantity < row.reserved]
    if not lowered:
        return []
    claims = by_row(draft.claims_on({row.key for row in lowered}))
    short: list[Shortfall] = []
    for row in lowered:
        pegged = claims.get(row.key, ())
        was = shortfalls_of(before[row.key], pegged)
        short += newly_short(was, shortfalls_of(row.quantity, pegged))
    return newly_short((), short)


def _quantity(draft: Draft, key: SupplyKey) -> int:
    row = draft.row(key)
    return row.quantity if row else 0


def _refuse_absurd(units: int, what: str, *, pointer: str, least: int = 0) -> None:
    if not least <= units <= MAX_UNITS:
        raise InvalidInput(f"{what} is {units}", pointer=pointer, fix=f"Give {least} to {MAX_UNITS} units")


def _refuse_misdated(key: SupplyKey, *, pointer: str) -> None:
    """What is on hand has no date, all else has one: otherwise stock to come could be promised today."""
    if key.is_on_hand and key.earliest != ALWAYS:
        raise InvalidInput(
            f"SKU {key.sku} at {key.node} is on hand, and dated {key.earliest}",
            pointer=pointer,
            fix="Leave the date out, or give the inbound's id as source",
        )
    if not key.is_on_hand and key.earliest == ALWAYS:
        raise InvalidInput(
            f"inbound {key.source} of SKU {key.sku} at {key.node} has no date of arrival",
            pointer=pointer,
            fix="Give the date it arrives on",
        )
