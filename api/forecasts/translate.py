"""Forecast runs as kept, in the words of the API. Pure."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from api.forecasts.schemas import (
    ForecastOut,
    ForecastRunDetail,
    ForecastRunOut,
    ForecastStepOut,
    LeftOutOut,
    TrainingOut,
)
from api.jobs.service import address
from forecasting.history import sku_and_place
from storage.forecasts import LeftOutSeries, StoredRun, StoredTraining

if TYPE_CHECKING:
    from forecasting.demand import QuantileForecast  # loads scipy's distributions
    from forecasting.watching.overrides import Overridden


def run_out(run: StoredRun) -> ForecastRunOut:
    """A run as it stands."""
    return ForecastRunOut.model_validate(_fields(run))


def run_detail(run: StoredRun, left_out: Sequence[LeftOutSeries]) -> ForecastRunDetail:
    """The same, with series that were left out."""
    pairs = [(sku_and_place(one.series), one.reason) for one in left_out]
    shown = [LeftOutOut(sku=sku, place=place, reason=reason) for (sku, place), reason in pairs]
    return ForecastRunDetail.model_validate({**_fields(run), "first_left_out": shown})


def training_out(training: StoredTraining) -> TrainingOut:
    """What was learned, without what it is."""
    return TrainingOut(
        training=training.digest,
        grain=training.grain,
        horizon=training.horizon,
        seed=training.seed,
        series=training.series,
        cutoff=training.cutoff,
        made_at=training.made_at,
    )


def forecasts_out(said: "QuantileForecast", laid: "Overridden | None" = None) -> Iterator[ForecastOut]:
    """What is said of each series, in order; or what is planned, if overrides were laid over it."""
    if laid is not None:
        said = laid.forecast
    for i, name in enumerate(said.ids):
        sku, place = sku_and_place(name)
        steps = zip(
            said.periods,
            said.mean[i].tolist(),
            said.dispersion[i].tolist(),
            said.quantiles[i].tolist(),
            _overrides(laid, i) if laid is not None else (None,) * len(said.periods),
            strict=True,
        )
        yield ForecastOut(
            sku=sku,
            place=place,
            levels=list(said.levels),
            steps=[
                ForecastStepOut(first=first, mean=mean, dispersion=spread, quantiles=units, override=override)
                for first, mean, spread, units, override in steps
            ],
        )


def _overrides(laid: "Overridden", row: int) -> Sequence[int | None]:
    """The number of the override that counts at each step of a series."""
    return [int(laid.overrides[at].id) if at >= 0 else None for at in laid.counts[row].tolist()]


def _fields(run: StoredRun) -> dict[str, object]:
    asked = run.asked
    return {
        "run": run.number,
        "state": run.state.value,
        "done": run.done,
        "series": asked.series,
        "passed_over": asked.passed_over,
        "left_out": run.left_out,
        "grain": asked.grain,
        "cutoff": asked.cutoff,
        "horizon": asked.options.horizon,
        "levels": list(asked.options.levels),
        "seed": asked.options.seed,
        "skus": list(asked.options.skus),
        "places": list(asked.options.places),
        "drivers": list(asked.options.drivers),
        "training": run.training,
        "revision": asked.revision,
        "history_digest": run.history_digest,
        "digest": run.digest,
        "made_with": asked.made_with,
        "asked_at": run.asked_at,
        "asked_by": asked.asked_by.id,
        "asked_by_name": asked.asked_by.name,
        "finished_at": run.finished_at,
        "job": address(run.job),
    }
