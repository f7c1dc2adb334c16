"""The compiled loops behind `forecasting.kernels.smoothing`, which checks and explains what they are handed.

Each goes through the series one after the other and writes into the arrays it is given; what is not known
stays NaN there.
"""

import numpy as np

from compiled import compiled, inlined
from forecasting.history import ESTIMATED, MASKED, BoolArray, FloatArray, IntArray, StateArray

LEAST_ALPHA, MOST_ALPHA = 0.01, 0.99
ALPHAS, ZOOMS = 32, 4  # alphas tried at once; how often, each time in a range 1/15 as wide


@compiled
def smooth_each(
    units: FloatArray,
    starts: IntArray,
    state: StateArray,
    ends: IntArray,
    level: FloatArray,
    fitted: FloatArray,
    alpha: FloatArray,
) -> None:
    known, tried = np.empty(len(units)), np.empty((3, ALPHAS))
    for i in range(len(ends)):
        first, end = starts[i], starts[i] + ends[i]
        count = _known_of(units, state, first, end, known)
        if count > 0:
            alpha[i] = _best_alpha(known[:count], tried)
            level[i] = _follow(units, state, first, end, alpha[i], 0.0, fitted)


@compiled
def drift_each(
    units: FloatArray,
    starts: IntArray,
    state: StateArray,
    ends: IntArray,
    mean: FloatArray,
    fitted: FloatArray,
) -> None:
    known, tried = np.empty(len(units)), np.empty((3, ALPHAS))
    for i in range(len(ends)):
        first, end = starts[i], starts[i] + ends[i]
        count = _known_of(units, state, first, end, known)
        if count > 0:
            alpha = _best_alpha(known[:count], tried)
            drift = _slope(known[:count]) / 2.0
            level = _follow(units, state, first, end, alpha, drift, fitted)
            lag = (1.0 - alpha) / alpha * (1.0 - (1.0 - alpha) ** (count - 1))
            for h in range(mean.shape[1]):
                mean[i, h] = level + drift * (h + 1 + lag)


@compiled
def tsb_each(
    units: FloatArray,
    starts: IntArray,
    state: StateArray,
    ends: IntArray,
    demand_smoothing: float,
    probability_smoothing: float,
    level: FloatArray,
    fitted: FloatArray,
) -> None:
    for i in range(len(ends)):
        said, probability, size = np.nan, 0.0, 0.0
        for t in range(starts[i], starts[i] + ends[i]):
            fitted[t] = said
            if state[t] == MASKED:
                continue
            if state[t] == ESTIMATED:
                # A mean is no sale: below the usual size it tells how often, beyond it how much.
                if size > 0:
                    probability += probability_smoothing * (min(units[t] / size, 1.0) - probability)
                    size += demand_smoothing * (max(units[t], size) - size)
                    said = probability * size
                continue
            sells = 1.0 if units[t] > 0 else 0.0
            if np.isnan(said):
                probability = sells
            else:
                probability += probability_smoothing * (sells - probability)
            if units[t] > 0:
                # The first sale is the first size, however long the series had none.
                size = units[t] if size == 0 else size + demand_smoothing * (units[t] - size)
            said = probability * size
        level[i] = said


@compiled
def trail_each(
    units: FloatArray,
    starts: IntArray,
    state: StateArray,
    ends: IntArray,
    window: int,
    winsorized: bool,
    level: FloatArray,
    fitted: FloatArray,
) -> None:
    known, sizes = np.empty(len(units)), np.empty(window + 1)
    seen = np.empty(len(units), dtype=np.bool_)
    for i in range(len(ends)):
        said, count, sold, estimates = np.nan, 0, 0, 0
        for t in range(starts[i], starts[i] + ends[i]):
            fitted[t] = said
            if state[t] == MASKED:
                continue
            known[count], seen[count] = units[t], state[t] != ESTIMATED
            count += 1
            begin = max(count - window, 0)
            estimates += not seen[count - 1]
            if begin > 0:
                estimates -= not seen[begin - 1]
            most = np.inf
            if winsorized:
                if seen[count - 1]:
                    sold = _put_in(sizes, sold, units[t])
                if begin > 0 and seen[begin - 1]:
                    sold = _take_out(sizes, sold, known[begin - 1])
                most = _upper_fence(sizes, sold)
            if estimates > 0:
                total = _beside_estimates(known[begin:count], seen[begin:count], most)
            else:
                total = 0.0
                for k in range(begin, count):
                    total += min(known[k], most)
            said = total / (count - begin)
        level[i] = said


@compiled
def _best_alpha(known: FloatArray, tried: FloatArray) -> float:
    """The alpha with the least sum of squared errors; the smallest of several. `tried` is a workspace."""
    alphas, levels, losses = tried[0], tried[1], tried[2]
    low, high, best, least = LEAST_ALPHA, MOST_ALPHA, LEAST_ALPHA, np.inf
    for _ in range(ZOOMS):
        step = (high - low) / (ALPHAS - 1)
        for k in range(ALPHAS):
            alphas[k] = low + k * step
        levels[:] = known[0]
        losses[:] = 0.0
        for t in range(1, len(known)):
            for k in range(ALPHAS):
                error = known[t] - levels[k]
                losses[k] += error * error
                levels[k] += alphas[k] * error
        k = int(np.argmin(losses))
        if losses[k] < least:
            least, best = losses[k], alphas[k]
        low, high = max(best - step, LEAST_ALPHA), min(best + step, MOST_ALPHA)
    return best


@compiled
def _follow(
    units: FloatArray,
    state: StateArray,
    first: int,
    end: int,
    alpha: float,
    drift: float,
    fitted: FloatArray,
) -> float:
    """Smooth once more, and keep what is said of each entry: level + drift x (1 + how far the level lags)."""
    level, kept = np.nan, 1.0
    for t in range(first, end):
        fitted[t] = level + drift * (1.0 + (1.0 - kept) * (1.0 - alpha) / alpha)
        if state[t] != MASKED:
            if np.isnan(level):
                level = units[t]
            else:
                level += alpha * (units[t] - level)
                kept *= 1.0 - alpha
    return level


@compiled
def _slope(known: FloatArray) -> float:
    """Of the straight line of least squares through the entries, units per step; 0 for a single one."""
    middle = (len(known) - 1) / 2.0
    rise, run = 0.0, 0.0
    for t in range(len(known)):
        rise += (t - middle) * known[t]
        run += (t - middle) ** 2
    return rise / run if run > 0 else 0.0


@inlined
def _known_of(units: FloatArray, state: StateArray, first: int, end: int, known: FloatArray) -> int:
    """Write the entries that are not masked one after the other; how many."""
    count = 0
    for t in range(first, end):
        if state[t] != MASKED:
            known[count] = units[t]
            count += 1
    return count


@inlined
def _put_in(sizes: FloatArray, sold: int, size: float) -> int:
    """Put a size in its place among those that rise; nothing if it is 0. How many there are then."""
    if size <= 0:
        return sold
    k = sold
    while k > 0 and sizes[k - 1] > size:
        sizes[k] = sizes[k - 1]
        k -= 1
    sizes[k] = size
    return sold + 1


@inlined
def _take_out(sizes: FloatArray, sold: int, size: float) -> int:
    """Take a size out of those that rise; nothing if it is 0. How many are left."""
    if size <= 0:
        return sold
    for k in range(np.searchsorted(sizes[:sold], size), sold - 1):
        sizes[k] = sizes[k + 1]
    return sold - 1


@inlined
def _beside_estimates(known: FloatArray, seen: BoolArray, most: float) -> float:
    """The sum cut down to `most`; an estimate, being a mean, loses the share that all that was seen loses."""
    total, whole, estimated = 0.0, 0.0, 0.0
    for k in range(len(known)):
        if seen[k]:
            total += min(known[k], most)
            whole += known[k]
        else:
            estimated += known[k]
    return total + estimated * (total / whole if whole > 0 else 1.0)


@inlined
def _upper_fence(sizes: FloatArray, sold: int) -> float:
    if sold == 0:
        return np.inf
    lower, upper = _quantile(sizes, sold, 0.25), _quantile(sizes, sold, 0.75)
    return upper + 1.5 * max(upper - lower, 1.0)


@inlined
def _quantile(sizes: FloatArray, sold: int, level: float) -> float:
    at = level * (sold - 1)
    k = int(at)
    above = sizes[min(k + 1, sold - 1)]
    return float(sizes[k] + (at - k) * (above - sizes[k]))
