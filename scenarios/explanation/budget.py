"""The work of one explanation, handed out solve by solve, so that the explanation of any order ends soon.

Work and not time, as everywhere: equal questions get equal answers.
"""

from collections.abc import Sequence
from dataclasses import replace

from fulfillment.money import Micros, Minor, to_minor
from fulfillment.plan import Plan
from fulfillment.policy import Policy
from optimizer.sourcing import FAST_LIMITS, Limits, Outcome, SolveStatus
from optimizer.sourcing.ranking import PROOF_TOLERANCE
from scenarios.explanation.contents import Decision, Difference, Least, difference
from scenarios.question import Question

WORK = Limits(branches=1_200, deterministic_seconds=0.6)
"""Of all solves of an explanation together: twice what one decision is allowed by default."""


class Budget:
    """What is left of the work. No solve gets more than its question allows."""

    def __init__(self, work: Limits = WORK) -> None:
        self._left = work

    def surely(self, questions: Sequence[Question], *, part: float) -> list[Outcome]:
        """Solve one question after the other, all of them with a part of what is left.

        They share it evenly, and what one leaves goes to those after it. Where nothing is left each still
        gets the little in which a plan is found.
        """
        spare, outcomes = _times(self._left, part), []
        for number, question in enumerate(questions):
            outcome = self._solved(question, _times(spare, 1 / (len(questions) - number)))
            spare = _less(spare, outcome.spent)
            outcomes.append(outcome)
        return outcomes

    def each(self, questions: Sequence[Question], *, part: float = 1.0) -> list[Outcome | None]:
        """The same, but where nothing is left none is solved: None of those that were not."""
        spare = _times(self._left, part)
        outcomes: list[Outcome | None] = []
        for number, question in enumerate(questions):
            outcome = None
            if spare.branches > 0:
                outcome = self._solved(question, _times(spare, 1 / (len(questions) - number)))
                spare = _less(spare, outcome.spent)
            outcomes.append(outcome)
        return outcomes

    def _solved(self, question: Question, fair: Limits) -> Outcome:
        outcome = replace(question, limits=_within(question.limits, fair)).answer()
        self._left = _less(self._left, outcome.spent)
        return outcome


def of_restricted(outcome: Outcome, decision: Decision, policy: Policy) -> Difference:
    """What the best plan has more than the decided one, where it was looked for among fewer plans.

    It is known within what was searched; beside the outcome's own bound that of the decision holds.
    """
    found = difference(outcome.plan, decision.plan)
    if outcome.status is SolveStatus.OPTIMAL:
        return found
    if not (policy.may_give_up or outcome.unfilled_gap == 0):
        return replace(found, is_exact=False)
    bound = outcome.bound
    if decision.is_proven and found.unfilled == 0:
        bound = max(bound, decision.plan.objective)
    if outcome.plan.objective - bound <= PROOF_TOLERANCE:
        return found
    chosen = decision.plan.objective
    least = Least(Micros(bound - chosen), Minor(to_minor(bound) - to_minor(chosen)))
    return replace(found, is_exact=False, least=least)


def may_be_better(outcome: Outcome, than: Plan, policy: Policy) -> bool:
    """Whether the search stopped before it was known that none of its plans is better than this one."""
    if outcome.status is SolveStatus.OPTIMAL:
        return False
    if not policy.may_give_up and outcome.unfilled_bound != than.unfilled_units:
        return outcome.unfilled_bound < than.unfilled_units
    return than.objective - outcome.bound > PROOF_TOLERANCE


def _within(allowed: Limits, fair: Limits) -> Limits:
    branches = max(FAST_LIMITS.branches, fair.branches)
    seconds = max(FAST_LIMITS.deterministic_seconds, fair.deterministic_seconds)
    return Limits(min(allowed.branches, branches), min(allowed.deterministic_seconds, seconds))


def _times(work: Limits, part: float) -> Limits:
    return Limits(int(work.branches * part), work.deterministic_seconds * part)


def _less(work: Limits, spent: Limits) -> Limits:
    return Limits(
        max(0, work.branches - spent.branches),
        max(0.0, work.deterministic_seconds - spent.deterministic_seconds),
    )
