"""What may be otherwise in a what-if, as sent."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.edge.kinds import Id
from fulfillment.supply import MAX_UNITS

MAX_CHANGES = 50


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MoreStockIn(_Change):
    """So many units more of a sku at a node; below zero fewer, and never fewer than none."""

    kind: Literal["more_stock"]
    node: Id = Field(examples=["LON1"])
    sku: Id = Field(examples=["K-17"])
    units: Annotated[int, Field(strict=True, ge=-MAX_UNITS, le=MAX_UNITS, examples=[2])]


class NodeOffIn(_Change):
    """The node sources nothing."""

    kind: Literal["node_off"]
    node: Id = Field(examples=["DC1"])


class NodeOnIn(_Change):
    """The node sources, whatever kept it off."""

    kind: Literal["node_on"]
    node: Id = Field(examples=["BRS1"])


class FreeSplitsIn(_Change):
    """No penalty for another shipment, nor for a line that comes from several nodes."""

    kind: Literal["free_splits"]


class WithoutRuleIn(_Change):
    """Without a rule of the policy, by its name, or without a choice of the order's own."""

    kind: Literal["without_rule"]
    rule: Annotated[str, Field(min_length=1, max_length=200, examples=["online from DCs"])]


class ForcedNodeIn(_Change):
    """The line ships from the node, or not at all; without a line the whole order does."""

    kind: Literal["forced_node"]
    node: Id = Field(examples=["LON1"])
    line: Id | None = Field(default=None, examples=["1"])


class CapacityIn(_Change):
    """So many units the node can still ship on its day."""

    kind: Literal["capacity"]
    node: Id = Field(examples=["LON1"])
    units: Annotated[int, Field(strict=True, ge=0, le=MAX_UNITS, examples=[50])]


class OtherPolicyIn(_Change):
    """Another version of the policy, in force or not."""

    kind: Literal["policy"]
    version: Id = Field(examples=["holidays-1"])


ChangeKindIn = Annotated[
    MoreStockIn
    | NodeOffIn
    | NodeOnIn
    | FreeSplitsIn
    | WithoutRuleIn
    | ForcedNodeIn
    | CapacityIn
    | OtherPolicyIn,
    Field(discriminator="kind"),
]


class WhatIfIn(BaseModel):
    """What is otherwise; made one after the other."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "example": {
                "changes": [
                    {"kind": "node_off", "node": "DC1"},
                    {"kind": "more_stock", "node": "LON1", "sku": "K-17", "units": 2},
                ]
            }
        },
    )

    changes: list[ChangeKindIn] = Field(min_length=1, max_length=MAX_CHANGES)
