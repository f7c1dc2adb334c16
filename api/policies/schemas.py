"""Policies as sent and shown. Amounts are decimal major units."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from api.edge.kinds import TEXT_PATTERN, Id, Instant, Reason
from api.edge.money import Amount, Penalty
from api.policies.rule_schemas import MAX_RULES, RuleIn, RuleOut
from fulfillment.activations import PolicyState

_NOTHING = Decimal(0)
MAX_RESERVATION_MINUTES = 525_600  # a year
ADDRESSES = ("active", "step-back")
"""What stands where a version would stand in an address, and so can be the name of none."""

Why = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=TEXT_PATTERN),
    Field(description="Kept with the activation", examples=["Fewer parcels before the holidays"]),
]
Expected = Annotated[
    Id | None,
    Field(description="Refuse if another version is in force", examples=["default"]),
]


_RULES = "Which nodes may ship which orders and how many may share one, hard or at a penalty"


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PolicyContent(BaseModel):
    """Weights and switches, which are sent as they are shown."""

    extra_shipment_penalty: Amount = Field(
        description="For each shipment of an order after the first; it steers and is never billed",
        examples=["0.50"],
    )
    split_line_penalty: Amount = Field(
        description="For each node after the first that serves one line; it steers and is never billed",
        examples=["0.25"],
    )
    may_give_up: bool = Field(
        default=False,
        strict=True,
        description="Whether an available unit may be left unfilled when serving it costs more than it earns",
        examples=[False],
    )
    reservation_minutes: int = Field(default=30, description="How long a reservation lasts", examples=[30])
    co2e_price: Penalty = Field(
        default=_NOTHING,
        description="For each kilogram of CO2e that rates say; it steers and is never billed",
        examples=["0.08"],
    )
    late_day_penalty: Penalty | None = Field(
        default=_NOTHING,
        description="For each day begun by which a shipment may arrive after the order is wanted; it steers "
        "and is never billed. Null: hard, nothing is shipped that may arrive late",
        examples=["1.50"],
    )
    repick_cost: Penalty = Field(
        default=_NOTHING,
        description="For a unit that a node looks for and does not find, as often as it does not; it steers "
        "and is never billed",
        examples=["4.00"],
    )


class PolicyTerms(PolicyContent):
    """All that a policy says. Two versions are compared by it."""

    rules: list[RuleOut] = Field(description=_RULES)


class PolicyIn(PolicyContent):
    """A version to keep. It is a draft until it is activated, and it never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Id = Field(examples=["holidays-1"])
    note: Reason = Field(default="", description="For whoever reads it later", examples=["Fewer parcels"])
    reservation_minutes: int = Field(
        default=30,
        strict=True,
        ge=1,
        le=MAX_RESERVATION_MINUTES,
        description="How long a reservation lasts",
        examples=[30],
    )
    rules: list[RuleIn] = Field(default=[], max_length=MAX_RULES, description=_RULES)

    @field_validator("version")
    @classmethod
    def _is_no_address(cls, version: str) -> str:
        if version in ADDRESSES:
            raise ValueError(f'"{version}" is an address of the API: choose another name')
        return version


class ActivationIn(_Sent):
    """From when a version is to be in force, and why."""

    reason: Why
    effective_at: Instant | None = Field(
        default=None, description="Now, if left out; not in the past", examples=["2026-12-01T00:00:00Z"]
    )
    expected_active: Expected = None


class StepBackIn(_Sent):
    """Why the version before is to be in force again."""

    reason: Why
    expected_active: Expected = None


class ActivationOut(BaseModel):
    """One entry of the timeline: from this instant on, this version."""

    number: int = Field(description="Rises with every activation", examples=[2])
    version: str = Field(examples=["holidays-1"])
    effective_at: datetime = Field(examples=["2026-12-01T00:00:00Z"])
    made_at: datetime = Field(examples=["2026-11-21T09:30:00Z"])
    made_by: str = Field(
        description="Public id of the API key; `nobody` where none is needed; `database` of what was there "
        "from the beginning",
        examples=["3f9a0c51d2e84b76"],
    )
    made_by_name: str = Field(description="Name of the API key, else empty", examples=["planner"])
    reason: str = Field(examples=["Fewer parcels before the holidays"])
    is_step_back: bool = Field(description="Whether it was made by stepping back", examples=[False])


class _Kept(BaseModel):
    version: str = Field(examples=["holidays-1"])
    state: PolicyState = Field(
        description="`draft`: never in force and not scheduled; `scheduled`: it will be; `active`: it "
        "is; `retired`: it was",
        examples=[PolicyState.SCHEDULED],
    )
    note: str = Field(examples=["Fewer parcels"])
    author: str = Field(description="As `made_by` of an activation", examples=["3f9a0c51d2e84b76"])
    author_name: str = Field(examples=["planner"])
    created_at: datetime = Field(examples=["2026-11-21T09:30:00Z"])


class PolicyOut(PolicyTerms, _Kept):
    """A version, what it is now, and all its activations, in the order in which they are in force."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    activations: list[ActivationOut]


class PolicyInForce(BaseModel):
    """Which version is in force at an instant, since when, and what comes before and after."""

    at: datetime = Field(examples=["2026-11-21T09:30:00Z"])
    policy: PolicyOut
    since: ActivationOut
    before: str | None = Field(
        description="The version that a step back brings back; null if there is none", examples=["default"]
    )
    scheduled: list[ActivationOut] = Field(description="What will be in force after it, the next first")


class Difference(BaseModel):
    """One place where two versions differ. What one of them does not have is null."""

    model_config = ConfigDict(serialize_by_alias=True)

    pointer: str = Field(description="JSON pointer into the version", examples=["/extra_shipment_penalty"])
    from_value: Any = Field(serialization_alias="from", examples=["0.50"])
    to_value: Any = Field(serialization_alias="to", examples=["2.00"])


class Comparison(BaseModel):
    """What changes when one version follows another."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_version: str = Field(serialization_alias="from", examples=["default"])
    to_version: str = Field(serialization_alias="to", examples=["holidays-1"])
    differences: list[Difference] = Field(description="Empty if both say the same")
