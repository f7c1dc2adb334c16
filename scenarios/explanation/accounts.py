"""Every node of the network, once: it ships, or one reason with figures why it does not."""

from collections import Counter
from collections.abc import Iterator

from fulfillment.capacity import why_none_left
from fulfillment.holding import held_back
from fulfillment.ids import NodeId
from fulfillment.network import Node, distance_km
from fulfillment.policy import Policy
from optimizer.sourcing import SourcingInstance
from optimizer.sourcing.eligibility import ruled_out
from scenarios.explanation.carrying import why_none_takes
from scenarios.explanation.changes import pin_of
from scenarios.explanation.contents import Decision, Difference, NodeAccount, NodeState, difference
from scenarios.explanation.decisive import decisive_term
from scenarios.explanation.joining import Joined
from scenarios.explanation.wording import more, of_slots, units_of
from scenarios.question import Question

_Reason = tuple[NodeState, str, str]


def accounts(
    question: Question,
    instance: SourcingInstance,
    decision: Decision,
    joined: dict[NodeId, Joined],
    *,
    currency: str,
) -> tuple[NodeAccount, ...]:
    """The nodes that ship first, then the others from near to far."""
    made = _Accounts(question, instance, decision, joined, currency).made()
    return tuple(sorted(made, key=lambda one: (one.state is not NodeState.USED, one.distance_km, one.node)))


class _Accounts:
    def __init__(
        self,
        question: Question,
        instance: SourcingInstance,
        decision: Decision,
        joined: dict[NodeId, Joined],
        currency: str,
    ) -> None:
        self._question = question
        self._place = instance.place
        self._plan = decision.plan
        self._joined = joined
        self._currency = currency
        self._out = ruled_out(question.order, question.network, question.policy)
        self._held = held_back(question.order, question.policy.rules, question.network.nodes.values())
        self._skus = tuple(dict.fromkeys(line.sku for line in question.order.lines))
        self._ships: Counter[NodeId] = Counter(
            {one.node: sum(part.quantity for part in one.units) for one in decision.plan.shipments}
        )

    def made(self) -> Iterator[NodeAccount]:
        for node in self._question.network.nodes.values():
            reason = self._kept(node)
            state, words, rule = reason or self._of_candidate(node.id)
            joined = self._joined.get(node.id)
            compares = state.is_feasible and joined is not None and joined.plan is not None
            yield NodeAccount(
                node=node.id,
                name=node.name,
                place=node.place,
                distance_km=round(distance_km(node.place, self._place), 1),
                state=state,
                words=words,
                stock={sku: self._question.stock.get((node.id, sku), 0) for sku in self._skus},
                room=self._question.room(node.id),
                units_per_day=node.units_per_day,
                has_slots=bool(node.slots),
                no_slot_left=why_none_left(node, self._question.at),
                rule=rule,
                difference=self._difference(node.id) if compares else None,
                is_solved=compares and joined is not None and joined.is_solved,
            )

    def _kept(self, node: Node) -> _Reason | None:
        """What keeps a node from shipping before any plan is made; None of a candidate, or one that ships."""
        if node.id in self._ships:
            return NodeState.USED, f"ships {units_of(self._ships[node.id])}", ""
        if not node.is_on:
            return NodeState.OFF, f"is off: {node.off_reason or 'no reason was given'}", ""
        zone = self._question.order.destination.zone
        if not self._question.network.rates.get((node.id, zone)):
            return NodeState.NO_RATE, f"has no rate to {zone}", ""
        if not any(self._question.stock.get((node.id, sku), 0) > 0 for sku in self._skus):
            held = self._held.get(node.id)
            beyond = f" beyond the last {held:,}, held for higher tiers" if held else ""
            return NodeState.NO_STOCK, f"has none of what was ordered{beyond}", ""
        room = self._question.room(node.id)
        if room <= 0:
            gone = why_none_left(node, self._question.at)
            why = f": {gone}" if gone else f", of {units_of(node.units_per_day)}{of_slots(bool(node.slots))}"
            return NodeState.FULL, f"has no room left that day{why}", ""
        if node.id in self._out:
            first = self._out[node.id][0]
            return NodeState.KEPT_OUT, f"may not ship it: {first.words} ({first.rule})", first.rule
        return self._pinned_elsewhere(node) or self._not_carried(node)

    def _pinned_elsewhere(self, node: Node) -> _Reason | None:
        stock = self._question.stock
        lines = [one for one in self._question.order.lines if stock.get((node.id, one.sku), 0) > 0]
        first = lines[0]
        if first.node is not None and all(one.node not in (None, node.id) for one in lines):
            said = pin_of(first.id, first.node)
            return NodeState.KEPT_OUT, f"may not ship it: {said}", said
        return None

    def _not_carried(self, node: Node) -> _Reason | None:
        if node.id in self._joined:  # a candidate: some service of its takes some of it
            return None
        question = self._question
        held = [
            question.network.skus[line.sku]
            for line in question.order.lines
            if line.node in (None, node.id) and question.stock.get((node.id, line.sku), 0) > 0
        ]
        if held and (said := why_none_takes(question, node.id, held)):
            return NodeState.NO_SERVICE, f"has no service for it: {said}", ""
        return None

    def _of_candidate(self, node: NodeId) -> _Reason:
        joined = self._joined.get(node)
        if joined is None or joined.plan is None:
            return NodeState.NO_PLAN, "could only ship in a plan that limits forbid", ""
        found = self._difference(node)
        state = _state(found, self._question.policy)
        if state is NodeState.AS_GOOD:
            return state, "would do as well: of plans that cost the same one is chosen by fixed rule", ""
        how = "the best plan found with it" if joined.is_solved else "with one line from there it"
        late = "; the decision was not proven" if state is NodeState.BETTER else ""
        why = decisive_term(joined.plan, self._plan, node, wanted_by=self._question.order.wanted_by)
        since = f", since {why}" if why and state is NodeState.DEARER else ""
        return state, f"could ship it: {how} {more(found, self._currency)}{since}{late}", ""

    def _difference(self, node: NodeId) -> Difference:
        plan = self._joined[node].plan
        assert plan is not None
        return difference(plan, self._plan)


def _state(found: Difference, policy: Policy) -> NodeState:
    if found.is_better(policy):
        return NodeState.BETTER
    if found.unfilled > 0:
        return NodeState.UNFILLED
    return NodeState.DEARER if found.cost > 0 else NodeState.AS_GOOD
