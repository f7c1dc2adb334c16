"""Opening stock and weekly receipts from demand before the replay, laid over DCs and stores.

Per SKU a base-stock policy with weekly review: the position covers lead time and review period,
`rate * P + safety_factor * deviation * sqrt(P)`; what is on order is taken off, the rest is on hand.
Nothing here sees a sale of the replayed weeks.
"""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from fulfillment.ids import SkuId
from fulfillment.network import Node, NodeKind
from fulfillment.supply import SupplyKey, SupplyRow
from scenarios.world.demand import Demand
from scenarios.world.events import Receipt
from scenarios.world.parameters import WorldParameters
from scenarios.world.ranging import Ranging
from scenarios.world.stable import uniforms
from scenarios.world.tables import Floats, Ints, Window, instant

_CASES_STREAM = 2  # of the seed; ranging and walk-in sales have streams of their own


@dataclass(frozen=True, slots=True)
class Stock:
    """On-hand and inbound rows, and when each inbound is booked in."""

    rows: tuple[SupplyRow, ...]
    receipts: tuple[Receipt, ...]


def build_stock(
    nodes: tuple[Node, ...],
    demand: Demand,
    case_packs: Ints,
    ranging: Ranging,
    *,
    window: Window,
    parameters: WorldParameters,
    seed: int,
) -> Stock:
    """Rows in order of key; receipts in order of time, then key. `case_packs` is aligned with `demand`."""
    weekly_cases = _weekly_cases(demand, case_packs, max(window.weeks, parameters.lead_weeks), seed=seed)
    on_order = (weekly_cases[: parameters.lead_weeks] * case_packs).sum(axis=0)
    on_hand = np.maximum(_position(demand, parameters) - on_order, case_packs)
    online = apportion(on_hand, ranging.weights)
    rows = _opening_rows(nodes, demand, online, ranging.walk_in_rate, parameters)
    receipts = _receipts(
        nodes,
        demand,
        weekly_cases[: window.weeks],
        case_packs,
        ranging.weights,
        window=window,
        parameters=parameters,
        seed=seed,
    )
    inbound = [SupplyRow(receipt.inbound, receipt.quantity) for receipt in receipts]
    return Stock(tuple(sorted(rows + inbound, key=lambda row: row.key)), receipts)


def apportion(totals: Ints, weights: Floats) -> Ints:
    """Whole units over nodes by largest remainder; earlier nodes first among equals.

    Parameters
    ----------
    totals
        Units per SKU, shape (skus,).
    weights
        Shape (nodes, skus); each column adds up to 1.

    Returns
    -------
    int array of shape (nodes, skus)
        Each column adds up to its total.
    """
    ideal = weights * totals
    units = np.floor(ideal).astype(np.int64)
    missing = totals - units.sum(axis=0)
    by_remainder = np.argsort(-(ideal - units), axis=0, kind="stable")
    rank = np.argsort(by_remainder, axis=0, kind="stable")
    return np.asarray(units + (rank < missing), dtype=np.int64)


def _position(demand: Demand, parameters: WorldParameters) -> Ints:
    weeks = parameters.lead_weeks + parameters.review_weeks
    spread = parameters.safety_factor * demand.deviation * np.sqrt(weeks)
    return np.asarray(np.ceil(demand.rate * weeks + spread), dtype=np.int64)


def _weekly_cases(demand: Demand, case_packs: Ints, weeks: int, *, seed: int) -> Ints:
    """Case packs received network-wide, shape (weeks, skus): the rate on average, at a seeded phase."""
    phase = uniforms(demand.ids, salt=f"receipt {seed}")
    until = np.floor(phase + np.arange(weeks + 1)[:, None] * demand.rate / case_packs)
    return np.diff(until, axis=0).astype(np.int64)


def _opening_rows(
    nodes: tuple[Node, ...],
    demand: Demand,
    online: Ints,
    walk_in_rate: Floats,
    parameters: WorldParameters,
) -> list[SupplyRow]:
    """Stores hold their walk-in stock on top; a part of it is safety stock."""
    walk_in = np.ceil(walk_in_rate * parameters.walk_in_weeks).astype(np.int64)
    safety = np.ceil(walk_in_rate * parameters.safety_days / 7).astype(np.int64)
    quantity = online + walk_in
    return [
        SupplyRow(
            SupplyKey(SkuId(demand.ids[s]), nodes[n].id),
            quantity=int(quantity[n, s]),
            safety_stock=int(safety[n, s]),
        )
        for n, s in np.argwhere(quantity > 0).tolist()
    ]


def _receipts(
    nodes: tuple[Node, ...],
    demand: Demand,
    weekly_cases: Ints,
    case_packs: Ints,
    weights: Floats,
    *,
    window: Window,
    parameters: WorldParameters,
    seed: int,
) -> tuple[Receipt, ...]:
    """Each case goes to one DC that holds the SKU, by chance in proportion to what the DCs hold."""
    rng = np.random.default_rng([seed, _CASES_STREAM])
    dcs = [n for n, node in enumerate(nodes) if node.kind is NodeKind.DC]
    shares = (weights[dcs] / weights[dcs].sum(axis=0)).T
    receipts = []
    for week, cases in enumerate(weekly_cases):
        by_dc = rng.multinomial(cases, shares)  # (skus, dcs)
        for column, weekday in zip(range(len(dcs)), parameters.receipt_weekdays, strict=True):
            node = nodes[dcs[column]]
            day = window.start + timedelta(weeks=week, days=(weekday - window.start.weekday()) % 7)
            at = instant(day, parameters.receipt_hour, ZoneInfo(node.time_zone))
            for s in np.flatnonzero(by_dc[:, column]).tolist():
                key = SupplyKey(SkuId(demand.ids[s]), node.id, source=f"po-{node.id}-{day}", earliest=day)
                receipts.append(Receipt(at, key, int(by_dc[s, column] * case_packs[s])))
    return tuple(sorted(receipts, key=lambda receipt: (receipt.at, receipt.inbound)))
