"""`nodewise forecast`: demand per sku and place with quantiles; made, judged, explained, exported."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import forecast_sources as sources
from api.cli import options, state
from api.cli.errors import CommandError, ExitCode
from api.cli.groups import Verbs
from api.cli.words import count
from fulfillment.nearest import did_you_mean

if TYPE_CHECKING:
    from forecasting.history import History

app = typer.Typer(
    cls=Verbs,
    rich_markup_mode=None,
    add_completion=False,
    invoke_without_command=True,
    help="Demand per sku and place with quantiles: a quick look without a verb, `run` for files.",
)

Horizon = Annotated[int, typer.Option(help="Steps ahead.", min=1, max=364)]
Out = Annotated[
    Path,
    typer.Option("--out", help="The file; Parquet if it ends in .parquet, else CSV. One there is replaced."),
]
TrainedFile = Annotated[
    Path | None,
    typer.Option("--trained", help="What was learned: used if it is there, else learned and kept there."),
]
LARGEST_SEED = 2**31 - 1


Seed = Annotated[int, typer.Option(help="Draws the series that are learned from.", min=0, max=LARGEST_SEED)]


@app.callback()
def forecast(
    context: typer.Context,
    sales: sources.SalesFiles = None,
    end: sources.End = None,
    grain: sources.GrainName = "week",
    drivers: sources.DriverNames = None,
    future: sources.Future = None,
    attributes: sources.AttributeFiles = None,
    stock_outs: sources.StockOutFile = None,
    announced: sources.AnnouncedFile = None,
    zone: sources.ZoneNames = None,
    holidays: sources.Holidays = None,
    horizon: Horizon = 4,
    sku: Annotated[str | None, typer.Option(help="Only this sku.")] = None,
    top: Annotated[int, typer.Option(help="How many a terminal shows; a pipe gets all.", min=1)] = 15,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Forecast demand in this process, and look at it. `run` makes files of any size."""
    if context.invoked_subcommand is not None:
        _refuse_options_before(context, context.invoked_subcommand)
        return
    asked = sources.source(
        sales,
        end,
        grain,
        drivers=drivers,
        future=future,
        attributes=attributes,
        stock_outs=stock_outs,
        announced=announced,
        zone=zone,
        holidays=holidays,
    )
    output = options.output(json, no_color)
    with output.progress("reading sales") as progress:
        history = sources.history_of(asked, horizon=horizon, say=output.say)
        if sku is not None:
            _refuse_unknown(sku, history)
        progress.update(f"forecasting {count(len(history), 'series', 'series')}")
        from api.cli.forecast_tables import look
        from forecasting.forecast import forecast_at_once

        made = forecast_at_once(history, horizon=horizon)
    output.report(look(made, history, sku=sku, top=top))


@app.command()
def run(
    out: Out,
    sales: sources.SalesFiles = None,
    end: sources.End = None,
    grain: sources.GrainName = "week",
    drivers: sources.DriverNames = None,
    future: sources.Future = None,
    attributes: sources.AttributeFiles = None,
    stock_outs: sources.StockOutFile = None,
    announced: sources.AnnouncedFile = None,
    zone: sources.ZoneNames = None,
    holidays: sources.Holidays = None,
    horizon: Horizon = 8,
    levels: Annotated[
        str | None, typer.Option(help="Quantiles, rising, with commas between; nine from 0.05 to 0.99.")
    ] = None,
    seed: Seed = 0,
    trained: TrainedFile = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes to forecast in; those of the settings.", min=1, max=256)
    ] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Scheduler of a Dask cluster to forecast on.")
    ] = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Learn, forecast chunk by chunk on several processes or a cluster, and write a file.

    Equal sales, options and training give equal files. Ends with 1 if every series was left out."""
    asked = sources.source(
        sales,
        end,
        grain,
        drivers=drivers,
        future=future,
        attributes=attributes,
        stock_outs=stock_outs,
        announced=announced,
        zone=zone,
        holidays=holidays,
    )
    output = options.output(json, no_color)
    with output.progress("reading sales") as progress:
        from api.cli.forecast_files import Wanted, make, pool_of
        from api.cli.forecast_tables import run_made
        from api.logs import quiet
        from forecasting.steps import check_horizon

        quiet()
        check_horizon(horizon, asked.grain)
        wanted = Wanted(out, horizon, _levels(levels), seed, trained)
        history = sources.history_of(asked, horizon=horizon, say=output.say)
        with closing(pool_of(workers, dask)) as pool:
            made = make(pool, history, wanted, progress)
    output.report(run_made(made, wanted, history))
    if made.series == 0:
        raise typer.Exit(ExitCode.NO)


@app.command()
def backtest(
    sales: sources.SalesFiles = None,
    end: sources.End = None,
    grain: sources.GrainName = "week",
    drivers: sources.DriverNames = None,
    attributes: sources.AttributeFiles = None,
    stock_outs: sources.StockOutFile = None,
    zone: sources.ZoneNames = None,
    holidays: sources.Holidays = None,
    horizon: Horizon = 4,
    windows: Annotated[int, typer.Option(help="Cutoffs, one horizon apart.", min=1)] = 4,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Hide the last steps, forecast them, and judge by what was sold; seasonal naive is the reference.

    Ends with 1 if the forecast was no better than the reference."""
    asked = sources.source(
        sales,
        end,
        grain,
        drivers=drivers,
        attributes=attributes,
        stock_outs=stock_outs,
        zone=zone,
        holidays=holidays,
    )
    output = options.output(json, no_color)
    with output.progress("reading sales") as progress:
        history = sources.history_of(asked, horizon=0, say=output.say)
        progress.update(f"forecasting {count(len(history), 'series', 'series')} {windows} times")
        from api.cli.forecast_tables import judgement
        from forecasting.judging.backtest import backtest_of

        judged = backtest_of(history, windows=windows, horizon=horizon)
    output.report(judgement(judged, history.grain))
    if (judged.of().skill or 0.0) <= 0:
        raise typer.Exit(ExitCode.NO)


@app.command()
def explain(
    series: Annotated[
        str, typer.Argument(metavar="SERIES", help='"SKU|PLACE", or a SKU that sells at one place only.')
    ],
    sales: sources.SalesFiles = None,
    end: sources.End = None,
    grain: sources.GrainName = "week",
    drivers: sources.DriverNames = None,
    future: sources.Future = None,
    attributes: sources.AttributeFiles = None,
    stock_outs: sources.StockOutFile = None,
    announced: sources.AnnouncedFile = None,
    zone: sources.ZoneNames = None,
    holidays: sources.Holidays = None,
    horizon: Horizon = 8,
    seed: Seed = 0,
    trained: TrainedFile = None,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Why the forecast of one sku at one place is what it is, in figures that add up to it."""
    asked = sources.source(
        sales,
        end,
        grain,
        drivers=drivers,
        future=future,
        attributes=attributes,
        stock_outs=stock_outs,
        announced=announced,
        zone=zone,
        holidays=holidays,
    )
    output = options.output(json, no_color)
    with output.progress("reading sales") as progress:
        from api.cli.forecast_explained import explained, series_named
        from api.cli.trained_files import known_or_learned
        from forecasting.explaining.explain import explain as why
        from forecasting.steps import check_horizon

        check_horizon(horizon, asked.grain)
        history = sources.history_of(asked, horizon=horizon, say=output.say)
        only = series_named(history, series)
        learned = known_or_learned(trained, history, horizon=horizon, seed=seed, progress=progress)
        progress.update("explaining")
        (one,) = why(only, learned, horizon=horizon)
    output.report(explained(one, training=learned.digest))


@app.command()
def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Number of a run that is done, or latest.")],
    out: Out,
    grain: Annotated[sources.Step, typer.Option("--grain", help="Of the latest run.")] = "week",
    planned: Annotated[bool, typer.Option("--planned", help="With the overrides that hold now.")] = False,
    database: Annotated[
        Path | None, typer.Option("--database", help="SQLite file to take it from, instead of a service.")
    ] = None,
    url: options.Url = None,
    api_key: options.ApiKey = None,
    as_curl: options.AsCurl = False,
    as_python: options.AsPython = False,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Save all that a forecast run of the service says as a file."""
    from api.cli.forecast_exports import call_of, from_database, from_service, number_of
    from api.cli.forecast_tables import exported

    number, output = number_of(run), options.output(json, no_color)
    if database is not None:
        if url is not None or as_curl or as_python:
            raise CommandError(
                "--database is given beside an option of the service",
                fix="Ask the service, or name the database that it keeps its runs in",
            )
        with state.opened(database) as opened, output.progress(f"exporting run {run}"):
            done = from_database(opened, number, out, grain=grain, planned=planned)
    else:
        from api.cli.calls import printed
        from api.cli.client import Service, address

        where = address(url)
        if as_curl or as_python:
            call = call_of(number, out, planned=planned)
            output.data(printed(call, where, as_curl=as_curl, as_python=as_python, with_key=bool(api_key)))
            return
        with Service(where, api_key) as service, output.progress(f"exporting run {run}"):
            done = from_service(service, number, out, grain=grain, planned=planned)
    output.report(exported(done, out))


def _refuse_options_before(context: typer.Context, verb: str) -> None:
    """Options of the look, which a verb would not read."""
    sources_of = (context.get_parameter_source(name) for name in context.params)
    if any(one is not None and one.name != "DEFAULT" for one in sources_of):
        raise CommandError(
            f"options stand before {verb}, where nothing reads them",
            fix=f"Put them behind: nodewise forecast {verb} --help",
        )


def _refuse_unknown(sku: str, history: "History") -> None:
    from forecasting.history import sku_and_place

    known = sorted({str(sku_and_place(unique_id)[0]) for unique_id in history.ids})
    if sku not in known:
        raise CommandError(
            f'--sku: no sku with sales is named "{sku}"{did_you_mean(sku, known)}',
            fix="Correct it; without --sku all are forecast",
        )


def _levels(text: str | None) -> tuple[float, ...]:
    from forecasting.quantiles.levels import LEVELS, check_levels

    if text is None:
        return LEVELS
    try:
        return check_levels([float(one) for one in text.split(",")])
    except ValueError as error:
        raise CommandError(
            f'--levels "{text}" are no numbers', fix="Write for example 0.5,0.9,0.95"
        ) from error
