"""The public forecast: buffers, order, determinism and cost of import."""

import subprocess
import sys
from datetime import date

import numpy as np
import pytest

from forecasting.demand import QuantileForecast
from forecasting.forecast import forecast
from forecasting.quantiles.levels import LEVELS
from fulfillment.demand import DemandForecast
from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.ids import SkuId


def _as_the_optimizer_reads_it(forecast: QuantileForecast) -> DemandForecast:
    return forecast  # mypy keeps the promise of the protocol


def test_a_forecast_is_a_demand_forecast(gift_forecast):
    read = _as_the_optimizer_reads_it(gift_forecast)
    sku, place = read.series()[3]
    assert (sku, place) == ("sku003", "north")
    assert read.periods[0] == date(2011, 5, 30)
    assert len(read.periods) == 6
    rows = read.quantile_units(sku, place)
    assert [len(row) for row in rows] == [len(LEVELS)] * 6
    assert rows[2][4] == gift_forecast.quantiles[3, 2, 4]
    assert len(read.mean_units(sku, place)) == len(read.variance_units(sku, place)) == 6


def test_quantiles_of_all_series_rise_and_hold_no_nan(gift_forecast):
    assert np.isfinite(gift_forecast.mean).all()
    assert np.isfinite(gift_forecast.dispersion).all()
    assert (np.diff(gift_forecast.quantiles, axis=2) >= 0).all()


def test_variance_is_never_below_the_mean(gift_forecast):
    for sku, place in gift_forecast.series():
        pairs = zip(
            gift_forecast.mean_units(sku, place), gift_forecast.variance_units(sku, place), strict=True
        )
        assert all(variance >= mean for mean, variance in pairs)


def test_equal_frames_give_equal_bytes_in_any_order_of_rows(gifts, gift_forecast):
    again = forecast(gifts.sample(frac=1, random_state=5), horizon=6)
    assert again.ids == gift_forecast.ids
    for name in ("mean", "dispersion", "quantiles"):
        assert getattr(again, name).tobytes() == getattr(gift_forecast, name).tobytes()


def test_forecast_levels_follow_the_levels_sold(gifts, gift_forecast):
    sold = gifts.groupby("unique_id")["y"].apply(lambda y: y.tail(20).mean()).to_numpy()
    said = gift_forecast.mean.mean(axis=1)
    brisk = sold > 1
    assert np.abs(said[brisk] / sold[brisk] - 1).mean() < 0.5


def test_a_masked_stock_out_does_not_lower_the_forecast(make_frame):
    units = [20.0, 22, 18, 21, 19, 20, 22, 18] * 4 + [0, 0, 0]
    out = [False] * 32 + [True] * 3
    masked = forecast(make_frame({"a|x": units}, stocked_out=out), horizon=1).mean[0, 0]
    as_sold = forecast(make_frame({"a|x": units}), horizon=1).mean[0, 0]
    assert masked == pytest.approx(20, abs=2)
    assert as_sold < masked - 3


def test_an_unknown_series_is_refused_by_name(gift_forecast):
    with pytest.raises(UnknownReference, match=r"did you mean sku003\|north"):
        gift_forecast.quantile_units(SkuId("sku003"), "nort")


@pytest.mark.parametrize("horizon", [0, 53, -1])
def test_a_horizon_outside_one_year_is_refused(make_frame, horizon):
    with pytest.raises(InvalidInput, match="1 to 52 weeks"):
        forecast(make_frame({"a|x": [1, 2]}), horizon=horizon)


def test_importing_forecasting_loads_neither_pandas_nor_statsforecast():
    code = (
        "import sys, forecasting.forecast, forecasting.judging.backtest, forecasting.reading.sales\n"
        "print([name for name in ('pandas', 'statsforecast') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
