"""`python -m api.explanations.three_orders`: three real orders of the demo, for docs/explanations.md.

Writes them between the two marks of the page; equal inputs, equal text. Each order is decided as if it were
the first: in the opening stock of the demo's two weeks, on its own day, by the default policy.
"""

import argparse
import sys
from pathlib import Path

from api.demo import demo_world
from api.figures.readme_picture import question_of
from api.marked_pages import rewrite
from fulfillment.ids import OrderId
from optimizer.sourcing import SolveStatus
from scenarios.explanation import Decision, Explanation, explain
from scenarios.explanation.contents import Missing
from scenarios.explanation.markdown import markdown
from scenarios.question import Question
from scenarios.world import World

PAGE = Path("docs/explanations.md")
PART = "three orders"
CURRENCY = "£"  # of the demo's sales
ORDERS = {
    OrderId("545725"): "One node",
    OrderId("545704"): "Two nodes",
    OrderId("547082"): "A line that is not fulfilled",
}
"""One of each kind, by id, with a title."""


def explained(world: World, order: OrderId) -> Explanation:
    """An order of the demo, decided and explained."""
    question = question_of(world, order)
    return explain(question, decided(question), currency=CURRENCY)


def decided(question: Question) -> Decision:
    """The decision that the service would make."""
    outcome = question.answer()
    return Decision(
        order=question.order.id,
        revision=1,
        policy=question.policy.version,
        decided_at=question.order.placed_at,
        plan=outcome.plan,
        missing=tuple(
            Missing(one.line, one.sku, one.quantity, one.reason.value) for one in outcome.plan.unfilled
        ),
        is_proven=outcome.status is SolveStatus.OPTIMAL,
        gap=outcome.gap,
    )


def text(world: World) -> str:
    """The part of the page between its marks."""
    parts = []
    for order, title in ORDERS.items():
        told = markdown(explained(world, order), currency=CURRENCY, level=3)
        parts.append(f"## {title}\n\n{told}")
    return "\n" + "\n".join(parts) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m api.explanations.three_orders", description=__doc__)
    parser.add_argument("--to", type=Path, default=PAGE, help="page to write to")
    page: Path = parser.parse_args(arguments).to
    rewrite(page, {PART: text(demo_world())})
    sys.stdout.write(f"{page}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
