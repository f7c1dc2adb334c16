"""What is worth a planner's look, and how much of it is too much. Values and limits; no measures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fulfillment.errors import InvalidInput


class Kind(StrEnum):
    """What is wrong."""

    BIAS = "bias"  # forecasts were on one side of what sold, for weeks
    DRIFT = "drift"  # this run's level is not that of the run before, for the same steps
    CHURN = "churn"  # single series moved to and fro, whatever their level together
    CALIBRATION = "calibration"  # a quantile was not passed as often as it says


class Severity(StrEnum):
    """How far beyond its limit a figure is."""

    WARNING = "warning"
    CRITICAL = "critical"  # beyond twice its limit, or, of bias, with every step on one side


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to look at.

    Parameters
    ----------
    subject
        "all", a demand class, or the `unique_id` of a series.
    figure, limit
        What was measured, and what it may be; a share, but of bias the tracking signal.
    sentence
        The same in words, with units.
    """

    kind: Kind
    severity: Severity
    subject: str
    figure: float
    limit: float
    sentence: str


@dataclass(frozen=True, slots=True)
class WatchLimits:
    """What is let pass. Each default says why it is what it is.

    Parameters
    ----------
    fewest_steps
        Judged steps before bias is told: eight on one side are luck in less than 1 of 100 cases.
    bias_deviations
        Of the tracking signal of a class from 0: 2.5 are passed by luck in less than 2 of 100 looks.
    least_bias
        Share of units; less is within what case packs round off.
    series_deviations
        Of the error of one series, in terms of its own forecast spread: among 30,000 unbiased series 4
        are passed by a handful.
    series_bias
        Share of the units of one series; less is not worth a look at one line.
    drift, churn
        Share of the units forecast before: a week of news moves the level of a class by a few percent
        (`docs/forecast_watch.md` says what was measured).
    series_drift, series_units
        The same of one series, and the least units that it moved by.
    tolerance, tail_share
        How far a share may lie outside its level: so much, and so much of the tail beyond it, whichever is
        less. Half the tail of 0.95 is the difference between 5 and 7.5 stock-outs in a hundred.
    confidence
        Of the interval that has to lie outside altogether.
    fewest_cells
        Judged series x steps of a class before its quantiles are told.
    named
        Series named at most per kind.
    """

    fewest_steps: int = 8
    bias_deviations: float = 2.5
    least_bias: float = 0.05
    series_deviations: float = 4.0
    series_bias: float = 0.25
    drift: float = 0.1
    churn: float = 0.25
    series_drift: float = 0.5
    series_units: float = 10.0
    tolerance: float = 0.05
    tail_share: float = 0.5
    confidence: float = 0.99
    fewest_cells: int = 200
    named: int = 5

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if not value >= 0 or (name in {"confidence", "tail_share"} and value >= 1):
                raise InvalidInput(
                    f"{name} {value} is no limit",
                    pointer=f"/{name}",
                    fix="Give a number of 0 or more, and a share below 1",
                )

    def of_level(self, level: float) -> float:
        """How far the shares of a quantile may lie outside its level."""
        return min(self.tolerance, self.tail_share * min(level, 1.0 - level))
