"""The end of a life: items with a last day, and items that fell silent and may be gone.

It says when selling ends and how likely a series still lives; how much a living one sells is for the models.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special

from forecasting.history import AT_LEAST, OBSERVED, evenly_spaced
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from forecasting.history import FloatArray, History, IntArray

ENDS_ON = "ends_on"
MOST_LEARNED_FROM = 2_000
USUAL = (1.0, 1.0, 1.0, 100.0)  # selling in half of the steps, one death in a hundred steps
DOUBT = 2.0  # standard deviation of each log parameter around the usual: weak, there for a handful of series
WIDEST = 12.0  # limit of a log parameter


@dataclass(frozen=True, slots=True)
class Mortality:
    """How often living series sell and how soon they die, learned across series.

    A living series sells in a step with a probability of its own, Beta(`sells`) across series; before each
    step it dies with a probability of its own, Beta(`dies`), and sells no more.

    Source: Fader, Hardie & Shang (2010), Customer-base analysis in a discrete-time noncontractual setting,
    Marketing Science 29(6); the question is that of Schmittlein, Morrison & Colombo (1987), Counting your
    customers, Management Science 33(1).

    Parameters
    ----------
    sells, dies
        Both shapes of a beta distribution.
    series
        How many series it was learned from.
    """

    sells: tuple[float, float]
    dies: tuple[float, float]
    series: int

    @property
    def hazard(self) -> float:
        """Mean probability that a living series dies before its first step."""
        return self.dies[0] / (self.dies[0] + self.dies[1])

    def to_json(self) -> str:
        """As text that `from_json` reads back to an equal value."""
        return json.dumps({"sells": self.sells, "dies": self.dies, "series": self.series})

    @classmethod
    def from_json(cls, text: str) -> Mortality:
        """The inverse of `to_json`."""
        read = json.loads(text)
        return cls(tuple(read["sells"]), tuple(read["dies"]), read["series"])


def learn_mortality(history: History) -> Mortality:
    """Learn both distributions from all series that ever sold: maximum likelihood with a weak prior.

    Of more than 2,000 series, 2,000 evenly spaced ones. Steps that say nothing (`MASKED`, and `AT_LEAST`
    with no units) are left out of the count of silent steps.
    """
    selling = _selling(history)
    rows = evenly_spaced(np.flatnonzero(selling.steps > 0), MOST_LEARNED_FROM)
    kinds, count = np.unique(
        np.stack([selling.again[rows], selling.until_last[rows], selling.steps[rows]]),
        axis=1,
        return_counts=True,
    )
    usual = np.log(USUAL)

    def unlikelihood(parameters: FloatArray) -> float:
        far = float((((parameters - usual) / DOUBT) ** 2).sum()) / 2.0
        return far - float((count * _log_likelihood(_Selling(*kinds), np.exp(parameters))).sum())

    found = optimize.minimize(
        unlikelihood, usual, method="L-BFGS-B", bounds=[(-WIDEST, WIDEST)] * 4, options={"ftol": 1e-10}
    )
    a, b, c, d = (float(f"{value:.9g}") for value in np.exp(found.x).tolist())
    return Mortality((a, b), (c, d), len(rows))


def still_alive(history: History, mortality: Mortality) -> FloatArray:
    """Probability that each series still lives after its silent steps at the end, shape (series,).

    1 where the last step sold, and where nothing ever sold: never seen alive, it cannot be missed. Depends
    on each series alone.
    """
    selling = _selling(history)
    parameters = np.array([*mortality.sells, *mortality.dies])
    dead, living = _relative_odds(selling, parameters)
    alive: FloatArray = np.where(selling.steps >= 0, living / (living + dead), 1.0)
    return alive


def share_on_sale(history: History, *, horizon: int) -> FloatArray:
    """Share of each step to come that is not after the last day of selling, shape (series, horizon).

    The last day is the attribute `ends_on`, an ISO date, "" where there is none; it is itself a day of
    selling. A week that holds it counts by its days. A clearance before the end is not modeled.

    Raises
    ------
    InvalidInput
        A last day that is not a date.
    """
    said = history.attributes.texts.get(ENDS_ON)
    share = np.ones((len(history), horizon))
    if said is None:
        return share
    days = history.grain.days
    starts = np.array([period.toordinal() for period in history.periods(horizon)], dtype=np.float64)
    for row in [row for row, text in enumerate(said) if text]:
        share[row] = np.clip((_last_day(said[row], row).toordinal() + 1 - starts) / days, 0.0, 1.0)
    return share


def _last_day(text: str, row: int) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{ENDS_ON} {text!r} is not a day",
            pointer=f"/{row}/{ENDS_ON}",
            fix="Write it as 2025-12-31, or leave it empty",
        ) from None


@dataclass(frozen=True, slots=True)
class _Selling:
    """Per series, counted in informative steps after the first sale: steps with sales, steps until the last
    of them, all steps; -1 steps where nothing ever sold. Shape (series,)."""

    again: IntArray
    until_last: IntArray
    steps: IntArray


def _selling(history: History) -> _Selling:
    sold = history.units > 0
    says = (history.state == OBSERVED) | ((history.state == AT_LEAST) & sold)
    who, series = history.series_of_entry, len(history)
    said = np.concatenate([[0], np.cumsum(says)])
    at = said[1:] - said[history.starts[:-1]][who]  # the number of the informative step in its series, from 1
    sale = says & sold
    first, last = np.full(series, np.iinfo(np.int64).max), np.zeros(series, dtype=np.int64)
    np.minimum.at(first, who[sale], at[sale])
    np.maximum.at(last, who[sale], at[sale])
    ever = last > 0
    sales = np.bincount(who[sale], minlength=series)
    length = said[history.starts[1:]] - said[history.starts[:-1]]
    return _Selling(
        again=np.where(ever, sales - 1, 0),
        until_last=np.where(ever, last - first, 0),
        steps=np.where(ever, length - first, -1),
    )


def _relative_odds(selling: _Selling, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Likelihood of the silence at the end if the series died in it, and if it lives.

    Both relative to the likelihood of dying right after the last sale, so that neither overflows. Step by
    step, not summed in one go: the order of additions must not depend on the other series.
    """
    a, b, c, d = parameters
    rows = np.argsort(selling.until_last - selling.steps, kind="stable")  # the longest silence first
    silent = (selling.steps - selling.until_last)[rows]
    t, x = selling.until_last[rows].astype(np.float64), selling.again[rows].astype(np.float64)
    dead, term, living = np.zeros(len(rows)), np.ones(len(rows)), (c + d + t) / c
    for step in range(int(silent.max(initial=0))):
        on = slice(0, int(np.searchsorted(-silent, -step, side="left")))  # silent for more than `step` steps
        no_sale = (b + t[on] - x[on] + step) / (a + b + t[on] + step)
        dead[on] += term[on]
        term[on] *= no_sale * (d + t[on] + step) / (c + 1.0 + d + t[on] + step)
        living[on] *= no_sale * (d + t[on] + step) / (c + d + t[on] + step)
    back = np.argsort(rows, kind="stable")
    return dead[back], living[back]


def _log_likelihood(selling: _Selling, parameters: FloatArray) -> FloatArray:
    """Equation 6 of Fader, Hardie & Shang (2010), shape (series,)."""
    a, b, c, d = parameters
    dead, living = _relative_odds(selling, parameters)
    t, x = selling.until_last, selling.again
    sold = special.betaln(a + x, b + t - x) - special.betaln(a, b)
    died_then = special.betaln(c + 1.0, d + t) - special.betaln(c, d)
    log_likelihood: FloatArray = sold + died_then + np.log(dead + living)
    return log_likelihood
