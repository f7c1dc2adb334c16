"""One order's alternatives: what the rules would do, and real second solves with something forbidden.

Every alternative is priced by the policy of the order, so their costs can be laid side by side; only
what it was allowed to choose from differs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from fulfillment.ids import NodeId
from fulfillment.ledger.protocol import Ledger
from fulfillment.money import MICROS_PER_MINOR, Micros, to_minor
from fulfillment.network import Network, Node, NodeKind
from fulfillment.orders import Order
from fulfillment.plan import Plan
from fulfillment.policy import Policy
from optimizer.sourcing import RULES, Outcome, SolveStatus, SourcingInstance
from optimizer.sourcing.costing import plan_of
from scenarios.deciding import Decide, deciders, nodewise
from scenarios.situation import situation
from scenarios.wording import money


@dataclass(frozen=True, slots=True)
class Alternative:
    """A plan with its name: `id` is stable, `title` is for people; `rules` are those that come to it too."""

    id: str
    title: str
    plan: Plan
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """An order in a state of the ledger; read only, asked as often as one likes."""

    order: Order
    network: Network
    policy: Policy
    ledger: Ledger
    now: datetime

    @property
    def names(self) -> dict[NodeId, str]:
        """What the nodes are called."""
        return {node.id: node.name for node in self.network.nodes.values()}

    @property
    def instance(self) -> SourcingInstance:
        return self._instance(self.network)

    def answer(self, decide: Decide | None = None) -> Outcome:
        """The outcome by a decider; by default by Nodewise."""
        return (decide or nodewise()).outcome(self.instance)

    def only(self, allowed: Callable[[Node], bool]) -> Outcome:
        """Nodewise, where only the nodes that `allowed` accepts may ship."""
        nodes = {
            name: node if allowed(node) else replace(node, is_on=False, off_reason="not allowed")
            for name, node in self.network.nodes.items()
        }
        return nodewise().outcome(self._instance(replace(self.network, nodes=nodes)))

    def without(self, *nodes: NodeId) -> Outcome:
        """Nodewise, where these nodes may not ship."""
        return self.only(lambda node: node.id not in nodes)

    def from_one_node(self) -> Outcome:
        """The best plan with a single shipment: fewest unfilled units first, then the lowest objective."""
        everywhere = frozenset(self.network.nodes)
        outcomes = [self.without(*(everywhere - {node})) for node in self.instance.nodes]
        return min(outcomes, key=lambda o: (o.plan.unfilled_units, o.plan.objective), default=self.answer())

    def if_splits_were_free(self) -> Plan:
        """The cheapest plan in cash, steering left out when choosing and put back when pricing."""
        free = replace(self.policy, extra_shipment_penalty=Micros(0), split_line_penalty=Micros(0))
        found = nodewise().outcome(self._instance(self.network, free))
        return _priced_again(self.instance, found.plan)

    def _instance(self, network: Network, policy: Policy | None = None) -> SourcingInstance:
        seen = situation(
            self.order, network=network, policy=policy or self.policy, ledger=self.ledger, now=self.now
        )
        return seen.instance


def alternatives(question: Question) -> tuple[Alternative, ...]:
    """The chosen plan first, then the others from fewest unfilled units and lowest objective.

    Plans that are alike are told once, under the first name of: chosen, without its main node, DCs
    only, splits for free, one node, the rules.
    """
    rules: dict[Plan, tuple[Decide, ...]] = {}
    for decide in deciders().values():
        if decide.name in RULES:
            plan = question.answer(decide).plan
            rules[plan] = (*rules.get(plan, ()), decide)
    told: dict[Plan, Alternative] = {}
    for id_, title, plan in _asked(question):
        told.setdefault(plan, Alternative(id_, title, plan, tuple(one.title for one in rules.get(plan, ()))))
    for plan, alike in rules.items():
        names = tuple(one.title for one in alike)
        told.setdefault(plan, Alternative(alike[0].name, "Rule", plan, names))
    chosen, *others = told.values()
    return chosen, *sorted(others, key=lambda a: (a.plan.unfilled_units, a.plan.objective, a.id))


def in_one_sentence(
    question: Question, told: Sequence[Alternative], outcome: Outcome, *, currency: str
) -> str:
    """Where the order ships from, at what cost, against the best rule, and how sure that is."""
    plan = told[0].plan
    cost = money(plan.objective, currency)
    nodes = [question.network.nodes[one.node].name for one in plan.shipments]
    if not nodes:
        return (
            f"Nothing of order {question.order.id} can be shipped: {plan.unfilled_units} units have no stock"
        )
    said = f"Order {question.order.id} ships from {' and '.join(nodes)} for {cost}"
    rules = [one for one in told if one.rules and one.plan.unfilled_units == plan.unfilled_units]
    best = min(rules, key=lambda one: one.plan.objective, default=None)
    if best is not None and best.plan == plan:
        said += f", as by the rule {best.rules[0].lower()}"
    elif best is not None:
        saved = to_minor(best.plan.objective) - to_minor(plan.objective)  # as the two amounts are shown
        said += f", {money(saved * MICROS_PER_MINOR, currency)} less than the best rule"
    if outcome.status is SolveStatus.OPTIMAL:
        return f"{said}; proven cheapest, to the penny"
    return f"{said}; no plan can be more than {money(outcome.gap, currency)} cheaper"


def main_node(plan: Plan) -> NodeId:
    """The node that ships the most units; the first by id among equals.

    Raises
    ------
    ValueError
        The plan ships nothing.
    """
    return max(plan.shipments, key=lambda one: sum(part.quantity for part in one.units)).node


def _asked(question: Question) -> Iterator[tuple[str, str, Plan]]:
    chosen = question.answer().plan
    yield "chosen", "Nodewise", chosen
    if not chosen.shipments:
        return
    main = main_node(chosen)
    yield "without_main_node", f"Without {question.names[main]}", question.without(main).plan
    dcs_only = question.only(lambda node: node.kind is NodeKind.DC)
    yield "dcs_only", "DCs only, no store", dcs_only.plan
    yield "free_splits", "If splits were free", question.if_splits_were_free()
    yield "one_node", "Best single node", question.from_one_node().plan


def _priced_again(instance: SourcingInstance, plan: Plan) -> Plan:
    """The same units from the same nodes, priced by the policy of `instance`."""
    rows = {node: k for k, node in enumerate(instance.nodes)}
    columns = {line.id: j for j, line in enumerate(instance.order.lines)}
    units = np.zeros_like(instance.stock)
    for shipment in plan.shipments:
        for part in shipment.units:
            units[rows[shipment.node], columns[part.line]] = part.quantity
    return plan_of(instance, units)
