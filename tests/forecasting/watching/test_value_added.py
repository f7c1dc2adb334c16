"""Value added: each link of the chain on the same cells, against the one before it."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from forecasting.demand import QuantileForecast
from forecasting.forecast import forecast
from forecasting.history import History
from forecasting.judging.reference import seasonal_naive
from forecasting.reading.frame import read_frame
from forecasting.watching.track import ALL, Said, Track, said_of, track_of
from forecasting.watching.value_added import Link, chain_of

WEEKS = 6


def _flat(track: Track, units: float) -> Said:
    """Every quantile the same."""
    mean = np.full(track.came.shape, units)
    return Said(mean, mean, np.repeat(mean[:, :, None], len(track.levels), axis=2))


@pytest.fixture(scope="module")
def history(gifts) -> History:
    return read_frame(gifts)


@pytest.fixture(scope="module")
def run(gifts) -> QuantileForecast:
    cut = gifts["ds"].max() - timedelta(weeks=WEEKS)
    return forecast(gifts[gifts["ds"] <= cut], horizon=WEEKS)


@pytest.fixture(scope="module")
def track(run, history) -> Track:
    return track_of([run], history)


def _of(links: tuple[Link, ...], name: str, group: str = ALL) -> Link:
    return next(link for link in links if (link.name, link.group) == (name, group))


def test_value_added_by_hand(make_frame, run):
    history = read_frame(make_frame({"a|x": [8.0] * 20 + [10.0, 20.0]}))
    said = replace(
        run,
        ids=("a|x",),
        periods=history.until(2).periods(2),
        **{name: getattr(run, name)[:1, :2] for name in ("mean", "dispersion", "quantiles")},
    )
    track = track_of([said], history)
    links = chain_of(track, [("naive", _flat(track, 8)), ("forecast", _flat(track, 13))]).links()
    naive, better = _of(links, "naive"), _of(links, "forecast")
    assert (naive.wape, naive.bias, naive.cells, naive.units) == (14 / 30, -14 / 30, 2, 30)
    assert (better.wape, better.bias) == (10 / 30, -4 / 30)
    assert better.added_wape == pytest.approx(4 / 30)
    # All quantiles alike and levels that lie evenly about 0.5 but for one: the loss is by hand, too.
    levels = np.array(track.levels)
    loss = {
        u: 2 * np.mean([np.where(y > u, levels, 1 - levels) * abs(y - u) for y in (10, 20)]) for u in (8, 13)
    }
    assert better.added_wql == pytest.approx(2 * (loss[8] - loss[13]) / 30)
    assert (naive.added_wql, naive.between, better.between) == (None, None, None)


def test_the_forecast_adds_value_to_naive_on_demand_with_a_level(history, run, track):
    naive = said_of([seasonal_naive(history.until(WEEKS), horizon=WEEKS)], track.ids, track.periods)
    link = _of(chain_of(track, [("naive", naive), ("forecast", track.said)]).links(), "forecast")
    assert link.cells == 40 * WEEKS
    assert link.added_wql is not None
    assert link.added_wql > 0.05
    assert link.between is not None
    assert link.between[0] < link.added_wql < link.between[1]


def test_a_link_that_changes_nothing_adds_nothing(track):
    for link in chain_of(track, [("forecast", track.said), ("again", track.said)]).links():
        if link.name == "again":
            assert (link.added_wql, link.added_wape) == (0.0, 0.0)
            assert link.between in (None, (0.0, 0.0))


def test_all_links_are_judged_on_the_cells_that_all_of_them_tell_of(track):
    silent = replace(track.said, mean=track.said.mean.copy())
    silent.mean[0, :30] = np.nan
    links = chain_of(track, [("naive", silent), ("forecast", track.said)]).links()
    assert {link.cells for link in links if link.group == ALL} == {40 * WEEKS - 30}
    only = np.zeros(track.came.shape, dtype=bool)
    only[2, 5:9] = True
    links = chain_of(track, [("naive", silent), ("forecast", track.said)], where=only).links()
    assert {link.cells for link in links if link.group == ALL} == {4}


def test_chains_of_two_halves_add_up_to_that_of_the_whole(history, run, track):
    names = ("mean", "dispersion", "quantiles")
    chains = []
    for rows in (slice(0, 17), slice(17, 40)):
        part = replace(run, ids=run.ids[rows], **{name: getattr(run, name)[rows] for name in names})
        of_part = track_of([part], history)
        chains.append(chain_of(of_part, [("flat", _flat(of_part, 9)), ("forecast", of_part.said)]))
    both = chains[0].plus(chains[1]).links()
    whole = chain_of(track, [("flat", _flat(track, 9)), ("forecast", track.said)]).links()
    assert [(one.name, one.group, one.cells) for one in both] == [(o.name, o.group, o.cells) for o in whole]
    for one, other in zip(both, whole, strict=True):
        assert one.wql == pytest.approx(other.wql)
        assert one.between == pytest.approx(other.between)
