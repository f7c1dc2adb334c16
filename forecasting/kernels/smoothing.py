"""Forecasts of many series in compiled loops, one after the other: levels and drift.

It reads arrays and knows no frame, no class of demand and no backtest. Series are laid end to end: series i
is `units[starts[i]:starts[i + 1]]`, and `state` says of each entry what it tells (shape of `units`). Entries
that are `MASKED` are skipped, as if the series did not have them; what only bounds demand from below, and
what is `ESTIMATED` where supply failed, comes with the demand already filled in. The first is read like any
other; the second is a mean and no sale, which `tsb` and `robust_level` tell apart.

`ends` is how many entries of each series are known. A backtest calls once per origin with smaller `ends`
and copies nothing; nothing after an end is looked at. Without it all are known.
"""

from dataclasses import dataclass

import numpy as np

from compiled import flag
from forecasting.history import FloatArray, IntArray, StateArray
from forecasting.kernels.loops import drift_each, smooth_each, trail_each, tsb_each
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from fulfillment.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Leveled:
    """What a model without drift says: one number of units per step, for every step ahead.

    Parameters
    ----------
    level
        Units per step after the last known one, shape (series,); NaN where no entry is known.
    fitted
        What was said of each entry from those before it, units, shape of `units`; NaN up to the first
        entry that is known, and after the end. Masked entries have one, too.
    """

    level: FloatArray
    fitted: FloatArray


@dataclass(frozen=True, slots=True)
class Smoothed(Leveled):
    """The same with the smoothing parameter that fitted best, shape (series,); NaN where nothing is known."""

    alpha: FloatArray


@dataclass(frozen=True, slots=True)
class Drifting:
    """What a model with drift says.

    Parameters
    ----------
    mean
        Units per step, shape (series, horizon); NaN where no entry is known. Below 0 where a falling line
        gets there: cut it off where it is used.
    fitted
        As of `Leveled`, with the slope of all entries up to the end.
    """

    mean: FloatArray
    fitted: FloatArray


def smooth(
    units: FloatArray, starts: IntArray, state: StateArray, *, ends: IntArray | None = None
) -> Smoothed:
    """Simple exponential smoothing; alpha from 0.01 to 0.99 with the least sum of squared one-step errors.

    The level begins at the first known entry. Alpha is sought for each series anew in what is known of it,
    32 at once over the whole range and then three times around the best: the sum may have several minima.

    Source: Hyndman, Koehler, Ord & Snyder (2008), Forecasting with Exponential Smoothing, Springer, 1.3.

    Raises
    ------
    InvalidInput
        Arrays that do not fit together.
    """
    series, ends = _checked(units, starts, state, ends)
    level, alpha = _unknown(len(ends)), _unknown(len(ends))
    fitted = _unknown(len(units))
    smooth_each(*series, ends, level, fitted, alpha)
    return Smoothed(level, fitted, alpha)


def tsb(
    units: FloatArray,
    starts: IntArray,
    state: StateArray,
    *,
    demand_smoothing: float,
    probability_smoothing: float,
    ends: IntArray | None = None,
) -> Leveled:
    """How often a step sells times how much, each smoothed; the first falls with every step that sells none.

    Source: Teunter, Syntetos & Babai (2011), Intermittent demand: Linking forecasting to inventory
    obsolescence, European Journal of Operational Research 214(3), equations 3 and 4.

    Raises
    ------
    InvalidInput
        Arrays that do not fit together.
    """
    series, ends = _checked(units, starts, state, ends)
    said = Leveled(_unknown(len(ends)), _unknown(len(units)))
    tsb_each(*series, ends, demand_smoothing, probability_smoothing, said.level, said.fitted)
    return said


def theta(
    units: FloatArray, starts: IntArray, state: StateArray, *, horizon: int, ends: IntArray | None = None
) -> Drifting:
    """Theta: simple exponential smoothing, moved on by half the slope of the line through all entries.

    With n entries known, smoothed to level l by alpha, and the slope b of least squares, h steps ahead it is
    l + b/2 x (h + (1 - alpha)/alpha x (1 - (1 - alpha)^(n-1))). The last term: how far the level lags behind
    a straight line. Alpha is that of `smooth`.

    Source: Assimakopoulos & Nikolopoulos (2000), The theta model, International Journal of Forecasting
    16(4); in this form Hyndman & Billah (2003), Unmasking the Theta method, same journal 19(2).

    Raises
    ------
    InvalidInput
        Arrays that do not fit together, or a horizon below 1.
    """
    _check_count("horizon", horizon)
    series, ends = _checked(units, starts, state, ends)
    said = Drifting(np.full((len(ends), horizon), np.nan), _unknown(len(units)))
    drift_each(*series, ends, said.mean, said.fitted)
    return said


def trailing_mean(
    units: FloatArray, starts: IntArray, state: StateArray, *, window: int, ends: IntArray | None = None
) -> Leveled:
    """The mean of the last `window` known entries, or of as many as there are.

    Raises
    ------
    InvalidInput
        Arrays that do not fit together, or a window below 1.
    """
    return _trailing_of(units, starts, state, ends, window, winsorized=False)


def robust_level(
    units: FloatArray, starts: IntArray, state: StateArray, *, window: int, ends: IntArray | None = None
) -> Leveled:
    """The same mean after bulk orders are cut down to what is usual, so that one does not raise the level.

    Usual is up to the upper quartile of the entries of the window that sold anything, and 1.5 times the
    distance of the quartiles above it, or 1.5 units if they are closer than one. Steps without sales
    are not asked: where most are such, every sale would be unusual. It takes four other sales in the window
    to know a bulk order; among fewer it is itself what the quartile is made of, and stays, or most of it.

    Source: Tukey (1977), Exploratory Data Analysis, Addison-Wesley, 2D (fences); quartiles are type 7 of
    Hyndman & Fan (1996), Sample quantiles in statistical packages, The American Statistician 50(4).

    Raises
    ------
    InvalidInput
        Arrays that do not fit together, or a window below 1.
    """
    return _trailing_of(units, starts, state, ends, window, winsorized=True)


def warm_up() -> None:
    """Compile what is not compiled yet, or load it: every loop once, on two short series."""
    units, starts, state = np.array([2.0, 0.0, 3.0, 1.0]), np.array([0, 3, 4]), np.zeros(4, dtype=np.uint8)
    tsb(units, starts, state, demand_smoothing=0.2, probability_smoothing=0.1)
    smooth(units, starts, state)
    theta(units, starts, state, horizon=2)
    robust_level(units, starts, state, window=3)
    negative_binomial_quantiles(np.array([[2.0]]), np.array([[0.5]]), np.array([0.5, 0.9]))


def _trailing_of(
    units: FloatArray,
    starts: IntArray,
    state: StateArray,
    ends: IntArray | None,
    window: int,
    *,
    winsorized: bool,
) -> Leveled:
    _check_count("window", window)
    series, ends = _checked(units, starts, state, ends)
    said = Leveled(_unknown(len(ends)), _unknown(len(units)))
    trail_each(*series, ends, window, flag(winsorized), said.level, said.fitted)
    return said


def _checked(
    units: FloatArray, starts: IntArray, state: StateArray, ends: IntArray | None
) -> tuple[tuple[FloatArray, IntArray, StateArray], IntArray]:
    """The arrays in the one form that is compiled, and checked: compiled loops would read beyond them."""
    lengths = np.diff(starts)
    if len(starts) < 1 or starts[0] != 0 or (lengths < 0).any() or starts[-1] != len(units):
        _refuse("starts", "starts do not cut units into series", "Begin with 0, end with the number of units")
    if len(state) != len(units):
        _refuse("state", f"{len(units)} units, {len(state)} states", "Give one state per entry")
    ends = lengths if ends is None else ends
    if ends.shape != lengths.shape or (ends < 0).any() or (ends > lengths).any():
        _refuse("ends", "ends are not within the series", "Give per series how many entries are known")
    series = (
        np.ascontiguousarray(units, dtype=np.float64),
        np.ascontiguousarray(starts, dtype=np.int64),
        np.ascontiguousarray(state, dtype=np.uint8),
    )
    return series, np.ascontiguousarray(ends, dtype=np.int64)


def _check_count(name: str, count: int) -> None:
    if count < 1:
        _refuse(name, f"{name} is {count}", "Give at least 1")


def _refuse(name: str, what: str, fix: str) -> None:
    raise InvalidInput(what, pointer=f"/{name}", fix=fix)


def _unknown(count: int) -> FloatArray:
    return np.full(count, np.nan)
