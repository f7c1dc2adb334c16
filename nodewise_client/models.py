"""What the service takes and answers, as types. Written by `python -m api.client_models`.

A `TypedDict` is the JSON as it came. Instants and days are texts (ISO 8601), money as the service sends it.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

DeliveryState = Literal[
    "pending",
    "delivered",
    "failed",
    "expired",
]


DemandClass = Literal[
    "smooth",
    "intermittent",
    "erratic",
    "lumpy",
]


EventType = Literal[
    "order.reserved",
    "order.committed",
    "order.confirmed",
    "order.canceled",
    "order.sent_to_node",
    "order.picked",
    "order.ready_to_collect",
    "order.rejected",
    "order.shipped",
    "order.collected",
    "order.not_collected",
    "order.returned",
    "order.reassigned",
    "order.expired",
    "stock.shortfall",
    "forecast.alerts",
    "webhook.off",
    "webhook.test",
]


Grain = Literal[
    "day",
    "week",
]


Kind = Literal[
    "bias",
    "drift",
    "churn",
    "calibration",
]


NodeKind = Literal[
    "dc",
    "store",
    "dark_store",
    "vendor",
    "pickup_point",
    "locker",
]


PolicyState = Literal[
    "draft",
    "scheduled",
    "active",
    "retired",
]


Severity = Literal[
    "warning",
    "critical",
]


StockState = Literal[
    "sellable",
    "damaged",
    "quarantined",
]


Theme = Literal[
    "light",
    "dark",
    "auto",
]


class Acknowledged(TypedDict):
    """What became of a message. Whatever it is, it need not be sent again."""

    feed: str
    highest: int
    missing: list[Missing]
    outcome: str
    rows_applied: int
    rows_superseded: int
    sequence: int
    shortfall: int
    shortfall_orders: list[str]


class ActivationIn(TypedDict):
    """From when a version is to be in force, and why."""

    effective_at: NotRequired[str | None]
    expected_active: NotRequired[str | None]
    reason: str


class ActivationOut(TypedDict):
    """One entry of the timeline: from this instant on, this version."""

    effective_at: str
    is_step_back: bool
    made_at: str
    made_by: str
    made_by_name: str
    number: int
    reason: str
    version: str


class AlertOut(TypedDict):
    """Something to look at."""

    figure: float
    kind: Kind
    limit: float
    sentence: str
    severity: Severity
    subject: str


class Alive(TypedDict):
    status: NotRequired[Literal["alive"]]


class AlternativeOut(TypedDict):
    """A plan beside the chosen one, really made, and what it has more than that."""

    costs: list[KindCost]
    id: str
    is_exact: bool
    least_more_cost: NotRequired[Money | None]
    more_cost: Money
    more_unfilled: int
    note: str
    packages: int
    rules: list[str]
    shipments: list[PlannedShipment]
    title: str
    total: Money
    unfilled_units: int


class Amounts(TypedDict):
    """Totals by both choices. Differences are Nodewise's less the OMS's: below zero Nodewise costs less."""

    baseline: Money
    difference: Money
    nodewise: Money
    per_order: PerOrder | None


class AnswerOut(TypedDict):
    """One of the nine questions, answered."""

    answer: str
    points: list[str]
    question: str
    topic: str


class Arrival(TypedDict):
    """An inbound: units on their way, and how many of them are promised already."""

    earliest: str
    pool: str
    quantity: int
    reserved: int
    source: str


class AttributesOut(TypedDict):
    """What is known of a sku, or of a place."""

    attributes: dict[str, str | float]
    id: str
    subject: str


class AuditEntry(TypedDict):
    """One write. The log has no bodies."""

    actor: str
    actor_name: str
    at: str
    id: int
    method: str
    request_id: str
    route: str
    status: int
    subject: str


class AuthorOut(TypedDict):
    """What all of an author's overrides were worth."""

    author: str
    overrides: int
    saved: float


class Availability(TypedDict):
    """One sku at one node. A node that is off keeps its stock, and nothing of it is available.

    Of a kit, the kits that its components suffice for there: what is there, what orders and safety stock
    leave of it. Units to come are told of the components themselves.
    """

    available: int
    components: NotRequired[list[OfComponent]]
    held: NotRequired[int]
    inbound: list[Arrival]
    kept_out: NotRequired[str]
    node: str
    node_is_on: bool
    on_hand: int
    reserved: int
    safety_stock: int
    sku: str


class AvailabilityAnswer(TypedDict):
    """Figures of one instant."""

    as_of: str
    items: list[Availability]


class BackorderedLine(TypedDict):
    """Units that no node has now, promised from an inbound; `expected` is the day it can leave its node."""

    expected: str
    line: str
    node: str
    quantity: int
    sku: str
    source: str


class BadField(TypedDict):
    """A bad field of a row that was left out."""

    allowed: NotRequired[str]
    column: NotRequired[str]
    detail: str
    line: NotRequired[int | None]
    pointer: str
    value: NotRequired[str]


class BaselineIn(TypedDict):
    """Units of one line that the OMS ships from a node."""

    line: str
    node: str
    quantity: int
    service: NotRequired[str | None]


class BaselineOut(TypedDict):
    """What the OMS chose, priced as every plan is, and the difference term by term. Amounts add up, in both
    units. Units promised from an inbound count as unfilled on both sides.
    """

    cash: BothCosts
    cost_lines: list[CostLine]
    counts: bool
    lost_margin: BothCosts
    nodewise_packages: int
    nodewise_unfilled_units: int
    packages: int
    shipments: list[PlannedShipment]
    steering: BothCosts
    terms: list[Term]
    total: BothCosts
    unfilled_units: int
    violations: list[ViolationOut]


class BenefitAlternative(TypedDict):
    """The OMS's choices beside one alternative to them."""

    counted: BenefitSection
    everything: BenefitSection
    goes_against: dict[str, int]
    left_out: int
    left_out_units: int
    sentence: str
    violating: int
    within: BenefitSection


class BenefitOut(TypedDict):
    """What Nodewise would have saved, and how sure that is."""

    as_of: str
    channel: str | None
    currency: str
    first: str | None
    last: str | None
    nodewise: BenefitAlternative | None
    notes: list[str]
    priced: BenefitAlternative | None
    sentence: str


class BenefitSection(TypedDict):
    """Some orders added up. The terms add up to `cash` and `lost_margin`, and these to `both`."""

    both: Amounts
    cash: Amounts
    days: int
    intervals_by_day: bool
    lost_margin: Amounts
    orders: int
    packages: Counts
    terms: list[TermAmounts]
    unfilled_units: Counts
    units: int


class BiasOut(TypedDict):
    """What plain levels said of each of the latest steps from those before, against what sold."""

    said: float
    share: float | None
    sold: float
    steps: int


class BindingOut(TypedDict):
    """Something without which the plan would be better; the order was solved without it."""

    fewer_unfilled: int
    fills: dict[str, int]
    is_exact: bool
    kind: str
    name: str
    node: str | None
    saved: Money
    sku: str | None
    units: int | None
    words: str


class BothCosts(TypedDict):
    """One amount by both choices. `difference` is Nodewise's less the OMS's: below 0 it costs less."""

    baseline: Money
    difference: Money
    nodewise: Money


class BreakRow(TypedDict):
    """From so many billed grams of a shipment on, each kilogram is billed so."""

    from_grams: int
    per_kg: str


class BulkMovesIn(TypedDict):
    """Moves: `order`, `verb` (`confirm`, `cancel`, `send-to-node` or `ship`), and as `selection` the body
    that the address of the verb takes, or nothing.
    """

    moves: list[dict[str, Any]]


class BulkOrdersIn(TypedDict):
    """Orders, each as `POST /v1/orders` takes it, with its own mode."""

    orders: list[dict[str, Any]]


class BulkResults(TypedDict):
    """One result for each item, in the order in which they were sent."""

    results: list[ItemResult]


class CapacityIn(TypedDict):
    """So many units the node can still ship on its day."""

    kind: Literal["capacity"]
    node: str
    units: int


class ChangeIn(TypedDict):
    """New nodes for lines of one order, made for a revision of it."""

    order: str
    revision: int
    wanted: list[WantedIn]


class ChangeOut(TypedDict):
    """This run against the one before it, on the series and steps that both tell of."""

    before: float
    churn: float | None
    moved: float
    now: float
    series: int
    share: float | None


class ChoiceOut(TypedDict):
    """What some steps are forecast with, and why."""

    evidence: int
    family: str
    first_step: int
    last_step: int
    rivals: list[RivalOut]
    sentence: str
    taken: int
    weights: list[WeightOut]
    why: str
    width: float


class ClaimOut(TypedDict):
    """Units of one line held at one node. Of a kit's line, units of one component."""

    expected: NotRequired[str | None]
    expires_at: NotRequired[str | None]
    id: str
    line: str
    node: str
    pool: str
    promised_by: NotRequired[str | None]
    quantity: int
    service: str
    sku: str
    source: str
    state: str


class ClockIn(TypedDict):
    """The clock stands at `now` until it is set again."""

    now: str


class ClockOut(TypedDict):
    is_set: bool
    now: str


# What changes when one version follows another.
Comparison = TypedDict(
    "Comparison",
    {
        "differences": "list[Difference]",
        "from": "str",
        "to": "str",
    },
)


class Correction(TypedDict):
    """Units are added, or removed if negative; needs a reason."""

    kind: Literal["correction"]
    node: str
    pool: NotRequired[str]
    quantity: int
    reason: str
    sku: str
    state: NotRequired[StockState]


class CostLine(TypedDict):
    """One addend of the total: cash, steering, or lost margin, which is neither."""

    is_cash: bool
    is_steering: bool
    kind: str
    micros: int
    minor: int
    node: str | None
    rule: NotRequired[str | None]


class CountedRow(TypedDict):
    """Units of one sku that are there."""

    node: NotRequired[str | None]
    quantity: int
    sku: str


class Counts(TypedDict):
    """A number by both choices."""

    baseline: int
    nodewise: int


class Damage(TypedDict):
    """Units became damaged stock."""

    kind: Literal["damage"]
    node: str
    pool: NotRequired[str]
    quantity: int
    reason: NotRequired[str]
    sku: str


class Decision(TypedDict):
    """What was decided, what it costs, and the proof."""

    as_of: NotRequired[str | None]
    backordered: NotRequired[list[BackorderedLine]]
    backordered_units: NotRequired[int]
    baseline: NotRequired[BaselineOut | None]
    bound: Money
    cash: Money
    cost_lines: list[CostLine]
    currency: str
    cut_by_deadline: bool
    decided_at: str
    decision: str
    degraded: bool
    degraded_because: NotRequired[str | None]
    engine: str
    expires_at: str | None
    gap: Gap
    id: str
    infeasible: NotRequired[Infeasible | None]
    leaves_on: NotRequired[str | None]
    lost_margin: Money
    policy: str
    price_book: NotRequired[PriceBookUsed | None]
    reservable: bool
    revision: int
    seconds: float
    shipments: list[PlannedShipment]
    state: str
    status: str
    steering: Money
    total: Money
    unfilled: list[UnfilledLine]
    unfilled_bound: int
    unfilled_units: int


class DeliveryOut(TypedDict):
    """One event on its way to one endpoint."""

    attempts: int
    event: str
    id: str
    last_at: str | None
    last_error: str
    last_status: int | None
    next_at: str | None
    state: DeliveryState
    subject: str
    type: EventType


class DeltasIn(TypedDict):
    """Movements that Nodewise does not know: till sales and deliveries, but no units that it shipped."""

    at: str
    rows: list[MovedRow]
    sequence: int


class DemandOut(TypedDict):
    """One thing that is demanded: a hard rule, a wish of the order, or how a node stands."""

    detail: str
    kind: str
    name: str


class DemandSeriesDetail(TypedDict):
    """A series with its units, one for each step, and flags as they were sent; none where none is true."""

    first: str
    grain: Grain
    last: str
    place: str
    sku: str
    sold_out: list[bool]
    stocked_out: list[bool]
    units: list[int]


class DemandSeriesOut(TypedDict):
    """A series that is kept."""

    first: str
    last: str
    place: str
    sku: str


class DemoDestination(TypedDict):
    """Where a demo order goes; `latitude` and `longitude` are those of a city."""

    latitude: float
    longitude: float
    zone: str


class DemoLine(TypedDict):
    """A line of a demo order."""

    id: str
    quantity: int
    sku: str


class DemoOrder(TypedDict):
    """What `POST /v1/orders` takes. Its id begins with `try-`: under its own the demo has sourced it."""

    accept_partial: bool
    channel: str
    destination: DemoDestination
    id: str
    lines: list[DemoLine]
    mode: Literal["quote"]


class DestinationIn(TypedDict):
    """Where it goes: a rate zone, and coarse coordinates if known. Never a street address."""

    latitude: NotRequired[float | None]
    longitude: NotRequired[float | None]
    zone: str


class DestinationOut(TypedDict):
    latitude: NotRequired[float | None]
    longitude: NotRequired[float | None]
    zone: str


# One place where two versions differ. What one of them does not have is null.
Difference = TypedDict(
    "Difference",
    {
        "from": "Any",
        "pointer": "str",
        "to": "Any",
    },
)


class DriverEffectOut(TypedDict):
    """Part of the mean: what it owes to a driver not being at its usual value."""

    driver: str
    units: list[float]


class DriverOut(TypedDict):
    """A driver that is kept, of a series or, without sku and place, of all."""

    driver: str
    first: str
    last: str
    place: str | None
    sku: str | None


class ElsewhereOut(TypedDict):
    """What is known of a sku at other places, and of how much the place sells."""

    has_sold: bool
    place_factor: float
    sku_level: float


class EntryOut(TypedDict):
    """One line of the book, never altered. It changed a supply row, or a node's day or a slot of it."""

    at: str
    day: str | None
    node: str
    note: str
    order: str | None
    pool: str | None
    quantity_change: int
    reserved_change: int
    sequence: int
    sku: str | None
    slot: NotRequired[str | None]
    source: str | None
    stock_state: str | None
    verb: str


class EventOut(TypedDict):
    """Something that happened; `data` is what docs/webhooks.md says of the type."""

    data: dict[str, Any]
    id: str
    sequence: int
    subject: str
    timestamp: str
    type: EventType


class EventPage(TypedDict):
    """Events in their sequence. The feed has no end: keep `next_cursor`, and ask again."""

    items: list[EventOut]
    more: bool
    next_cursor: str


class ExplanationOut(TypedDict):
    """Why the latest decision of an order is as it is. The same for ever: nothing of today comes into it.

    Of a decision that was kept before Nodewise kept what decisions are made from, `is_complete` is false and
    only its costs are told.
    """

    alternatives: list[AlternativeOut]
    answers: list[AnswerOut]
    binding: list[BindingOut]
    currency: str
    decided_at: str
    is_complete: bool
    leaving: list[LeavingOut]
    left_open: list[str]
    missing: list[MissingLineOut]
    nodes: list[NodeAccountOut]
    order: str
    policy: str
    revision: int
    sentence: str
    services: list[ServiceChoiceOut]


class FeedIn(TypedDict):
    """Whose stock the feed tells: of these nodes, in one pool."""

    first_sequence: NotRequired[int]
    nodes: list[str]
    pool: NotRequired[str]


class FeedOut(TypedDict):
    """A feed as it stands."""

    first_sequence: int
    full_snapshot: int | None
    highest: int
    id: str
    last_at: str | None
    last_received_at: str | None
    messages: int
    missing: list[Missing]
    missing_messages: int
    nodes: list[str]
    owed: int
    pool: str
    rows_applied: int


class Findings(TypedDict):
    """What does not follow from entries and claims, in words; empty if the books balance."""

    as_of: str
    balanced: bool
    findings: list[str]


class ForcedNodeIn(TypedDict):
    """The line ships from the node, or not at all; without a line the whole order does."""

    kind: Literal["forced_node"]
    line: NotRequired[str | None]
    node: str


class ForecastExplanation(TypedDict):
    """Why the forecast of a sku at a place is what it is. At each step the mean is the sum of weight x units
    of the models, of a launch drawn toward what was expected, x `alive` x `season`.
    """

    adi: float | None
    alive: list[float]
    bias: BiasOut
    bounded: int
    choices: list[ChoiceOut]
    closed: int
    cv2: float
    demand_class: DemandClass
    drivers: list[DriverEffectOut]
    grain: Grain
    hidden: int
    hidden_units: float
    is_of_the_run: bool
    launch: LaunchOut | None
    left_out: list[ModelLeftOutOut]
    mean: list[float]
    models: list[ModelOut]
    observed: int
    periods: list[str]
    place: str
    run: int
    season: list[float]
    sku: str
    sold: int
    spread: SpreadOut
    steps: int
    summary: str


class ForecastOut(TypedDict):
    """The forecast of a sku at a place, step by step."""

    levels: list[float]
    place: str
    sku: str
    steps: list[ForecastStepOut]


class ForecastRunDetail(TypedDict):
    """A forecast run, with the first series that could not be forecast."""

    asked_at: str
    asked_by: str
    asked_by_name: str
    cutoff: str
    digest: str | None
    done: int
    drivers: list[str]
    finished_at: str | None
    first_left_out: list[LeftOutOut]
    grain: Grain
    history_digest: str | None
    horizon: int
    job: str
    left_out: int | None
    levels: list[float]
    made_with: str
    passed_over: int
    places: list[str]
    revision: int
    run: int
    seed: int
    series: int
    skus: list[str]
    state: Literal["queued", "running", "done", "failed", "canceled"]
    training: str | None


class ForecastRunIn(TypedDict):
    """What is to be forecast, and from what."""

    drivers: NotRequired[list[str]]
    ended: NotRequired[Literal["refuse", "pass_over"]]
    grain: NotRequired[Grain]
    horizon: NotRequired[int]
    levels: NotRequired[list[float] | None]
    places: NotRequired[list[str]]
    seed: NotRequired[int]
    skus: NotRequired[list[str]]
    train: NotRequired[Literal["new", "latest"] | str]


class ForecastRunOut(TypedDict):
    """A forecast run. Its forecasts have an address of their own."""

    asked_at: str
    asked_by: str
    asked_by_name: str
    cutoff: str
    digest: str | None
    done: int
    drivers: list[str]
    finished_at: str | None
    grain: Grain
    history_digest: str | None
    horizon: int
    job: str
    left_out: int | None
    levels: list[float]
    made_with: str
    passed_over: int
    places: list[str]
    revision: int
    run: int
    seed: int
    series: int
    skus: list[str]
    state: Literal["queued", "running", "done", "failed", "canceled"]
    training: str | None


class ForecastStepOut(TypedDict):
    """Demand of one step."""

    dispersion: float
    first: str
    mean: float
    override: NotRequired[int | None]
    quantiles: list[int]


class FreeSplitsIn(TypedDict):
    """No penalty for another shipment, nor for a line that comes from several nodes."""

    kind: Literal["free_splits"]


class Gap(TypedDict):
    """How much dearer than the bound the plan is, at most."""

    micros: int
    minor: int
    relative: float


class GroupOut(TypedDict):
    """A demand class, or all."""

    bias: float | None
    calibration: list[LevelSharesOut]
    cells: int
    change: ChangeOut
    group: str
    signal: float | None
    signal_limit: float | None
    steps: int
    units: float
    wape: float | None
    wql: float | None


class HeldForTiersIn(TypedDict):
    """The last units of every sku at the nodes, in the common pool, are for orders of the tier or of higher
    ones. It is always hard.
    """

    channels: NotRequired[list[str]]
    kind: Literal["held_for_tiers"]
    name: str
    nodes: NotRequired[NodeSetIn]
    tier: int
    units: int


class HeldForTiersOut(TypedDict):
    """The last units of every sku at the nodes, in the common pool, are for orders of the tier or of higher
    ones. It is always hard.
    """

    channels: list[str]
    kind: Literal["held_for_tiers"]
    name: str
    nodes: NodeSetOut
    tier: int
    units: int


class ImportAnswer(TypedDict):
    """What an import did."""

    bad_rows: int
    checked_only: bool
    errors: list[BadField]
    rows: int
    written: int


class Inbound(TypedDict):
    """An announcement: units are on their way. Said again, the newest counts, with its date.

    Units promised on an earlier date stay promised on it, and count as part of the newest quantity.
    """

    earliest: str
    kind: Literal["inbound"]
    node: str
    pool: NotRequired[str]
    quantity: int
    sku: str
    source: str


class Infeasible(TypedDict):
    """Why the order cannot be met although there is stock. Without any one of `conflict` the others can hold,
    as far as stock goes.
    """

    conflict: list[DemandOut]
    detail: str
    fix: str
    minimal: bool
    relaxations: list[RelaxationOut]


class ItemResult(TypedDict):
    """What the single call would have answered: a problem document, where it was refused."""

    body: dict[str, Any]
    index: int
    status: int


class JobOrdersIn(TypedDict):
    """Orders, each as `POST /v1/orders` takes it, with its own mode; more than fit into one answer."""

    orders: list[dict[str, Any]]


class JobOut(TypedDict):
    """A job as it stands. Its times are those of the database's clock, whatever the demo's clock says."""

    cancel_requested: bool
    created_at: str
    done: int
    finished_at: str | None
    id: str
    kind: Literal["source-orders", "reconcile-ledger", "forecast-run", "forecast-watch"]
    message: str
    problem: dict[str, Any] | None
    result: dict[str, Any] | None
    results: str
    started_at: str | None
    state: Literal["queued", "running", "done", "failed", "canceled"]
    total: int


class JobResult(TypedDict):
    """What came of one item: what the single call would have answered."""

    body: dict[str, Any]
    index: int
    status: int


class KindCost(TypedDict):
    """What one kind of cost comes to."""

    is_cash: bool
    is_steering: bool
    kind: str
    micros: int
    minor: int


class LaunchOut(TypedDict):
    """What the forecast of a series launched lately leans on."""

    count: int
    elsewhere: ElsewhereOut | None
    expected: list[float]
    own_weight: float
    sources: list[str]


class LeavingOut(TypedDict):
    """The node's local day a shipment counts on, and when it leaves and arrives.

    Instants are null where its service names no days of transit.
    """

    arrives_p50: NotRequired[str | None]
    arrives_p90: NotRequired[str | None]
    day: str
    days_late: int
    leaves_at: NotRequired[str | None]
    node: str


class LeftOutOut(TypedDict):
    place: str
    reason: str
    sku: str


class LevelSharesOut(TypedDict):
    """How often sales stayed below a quantile; a calibrated level lies between the two shares."""

    at_or_below: ShareOut
    below: ShareOut
    level: float
    outside: float


class LimitsIn(TypedDict):
    """Work allowed for deciding; work, not time, so that equal input gives an equal answer."""

    branches: NotRequired[int | None]
    deterministic_seconds: NotRequired[float | None]


class LineIn(TypedDict):
    """One line; two lines may name one sku."""

    id: str
    node: NotRequired[str | None]
    quantity: int
    sku: str


class LineOut(TypedDict):
    components: NotRequired[dict[str, int]]
    held: int
    id: str
    node: NotRequired[str | None]
    quantity: int
    sku: str


class LinkOut(TypedDict):
    """One link of the chain naive, forecast, planned, on a demand class or on all."""

    added_wape: float | None
    added_wql: float | None
    between: list[Any] | None
    bias: float | None
    cells: int
    group: str
    name: str
    units: float
    wape: float | None
    wql: float | None


class MaximumDistanceIn(TypedDict):
    """The nodes ship no farther than so many kilometers, as the crow flies."""

    channels: NotRequired[list[str]]
    kilometers: int
    kind: Literal["maximum_distance"]
    name: str
    nodes: NotRequired[NodeSetIn]
    penalty: NotRequired[float | str | None]


class MaximumDistanceOut(TypedDict):
    """The nodes ship no farther than so many kilometers, as the crow flies."""

    channels: list[str]
    kilometers: int
    kind: Literal["maximum_distance"]
    name: str
    nodes: NodeSetOut
    penalty: str | None


class MaximumNodesIn(TypedDict):
    """An order ships from at most so many nodes; with `below` only one worth less. A penalty is for each
    node beyond.
    """

    at_most: int
    below: NotRequired[float | str | None]
    channels: NotRequired[list[str]]
    kind: Literal["maximum_nodes"]
    name: str
    penalty: NotRequired[float | str | None]


class MaximumNodesOut(TypedDict):
    """An order ships from at most so many nodes; with `below` only one worth less. A penalty is for each
    node beyond.
    """

    at_most: int
    below: str | None
    channels: list[str]
    kind: Literal["maximum_nodes"]
    name: str
    penalty: str | None


class MaximumNodesPerLineIn(TypedDict):
    """A line ships from at most so many nodes; with `skus` only lines of those. A penalty is for each node
    beyond, of each line.
    """

    at_most: int
    channels: NotRequired[list[str]]
    kind: Literal["maximum_nodes_per_line"]
    name: str
    penalty: NotRequired[float | str | None]
    skus: NotRequired[list[str]]


class MaximumNodesPerLineOut(TypedDict):
    """A line ships from at most so many nodes; with `skus` only lines of those. A penalty is for each node
    beyond, of each line.
    """

    at_most: int
    channels: list[str]
    kind: Literal["maximum_nodes_per_line"]
    name: str
    penalty: str | None
    skus: list[str]


class Missing(TypedDict):
    """Messages in a row that have not come."""

    first: int
    last: int


class MissingLineOut(TypedDict):
    """A line of which units are unfilled, and what would have filled it: words of `binding`."""

    line: str
    reasons: list[MissingReason]
    refusal: str
    remedies: list[str]
    seen: int
    sku: str
    wanted: int


class MissingReason(TypedDict):
    quantity: int
    reason: str


class ModelLeftOutOut(TypedDict):
    model: str
    reason: str


class ModelOut(TypedDict):
    model: str
    units: list[float]


class Money(TypedDict):
    """One amount in two units; `minor` are rounded so that the amounts of one answer add up."""

    micros: int
    minor: int


class MoreStockIn(TypedDict):
    """So many units more of a sku at a node; below zero fewer, and never fewer than none."""

    kind: Literal["more_stock"]
    node: str
    sku: str
    units: int


class MovedRow(TypedDict):
    """Units of one sku that came, or went if negative."""

    change: int
    node: NotRequired[str | None]
    sku: str


class NeverShipsToIn(TypedDict):
    """Destinations that are blocked for the nodes."""

    channels: NotRequired[list[str]]
    kind: Literal["never_ships_to"]
    name: str
    nodes: NodeSetIn
    penalty: NotRequired[float | str | None]
    zones: list[str]


class NeverShipsToOut(TypedDict):
    """Destinations that are blocked for the nodes."""

    channels: list[str]
    kind: Literal["never_ships_to"]
    name: str
    nodes: NodeSetOut
    penalty: str | None
    zones: list[str]


class NodeAccountOut(TypedDict):
    """One node of the network, and why it ships or does not."""

    distance_km: float
    is_solved: bool
    more_cost: NotRequired[Money | None]
    more_unfilled: NotRequired[int | None]
    name: str
    node: str
    room: int
    rule: str
    state: str
    stock: dict[str, int]
    units_per_day: int
    words: str


class NodeOffIn(TypedDict):
    """The node sources nothing."""

    kind: Literal["node_off"]
    node: str


class NodeOnIn(TypedDict):
    """The node sources, whatever kept it off."""

    kind: Literal["node_on"]
    node: str


class NodeRow(TypedDict):
    """A place that holds stock or hands goods over."""

    id: str
    is_on: NotRequired[bool | None]
    kind: Literal["dc", "store", "dark_store", "vendor", "pickup_point", "locker"]
    labor_per_line: str
    labor_per_order: str
    labor_per_unit: str
    latitude: float
    load_penalty: NotRequired[str]
    longitude: float
    name: str
    off_reason: NotRequired[str]
    pick_success_permille: NotRequired[int]
    priority: int
    processing_hours: NotRequired[int]
    slots: NotRequired[list[SlotRow]]
    time_zone: str
    units_per_day: NotRequired[int | None]


class NodeSelectionIn(TypedDict):
    """All of an order's claims, or those at one node."""

    node: NotRequired[str | None]
    revision: NotRequired[int | None]


class NodeSetIn(TypedDict):
    """Nodes by id, by kind, or both; every node, if both are empty."""

    ids: NotRequired[list[str]]
    kinds: NotRequired[list[NodeKind]]


class NodeSetOut(TypedDict):
    """Nodes by id, by kind, or both; every node, if both are empty."""

    ids: list[str]
    kinds: list[NodeKind]


class NodeSwitch(TypedDict):
    """Turns a node on or off. A node that is off keeps its stock and sources nothing."""

    is_on: bool
    off_reason: NotRequired[str]


class NodesIn(TypedDict):
    """Nodes that may ship the order, all if none is named, nodes that may not, and how many may share it.
    """

    allowed: NotRequired[list[str]]
    at_most: NotRequired[int | None]
    forbidden: NotRequired[list[str]]
    together: NotRequired[list[list[str]]]


class NodesOut(TypedDict):
    """Nodes that may ship the order, all if none is named, nodes that may not, and how many may share it.
    """

    allowed: list[str]
    at_most: int | None
    forbidden: list[str]
    together: list[list[str]]


class OfComponent(TypedDict):
    """A component of a kit at the node: units of it, not of the kit."""

    available: int
    on_hand: int
    per_kit: int
    sku: str


class OnlyFromIn(TypedDict):
    """Orders of the channels ship from these nodes only."""

    channels: NotRequired[list[str]]
    kind: Literal["only_from"]
    name: str
    nodes: NodeSetIn
    penalty: NotRequired[float | str | None]
    unless_chosen: NotRequired[bool]


class OnlyFromOut(TypedDict):
    """Orders of the channels ship from these nodes only."""

    channels: list[str]
    kind: Literal["only_from"]
    name: str
    nodes: NodeSetOut
    penalty: str | None
    unless_chosen: NotRequired[bool]


class OrderIn(TypedDict):
    """An order to be sourced. `quote` writes nothing, `shadow` keeps what the OMS's own choice costs beside
    Nodewise's and holds nothing, `reserve` is soft and expires, `commit` is firm.
    """

    accept_partial: NotRequired[bool]
    allow_backorder: NotRequired[bool]
    baseline: NotRequired[list[BaselineIn] | None]
    channel: NotRequired[str]
    destination: DestinationIn
    id: str
    limits: NotRequired[LimitsIn]
    lines: list[LineIn]
    mode: Literal["quote", "shadow", "reserve", "commit"]
    nodes: NotRequired[NodesIn]
    placed_at: NotRequired[str | None]
    service: NotRequired[str | None]
    tier: NotRequired[int]
    wanted_by: NotRequired[str | None]


class OrderOut(TypedDict):
    """An order as it stands."""

    channel: str
    claims: list[ClaimOut]
    created_at: str
    destination: DestinationOut
    expires_at: str | None
    id: str
    lines: list[LineOut]
    nodes: NotRequired[NodesOut | None]
    placed_at: str
    revision: int
    service: NotRequired[str | None]
    state: str
    tier: NotRequired[int]
    wanted_by: NotRequired[str | None]


class OrderSummary(TypedDict):
    channel: str
    created_at: str
    id: str
    placed_at: str
    revision: int
    state: str
    units: int
    zone: str


class OtherPolicyIn(TypedDict):
    """Another version of the policy, in force or not."""

    kind: Literal["policy"]
    version: str


class OverrideIn(TypedDict):
    """A planner's word against the forecast of a sku at a place. Its author is whoever sends it."""

    expires_at: NotRequired[str | None]
    first: str
    grain: NotRequired[Grain]
    kind: Literal["replace", "multiply", "add"]
    last: str
    place: str
    reason: str
    sku: str
    value: float


class OverrideOut(TypedDict):
    """An override as it stands."""

    author: str
    author_name: str
    expires_at: str
    first: str
    grain: Grain
    holds: bool
    kind: Literal["replace", "multiply", "add"]
    last: str
    made_at: str
    outdone_by: list[int]
    override: int
    place: str
    reason: str
    sku: str
    value: float
    withdrawn: WithdrawnOut | None


class PageOfAttributesOut(TypedDict):
    items: list[AttributesOut]
    next_cursor: NotRequired[str | None]


class PageOfAuditEntry(TypedDict):
    items: list[AuditEntry]
    next_cursor: NotRequired[str | None]


class PageOfDeliveryOut(TypedDict):
    items: list[DeliveryOut]
    next_cursor: NotRequired[str | None]


class PageOfDemandSeriesOut(TypedDict):
    items: list[DemandSeriesOut]
    next_cursor: NotRequired[str | None]


class PageOfDriverOut(TypedDict):
    items: list[DriverOut]
    next_cursor: NotRequired[str | None]


class PageOfEntryOut(TypedDict):
    items: list[EntryOut]
    next_cursor: NotRequired[str | None]


class PageOfFeedOut(TypedDict):
    items: list[FeedOut]
    next_cursor: NotRequired[str | None]


class PageOfForecastOut(TypedDict):
    items: list[ForecastOut]
    next_cursor: NotRequired[str | None]


class PageOfForecastRunOut(TypedDict):
    items: list[ForecastRunOut]
    next_cursor: NotRequired[str | None]


class PageOfJobOut(TypedDict):
    items: list[JobOut]
    next_cursor: NotRequired[str | None]


class PageOfJobResult(TypedDict):
    items: list[JobResult]
    next_cursor: NotRequired[str | None]


class PageOfNodeRow(TypedDict):
    items: list[NodeRow]
    next_cursor: NotRequired[str | None]


class PageOfOrderSummary(TypedDict):
    items: list[OrderSummary]
    next_cursor: NotRequired[str | None]


class PageOfOverrideOut(TypedDict):
    items: list[OverrideOut]
    next_cursor: NotRequired[str | None]


class PageOfPolicyOut(TypedDict):
    items: list[PolicyOut]
    next_cursor: NotRequired[str | None]


class PageOfPriceBookOut(TypedDict):
    items: list[PriceBookOut]
    next_cursor: NotRequired[str | None]


class PageOfRateRow(TypedDict):
    items: list[RateRow]
    next_cursor: NotRequired[str | None]


class PageOfShortfallOut(TypedDict):
    items: list[ShortfallOut]
    next_cursor: NotRequired[str | None]


class PageOfSkuItem(TypedDict):
    items: list[SkuItem]
    next_cursor: NotRequired[str | None]


class PageOfStockPriceRow(TypedDict):
    items: list[StockPriceRow]
    next_cursor: NotRequired[str | None]


class PageOfSupplyItem(TypedDict):
    items: list[SupplyItem]
    next_cursor: NotRequired[str | None]


class PageOfTrainingOut(TypedDict):
    items: list[TrainingOut]
    next_cursor: NotRequired[str | None]


class PageOfTransferOut(TypedDict):
    items: list[TransferOut]
    next_cursor: NotRequired[str | None]


class PageOfWebhookOut(TypedDict):
    items: list[WebhookOut]
    next_cursor: NotRequired[str | None]


class PageOfZoneRow(TypedDict):
    items: list[ZoneRow]
    next_cursor: NotRequired[str | None]


class PerOrder(TypedDict):
    """The mean difference per order, and where it lies with 95 % confidence; null where that is not known.
    """

    high: Money | None
    low: Money | None
    mean: Money
    no_interval: NotRequired[str | None]
    verdict: str


class PlannedLine(TypedDict):
    line: str
    quantity: int
    sku: str


class PlannedShipment(TypedDict):
    """What leaves one node."""

    arrives_p50: NotRequired[str | None]
    arrives_p90: NotRequired[str | None]
    billed_grams: NotRequired[int | None]
    co2e_grams: NotRequired[int | None]
    leaves_at: NotRequired[str | None]
    lines: list[PlannedLine]
    node: str
    packages: int
    service: str
    weight_grams: int


class PolicyIn(TypedDict):
    """A version to keep. It is a draft until it is activated, and it never changes."""

    co2e_price: NotRequired[float | str]
    extra_shipment_penalty: float | str
    late_day_penalty: NotRequired[float | str | None]
    may_give_up: NotRequired[bool]
    note: NotRequired[str]
    repick_cost: NotRequired[float | str]
    reservation_minutes: NotRequired[int]
    rules: NotRequired[list[MaximumDistanceIn | ShipsOnlyToIn | NeverShipsToIn | OnlyFromIn | MaximumNodesIn | MaximumNodesPerLineIn | HeldForTiersIn]]
    split_line_penalty: float | str
    version: str


class PolicyInForce(TypedDict):
    """Which version is in force at an instant, since when, and what comes before and after."""

    at: str
    before: str | None
    policy: PolicyOut
    scheduled: list[ActivationOut]
    since: ActivationOut


class PolicyOut(TypedDict):
    """A version, what it is now, and all its activations, in the order in which they are in force."""

    activations: list[ActivationOut]
    author: str
    author_name: str
    co2e_price: str
    created_at: str
    extra_shipment_penalty: str
    late_day_penalty: str | None
    may_give_up: bool
    note: str
    repick_cost: str
    reservation_minutes: int
    rules: list[MaximumDistanceOut | ShipsOnlyToOut | NeverShipsToOut | OnlyFromOut | MaximumNodesOut | MaximumNodesPerLineOut | HeldForTiersOut]
    split_line_penalty: str
    state: PolicyState
    version: str


class PriceBookOut(TypedDict):
    """A price book. Its prices have an address of their own."""

    has_prices: bool
    loaded_at: str
    loaded_by: str
    loaded_by_name: str
    made_at: str
    state: str
    stocks: int
    valid_until: str
    version: str
    withdrawn: WithdrawalOut | None


class PriceBookUsed(TypedDict):
    """Which price book was decided by.

    `used`: the plan weighs what stock is worth where it stands. `none`: no book is in force. `stale`: one is,
    and it is past `valid_until`, so it was not used. `unknown`: the database was away, so it is not known
    which is in force, and none was used.
    """

    made_at: NotRequired[str | None]
    state: Literal["used", "none", "stale", "unknown"]
    valid_until: NotRequired[str | None]
    version: NotRequired[str | None]


class Problem(TypedDict):
    """RFC 9457. `type` resolves on the running service."""

    conflict: NotRequired[list[DemandOut]]
    detail: str
    errors: list[BadField]
    fix: str
    instance: str
    minimal: NotRequired[bool]
    relaxations: NotRequired[list[RelaxationOut]]
    request_id: str
    retry: Literal["no", "after", "same-key"]
    status: int
    title: str
    type: str


class RateRow(TypedDict):
    """What one carrier service bills from a node to a zone."""

    breaks: NotRequired[list[BreakRow]]
    carries_hazmat: NotRequired[bool]
    co2e_grams_per_kg: NotRequired[int]
    co2e_grams_per_package: NotRequired[int]
    dimensional_divisor: NotRequired[int | None]
    longest_side_mm: NotRequired[int | None]
    origin: str
    package_limit_cm3: NotRequired[int | None]
    package_limit_grams: int
    per_kg: str
    per_oversized: NotRequired[str]
    per_package: str
    per_shipment: NotRequired[str]
    service: str
    transit_days_p50: NotRequired[int | None]
    transit_days_p90: NotRequired[int | None]
    zone: str


class Ready(TypedDict):
    status: NotRequired[Literal["ready"]]


class ReassignIn(TypedDict):
    """With `wanted` the units of the lines named are pegged so, all of a line that can move; without, it is
    decided again for all that can move.
    """

    revision: NotRequired[int | None]
    wanted: NotRequired[list[WantedIn] | None]


class Reassigned(TypedDict):
    """The orders as they stand after the step; all of it was done, or none."""

    moved: int
    orders: list[OrderOut]


class ReassignmentsIn(TypedDict):
    """Several orders in one step: either `changes`, as the caller wants them, or `orders`, to be decided
    again one after the other.
    """

    changes: NotRequired[list[ChangeIn] | None]
    orders: NotRequired[list[str] | None]


class Receipt(TypedDict):
    """Units of an announced inbound have arrived; what was promised from it goes with them."""

    earliest: NotRequired[str | None]
    kind: Literal["receipt"]
    node: str
    pool: NotRequired[str]
    quantity: int
    sku: str
    source: str


class ReceiptIn(TypedDict):
    """How many units have arrived; all that are still to come, if it is not said."""

    quantity: NotRequired[int | None]


class Recorded(TypedDict):
    """What became of one event. `shortfall` units of orders are left without stock by it."""

    index: int
    kind: str
    node: str
    shortfall: int
    shortfall_orders: list[str]
    sku: str


class RejectionIn(TypedDict):
    """Units that the node cannot find, and why it says so."""

    node: NotRequired[str | None]
    reason: str
    revision: NotRequired[int | None]
    units: NotRequired[dict[str, int] | None]


class RelaxationOut(TypedDict):
    """The order without one demand, all others kept; decided as any order is."""

    demand: str
    detail: str
    helps: bool | None
    more: Money | None
    others: list[str]
    proven: bool
    total: Money | None
    unfilled_units: int
    waiting_units: NotRequired[int]


class ReplayIn(TypedDict):
    """Which events are sent again: those that happened from `since` until before `until`."""

    since: str
    types: NotRequired[list[EventType]]
    until: NotRequired[str | None]


class ReplayOut(TypedDict):
    events: int


class ReturnIn(TypedDict):
    """Units that came back: all that were handed over, those of one node, or units by line."""

    node: NotRequired[str | None]
    revision: NotRequired[int | None]
    state: Literal["sellable", "damaged", "quarantined"]
    to: str
    units: NotRequired[dict[str, int] | None]


class RevisionIn(TypedDict):
    """Nothing is needed; with `revision` it is refused if the order has changed since."""

    revision: NotRequired[int | None]


class RivalOut(TypedDict):
    """A blend of models that was tried."""

    blend: str
    loss: float | None


class SalesAnswer(TypedDict):
    """What was read, and what became of it."""

    emptied: int
    first_day: str | None
    last_day: str | None
    late_lines: int
    lines: int
    returns: int
    returns_of_an_order: int
    series: int
    units_cut: float
    units_returned: float
    units_sold: float


class Seen(TypedDict):
    """The figures a decision was made from: units by sku and units of capacity left, per node.

    Of a kit, units that could be packed, beside the units of its components.
    """

    capacity: list[int]
    nodes: list[str]
    stock: dict[str, list[int]]


class SelectionIn(TypedDict):
    """Which of an order's claims are meant: all, those at one node, or units by line."""

    node: NotRequired[str | None]
    revision: NotRequired[int | None]
    units: NotRequired[dict[str, int] | None]


class ServiceChoiceOut(TypedDict):
    """The services a node offers for its shipment, the cheapest first, those that cannot carry it last."""

    against_asked: str
    asked: NotRequired[str | None]
    chosen: str
    node: str
    offered: list[ServiceOut]
    weight_grams: int


class ServiceOut(TypedDict):
    """What a service would bill for a shipment."""

    arrives_p50: NotRequired[str | None]
    arrives_p90: NotRequired[str | None]
    billed_grams: int
    co2e_grams: int
    cost: Money
    days_late: int
    leaves_at: NotRequired[str | None]
    packages: int
    service: str
    steering: Money
    why_not: str


class ShareOut(TypedDict):
    """A share, with the interval it lies in with 99 % confidence."""

    high: float
    low: float
    value: float


class ShipsOnlyToIn(TypedDict):
    """The nodes ship to these zones only: a region that is served from within."""

    channels: NotRequired[list[str]]
    kind: Literal["ships_only_to"]
    name: str
    nodes: NodeSetIn
    penalty: NotRequired[float | str | None]
    zones: list[str]


class ShipsOnlyToOut(TypedDict):
    """The nodes ship to these zones only: a region that is served from within."""

    channels: list[str]
    kind: Literal["ships_only_to"]
    name: str
    nodes: NodeSetOut
    penalty: str | None
    zones: list[str]


class ShortfallOut(TypedDict):
    """Units of a claim that a fact has left without stock."""

    claim: str
    line: str
    movable: bool
    node: str
    order: str
    pool: str
    promised_by: str | None
    quantity: int
    revision: int
    sku: str
    source: str
    state: str


class SkuItem(TypedDict):
    """A sku as listed."""

    case_pack: NotRequired[int]
    components: NotRequired[dict[str, int] | None]
    height_mm: NotRequired[int | None]
    id: str
    is_hazmat: NotRequired[bool]
    is_oversized: NotRequired[bool]
    length_mm: NotRequired[int | None]
    lost_sale_value: NotRequired[str | None]
    name: str
    price: str
    ships_alone: NotRequired[bool]
    unit_cost: str
    weight_grams: int
    width_mm: NotRequired[int | None]


class SlotRow(TypedDict):
    """A part of every local day of a node, and the units it can pick in it."""

    end: str
    name: str
    start: str
    units: int


class SnapshotIn(TypedDict):
    """What was counted at one instant. What Nodewise itself moved after it is added on top."""

    at: str
    full: NotRequired[bool]
    rows: list[CountedRow]
    sequence: int


class SpreadOut(TypedDict):
    """Where the dispersion comes from."""

    by_step: list[float]
    drawn: float
    own: float | None
    pooled: float


class Step(TypedDict):
    """The units up to `up_to`, where little is left, have this price each."""

    price: str
    up_to: int


class StepBackIn(TypedDict):
    """Why the version before is to be in force again."""

    expected_active: NotRequired[str | None]
    reason: str


class StockCount(TypedDict):
    """Somebody counted: this many are there."""

    kind: Literal["count"]
    node: str
    pool: NotRequired[str]
    quantity: int
    reason: NotRequired[str]
    sku: str
    state: NotRequired[StockState]


class StockEvents(TypedDict):
    """Events in the order they happened; all are recorded, or none."""

    events: list[Inbound | Receipt | WalkInSale | StockCount | Damage | Correction]


class StockEventsAnswer(TypedDict):
    recorded: int
    results: list[Recorded]


class StockOutsAnswer(TypedDict):
    """What the ledger said of kept demand that was not flagged before."""

    series: int
    sold_out: int
    stocked_out: int


class StockPriceRow(TypedDict):
    """What a sku is worth at a node, by the units left; units beyond the last step are free."""

    node: str
    sku: str
    steps: list[Step]


class StoredDecision(TypedDict):
    """A decision as kept, with the figures seen. It never changes."""

    as_of: NotRequired[str | None]
    backordered: NotRequired[list[BackorderedLine]]
    backordered_units: NotRequired[int]
    baseline: NotRequired[BaselineOut | None]
    bound: Money
    cash: Money
    cost_lines: list[CostLine]
    currency: str
    cut_by_deadline: bool
    decided_at: str
    decision: str
    degraded: bool
    degraded_because: NotRequired[str | None]
    engine: str
    expires_at: str | None
    gap: Gap
    id: str
    infeasible: NotRequired[Infeasible | None]
    leaves_on: NotRequired[str | None]
    lost_margin: Money
    policy: str
    price_book: NotRequired[PriceBookUsed | None]
    reservable: bool
    revision: int
    seconds: float
    seen: Seen
    shipments: list[PlannedShipment]
    state: str
    status: str
    steering: Money
    total: Money
    unfilled: list[UnfilledLine]
    unfilled_bound: int
    unfilled_units: int


class SupplyItem(TypedDict):
    """A supply row with what is reserved from it."""

    available: int
    earliest: str | None
    node: str
    pool: str
    quantity: int
    reserved: int
    safety_stock: int
    sku: str
    source: str
    state: str


class Term(TypedDict):
    """All cost lines of one kind, added up."""

    baseline: Money
    difference: Money
    is_cash: bool
    is_steering: bool
    kind: str
    nodewise: Money


class TermAmounts(TypedDict):
    """One kind of cost."""

    baseline: Money
    difference: Money
    is_cash: bool
    kind: str
    nodewise: Money
    per_order: PerOrder | None


class TrainingOut(TypedDict):
    """What was learned once, and may be used by many runs."""

    cutoff: str
    grain: Grain
    horizon: int
    made_at: str
    seed: int
    series: int
    training: str


# Units sent from one node to another. Only free units can go; what orders hold stays.
TransferIn = TypedDict(
    "TransferIn",
    {
        "arrives": "str",
        "from": "str",
        "id": "str",
        "pool": "NotRequired[str]",
        "quantity": "int",
        "sku": "str",
        "to": "str",
    },
)


# A transfer as it stands.
TransferOut = TypedDict(
    "TransferOut",
    {
        "arrives": "str",
        "from": "str",
        "id": "str",
        "pool": "str",
        "quantity": "int",
        "received": "int",
        "sent_at": "str",
        "sku": "str",
        "state": "str",
        "to": "str",
    },
)


class UnfilledLine(TypedDict):
    """Units that are not served, with why.

    `no_stock`: none at a node that is on and has a rate. `no_capacity`: there are, but the day of the
    nodes that hold them is full, or the last slot of it has ended. `ruled_out`: there are, at nodes that a
    rule of the policy or the order itself keeps out. `no_service`: there are, and no carrier service takes
    them from there, or none with what else ships from there. `given_up`: for money, where the policy allows
    it.
    """

    detail: NotRequired[str]
    line: str
    quantity: int
    reason: Literal["no_stock", "no_capacity", "ruled_out", "no_service", "given_up"]
    sku: str


class ValueAddedOut(TypedDict):
    """What each link of the chain adds: naive, then the forecast, then with planners' overrides (planned).
    """

    authors: list[AuthorOut]
    links: list[LinkOut]
    made_at: str
    overridden: list[LinkOut]
    overrides: list[WorthOut]
    run: int
    runs: list[int]
    steps: list[str]


class ViolationOut(TypedDict):
    """Something that the OMS's choice does and Nodewise may not, or that it does not see."""

    against: Literal["stock", "capacity", "off", "rule", "order", "service", "other"]
    detail: str
    node: str | None
    rule: str | None


class WalkInSale(TypedDict):
    """Units left through the till."""

    kind: Literal["walk_in_sale"]
    node: str
    pool: NotRequired[str]
    quantity: int
    sku: str


class WantedIn(TypedDict):
    """Units of one line (of a kit's, kits), and the node that shall serve them."""

    line: str
    node: str
    quantity: int
    service: NotRequired[str | None]
    source: NotRequired[str]


class WatchReportOut(TypedDict):
    """What came of the runs before this one, how far it is from the last of them, and what to look at."""

    alerts: list[AlertOut]
    groups: list[GroupOut]
    made_at: str
    run: int
    runs: list[int]
    steps: list[str]


class WebhookChange(TypedDict):
    """What is to be different; what is left out stays."""

    is_on: NotRequired[bool | None]
    types: NotRequired[list[EventType] | None]
    url: NotRequired[str | None]


class WebhookIn(TypedDict):
    """An endpoint to be told of events from now on."""

    types: NotRequired[list[EventType]]
    url: str


class WebhookOut(TypedDict):
    """An endpoint. Its secret is shown when it is made, and when it is changed for another."""

    created_at: str
    failing_since: str | None
    id: str
    is_on: bool
    off_reason: str
    types: list[EventType]
    url: str


class WebhookWithSecret(TypedDict):
    """An endpoint with its secret: keep it, it is not shown again."""

    created_at: str
    failing_since: str | None
    id: str
    is_on: bool
    off_reason: str
    old_secret_until: str | None
    secret: str
    types: list[EventType]
    url: str


class WeightOut(TypedDict):
    model: str
    weight: float


class WhatIfIn(TypedDict):
    """What is otherwise; made one after the other."""

    changes: list[MoreStockIn | NodeOffIn | NodeOnIn | FreeSplitsIn | WithoutRuleIn | ForcedNodeIn | CapacityIn | OtherPolicyIn]


class WhatIfOut(TypedDict):
    """What would have been decided, really solved, and how it differs from what was."""

    bound: Money
    by_kind: list[KindCost]
    cost_lines: list[CostLine]
    currency: str
    engine: str
    gap: Gap
    more_cost: Money
    more_unfilled: int
    order: str
    policy: str
    revision: int
    sentence: str
    shipments: list[PlannedShipment]
    status: str
    total: Money
    unfilled_bound: int
    unfilled_units: int


class WithdrawIn(TypedDict):
    """Why an override is taken back."""

    reason: str


class WithdrawalIn(TypedDict):
    """Why the book is not to be used any more."""

    reason: str


class WithdrawalOut(TypedDict):
    at: str
    by: str
    by_name: str
    reason: str


class WithdrawnOut(TypedDict):
    """When an override was taken back, by whom and why."""

    at: str
    by: str
    by_name: str
    reason: str


class WithoutRuleIn(TypedDict):
    """Without a rule of the policy, by its name, or without a choice of the order's own."""

    kind: Literal["without_rule"]
    rule: str


class WorthOut(TypedDict):
    """What an override was worth on the steps where it counted and that have come."""

    author: str
    error_with: float
    error_without: float
    loss_with: float
    loss_without: float
    override: int
    saved: float
    sold: float
    steps: int


class ZoneRow(TypedDict):
    """Destinations that share rates."""

    id: str
    latitude: float
    longitude: float
    name: str


class Order(TypedDict):
    """An order without its `mode`: which it is, the call says."""

    accept_partial: NotRequired[bool]
    allow_backorder: NotRequired[bool]
    baseline: NotRequired[list[BaselineIn] | None]
    channel: NotRequired[str]
    destination: DestinationIn
    id: str
    limits: NotRequired[LimitsIn]
    lines: list[LineIn]
    nodes: NotRequired[NodesIn]
    placed_at: NotRequired[str | None]
    service: NotRequired[str | None]
    tier: NotRequired[int]
    wanted_by: NotRequired[str | None]


INSTANTS = frozenset(
    {
        "arrives_p50",
        "arrives_p90",
        "as_of",
        "asked_at",
        "at",
        "created_at",
        "decided_at",
        "effective_at",
        "expires_at",
        "failing_since",
        "finished_at",
        "last_at",
        "last_received_at",
        "leaves_at",
        "loaded_at",
        "made_at",
        "next_at",
        "now",
        "old_secret_until",
        "placed_at",
        "promised_by",
        "sent_at",
        "since",
        "started_at",
        "timestamp",
        "until",
        "valid_until",
        "wanted_by",
    }
)
"""Fields that are instants, in whatever type they stand."""


DAYS = frozenset(
    {
        "arrives",
        "cutoff",
        "day",
        "earliest",
        "expected",
        "first",
        "first_day",
        "last",
        "last_day",
        "leaves_on",
    }
)
"""Fields that are days, in whatever type they stand."""
