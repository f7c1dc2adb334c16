"""Why an order that cannot be met cannot: its demands in conflict, in words and figures. Pure.

Not where stock is missing, and not where nodes are only off or full: these are told as they are
(`api.orders.unservable`).
"""

from collections import Counter
from dataclasses import replace
from functools import partial

from api.edge.money import from_micros, money
from api.orders.conflict_answers import DemandOut, Infeasible, RelaxationOut
from api.orders.deciding import Decided, Snapshot
from api.orders.relaxing import case_of, priced_with_backorders
from api.orders.rooms import ended, remedy, said_of
from fulfillment.ids import NodeId
from fulfillment.money import MICROS_PER_MINOR, Micros, to_minor
from fulfillment.plan import Plan
from fulfillment.supply import ALWAYS, COMMON_POOL, ON_HAND, SupplyRow
from optimizer.conflicts import Case, Conflict, Demand, DemandKind, Relaxation, find_conflict
from storage.deadlines import Deadline

_MENDED = {
    DemandKind.POLICY_RULE: 'Drop the rule "{name}"',
    DemandKind.ALLOWED_NODES: "Leave out nodes.allowed",
    DemandKind.FORBIDDEN_NODES: "Leave out nodes.forbidden",
    DemandKind.AT_MOST: "Leave out nodes.at_most",
    DemandKind.TOGETHER: "Leave out {name}",
    DemandKind.LINE_NODE: "Leave out {name}",
    DemandKind.FILLED_WHOLE: "Send accept_partial true",
    DemandKind.NODE_OFF: "Turn {name} on again",
}


def conflict_of(
    decided: Decided, *, allow_backorder: bool, currency: str, seconds: float
) -> Infeasible | None:
    """The conflict of an order that was decided and cannot be met; None if demands are not at fault.

    Parameters
    ----------
    seconds
        Longest time to look for it.
    """
    if decided.degraded_by is not None or seconds <= 0:
        return None  # there was no time for the order itself
    case, deadline = _case(decided, allow_backorder=allow_backorder), Deadline.after(seconds)
    pricing = partial(priced_with_backorders, decided.snapshot, deadline=deadline)
    found = find_conflict(case, deadline=deadline, pricing=pricing if allow_backorder else None)
    if found is None or found.is_of_states:
        return None
    told = _by_the_clock(found, decided.snapshot)
    return _told(told, decided, units=case.order.units, currency=currency)


def _by_the_clock(conflict: Conflict, snapshot: Snapshot) -> Conflict:
    """The conflict whose full days say that no slot of them is left, where that is why."""

    def said(demand: Demand) -> Demand:
        nodes = _nodes(demand) if demand.kind is DemandKind.DAY_FULL else []
        if not (gone := ended(snapshot, nodes)):
            return demand
        why = said_of(gone) if len(nodes) > 1 else gone[nodes[0]]
        return replace(demand, words=f"{demand.words} ({why})")

    return replace(
        conflict,
        demands=tuple(said(one) for one in conflict.demands),
        relaxations=tuple(
            replace(one, demand=said(one.demand), others=tuple(said(other) for other in one.others))
            for one in conflict.relaxations
        ),
    )


def _nodes(demand: Demand) -> list[NodeId]:
    return [NodeId(name) for name in demand.name.split(",")]


def _case(decided: Decided, *, allow_backorder: bool) -> Case:
    snapshot = decided.snapshot
    case, rows, capacity = case_of(snapshot), snapshot.rows, snapshot.capacity
    if allow_backorder:
        arriving, packed = Counter[NodeId](), snapshot.packed
        for row in rows:
            arriving[row.key.node] += 0 if row.key.is_on_hand else row.available
        rows = tuple(
            row if row.key.sku in packed else _as_there(row, channel=snapshot.order.channel) for row in rows
        )
        # What waits uses no room of today.
        capacity = {node: room + arriving[node] for node, room in capacity.items()}
    return replace(case, rows=rows, capacity=capacity)


def _as_there(row: SupplyRow, *, channel: str) -> SupplyRow:
    """What is on its way as if it were there, and the channel's own: it is held for nobody."""
    key = row.key
    if key.is_on_hand or key.pool not in (COMMON_POOL, channel):
        return row
    return SupplyRow(key._replace(source=ON_HAND, earliest=ALWAYS, pool=channel), row.available)


def _told(conflict: Conflict, decided: Decided, *, units: int, currency: str) -> Infeasible:
    now = decided.outcome.plan
    relaxations = [_relaxation(one, now, units=units, currency=currency) for one in conflict.relaxations]
    said = "; ".join(demand.words for demand in conflict.demands)
    return Infeasible(
        detail=". ".join(
            [f"these cannot hold together: {said}", *(f"Without {_said(one)}" for one in relaxations)]
        ),
        conflict=[DemandOut(kind=one.kind, name=one.name, detail=one.words) for one in conflict.demands],
        minimal=conflict.is_minimal,
        relaxations=relaxations,
        fix=_fix(conflict, decided.snapshot, units=units, currency=currency),
    )


def _said(relaxation: RelaxationOut) -> str:
    return relaxation.detail.removeprefix("without ")


def _relaxation(one: Relaxation, now: Plan, *, units: int, currency: str) -> RelaxationOut:
    more = None if one.objective is None else Micros(one.objective - now.objective)
    if one.objective is not None and more is not None:
        amount = _amount(one.objective, currency)
        said = f"{_served(units - one.unfilled, units, waiting=one.waiting)}, for {amount}"
        if now.shipments and one.demand.kind is not DemandKind.FILLED_WHOLE:
            by = f"{_amount(Micros(abs(more)), currency)} {'more' if more >= 0 else 'less'}"
            lost = " and losing the margin of the rest" if now.lost_margin else ""
            said += f", {by} than serving a part{lost}"
    elif one.helps:
        said = "it can be filled; no plan was found in the time there was"
    elif one.helps is False and not one.others:
        said = "it is refused all the same: what is on its way is promised line by line, the earliest first"
    elif one.helps is False:
        others = "; ".join(other.words for other in one.others)
        said = f"it cannot be filled either, for these cannot hold together: {others}"
    else:
        said = "it is not known in the time there was"
    return RelaxationOut(
        demand=one.demand.name,
        helps=one.helps,
        others=[other.name for other in one.others],
        total=None if one.objective is None else money(one.objective),
        more=None if more is None else money(more),
        unfilled_units=one.unfilled,
        waiting_units=one.waiting,
        proven=one.is_proven,
        detail=f"without {_quoted(one.demand)}: {said}",
    )


def _fix(conflict: Conflict, snapshot: Snapshot, *, units: int, currency: str) -> str:
    best = conflict.cheapest
    if best is None or best.objective is None:
        return "Drop more than one of them, or accept a part"
    how = _mended(best.demand, snapshot)
    served = _served(units - best.unfilled, units, waiting=best.waiting)
    return f"{how}: {served}, for {_amount(best.objective, currency)}"


def _mended(demand: Demand, snapshot: Snapshot) -> str:
    if demand.kind is DemandKind.DAY_FULL:
        return remedy(snapshot, _nodes(demand))
    return _MENDED[demand.kind].format(name=demand.name)


def _served(served: int, units: int, *, waiting: int) -> str:
    """Units that are served; of those that wait, the margin counts as lost in what it costs."""
    said = f"all {units} units are served" if units > 1 else "its unit is served"
    if served < units:
        said = f"{served} of {units} units are served"
    if not waiting:
        return said
    return f"{said}, {waiting} of them when they have come and until then at their lost margin"


def _quoted(demand: Demand) -> str:
    return demand.words if demand.kind is DemandKind.POLICY_RULE else f'"{demand.words}"'


def _amount(amount: Micros, currency: str) -> str:
    return f"{currency} {from_micros(Micros(to_minor(amount) * MICROS_PER_MINOR))}"
