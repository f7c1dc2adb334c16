"""A forecast as buffers: `QuantileForecast` is what the optimizer reads. It forecasts nothing itself."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forecasting.history import FloatArray, IntArray, series_id, sku_and_place
from forecasting.models.protocol import LeftOut
from forecasting.quantiles.lead_time import USUAL_CORRELATION, sum_units
from forecasting.quantiles.levels import variance
from fulfillment.demand import summed
from fulfillment.errors import InvalidInput, UnknownReference
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
    correlations
        Of the errors beyond chance of two steps of a series, 0 to 1, shape (series,); None if not known.
    """

    ids: tuple[str, ...]
    periods: tuple[date, ...]
    levels: tuple[float, ...]
    mean: FloatArray
    dispersion: FloatArray
    quantiles: IntArray
    left_out: tuple[LeftOut, ...]
    correlations: FloatArray | None = None

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

    def correlation(self, sku: SkuId, place: str) -> float | None:
        row = self._row(sku, place)
        return None if self.correlations is None else float(self.correlations[row])

    def lead_time_units(
        self, sku: SkuId, place: str, *, first: int, steps: float, levels: Sequence[float]
    ) -> tuple[int, ...]:
        """Whole units that demand of some steps together stays within, one-sided, at each of any levels.

        Parameters
        ----------
        first
            The first of the steps, counted from 0 in `periods`.
        steps
            How many, above 0; of the last one a part counts if this is not whole.
        levels
            Rising, strictly between 0 and 1; they need not be among `self.levels`.

        Raises
        ------
        InvalidInput
            Steps that were not forecast, or levels that do not rise.
        UnknownReference
            A series that was not forecast.
        """
        if not (first >= 0 and 0 < steps <= len(self.periods) - first):
            raise InvalidInput(
                f"{steps:g} steps from step {first} are not inside the {len(self.periods)} forecast",
                pointer="/steps",
                fix="Ask for fewer, or forecast farther",
            )
        correlation = self.correlation(sku, place)
        mean, variance_of_sum = summed(
            self.mean_units(sku, place),
            self.variance_units(sku, place),
            [min(max(steps + first - step, 0.0), 1.0) * (step >= first) for step in range(len(self.periods))],
            correlation=USUAL_CORRELATION if correlation is None else correlation,
        )
        return sum_units(mean, variance_of_sum, levels)

    def _row(self, sku: SkuId, place: str) -> int:
        """Bisection in the sorted ids: no index to build or keep."""
        unique_id = series_id(sku, place)
        row = bisect.bisect_left(self.ids, unique_id)
        if row == len(self.ids) or self.ids[row] != unique_id:
            raise UnknownReference("series", unique_id, self.ids, pointer="/unique_id")
        return row
