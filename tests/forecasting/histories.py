"""Seeded histories of the arrays the models take, for tests and timings of models."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from forecasting.history import OBSERVED, Attributes, Drivers, Grain, History

LAST = date(2011, 5, 23)


def random_history(
    *,
    series: int,
    steps: int,
    seed: int,
    grain: Grain = Grain.WEEK,
    drivers: bool = False,
    attributes: bool = False,
    ahead: int = 8,
) -> History:
    """Negative-binomial units of levels 0.3 to 100, up before Christmas; every fifth series is young.

    With `drivers`, `promotion` is 0 or 1 and triples what sells, `noise` changes nothing. With
    `attributes`, series have a category of three and a price.
    """
    rng = np.random.default_rng(seed)
    lengths = np.where(np.arange(series) % 5, steps, rng.integers(1, max(2, steps // 4), series))
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    promotions = (rng.random(int(lengths.sum()) + series * ahead) < 0.15).astype(np.float64)
    noise = rng.normal(size=len(promotions))
    units = []
    for i, length in enumerate(lengths.tolist()):
        days = np.datetime64(LAST, "D") - np.arange(length)[::-1] * grain.days
        month = days.astype("datetime64[M]").astype(np.int64) % 12
        level = 10.0 ** rng.uniform(-0.5, 2) * np.where(month >= 10, 1.7, 1.0)
        if drivers:
            level = level * 3.0 ** promotions[starts[i] + i * ahead :][:length]
        units.append(rng.negative_binomial(4, 4 / (4 + level)).astype(np.float64))
    return History(
        ids=tuple(f"sku{i:04}|north" for i in range(series)),
        starts=starts,
        units=np.concatenate(units),
        state=np.full(int(starts[-1]), OBSERVED, dtype=np.uint8),
        last=LAST,
        grain=grain,
        drivers=Drivers(("promotion", "noise"), np.column_stack([promotions, noise]), ahead)
        if drivers
        else None,
        attributes=Attributes(
            {"category": tuple("abc"[i % 3] for i in range(series))},
            {"price": rng.lognormal(1, 1, series)},
        )
        if attributes
        else Attributes(),
    )


def history_of(
    *series: ArrayLike, grain: Grain = Grain.WEEK, last: date = LAST, states: Sequence[ArrayLike] = ()
) -> History:
    """Units of each series, all ending on `last`; observed unless `states` says something else."""
    units = [np.asarray(one, dtype=np.float64) for one in series]
    told = [np.asarray(one, dtype=np.uint8) for one in states] or [
        np.full(len(one), OBSERVED, dtype=np.uint8) for one in units
    ]
    return History(
        ids=tuple(f"sku{i:04}|north" for i in range(len(units))),
        starts=np.concatenate([[0], np.cumsum([len(one) for one in units])]).astype(np.int64),
        units=np.concatenate(units),
        state=np.concatenate(told),
        last=last,
        grain=grain,
    )
