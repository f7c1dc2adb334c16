"""Which series cost a forecast most, and why, as far as numbers tell. It judges no model and makes none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from forecasting.measures import quantile_loss

if TYPE_CHECKING:
    from forecasting.history import FloatArray
    from forecasting.judging.contest import Entry, Field

ONE_STEP = 0.5  # of the loss of a series from an origin, from which a single step is to blame
FAR_OFF = 2.0  # times the mean forecast, above and below which the level was wrong


class Cause(StrEnum):
    """What went wrong with one series from one origin; the first that holds is told."""

    STOPPED = "stopped"
    BULK = "bulk"
    ROSE = "rose"
    FELL = "fell"
    SCATTERED = "scattered"


@dataclass(frozen=True, slots=True)
class Worst:
    """One series, and what happened from its worst origin.

    Parameters
    ----------
    row
        The series, as a row of the field.
    origin
        The worst one, in steps known.
    share
        Of the loss of all series, over all origins.
    expected, came
        Units over the judged steps of that origin: the mean forecast and what came.
    largest
        Units of the judged step that came highest.
    """

    row: int
    origin: int
    demand_class: str
    share: float
    expected: float
    came: float
    largest: float
    cause: Cause

    @property
    def words(self) -> str:
        """The cause in a sentence, with its figures."""
        match self.cause:
            case Cause.STOPPED:
                return f"nothing sold, {self.expected:,.0f} expected"
            case Cause.BULK:
                return f"one step of {self.largest:,.0f}, {self.expected:,.0f} expected of all"
            case Cause.ROSE:
                return f"sold far more than expected: {self.came:,.0f}, not {self.expected:,.0f}"
            case Cause.FELL:
                return f"sold far less than expected: {self.came:,.0f}, not {self.expected:,.0f}"
            case Cause.SCATTERED:
                return "right within a factor of two in total, wrong from step to step"


def worst_series(field: Field, entry: Entry, *, count: int) -> tuple[Worst, ...]:
    """The `count` series with the largest quantile loss in units, largest first, each from its worst origin.

    Units, not ratios: these are what the weighted quantile loss is made of. A step to blame is one that came
    above its highest quantile with half of the loss; a wrong level one of twice or half the mean forecast.
    """
    loss = np.where(field.judged, quantile_loss(field.came, entry.spread, field.levels), 0.0)
    of_pair = loss.sum(axis=2)
    of_series = of_pair.sum(axis=0)
    whole = max(float(of_series.sum()), 1e-12)
    judged = np.flatnonzero(field.judged.any(axis=(0, 2)))
    worst = judged[np.argsort(-of_series[judged], kind="stable")[:count]]
    return tuple(_account(field, entry, loss, row, float(of_series[row]) / whole) for row in worst.tolist())


def _account(field: Field, entry: Entry, loss: FloatArray, row: int, share: float) -> Worst:
    """What happened to one series from its worst origin; `loss` is shape (origins, series, horizon)."""
    at = int(np.argmax(loss[:, row].sum(axis=1)))
    judged = field.judged[at, row]
    came = np.where(judged, field.came[at, row], 0.0)
    expected = float(np.where(judged, entry.mean[at, row], 0.0).sum())
    highest = int(np.argmax(came))
    blamed = loss[at, row, highest] >= ONE_STEP * loss[at, row].sum()
    is_bulk = bool(blamed and came[highest] > entry.spread[at, row, highest, -1])
    return Worst(
        row=row,
        origin=int(field.origins[at]),
        demand_class=str(field.classes[at, row]),
        share=share,
        expected=expected,
        came=float(came.sum()),
        largest=float(came[highest]),
        cause=_cause(float(came.sum()), expected, is_bulk=is_bulk),
    )


def _cause(came: float, expected: float, *, is_bulk: bool) -> Cause:
    if came == 0:
        return Cause.STOPPED
    if is_bulk:
        return Cause.BULK
    if came > FAR_OFF * expected:
        return Cause.ROSE
    if came * FAR_OFF < expected:
        return Cause.FELL
    return Cause.SCATTERED
