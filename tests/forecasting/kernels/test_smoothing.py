"""The compiled loops, against other implementations of the same formulas and against definitions."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.history import ESTIMATED, MASKED, FloatArray, IntArray, StateArray
from forecasting.kernels.smoothing import (
    Drifting,
    Leveled,
    robust_level,
    smooth,
    theta,
    trailing_mean,
    tsb,
)
from fulfillment.errors import InvalidInput

RATES = {"demand_smoothing": 0.2, "probability_smoothing": 0.1}
KERNELS: dict[str, Callable[..., Leveled | Drifting]] = {
    "smooth": smooth,
    "tsb": partial(tsb, **RATES),
    "theta": partial(theta, horizon=3),
    "trailing_mean": partial(trailing_mean, window=5),
    "robust_level": partial(robust_level, window=5),
}
LEVELS_ONLY = [name for name in KERNELS if name != "theta"]
each_kernel = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
each_level = pytest.mark.parametrize("kernel", [KERNELS[name] for name in LEVELS_ONLY], ids=LEVELS_ONLY)

histories = st.lists(st.integers(0, 60).map(float), min_size=1, max_size=40)
worlds = st.lists(
    st.lists(st.tuples(st.integers(0, 60).map(float), st.booleans()), min_size=1, max_size=25),
    min_size=1,
    max_size=4,
)


class Laid(NamedTuple):
    """Series laid end to end."""

    units: FloatArray
    starts: IntArray
    state: StateArray


def laid(*series: list[float] | FloatArray) -> Laid:
    units = np.concatenate([np.asarray(one, dtype=np.float64) for one in series])
    starts = np.concatenate([[0], np.cumsum([len(one) for one in series])])
    return Laid(units, starts, np.zeros(len(units), dtype=np.uint8))


def ahead(said: Leveled | Drifting) -> FloatArray:
    return said.mean if isinstance(said, Drifting) else said.level


def made_series(count: int, *, seed: int) -> list[FloatArray]:
    """Whole units of up to 157 steps, from rare to frequent, with levels that stay, drift or wander."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        steps = int(rng.integers(4, 158))
        wander = np.exp(np.cumsum(rng.normal(0, rng.choice([0, 0.05, 0.3]), steps)))
        level = 10 ** rng.uniform(-1, 2.5) * np.linspace(1, rng.uniform(0.1, 3), steps) * wander
        shape = 1 / rng.uniform(0.1, 3)
        made.append(rng.negative_binomial(shape, shape / (shape + level)).astype(np.float64))
    return made


def smoothed_by(alpha: float, series: FloatArray) -> FloatArray:
    """The level after each entry."""
    levels = [float(series[0])]
    for y in series[1:]:
        levels.append(alpha * float(y) + (1 - alpha) * levels[-1])
    return np.array(levels)


@pytest.fixture(scope="module")
def made() -> list[FloatArray]:
    return made_series(150, seed=5)


# --- what holds for all of them ---------------------------------------------------------------------


@each_kernel
@given(world=worlds)
def test_masked_entries_are_as_if_they_were_not_there(kernel, world) -> None:
    units = laid(*[[y for y, _ in series] for series in world])
    masked = np.array([is_masked for series in world for _, is_masked in series])
    said = kernel(units.units, units.starts, np.where(masked, MASKED, 0).astype(np.uint8))

    kept = laid(*[[y for y, is_masked in series if not is_masked] for series in world])
    expected = kernel(*kept)
    np.testing.assert_array_equal(ahead(said), ahead(expected))
    np.testing.assert_array_equal(said.fitted[~masked], expected.fitted)


@each_kernel
@given(world=worlds, data=st.data())
def test_nothing_after_an_end_is_looked_at(kernel, world, data) -> None:
    series = [[y for y, _ in one] for one in world]
    ends = np.array([data.draw(st.integers(0, len(one))) for one in series])
    cut = kernel(*laid(*[one[:end] for one, end in zip(series, ends, strict=True)]))
    whole = laid(*series)
    known = np.concatenate([np.arange(len(one)) < end for one, end in zip(series, ends, strict=True)])
    said = kernel(np.where(known, whole.units, np.inf), whole.starts, whole.state, ends=ends)
    np.testing.assert_array_equal(ahead(said), ahead(cut))
    np.testing.assert_array_equal(said.fitted[known], cut.fitted)
    assert np.isnan(said.fitted[~known]).all()


@each_kernel
def test_a_series_is_told_the_same_alone_as_among_others(kernel, made) -> None:
    together = kernel(*laid(*made[:20]))
    for i, series in enumerate(made[:20]):
        np.testing.assert_array_equal(ahead(kernel(*laid(series)))[0], ahead(together)[i])


@each_level
@given(history=histories)
def test_what_was_said_of_an_entry_is_what_was_known_before_it(kernel, history) -> None:
    if kernel is smooth:  # its alpha is that of the whole history
        said = smooth(*laid(history))
        levels = smoothed_by(float(said.alpha[0]), np.array(history))
        np.testing.assert_allclose(said.fitted[1:], levels[:-1], rtol=1e-12, atol=1e-12)
        assert said.level[0] == pytest.approx(levels[-1], rel=1e-12, abs=1e-12)
    else:
        said = kernel(*laid(history))
        earlier = [kernel(*laid(history[:t])).level[0] for t in range(1, len(history))]
        np.testing.assert_array_equal(said.fitted[1:], earlier)
    assert np.isnan(said.fitted[0])


@each_kernel
@pytest.mark.parametrize("level", [0.0, 7.0])
@pytest.mark.parametrize("steps", [1, 2, 30])
def test_a_series_that_never_changes_goes_on_alike(kernel, level, steps) -> None:
    np.testing.assert_allclose(ahead(kernel(*laid([level] * steps))), level, rtol=1e-12)


@each_kernel
def test_of_a_series_without_a_known_entry_nothing_is_said(kernel) -> None:
    series = laid([4.0, 5.0], [1.0, 2.0], [3.0])
    state = np.array([0, 0, MASKED, MASKED, 0], dtype=np.uint8)
    said = kernel(series.units, series.starts, state, ends=np.array([2, 2, 0]))
    assert np.isnan(ahead(said)).reshape(3, -1).all(axis=1).tolist() == [False, True, True]
    assert np.isnan(said.fitted[2:]).all()


@each_kernel
@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"starts": np.array([0, 2, 4])}, "/starts"),
        ({"starts": np.array([1, 2, 3])}, "/starts"),
        ({"starts": np.array([0, 4, 3])}, "/starts"),
        ({"starts": np.array([], dtype=np.int64)}, "/starts"),
        ({"state": np.zeros(2, dtype=np.uint8)}, "/state"),
        ({"ends": np.array([2, 2])}, "/ends"),
        ({"ends": np.array([-1, 1])}, "/ends"),
        ({"ends": np.array([2])}, "/ends"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(kernel, changed, pointer) -> None:
    arrays = {**laid([1.0, 2.0], [3.0])._asdict(), **changed}
    with pytest.raises(InvalidInput) as refused:
        kernel(**arrays)
    assert refused.value.pointer == pointer


def test_a_horizon_or_a_window_of_nothing_is_refused() -> None:
    series = laid([1.0, 2.0])
    with pytest.raises(InvalidInput, match="horizon is 0"):
        theta(*series, horizon=0)
    with pytest.raises(InvalidInput, match="window is 0"):
        trailing_mean(*series, window=0)


# --- one by one --------------------------------------------------------------------------------------


def test_smoothing_errs_no_more_than_that_of_statsforecast(made) -> None:
    from statsforecast.models import SimpleExponentialSmoothingOptimized

    series = laid(*made)
    said = smooth(*series)
    for i, y in enumerate(made):
        theirs = SimpleExponentialSmoothingOptimized().forecast(y=y, h=1, fitted=True)["fitted"]
        ours = said.fitted[series.starts[i] : series.starts[i + 1]]
        assert ((y - ours)[1:] ** 2).sum() <= ((y - theirs)[1:] ** 2).sum() * (1 + 1e-8) + 1e-9


def test_no_alpha_of_a_thousand_errs_less(made) -> None:
    said = smooth(*laid(*made[:25]))
    for i, y in enumerate(made[:25]):
        errors = [
            ((y[1:] - smoothed_by(alpha, y)[:-1]) ** 2).sum()
            for alpha in (said.alpha[i], *np.linspace(0.01, 0.99, 1_000))
        ]
        assert errors[0] <= min(errors[1:]) * (1 + 1e-9)


def test_tsb_is_that_of_statsforecast(made) -> None:
    from statsforecast.models import TSB

    series = laid(*made)
    said = tsb(*series, **RATES)
    for i, y in enumerate(made):
        theirs = TSB(alpha_d=0.2, alpha_p=0.1).forecast(y=y, h=1, fitted=True)
        assert said.level[i] == pytest.approx(theirs["mean"][0], rel=1e-9, abs=1e-9)
        fitted = said.fitted[series.starts[i] : series.starts[i + 1]]
        np.testing.assert_allclose(fitted, theirs["fitted"], rtol=1e-9, atol=1e-9)


def test_tsb_forgets_a_single_sale_step_by_step() -> None:
    said = tsb(*laid([0.0, 0.0, 50.0, 0.0, 0.0]), **RATES)
    assert said.fitted[1:].tolist() == pytest.approx([0.0, 0.0, 5.0, 4.5])
    assert said.level[0] == pytest.approx(50 * 0.1 * 0.9 * 0.9)


@given(history=st.lists(st.integers(0, 60).map(float), min_size=2, max_size=40))
def test_theta_is_the_mean_of_the_line_and_of_twice_the_distance_to_it_smoothed(history) -> None:
    said = theta(*laid(history), horizon=6)
    alpha = float(smooth(*laid(history)).alpha[0])

    steps = np.arange(1, len(history) + 1)
    slope, intercept = np.polyfit(steps, history, 1)
    doubled = smoothed_by(alpha, 2 * np.array(history) - (intercept + slope * steps))
    ahead_of_all = (doubled[-1] + intercept + slope * (len(history) + np.arange(1, 7))) / 2
    np.testing.assert_allclose(said.mean[0], ahead_of_all, rtol=1e-7, atol=1e-7)
    before_each = (doubled[:-1] + intercept + slope * steps[1:]) / 2
    np.testing.assert_allclose(said.fitted[1:], before_each, rtol=1e-7, atol=1e-7)


def test_theta_is_close_to_that_of_statsforecast_which_fits_the_first_level_too(made) -> None:
    from statsforecast.models import Theta

    long = [y for y in made if len(y) >= 60]
    ours = theta(*laid(*long), horizon=8).mean
    theirs = np.array([Theta(season_length=1).forecast(y=y, h=8)["mean"] for y in long])
    apart = np.abs(ours - theirs).mean(axis=1) / np.array([y.mean() for y in long])
    assert np.median(apart) < 0.05
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.99


@given(history=histories, window=st.integers(1, 45))
def test_a_trailing_mean_is_that_of_the_last_entries(history, window) -> None:
    said = trailing_mean(*laid(history), window=window)
    assert said.level[0] == pytest.approx(np.mean(history[-window:]), rel=1e-12)


@given(history=histories, window=st.integers(1, 45))
def test_a_robust_level_is_the_mean_below_the_fence_of_what_sold(history, window) -> None:
    last = np.array(history[-window:])
    sold = last[last > 0]
    lower, upper = np.quantile(sold, [0.25, 0.75]) if len(sold) else (0.0, 0.0)
    expected = np.minimum(last, upper + 1.5 * max(upper - lower, 1.0)).mean()
    assert robust_level(*laid(history), window=window).level[0] == pytest.approx(expected, rel=1e-9)


def test_one_bulk_order_does_not_raise_a_robust_level() -> None:
    steady = [9.0, 11.0, 10.0, 12.0, 8.0, 10.0, 9.0, 11.0]
    usual = robust_level(*laid(steady), window=9).level[0]
    with_bulk = laid([*steady[:4], 4_000.0, *steady[4:]])
    assert robust_level(*with_bulk, window=9).level[0] == pytest.approx(usual, rel=0.1)
    assert trailing_mean(*with_bulk, window=9).level[0] > 400


def test_a_line_that_sells_rarely_keeps_its_robust_level() -> None:
    rare = laid([0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0])
    assert robust_level(*rare, window=10).level[0] == trailing_mean(*rare, window=10).level[0] == 0.5


def with_estimates(units: list[float], at: list[int]) -> Laid:
    series = laid(units)
    series.state[at] = ESTIMATED
    return series


def test_an_estimated_step_keeps_its_place_in_the_window():
    series = with_estimates([100.0, 1.0, 2.0, 3.0], [2])
    assert trailing_mean(*series, window=3).level.tolist() == [2.0]


def test_smoothing_follows_an_estimated_step_like_any_other():
    units = [3.0, 9.0, 1.0, 4.0, 8.0, 2.0, 7.0]
    seen, estimated = laid(units), with_estimates(units, [3, 5])
    assert smooth(*estimated).level.tolist() == smooth(*seen).level.tolist()
    assert theta(*estimated, horizon=2).mean.tolist() == theta(*seen, horizon=2).mean.tolist()


def test_an_estimated_step_at_its_own_level_is_no_sale_for_tsb_and_changes_nothing():
    units = [6.0, 0.0, 0.0, 4.0, 0.0]
    before = float(tsb(*laid(units), **RATES).level[0])
    (after,) = tsb(*with_estimates([*units, before, before], [5, 6]), **RATES).level
    assert after == pytest.approx(before, rel=1e-12)


def test_tsb_follows_a_market_that_moves_while_supply_fails():
    units = [6.0, 0.0, 0.0, 4.0, 0.0]
    before = float(tsb(*laid(units), **RATES).level[0])
    for times in (0.5, 2.0, 20.0):
        (after,) = tsb(*with_estimates([*units, times * before], [5]), **RATES).level
        assert min(1.0, times) * before < after < max(1.0, times) * before


def test_an_estimated_step_loses_the_share_of_bulk_orders_that_seen_ones_lose():
    sizes = [4.0, 5.0, 6.0, 5.0, 4.0, 6.0, 5.0, 500.0]
    seen = float(robust_level(*laid(sizes), window=20).level[0])
    mean = float(np.mean(sizes))
    (level,) = robust_level(*with_estimates([*sizes, mean, mean], [8, 9]), window=20).level
    assert seen < 10.0
    assert level == pytest.approx(seen, rel=1e-12)
