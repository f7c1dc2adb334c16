"""Explains decisions and solves what-ifs on what was kept. Writes nothing; the database is let go first."""

from api.edge.answers import Answer, answer
from api.errors import NotFound
from api.explanations.change_schemas import OtherPolicyIn, WhatIfIn
from api.explanations.kept import Kept, read_kept
from api.explanations.remembered import Remembered
from api.explanations.translate import change_of, explanation_out, what_if_out
from api.figures.cost_ladder import cost_ladder_svg
from api.figures.node_map import node_map_svg
from api.figures.rendering import Theme
from fulfillment.cost_words import symbol
from fulfillment.errors import UnknownReference
from fulfillment.ids import PolicyVersion
from fulfillment.policy import Policy
from scenarios.explanation import Explanation, explain, explain_without_instance
from scenarios.explanation.counterfactual import counterfactual
from scenarios.explanation.markdown import markdown
from storage.database import Database
from storage.stores import Stores


def explanation(database: Database, remembered: Remembered, order: str) -> Answer:
    """Why the latest decision of an order is as it is."""
    kept = _read(database, order)
    return answer(explanation_out(_explained(kept, remembered), currency=kept.currency))


def explanation_markdown(database: Database, remembered: Remembered, order: str) -> str:
    """The same to be read."""
    kept = _read(database, order)
    return markdown(_explained(kept, remembered), currency=symbol(kept.currency))


def ladder(database: Database, remembered: Remembered, order: str, theme: Theme) -> str:
    """The plan beside the alternatives, as SVG."""
    kept = _read(database, order)
    found = _pictured(kept, remembered)
    told = [one.alternative for one in found.alternatives]
    names = {one.node: one.name for one in found.nodes}
    return cost_ladder_svg(told, currency=symbol(kept.currency), names=names, theme=theme)


def node_map(database: Database, remembered: Remembered, order: str, theme: Theme) -> str:
    """Nodes that ship, that could have, and that were rejected, as SVG."""
    return node_map_svg(_pictured(_read(database, order), remembered), theme=theme)


def what_if(database: Database, order: str, asked: WhatIfIn) -> Answer:
    """What would have been decided with the changes.

    Raises
    ------
    NotFound
        The order was never decided, the decision was purged, or what it was made from was not kept yet.
    UnknownReference, InvalidInput
        A change names what is not there, or contradicts another.
    """
    with database.reading() as stores:
        kept = read_kept(stores, order)
        policies = _policies(stores, asked)
    if kept.question is None:
        raise _not_kept(order)
    changes = [change_of(change, policies) for change in asked.changes]
    found = counterfactual(kept.question, kept.decision, changes, currency=symbol(kept.currency))
    return answer(what_if_out(found, kept.decision, currency=kept.currency))


def _read(database: Database, order: str) -> Kept:
    with database.reading() as stores:
        return read_kept(stores, order)


def _explained(kept: Kept, remembered: Remembered) -> Explanation:
    return remembered.explanation(kept.digest, lambda: _made(kept))


def _made(kept: Kept) -> Explanation:
    if kept.question is None:
        return explain_without_instance(kept.decision, currency=symbol(kept.currency))
    return explain(kept.question, kept.decision, currency=symbol(kept.currency), baseline=kept.baseline)


def _pictured(kept: Kept, remembered: Remembered) -> Explanation:
    if kept.question is None:
        raise _not_kept(kept.decision.order)
    return _explained(kept, remembered)


def _not_kept(order: str) -> NotFound:
    return NotFound(
        f"what order {order} was decided from was not kept: it waits whole for a part of it, or an earlier "
        "version of Nodewise decided it",
        fix=f"Read its decision at /v1/orders/{order}/decision",
    )


def _policies(stores: Stores, asked: WhatIfIn) -> dict[PolicyVersion, Policy]:
    store = stores.catalog.policies()
    found: dict[PolicyVersion, Policy] = {}
    for index, change in enumerate(asked.changes):
        if isinstance(change, OtherPolicyIn):
            known = store.get(PolicyVersion(change.version))
            if known is None:
                where = f"/changes/{index}/version"
                raise UnknownReference("policy version", change.version, store.versions(), pointer=where)
            found[known.policy.version] = known.policy
    return found
