"""Level and dispersion of every series from observed steps and lower bounds, given a prior. Static: no drift.

The dispersion is summed out over a grid, the level found by Newton's method at every point of it. Each series
is fitted by itself: the same numbers come out whichever series are beside it.
"""

from dataclasses import dataclass

import numpy as np

from forecasting.history import AT_LEAST, OBSERVED, FloatArray, IntArray, StateArray
from forecasting.preparing.tails import log_mass_constant, tail

DISPERSIONS = 0.02 * 2.0 ** (np.arange(21) / 2.0)  # 0.02 to 20.5
LOG_DISPERSIONS = np.log(DISPERSIONS)
NEWTON_STEPS = 12
FEW_NEWTON_STEPS = 4  # from where the last fit ended
LEAST_LEVEL_SD = 0.3
LEAST_DISPERSION_SD = 0.15
ROUNDS = 8
SERIES_WORTH_OF_POOL = 10.0


@dataclass(frozen=True, slots=True)
class LevelPrior:
    """Normal priors of the logarithms of level (units per step) and dispersion of a series."""

    log_level: float
    log_level_sd: float
    log_dispersion: float
    log_dispersion_sd: float


VAGUE = LevelPrior(0.0, 2.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The steps of all series that say something, those that say the same counted together.

    `series`, `units`, `count`, `profile` are of groups of observed steps (units: their sum), `bound_*` of
    groups of equal bounds. `constant` is the part of the log-likelihood that no level changes, shape
    (dispersions, series).
    """

    length: int
    series: IntArray
    units: FloatArray
    count: FloatArray
    profile: FloatArray
    bound_series: IntArray
    bound: FloatArray
    bound_count: FloatArray
    bound_profile: FloatArray
    constant: FloatArray


@dataclass(frozen=True, slots=True)
class Fit:
    """Posterior of every series on the grid of dispersions: shape (dispersions, series) each.

    `log_level` is the most likely one given the dispersion, `variance` that of its logarithm, `weight` the
    probability of the dispersion.
    """

    log_level: FloatArray
    variance: FloatArray
    weight: FloatArray

    @property
    def level(self) -> FloatArray:
        """Units per step, shape (series,): the geometric mean over the dispersions."""
        level: FloatArray = np.exp(self.mean_of(self.log_level))
        return level

    @property
    def dispersion(self) -> FloatArray:
        """Shape (series,): the geometric mean."""
        dispersion: FloatArray = np.exp(
            self.mean_of(np.broadcast_to(LOG_DISPERSIONS[:, None], self.weight.shape))
        )
        return dispersion

    def mean_of(self, values: FloatArray) -> FloatArray:
        """Mean over the dispersions, added up in order so that no series' sum depends on its neighbors."""
        total = np.zeros(self.weight.shape[1])
        for weight, value in zip(self.weight, values, strict=True):
            total += weight * value
        return total


def gather(
    units: FloatArray, *, series: IntArray, state: StateArray, profile: FloatArray, length: int
) -> Evidence:
    """Group what the steps say; the first four of shape (entries,), `length` the number of series."""
    seen, bounded = state == OBSERVED, state == AT_LEAST
    who, sold = series[seen], units[seen]
    group, of_group = _groups(who, profile[seen], np.zeros(len(who)))
    bound_group, of_bound = _groups(series[bounded], profile[bounded], units[bounded])
    constant = [np.bincount(who, log_mass_constant(sold, 1.0 / a), length) for a in DISPERSIONS]
    return Evidence(
        length=length,
        series=who[group],
        units=np.bincount(of_group, sold, len(group)).astype(np.float64),
        count=np.bincount(of_group, minlength=len(group)).astype(np.float64),
        profile=profile[seen][group],
        bound_series=series[bounded][bound_group],
        bound=units[bounded][bound_group],
        bound_count=np.bincount(of_bound, minlength=len(bound_group)).astype(np.float64),
        bound_profile=profile[bounded][bound_group],
        constant=np.stack(constant),
    )


def fit_levels(evidence: Evidence, *, priors: FloatArray, start: Fit | None = None) -> Fit:
    """The posterior of every series; `priors` holds the four numbers of `LevelPrior`, shape (4, series).

    The score of a bound is that of demand at its expected value (missing-information principle), and
    d E[D | D >= c] / d log level = Var[D | D >= c] / (1 + dispersion x level), so Newton's steps are exact.

    Source: Orchard & Woodbury (1972), A missing information principle, 6th Berkeley Symposium.
    """
    center, sd, dispersion_center, dispersion_sd = priors
    log_level = np.empty((len(DISPERSIONS), evidence.length))
    curvature, score = np.empty_like(log_level), np.empty_like(log_level)
    rough = np.clip(_rough_log_level(evidence), center - 4.0 * sd, center + 4.0 * sd)
    for g, alpha in enumerate(DISPERSIONS.tolist()):
        at = rough if start is None else start.log_level[g]
        for _ in range(NEWTON_STEPS if start is None else FEW_NEWTON_STEPS):
            slope, bend = _slopes(evidence, np.exp(at), alpha)
            slope -= (at - center) / sd**2
            bend = np.maximum(bend, 0.0) + 1.0 / sd**2
            at = at + np.clip(slope / bend, -1.0, 1.0)
        log_level[g], curvature[g] = at, bend
        score[g] = evidence.constant[g] + _log_likelihood(evidence, np.exp(at), alpha)
        score[g] -= 0.5 * (((at - center) / sd) ** 2 + np.log(bend))
        score[g] -= 0.5 * ((LOG_DISPERSIONS[g] - dispersion_center) / dispersion_sd) ** 2
    weight = np.exp(score - score.max(axis=0))
    total = np.zeros(evidence.length)
    for row in weight:  # in order, as in Fit.mean_of
        total += row
    return Fit(log_level, 1.0 / curvature, weight / total)


def learn_level_priors(
    evidence: Evidence, *, groups: IntArray, count: int, pool: LevelPrior | None = None
) -> tuple[LevelPrior, ...]:
    """The prior of each of `count` groups of series, by empirical Bayes (EM over the posteriors).

    `groups` is shape (series,). With a `pool`, it counts as ten further series of every group, so that a
    group of few series leans on it and an empty one is it.
    """
    size = np.bincount(groups, minlength=count).astype(np.float64)
    first = pool or VAGUE
    rows = np.tile(as_column(first), (1, count))
    worth = SERIES_WORTH_OF_POOL if pool else 0.0
    if pool is None:
        rows[0] = _rough_log_level(evidence).mean()
    anchor = (first.log_level, first.log_level_sd, first.log_dispersion, first.log_dispersion_sd)
    fit: Fit | None = None
    for _ in range(ROUNDS):
        fit = fit_levels(evidence, priors=rows[:, groups], start=fit)
        squares = LOG_DISPERSIONS[:, None] ** 2 + np.zeros_like(fit.weight)
        moments = (
            (np.log(fit.level), anchor[0]),
            (fit.mean_of(fit.log_level**2 + fit.variance), anchor[0] ** 2 + anchor[1] ** 2),
            (np.log(fit.dispersion), anchor[2]),
            (fit.mean_of(squares), anchor[2] ** 2 + anchor[3] ** 2),
        )
        level, level2, spread, spread2 = (
            (np.bincount(groups, own, count) + worth * pooled) / np.maximum(size + worth, 1.0)
            for own, pooled in moments
        )
        rows = np.stack(
            [
                level,
                np.maximum(np.sqrt(np.maximum(level2 - level**2, 0.0)), LEAST_LEVEL_SD),
                spread,
                np.maximum(np.sqrt(np.maximum(spread2 - spread**2, 0.0)), LEAST_DISPERSION_SD),
            ]
        )
    return tuple(LevelPrior(*column) for column in rows.T.tolist())


def as_column(prior: LevelPrior) -> FloatArray:
    """The four numbers, shape (4, 1)."""
    numbers = (prior.log_level, prior.log_level_sd, prior.log_dispersion, prior.log_dispersion_sd)
    return np.array(numbers, dtype=np.float64)[:, None]


def _groups(series: IntArray, profile: FloatArray, units: FloatArray) -> tuple[IntArray, IntArray]:
    """One entry of every group of equal (series, profile, units), in order, and the group of every entry."""
    order = np.lexsort((units, profile, series))
    first = np.ones(len(order), dtype=np.bool_)
    changes = [np.diff(key[order]) != 0 for key in (series, profile, units)]
    first[1:] = changes[0] | changes[1] | changes[2]
    group_of = np.empty(len(order), dtype=np.int64)
    group_of[order] = np.cumsum(first) - 1
    return order[first], group_of


def _rough_log_level(evidence: Evidence) -> FloatArray:
    """Units per step as if bounds were sales; half a unit in half a step keeps it finite."""
    units = _per_series(evidence, evidence.units, evidence.bound_count * evidence.bound)
    steps = _per_series(
        evidence, evidence.count * evidence.profile, evidence.bound_count * evidence.bound_profile
    )
    rough: FloatArray = np.log((units + 0.5) / (steps + 0.5))
    return rough


def _slopes(evidence: Evidence, level: FloatArray, alpha: float) -> tuple[FloatArray, FloatArray]:
    """First and negative second derivative of the log-likelihood by the log level, shape (series,)."""
    mean = level[evidence.series] * evidence.profile
    width = 1.0 + alpha * mean
    off = evidence.units - evidence.count * mean
    bounded = level[evidence.bound_series] * evidence.bound_profile
    bound_width = 1.0 + alpha * bounded
    beyond = tail(evidence.bound, mean=bounded, dispersion=alpha)
    bound_off = beyond.mean - bounded
    bound_bend = (
        bounded - beyond.variance / bound_width + bound_off * alpha * bounded / bound_width
    ) / bound_width
    return (
        _per_series(evidence, off / width, evidence.bound_count * bound_off / bound_width),
        _per_series(
            evidence,
            (evidence.count * mean + off * alpha * mean / width) / width,
            evidence.bound_count * bound_bend,
        ),
    )


def _log_likelihood(evidence: Evidence, level: FloatArray, alpha: float) -> FloatArray:
    mean = level[evidence.series] * evidence.profile
    said = evidence.units * (np.log(alpha * mean) - np.log1p(alpha * mean))
    said -= evidence.count / alpha * np.log1p(alpha * mean)
    bounded = level[evidence.bound_series] * evidence.bound_profile
    beyond = tail(evidence.bound, mean=bounded, dispersion=alpha)
    return _per_series(evidence, said, evidence.bound_count * beyond.log_chance)


def _per_series(evidence: Evidence, of_groups: FloatArray, of_bounds: FloatArray) -> FloatArray:
    total: FloatArray = np.zeros(evidence.length)
    total += np.bincount(evidence.series, of_groups, evidence.length)
    total += np.bincount(evidence.bound_series, of_bounds, evidence.length)
    return total
