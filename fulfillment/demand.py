"""A demand forecast as the optimizer reads it: buffers of quantiles, not objects per series."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from fulfillment.ids import SkuId


class DemandForecast(Protocol):
    """Quantiles of demand per sku, place and period.

    `quantile_units(sku, place)` has one row per period and one column per level, in units per
    period. `place` is a node id (walk-in demand) or a destination zone id (online demand).
    """

    @property
    def periods(self) -> Sequence[date]: ...

    @property
    def levels(self) -> Sequence[float]: ...

    def series(self) -> Sequence[tuple[SkuId, str]]: ...

    def quantile_units(self, sku: SkuId, place: str) -> Sequence[Sequence[float]]: ...

    def mean_units(self, sku: SkuId, place: str) -> Sequence[float]: ...

    def variance_units(self, sku: SkuId, place: str) -> Sequence[float]: ...
