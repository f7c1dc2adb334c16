"""Shows forecast runs and what they say, exports and cancels them. It makes none."""

from collections.abc import Iterator, Mapping

from fastapi import Response
from fastapi.responses import StreamingResponse

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, record, write_once
from api.edge.pages import Asked, Key, Page, number_in, page_of
from api.errors import NotFound, RunUnfinished
from api.forecasts.overriding import lay_over
from api.forecasts.schemas import (
    MAX_LEFT_OUT,
    ForecastOut,
    ForecastRunDetail,
    ForecastRunOut,
    Format,
    TrainingOut,
)
from api.forecasts.translate import forecasts_out, run_detail, run_out, training_out
from api.jobs.service import address, stop
from forecasting.history import Grain, series_id
from fulfillment.ids import SkuId
from storage.database import Database
from storage.forecasts import StoredRun
from storage.jobs import JobState
from storage.stores import Stores

_MEDIA_TYPES: Mapping[Format, str] = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv; charset=utf-8",
}


def list_runs(database: Database, asked: Asked) -> Page[ForecastRunOut]:
    """Runs, the newest first."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.forecasts.list(
                before=number_in(after) if after else None, limit=asked.limit + 1
            ),
            key=lambda run: (str(run.number),),
            parts=1,
            show=run_out,
        )


def get_run(database: Database, number: int) -> ForecastRunDetail:
    with database.reading() as stores:
        return _detail(stores, _known(stores, number))


def get_latest(database: Database, grain: Grain) -> ForecastRunDetail:
    """The newest run that is done.

    Raises
    ------
    NotFound
        There is none.
    """
    with database.reading() as stores:
        run = stores.forecasts.latest(grain)
        if run is None:
            raise NotFound(
                f"no forecast run by {grain.value} is done", fix="Ask for one with POST /v1/forecasts/runs"
            )
        return _detail(stores, run)


def list_trainings(database: Database, asked: Asked) -> Page[TrainingOut]:
    """What was learned, the newest first."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.forecasts.trainings(
                before=number_in(after) if after else None, limit=asked.limit + 1
            ),
            key=lambda training: (str(training.number),),
            parts=1,
            show=training_out,
        )


def list_forecasts(
    database: Database, number: int, asked: Asked, *, sku: str | None, place: str | None, planned: bool
) -> Page[ForecastOut]:
    """Forecasts of a run by id of the series, read chunk by chunk so that a page costs what it shows.

    `planned` are those with the overrides that hold now.
    """
    with database.reading() as stores:
        run = done(stores, number)
        return page_of(
            asked,
            lambda after: _forecasts(stores, run, sku=sku, place=place, planned=planned, after=after),
            key=lambda shown: (_id(shown),),
            parts=1,
            show=lambda shown: shown,
        )


def export(database: Database, number: int, form: Format, *, planned: bool) -> Response:
    """The file of a run, sent while it is written; `planned` with the overrides that hold now."""
    from api.forecasts.export import file_of

    with database.reading() as stores:
        run = done(stores, number)
    name = f"forecast-{number}.{form}"
    return StreamingResponse(
        file_of(database, run, form, planned=planned),
        media_type=_MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def cancel(database: Database, call: Call, number: int) -> Answer:
    """Cancel the job of a run.

    Raises
    ------
    JobEnded
        It is done, or has failed.
    """

    def write(stores: Stores) -> Answer:
        stop(stores, _known(stores, number).job)
        return record(stores, call, answer(run_out(_known(stores, number))))

    return write_once(database, call, write, alone=False)


def done(stores: Stores, number: int) -> StoredRun:
    """The run of that number, if it has forecasts to show.

    Raises
    ------
    NotFound
        There is no such run.
    RunUnfinished
        It is not done.
    """
    run = _known(stores, number)
    if run.state is not JobState.DONE:
        raise RunUnfinished(number, run.state.value, address(run.job))
    return run


def _forecasts(
    stores: Stores, run: StoredRun, *, sku: str | None, place: str | None, planned: bool, after: Key | None
) -> Iterator[ForecastOut]:
    from storage.forecast_documents import forecast_of  # loads scipy's distributions

    behind = after[0] if after else ""
    if sku is not None and place is not None:
        only = stores.forecasts.chunk_with(run.number, series_id(SkuId(sku), place))
        chunks = iter(() if only is None else (only,))
    else:
        chunks = stores.forecasts.chunks(run.number, after=behind)
    for chunk in chunks:
        if not chunk.content:
            continue
        said = forecast_of(chunk.content)
        laid = lay_over(stores, said, run.asked.grain, now=stores.real_now) if planned else None
        for shown in forecasts_out(said, laid):
            is_wanted = sku in (None, shown.sku) and place in (None, shown.place)
            if is_wanted and _id(shown) > behind:
                yield shown


def _id(shown: ForecastOut) -> str:
    return series_id(SkuId(shown.sku), shown.place)


def _detail(stores: Stores, run: StoredRun) -> ForecastRunDetail:
    return run_detail(run, stores.forecasts.left_out(run.number, limit=MAX_LEFT_OUT))


def _known(stores: Stores, number: int) -> StoredRun:
    run = stores.forecasts.get(number)
    if run is None:
        raise NotFound(f"no forecast run {number}", fix="See GET /v1/forecasts/runs")
    return run
