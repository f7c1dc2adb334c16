"""What watching runs has found, as shown and as kept."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from forecasting.watching.alerts import Kind, Severity


class _Shown(BaseModel):
    """Made from a value of `forecasting` with fields of the same names."""

    model_config = ConfigDict(from_attributes=True)


class AlertOut(_Shown):
    """Something to look at."""

    kind: Kind
    severity: Severity
    subject: str = Field(description="all, a demand class, or sku|place", examples=["smooth"])
    figure: float = Field(examples=[0.97])
    limit: float = Field(examples=[0.92])
    sentence: str = Field(
        examples=[
            "Smooth series were forecast 12.0% too high over 12 steps (tracking signal 0.97, limit 0.92)"
        ]
    )


class ChangeOut(_Shown):
    """This run against the one before it, on the series and steps that both tell of."""

    series: int = Field(examples=[3804])
    before: float = Field(description="Units", examples=[120_400.0])
    now: float = Field(examples=[123_100.0])
    moved: float = Field(description="Absolute differences summed, units", examples=[15_000.0])
    share: float | None = Field(description="(now - before) / before", examples=[0.022])
    churn: float | None = Field(description="moved / before", examples=[0.125])


class ShareOut(_Shown):
    """A share, with the interval it lies in with 99 % confidence."""

    value: float = Field(examples=[0.93])
    low: float = Field(examples=[0.91])
    high: float = Field(examples=[0.95])


class LevelSharesOut(_Shown):
    """How often sales stayed below a quantile; a calibrated level lies between the two shares."""

    level: float = Field(examples=[0.95])
    below: ShareOut
    at_or_below: ShareOut
    outside: float = Field(
        description="How far it certainly lies outside; above 0 too much is planned for",
        examples=[0.0],
    )


class GroupOut(_Shown):
    """A demand class, or all."""

    group: str = Field(examples=["smooth"])
    steps: int = Field(description="Judged", examples=[12])
    cells: int = Field(description="Series x steps judged", examples=[45_000])
    units: float = Field(description="Sold there", examples=[410_000.0])
    bias: float | None = Field(description="(forecast - sold) / sold; above 0 is too much", examples=[0.03])
    wape: float | None = Field(description="Absolute error / sold", examples=[0.7])
    wql: float | None = Field(description="Weighted quantile loss", examples=[0.5])
    signal: float | None = Field(
        description="Tracking signal, -1 to 1; null with too few steps", examples=[0.2]
    )
    signal_limit: float | None = Field(examples=[0.95])
    change: ChangeOut
    calibration: list[LevelSharesOut] = Field(description="Empty with too few steps or cells")


class WatchReportOut(BaseModel):
    """What came of the runs before this one, how far it is from the last of them, and what to look at."""

    run: int = Field(examples=[17])
    made_at: datetime = Field(examples=["2026-11-21T02:02:10Z"])
    runs: list[int] = Field(
        description="The oldest first; each tells of the steps up to the next",
        examples=[[15, 16]],
    )
    steps: list[date] = Field(description="That were told and have come", examples=[["2026-11-16"]])
    alerts: list[AlertOut] = Field(description="The critical ones first")
    groups: list[GroupOut]


class LinkOut(_Shown):
    """One link of the chain naive, forecast, planned, on a demand class or on all."""

    name: str = Field(examples=["forecast"])
    group: str = Field(examples=["all"])
    cells: int = Field(description="Series x steps; the same for all links of a group", examples=[45_000])
    units: float = Field(examples=[410_000.0])
    wql: float | None = Field(description="Weighted quantile loss", examples=[0.5])
    wape: float | None = Field(examples=[0.7])
    bias: float | None = Field(examples=[0.03])
    added_wql: float | None = Field(
        description="Taken off the loss of the link before: above 0 it adds value", examples=[0.2]
    )
    added_wape: float | None = Field(examples=[0.1])
    between: tuple[float, float] | None = Field(
        description="Middle 90 % of `added_wql` with steps drawn again; null with few steps",
        examples=[[0.15, 0.24]],
    )


class WorthOut(BaseModel):
    """What an override was worth on the steps where it counted and that have come."""

    override: int = Field(examples=[41])
    author: str = Field(description="Name of the API key, or its public id", examples=["planner"])
    steps: int = Field(examples=[2])
    sold: float = Field(examples=[61.0])
    loss_without: float = Field(description="Quantile loss of the forecast, units", examples=[20.5])
    loss_with: float = Field(description="With the override", examples=[7.5])
    error_without: float = Field(description="Absolute error of the mean, units", examples=[30.0])
    error_with: float = Field(examples=[11.0])
    saved: float = Field(
        description="Units of loss taken away; below 0 the forecast was better", examples=[13.0]
    )


class AuthorOut(BaseModel):
    """What all of an author's overrides were worth."""

    author: str = Field(examples=["planner"])
    overrides: int = Field(examples=[3])
    saved: float = Field(description="Units of quantile loss", examples=[25.5])


class ValueAddedOut(BaseModel):
    """What each link of the chain adds: naive, then the forecast, then with planners' overrides (planned)."""

    run: int = Field(examples=[17])
    made_at: datetime = Field(examples=["2026-11-21T02:02:10Z"])
    runs: list[int] = Field(examples=[[15, 16]])
    steps: list[date] = Field(examples=[["2026-11-16"]])
    links: list[LinkOut] = Field(description="All classes first, each from naive on")
    overridden: list[LinkOut] = Field(description="All classes, only where an override counted")
    authors: list[AuthorOut] = Field(description="Whoever saved most first")
    overrides: list[WorthOut] = Field(description="By what they moved, at most 100")
