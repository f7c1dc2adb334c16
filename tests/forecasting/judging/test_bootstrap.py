"""Draws of origins: what they must be, and that their spread is right where it is known."""

import numpy as np
import pytest

from forecasting.judging.bootstrap import interval, origin_weights
from fulfillment.errors import InvalidInput


def test_every_draw_has_as_many_origins_as_there_were():
    weights = origin_weights(9, seed=1)
    assert weights.shape == (2_000, 9)
    assert (weights.sum(axis=1) == 9).all()


def test_every_origin_is_drawn_once_on_average():
    assert origin_weights(9, seed=1).mean(axis=0) == pytest.approx(np.ones(9), abs=0.06)


def test_a_block_of_all_origins_is_all_origins():
    assert (origin_weights(5, seed=1, draws=50, block=5) == 1).all()


def test_origins_come_in_blocks_that_follow_each_other_in_a_circle():
    drawn = origin_weights(8, seed=1, draws=300, block=4)
    for weights in drawn:
        alone = [i for i in range(8) if weights[i] and not weights[i - 1] and not weights[(i + 1) % 8]]
        assert alone == []
    assert any(weights[0] and weights[7] and not weights[4] for weights in drawn)


def test_the_same_seed_gives_the_same_draws_and_another_gives_others():
    assert (origin_weights(9, seed=3) == origin_weights(9, seed=3)).all()
    assert (origin_weights(9, seed=3) != origin_weights(9, seed=4)).any()


def test_the_spread_of_a_mean_of_independent_values_is_the_textbook_one():
    values = np.random.default_rng(1).normal(size=400)
    drawn = origin_weights(400, seed=1, block=1) @ values / 400
    assert drawn.std() == pytest.approx(values.std() / np.sqrt(400), rel=0.08)


def test_blocks_see_that_values_next_to_each_other_go_together():
    shocks = np.random.default_rng(1).normal(size=400)
    alike = np.repeat(shocks[::4], 4)  # four in a row are the same: a hundred values, not four hundred
    blocks = (origin_weights(400, seed=1, block=16) @ alike / 400).std()
    single = (origin_weights(400, seed=1, block=1) @ alike / 400).std()
    assert blocks > 1.6 * single


def test_the_interval_is_the_middle_of_the_draws_that_are_numbers():
    draws = np.concatenate([np.arange(101.0), [np.nan]])
    assert interval(draws) == pytest.approx((5, 95))
    assert np.isnan(interval(np.array([np.nan]))).all()


@pytest.mark.parametrize(("origins", "block"), [(0, 4), (3, 0)])
def test_nothing_to_draw_is_refused(origins, block):
    with pytest.raises(InvalidInput, match=f"{origins} origins, 2000 draws, blocks of {block}"):
        origin_weights(origins, seed=1, block=block)
