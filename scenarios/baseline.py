"""The OMS's own choice for an order: what it costs by the figures of the service, and what it goes against.

Priced where every plan is, in `optimizer.sourcing.costing`: a choice equal to the plan costs the same.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from fulfillment.capacity import why_none_left
from fulfillment.ids import LineId, NodeId, SkuId
from fulfillment.kits import stocked_parts
from fulfillment.money import NOTHING
from fulfillment.orders import ANY_NODE, Order
from fulfillment.plan import Plan
from fulfillment.policy_rules import PolicyRule
from fulfillment.rates import Rate
from fulfillment.shadow import Against, ChosenUnits, Violation
from fulfillment.skus import Sku
from fulfillment.tier_rules import HeldForTiers
from optimizer.sourcing import SourcingInstance, build_instance
from optimizer.sourcing.building import pick_line_of
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.eligibility import CHOICE, ruled_out
from optimizer.sourcing.splitting import TOGETHER, splitting_of
from scenarios.carriers import rates_from, why_not
from scenarios.question import Question


def price(chosen: Sequence[ChosenUnits], asked: Question) -> Plan:
    """The plan that ships what was chosen, and nothing else; what it goes against does not stop it.

    A soft rule that it breaks is charged. The lines and nodes are known, no line ships more than was ordered,
    a node ships by one service, and that is one it has to the destination.

    Parameters
    ----------
    asked
        The order and what Nodewise sees; stock and capacity are raised to what was chosen where that is more.
    """
    instance = _as_chosen(chosen, asked)
    row = {node: k for k, node in enumerate(instance.nodes)}
    column = {line.id: j for j, line in enumerate(asked.order.lines)}
    units = np.zeros_like(instance.stock)
    for one in chosen:
        units[row[one.node], column[one.line]] += one.quantity
    return plan_of(instance, units)


def violations(chosen: Sequence[ChosenUnits], asked: Question) -> tuple[Violation, ...]:
    """What the choice goes against, in words; empty if Nodewise might have made it. Arguments as `price`."""
    return (
        *_unseen_units(chosen, asked),
        *_full_days(chosen, asked),
        *_nodes_that_may_not(chosen, asked),
        *_lines_from_elsewhere(chosen, asked.order),
        *_too_many_nodes(chosen, asked),
        *_services_that_may_not(chosen, asked),
        *_not_whole(chosen, asked.order),
    )


def chosen_by(plan: Plan) -> tuple[ChosenUnits, ...]:
    """A plan as an OMS would send it as its own choice, services named."""
    return tuple(
        ChosenUnits(part.line, shipment.node, part.quantity, shipment.service)
        for shipment in plan.shipments
        for part in shipment.units
    )


def _as_chosen(chosen: Sequence[ChosenUnits], asked: Question) -> SourcingInstance:
    """An instance in which the choice can be made: its nodes alone, all of them on, with what they ship."""
    order, network = asked.order, asked.network
    nodes = _nodes(chosen)
    skus = {line.id: line.sku for line in order.lines}
    ships: Counter[tuple[NodeId, SkuId]] = Counter()
    for one in chosen:
        ships[one.node, skus[one.line]] += one.quantity
    ships |= _stocked_units(chosen, asked)  # the larger: prices of a kit are those of its components
    picks = _picks(chosen, asked)
    zone = order.destination.zone
    here = replace(
        network,
        # With no node at all it could not say where it has none.
        nodes={node: replace(network.nodes[node], is_on=True) for node in nodes} or network.nodes,
        rates={
            (node, zone): _usable(_rates(chosen, node, asked), _goods(chosen, node, asked), asked)
            for node in nodes
        }
        or network.rates,
    )
    unbound = replace(
        order,
        lines=tuple(replace(line, node=None) for line in order.lines),
        nodes=ANY_NODE,
        accept_partial=True,
        service=None,
    )
    instance = build_instance(
        unbound,
        network=here,
        policy=replace(
            asked.policy,
            rules=tuple(rule for rule in asked.policy.rules if _is_soft(rule)),
            late_day_penalty=asked.policy.late_day_penalty or NOTHING,
        ),
        stock={
            (node, sku): max(asked.stock.get((node, sku), 0), ships[node, sku])
            for node in nodes
            for sku in {one for line in skus.values() for one in _with_components(line, asked)}
        },
        capacity={node: max(asked.room(node), picks[node]) for node in nodes},
        prices=asked.prices,
        now=asked.now,
    )
    # What lines compete for is a matter of what is there, not of what it costs. Which lines are picked as one
    # is a matter of the order as it is, whatever the OMS made of the nodes that it names.
    return replace(instance, shared=None, sku_index=pick_line_of(order))


def _usable(rates: Sequence[Rate], goods: Sequence[Sku], asked: Question) -> tuple[Rate, ...]:
    """The rates by which all of the goods may go. Where there is none, those that take them, allowed or not;
    where none does, all of them, as if they did."""
    allowed = tuple(rate for rate in rates if not why_not(asked, rate, goods))
    taking = tuple(rate for rate in rates if not any(rate.refuses(sku) for sku in goods))
    anyway = tuple(replace(rate, carries_hazmat=True, longest_side_mm=None) for rate in rates)
    return allowed or taking or anyway


def _is_soft(rule: PolicyRule) -> bool:
    return not isinstance(rule, HeldForTiers) and rule.penalty is not None


def _nodes(chosen: Sequence[ChosenUnits]) -> list[NodeId]:
    return sorted({one.node for one in chosen})


def _rates(chosen: Sequence[ChosenUnits], node: NodeId, asked: Question) -> list[Rate]:
    """The service named for the node, or all that it has."""
    named = {one.service for one in chosen if one.node == node and one.service is not None}
    return [rate for rate in rates_from(asked, node) if not named or rate.service in named]


def _goods(chosen: Sequence[ChosenUnits], node: NodeId, asked: Question) -> list[Sku]:
    """What the node ships, each sku once."""
    lines = {one.line for one in chosen if one.node == node}
    skus = {line.sku for line in asked.order.lines if line.id in lines}
    return [asked.network.skus[sku] for sku in sorted(skus)]


def _picks(chosen: Sequence[ChosenUnits], asked: Question) -> Counter[NodeId]:
    per_unit = {line.id: asked.network.skus[line.sku].picks for line in asked.order.lines}
    picked: Counter[NodeId] = Counter()
    for one in chosen:
        picked[one.node] += one.quantity * per_unit[one.line]
    return picked


def _stocked_units(chosen: Sequence[ChosenUnits], asked: Question) -> Counter[tuple[NodeId, SkuId]]:
    """Units that each node takes of what is stocked: of a kit, of its components."""
    skus = {line.id: asked.network.skus[line.sku] for line in asked.order.lines}
    taken: Counter[tuple[NodeId, SkuId]] = Counter()
    for one in chosen:
        for part in stocked_parts(skus[one.line]):
            taken[one.node, part.sku] += one.quantity * part.quantity
    return taken


def _with_components(sku: SkuId, asked: Question) -> set[SkuId]:
    return {sku, *(part.sku for part in asked.network.skus[sku].components)}


def _unseen_units(chosen: Sequence[ChosenUnits], asked: Question) -> Iterator[Violation]:
    """Stocked skus, those of kits among them, of which a node ships more than it is seen to have."""
    for (node, sku), units in sorted(_stocked_units(chosen, asked).items()):
        seen = asked.stock.get((node, sku), 0)
        if units > seen:
            yield Violation(Against.STOCK, f"{node} ships {units} of {sku}, {seen} seen", node)


def _full_days(chosen: Sequence[ChosenUnits], asked: Question) -> Iterator[Violation]:
    for node, units in sorted(_picks(chosen, asked).items()):
        room = asked.room(node)
        if units > room:
            detail = f"{node} ships {units} units today, has room for {room}"
            gone = why_none_left(asked.network.nodes[node], asked.at)
            yield Violation(Against.CAPACITY, f"{detail}: {gone}" if gone else detail, node)


def _nodes_that_may_not(chosen: Sequence[ChosenUnits], asked: Question) -> Iterator[Violation]:
    objections = ruled_out(asked.order, asked.network, asked.policy)
    for node in _nodes(chosen):
        if not asked.network.nodes[node].is_on:
            yield Violation(Against.OFF, f"{node} is off", node)
        for one in objections.get(node, ()):
            against = Against.ORDER if one.rule == CHOICE else Against.RULE
            yield Violation(
                against, f"{node} may not ship it: {one.words} ({one.rule})", node, _rule_name(one.rule)
            )


def _lines_from_elsewhere(chosen: Sequence[ChosenUnits], order: Order) -> Iterator[Violation]:
    only = {line.id: line.node for line in order.lines}
    for line, node in sorted({(one.line, one.node) for one in chosen}):
        if only[line] not in (None, node):
            yield Violation(Against.ORDER, f"line {line} has to ship from {only[line]}, not {node}", node)


def _too_many_nodes(chosen: Sequence[ChosenUnits], asked: Question) -> Iterator[Violation]:
    splitting = splitting_of(asked.order, asked.policy, network=asked.network, nodes=tuple(_nodes(chosen)))
    if splitting is None:
        return
    shipping: defaultdict[LineId, set[NodeId]] = defaultdict(set)
    for one in chosen:
        shipping[one.line].add(one.node)
    for limit in splitting.hard:
        lines = [asked.order.lines[number].id for number in sorted(limit.lines)]
        nodes = set[NodeId]().union(*(shipping[line] for line in lines))
        if limit.beyond(nodes):
            against = Against.RULE if _rule_name(limit.rule) else Against.ORDER
            of = f"line {lines[0]}" if len(lines) == 1 else "it"
            detail = f"{len(nodes)} nodes ship {of}, at most {limit.at_most} may: {limit.rule}"
            yield Violation(against, detail, rule=_rule_name(limit.rule))


def _services_that_may_not(chosen: Sequence[ChosenUnits], asked: Question) -> Iterator[Violation]:
    """Shipments that may go by no service, or not by the one named: it refuses goods, is late where nothing
    late may be shipped, or is no substitute for the one that was asked for."""
    for node in _nodes(chosen):
        goods = _goods(chosen, node, asked)
        why = {rate.service: why_not(asked, rate, goods) for rate in rates_from(asked, node)}
        named = {rate.service for rate in _rates(chosen, node, asked)}
        if not all(why[service] for service in named):
            continue
        said = "; ".join(f"{service} {why[service]}" for service in sorted(named))
        allowed = " or ".join(service for service, reason in why.items() if not reason)
        remedy = f"ship them by {allowed}" if allowed else "ship them from another node"
        detail = f"{node} ships goods that its service may not carry: {said}; {remedy}"
        yield Violation(Against.SERVICE, detail, node)


def _not_whole(chosen: Sequence[ChosenUnits], order: Order) -> Iterator[Violation]:
    shipped = sum(one.quantity for one in chosen)
    if not order.accept_partial and 0 < shipped < order.units:
        detail = f"{shipped} of {order.units} units ship, and the order is filled whole or not at all"
        yield Violation(Against.ORDER, detail)


def _rule_name(rule: str) -> str:
    """The name of a policy rule; empty for what the order itself demands."""
    return "" if rule in (CHOICE, TOGETHER) else rule
