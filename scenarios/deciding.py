"""Named ways to make a plan from an instance: Nodewise, and the rules of today's platforms.

No mathematics of its own: everything is a call into `optimizer.sourcing`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fulfillment.errors import UnknownReference
from fulfillment.money import Micros
from optimizer.sourcing import (
    DEFAULT_LIMITS,
    RULES,
    Engine,
    Limits,
    Outcome,
    SolveStatus,
    SourcingInstance,
    source,
)

NODEWISE = "nodewise"


@dataclass(frozen=True, slots=True)
class Decide:
    """How the orders of a replay are decided; `title` is how people call it."""

    name: str
    title: str
    outcome: Callable[[SourcingInstance], Outcome]


def nodewise(*, limits: Limits = DEFAULT_LIMITS, seed: int = 0) -> Decide:
    """The optimizer, limited by work alone: equal instances get equal outcomes."""
    return Decide(NODEWISE, "Nodewise", lambda instance: source(instance, limits=limits, seed=seed))


def rule(name: str) -> Decide:
    """One of `RULES`. A rule proves nothing: its bounds are zero and its engine says so.

    Raises
    ------
    UnknownReference
        There is no such rule.
    """
    if name not in RULES:
        raise UnknownReference("rule", name, RULES, pointer="/decide")
    make = RULES[name]

    def outcome(instance: SourcingInstance) -> Outcome:
        return Outcome(make(instance), SolveStatus.FEASIBLE, Engine.RULE, bound=Micros(0), unfilled_bound=0)

    return Decide(name, _TITLES.get(name, name.replace("_", " ").capitalize()), outcome)


def deciders() -> Mapping[str, Decide]:
    """Nodewise and every rule, by name, Nodewise first."""
    return {NODEWISE: nodewise(), **{name: rule(name) for name in RULES}}


_TITLES = {
    "nearest_first": "Nearest first",
    "one_node_first": "One node if possible",
    "static_priority": "Static priority",
}
