"""Chunks: forecasting some series is forecasting all of them, and what was learned is kept as text."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.chunk import forecast_chunk
from forecasting.history import Grain, History
from forecasting.learning.trained import Trained
from forecasting.learning.training import train
from forecasting.models.blends import equally
from forecasting.reading.frame import read_frame
from fulfillment.errors import InvalidInput


@pytest.fixture(scope="module")
def history(gifts) -> History:
    return read_frame(gifts)


@pytest.fixture(scope="module")
def trained(history) -> Trained:
    return train(history, horizon=4, seed=1)


@pytest.mark.parametrize("size", [1, 7, 39])
def test_chunks_of_any_size_give_the_bytes_of_the_whole(history, trained, size):
    whole = forecast_chunk(history, trained, horizon=4)
    parts = [forecast_chunk(chunk, trained, horizon=4) for chunk in history.chunks(size)]
    assert tuple(name for part in parts for name in part.ids) == whole.ids
    for name in ("mean", "dispersion", "quantiles"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert joined.tobytes() == getattr(whole, name).tobytes()


def test_what_was_learned_is_the_same_after_it_was_kept_as_text(history, trained):
    again = Trained.from_json(trained.to_json())
    assert again.digest == trained.digest
    said, kept = (forecast_chunk(history, value, horizon=4) for value in (trained, again))
    assert said.quantiles.tobytes() == kept.quantiles.tobytes()


def test_training_twice_gives_equal_bytes(history, trained):
    assert train(history, horizon=4, seed=1).to_json() == trained.to_json()


def test_a_horizon_beyond_the_trained_one_is_refused(history, trained):
    with pytest.raises(InvalidInput, match="farther than the 4 steps"):
        forecast_chunk(history, trained, horizon=5)


def test_a_history_of_another_grain_is_refused(history, trained):
    with pytest.raises(InvalidInput, match="by week, what was learned by day"):
        forecast_chunk(history, replace(trained, grain=Grain.DAY), horizon=4)


def test_drivers_that_were_not_learned_with_are_refused_by_name(history, trained):
    with pytest.raises(
        InvalidInput, match="these drivers: none; what was learned knows these: price, promotion"
    ):
        forecast_chunk(history, replace(trained, drivers=("price", "promotion")), horizon=4)


def test_models_left_out_are_named_and_the_rest_of_the_blend_stands_in(make_frame, trained):
    blend = ((equally("theta", "tsb"),) * 3,) * 4
    drifting = replace(trained, blends=blend, learned={"theta": "", "tsb": ""})
    frame = make_frame({"new|x": [3.0, 3.0], "old|x": [3.0] * 9})
    made = forecast_chunk(read_frame(frame), drifting, horizon=1)
    assert [(gone.unique_id, gone.model) for gone in made.left_out] == [("new|x", "theta")]
    assert made.mean[0, 0] > 0
