"""Why a forecast is what it is, as shown."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from forecasting.classes import DemandClass
from forecasting.history import Grain


class _Shown(BaseModel):
    """Made from a value of `forecasting` with fields of the same names."""

    model_config = ConfigDict(from_attributes=True)


class WeightOut(BaseModel):
    model: str = Field(examples=["tsb"])
    weight: float = Field(examples=[0.25])


class RivalOut(_Shown):
    """A blend of models that was tried."""

    blend: str = Field(examples=["tsb + theta"])
    loss: float | None = Field(
        description="Quantile loss / units sold, in rehearsals; null without evidence", examples=[0.47]
    )


class ChoiceOut(BaseModel):
    """What some steps are forecast with, and why."""

    first_step: int = Field(description="Counted from 1", examples=[1])
    last_step: int = Field(examples=[4])
    weights: list[WeightOut] = Field(description="Of the models that answered for this series")
    why: str = Field(description="plain, saves or no_evidence", examples=["plain"])
    sentence: str = Field(examples=["none of the others lost less in rehearsals"])
    taken: int = Field(description="Place in `rivals`, from 0", examples=[0])
    rivals: list[RivalOut]
    evidence: int = Field(description="Rehearsed series x steps of the class", examples=[44_000])
    family: str = Field(
        description="Of the quantiles: negative_binomial, conformal or empirical", examples=["conformal"]
    )
    width: float = Field(description="Factor on the dispersion", examples=[1.1])


class ModelOut(_Shown):
    model: str = Field(examples=["tsb"])
    units: list[float] = Field(description="Of each step, without season", examples=[[11.8, 11.8]])


class SpreadOut(_Shown):
    """Where the dispersion comes from."""

    own: float | None = Field(
        description="Of the series alone; null with nothing to learn it from", examples=[0.3]
    )
    pooled: float = Field(description="Of all series", examples=[0.5])
    drawn: float = Field(description="The own one drawn toward that of all", examples=[0.34])
    by_step: list[float] = Field(description="With the width of the class", examples=[[0.37, 0.37]])


class BiasOut(_Shown):
    """What plain levels said of each of the latest steps from those before, against what sold."""

    steps: int = Field(examples=[8])
    said: float = Field(description="Units", examples=[96.0])
    sold: float = Field(examples=[88.0])
    share: float | None = Field(description="(said - sold) / sold", examples=[0.09])


class ElsewhereOut(_Shown):
    """What is known of a sku at other places, and of how much the place sells."""

    sku_level: float = Field(description="Units per step at a usual place", examples=[4.0])
    place_factor: float = Field(description="How much the place sells beside a usual one", examples=[1.3])
    has_sold: bool = Field(description="Whether that is from its sales, or only from what it is like")


class LaunchOut(_Shown):
    """What the forecast of a series launched lately leans on."""

    own_weight: float = Field(description="Of the models, 0 to 1; the rest is `expected`", examples=[0.4])
    expected: list[float] = Field(description="From others like it, without season", examples=[[5.0, 6.1]])
    sources: list[str] = Field(description="The nearest of them, as sku|place", examples=[["K-18|LON1"]])
    count: int = Field(description="How many there are", examples=[10])
    elsewhere: ElsewhereOut | None = Field(description="In their place, where the sku sells at other places")


class DriverEffectOut(_Shown):
    """Part of the mean: what it owes to a driver not being at its usual value."""

    driver: str = Field(examples=["promotion"])
    units: list[float] = Field(examples=[[4.2, 0.0]])


class ModelLeftOutOut(_Shown):
    model: str = Field(examples=["theta"])
    reason: str = Field(examples=["too few steps to learn from"])


class ForecastExplanation(BaseModel):
    """Why the forecast of a sku at a place is what it is. At each step the mean is the sum of weight x units
    of the models, of a launch drawn toward what was expected, x `alive` x `season`."""

    run: int = Field(examples=[17])
    sku: str = Field(examples=["K-17"])
    place: str = Field(examples=["LON1"])
    summary: str = Field(
        description="Two sentences",
        examples=[
            "Smooth demand (sold in 52 of 52 known weeks), 12.1 units a week on average over 8 weeks, by tsb "
            "and theta. Over the last 8 judged weeks plain levels said 96.0 units, 88 sold: 9% too high."
        ],
    )
    is_of_the_run: bool = Field(
        description="False where demand, drivers or attributes have changed since: then this explains what "
        "would be forecast now from the same training",
        examples=[True],
    )
    grain: Grain
    periods: list[date] = Field(description="The day each step starts on", examples=[["2026-11-23"]])
    mean: list[float] = Field(examples=[[12.4]])
    demand_class: DemandClass
    adi: float | None = Field(
        description="Observed steps per step with sales; null where none ever sold", examples=[1.0]
    )
    cv2: float = Field(description="Squared coefficient of variation of their sizes", examples=[0.2])
    steps: int = Field(description="Of the history", examples=[52])
    observed: int = Field(description="Of them that say what was wanted", examples=[50])
    sold: int = Field(description="Of those with sales", examples=[50])
    hidden: int = Field(description="Hidden by a failing supply", examples=[1])
    bounded: int = Field(description="Bounded by an emptied shelf", examples=[1])
    closed: int = Field(description="Left out as the season knows the shop as closed", examples=[0])
    hidden_units: float = Field(description="What stock-outs are taken to have hidden", examples=[14.5])
    choices: list[ChoiceOut]
    models: list[ModelOut]
    launch: LaunchOut | None = Field(description="Of a series launched lately")
    alive: list[float] = Field(
        description="Chance that it still sells, and share of a step before its last day", examples=[[1.0]]
    )
    season: list[float] = Field(examples=[[1.05]])
    spread: SpreadOut
    bias: BiasOut
    left_out: list[ModelLeftOutOut]
    drivers: list[DriverEffectOut]
