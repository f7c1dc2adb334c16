"""A what-if: the list of differences from the world as it is, and the world and policy it leads to.

Applying says nothing about the outcome; replay both worlds and compare them. How a what-if is written
in a file is `scenarios.whatif_parsing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fulfillment.errors import UnknownReference
from fulfillment.ids import NodeId, OrderId, PolicyVersion, ServiceId, ZoneId
from fulfillment.money import Micros
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.rates import Rate, WeightBreak
from scenarios.world import World


@dataclass(frozen=True, slots=True)
class NodeSwitch:
    """A node is switched on, or off: it then sources nothing, while its stock, till and receipts go on."""

    node: NodeId
    is_on: bool


@dataclass(frozen=True, slots=True)
class DemandChange:
    """Orders times `factor`: below 1 thinned, above 1 with copies. Till sales stay as they are.

    Each order is kept floor(factor) times, and once more with the chance of what is left over, by
    `seed`. With one seed the orders of a smaller factor are among those of a larger one. A copy is
    placed at the same instant, right behind its original, and is called `<order>+1`, `<order>+2` ...
    """

    factor: float
    seed: int = 0


@dataclass(frozen=True, slots=True)
class RateChange:
    """Carrier rates times `factor`: of one service, to one zone, or of and to all where None is said."""

    factor: float
    service: ServiceId | None = None
    zone: ZoneId | None = None


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """Weights and switches in place of the policy's; None keeps what the policy has."""

    extra_shipment_penalty: Micros | None = None
    split_line_penalty: Micros | None = None
    may_give_up: bool | None = None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One question to a world, as differences only; `title` is how the answer names it."""

    title: str
    nodes: tuple[NodeSwitch, ...] = ()
    demand: DemandChange | None = None
    rates: tuple[RateChange, ...] = ()
    policy: PolicyChange = PolicyChange()


def apply(whatif: WhatIf, world: World, policy: Policy) -> tuple[World, Policy]:
    """The world and policy as they would be; where nothing differs, the same ones.

    Raises
    ------
    UnknownReference
        A node, service or zone that the world does not have; names the nearest one.
    """
    network = _with_nodes(whatif, world.network)
    network = _with_rates(whatif.rates, network)
    orders = world.orders if whatif.demand is None else _with_demand(whatif.demand, world.orders)
    return replace(world, network=network, orders=orders), _with_policy(whatif, policy)


def _with_nodes(whatif: WhatIf, network: Network) -> Network:
    nodes = dict(network.nodes)
    for switch in whatif.nodes:
        if switch.node not in nodes:
            pointer = "/nodes/on" if switch.is_on else "/nodes/off"
            raise UnknownReference("node", switch.node, nodes, pointer=pointer)
        reason = "" if switch.is_on else f"off in the what-if: {whatif.title}"
        nodes[switch.node] = replace(nodes[switch.node], is_on=switch.is_on, off_reason=reason)
    return replace(network, nodes=nodes)


def _with_rates(changes: tuple[RateChange, ...], network: Network) -> Network:
    services = {rate.service for offered in network.rates.values() for rate in offered}
    for index, change in enumerate(changes):
        if change.service is not None and change.service not in services:
            raise UnknownReference("service", change.service, services, pointer=f"/rates/{index}/service")
        if change.zone is not None and change.zone not in network.zones:
            raise UnknownReference("zone", change.zone, network.zones, pointer=f"/rates/{index}/zone")
    rates = {
        lane: tuple(_changed(rate, changes) for rate in offered) for lane, offered in network.rates.items()
    }
    return replace(network, rates=rates)


def _changed(rate: Rate, changes: tuple[RateChange, ...]) -> Rate:
    """Every change that means this rate, one after the other; per kilogram to whole micros per gram."""

    def times(per_kg: Micros, factor: float) -> Micros:
        return Micros(round(per_kg // 1000 * factor) * 1000)

    for change in changes:
        if change.service in (None, rate.service) and change.zone in (None, rate.zone):
            rate = replace(
                rate,
                per_package=Micros(round(rate.per_package * change.factor)),
                per_kg=times(rate.per_kg, change.factor),
                breaks=_falling(
                    times(rate.per_kg, change.factor),
                    [replace(one, per_kg=times(one.per_kg, change.factor)) for one in rate.breaks],
                ),
                per_shipment=Micros(round(rate.per_shipment * change.factor)),
                per_oversized=Micros(round(rate.per_oversized * change.factor)),
            )
    return rate


def _falling(per_kg: Micros, breaks: Sequence[WeightBreak]) -> tuple[WeightBreak, ...]:
    """Breaks that still lower the charge after it was rounded."""
    kept: list[WeightBreak] = []
    for one in breaks:
        if one.per_kg < (kept[-1].per_kg if kept else per_kg):
            kept.append(one)
    return tuple(kept)


def _with_demand(change: DemandChange, orders: tuple[Order, ...]) -> tuple[Order, ...]:
    whole = int(change.factor)
    chances = np.random.default_rng(change.seed).random(len(orders))
    times = whole + (chances < change.factor - whole)
    return tuple(
        order if copy == 0 else replace(order, id=OrderId(f"{order.id}+{copy}"))
        for order, count in zip(orders, times.tolist(), strict=True)
        for copy in range(count)
    )


def _with_policy(whatif: WhatIf, policy: Policy) -> Policy:
    wished = whatif.policy
    changed = replace(
        policy,
        extra_shipment_penalty=_or(wished.extra_shipment_penalty, policy.extra_shipment_penalty),
        split_line_penalty=_or(wished.split_line_penalty, policy.split_line_penalty),
        may_give_up=policy.may_give_up if wished.may_give_up is None else wished.may_give_up,
    )
    if changed == policy:
        return policy
    # Versions are immutable: other weights need another name.
    return replace(changed, version=PolicyVersion(f"{policy.version} + {whatif.title}"))


def _or(wished: Micros | None, known: Micros) -> Micros:
    return known if wished is None else wished
