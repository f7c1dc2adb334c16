"""Rules of a policy as sent and as shown: a schema for each kind and way."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.edge.kinds import Id
from api.edge.money import Amount, Penalty
from fulfillment.network import NodeKind
from fulfillment.node_rules import FARTHEST_KM
from fulfillment.orders import MAX_TIER, MAX_UNITS_PER_LINE

MAX_RULES = 100
MAX_NAMED = 1_000  # nodes, zones or channels of one rule

_NAME = Field(description="Told wherever the rule matters; one of its own", examples=["online from DCs"])
_ABOUT = "Whose orders it is about; empty: of all"
_PENALTY = (
    "Null: hard, the rule is kept. An amount: soft, each shipment that breaks it, or each node beyond "
    "its figure, is charged so much; it steers and is never billed"
)

_BELOW = "Only orders worth less than this, at the prices of their skus; null: every order"
_CHOSEN = "An order that names another node, in nodes.allowed or for a line, may ship from that as well"
AtMost = Annotated[int, Field(strict=True, ge=1, le=MAX_NAMED, examples=[1])]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NodeSetIn(_Sent):
    """Nodes by id, by kind, or both; every node, if both are empty."""

    ids: list[Id] = Field(default=[], max_length=MAX_NAMED, examples=[["LON1"]])
    kinds: list[NodeKind] = Field(default=[], max_length=len(NodeKind), examples=[[NodeKind.STORE]])


class _HardRuleIn(_Sent):
    name: Id = _NAME
    channels: list[Id] = Field(default=[], max_length=MAX_NAMED, description=_ABOUT, examples=[["web"]])


class _RuleIn(_HardRuleIn):
    penalty: Penalty | None = Field(default=None, description=_PENALTY, examples=["1.50"])


class MaximumDistanceIn(_RuleIn):
    """The nodes ship no farther than so many kilometers, as the crow flies."""

    kind: Literal["maximum_distance"]
    kilometers: Annotated[int, Field(strict=True, ge=1, le=FARTHEST_KM)] = Field(examples=[300])
    nodes: NodeSetIn = NodeSetIn()


class _WithZonesIn(_RuleIn):
    nodes: NodeSetIn
    zones: list[Id] = Field(min_length=1, max_length=MAX_NAMED, examples=[["UK-SE"]])


class ShipsOnlyToIn(_WithZonesIn):
    """The nodes ship to these zones only: a region that is served from within."""

    kind: Literal["ships_only_to"]


class NeverShipsToIn(_WithZonesIn):
    """Destinations that are blocked for the nodes."""

    kind: Literal["never_ships_to"]


class OnlyFromIn(_RuleIn):
    """Orders of the channels ship from these nodes only."""

    kind: Literal["only_from"]
    nodes: NodeSetIn
    unless_chosen: bool = Field(default=False, strict=True, description=_CHOSEN, examples=[True])

    @model_validator(mode="after")
    def _names_nodes(self) -> Self:
        if not (self.nodes.ids or self.nodes.kinds):
            raise ValueError("nodes: name an id or a kind; every node may ship as it is")
        return self


class MaximumNodesIn(_RuleIn):
    """An order ships from at most so many nodes; with `below` only one worth less. A penalty is for each
    node beyond."""

    kind: Literal["maximum_nodes"]
    at_most: AtMost
    below: Amount | None = Field(default=None, description=_BELOW, examples=["40.00"])


class MaximumNodesPerLineIn(_RuleIn):
    """A line ships from at most so many nodes; with `skus` only lines of those. A penalty is for each node
    beyond, of each line."""

    kind: Literal["maximum_nodes_per_line"]
    at_most: AtMost
    skus: list[Id] = Field(default=[], max_length=MAX_NAMED, examples=[["K-17"]])


class HeldForTiersIn(_HardRuleIn):
    """The last units of every sku at the nodes, in the common pool, are for orders of the tier or of higher
    ones. It is always hard."""

    kind: Literal["held_for_tiers"]
    tier: Annotated[int, Field(strict=True, ge=1, le=MAX_TIER)] = Field(examples=[1])
    units: Annotated[int, Field(strict=True, ge=1, le=MAX_UNITS_PER_LINE)] = Field(examples=[2])
    nodes: NodeSetIn = NodeSetIn()


RuleIn = Annotated[
    MaximumDistanceIn
    | ShipsOnlyToIn
    | NeverShipsToIn
    | OnlyFromIn
    | MaximumNodesIn
    | MaximumNodesPerLineIn
    | HeldForTiersIn,
    Field(discriminator="kind"),
]


class NodeSetOut(BaseModel):
    """Nodes by id, by kind, or both; every node, if both are empty."""

    ids: list[str] = Field(examples=[["LON1"]])
    kinds: list[NodeKind] = Field(examples=[[NodeKind.STORE]])


class _HardRuleOut(BaseModel):
    name: str = _NAME
    channels: list[str] = Field(description=_ABOUT, examples=[["web"]])


class _RuleOut(_HardRuleOut):
    penalty: str | None = Field(description=_PENALTY, examples=["1.50"])


class _OnNodesOut(_RuleOut):
    nodes: NodeSetOut


class MaximumDistanceOut(_OnNodesOut):
    """The nodes ship no farther than so many kilometers, as the crow flies."""

    kind: Literal["maximum_distance"]
    kilometers: int = Field(examples=[300])


class ShipsOnlyToOut(_OnNodesOut):
    """The nodes ship to these zones only: a region that is served from within."""

    kind: Literal["ships_only_to"]
    zones: list[str] = Field(examples=[["UK-SE"]])


class NeverShipsToOut(_OnNodesOut):
    """Destinations that are blocked for the nodes."""

    kind: Literal["never_ships_to"]
    zones: list[str] = Field(examples=[["UK-SE"]])


class OnlyFromOut(_OnNodesOut):
    """Orders of the channels ship from these nodes only."""

    kind: Literal["only_from"]
    unless_chosen: bool = Field(
        default=False, exclude_if=lambda chosen: not chosen, description=_CHOSEN, examples=[True]
    )


class MaximumNodesOut(_RuleOut):
    """An order ships from at most so many nodes; with `below` only one worth less. A penalty is for each
    node beyond."""

    kind: Literal["maximum_nodes"]
    at_most: int = Field(examples=[1])
    below: str | None = Field(description=_BELOW, examples=["40.00"])


class MaximumNodesPerLineOut(_RuleOut):
    """A line ships from at most so many nodes; with `skus` only lines of those. A penalty is for each node
    beyond, of each line."""

    kind: Literal["maximum_nodes_per_line"]
    at_most: int = Field(examples=[1])
    skus: list[str] = Field(examples=[["K-17"]])


class HeldForTiersOut(_HardRuleOut):
    """The last units of every sku at the nodes, in the common pool, are for orders of the tier or of higher
    ones. It is always hard."""

    kind: Literal["held_for_tiers"]
    tier: int = Field(examples=[1])
    units: int = Field(examples=[2])
    nodes: NodeSetOut


RuleOut = Annotated[
    MaximumDistanceOut
    | ShipsOnlyToOut
    | NeverShipsToOut
    | OnlyFromOut
    | MaximumNodesOut
    | MaximumNodesPerLineOut
    | HeldForTiersOut,
    Field(discriminator="kind"),
]
