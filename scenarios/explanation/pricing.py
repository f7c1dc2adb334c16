"""What binds, and what it costs: the order is solved without each thing that could, and the difference told.

What makes no difference is left out.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from fulfillment.ids import LineId, NodeId, SkuId
from fulfillment.kits import stocked_parts
from fulfillment.plan import Plan
from fulfillment.policy_rules import rules_for
from optimizer.sourcing import check
from optimizer.sourcing.eligibility import ruled_out
from scenarios.explanation.changes import choices_of, more_stock, with_node, with_room
from scenarios.explanation.contents import Binding, BindingKind, Difference, difference
from scenarios.explanation.trials import solves_allowed
from scenarios.question import Question, priced_again


def what_binds(question: Question, base: Plan) -> tuple[Binding, ...]:
    """Everything without which there would be a better plan than `base`, what gains most first."""
    most = solves_allowed(question.order)
    found = [
        *_rules(question, base),
        *_choices(question, base, most),
        *_rooms(question, base, most),
        *_nodes_off(question, base, most),
        *_stock(question, base, most),
    ]
    if question.policy.may_give_up:
        return tuple(sorted(found, key=lambda one: (one.difference.cost, one.name)))
    return tuple(sorted(found, key=lambda one: (one.difference.unfilled, one.difference.cost, one.name)))


def _rules(question: Question, base: Plan) -> Iterator[Binding]:
    policy = question.policy
    for rule in rules_for(question.order, policy.rules):
        others = tuple(one for one in policy.rules if one.name != rule.name)
        without = replace(question, policy=replace(policy, rules=others))
        yield from _if_better(
            BindingKind.RULE, rule.name, f'without the rule "{rule.name}"', without, question, base
        )


def _choices(question: Question, base: Plan, most: int) -> Iterator[Binding]:
    for name, order in islice(choices_of(question.order).items(), most):
        without = replace(question, order=order)
        yield from _if_better(
            BindingKind.CHOICE, name, f"if the order did not say: {name}", without, question, base
        )


def _rooms(question: Question, base: Plan, most: int) -> Iterator[Binding]:
    """Days that are too full; first all at once, since mostly none is."""
    wanted = sum(line.quantity * question.network.skus[line.sku].picks for line in question.order.lines)
    holding = {node for (node, _), units in question.stock.items() if units > 0}
    full = [
        node
        for node in sorted(holding & question.network.nodes.keys())
        if question.room(node) < wanted and question.network.nodes[node].is_on
    ]
    every = question
    for node in full:
        every = with_room(every, node, wanted)
    if not full or not difference(every.answer().plan, base).is_better(question.policy):
        return
    for node in full[:most]:
        room = question.room(node)
        words = f"if {question.names[node]} could ship {wanted:,} units that day in place of {room:,}"
        with_more = with_room(question, node, wanted)
        for one in _if_better(BindingKind.CAPACITY, node, words, with_more, question, base):
            yield replace(one, node=node, units=wanted - room)


def _nodes_off(question: Question, base: Plan, most: int) -> Iterator[Binding]:
    holding = {node for (node, _), units in question.stock.items() if units > 0}
    zone = question.order.destination.zone
    off = [
        known
        for node, known in sorted(question.network.nodes.items())
        if node in holding and not known.is_on and question.network.rates.get((node, zone))
    ]
    for known in off[:most]:
        with_it = with_node(question, known.id, is_on=True)
        words = f"if {known.name} were on"
        for one in _if_better(BindingKind.NODE_OFF, known.id, words, with_it, question, base):
            yield replace(one, node=known.id)


def _stock(question: Question, base: Plan, most: int) -> Iterator[Binding]:
    """Skus that are scarce: with plenty of one at every node, what would be used beyond what there is?

    That much at those nodes alone makes the same plan possible, so it gains the same.
    """
    wanted = _wanted(question)
    out = ruled_out(question.order, question.network, question.policy)
    open_nodes = [
        node
        for node, known in sorted(question.network.nodes.items())
        if known.is_on
        and node not in out
        and question.network.rates.get((node, question.order.destination.zone))
    ]
    for sku, units in islice(wanted.items(), most):
        plenty = question
        for node in open_nodes:
            plenty = more_stock(plenty, node, sku, max(0, units - question.stock.get((node, sku), 0)))
        plan = plenty.answer().plan
        more = _beyond(question, plan, sku)
        # Without any a better plan was there all the time, and is no matter of stock.
        if more and difference(plan, base).is_better(question.policy):
            yield _scarce(question, base, plan, sku, more)


def _wanted(question: Question) -> dict[SkuId, int]:
    """Units of each sku that is ordered, those that kits of the order take counted."""
    skus = question.network.skus
    taken: Counter[SkuId] = Counter()
    kits: Counter[SkuId] = Counter()
    for line in question.order.lines:
        sku = skus[line.sku]
        if sku.components:
            kits[sku.id] += line.quantity
        for part in stocked_parts(sku):
            taken[part.sku] += line.quantity * part.quantity
    return {line.sku: kits[line.sku] or taken[line.sku] for line in question.order.lines}


def _beyond(question: Question, plan: Plan, sku: SkuId) -> dict[NodeId, int]:
    """Units of a sku that nodes would need beyond their stock for a plan, what kits take counted."""
    skus = question.network.skus
    taken: Counter[tuple[NodeId, SkuId]] = Counter()
    for shipment in plan.shipments:
        for part in shipment.units:
            for stocked in stocked_parts(skus[part.sku]):
                taken[shipment.node, stocked.sku] += part.quantity * stocked.quantity
    more = {
        shipment.node: max(
            -(
                (question.stock.get((shipment.node, part.sku), 0) - taken[shipment.node, part.sku])
                // part.quantity
            )
            for part in stocked_parts(skus[sku])
        )
        for shipment in plan.shipments
    }
    return {node: units for node, units in sorted(more.items()) if units > 0}


def _scarce(question: Question, base: Plan, plan: Plan, sku: SkuId, more: Mapping[NodeId, int]) -> Binding:
    where = " and ".join(f"{question.names[node]} had {units:,} more" for node, units in more.items())
    one = next(iter(more)) if len(more) == 1 else None
    return Binding(
        BindingKind.STOCK,
        str(sku),
        f"if {where} of {sku}",
        difference(plan, base),
        _fills(plan, base),
        node=one,
        sku=sku,
        units=sum(more.values()),
    )


def _if_better(
    kind: BindingKind, name: str, words: str, without: Question, question: Question, base: Plan
) -> Iterator[Binding]:
    plan = without.answer().plan
    gained = difference(plan, base)
    if gained.is_better(without.policy) and not _was_possible(question, plan, base, gained):
        yield Binding(kind, name, words, gained, _fills(plan, base))


def _was_possible(question: Question, plan: Plan, base: Plan, gained: Difference) -> bool:
    """Whether a plan gains as much with nothing changed: then the decision was not the best one, no more."""
    instance = question.instance
    if not {shipment.node for shipment in plan.shipments} <= set(instance.nodes):
        return False
    same = priced_again(instance, plan)
    there = difference(same, base)
    return not check(instance, same) and (there.unfilled, there.cost) <= (gained.unfilled, gained.cost)


def _fills(plan: Plan, base: Plan) -> tuple[tuple[LineId, int], ...]:
    """Units of each line that a plan serves and the base does not."""
    missing: Counter[LineId] = Counter()
    for one in base.unfilled:
        missing[one.line] += one.quantity
    for one in plan.unfilled:
        missing[one.line] -= one.quantity
    return tuple((line, units) for line, units in missing.items() if units > 0)
