"""What binds, and what it costs: the order is solved without each thing that could, and the difference told.

What makes no difference is left out; what was not tried, or not settled, is told.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from fulfillment.ids import LineId, NodeId
from fulfillment.money import NOTHING, Minor
from fulfillment.plan import Plan
from fulfillment.policy_rules import rules_for
from optimizer.sourcing import Outcome, SolveStatus, check
from scenarios.explanation.budget import Budget, may_be_better
from scenarios.explanation.changes import choices_of, with_node, with_room
from scenarios.explanation.contents import Binding, BindingKind, Difference, difference
from scenarios.explanation.scarcity import Scarce, in_plenty, scarce_skus
from scenarios.explanation.trials import solves_allowed
from scenarios.explanation.wording import listed
from scenarios.question import Question, priced_again
from scenarios.wording import counted

T = TypeVar("T")
_PART = 0.25  # of the work that is left, for many things at once
_NONE = Difference(0, NOTHING, Minor(0))  # until it is known


@dataclass(frozen=True, slots=True)
class Trial:
    """The order with one thing changed. `words` begin with if or without; `told` is what came of it, if it is
    better than the base: it is given the plan and the difference."""

    words: str
    question: Question
    told: Callable[[Plan, Difference], Binding | None]


@dataclass(frozen=True, slots=True)
class Bound:
    """What binds, what gains most first, and sentences on what is not known of it."""

    binding: tuple[Binding, ...]
    left_open: tuple[str, ...]


def what_binds(question: Question, base: Plan, budget: Budget) -> Bound:
    """Everything without which there would be a better plan than `base`."""
    return _Trials(question, base, budget).bound()


class _Trials:
    def __init__(self, question: Question, base: Plan, budget: Budget) -> None:
        self._question = question
        self._base = base
        self._budget = budget
        self._most = solves_allowed(question.order)
        self._left_open: list[str] = []

    def bound(self) -> Bound:
        trials = [
            *self._rules(),
            *self._choices(),
            *self._rooms(),
            *self._nodes_off(),
            *self._stock(),
        ]
        outcomes = self._budget.each([trial.question for trial in trials])
        found, unsettled = [], []
        for trial, outcome in zip(trials, outcomes, strict=True):
            if outcome is None:
                unsettled.append(trial.words)
            elif (told := self._told(trial, outcome)) is not None:
                found.append(told)
            elif may_be_better(outcome, self._base, trial.question.policy):
                unsettled.append(trial.words)
        if unsettled:
            self._left_open.append(
                f"The search stopped before it was known whether it would be better {listed(unsettled)}."
            )
        gives_up = self._question.policy.may_give_up
        found.sort(
            key=lambda one: (0 if gives_up else one.difference.unfilled, one.difference.cost, one.name)
        )
        return Bound(tuple(found), tuple(self._left_open))

    def _told(self, trial: Trial, outcome: Outcome) -> Binding | None:
        gained = difference(outcome.plan, self._base)
        if outcome.status is not SolveStatus.OPTIMAL:
            gained = replace(gained, is_exact=False)
        return trial.told(outcome.plan, gained) if gained.is_better(trial.question.policy) else None

    def _some(self, things: Sequence[T], what: str) -> Sequence[T]:
        """As many as may be tried; of the others it is said that they were not."""
        if len(things) > self._most:
            self._left_open.append(f"Of {counted(len(things), what)} only {self._most} were tried.")
        return things[: self._most]

    def _trial(self, template: Binding, question: Question) -> Trial:
        def told(plan: Plan, gained: Difference) -> Binding | None:
            if self._was_possible(plan, gained):
                return None
            return replace(template, difference=gained, fills=_fills(plan, self._base))

        return Trial(template.words, question, told)

    def _rules(self) -> Iterator[Trial]:
        question, policy = self._question, self._question.policy
        for rule in rules_for(question.order, policy.rules):
            others = tuple(one for one in policy.rules if one.name != rule.name)
            without = replace(question, policy=replace(policy, rules=others))
            words = f'without the rule "{rule.name}"'
            yield self._trial(Binding(BindingKind.RULE, rule.name, words, _NONE), without)

    def _choices(self) -> Iterator[Trial]:
        choices = choices_of(self._question.order)
        for name, order in self._some(list(choices.items()), "choice of the order"):
            words = f"if the order did not say: {name}"
            binding = Binding(BindingKind.CHOICE, name, words, _NONE)
            yield self._trial(binding, replace(self._question, order=order))

    def _rooms(self) -> Iterator[Trial]:
        """Days that are too full; first all at once, since mostly none is."""
        question, skus = self._question, self._question.network.skus
        wanted = sum(line.quantity * skus[line.sku].picks for line in question.order.lines)
        full = [
            node
            for node in sorted(_holding(question) & question.network.nodes.keys())
            if question.room(node) < wanted and question.network.nodes[node].is_on
        ]
        every = question
        for node in full:
            every = with_room(every, node, wanted)
        if not full or not self._may_gain(every):
            return
        for node in self._some(full, "day without room for all of it"):
            room = question.room(node)
            words = f"if {question.names[node]} could ship {wanted:,} units that day in place of {room:,}"
            binding = Binding(BindingKind.CAPACITY, node, words, _NONE, node=node, units=wanted - room)
            yield self._trial(binding, with_room(question, node, wanted))

    def _nodes_off(self) -> Iterator[Trial]:
        question = self._question
        holding, zone = _holding(question), question.order.destination.zone
        off = [
            known
            for node, known in sorted(question.network.nodes.items())
            if node in holding and not known.is_on and question.network.rates.get((node, zone))
        ]
        for known in self._some(off, "node that is off"):
            words = f"if {known.name} were on"
            binding = Binding(BindingKind.NODE_OFF, known.id, words, _NONE, node=known.id)
            yield self._trial(binding, with_node(question, known.id, is_on=True))

    def _stock(self) -> Iterator[Trial]:
        """Skus that are scarce; first all at once, for an order that has all it could use."""
        scarce = scarce_skus(self._question, self._base)
        if len(scarce) > 1 and not self._may_gain(in_plenty(self._question, scarce)):
            return
        for one in self._some(scarce, "sku"):
            yield Trial(f"with plenty of {one.sku}", in_plenty(self._question, [one]), self._scarce(one))

    def _scarce(self, one: Scarce) -> Callable[[Plan, Difference], Binding | None]:
        def told(plan: Plan, gained: Difference) -> Binding | None:
            more = one.beyond(plan)
            # Without any a better plan was there all the time, and is no matter of stock.
            return one.binding(more, gained, _fills(plan, self._base)) if more else None

        return told

    def _may_gain(self, question: Question) -> bool:
        (outcome,) = self._budget.each([question], part=_PART)
        if outcome is None:
            return True
        is_better = difference(outcome.plan, self._base).is_better(question.policy)
        return is_better or may_be_better(outcome, self._base, question.policy)

    def _was_possible(self, plan: Plan, gained: Difference) -> bool:
        """Whether a plan gains as much with nothing changed: then the decision was not the best one."""
        instance = self._question.instance
        if not {shipment.node for shipment in plan.shipments} <= set(instance.nodes):
            return False
        same = priced_again(instance, plan)
        there = difference(same, self._base)
        return not check(instance, same) and (there.unfilled, there.cost) <= (gained.unfilled, gained.cost)


def _holding(question: Question) -> set[NodeId]:
    return {node for (node, _), units in question.stock.items() if units > 0}


def _fills(plan: Plan, base: Plan) -> tuple[tuple[LineId, int], ...]:
    """Units of each line that a plan serves and the base does not."""
    missing: Counter[LineId] = Counter()
    for one in base.unfilled:
        missing[one.line] += one.quantity
    for one in plan.unfilled:
        missing[one.line] -= one.quantity
    return tuple((line, units) for line, units in missing.items() if units > 0)
