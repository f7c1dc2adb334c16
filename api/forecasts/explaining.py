"""Explains the forecast of one series in a run: works it out once more, and says what went into it."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from api.errors import HistoryGone, NotFound
from api.forecasts.explanation_schemas import (
    BiasOut,
    ChoiceOut,
    DriverEffectOut,
    ForecastExplanation,
    LaunchOut,
    ModelLeftOutOut,
    ModelOut,
    RivalOut,
    SpreadOut,
    WeightOut,
)
from api.forecasts.service import done
from forecasting.history import Grain, series_id, sku_and_place
from fulfillment.ids import SkuId
from storage.database import Database
from storage.demand import Selection
from storage.demand_context import Wanted, read_series
from storage.forecasts import StoredRun
from storage.stores import Stores

if TYPE_CHECKING:
    from forecasting.explaining.explanation import BucketChoice, SeriesExplanation
    from forecasting.history import History

SAME = 1e-9
"""Share by which means may differ and still be those of the run: machines may round differently."""


def explain_series(database: Database, number: int, *, sku: str, place: str) -> ForecastExplanation:
    """Explain one series of a run that is done.

    Raises
    ------
    NotFound
        There is no such run, or no forecast of the sku at the place in it.
    RunUnfinished
        It is not done.
    HistoryGone
        The sales it was made from are not there any more.
    """
    from forecasting.explaining.explain import explain  # takes a second to load
    from forecasting.learning.trained import Trained

    name = series_id(SkuId(sku), place)
    with database.reading() as stores:
        run = done(stores, number)
        mean = _mean_of(stores, run, name)
        document = stores.forecasts.document(str(run.training))
        history = _history(stores, run, name)
    (found,) = explain(history, Trained.from_json(document), horizon=run.asked.options.horizon)
    is_same = all(math.isclose(one, other, rel_tol=SAME) for one, other in zip(found.mean, mean, strict=True))
    return _shown(run, found, is_same)


def _mean_of(stores: Stores, run: StoredRun, name: str) -> tuple[float, ...]:
    from storage.forecast_documents import forecast_of  # loads scipy's distributions

    chunk = stores.forecasts.chunk_with(run.number, name)
    said = None if chunk is None or not chunk.content else forecast_of(chunk.content)
    if said is None or name not in said.ids:
        sku, place = sku_and_place(name)
        raise NotFound(
            f"forecast run {run.number} has no forecast of {sku} at {place}",
            fix=f"See GET /v1/forecasts/runs/{run.number}/series",
        )
    return tuple(said.mean[said.ids.index(name)].tolist())


def _history(stores: Stores, run: StoredRun, name: str) -> "History":
    """What is known now of the series up to the run's cutoff: later sales are cut off."""
    from storage.demand_documents import history_of

    grain, cutoff, options = run.asked.grain, run.asked.cutoff, run.asked.options
    revision = stores.demand.revision
    selection = Selection(grain, revision)
    span = stores.demand.spans(grain, [name]).get(name)
    if span is None or not span.first <= cutoff <= span.last:
        raise HistoryGone(*sku_and_place(name), run.number)
    wanted = Wanted(
        selection,
        span.last,
        ahead=options.horizon,
        drivers=options.drivers,
        attributes=stores.demand_context.attribute_names(revision),
    )
    history = history_of(read_series(stores.demand, stores.demand_context, wanted, [name]))
    later = _steps(grain, (span.last - cutoff).days)
    return replace(history.until(later, announced=True), last=cutoff)


def _steps(grain: Grain, days: int) -> int:
    return days // grain.days


def _shown(run: StoredRun, found: "SeriesExplanation", is_same: bool) -> ForecastExplanation:
    sku, place = sku_and_place(found.unique_id)
    plain = ("cv2", "steps", "observed", "sold", "hidden", "bounded", "closed", "hidden_units")
    return ForecastExplanation(
        run=run.number,
        sku=sku,
        place=place,
        summary=found.summary(),
        is_of_the_run=is_same,
        grain=found.grain,
        periods=list(found.periods),
        mean=list(found.mean),
        demand_class=found.demand_class,
        adi=None if math.isinf(found.adi) else found.adi,
        **{field: getattr(found, field) for field in plain},
        choices=[_choice_out(choice) for choice in found.choices],
        models=[ModelOut.model_validate(model) for model in found.models],
        launch=None if found.launch is None else LaunchOut.model_validate(found.launch),
        alive=list(found.alive),
        season=list(found.season),
        spread=SpreadOut.model_validate(found.spread),
        bias=BiasOut.model_validate(found.bias),
        left_out=[ModelLeftOutOut.model_validate(gone) for gone in found.left_out],
        drivers=[DriverEffectOut.model_validate(driver) for driver in found.drivers],
    )


def _choice_out(choice: "BucketChoice") -> ChoiceOut:
    return ChoiceOut(
        first_step=choice.first_step,
        last_step=choice.last_step,
        weights=[WeightOut(model=model, weight=weight) for model, weight in choice.weights],
        why=choice.why.value,
        sentence=choice.sentence,
        taken=choice.taken,
        rivals=[RivalOut.model_validate(rival) for rival in choice.rivals],
        evidence=choice.evidence,
        family=choice.family.value,
        width=choice.width,
    )
