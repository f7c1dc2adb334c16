"""What knowing of lives is worth on real orders: `python tests/benchmarks/lives_on_orders.py`.

Weekly sales of every product, home and abroad together, from origins whose eight weeks to come end by week
59, the development window. The forecast is trained at each origin. It is multiplied by the probability that a
silent product still lives, and drawn toward analogues where a product is new. The file has no attributes but
prices; analogues go by the median price of a product's first lines, or, without it, by nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from api.backtest_report import END, real_weeks
from api.demo.sources import load_sales
from forecasting.chunk import forecast_chunk
from forecasting.classes import class_codes
from forecasting.history import Attributes, BoolArray, FloatArray, History, sku_and_place
from forecasting.judging.origins import came_after, past_at
from forecasting.learning.trained import Trained
from forecasting.learning.training import train
from forecasting.lives.analogues import cold_start, is_new
from forecasting.lives.launches import learn_launches
from forecasting.lives.lifecycle import learn_mortality, still_alive
from forecasting.measures import quantile_loss
from forecasting.preparing.prepared import prepare
from forecasting.quantiles.levels import LEVELS

ORIGINS = (37, 43, 49, 51)
HORIZON = 8
FIRST_LINES = 5
SILENT = 0.9
YOUNG_WEEKS = 4
CAME_BACK = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.01)


@dataclass(slots=True)
class Sums:
    """Of one forecast on some series."""

    loss: float = 0.0
    absolute: float = 0.0
    signed: float = 0.0
    sold: float = 0.0
    series: int = 0

    def add(self, came: FloatArray, mean: FloatArray, loss: FloatArray, rows: BoolArray) -> None:
        self.loss += float(loss[rows].sum())
        self.absolute += float(np.abs(mean - came)[rows].sum())
        self.signed += float((mean - came)[rows].sum())
        self.sold += float(came[rows].sum())
        self.series += int(rows.sum())

    def row(self) -> str:
        ratios = (self.loss / self.sold, self.absolute / self.sold, self.signed / self.sold)
        return "{:7.4f} {:7.4f} {:+7.3f}".format(*ratios) + f" {self.sold:11,.0f} {self.series:7,}"


def main(origins: Sequence[int] = ORIGINS) -> None:
    """Print quantile loss, absolute error and bias by group of series, and how many silent ones came back."""
    history = with_prices(real_weeks())
    sums: dict[tuple[str, str], Sums] = {}
    alive, again = [], []
    for origin in origins:
        past, rows = past_at(history, origin)
        came = came_after(history, [origin], horizon=HORIZON)[0][0][rows]
        lives = still_alive(past, learn_mortality(past))
        trained = train(past, horizon=HORIZON, seed=1)
        new = is_new(past, learn_launches(past))
        groups = {
            "all": np.ones(len(past), dtype=np.bool_),
            f"alive < {SILENT}, not new": (lives < SILENT) & ~new,
            "new": new,
            f"new, to {YOUNG_WEEKS} weeks": new & (past.lengths <= YOUNG_WEEKS),
        }
        classes = class_codes(prepare(past, season=trained.season).history)
        for name, mean, dispersion in forecasts(past, trained, lives, new):
            spread = trained.calibration.quantiles(mean, dispersion, classes, LEVELS, past.grain)
            loss = quantile_loss(came, spread.astype(np.float64), LEVELS)
            for group, which in groups.items():
                sums.setdefault((group, name), Sums()).add(came, mean, loss, which)
        alive.append(lives)
        again.append((came > 0).any(axis=1))
    print(f"{'series':22} {'forecast':28} {'WQL':>7} {'WAPE':>7} {'bias':>7} {'sold':>11} {'series':>7}")
    for (group, name), of in sorted(sums.items(), key=lambda item: item[0][0]):
        print(f"{group:22} {name:28} {of.row()}")
    came_back(np.concatenate(alive), np.concatenate(again))


def forecasts(
    past: History, trained: Trained, lives: FloatArray, new: BoolArray
) -> Iterator[tuple[str, FloatArray, FloatArray]]:
    """Name, mean and dispersion of each way to forecast."""
    plain = forecast_chunk(past, trained, horizon=HORIZON)
    yield "as trained", plain.mean, plain.dispersion
    yield "x alive", plain.mean * lives[:, None], plain.dispersion
    prepared = prepare(past, season=trained.season)
    season = prepared.season_ahead(HORIZON)
    for by, known in (
        ("price", prepared.history),
        ("nothing", replace(prepared.history, attributes=Attributes())),
    ):
        launches = learn_launches(known)
        cold = cold_start(known.take(np.flatnonzero(new)), launches, horizon=HORIZON)
        alone, eased = plain.mean.copy(), plain.mean.copy()
        alone[new], eased[new] = cold.mean * season, cold.eased(plain.mean[new] / season) * season
        yield f"analogues by {by}", alone, plain.dispersion
        yield f"toward analogues by {by}", eased, plain.dispersion
        yield f"both, by {by}", np.where(new[:, None], eased, plain.mean * lives[:, None]), plain.dispersion


def came_back(alive: FloatArray, again: BoolArray) -> None:
    """How often what was given up sold again in eight weeks."""
    print("\nprobability of living    series   mean   sold again within 8 weeks")
    for low, high in pairwise(CAME_BACK):
        which = (alive >= low) & (alive < high)
        shares = f"{alive[which].mean():6.3f} {again[which].mean():8.3f}"
        print(f"{low:.2f} to {min(high, 1.0):.2f} {which.sum():17,} {shares}")


def with_prices(history: History) -> History:
    """The history with the attribute `price`: the median of a product's first lines, known when it is new."""
    sales = load_sales(until=END)
    first = np.lexsort((np.arange(len(sales)), sales.placed_at, sales.stock_code))
    code, price = sales.stock_code[first], sales.unit_price[first]
    starts = np.searchsorted(code, np.arange(len(sales.stock_codes)))
    of_code = {
        name: float(np.median(price[start : start + FIRST_LINES][code[start : start + FIRST_LINES] == i]))
        for i, (name, start) in enumerate(zip(sales.stock_codes, starts.tolist(), strict=True))
    }
    prices = np.array([of_code[sku_and_place(unique_id)[0]] for unique_id in history.ids])
    return replace(history, attributes=Attributes(numbers={"price": prices}))


if __name__ == "__main__":
    main()
