"""A forecast as buffers: `QuantileForecast` is what the optimizer reads. It forecasts nothing itself."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forecasting.history import FloatArray, IntArray, series_id, sku_and_place
from forecasting.models.protocol import LeftOut
from forecasting.quantiles import variance
from fulfillment.errors import UnknownReference
from fulfillment.ids import SkuId


@dataclass(frozen=True, slots=True)
class QuantileForecast:
    """Demand per sku, place and week; implements `fulfillment.demand.DemandForecast`.

    Parameters
    ----------
    ids
        `unique_id` of every series, sorted, shape (series,).
    periods
        The day each week starts on.
    levels
        Levels of the quantiles, rising.
    mean
        Units per week, shape (series, periods).
    dispersion
        Of the negative binomial, shape (series, periods): variance = mean + dispersion x mean^2.
    quantiles
        Whole units per week, shape (series, periods, levels).
    left_out
        Models that gave no usable forecast for a series and are not in its mean.
    """

    ids: tuple[str, ...]
    periods: tuple[date, ...]
    levels: tuple[float, ...]
    mean: FloatArray
    dispersion: FloatArray
    quantiles: IntArray
    left_out: tuple[LeftOut, ...]

    def series(self) -> Sequence[tuple[SkuId, str]]:
        return [sku_and_place(unique_id) for unique_id in self.ids]

    def quantile_units(self, sku: SkuId, place: str) -> Sequence[Sequence[float]]:
        rows: list[list[float]] = self.quantiles[self._row(sku, place)].tolist()
        return rows

    def mean_units(self, sku: SkuId, place: str) -> Sequence[float]:
        means: list[float] = self.mean[self._row(sku, place)].tolist()
        return means

    def variance_units(self, sku: SkuId, place: str) -> Sequence[float]:
        row = self._row(sku, place)
        variances: list[float] = variance(self.mean[row : row + 1], self.dispersion[row : row + 1])[
            0
        ].tolist()
        return variances

    def _row(self, sku: SkuId, place: str) -> int:
        """Bisection in the sorted ids: no index to build or keep."""
        unique_id = series_id(sku, place)
        row = bisect.bisect_left(self.ids, unique_id)
        if row == len(self.ids) or self.ids[row] != unique_id:
            raise UnknownReference("series", unique_id, self.ids, pointer="/unique_id")
        return row
