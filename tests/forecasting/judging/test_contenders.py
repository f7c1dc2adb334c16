"""The product as a contender: exactly what it would have forecast from each origin."""

import numpy as np

from forecasting.forecast import forecast
from forecasting.judging.contenders import Nodewise
from forecasting.quantiles.levels import LEVELS
from forecasting.reading.frame import read_frame


def test_nodewise_says_what_the_forecast_of_the_frame_known_then_says(gifts):
    history = read_frame(gifts)
    mean, spread = Nodewise().run(history, [40, 74], 6, LEVELS)
    cutoffs = sorted(gifts["ds"].unique())
    for at, origin in enumerate([40, 74]):
        then = forecast(gifts[gifts["ds"] <= cutoffs[origin - 1]], horizon=6)
        rows = [history.ids.index(unique_id) for unique_id in then.ids]
        np.testing.assert_array_equal(mean[at, rows], then.mean)
        np.testing.assert_array_equal(spread[at, rows], then.quantiles)
        silent = np.delete(mean[at], rows, axis=0)
        assert np.isnan(silent).all()
    assert len(silent) < np.isnan(mean[0, :, 0]).sum()  # the young series begin later
