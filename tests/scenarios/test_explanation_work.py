"""Explanations within their work: what was cut says so, its bounds hold, and no solve is made for nothing."""

from dataclasses import replace

import pytest

from optimizer.sourcing import FAST_LIMITS, Limits, Outcome
from scenarios.explanation import Decision, Explanation, apply, explain
from scenarios.explanation.budget import Budget
from scenarios.explanation.changes import (
    MoreStock,
)
from scenarios.explanation.contents import BindingKind
from scenarios.explanation.markdown import markdown
from scenarios.explanation.trials import others
from scenarios.instances import (
    full_node,
    random_order_case,
    scarce,
    split_or_consolidate,
)
from scenarios.question import Question
from tests.scenarios.test_explanation import decision_of, explained, question_of, worth

HARD = random_order_case(3, nodes=8, lines=14, heavy_share=0.6, depth=2.0)
"""No engine settles all that it would be otherwise in the blink of an eye."""
AMPLE, LITTLE = Limits(2_000, 2.0), Limits(branches=400, deterministic_seconds=0.0)


@pytest.fixture(scope="module")
def cut() -> tuple[Question, Decision, Explanation]:
    """The hard order, proven, and explained with little work."""
    question = replace(question_of(HARD), limits=AMPLE)
    decision = decision_of(question)
    assert decision.is_proven
    return question, decision, explain(question, decision, currency="£", work=LITTLE)


def test_an_explanation_that_was_cut_says_so_where_it_was(
    cut: tuple[Question, Decision, Explanation],
) -> None:
    _, _, told = cut
    inexact = [one for one in told.alternatives if not one.difference.is_exact]
    assert inexact
    text = markdown(told, currency="£")
    assert "as far as was searched" in text
    assert "The search stopped before it was known whether it would be better with plenty of " in text
    assert [said for said in told.left_open if said in text.replace("\\", "")]


def test_the_bounds_of_a_cut_explanation_hold_for_what_more_work_finds(
    cut: tuple[Question, Decision, Explanation],
) -> None:
    question, decision, short = cut
    long = others(question, decision, Budget(AMPLE))
    best = {"one_node": long.one_node, "whole_lines": long.whole_lines}
    bounded = 0
    for one in short.alternatives:
        found, known = best.get(one.alternative.id), one.difference
        if found is None:
            continue
        assert worth(found.plan) <= worth(one.alternative.plan)
        if known.least is not None:
            bounded += 1
            assert not known.is_exact
            assert 0 <= known.least.cost <= found.difference.cost < known.cost
    assert bounded
    stock = [one for one in short.binding if one.kind is BindingKind.STOCK and one.node is not None]
    assert stock
    for one_sku in stock[:2]:
        assert one_sku.node is not None
        assert one_sku.sku is not None
        more = apply(question, [MoreStock(one_sku.node, one_sku.sku, one_sku.units or 0)]).answer().plan
        told = decision.plan.objective + one_sku.difference.cost
        assert worth(more) <= (decision.plan.unfilled_units + one_sku.difference.unfilled, told + 5_000)


def test_all_solves_of_an_explanation_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    question, answer = replace(question_of(HARD), limits=Limits(100, 0.0)), Question.answer
    spent: list[int] = []

    def counted(asked: Question, *given: object) -> Outcome:
        outcome = answer(asked, *given)  # type: ignore[arg-type]
        spent.append(outcome.spent.branches)
        return outcome

    decision = decision_of(question)
    monkeypatch.setattr(Question, "answer", counted)
    work = Limits(150, 0.0)
    told = explain(question, decision, currency="£", work=work)
    assert max(spent) <= 100 + FAST_LIMITS.branches
    # Without each node, from one node, without split lines: these are solved in any case.
    surely = FAST_LIMITS.branches * (len(decision.plan.shipments) + 2)
    assert 0 < sum(spent) <= work.branches + surely + max(spent)
    assert told.left_open


def test_an_explanation_with_enough_work_leaves_nothing_open() -> None:
    for make in (scarce, full_node, split_or_consolidate):
        told = explained(question_of(make()))
        assert told.left_open == ()
        assert all(one.difference.is_exact for one in told.alternatives)


def test_of_many_skus_those_that_are_missing_are_tried_first_and_the_others_named_as_not_tried() -> None:
    case = random_order_case(5, nodes=3, lines=170, max_quantity=2, depth=20.0, held_share=1.0)
    last = case.order.lines[-1].sku
    stock = {place: units for place, units in case.stock.items() if place[1] != last}
    told = explained(question_of(replace(case, stock=stock)))
    (line,) = [one for one in told.missing if one.sku == last][:1]
    assert line.remedies
    skus = len({one.sku for one in case.order.lines})
    assert f"Of {skus} skus only 8 were tried." in told.left_open


def test_a_proven_plan_that_keeps_to_a_limit_is_not_solved_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    question = question_of(random_order_case(2, nodes=3, lines=2, max_quantity=1, held_share=1.0, depth=5.0))
    decision = decision_of(question)
    assert decision.is_proven
    assert len(decision.plan.shipments) == 1
    asked: list[Question] = []
    answer = Question.answer
    monkeypatch.setattr(
        Question, "answer", lambda self, *given: (asked.append(self), answer(self, *given))[1]
    )
    told = explain(question, decision, currency="£")
    assert all(one.order.nodes.at_most is None for one in asked)
    ids = {one.alternative.id for one in told.alternatives}
    assert not ids & {"one_node", "whole_lines"}  # the decision is both
