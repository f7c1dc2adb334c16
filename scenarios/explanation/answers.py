"""The nine questions, each answered in words and figures. Names, no ids, where there is a name."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from fulfillment.cost_words import kind_in_words
from fulfillment.ids import LineId, NodeId, SkuId
from fulfillment.plan import CostKind, Plan, PlannedShipment, UnfilledReason
from scenarios.explanation.carriage import dates_answer, service_answer
from scenarios.explanation.contents import (
    Answered,
    Binding,
    Missing,
    MissingLine,
    NodeAccount,
    NodeState,
    Topic,
)
from scenarios.explanation.costs import Costs
from scenarios.explanation.facts import Facts
from scenarios.explanation.wording import (
    gained,
    listed,
    minor_money,
    more,
    of_slots,
    units_of,
)
from scenarios.wording import counted, money

_MOST_LINES = 40  # of an order that are told one by one
_MOST_NEARER = 5
REASONS: Mapping[str, str] = {
    "no_stock": "no node that could ship it has it",
    "no_capacity": "nodes have it, and no room left that day",
    "ruled_out": "nodes have it that a rule, or the order itself, keeps out",
    "no_service": "nodes have it, and no service of theirs takes it, or none with what else they ship",
    "given_up": "serving it would have cost more than it earns, and the policy allows to leave it",
    "backordered": "promised from what is on its way",
}


def answers(facts: Facts) -> tuple[Answered, ...]:
    """All nine, in their order."""
    return (
        _why_this_node(facts),
        _why_split(facts),
        _why_farther(facts),
        cost_of(facts.decision.plan, facts.currency, facts.name, terms=facts.terms),
        _seen(facts),
        _rejected(facts),
        dates_answer(facts),
        service_answer(facts),
        _unfilled(facts),
    )


def sentence_of(facts: Facts) -> str:
    """The decision in one sentence."""
    plan = facts.decision.plan
    missing = units_of(plan.unfilled_units)
    if not plan.shipments:
        return f"Nothing of order {facts.order.id} ships: {missing} could not be served."
    nodes = listed([facts.name(one.node) for one in plan.shipments])
    rest = f"; {missing} unfilled" if plan.unfilled_units else ""
    said = f"Order {facts.order.id} ships from {nodes} in {counted(plan.packages, 'package')}{rest}"
    cash = minor_money(Costs(plan).cash, facts.currency)
    return f"{said}, for {cash} of freight and labor. {_proof(facts)}"


def _proof(facts: Facts) -> str:
    decision = facts.decision
    if decision.is_degraded:
        return "A rule decided, and not the solver: nothing is proven."
    if decision.is_proven:
        return "No plan that serves as much costs a penny less: that is proven."
    gap = money(decision.gap, facts.currency)
    return f"No plan that serves as much can cost more than {gap} less."


def _why_this_node(facts: Facts) -> Answered:
    plan = facts.decision.plan
    if not plan.shipments:
        return Answered(Topic.NODE, "No node ships anything.")
    points = []
    for shipment in plan.shipments:
        found = facts.without[shipment.node].difference
        points.append(f"{_ships(facts, shipment)}. Without it the best plan {more(found, facts.currency)}.")
    nodes = listed([facts.name(one.node) for one in plan.shipments])
    if facts.decision.is_degraded:
        return Answered(Topic.NODE, f"{nodes}: the nearest that had it, taken by a rule.", tuple(points))
    verb = "is" if len(plan.shipments) == 1 else "are together"
    known = "" if facts.decision.is_proven else " that was found"
    given_up = any(one.reason == UnfilledReason.GIVEN_UP.value for one in facts.decision.missing)
    aim = "lost margin counted" if given_up else "to serve as much of the order as can be served"
    comma = "," if given_up else ""
    short = f"{nodes} {verb} the cheapest way{known}{comma} {aim}."
    return Answered(Topic.NODE, short, tuple(points))


def _ships(facts: Facts, shipment: PlannedShipment) -> str:
    units = sum(part.quantity for part in shipment.units)
    lines = counted(len(shipment.units), "line")
    packages = counted(shipment.packages, "package")
    return f"{facts.name(shipment.node)} ships {units_of(units)} of {lines} in {packages}"


def _why_split(facts: Facts) -> Answered:
    plan = facts.decision.plan
    if not plan.shipments:
        return Answered(Topic.SPLIT, "There is nothing to split.")
    one, whole = facts.alternative("one_node"), facts.alternative("whole_lines")
    points = [
        f"{title}: it {more(found.difference, facts.currency)}."
        for title, found in (
            ("The best plan from one node", one),
            ("The best plan that splits no line", whole),
            ("The best plan with other nodes", facts.alternative("next_best")),
        )
        if found is not None
    ]
    if len(plan.shipments) == 1:
        short = f"It was not split: {facts.name(plan.shipments[0].node)} alone ships all that is served"
        better = "no plan with more nodes is better" if facts.decision.is_proven else "none better was found"
        return Answered(Topic.SPLIT, f"{short}, and {better}.", tuple(points))
    nodes = f"It was split over {counted(len(plan.shipments), 'node')}"
    if one is None:
        return Answered(Topic.SPLIT, f"{nodes}.", tuple(points))
    where = listed([facts.name(shipment.node) for shipment in one.alternative.plan.shipments])
    at_best = f"from one node, at best {where or 'none'}"
    short = f"{nodes}, because {at_best}, it {more(one.difference, facts.currency)}."
    return Answered(Topic.SPLIT, short, tuple(points[1:]))


def _why_farther(facts: Facts) -> Answered:
    if not facts.used:
        return Answered(Topic.DISTANCE, "No node ships anything.")
    farthest = max(facts.used, key=lambda one: one.distance_km)
    nearer = [one for one in facts.unused if one.distance_km < farthest.distance_km]
    away = f"{farthest.distance_km:,.0f} km away"
    if not nearer:
        return Answered(Topic.DISTANCE, f"It was not: no node is nearer than {farthest.name}, {away}.")
    does = "does" if len(nearer) == 1 else "do"
    short = f"{counted(len(nearer), 'node')} nearer than {farthest.name}, {away}, {does} not ship."
    scarce = _only_there(facts, farthest)
    points = [f"No nearer node has enough of {listed(scarce)}."] if scarce else []
    points += [_account(one) for one in nearer[:_MOST_NEARER]]
    if len(nearer) > _MOST_NEARER:
        points.append(f"And {len(nearer) - _MOST_NEARER} more; why each did not ship is told below.")
    return Answered(Topic.DISTANCE, short, tuple(points))


def _only_there(facts: Facts, node: NodeAccount) -> list[str]:
    """What a node ships and no nearer one has enough of."""
    shipped: Counter[SkuId] = Counter()
    for shipment in facts.decision.plan.shipments:
        if shipment.node == node.node:
            for part in shipment.units:
                shipped[part.sku] += part.quantity
    nearer = [one for one in facts.nodes if one.distance_km < node.distance_km]
    return [
        facts.sku(sku)
        for sku, units in shipped.items()
        if all(one.stock.get(sku, 0) < units for one in nearer)
    ]


def _account(one: NodeAccount) -> str:
    return f"{one.name}, {one.distance_km:,.0f} km away, {one.words}."


def cost_of(
    plan: Plan, currency: str, name: Callable[[NodeId], str], *, terms: Sequence[str] = ()
) -> Answered:
    """What a plan costs, kind by kind; the amounts add up. `terms` say what stands behind them."""
    costs = Costs(plan)
    points = []
    for kind, minor in costs.by_kind.items():
        where = [
            f"{name(node)} {minor_money(amount, currency)}" for node, amount in costs.by_node[kind].items()
        ]
        at = f" ({listed(where)})" if len(where) > 1 else ""
        points.append(f"{kind_in_words(kind.value)}: {minor_money(minor, currency)}{at}.")
    points.append(f"Together {minor_money(costs.total, currency)}.")
    freight = minor_money(costs.of(CostKind.PACKAGES, CostKind.WEIGHT, CostKind.SURCHARGE), currency)
    paid = minor_money(costs.cash, currency)
    short = f"Shipping cost {freight}; with labor {paid} are paid."
    return Answered(Topic.COST, short, (*points, *terms))


def _seen(facts: Facts) -> Answered:
    points = [*_stock_points(facts)]
    for one in facts.used:
        of = f"{one.units_per_day:,}{of_slots(one.has_slots)}"
        points.append(f"{one.name} could ship {units_of(one.room)} more that day, of {of}.")
    full = [
        f"{one.name} ({one.no_slot_left})" if one.no_slot_left else one.name
        for one in facts.nodes
        if one.room <= 0 and any(one.stock.values())
    ]
    if full:
        points.append(f"Had stock and no room left that day: {listed(full)}.")
    holding = sum(any(one.stock.values()) for one in facts.nodes)
    short = f"{holding} of {counted(len(facts.nodes), 'node')} had stock of the order, as follows."
    return Answered(Topic.SEEN, short, tuple(points))


def _stock_points(facts: Facts) -> Iterator[str]:
    wanted: Counter[SkuId] = Counter()
    for line in facts.order.lines:
        wanted[line.sku] += line.quantity
    for sku, units in list(wanted.items())[:_MOST_LINES]:
        at = [f"{one.name} {one.stock[sku]:,}" for one in facts.used if one.stock.get(sku)]
        others = [one.stock[sku] for one in facts.unused if one.stock.get(sku)]
        if others:
            at.append(f"{counted(len(others), 'other node')} {sum(others):,}")
        yield f"{facts.sku(sku)}: {units:,} wanted; {listed(at) if at else 'none anywhere'}."
    if len(wanted) > _MOST_LINES:
        yield f"And {len(wanted) - _MOST_LINES} more skus."


def _rejected(facts: Facts) -> Answered:
    if not facts.unused:
        return Answered(Topic.REJECTED, "None: every node ships a part.")
    states = Counter(one.state for one in facts.unused)
    parts = [f"{number} {_STATES[state]}" for state, number in states.most_common()]
    return Answered(
        Topic.REJECTED,
        f"{counted(len(facts.unused), 'node')} did not ship: {listed(parts, most=9)}.",
        tuple(_account(one) for one in facts.unused),
    )


_STATES: Mapping[NodeState, str] = {
    NodeState.OFF: "off",
    NodeState.NO_RATE: "without a rate",
    NodeState.NO_STOCK: "without stock of it",
    NodeState.FULL: "without room that day",
    NodeState.KEPT_OUT: "kept out",
    NodeState.NO_SERVICE: "without a service that takes it",
    NodeState.NO_PLAN: "held back by limits",
    NodeState.UNFILLED: "with which more would stay unfilled",
    NodeState.DEARER: "dearer",
    NodeState.AS_GOOD: "as good",
    NodeState.BETTER: "better, as is known now",
}


def _unfilled(facts: Facts) -> Answered:
    if not facts.missing:
        return Answered(Topic.UNFILLED, "Every line was fulfilled.")
    points = []
    for line in facts.missing:
        why = [f"{units_of(one.quantity)}: {_reason(line, one)}" for one in line.reasons]
        said = f"Line {line.line}, {facts.sku(line.sku)}, {line.wanted:,} wanted, {line.seen:,} seen in all: "
        points.append(f"{said}{listed(why)}. {_remedies(facts, line)}")
    units = units_of(sum(one.quantity for one in facts.decision.missing))
    return Answered(Topic.UNFILLED, f"{units} could not be shipped.", tuple(points))


def _reason(line: MissingLine, one: Missing) -> str:
    """Where services refuse all that is there, that is why, and not that there were too few of it."""
    if line.refusal and (
        one.reason == "no_service" or (one.reason == "no_stock" and one.quantity <= line.seen)
    ):
        return f"nodes have it, and no service takes it: {line.refusal}"
    said = REASONS.get(one.reason, one.reason)
    return f"{said} ({one.detail})" if one.detail else said


def _remedies(facts: Facts, line: MissingLine) -> str:
    if not line.remedies:
        return "No single change that was tried would have fulfilled it."
    would = [
        f"{one.words}, {units_of(_filled(one, line.line))} of it would have shipped" for one in line.remedies
    ]
    said = "; ".join(would[:3])
    return f"{said[0].upper()}{said[1:]}."


def _filled(binding: Binding, line: LineId) -> int:
    return sum(units for filled, units in binding.fills if filled == line)


def binding_in_words(one: Binding, currency: str) -> str:
    """What it would be without it, and what that would gain."""
    return f"{one.words[0].upper()}{one.words[1:]}, {gained(one.difference, currency)}."
