"""What a caller wants reassigned, as rows of supply: which row of a node, by which service. Pure.

Not a check of stock: where rows have too few units, one of them is asked for more, and the ledger refuses.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from api.errors import FieldError, UnknownNames, Unprocessable
from api.orders.moving import Free, Movable
from api.orders.rooms import ended, said_of
from api.orders.schemas import WantedIn
from fulfillment.capacity import in_slots
from fulfillment.errors import CapacityFull, IllegalTransition, UnknownReference
from fulfillment.ids import LineId, NodeId, ServiceId, SkuId
from fulfillment.ledger.protocol import Wanted
from fulfillment.rates import Rate, cheapest_rate
from fulfillment.supply import COMMON_POOL, ON_HAND, CapacityKey, StockState, SupplyKey
from optimizer.sourcing.eligibility import Objection, ruled_out
from optimizer.sourcing.splitting import Sharing, splitting_of


def wanted_rows(
    movable: Movable, wanted: Sequence[WantedIn], free: Free, *, where: str
) -> tuple[Wanted, ...]:
    """Rows at the nodes wanted: the channel's ring-fence first, then the common pool.

    Raises
    ------
    UnknownNames
        A node that was never imported, or an inbound that was never announced there.
    Unprocessable
        A node that is off or has no rate to the zone, or a service it does not have; or a rule of the policy
        or the order keeps it out, or lets no more nodes share.
    IllegalTransition
        A line of which nothing can move.
    CapacityFull
        A node of which the last slot of today has ended.
    """
    units = {line.id: line.quantity for line in movable.snapshot.order.lines}
    for want in wanted:
        if want.line not in units:
            raise IllegalTransition(
                movable.snapshot.order.id,
                "reassigned",
                (),
                detail=f"nothing of line {want.line} of order {movable.snapshot.order.id} can move",
            )
    unknown = list(_unknown(movable, wanted, where))
    if unknown:
        raise UnknownNames(unknown[0].detail, unknown, fix="Import the node, or announce the inbound")
    unfit = list(_unfit(movable, wanted, where))
    if unfit:
        raise Unprocessable(f"{unfit[0].pointer}: {unfit[0].detail}", unfit, fix="Want another node")
    left: dict[SupplyKey, int] = {}
    rows = [row for want in wanted for row in _rows(movable, want, free, left)]
    try:
        return in_slots(rows, free.seen_by(movable).rooms)
    except CapacityFull as full:
        why = said_of(ended(movable.snapshot, (short.key.node for short in full.shortages)))
        raise CapacityFull(full.shortages, f"{full.detail} ({why})") from full


def _rows(movable: Movable, want: WantedIn, free: Free, left: dict[SupplyKey, int]) -> Iterator[Wanted]:
    for sku, per_unit in movable.recipe(LineId(want.line)).items():
        keys = _keys(movable, want, sku) or [SupplyKey(sku, NodeId(want.node))]
        missing = want.quantity * per_unit
        for key in keys:
            units = left.setdefault(key, free.units(key))
            # The last one is asked for the rest, whatever it has.
            taken = missing if key == keys[-1] else min(missing, units)
            if taken:
                left[key] -= min(taken, units)
                missing -= taken
                yield _peg(movable, want, key, taken, per_unit)


def _peg(movable: Movable, want: WantedIn, key: SupplyKey, quantity: int, per_unit: int) -> Wanted:
    snapshot = movable.snapshot
    day = snapshot.days.get(key.node)
    rates = _rates(movable, want)
    sold = snapshot.network.skus[_sku(movable, want)]
    # All of a kit goes by one service.
    service = cheapest_rate(rates, [(sold, want.quantity if sold.components else quantity)]).service
    peg = Wanted(LineId(want.line), key, quantity, ServiceId(service), per_unit=per_unit)
    if day is None or not key.is_on_hand:
        return peg
    return replace(peg, capacity=CapacityKey(key.node, day))


def _keys(movable: Movable, want: WantedIn, sku: SkuId) -> list[SupplyKey]:
    """Rows of a stocked sku that can be meant: of an inbound the earliest first, of a ring-fence before the
    common pool."""
    snapshot = movable.snapshot
    pools = (snapshot.order.channel, COMMON_POOL)
    found = [
        row.key
        for row in snapshot.rows
        if (row.key.sku, row.key.node, row.key.source) == (sku, want.node, want.source)
        and row.key.pool in pools
        and row.key.state is StockState.SELLABLE
    ]
    return sorted(found, key=lambda key: (key.earliest, key.pool == COMMON_POOL, key))


def _sku(movable: Movable, want: WantedIn) -> SkuId:
    return next(line.sku for line in movable.snapshot.order.lines if line.id == want.line)


def _rates(movable: Movable, want: WantedIn) -> list[Rate]:
    zone = movable.snapshot.order.destination.zone
    rates = movable.snapshot.network.rates.get((NodeId(want.node), zone), ())
    return [rate for rate in rates if want.service in (None, rate.service)]


def _unknown(movable: Movable, wanted: Sequence[WantedIn], where: str) -> Iterator[FieldError]:
    nodes = movable.snapshot.network.nodes
    for index, want in enumerate(wanted):
        pointer = f"{where}/wanted/{index}"
        if want.node not in nodes:
            detail = UnknownReference("node", want.node, sorted(nodes)).detail
            yield FieldError(f"{pointer}/node", detail, value=want.node)
        elif want.source != ON_HAND:
            for sku in movable.recipe(LineId(want.line)):
                if not _keys(movable, want, sku):
                    detail = f"no inbound {want.source} of SKU {sku} at {want.node}"
                    yield FieldError(f"{pointer}/source", detail, value=want.source)


def _unfit(movable: Movable, wanted: Sequence[WantedIn], where: str) -> Iterator[FieldError]:
    snapshot = movable.snapshot
    zone = snapshot.order.destination.zone
    ruled = ruled_out(snapshot.order, snapshot.network, snapshot.policy)
    yield from _one_too_many(movable, wanted, where)
    for index, want in enumerate(wanted):
        node = snapshot.network.nodes[NodeId(want.node)]
        pointer = f"{where}/wanted/{index}"
        if not node.is_on:
            yield FieldError(f"{pointer}/node", f"{node.id} is off", value=node.id)
        elif said := _kept_out(movable, want, ruled):
            yield FieldError(f"{pointer}/node", f"{node.id} may not ship it: {said}", value=node.id)
        elif not _rates(movable, want):
            services = [rate.service for rate in snapshot.network.rates.get((node.id, zone), ())]
            said = f"{node.id} has no rate to zone {zone}" + (f" by {want.service}" * bool(want.service))
            yield FieldError(
                f"{pointer}/{'service' if services else 'node'}", said, allowed=", ".join(services)
            )


def _kept_out(movable: Movable, want: WantedIn, ruled: Mapping[NodeId, tuple[Objection, ...]]) -> str:
    only = next(line.node for line in movable.snapshot.order.lines if line.id == want.line)
    if only not in (None, want.node):
        return f"line {want.line} has to ship from {only}"
    objections = ruled.get(NodeId(want.node), ())
    return f"{objections[0].words} ({objections[0].rule})" if objections else ""


def _one_too_many(movable: Movable, wanted: Sequence[WantedIn], where: str) -> Iterator[FieldError]:
    """Nodes beyond those that may share, beside the lines that stay where they are."""
    snapshot = movable.snapshot
    splitting = splitting_of(snapshot.order, snapshot.policy, network=snapshot.network, nodes=())
    if splitting is None:
        return
    sharing = Sharing(splitting)
    number = {line.id: index for index, line in enumerate(snapshot.order.lines)}
    named = {want.line for want in wanted}
    for claim in movable.claims:
        if claim.line not in named:
            sharing.add(claim.node, number[claim.line])
    for index, want in enumerate(wanted):
        node, line = NodeId(want.node), number[LineId(want.line)]
        if said := sharing.why_not(node, line):
            yield FieldError(f"{where}/wanted/{index}/node", said, value=node)
        sharing.add(node, line)
