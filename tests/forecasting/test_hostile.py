"""Odd histories through every door: no crash, no warning, a clear refusal or a sane answer. Frames that are
refused at the door have tests of their own.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.chunk import forecast_chunk
from forecasting.demand import QuantileForecast
from forecasting.forecast import forecast
from forecasting.history import AT_LEAST, MASKED, OBSERVED, Grain, History
from forecasting.judging.backtest import Backtest, backtest
from forecasting.learning.training import train
from forecasting.models import candidates
from forecasting.models.global_trees import GlobalTrees
from fulfillment.errors import InvalidInput
from tests.forecasting.histories import history_of

SPIKE = [0.0] * 15 + [1000.0] + [0.0] * 14
SERIES = {
    "all zeros": [0.0] * 30,
    "one point": [7.0],
    "one point of nothing": [0.0],
    "two points": [0.0, 9.0],
    "constant": [4.0] * 30,
    "a single spike": SPIKE,
    "a spike at the end": [0.0] * 29 + [1000.0],
    "a spike at the start": [1000.0] + [0.0] * 29,
    "fractions": [0.25, 0.5] * 15,
    "next to nothing": [0.0] * 20 + [1e-12] * 10,
    "millions": [1e6, 3e6] * 15,
    "dead for long": [50.0] * 10 + [0.0] * 20,
    "starts in the last weeks": [3.0, 5.0],
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer trees and rehearsals: what is odd stays odd."""
    monkeypatch.setattr(candidates, "TREES", GlobalTrees(trees=3))
    monkeypatch.setattr("forecasting.learning.training.ORIGINS", 2)


def assert_sane(said: QuantileForecast, most: float) -> None:
    """Finite, not negative, never crossing, and nowhere near beyond what ever sold in a step."""
    for values in (said.mean, said.dispersion):
        assert np.isfinite(values).all()
        assert (values >= 0).all()
    assert said.quantiles.dtype == np.int64
    assert (said.quantiles >= 0).all()
    assert (np.diff(said.quantiles, axis=2) >= 0).all()
    assert said.mean.max() <= 3 * most
    assert said.quantiles.max() <= 100 * most + 10


def assert_clear(result: Backtest) -> None:
    for score in result.scores:
        for ratio in (score.quantile_loss, score.wape, score.bias, score.skill):
            assert ratio is None or np.isfinite(ratio)
        shares = zip(score.below, score.at_or_below, strict=True)
        assert all(0 <= below <= up_to <= 1 for below, up_to in shares)


@pytest.mark.parametrize("name", SERIES)
def test_an_odd_series_alone_is_forecast(make_frame, name):
    units = SERIES[name]
    said = forecast(make_frame({"a|x": units}), horizon=8)
    assert_sane(said, max(units))


def test_odd_series_together_are_forecast_and_judged(make_frame):
    frame = make_frame({f"{number:02}|x": units for number, units in enumerate(SERIES.values())})
    assert_sane(forecast(frame, horizon=8), 3e6)
    result = backtest(frame, windows=2, horizon=4)
    assert_clear(result)
    assert result.of().weeks == 2 * 4 * (len(SERIES) - 4)  # the four that start in the last window are not


def test_what_never_sold_is_forecast_at_nothing(make_frame):
    said = forecast(make_frame({"a|x": [0.0] * 30, "b|x": [0.0] * 2}), horizon=8)
    assert not said.mean.any()
    assert not said.quantiles.any()


def test_a_constant_series_is_forecast_at_its_constant(make_frame):
    said = forecast(make_frame({"a|x": [4.0] * 30}), horizon=8)
    np.testing.assert_allclose(said.mean, 4.0, rtol=0.02)


def test_a_single_spike_does_not_become_the_level(make_frame):
    said = forecast(make_frame({"a|x": SPIKE}), horizon=8)
    assert said.mean.max() < 100
    assert (said.quantiles[:, :, 4] < 200).all()


def test_one_huge_series_does_not_move_the_small_ones(make_frame):
    rng = np.random.default_rng(1)
    small = {f"{i:02}|x": rng.poisson(5, 30).tolist() for i in range(6)}
    alone = forecast(make_frame(small), horizon=4)
    beside = forecast(make_frame(small | {"zz|x": [1e6, 3e6] * 15}), horizon=4)
    np.testing.assert_allclose(beside.mean[:6], alone.mean, rtol=0.5)


def test_a_series_that_starts_inside_the_last_window_is_forecast_but_not_judged(make_frame):
    frame = make_frame({"old|x": [5.0] * 30, "young|x": [9.0] * 3})
    assert backtest(frame, windows=1, horizon=4).of().weeks == 4
    assert forecast(frame, horizon=4).mean[1, 0] > 1


def test_every_step_but_one_hidden_leaves_a_forecast(make_frame):
    out = [True] * 12 + [False] + [True] * 12
    said = forecast(make_frame({"a|x": [6.0] * 25}, stocked_out=out), horizon=8)
    assert_sane(said, 6.0)
    assert said.mean.min() > 0.5


@pytest.mark.parametrize("state", [MASKED, AT_LEAST])
def test_a_series_of_which_nothing_was_seen_in_full_is_forecast(state):
    rng = np.random.default_rng(2)
    units = rng.poisson(8, (5, 30)).astype(np.float64)
    states = np.full(units.shape, OBSERVED)
    states[4] = state
    states[4, 0] = AT_LEAST  # masked from first to last it would be refused at the door
    history = history_of(*units, states=states)
    assert_sane(forecast_chunk(history, train(history, horizon=8, seed=0), horizon=8), units.max())


@pytest.mark.parametrize("horizon", [0, -1, -52, 53, 1000])
def test_a_horizon_outside_one_year_is_refused_at_every_door(make_frame, horizon):
    frame = make_frame({"a|x": [1.0, 2.0] * 15})
    history = history_of([1.0, 2.0] * 15)
    trained = train(history, horizon=4, seed=0)
    for ask in (
        lambda: forecast(frame, horizon=horizon),
        lambda: backtest(frame, windows=1, horizon=horizon),
        lambda: train(history, horizon=horizon, seed=0),
        lambda: forecast_chunk(history, trained, horizon=horizon),
    ):
        with pytest.raises(InvalidInput, match="1 to 52 weeks") as refused:
            ask()
        assert refused.value.pointer == "/horizon"
        assert refused.value.fix


def test_a_horizon_longer_than_the_history_is_forecast_and_no_backtest(make_frame):
    frame = make_frame({"a|x": [3.0, 4.0, 5.0]})
    assert_sane(forecast(frame, horizon=52), 5.0)
    with pytest.raises(InvalidInput, match="the longest series has 3"):
        backtest(frame, windows=1, horizon=4)


@pytest.mark.parametrize("levels", [(), (0.5, 0.5), (0.9, 0.1), (0.0, 0.5), (0.5, 1.0), (float("nan"),)])
def test_levels_that_do_not_rise_within_0_and_1_are_refused_at_every_door(make_frame, levels):
    frame = make_frame({"a|x": [1.0, 2.0] * 15})
    history = history_of([1.0, 2.0] * 15)
    trained = train(history, horizon=2, seed=0)
    for ask in (
        lambda: forecast(frame, horizon=2, levels=levels),
        lambda: backtest(frame, windows=1, horizon=2, levels=levels),
        lambda: forecast_chunk(history, trained, horizon=2, levels=levels),
    ):
        with pytest.raises(InvalidInput, match="levels rise strictly"):
            ask()


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(y=frame["y"].astype(str))


def _missing(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(y=frame["y"].where(frame.index != 3))


def _doubled(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, frame.iloc[[5]]], ignore_index=True)


def _two_time_zones(frame: pd.DataFrame) -> pd.DataFrame:
    here, there = (frame["ds"].dt.tz_localize(zone) for zone in ("Europe/Berlin", "America/New_York"))
    days = [*here[:10].tolist(), *there[10:].tolist()]
    return frame.assign(ds=pd.Series(days, dtype=object))


@pytest.mark.parametrize("spoil", [_text, _missing, _doubled, _two_time_zones])
@pytest.mark.parametrize("ask", [forecast, backtest])
def test_what_cannot_be_meant_is_refused_with_a_place_and_a_fix(make_frame, ask, spoil):
    with pytest.raises(InvalidInput) as refused:
        ask(spoil(make_frame({"a|x": [1.0, 2.0] * 15})), horizon=4)
    assert refused.value.pointer.endswith(("/y", "/ds"))
    assert refused.value.fix


def test_an_unsorted_frame_is_forecast_and_judged_as_the_sorted_one(make_frame):
    rng = np.random.default_rng(3)
    frame = make_frame({f"{i}|x": rng.poisson(5, 30).tolist() for i in range(4)})
    mixed = frame.sample(frac=1, random_state=4)
    said, again = forecast(frame, horizon=4), forecast(mixed, horizon=4)
    assert said.mean.tobytes() == again.mean.tobytes()
    assert said.quantiles.tobytes() == again.quantiles.tobytes()
    assert backtest(frame, windows=1) == backtest(mixed, windows=1)


def test_weeks_over_a_year_of_53_are_weeks_like_others(make_frame):
    frame = make_frame({"a|x": [5.0] * 60, "b|x": [20.0] * 60})
    shifted = frame.assign(ds=frame["ds"] - (frame["ds"].max() - pd.Timestamp("2021-01-18")))
    said = forecast(shifted, horizon=4)
    assert pd.Timestamp("2020-12-28") in set(shifted["ds"])  # Monday of week 53
    np.testing.assert_allclose(said.mean, forecast(frame, horizon=4).mean)
    assert_clear(backtest(shifted, windows=2, horizon=4))


def test_a_history_without_series_is_no_crash():
    history = history_of([1.0, 2.0] * 15)
    none = history.take(np.array([], dtype=np.int64))
    trained = train(none, horizon=4, seed=0)
    assert forecast_chunk(history, trained, horizon=4).mean.shape == (1, 4)
    assert forecast_chunk(none, trained, horizon=4).mean.shape == (0, 4)


kinds = st.one_of(
    st.sampled_from([units[-24:] for units in SERIES.values() if max(units) < 1e6]),
    st.lists(st.integers(0, 30).map(float), min_size=1, max_size=24),
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.0, 3.0, 500.0]), min_size=1, max_size=24),
)


@st.composite
def mixtures(draw: st.DrawFn) -> History:
    series = draw(st.lists(kinds, min_size=1, max_size=4))
    states = [
        draw(
            st.lists(
                st.sampled_from([OBSERVED] * 6 + [MASKED, AT_LEAST]), min_size=len(one), max_size=len(one)
            )
        )
        if draw(st.booleans())
        else [OBSERVED] * len(one)
        for one in series
    ]
    for one in states:
        one[0] = OBSERVED if set(one) == {MASKED} else one[0]
    return history_of(*series, states=states, grain=draw(st.sampled_from(Grain)))


@settings(max_examples=8)
@given(mixtures(), st.sampled_from([1, 8, 30]))
def test_any_mixture_is_forecast_sanely_alone_and_together(history, horizon):
    trained = train(history, horizon=horizon, seed=0)
    whole = forecast_chunk(history, trained, horizon=horizon)
    assert_sane(whole, history.units.max())
    parts = [forecast_chunk(chunk, trained, horizon=horizon) for chunk in history.chunks(1)]
    assert b"".join(part.quantiles.tobytes() for part in parts) == whole.quantiles.tobytes()


@settings(max_examples=4)
@given(st.lists(kinds, min_size=1, max_size=3), st.integers(0, 2**31))
def test_any_mixture_is_judged_or_refused_clearly(series, seed):
    history = history_of(*series)
    days = pd.DatetimeIndex([pd.Timestamp(history.last)])
    frame = pd.concat(
        [
            pd.DataFrame(
                {"unique_id": f"{i}|x", "ds": pd.date_range(end=days[0], periods=len(y), freq="7D"), "y": y}
            )
            for i, y in enumerate(series)
        ]
    ).sample(frac=1, random_state=seed)
    if history.lengths.max() > 8:
        assert_clear(backtest(frame, windows=2, horizon=4))
    else:
        with pytest.raises(InvalidInput, match="windows of 4 weeks need more than 8"):
            backtest(frame, windows=2, horizon=4)
