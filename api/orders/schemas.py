"""Orders as sent."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from api.edge.kinds import Id, Instant, Latitude, Longitude, Reason, Units
from fulfillment.orders import MAX_LINES, MAX_TIER
from fulfillment.supply import ON_HAND

Mode = Literal["quote", "shadow", "reserve", "commit"]
MAX_NODES_NAMED = 1_000
MAX_BASELINE = 2_000  # parts of lines; a line may come from several nodes
MAX_REASSIGNED = 50  # orders decided again in one step


Tier = Annotated[int, Field(strict=True, ge=0, le=MAX_TIER, examples=[1])]

ORDER_EXAMPLE: dict[str, JsonValue] = {
    "mode": "reserve",
    "id": "10482",
    "lines": [
        {"id": "1", "sku": "K-17", "quantity": 2},
        {"id": "2", "sku": "T-03", "quantity": 1},
    ],
    "destination": {"zone": "UK-SE"},
}


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LineIn(_Sent):
    """One line; two lines may name one sku."""

    id: Id = Field(examples=["1"])
    sku: Id = Field(examples=["K-17"])
    quantity: Units
    node: Id | None = Field(
        default=None, description="Ships from this node, or not at all", examples=["LON1"]
    )


class NodesIn(_Sent):
    """Nodes that may ship the order, all if none is named, nodes that may not, and how many may share it."""

    allowed: list[Id] = Field(default=[], max_length=MAX_NODES_NAMED, examples=[["DC1", "LON1"]])
    forbidden: list[Id] = Field(default=[], max_length=MAX_NODES_NAMED, examples=[["BRS1"]])
    at_most: Annotated[int, Field(strict=True, ge=1, le=MAX_NODES_NAMED)] | None = Field(
        default=None, description="Ships from at most so many nodes; 1: never split", examples=[1]
    )
    together: list[Annotated[list[Id], Field(min_length=2, max_length=MAX_LINES)]] = Field(
        default=[],
        max_length=MAX_LINES,
        description="Groups of lines by id, each of which ships from one node, whichever that is",
        examples=[[["1", "2"]]],
    )

    @model_validator(mode="after")
    def _no_line_in_two_groups(self) -> Self:
        named = [line for group in self.together for line in group]
        if len(set(named)) < len(named):
            twice = next(line for line in named if named.count(line) > 1)
            raise ValueError(f"together: line {twice} is named twice; a line is in one group, once")
        return self

    @model_validator(mode="after")
    def _none_in_both(self) -> Self:
        if both := sorted({*self.allowed} & {*self.forbidden}):
            raise ValueError(f"{both[0]} is allowed and forbidden; name it in one of the lists")
        return self


class DestinationIn(_Sent):
    """Where it goes: a rate zone, and coarse coordinates if known. Never a street address."""

    zone: Id = Field(examples=["UK-SE"])
    latitude: Latitude | None = None
    longitude: Longitude | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude belong together: give both, or neither")
        return self


class LimitsIn(_Sent):
    """Work allowed for deciding; work, not time, so that equal input gives an equal answer."""

    branches: Annotated[int, Field(strict=True, ge=1, le=1_000_000, examples=[4000])] | None = None
    deterministic_seconds: (
        Annotated[float, Field(ge=0, le=60, allow_inf_nan=False, examples=[0.4])] | None
    ) = None


class BaselineIn(_Sent):
    """Units of one line that the OMS ships from a node."""

    line: Id = Field(examples=["1"])
    node: Id = Field(examples=["LON1"])
    quantity: Units
    service: Id | None = Field(
        default=None,
        description="Carrier service, one for all that the node ships; the cheapest, if left out",
        examples=["ground"],
    )


class OrderIn(_Sent):
    """An order to be sourced. `quote` writes nothing, `shadow` keeps what the OMS's own choice costs beside
    Nodewise's and holds nothing, `reserve` is soft and expires, `commit` is firm."""

    model_config = ConfigDict(json_schema_extra={"example": ORDER_EXAMPLE})

    mode: Mode
    id: Id = Field(examples=["10482"])
    lines: list[LineIn] = Field(min_length=1, max_length=MAX_LINES)
    destination: DestinationIn
    channel: Id = Field(default="web", description="Whose ring-fence it may use", examples=["web"])
    placed_at: Instant | None = Field(default=None, description="Now, if left out")
    accept_partial: bool = Field(
        default=True, strict=True, description="False: filled whole, or refused", examples=[True]
    )
    tier: Tier = Field(
        default=0,
        description="The shopper's: 0 is an ordinary one; rules may hold the last units for higher tiers",
    )
    wanted_by: Instant | None = Field(
        default=None,
        description="When it should have arrived; what may be later costs, or is not shipped, as the policy "
        "says. Any day does, if left out",
        examples=["2026-11-24T18:00:00Z"],
    )
    service: Id | None = Field(
        default=None,
        description="Carrier service that the shopper was offered: a faster one may carry the order for "
        "less, a slower one if it arrives by wanted_by. Any, if left out",
        examples=["ground"],
    )
    allow_backorder: bool = Field(
        default=False,
        strict=True,
        description="Units that no node has may be promised from what is on its way",
        examples=[True],
    )
    nodes: NodesIn = NodesIn()
    limits: LimitsIn = LimitsIn()
    baseline: list[BaselineIn] | None = Field(
        default=None,
        max_length=MAX_BASELINE,
        description="The OMS's own choice, to be compared; units not named are left unfilled by it. "
        "Changes nothing of the decision",
        examples=[[{"line": "1", "node": "LON1", "quantity": 2}]],
    )

    @model_validator(mode="after")
    def _shadow_of_something(self) -> Self:
        if self.mode == "shadow" and self.baseline is None:
            raise ValueError("shadow compares with a baseline: send the OMS's own choice, or ask for a quote")
        return self


class SelectionIn(_Sent):
    """Which of an order's claims are meant: all, those at one node, or units by line."""

    model_config = ConfigDict(json_schema_extra={"example": {"node": "LON1"}})

    node: Id | None = None
    units: dict[Id, Units] | None = Field(
        default=None, min_length=1, max_length=MAX_LINES, examples=[{"1": 1}], description="Units by line id"
    )
    revision: Annotated[int, Field(strict=True, ge=0)] | None = Field(
        default=None, description="Refuse if the order has changed since"
    )


class RejectionIn(SelectionIn):
    """Units that the node cannot find, and why it says so."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"units": {"1": 1}, "reason": "Not on the shelf"}}
    )

    reason: Annotated[Reason, Field(min_length=1, examples=["Not on the shelf"])]


class ReturnIn(SelectionIn):
    """Units that came back: all that were handed over, those of one node, or units by line."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"units": {"1": 1}, "to": "LON1", "state": "sellable"}}
    )

    to: Id = Field(description="The node that has the goods now", examples=["LON1"])
    state: Literal["sellable", "damaged", "quarantined"] = Field(
        description="What they are: only sellable units can be promised again", examples=["sellable"]
    )


class NodeSelectionIn(_Sent):
    """All of an order's claims, or those at one node."""

    model_config = ConfigDict(json_schema_extra={"example": {"node": "LON1"}})

    node: Id | None = None
    revision: Annotated[int, Field(strict=True, ge=0)] | None = None


class RevisionIn(_Sent):
    """Nothing is needed; with `revision` it is refused if the order has changed since."""

    revision: Annotated[int, Field(strict=True, ge=0)] | None = Field(default=None, examples=[1])


class WantedIn(_Sent):
    """Units of one line (of a kit's, kits), and the node that shall serve them."""

    line: Id = Field(examples=["1"])
    node: Id = Field(examples=["LON1"])
    quantity: Units
    source: Id = Field(default=ON_HAND, description="on_hand, or the inbound to wait for")
    service: Id | None = Field(
        default=None, description="Carrier service; the cheapest, if left out", examples=["ground"]
    )


class ReassignIn(_Sent):
    """With `wanted` the units of the lines named are pegged so, all of a line that can move; without, it is
    decided again for all that can move."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"revision": 1, "wanted": [{"line": "1", "node": "LON1", "quantity": 2}]}
        }
    )

    revision: Annotated[int, Field(strict=True, ge=0)] | None = Field(
        default=None, description="Refuse if the order has changed since; needed with wanted", examples=[1]
    )
    wanted: list[WantedIn] | None = Field(default=None, min_length=1, max_length=MAX_LINES)

    @model_validator(mode="after")
    def _wanted_at_a_revision(self) -> Self:
        if self.wanted is not None and self.revision is None:
            raise ValueError("wanted needs the revision of the order that it was made for")
        return self


class ChangeIn(_Sent):
    """New nodes for lines of one order, made for a revision of it."""

    order: Id = Field(examples=["10482"])
    revision: Annotated[int, Field(strict=True, ge=0, examples=[1])]
    wanted: list[WantedIn] = Field(min_length=1, max_length=MAX_LINES)


class ReassignmentsIn(_Sent):
    """Several orders in one step: either `changes`, as the caller wants them, or `orders`, to be decided
    again one after the other."""

    model_config = ConfigDict(json_schema_extra={"example": {"orders": ["10482", "10483"]}})

    orders: list[Id] | None = Field(default=None, min_length=1, max_length=MAX_REASSIGNED)
    changes: list[ChangeIn] | None = Field(default=None, min_length=1, max_length=MAX_REASSIGNED)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.orders is None) == (self.changes is None):
            raise ValueError("give orders, to be decided again, or changes, to be made as they are")
        names = self.orders or [change.order for change in self.changes or ()]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"order {twice} is named twice; put all of its changes into one")
        return self
