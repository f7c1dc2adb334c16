"""An explanation as Markdown: the nine questions, then the alternatives and what binds, as tables."""

from collections.abc import Iterator

from scenarios.explanation.answers import binding_in_words
from scenarios.explanation.contents import Compared, Explanation
from scenarios.explanation.costs import Costs
from scenarios.explanation.wording import minor_money, more


def markdown(explanation: Explanation, *, currency: str, level: int = 1) -> str:
    """The whole explanation; headings begin at `level`."""
    return "\n".join(_lines(explanation, currency, "#" * level)) + "\n"


def _lines(explanation: Explanation, currency: str, mark: str) -> Iterator[str]:
    yield f"{mark} Order {_plain(explanation.decision.order)}"
    yield ""
    yield _plain(explanation.sentence)
    for answered in explanation.answers:
        yield ""
        yield f"{mark}# {answered.topic.question}"
        yield ""
        yield _plain(answered.short)
        if answered.points:
            yield ""
        for point in answered.points:
            yield f"- {_plain(point)}"
    if explanation.alternatives:
        yield from _alternatives(explanation, currency, mark)
    if explanation.is_complete:
        yield from _binding(explanation, currency, mark)


def _alternatives(explanation: Explanation, currency: str, mark: str) -> Iterator[str]:
    names = {one.node: one.name for one in explanation.nodes}
    yield ""
    yield f"{mark}# The plan beside others"
    yield ""
    yield "| plan | nodes | packages | unfilled | total | against the plan |"
    yield "|---|---|---|---|---|---|"
    for one in explanation.alternatives:
        plan = one.alternative.plan
        nodes = " + ".join(names.get(shipment.node, shipment.node) for shipment in plan.shipments) or "none"
        total = minor_money(Costs(plan).total, currency)
        against = "" if one is explanation.alternatives[0] else more(one.difference, currency)
        cells = (_titled(one), nodes, str(plan.packages), f"{plan.unfilled_units:,}", total, against)
        yield "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _titled(one: Compared) -> str:
    rules = [rule for rule in one.alternative.rules if rule != one.alternative.title]
    return one.alternative.title + (f" (also: {', '.join(rules).lower()})" if rules else "")


def _binding(explanation: Explanation, currency: str, mark: str) -> Iterator[str]:
    yield ""
    yield f"{mark}# What it would be otherwise"
    yield ""
    if not explanation.binding:
        yield "Nothing that was tried would have made it better: no rule, stock or capacity costs anything."
    for one in explanation.binding:
        yield f"- {_plain(binding_in_words(one, currency))}"
    if explanation.left_open:
        yield ""
    for said in explanation.left_open:
        yield _plain(said)


def _plain(text: str) -> str:
    """Names as they are: what Markdown reads as a sign is escaped."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in text)
