"""Measures by hand, and against another implementation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from utilsforecast import losses

from forecasting.measures import (
    Sums,
    calibration_distances,
    measures_of,
    naive_scale,
    quantile_loss,
    sums_of,
)
from forecasting.reading.frame import read_frame
from fulfillment.errors import InvalidInput

LEVELS = (0.1, 0.5, 0.9)


def test_the_loss_of_the_median_is_the_absolute_error():
    loss = quantile_loss(np.array([[10.0]]), np.array([[[7.0]]]), (0.5,))
    assert loss.tolist() == [[3.0]]


def test_the_loss_of_a_high_quantile_is_dear_below_and_cheap_above():
    sold = np.array([[10.0, 10.0]])
    loss = quantile_loss(sold, np.array([[[8.0], [12.0]]]), (0.9,))
    assert loss == pytest.approx(np.array([[3.6, 0.4]]))


@given(came=st.floats(0, 1e4), spread=st.lists(st.floats(0, 1e4), min_size=3, max_size=3))
def test_the_quantile_loss_is_that_of_another_implementation(came, spread):
    frame = pd.DataFrame({"unique_id": ["a"], "y": [came], **{f"q{i}": [q] for i, q in enumerate(spread)}})
    theirs = [
        2 * losses.quantile_loss(frame, {"m": f"q{i}"}, q=level)["m"].iloc[0]
        for i, level in enumerate(LEVELS)
    ]
    ours = quantile_loss(np.array(came), np.array(spread), LEVELS)
    assert float(ours) == pytest.approx(np.mean(theirs))


def test_the_scale_is_the_mean_squared_change_since_the_first_sale(make_frame):
    history = read_frame(make_frame({"late|x": [0, 0, 3, 5, 1], "same|x": [4, 4, 4], "short|x": [2]}))
    scale = naive_scale(history.units, history.starts, history.observed)
    assert scale.tolist() == [(2**2 + 4**2) / 2, 0.0, 0.0]


def test_a_change_from_or_to_a_stock_out_is_no_change(make_frame):
    frame = make_frame({"a|x": [3, 9, 3, 5]}, stocked_out=[False, True, False, False])
    history = read_frame(frame)
    assert naive_scale(history.units, history.starts, history.observed).tolist() == [4.0]


def _sums(came, mean, *, spread=None, judged=None, scale=None, levels=LEVELS) -> Sums:
    """Sums of one model; by default all is judged, every quantile is the mean, and every scale is 1."""
    came, mean = np.asarray(came, dtype=float), np.asarray(mean, dtype=float)
    return sums_of(
        came,
        mean,
        np.repeat(mean[..., None], len(levels), axis=-1)
        if spread is None
        else np.asarray(spread, dtype=float),
        levels=levels,
        judged=np.ones(came.shape, dtype=bool) if judged is None else np.asarray(judged),
        scale=np.ones(came.shape[:2]) if scale is None else np.asarray(scale, dtype=float),
    )


def test_measures_by_hand():
    # Two origins, one series, two steps: 10 and 0 came where 8 and 2 were said, then 4 and 6 where 4 and 9.
    measures = measures_of(_sums([[[10, 0]], [[4, 6]]], [[[8, 2]], [[4, 9]]], scale=[[4], [9]]))
    assert measures.wape.tolist() == [7 / 20]
    assert measures.bias.tolist() == [3 / 20]
    assert measures.rmsse[0] == pytest.approx((np.sqrt(4 / 4) + np.sqrt(4.5 / 9)) / 2)
    # Where every quantile is the mean, the three levels average to the absolute error.
    assert measures.wql[0] == pytest.approx(7 / 20)
    assert measures.below.tolist() == [[0.5, 0.5, 0.5]]
    assert measures.at_or_below.tolist() == [[0.75, 0.75, 0.75]]


def test_root_mean_squared_scaled_errors_are_those_of_another_implementation(gifts):
    train = gifts[gifts["ds"] < "2011-04-01"]
    history = read_frame(train)
    test = gifts[gifts["ds"] >= "2011-04-01"].sort_values(["unique_id", "ds"])
    said = np.random.default_rng(5).uniform(0, 50, len(test))
    theirs = losses.rmsse(test.assign(m=said), ["m"], seasonality=1, train_df=_since_first_sale(train))
    scale = naive_scale(history.units, history.starts, history.observed)
    known = scale > 0
    assert known.sum() > 20
    came = test["y"].to_numpy(dtype=float).reshape(1, len(history), -1)
    ours = measures_of(_sums(came, said.reshape(came.shape), scale=scale[None, :]))
    assert ours.rmsse[0] == pytest.approx(theirs.sort_values("unique_id")["m"].to_numpy()[known].mean())


def _since_first_sale(train: pd.DataFrame) -> pd.DataFrame:
    return train[train.groupby("unique_id")["y"].cumsum() > 0]


def test_a_constant_series_is_left_out_of_the_scaled_error_and_counted():
    sums = _sums([[[5, 5], [9, 9]]], [[[6, 6], [9, 11]]], scale=[[0, 4]])
    assert sums.constant_series.tolist() == [1]
    assert measures_of(sums).rmsse[0] == pytest.approx(np.sqrt(2 / 4))
    assert measures_of(sums).wape[0] == pytest.approx(4 / 28)


def test_cells_that_are_not_judged_count_nowhere():
    came, mean = [[[10.0, np.nan]]], [[[8.0, np.nan]]]
    measures = measures_of(_sums(came, mean, judged=[[[True, False]]]))
    assert measures.wape.tolist() == [0.2]
    assert measures.rmsse.tolist() == [2.0]


def test_a_silent_model_is_refused_where_it_is_judged():
    with pytest.raises(InvalidInput, match=r"no forecast of 1 judged steps, first of .* \(0, 0, 1\)"):
        _sums([[[1, 2]]], [[[1, np.nan]]])


def test_where_nothing_sold_ratios_are_no_numbers():
    measures = measures_of(_sums([[[0, 0]]], [[[1, 0]]], scale=[[0]]))
    assert np.isnan([measures.wql[0], measures.wape[0], measures.bias[0], measures.rmsse[0]]).all()
    assert measures.at_or_below.tolist() == [[1, 1, 1]]


def test_an_origin_that_is_drawn_twice_counts_twice():
    sums = _sums([[[10]], [[20]]], [[[10]], [[26]]])
    drawn = measures_of(sums, np.array([[1, 1], [0, 2], [2, 0]]))
    assert drawn.wape.tolist() == [6 / 30, 12 / 40, 0.0]
    assert drawn.bias.tolist() == drawn.wape.tolist()


def test_a_level_between_its_two_shares_is_calibrated_and_one_outside_is_as_far_as_its_nearer_share():
    levels = (0.25, 0.5, 0.75, 0.9)
    below = np.array([[0.9, 0.45, 0.80, 0.7]])
    at_or_below = np.array([[0.9, 0.55, 0.85, 0.8]])
    distances = calibration_distances(levels, below, at_or_below)  # 0.25 is none of the levels planned with
    assert distances[0] == pytest.approx([0.0, 0.05, 0.1])


def test_the_true_quantiles_of_poisson_demand_are_calibrated_and_doubled_ones_are_not():
    from scipy import stats

    came = np.random.default_rng(2).poisson(3.0, size=(4, 500, 8)).astype(float)
    levels = (0.5, 0.75, 0.9, 0.95, 0.99)
    true = np.broadcast_to(stats.poisson.ppf(levels, 3.0), (*came.shape, 5))
    mean = np.full(came.shape, 3.0)
    assert measures_of(_sums(came, mean, spread=true, levels=levels)).calibration[0] == 0
    assert measures_of(_sums(came, mean, spread=2 * true, levels=levels)).calibration[0] > 0.05
