"""Draws of origins, to say how sure a measure of a backtest is. It knows nothing of forecasts.

Origins close to each other share most of the weeks they are judged on, so they are drawn in blocks.
"""

import numpy as np

from forecasting.history import FloatArray, IntArray
from fulfillment.errors import InvalidInput

BLOCK = 4
DRAWS = 2_000
COVERAGE = 0.9


def origin_weights(origins: int, *, seed: int, draws: int = DRAWS, block: int = BLOCK) -> IntArray:
    """How often each origin is drawn in each draw, shape (draws, origins); rows sum to `origins`.

    Circular block bootstrap: blocks of `block` origins that follow each other, the first after the
    last, from uniform starts until there are as many as there were. Source: Politis & Romano (1992), A
    circular block-resampling procedure for stationary data, in Exploring the Limits of Bootstrap, Wiley.

    Raises
    ------
    InvalidInput
        Fewer than one origin, draw or entry of a block.
    """
    if min(origins, draws, block) < 1:
        raise InvalidInput(
            f"{origins} origins, {draws} draws, blocks of {block}",
            pointer="/origins",
            fix="Give at least one of each",
        )
    blocks = -(-origins // block)
    starts = np.random.default_rng(seed).integers(origins, size=(draws, blocks))
    drawn = (starts[:, :, None] + np.arange(block)) % origins
    kept = drawn.reshape(draws, -1)[:, :origins]
    weights = np.zeros((draws, origins), dtype=np.int64)
    np.add.at(weights, (np.arange(draws)[:, None], kept), 1)
    return weights


def interval(values: FloatArray, *, coverage: float = COVERAGE) -> tuple[float, float]:
    """The middle `coverage` of the draws (percentile method); draws that are no number are left out."""
    tail = (1.0 - coverage) / 2.0
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [tail, 1.0 - tail])
    return float(low), float(high)
