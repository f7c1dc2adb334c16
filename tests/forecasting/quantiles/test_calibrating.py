"""Widths, families and maps: what a known truth must teach; quantiles stay sane whatever was learned."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.classes import CLASSES
from forecasting.history import FloatArray, Grain
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from forecasting.quantiles.calibrating import calibrate
from forecasting.quantiles.calibration import GRID, Calibration, Family, uncalibrated, units_at
from forecasting.quantiles.levels import LEVELS

SMOOTH = 0
SHAPE = (12, 150, 8)
PLAIN = [Family.NEGATIVE_BINOMIAL] * 3


def negative_binomial(mean: FloatArray, dispersion: float, seed: int) -> FloatArray:
    shape = 1 / dispersion
    drawn = np.random.default_rng(seed).negative_binomial(shape, shape / (shape + mean))
    return drawn.astype(np.float64)


def heavy_tailed(mean: FloatArray, seed: int) -> FloatArray:
    """A quarter of the mean mostly, and in one step of twelve ten times the mean."""
    rng = np.random.default_rng(seed)
    return rng.poisson(mean * np.where(rng.random(mean.shape) < 1 / 13, 10, 0.25)).astype(np.float64)


def levels_of_series(
    shape: tuple[int, int, int] = SHAPE, *, least: float = 5, most: float = 30
) -> FloatArray:
    level = np.random.default_rng(1).uniform(least, most, (1, shape[1], 1))
    return np.broadcast_to(level, shape).copy()


def learned(mean: FloatArray, sold: FloatArray, *, dispersion: float = 0.3) -> Calibration:
    """All series smooth, said to scatter with one dispersion."""
    classes = np.full(mean.shape[:2], SMOOTH)
    return calibrate(mean, np.full(mean.shape, dispersion), sold, classes, grain=Grain.WEEK)


def shares_below(
    calibration: Calibration, mean: FloatArray, sold: FloatArray, dispersion: float
) -> FloatArray:
    """Middle of the shares below, and at or below, each level; shape (levels,)."""
    flat, came = mean.reshape(-1, mean.shape[2]), sold.reshape(-1, mean.shape[2])
    classes = np.full(len(flat), SMOOTH)
    wide = dispersion * calibration.width(classes, mean.shape[2], Grain.WEEK)
    said = calibration.quantiles(flat, wide, classes, LEVELS, Grain.WEEK)
    below, up_to = came[..., None] < said, came[..., None] <= said
    middle: FloatArray = 0.5 * (below + up_to.astype(np.float64)).mean(axis=(0, 1))
    return middle


def test_nothing_to_learn_from_leaves_the_plain_negative_binomial():
    nothing = np.full(SHAPE, np.nan)
    made = learned(nothing, nothing)
    plain = uncalibrated()
    assert made.families == plain.families
    assert made.widths.tobytes() == plain.widths.tobytes()
    assert made.maps.tobytes() == plain.maps.tobytes()


def test_demand_as_wide_as_said_leaves_the_width_near_1():
    mean = levels_of_series()
    made = learned(mean, negative_binomial(mean, 0.3, 2))
    assert list(made.families[SMOOTH]) == PLAIN
    np.testing.assert_allclose(made.widths[SMOOTH], 1.0, atol=0.35)


@pytest.mark.parametrize(("truth", "least", "most"), [(0.6, 1.3, 2.01), (0.15, 0.49, 0.8), (2.4, 2.0, 4.01)])
def test_widths_go_toward_the_truth_and_not_beyond(truth, least, most):
    mean = levels_of_series()
    made = learned(mean, negative_binomial(mean, truth, 3))
    assert ((least < made.widths[SMOOTH]) & (made.widths[SMOOTH] < most)).all()
    np.testing.assert_array_equal(made.widths[1:], np.ones((3, 3)))


def test_the_less_evidence_the_nearer_the_width_stays_to_1():
    widths = []
    for series in (2, 20, 200):
        mean = levels_of_series((12, series, 8))
        widths.append(float(learned(mean, negative_binomial(mean, 2.4, 4)).widths[SMOOTH, 2]))
    assert 1 < widths[0] < widths[1] < widths[2]


@pytest.mark.parametrize("mean", [0.004, 0.0015])
def test_where_every_width_gives_the_same_quantiles_none_is_learned(mean):
    said = np.full(SHAPE, mean)
    made = learned(said, np.zeros(SHAPE), dispersion=0.5)
    np.testing.assert_array_equal(made.widths, np.ones((4, 3)))


def test_classes_and_buckets_learn_apart():
    mean = levels_of_series()
    sold = negative_binomial(mean, 0.3, 5)
    sold[:, 75:, 4:] = negative_binomial(mean[:, 75:, 4:], 2.4, 6)
    classes = np.tile(np.where(np.arange(150) < 75, 0, 3), (12, 1))
    made = calibrate(mean, np.full(SHAPE, 0.3), sold, classes, grain=Grain.WEEK)
    assert made.widths[3, 2] > 2
    np.testing.assert_allclose(made.widths[[0, 0, 0, 3, 3], [0, 1, 2, 0, 1]], 1.0, atol=0.35)
    np.testing.assert_array_equal(made.widths[1:3], np.ones((2, 3)))


def test_a_heavy_tail_is_met_by_another_family_that_holds_on_later_origins():
    mean = levels_of_series()
    made = learned(mean, heavy_tailed(mean, 7))
    assert all(family is not Family.NEGATIVE_BINOMIAL for family in made.families[SMOOTH])
    fresh = heavy_tailed(mean, 8)
    levels = np.array(LEVELS)
    off = np.abs(shares_below(made, mean, fresh, 0.3) - levels).mean()
    assert off < 0.05
    assert off < 0.5 * np.abs(shares_below(uncalibrated(), mean, fresh, 0.3) - levels).mean()


def test_a_tail_of_the_earlier_origins_alone_is_not_believed():
    mean = levels_of_series()
    sold = negative_binomial(mean, 0.3, 9)
    sold[:6] = heavy_tailed(mean[:6], 10)
    assert list(learned(mean, sold).families[SMOOTH]) == PLAIN


@pytest.mark.parametrize("origins", [1, 2, 3])
def test_with_too_few_origins_to_hold_some_back_no_family_is_chosen(origins):
    mean = levels_of_series((origins, 150, 8))
    assert list(learned(mean, heavy_tailed(mean, 11)).families[SMOOTH]) == PLAIN


def test_a_market_that_rose_and_fell_again_is_no_shape():
    mean = levels_of_series()
    market = np.where(np.arange(12) < 6, 1.5, 1 / 1.5)[:, None, None]
    assert list(learned(mean, negative_binomial(mean * market, 0.3, 12)).families[SMOOTH]) == PLAIN


def calm_or_wild(mean: FloatArray, seed: int) -> FloatArray:
    """Most steps scatter little, the others much: a shape that no one dispersion has."""
    rng = np.random.default_rng(seed)
    shape = 1 / np.where(rng.random(mean.shape) < 0.7, 0.02, 3.0)
    return rng.negative_binomial(shape, shape / (shape + mean)).astype(np.float64)


@pytest.mark.parametrize(
    "market", [np.full(12, 1.2), 1.2 ** np.array([1, -1] * 6)], ids=["up", "up and down"]
)
def test_the_map_of_a_shape_is_the_same_whatever_the_market_did(market):
    mean = np.exp(levels_of_series(least=np.log(0.3), most=np.log(50)))
    still = learned(mean, calm_or_wild(mean, 14))
    moved = learned(mean, calm_or_wild(mean * market[:, None, None], 14))
    for number in (1, 2):
        assert still.families[SMOOTH][number] is moved.families[SMOOTH][number] is Family.CONFORMAL
        assert np.abs(still.maps[SMOOTH, number] - GRID).max() > 0.03
        assert np.abs(moved.maps[SMOOTH, number] - still.maps[SMOOTH, number]).max() < 0.02


def test_means_that_are_next_to_nothing_teach_no_ratios():
    mean = levels_of_series()
    mean[:, :50] = 1e-9
    sold = negative_binomial(mean, 0.3, 15)
    sold[:, :50] = 7.0
    made = learned(mean, sold)
    alone = learned(mean[:, 50:], sold[:, 50:])
    assert made.to_document() == alone.to_document()


@st.composite
def calibrations(draw) -> Calibration:
    """Any families, widths and rising maps: levels below 1 but for the last, or ratios up to a million."""
    shape = (len(CLASSES), 3)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    families = tuple(tuple(draw(st.sampled_from(Family)) for _ in range(3)) for _ in CLASSES)
    maps = np.sort(rng.random((*shape, len(GRID))) ** draw(st.sampled_from([0.1, 1.0, 10.0])), axis=2)
    maps[..., 0], maps[..., -1] = 0.0, 1.0
    for code, row in enumerate(families):
        for number, family in enumerate(row):
            if family is Family.EMPIRICAL:
                maps[code, number] *= draw(st.sampled_from([0.0, 1.0, 30.0, 1e6]))
    return Calibration(families, rng.uniform(0.1, 5, shape), maps)


@given(
    calibrations(),
    st.lists(st.sampled_from([0.0, 1e-12, 1e-3, 0.4, 3.0, 77.0, 1e4, 1e6]), min_size=1, max_size=4),
    st.sampled_from([0.0, 1e-7, 0.3, 25.0]),
    st.lists(st.floats(1e-4, 1 - 1e-4), min_size=1, max_size=6, unique=True).map(sorted),
    st.sampled_from(Grain),
)
def test_quantiles_are_whole_not_negative_and_never_cross(calibration, means, dispersion, levels, grain):
    mean = np.repeat(np.array(means)[:, None], 30, axis=1)
    classes = np.arange(len(means)) % 4
    wide = dispersion * calibration.width(classes, 30, grain)
    units = calibration.quantiles(mean, wide, classes, levels, grain)
    assert units.shape == (len(means), 30, len(levels))
    assert units.dtype == np.int64
    assert (units >= 0).all()
    assert (np.diff(units, axis=2) >= 0).all()
    assert (units[mean == 0] == 0).all()


@given(calibrations())
def test_a_calibration_is_the_same_after_it_was_kept_as_text(calibration):
    again = Calibration.from_document(json.loads(json.dumps(calibration.to_document())))
    assert again.families == calibration.families
    assert again.widths.tobytes() == calibration.widths.tobytes()
    assert again.maps.tobytes() == calibration.maps.tobytes()


@pytest.mark.parametrize("mean", [1e-12, 0.2, 5.0, 1e3, 1e6])
@pytest.mark.parametrize("dispersion", [0.0, 0.5, 25.0])
def test_uncalibrated_quantiles_are_those_of_the_negative_binomial_at_any_level(mean, dispersion):
    levels = np.array([0.001, 0.05, 0.333, 0.5, 0.876, 0.99, 0.9975])
    cell = np.array([[mean]]), np.array([[dispersion]])
    read = uncalibrated().quantiles(*cell, np.array([1]), levels.tolist(), Grain.WEEK)
    np.testing.assert_array_equal(read, negative_binomial_quantiles(*cell, levels))


def test_an_empirical_quantile_is_the_mean_times_a_ratio_rounded_up():
    mean, dispersion = np.array([[10.0, 3.0, 0.0]]), np.ones((1, 3))
    units = units_at(Family.EMPIRICAL, np.array([0.0, 0.3, 1.1, 2.0]), mean, dispersion)
    assert units[0].tolist() == [[0, 3, 11, 20], [0, 1, 4, 6], [0, 0, 0, 0]]


def test_extreme_means_and_sales_teach_finite_calibrations():
    rng = np.random.default_rng(16)
    mean = 10.0 ** rng.uniform(-12, 6, (5, 6, 8))
    sold = np.round(10.0 ** rng.uniform(-3, 6, mean.shape))
    made = learned(mean, sold)
    assert np.isfinite(made.widths).all()
    assert np.isfinite(made.maps).all()
    assert (np.diff(made.maps, axis=2) >= 0).all()
