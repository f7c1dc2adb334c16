"""What the global model relies on in mlforecast and LightGBM: an upgrade that changes it is caught."""

import warnings

import lightgbm
import numpy as np
import pandas as pd
import pytest
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean, RollingStd

LAG_OF_A_YEAR = 52


class Recorder:
    """A model that says what `answer` makes of the features, and keeps them."""

    def __init__(self, answer) -> None:
        self.answer, self.seen = answer, []

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        self.seen.append(frame.copy())
        return np.asarray(self.answer(frame), dtype=np.float64)


def frame_of(*series: list[float], **columns: list[float]) -> pd.DataFrame:
    """Series that end in step 0, told by their number, as the global model gives them."""
    return pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(len(series)), [len(units) for units in series]),
            "ds": np.concatenate([np.arange(1 - len(units), 1) for units in series]),
            "y": np.concatenate(series).astype(np.float64),
            **columns,
        }
    )


def steps_of(**given: object) -> MLForecast:
    return MLForecast(models=[], freq=1, num_threads=1, **{"lags": [1], **given})


def prepared(frame: pd.DataFrame, **given: object) -> tuple[MLForecast, pd.DataFrame]:
    steps = steps_of(**given)
    return steps, steps.preprocess(frame, static_features=[], dropna=False, validate_data=False)


def test_young_series_are_kept_when_nothing_is_dropped() -> None:
    frame = frame_of([1.0, 2.0], list(range(60)))
    _, kept = prepared(frame, lags=[1, LAG_OF_A_YEAR])
    assert len(kept) == len(frame)
    assert kept["y"].tolist() == frame["y"].tolist()
    with pytest.warns(UserWarning, match="dropped completely"):
        dropped = steps_of(lags=[LAG_OF_A_YEAR]).preprocess(frame, static_features=[], dropna=True)
    assert set(dropped["unique_id"]) == {1}


def test_a_missing_target_is_refused_and_never_passes_in_silence() -> None:
    with pytest.raises(ValueError, match="null"):
        prepared(frame_of([1.0, np.nan, 3.0]))


def test_each_step_to_come_gets_its_own_row_of_drivers() -> None:
    steps, _ = prepared(frame_of([1.0, 2.0], [5.0, 6.0], driver=[0.0] * 4))
    recorder = Recorder(lambda frame: frame["driver"])
    steps.models_ = {"recorder": recorder}
    ahead = pd.DataFrame(
        {
            "unique_id": np.repeat([0, 1], 3),
            "ds": np.tile([1, 2, 3], 2),
            "driver": [10.0, 11.0, 12.0, 20.0, 21.0, 22.0],
        }
    )
    said = steps.predict(3, X_df=ahead)
    assert said["recorder"].tolist() == ahead["driver"].tolist()
    assert said["unique_id"].tolist() == ahead["unique_id"].tolist()
    assert said["ds"].tolist() == ahead["ds"].tolist()


def test_with_a_model_per_step_later_rows_of_drivers_count_too() -> None:
    """Earlier versions learned every step from the drivers of the first one."""
    rng = np.random.default_rng(1)
    promotion = (rng.random(400) < 0.3).astype(np.float64)
    frame = frame_of((10.0 * promotion).tolist(), promotion=promotion)
    steps = MLForecast(
        models={"trees": lightgbm.LGBMRegressor(n_estimators=30, verbosity=-1, n_jobs=1)}, freq=1, lags=[1]
    )
    steps.fit(frame, static_features=[], max_horizon=3, dropna=False)
    ahead = pd.DataFrame({"unique_id": 0, "ds": [1, 2, 3], "promotion": [0.0, 1.0, 0.0]})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        said = steps.predict(3, X_df=ahead)["trees"].to_numpy()
    assert said == pytest.approx([0.0, 10.0, 0.0], abs=1.0)


def test_only_columns_named_static_are_repeated() -> None:
    frame = frame_of([1.0, 2.0], fixed=[7.0, 7.0], moving=[1.0, 2.0])
    steps = steps_of()
    steps.preprocess(frame, static_features=["fixed"], dropna=False, validate_data=False)
    recorder = Recorder(lambda frame: frame["fixed"] + frame["moving"])
    steps.models_ = {"recorder": recorder}
    ahead = pd.DataFrame({"unique_id": [0, 0], "ds": [1, 2], "moving": [3.0, 4.0]})
    assert steps.predict(2, X_df=ahead)["recorder"].tolist() == [10.0, 11.0]


def test_a_column_that_moves_is_not_taken_as_static_unasked() -> None:
    with pytest.raises(ValueError, match="static feature but its values change"):
        steps_of().preprocess(frame_of([1.0, 2.0], moving=[1.0, 2.0]))


def test_lags_and_windows_go_on_from_what_was_forecast() -> None:
    windows = {1: [RollingMean(3, min_samples=1), RollingStd(3, min_samples=2)]}
    steps, past = prepared(
        frame_of([1.0, 2.0, 6.0]),
        lag_transforms=windows,
        lag_transforms_namer=lambda window, lag: f"{type(window).__name__}{window.window_size}_{lag}",
    )
    assert past["RollingMean3_1"].tolist() == pytest.approx([np.nan, 1.0, 1.5], nan_ok=True)
    assert past["RollingStd3_1"].tolist() == pytest.approx([np.nan, np.nan, np.sqrt(0.5)], nan_ok=True)
    recorder = Recorder(lambda frame: [10.0])
    steps.models_ = {"recorder": recorder}
    steps.predict(2)
    first, second = recorder.seen
    assert (first["lag1"].item(), second["lag1"].item()) == (6.0, 10.0)
    assert (first["RollingMean3_1"].item(), second["RollingMean3_1"].item()) == (3.0, 6.0)
    assert second["RollingStd3_1"].item() == pytest.approx(4.0)


def test_an_unknown_lag_is_a_warning_of_this_wording() -> None:
    steps, _ = prepared(frame_of([1.0, 2.0]), lags=[LAG_OF_A_YEAR])
    steps.models_ = {"recorder": Recorder(lambda frame: [0.0])}
    with pytest.warns(UserWarning, match="^Found null values"):
        steps.predict(1)


def test_series_told_by_number_come_back_in_order_of_number() -> None:
    steps, _ = prepared(frame_of(*([float(i)] for i in range(12))))
    steps.models_ = {"recorder": Recorder(lambda frame: frame["lag1"])}
    said = steps.predict(2)
    assert said["unique_id"].tolist() == np.repeat(np.arange(12), 2).tolist()
    assert said["recorder"].tolist() == np.repeat(np.arange(12.0), 2).tolist()


def test_trees_as_text_say_what_the_trees_said() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(500, 3))
    features[rng.random((500, 3)) < 0.1] = np.nan
    units = rng.poisson(np.exp(np.nan_to_num(features[:, 0])))
    given = {"objective": "tweedie", "verbosity": -1, "num_threads": 1, "deterministic": True, "seed": 1}
    trees = lightgbm.train(given, lightgbm.Dataset(features, units), 20)
    again = lightgbm.Booster(model_str=trees.model_to_string())
    assert again.predict(features).tobytes() == trees.predict(features).tobytes()
    parts = again.predict(features, pred_contrib=True)
    assert np.exp(parts.sum(axis=1)) == pytest.approx(again.predict(features))
