"""What an explanation consists of. Data only; amounts in micros, differences against the chosen plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from fulfillment.ids import LineId, NodeId, OrderId, PolicyVersion, ServiceId, SkuId
from fulfillment.money import NOTHING, Micros, Minor, to_minor
from fulfillment.network import Place
from fulfillment.plan import Plan
from fulfillment.policy import Policy
from fulfillment.timing import Dates
from scenarios.alternatives import Alternative


@dataclass(frozen=True, slots=True)
class Missing:
    """Units of a line that leave no node now, with why: a word of the service (`no_stock`, `backordered`).

    `detail` is what more it said, if anything.
    """

    line: LineId
    sku: SkuId
    quantity: int
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it was made: its plan, and what is known of how good that is.

    With `leaves_on` the order may not be split and waits for a part: all of it leaves that day.
    """

    order: OrderId
    revision: int
    policy: PolicyVersion
    decided_at: datetime
    plan: Plan
    missing: tuple[Missing, ...]
    is_proven: bool
    gap: Micros
    is_degraded: bool = False
    was_cut: bool = False
    leaves_on: date | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Another plan against the chosen one: `unfilled` units and `cost` more, below zero fewer and less.

    `minor` is the difference of the two totals as they are shown. Where the search for the other plan stopped
    before it was the best one for sure, it is not exact, and `least` is what the best one costs more at
    least, with as many units unfilled; None where that is not known.
    """

    unfilled: int
    cost: Micros
    minor: Minor
    is_exact: bool = True
    least: "Least | None" = None

    def is_better(self, policy: Policy) -> bool:
        """Fewer unfilled units, or as many for less; for less alone where units may be given up."""
        return self.cost < 0 if policy.may_give_up else (self.unfilled, self.cost) < (0, 0)


@dataclass(frozen=True, slots=True)
class Least:
    """An amount that is a bound: as it is, and as it is shown."""

    cost: Micros
    minor: Minor


def difference(plan: Plan, chosen: Plan) -> Difference:
    """What a plan has more than the chosen one."""
    return Difference(
        plan.unfilled_units - chosen.unfilled_units,
        Micros(plan.objective - chosen.objective),
        Minor(to_minor(plan.objective) - to_minor(chosen.objective)),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """Another plan that was looked for, and how it differs."""

    plan: Plan
    difference: Difference


@dataclass(frozen=True, slots=True)
class Compared:
    """An alternative with what it is: `note` says in a sentence how it was made."""

    alternative: Alternative
    difference: Difference
    note: str


class NodeState(StrEnum):
    """What came of a node: it ships, or the first of these that keeps it from shipping."""

    USED = "used"
    OFF = "off"
    NO_RATE = "no_rate"
    NO_STOCK = "no_stock"
    FULL = "full"
    KEPT_OUT = "kept_out"
    NO_SERVICE = "no_service"
    NO_PLAN = "no_plan"
    UNFILLED = "unfilled"
    DEARER = "dearer"
    AS_GOOD = "as_good"
    BETTER = "better"

    @property
    def is_feasible(self) -> bool:
        """Whether it could have shipped, and did not because another plan was better."""
        return self in (
            NodeState.UNFILLED,
            NodeState.DEARER,
            NodeState.AS_GOOD,
            NodeState.BETTER,
        )


@dataclass(frozen=True, slots=True)
class NodeAccount:
    """One node: what was seen of it, and why it does not ship, in a clause that goes on from its name.

    `stock` are units of the order's skus, `room` units left on its day, of `units_per_day`: of a node with
    slots those that had not ended. `no_slot_left` says so where all had. `difference` is that of the best
    plan found in which it ships; `is_solved` says that this came from a solve, and not from moving one line.
    """

    node: NodeId
    name: str
    place: Place
    distance_km: float
    state: NodeState
    words: str
    stock: Mapping[SkuId, int]
    room: int
    units_per_day: int
    has_slots: bool = False
    no_slot_left: str = ""
    rule: str = ""
    difference: Difference | None = None
    is_solved: bool = False


class BindingKind(StrEnum):
    """What was taken away, or added, to see what it costs."""

    RULE = "rule"
    CHOICE = "choice"
    CAPACITY = "capacity"
    STOCK = "stock"
    NODE_OFF = "node_off"


@dataclass(frozen=True, slots=True)
class Binding:
    """Something without which the plan would be better, and by how much: the order was solved without it.

    Where the difference is not exact, it is that much better at least.

    `fills` are units of lines that would be served then. `node`, `sku` and `units` are those it is about.
    """

    kind: BindingKind
    name: str
    words: str
    difference: Difference
    fills: tuple[tuple[LineId, int], ...] = ()
    node: NodeId | None = None
    sku: SkuId | None = None
    units: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceCost:
    """What one service would bill for a shipment; `why_not` is empty if it could carry it.

    `steering` is what days late and emissions count besides.
    """

    service: ServiceId
    packages: int
    cost: Micros
    steering: Micros = NOTHING
    billed_grams: int = 0
    co2e_grams: int = 0
    dates: Dates | None = None
    days_late: int = 0
    why_not: str = ""


class AgainstAsked(StrEnum):
    """What a shipment's service is to the one that the order asks for, if it does."""

    NONE_ASKED = "none_asked"
    AS_ASKED = "as_asked"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    STANDS_IN = "stands_in"


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """The services of a node for its shipment, the cheapest first, those that cannot carry it last.

    `asked` is the service that the order asks for; `against_asked` is `stands_in` where the node has none
    of it.
    """

    node: NodeId
    weight_grams: int
    chosen: ServiceId
    offered: tuple[ServiceCost, ...]
    asked: ServiceId | None = None
    against_asked: AgainstAsked = AgainstAsked.NONE_ASKED


@dataclass(frozen=True, slots=True)
class Leaving:
    """When a shipment leaves and arrives; `day` is the node's local day that its units count on.

    `dates` are None where its service names no days of transit. `days_late` are those begun after the order
    is wanted.
    """

    node: NodeId
    day: date
    dates: Dates | None = None
    days_late: int = 0


@dataclass(frozen=True, slots=True)
class MissingLine:
    """A line of which units are unfilled, what there is of its sku, and what would have filled it.

    `refusal` says why no service takes it, where nodes have it and none of their services does.
    """

    line: LineId
    sku: SkuId
    wanted: int
    reasons: tuple[Missing, ...]
    seen: int
    remedies: tuple[Binding, ...]
    refusal: str = ""


class Topic(StrEnum):
    """The nine questions."""

    NODE = "node"
    SPLIT = "split"
    DISTANCE = "distance"
    COST = "cost"
    SEEN = "seen"
    REJECTED = "rejected"
    DATES = "dates"
    SERVICE = "service"
    UNFILLED = "unfilled"

    @property
    def question(self) -> str:
        return _QUESTIONS[self]


_QUESTIONS: Mapping[Topic, str] = {
    Topic.NODE: "Why this node?",
    Topic.SPLIT: "Why was the order split, or not?",
    Topic.DISTANCE: "Why a farther node?",
    Topic.COST: "What did shipping cost, and each other term?",
    Topic.SEEN: "What stock and capacity were seen?",
    Topic.REJECTED: "Which nodes were rejected, and why?",
    Topic.DATES: "When will it ship and arrive?",
    Topic.SERVICE: "Why this service?",
    Topic.UNFILLED: "Why was a line not fulfilled, and what would have fulfilled it?",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """A question answered: in short, and point by point where there is more to say."""

    topic: Topic
    short: str
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that can be said of a decision.

    Without the instance it was made from (`is_complete` is false) only what its own document tells.
    `left_open` are sentences on what was not tried, or not settled when the work was over.
    """

    decision: Decision
    sentence: str
    answers: tuple[Answered, ...]
    alternatives: tuple[Compared, ...] = ()
    nodes: tuple[NodeAccount, ...] = ()
    binding: tuple[Binding, ...] = ()
    services: tuple[ServiceChoice, ...] = ()
    leaving: tuple[Leaving, ...] = ()
    missing: tuple[MissingLine, ...] = ()
    left_open: tuple[str, ...] = ()
    place: Place | None = None
    is_complete: bool = True
