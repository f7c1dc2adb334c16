"""Overrides: laid over a forecast for as long as they hold, and measured on what sold."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.demand import QuantileForecast
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from forecasting.quantiles.levels import LEVELS
from forecasting.reading.frame import read_frame
from forecasting.watching.overrides import Kind, Override, apply, saved_by_author, worth_of
from forecasting.watching.track import said_of, track_of
from fulfillment.errors import InvalidInput
from fulfillment.ids import SkuId

LAST = date(2011, 5, 23)
NOW = datetime(2011, 5, 25, 9, tzinfo=UTC)
FIRST = LAST + timedelta(weeks=1)


def forecast_of(mean: list[list[float]], *, dispersion: float = 0.4, cutoff: date = LAST) -> QuantileForecast:
    """Negative-binomial quantiles of series k0|x, k1|x, ..."""
    means = np.array(mean)
    spread = np.full(means.shape, dispersion)
    return QuantileForecast(
        ids=tuple(f"k{row}|x" for row in range(len(means))),
        periods=tuple(cutoff + timedelta(days=7 * k) for k in range(1, means.shape[1] + 1)),
        levels=LEVELS,
        mean=means,
        dispersion=spread,
        quantiles=negative_binomial_quantiles(means, spread, np.array(LEVELS)),
        left_out=(),
    )


def override(kind: Kind = Kind.REPLACE, value: float = 30.0, **changes) -> Override:
    made = Override(
        id="o1",
        sku=SkuId("k0"),
        place="x",
        first=FIRST,
        last=FIRST + timedelta(weeks=1),
        kind=kind,
        value=value,
        author="ann",
        reason="a fair in town",
        made_at=NOW - timedelta(days=1),
        expires_at=NOW + timedelta(days=30),
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("kind", "value", "mean"),
    [
        (Kind.REPLACE, 30.0, 30.0),
        (Kind.MULTIPLY, 1.5, 15.0),
        (Kind.ADD, -4.0, 6.0),
        (Kind.ADD, -40.0, 0.0),
        (Kind.REPLACE, 0.0, 0.0),
    ],
)
def test_an_override_moves_mean_and_quantiles_of_its_steps_and_no_others(kind, value, mean):
    said = forecast_of([[10.0, 10.0, 10.0], [4.0, 4.0, 4.0]])
    made = apply(said, [override(kind, value)], now=NOW)
    assert made.forecast.mean.tolist() == [[mean, mean, 10.0], [4.0, 4.0, 4.0]]
    expected = negative_binomial_quantiles(made.forecast.mean, said.dispersion, np.array(LEVELS))
    assert made.forecast.quantiles.tolist() == expected.tolist()
    assert made.original is said
    assert said.mean[0].tolist() == [10.0, 10.0, 10.0]


@given(
    before=st.floats(0.0, 5_000.0),
    after=st.floats(0.0, 5_000.0),
    dispersion=st.floats(0.0, 5.0),
    stretch=st.floats(0.5, 3.0),
)
def test_quantiles_stay_whole_and_never_cross_whatever_they_were(before, after, dispersion, stretch):
    said = forecast_of([[before]], dispersion=dispersion)
    wide = replace(said, quantiles=np.ceil(said.quantiles * stretch).astype(np.int64))
    made = apply(wide, [override(value=after)], now=NOW).forecast
    assert made.quantiles.dtype == np.int64
    assert (np.diff(made.quantiles) >= 0).all()
    assert (made.quantiles >= 0).all()


def test_quantiles_that_were_wider_than_a_negative_binomial_stay_wider():
    said = forecast_of([[20.0]])
    wide = replace(said, quantiles=said.quantiles * 2)
    plain, widened = (
        apply(one, [override(value=40.0)], now=NOW).forecast.quantiles[0, 0] for one in (said, wide)
    )
    assert (widened[LEVELS.index(0.9) :] > 1.3 * plain[LEVELS.index(0.9) :]).all()


def test_a_mean_that_is_not_moved_leaves_the_quantiles_as_they_are():
    said = forecast_of([[20.0, 3.0]])
    odd = replace(said, quantiles=said.quantiles + np.arange(len(LEVELS)) * 7)
    made = apply(odd, [override(Kind.MULTIPLY, 1.0)], now=NOW)
    assert made.forecast.quantiles.tolist() == odd.quantiles.tolist()
    assert (made.counts[0] == 0).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_at": NOW},
        {"made_at": NOW + timedelta(seconds=1)},
    ],
)
def test_what_has_expired_or_is_not_made_yet_changes_nothing(changes):
    said = forecast_of([[10.0, 10.0]])
    made = apply(said, [override(**changes)], now=NOW)
    assert made.forecast is said
    assert (made.overrides, made.conflicts, made.unmatched) == ((), (), ())


def test_the_later_one_counts_and_the_conflict_is_said():
    said = forecast_of([[10.0, 10.0, 10.0]])
    early = override(value=50.0, last=FIRST + timedelta(weeks=2))
    late = override(
        Kind.ADD, 1.0, id="o2", first=FIRST + timedelta(weeks=1), made_at=NOW - timedelta(hours=1)
    )
    made = apply(said, [late, early], now=NOW)
    assert made.forecast.mean.tolist() == [[50.0, 11.0, 50.0]]
    (conflict,) = made.conflicts
    assert (conflict.counts, conflict.outdone, conflict.periods) == (
        "o2",
        "o1",
        (FIRST + timedelta(weeks=1),),
    )
    assert conflict.sentence == (
        "override o2 was made later and counts for the step of 2011-06-06; o1 does not"
    )
    assert apply(said, [early, late], now=NOW).forecast.quantiles.tolist() == made.forecast.quantiles.tolist()


def test_what_fits_no_forecast_is_named():
    said = forecast_of([[10.0]])
    elsewhere = override(place="y", id="o7")
    long_ago = override(id="o8", first=LAST - timedelta(weeks=9), last=LAST)
    made = apply(said, [elsewhere, long_ago], now=NOW)
    assert set(made.unmatched) == {"o7", "o8"}
    assert made.forecast is said


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"value": -1.0}, "value -1.0"),
        ({"kind": Kind.MULTIPLY, "value": -0.5}, "value -0.5"),
        ({"value": float("nan")}, "value nan"),
        ({"last": FIRST - timedelta(days=1)}, "last 2011-05-29"),
        ({"reason": "  "}, "the reason of an override is said"),
        ({"author": ""}, "the author of an override is named"),
        ({"expires_at": NOW - timedelta(days=2)}, "expires_at"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes, what):
    with pytest.raises(InvalidInput, match=what):
        override(**changes)


def test_the_worth_of_an_override_is_the_loss_with_and_without_it(make_frame):
    # 30 were said for each of two weeks where 10 were forecast; 28 and 12 sold.
    history = read_frame(make_frame({"k0|x": [10.0] * 20 + [28.0, 12.0], "k1|x": [4.0] * 22}))
    cutoff = LAST - timedelta(weeks=2)
    said = forecast_of([[10.0, 10.0], [4.0, 4.0]], cutoff=cutoff)
    good = override(first=cutoff + timedelta(weeks=1), last=cutoff + timedelta(weeks=1))
    bad = override(id="o2", author="bob", first=cutoff + timedelta(weeks=2), last=cutoff + timedelta(weeks=2))
    idle = override(id="o3", sku=SkuId("k9"))
    made = apply(said, [good, bad, idle], now=NOW)
    track = track_of([said], history)
    planned = said_of([made.forecast], track.ids, track.periods)
    worths = worth_of([made], track, said=track.said, planned=planned)
    assert [one.override.id for one in worths] == ["o1", "o2"]
    assert [(one.steps, one.sold) for one in worths] == [(1, 28.0), (1, 12.0)]
    assert [(one.error_without, one.error_with) for one in worths] == [(18.0, 2.0), (2.0, 18.0)]
    assert worths[0].saved > 0 > worths[1].saved
    by_author = saved_by_author(worths)
    assert list(by_author) == ["ann", "bob"]
    assert by_author["ann"] == pytest.approx(worths[0].loss_without - worths[0].loss_with)


def test_an_override_is_measured_by_the_newest_run_before_each_step(make_frame):
    history = read_frame(make_frame({"k0|x": [10.0] * 22}))
    first, second = (LAST - timedelta(weeks=k) for k in (2, 1))
    runs = [forecast_of([[10.0, 10.0]], cutoff=first), forecast_of([[10.0]], cutoff=second)]
    one = override(first=first + timedelta(weeks=1), last=LAST)
    withdrawn = replace(one, expires_at=NOW)
    laid = [apply(runs[0], [one], now=NOW - timedelta(hours=1)), apply(runs[1], [withdrawn], now=NOW)]
    track = track_of(runs, history)
    planned = said_of([of.forecast for of in laid], track.ids, track.periods)
    (worth,) = worth_of(laid, track, said=track.said, planned=planned)
    assert worth.steps == 1  # the second step was planned after the override had been withdrawn
    assert worth.error_with == 20.0
