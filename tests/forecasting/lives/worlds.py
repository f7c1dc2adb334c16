"""Made-up worlds of young items and new stores whose rates are known, for tests and a benchmark."""

from datetime import date

import numpy as np

from forecasting.history import MASKED, OBSERVED, Attributes, FloatArray, History, IntArray

WEEKS = 60
SIZES = {f"store{i}": 300.0 * 1.3**i for i in (0, 5, 2, 7, 4, 1, 6, 3, 8, 9)}
OPENED, ANNOUNCED = "store9", "store8"  # three weeks ago; with the next step
SKUS = 30
SLOW, MIXED = (0.1, 0.5), (0.1, 40.0)  # units per week, evenly by logarithm
STANDING, YOUNG = 160, 480


def new_stores(*, seed: int) -> tuple[History, FloatArray]:
    """Skus of 1 to 30 units a week at a store of size 1,000, and in proportion to size; the true rates."""
    rng = np.random.default_rng(seed)
    weeks = dict.fromkeys(SIZES, WEEKS) | {OPENED: 3, ANNOUNCED: 0}
    names = [f"sku{sku:02}|{place}" for sku in range(SKUS) for place in sorted(SIZES)]
    names = [name for name in names if name.endswith((OPENED, ANNOUNCED)) or rng.random() < 0.8]
    rates = np.array([30.0 ** (int(name[3:5]) / SKUS) * SIZES[name[6:]] / 1000.0 for name in names])
    lengths = np.array([max(weeks[name[6:]], 1) for name in names])
    unseen = np.repeat([weeks[name[6:]] == 0 for name in names], lengths)
    units = rng.negative_binomial(4, np.repeat(4 / (4 + rates), lengths)).astype(np.float64)
    history = History(
        ids=tuple(names),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        units=np.where(unseen, 0.0, units),
        state=np.where(unseen, MASKED, OBSERVED).astype(np.uint8),
        last=date(2024, 1, 1),
        attributes=Attributes(numbers={"size": np.array([SIZES[name[6:]] for name in names])}),
    )
    return history, rates


def at_store(history: History, place: str) -> IntArray:
    return np.flatnonzero([name.endswith(place) for name in history.ids])


def young_items(rates: tuple[float, float], *, by_sale: bool, seed: int) -> tuple[History, FloatArray]:
    """Old items, and behind them young ones of one to eight weeks; the true rates.

    Series begin with the listing of an item, or with its first sale.
    """
    rng = np.random.default_rng(seed)
    level = np.exp(rng.uniform(*np.log(rates), STANDING + YOUNG))
    old = rng.choice([WEEKS + 10, 40, 50], STANDING + YOUNG)
    weeks = np.where(np.arange(STANDING + YOUNG) >= STANDING, 1 + np.arange(STANDING + YOUNG) % 8, old)
    units = [
        _units(rng, rate, n, by_sale=by_sale and n <= WEEKS)
        for rate, n in zip(level.tolist(), weeks.tolist(), strict=True)
    ]
    history = History(
        ids=tuple(f"item{i:04}|x" for i in range(len(level))),
        starts=np.concatenate([[0], np.cumsum(weeks)]).astype(np.int64),
        units=np.concatenate(units),
        state=np.full(int(weeks.sum()), OBSERVED, dtype=np.uint8),
        last=date(2024, 1, 1),
    )
    return history, level


def _units(rng: np.random.Generator, rate: float, weeks: int, *, by_sale: bool) -> FloatArray:
    units = rng.poisson(rate, weeks)
    while by_sale and units[0] == 0:
        units[0] = rng.poisson(rate)
    return units.astype(np.float64)
