"""Forecast runs as asked for and as shown."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.edge.kinds import Id
from api.jobs.schemas import State
from forecasting.history import Grain

MAX_NAMED = 1_000  # skus, or places, of one run
MAX_LEVELS = 25
MAX_LEFT_OUT = 100
LARGEST_SEED = 2**31 - 1
LARGEST_RUN = 2**53 - 1

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Format = Literal["parquet", "csv"]
RunNumber = Annotated[int, Field(ge=1, le=LARGEST_RUN, examples=[17])]


class ForecastRunIn(BaseModel):
    """What is to be forecast, and from what."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"example": {"horizon": 8, "train": "latest"}}
    )

    horizon: int = Field(
        default=8, strict=True, description="Steps ahead, from 1 to a year of them", examples=[8]
    )
    levels: list[float] | None = Field(
        default=None,
        max_length=MAX_LEVELS,
        description="Quantiles, rising between 0 and 1; 0.05 to 0.99 in nine steps, if left out",
        examples=[[0.5, 0.95]],
    )
    train: Literal["new", "latest"] | Digest = Field(
        default="new",
        description="Learn anew, or use what a run has learned: the latest that reaches so far, or the "
        "one of this digest",
        examples=["latest"],
    )
    seed: int = Field(
        default=0, strict=True, ge=0, le=LARGEST_SEED, description="Draws what is learned from", examples=[0]
    )
    grain: Grain = Field(default=Grain.WEEK, description="Length of a step", examples=["week"])
    skus: list[Id] = Field(
        default=[], max_length=MAX_NAMED, description="Only these; all, if none is named", examples=[["K-17"]]
    )
    places: list[Id] = Field(
        default=[],
        max_length=MAX_NAMED,
        description="Only these nodes and zones; all, if none is named",
        examples=[["LON1"]],
    )
    drivers: list[Id] = Field(
        default=[],
        max_length=50,
        description="Drivers to use. Each has to be known of every step, and of those forecast",
        examples=[[]],
    )
    ended: Literal["refuse", "pass_over"] = Field(
        default="refuse",
        description="Where series end before the newest step: refuse, naming one, or leave them out",
        examples=["pass_over"],
    )


class LeftOutOut(BaseModel):
    sku: str = Field(examples=["K-17"])
    place: str = Field(examples=["LON1"])
    reason: str = Field(examples=["ValueError: the series is too long"])


class ForecastRunOut(BaseModel):
    """A forecast run. Its forecasts have an address of their own."""

    run: int = Field(description="Number of the run; it rises with every one", examples=[17])
    state: State
    done: int = Field(description="Series forecast so far, of `series`", examples=[100_000])
    series: int = Field(examples=[100_000])
    passed_over: int = Field(description="Series that end before `cutoff`, and are left out", examples=[0])
    left_out: int | None = Field(
        description="Series that could not be forecast; null until the run is done", examples=[0]
    )
    grain: Grain
    cutoff: date = Field(description="The day the last step known starts on", examples=["2026-11-16"])
    horizon: int = Field(examples=[8])
    levels: list[float] = Field(examples=[[0.5, 0.95]])
    seed: int = Field(examples=[0])
    skus: list[str] = Field(description="Only these, if any is named", examples=[[]])
    places: list[str] = Field(description="Only these, if any is named", examples=[[]])
    drivers: list[str] = Field(examples=[[]])
    training: str | None = Field(
        description="Digest of what it was made with; null until that is learned",
        examples=["5f2d0c7e9a1b4c3d8e6f7a0b1c2d3e4f"],
    )
    revision: int = Field(description="Of the demand, when it was asked for", examples=[3])
    history_digest: str | None = Field(
        description="Equal digests are equal histories; null until it is done", examples=[None]
    )
    digest: str | None = Field(
        description="Equal digests are equal forecasts; null until it is done", examples=[None]
    )
    made_with: str = Field(description="Version of Nodewise", examples=["0.1.0"])
    asked_at: datetime = Field(examples=["2026-11-21T02:00:00Z"])
    asked_by: str = Field(description="Public id of the API key", examples=["3f9a0c51d2e84b76"])
    asked_by_name: str = Field(examples=["planner"])
    finished_at: datetime | None = Field(examples=["2026-11-21T02:01:30Z"])
    job: str = Field(description="The job that makes it", examples=["/v1/jobs/019aa5d8b1c04f1e2d3c4b5a"])


class ForecastRunDetail(ForecastRunOut):
    """A forecast run, with the first series that could not be forecast."""

    first_left_out: list[LeftOutOut]


class ForecastStepOut(BaseModel):
    """Demand of one step."""

    first: date = Field(description="The day it starts on", examples=["2026-11-23"])
    mean: float = Field(description="Units", examples=[12.4])
    dispersion: float = Field(
        description="Of the negative binomial: variance = mean + dispersion x mean^2", examples=[0.3]
    )
    quantiles: list[int] = Field(description="Units, one for each of `levels`", examples=[[12, 27]])
    override: int | None = Field(
        default=None, description="That counts at this step, where what is planned was asked for"
    )


class ForecastOut(BaseModel):
    """The forecast of a sku at a place, step by step."""

    sku: str = Field(examples=["K-17"])
    place: str = Field(examples=["LON1"])
    levels: list[float] = Field(examples=[[0.5, 0.95]])
    steps: list[ForecastStepOut]


class TrainingOut(BaseModel):
    """What was learned once, and may be used by many runs."""

    training: str = Field(description="Its digest", examples=["5f2d0c7e9a1b4c3d8e6f7a0b1c2d3e4f"])
    grain: Grain
    horizon: int = Field(description="The farthest step that it reaches", examples=[8])
    seed: int = Field(examples=[0])
    series: int = Field(description="Series learned from", examples=[10_000])
    cutoff: date = Field(description="The day the last step known starts on", examples=["2026-11-16"])
    made_at: datetime = Field(examples=["2026-11-21T02:00:20Z"])
