"""Asks for forecast runs: checks what is wanted against the demand that is there. It makes none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, record, write_once
from api.errors import FieldError, UnknownNames
from api.forecasts.jobs import FORECAST_RUN, ForecastJob
from api.forecasts.schemas import ForecastRunIn
from api.forecasts.translate import run_out
from api.jobs.service import create
from api.settings import Settings
from forecasting.history import sku_and_place
from forecasting.steps import check_horizon
from fulfillment.errors import InvalidInput, UnknownReference
from storage.database import Database
from storage.demand import Selection
from storage.forecasts import NewRun, RunOptions
from storage.stores import Stores

IMPORT_FIRST = "Send it with POST /v1/demand/history first"


def ask_for(database: Database, settings: Settings, call: Call, sent: ForecastRunIn) -> Answer:
    """Ask for a run (202): it forecasts the demand as it is now, whatever is sent later.

    Raises
    ------
    InvalidInput
        A horizon, levels, a training or a series that cannot be meant; each with its field and what to do.
    """
    check_horizon(sent.horizon, sent.grain)
    levels = _levels(sent.levels)
    if sent.train != "new":
        import forecasting.learning.trained  # noqa: F401 - takes a second, and nobody else can write below

    def write(stores: Stores) -> Answer:
        training = _training(stores, sent)
        new = _new_run(stores, settings, call, sent, levels=levels, training=training)
        number = stores.forecasts.add(new)
        job = create(stores, FORECAST_RUN, ForecastJob(run=number, series=new.series))
        stores.forecasts.of_job(number, job.id)
        run = stores.forecasts.get(number)
        assert run is not None, "it was added in this transaction"
        headers = {"Location": f"/v1/forecasts/runs/{number}"}
        return record(stores, call, answer(run_out(run), status=202, headers=headers), subject=str(number))

    return write_once(database, call, write)


def _levels(sent: Sequence[float] | None) -> tuple[float, ...]:
    from forecasting.quantiles.levels import LEVELS, check_levels  # loads scipy's distributions

    return LEVELS if sent is None else check_levels(sent)


def _training(stores: Stores, sent: ForecastRunIn) -> str | None:
    """The digest of the training that is asked for; None to learn anew."""
    if sent.train == "new":
        return None
    if sent.train == "latest":
        found = stores.forecasts.latest_training(sent.grain, horizon=sent.horizon)
        if found is None:
            raise InvalidInput(
                f"nothing was learned by {sent.grain.value} that reaches {sent.horizon} steps ahead",
                pointer="/train",
                fix='Ask with "train": "new" once',
            )
        _check_fits(stores, found.digest, sent)
        return found.digest
    found = stores.forecasts.training(sent.train)
    if found is None:
        raise InvalidInput(
            f"no training {sent.train}", pointer="/train", fix="See GET /v1/forecasts/trainings"
        )
    if (found.grain, found.horizon >= sent.horizon) != (sent.grain, True):
        raise InvalidInput(
            f"training {sent.train} is by {found.grain.value} and reaches {found.horizon} steps ahead",
            pointer="/train",
            fix='Ask for what it reaches, or with "train": "new"',
        )
    _check_fits(stores, found.digest, sent)
    return found.digest


def _check_fits(stores: Stores, training: str, sent: ForecastRunIn) -> None:
    """Refuse what this version cannot read, or knows other drivers: a worker would find out too late."""
    from forecasting.learning.trained import Trained  # loads scipy's distributions

    anew = 'Ask with "train": "new"'
    try:
        learned = Trained.from_json(stores.forecasts.document(training))
    except InvalidInput as error:
        raise InvalidInput(f"training {training}: {error.detail}", pointer="/train", fix=anew) from error
    if learned.drivers != tuple(sorted(set(sent.drivers))):
        raise InvalidInput(
            f"training {training} was made with drivers {', '.join(learned.drivers) or 'none'}",
            pointer="/drivers",
            fix=f"Name the same drivers. {anew} for others",
        )


def _new_run(
    stores: Stores,
    settings: Settings,
    call: Call,
    sent: ForecastRunIn,
    *,
    levels: tuple[float, ...],
    training: str | None,
) -> NewRun:
    selection = Selection(
        sent.grain, stores.demand.revision, tuple(sorted(set(sent.skus))), tuple(sorted(set(sent.places)))
    )
    _refuse_unknown(stores, sent)
    extent = stores.demand.extent(selection)
    if extent.latest_end is None:
        named = " of these skus and places" if sent.skus or sent.places else ""
        raise InvalidInput(
            f"there is no demand by {sent.grain.value}{named}", pointer="/grain", fix=IMPORT_FIRST
        )
    cutoff, series = extent.latest_end, extent.series
    selection = replace(selection, last=cutoff)
    ending = stores.demand.extent(selection).series
    if ending < series and sent.ended == "refuse":
        _refuse_ended(stores, selection, series - ending)
    _refuse_uncovered(stores, selection, sent)
    return NewRun(
        options=RunOptions(
            horizon=sent.horizon,
            levels=levels,
            seed=sent.seed,
            training=training,
            skus=selection.skus,
            places=selection.places,
            drivers=tuple(sorted(set(sent.drivers))),
        ),
        grain=sent.grain,
        revision=selection.revision,
        cutoff=cutoff,
        series=ending,
        passed_over=series - ending,
        chunk_series=settings.forecast_chunk_series,
        asked_by=call.act.actor,
        made_with=_version(),
    )


def _refuse_unknown(stores: Stores, sent: ForecastRunIn) -> None:
    network = stores.catalog.network()
    places = {*network.nodes, *network.zones}
    errors = [
        FieldError(f"/{field}/{i}", UnknownReference(kind, name, sorted(known)).detail, value=name)
        for field, kind, names, known in (
            ("skus", "sku", sent.skus, set(map(str, network.skus))),
            ("places", "node or zone", sent.places, set(map(str, places))),
        )
        for i, name in enumerate(names)
        if name not in known
    ]
    if errors:
        raise UnknownNames(errors[0].detail, errors, fix="Import it first, or correct its id")


def _refuse_ended(stores: Stores, selection: Selection, count: int) -> None:
    assert selection.last is not None
    of_any = replace(selection, last=None)
    ((name, last),) = stores.demand.ending_before(of_any, selection.last, limit=1)
    sku, place = sku_and_place(name)
    raise InvalidInput(
        f"{count:,} series end before the step of {selection.last}; {sku} at {place} does on {last}",
        pointer="/ended",
        fix='Send the steps that are missing, with 0 where nothing sold, or ask with "ended": "pass_over"',
    )


def _refuse_uncovered(stores: Stores, selection: Selection, sent: ForecastRunIn) -> None:
    assert selection.last is not None
    until = selection.last + timedelta(days=sent.grain.days * sent.horizon)
    for i, driver in enumerate(sent.drivers):
        found = stores.demand_context.uncovered(selection, driver, until=until)
        if found is None:
            continue
        sku, place = sku_and_place(found.series)
        raise InvalidInput(
            f"driver {driver} is not known of {sku} at {place} at every step from {found.first} to {until}",
            pointer=f"/drivers/{i}",
            fix="Send its values up to the last step that is forecast, or leave the driver out",
        )


def _version() -> str:
    try:
        return version("nodewise")
    except PackageNotFoundError:
        return "0"
