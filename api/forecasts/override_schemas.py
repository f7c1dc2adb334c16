"""Overrides of forecasts as sent and as shown."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.edge.kinds import TEXT_PATTERN, Id, Instant
from forecasting.history import Grain

MOST_UNITS = 1e9

OverrideKind = Literal["replace", "multiply", "add"]
Why = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=TEXT_PATTERN, strip_whitespace=True)
]


class OverrideIn(BaseModel):
    """A planner's word against the forecast of a sku at a place. Its author is whoever sends it."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "example": {
                "sku": "K-17",
                "place": "LON1",
                "first": "2026-11-23",
                "last": "2026-11-30",
                "kind": "multiply",
                "value": 1.5,
                "reason": "a fair in town",
            }
        },
    )

    sku: Id = Field(examples=["K-17"])
    place: Id = Field(description="A node or a zone", examples=["LON1"])
    grain: Grain = Field(default=Grain.WEEK, description="Of the runs that it holds for", examples=["week"])
    first: date = Field(description="It holds for steps that start on this day", examples=["2026-11-23"])
    last: date = Field(description="to this day", examples=["2026-11-30"])
    kind: OverrideKind = Field(
        description="Units of each step instead of the mean, a factor on it, or units to add (or take off)",
        examples=["multiply"],
    )
    value: float = Field(ge=-MOST_UNITS, le=MOST_UNITS, allow_inf_nan=False, examples=[1.5])
    reason: Why = Field(examples=["a fair in town"])
    expires_at: Instant | None = Field(
        default=None,
        description="From then on it holds no more; the end of its last step, if left out",
        examples=["2026-12-07T00:00:00Z"],
    )


class WithdrawIn(BaseModel):
    """Why an override is taken back."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"example": {"reason": "the fair is called off"}}
    )

    reason: Why = Field(examples=["the fair is called off"])


class WithdrawnOut(BaseModel):
    """When an override was taken back, by whom and why."""

    at: datetime = Field(examples=["2026-11-22T08:00:00Z"])
    by: str = Field(description="Public id of the API key", examples=["3f9a0c51d2e84b76"])
    by_name: str = Field(examples=["planner"])
    reason: str = Field(examples=["the fair is called off"])


class OverrideOut(BaseModel):
    """An override as it stands."""

    override: int = Field(description="Its number; it rises with every one", examples=[41])
    sku: str = Field(examples=["K-17"])
    place: str = Field(examples=["LON1"])
    grain: Grain
    first: date = Field(examples=["2026-11-23"])
    last: date = Field(examples=["2026-11-30"])
    kind: OverrideKind
    value: float = Field(examples=[1.5])
    reason: str = Field(examples=["a fair in town"])
    author: str = Field(description="Public id of the API key", examples=["3f9a0c51d2e84b76"])
    author_name: str = Field(examples=["planner"])
    made_at: datetime = Field(examples=["2026-11-21T09:30:00Z"])
    expires_at: datetime = Field(examples=["2026-12-07T00:00:00Z"])
    holds: bool = Field(description="Whether it has neither expired nor been withdrawn", examples=[True])
    withdrawn: WithdrawnOut | None = Field(examples=[None])
    outdone_by: list[int] = Field(
        description="Later ones that hold, too, for some of its steps, and count there instead", examples=[[]]
    )
