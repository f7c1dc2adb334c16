"""Weekly demand per SKU as seen before the replay: rate, spread and how often it is ordered."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from scenarios.world.parameters import WorldParameters
from scenarios.world.tables import Floats, Ints, Sales

_SECONDS_PER_WEEK = 7 * 24 * 3600
_MIN_WEEKS = 2  # a SKU launched days ago is planned as if seen for two weeks


@dataclass(frozen=True, slots=True)
class Demand:
    """One entry per SKU, in order of id. `rate` and `deviation` in units per week, `lines` a count."""

    ids: tuple[str, ...]
    rate: Floats
    deviation: Floats
    lines: Ints

    def __len__(self) -> int:
        return len(self.ids)


def observe_demand(history: Sales, *, start: date, parameters: WorldParameters) -> Demand:
    """Demand over the last weeks before `start`; SKUs not sold in them are left out.

    The rate is the higher of the mean over the history weeks (or since the launch, if later) and the
    mean over the recent ones. The deviation is that of weekly units, but no less than what SKUs of the
    same rate usually show (a line fitted to log deviation against log rate: the power law of Taylor,
    1961), because a dozen weeks hide the lumps of a slow seller.
    """
    weeks = parameters.history_weeks
    begin = np.datetime64(start) - np.timedelta64(7 * weeks, "D")
    recent = history.where(history.placed_at >= begin)
    codes, row = np.unique(recent.stock_code, return_inverse=True)
    week = (recent.placed_at - begin) // np.timedelta64(7, "D")
    units = np.zeros((len(codes), weeks))
    np.add.at(units, (row, week), np.minimum(recent.quantity, parameters.largest_planned_line))

    seen = _weeks_seen(history, codes, start=start, most=weeks)
    mean = units.sum(axis=1) / seen
    variance = np.maximum((units**2).sum(axis=1) / seen - mean**2, 0.0)
    recent_weeks = np.minimum(seen, parameters.recent_weeks)
    rate = np.maximum(mean, units[:, -parameters.recent_weeks :].sum(axis=1) / recent_weeks)
    deviation = np.maximum(np.sqrt(variance), _usual_deviation(mean, np.sqrt(variance)))

    ids = [recent.stock_codes[code] for code in codes.tolist()]
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
    lines = np.bincount(row, minlength=len(codes)).astype(np.int64)
    return Demand(tuple(ids[i] for i in order.tolist()), rate[order], deviation[order], lines[order])


def _weeks_seen(history: Sales, codes: Ints, *, start: date, most: int) -> Ints:
    """Whole weeks since the first sale, rounded up, between `_MIN_WEEKS` and `most`."""
    first = np.full(len(history.stock_codes), np.datetime64(start), dtype="datetime64[s]")
    np.minimum.at(first, history.stock_code, history.placed_at)
    age_seconds = (np.datetime64(start) - first[codes]).astype("timedelta64[s]").astype(np.int64)
    weeks = np.ceil(age_seconds / _SECONDS_PER_WEEK)
    return np.asarray(np.clip(weeks, _MIN_WEEKS, most), dtype=np.int64)


def _usual_deviation(mean: Floats, deviation: Floats) -> Floats:
    """The deviation that SKUs of this rate usually show; nothing to go by with fewer than three."""
    known = (mean > 0) & (deviation > 0)
    if np.unique(mean[known]).size < 3:
        return np.zeros_like(mean)
    slope, level = np.polyfit(np.log(mean[known]), np.log(deviation[known]), 1)
    return np.asarray(np.exp(level) * mean**slope, dtype=np.float64)
