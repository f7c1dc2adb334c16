"""What cold start says of young items in made-up worlds: `python tests/benchmarks/young_items.py`.

Slow items of one to eight weeks, alone and among busy ones, from their listing or from their first sale on:
how far the forecast is from the true rate. And two stores, one open for three weeks and one about to open,
with and without what their skus sell elsewhere. Takes a few minutes.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forecasting.chunk import work_out
from forecasting.history import FloatArray, History, IntArray
from forecasting.learning.trained import Trained
from forecasting.learning.training import train
from tests.forecasting.lives.worlds import (
    ANNOUNCED,
    MIXED,
    OPENED,
    SLOW,
    STANDING,
    at_store,
    new_stores,
    young_items,
)

SEEDS = (31, 32)
HORIZON = 4


def main(seeds: Sequence[int] = SEEDS) -> None:
    """Print forecast / true rate, and mean absolute error / true rate."""
    print(f"{'series':58} {'forecast/rate':>13} {'error/rate':>10}")
    for rates in (SLOW, MIXED):
        for by_sale in (False, True):
            of_seeds = [_slow(rates, by_sale=by_sale, seed=seed) for seed in seeds]
            begin = "first sale" if by_sale else "listing"
            _tell(f"0.1 to 0.5 a week among {rates[0]} to {rates[1]}, from {begin}", of_seeds)
    for place, what in ((OPENED, "a store open for three weeks"), (ANNOUNCED, "a store about to open")):
        for is_known in (False, True):
            of_seeds = [_store(place, is_known=is_known, seed=seed) for seed in seeds]
            _tell(f"{what}, skus {'known elsewhere' if is_known else 'by analogues'}", of_seeds)


def _slow(rates: tuple[float, float], *, by_sale: bool, seed: int) -> tuple[float, float]:
    history, level = young_items(rates, by_sale=by_sale, seed=seed)
    rows = np.flatnonzero((np.arange(len(level)) >= STANDING) & (level <= SLOW[1]))
    return _judged(history, train(history, horizon=HORIZON, seed=1), level, rows)


def _store(place: str, *, is_known: bool, seed: int) -> tuple[float, float]:
    history, rates = new_stores(seed=seed)
    trained = train(history, horizon=HORIZON, seed=1)
    if not is_known:
        nowhere = replace(trained.lives.places, sku_levels={})
        trained = replace(trained, lives=replace(trained.lives, places=nowhere))
    return _judged(history, trained, rates, at_store(history, place))


def _judged(history: History, trained: Trained, rates: FloatArray, rows: IntArray) -> tuple[float, float]:
    said, true = work_out(history.take(rows), trained, horizon=HORIZON).mean, rates[rows, None]
    total = float(true.sum()) * HORIZON
    return float(said.sum()) / total, float(np.abs(said - true).sum()) / total


def _tell(what: str, of_seeds: Sequence[tuple[float, float]]) -> None:
    ratio, error = np.mean(of_seeds, axis=0).tolist()
    print(f"{what:58} {ratio:13.2f} {error:10.2f}")


if __name__ == "__main__":
    main()
