"""What an order stream is made from: historic orders and wanted totals, checked. Nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from forecasting.history import FloatArray, IntArray
    from fulfillment.demand import DemandForecast
    from fulfillment.ids import SkuId


@dataclass(frozen=True, slots=True)
class OrderHistory:
    """Historic orders as arrays; names are coded as indices into tuples.

    Parameters
    ----------
    skus, places
        Names, each once; a place is a destination zone.
    order
        The order each line is of, from 0, shape (lines,); lines of one order may stand apart.
    sku, units
        Of each line, shape (lines,): index into `skus`, whole units above 0.
    place, placed_at
        Of each order, shape (orders,): index into `places`, wall-clock time (datetime64).

    Raises
    ------
    InvalidInput
        Shapes that do not fit, a name twice, a code that names nothing, units below 1, no instant, an
        order without a line.
    """

    skus: tuple[str, ...]
    places: tuple[str, ...]
    order: IntArray
    sku: IntArray
    units: IntArray
    place: IntArray
    placed_at: NDArray[np.datetime64]

    def __post_init__(self) -> None:
        lines, orders = len(self.order), len(self.place)
        for name, array, length in (
            ("sku", self.sku, lines),
            ("units", self.units, lines),
            ("placed_at", self.placed_at, orders),
        ):
            if len(array) != length:
                raise InvalidInput(
                    f"{len(array)} entries of {name}, {length} expected",
                    pointer=f"/{name}",
                    fix="Give sku and units per line, place and placed_at per order",
                )
        for name, names in (("skus", self.skus), ("places", self.places)):
            if len(set(names)) != len(names):
                raise InvalidInput(f"a name stands twice in {name}", pointer=f"/{name}", fix="Name each once")
        for name, codes, count in (
            ("order", self.order, orders),
            ("sku", self.sku, len(self.skus)),
            ("place", self.place, len(self.places)),
        ):
            if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < count:
                raise InvalidInput(
                    f"codes of {name} from {codes.min()} to {codes.max()}, of {count}",
                    pointer=f"/{name}",
                    fix="Count from 0",
                )
        if lines and int(self.units.min()) < 1:
            raise InvalidInput("a line of no units", pointer="/units", fix="Leave out returns")
        if np.isnat(self.placed_at).any():
            raise InvalidInput("an order without instant", pointer="/placed_at", fix="Give every order one")
        if (np.bincount(self.order, minlength=orders) == 0).any():
            raise InvalidInput("an order without a line", pointer="/order", fix="Leave it out")

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True, slots=True)
class CellTotals:
    """Wanted units per cell (sku and place) and period, and their variance if the draw is to carry it.

    Parameters
    ----------
    cells
        (sku, place), each once.
    periods
        First days, `days` apart.
    units, variance
        Mean, and variance in units squared, shape (cells, periods), not negative.
    days
        Length of a period: 7 or 1.

    Raises
    ------
    InvalidInput
        A cell twice, no cell or period, periods that are not `days` apart, other shapes, numbers out of
        range.
    """

    cells: tuple[tuple[SkuId, str], ...]
    periods: tuple[date, ...]
    units: FloatArray
    variance: FloatArray | None = None
    days: int = 7

    def __post_init__(self) -> None:
        if not self.cells or not self.periods:
            raise InvalidInput("no cell, or no period", pointer="/cells", fix="Give one at least")
        if len(set(self.cells)) != len(self.cells):
            raise InvalidInput("a cell stands twice", pointer="/cells", fix="Add its units up")
        if self.days not in (1, 7):
            raise InvalidInput(f"periods of {self.days} days", pointer="/days", fix="Give 7 or 1")
        apart = timedelta(days=self.days)
        if any(b - a != apart for a, b in pairwise(self.periods)):
            raise InvalidInput(
                f"periods are not {self.days} days apart", pointer="/periods", fix="Give consecutive ones"
            )
        for name, values in (("units", self.units), ("variance", self.variance)):
            if values is None:
                continue
            if values.shape != (len(self.cells), len(self.periods)):
                raise InvalidInput(
                    f"{name} of shape {values.shape}, not {(len(self.cells), len(self.periods))}",
                    pointer=f"/{name}",
                    fix="Give a row per cell and a column per period",
                )
            if not (np.isfinite(values).all() and (values >= 0).all()):
                raise InvalidInput(
                    f"{name} is negative or no number", pointer=f"/{name}", fix="Give 0 or more"
                )


def totals_of(
    forecast: DemandForecast, *, places: Collection[str] | None = None, days: int = 7
) -> CellTotals:
    """Means and variances of a forecast at some of its places, all by default.

    Walk-in demand is no order: name the destination zones if the forecast has stores too.
    """
    cells = tuple(cell for cell in forecast.series() if places is None or cell[1] in places)
    return CellTotals(
        cells=cells,
        periods=tuple(forecast.periods),
        units=np.array([forecast.mean_units(*cell) for cell in cells], dtype=np.float64),
        variance=np.array([forecast.variance_units(*cell) for cell in cells], dtype=np.float64),
        days=days,
    )
