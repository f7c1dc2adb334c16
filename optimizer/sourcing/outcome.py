"""What a solve returns, and the limits it is given."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from fulfillment.money import Micros
from fulfillment.plan import Plan


class SolveStatus(StrEnum):
    OPTIMAL = "optimal"  # the bound equals the cost
    FEASIBLE = "feasible"  # a plan in hand, its gap beside it


class Engine(StrEnum):
    """Who found the plan's proof, or, without a proof, who found the plan."""

    SUBSETS = "subsets"
    FACILITY = "facility"
    CP_SAT = "cp_sat"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Limits:
    """Work, not wall-clock time, so that equal input gives an equal answer.

    `branches` bounds the facility engine: nodes of its tree and of its leaves, large ones counted as
    several, each about half a millisecond. `deterministic_seconds` is CP-SAT's own measure.
    """

    branches: int = 600
    deterministic_seconds: float = 0.3


NO_WORK = Limits(0, 0.0)


def work_of(parts: Iterable[Limits]) -> Limits:
    """Several pieces of work as one."""
    done = list(parts)
    return Limits(sum(one.branches for one in done), sum(one.deterministic_seconds for one in done))


class Deadline(Protocol):
    """Made and measured by the caller; an answer cut by it says so in `Outcome.cut_by_deadline`."""

    def seconds_left(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan with its proof.

    `bound` bounds the objective of every plan with `unfilled_bound` unfilled units, and no plan has
    fewer unfilled units than that. If the plan has more, its cost is not comparable with the bound,
    and only `unfilled_gap` is meaningful. All amounts in micros of the objective (cash and steering).
    `spent` is the work it took, as `Limits` measure it.
    """

    plan: Plan
    status: SolveStatus
    engine: Engine
    bound: Micros
    unfilled_bound: int
    degraded: bool = False
    cut_by_deadline: bool = False
    spent: Limits = NO_WORK

    @property
    def unfilled_gap(self) -> int:
        return self.plan.unfilled_units - self.unfilled_bound

    @property
    def gap(self) -> Micros:
        return Micros(max(0, self.plan.objective - self.bound))

    @property
    def relative_gap(self) -> float:
        """Gap as a share of the objective; 0 where both are 0."""
        return self.gap / self.plan.objective if self.gap else 0.0
