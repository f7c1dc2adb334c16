"""`nodewise forecast`: weekly demand per sku with quantiles, and a backtest of such forecasts."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.errors import CommandError, ExitCode
from api.cli.groups import Verbs
from api.cli.table import Column, Report, Row, Table
from api.cli.words import count, percent
from fulfillment.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from forecasting.backtest import Backtest
    from forecasting.demand import QuantileForecast
    from fulfillment.ids import SkuId

app = typer.Typer(
    cls=Verbs,
    rich_markup_mode=None,
    add_completion=False,
    invoke_without_command=True,
    help="Weekly demand per sku with quantiles; `backtest` says how good such forecasts were.",
)

Csv = Annotated[
    Path | None, typer.Option("--csv", help="Sales with the columns sku,place,day,units; else the demo's.")
]
End = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day after the last week of sales.")
]
Horizon = Annotated[int, typer.Option(help="Weeks ahead.", min=1, max=52)]
_SHOWN_LEVELS = (0.05, 0.5, 0.95)
_UNTOUCHED = {
    "csv": None,
    "end": None,
    "horizon": 4,
    "sku": None,
    "top": 15,
    "json": False,
    "no_color": False,
}


@app.callback()
def forecast(
    context: typer.Context,
    csv: Csv = None,
    end: End = None,
    horizon: Horizon = 4,
    sku: Annotated[str | None, typer.Option(help="Only this sku.")] = None,
    top: Annotated[int, typer.Option(help="How many a terminal shows; a pipe gets all.", min=1)] = 15,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Forecast weekly demand: the mean of three models, negative-binomial quantiles around it."""
    if context.invoked_subcommand is not None:
        if context.params != _UNTOUCHED:
            raise CommandError(
                f"options stand before {context.invoked_subcommand}, where nothing reads them",
                fix=f"Put them behind: nodewise forecast {context.invoked_subcommand} --help",
            )
        return
    output = options.output(json, no_color)
    with output.progress("reading sales") as progress:
        frame = _frame(csv, end)
        if sku is not None:
            _refuse_unknown(sku, frame)
        progress.update(f"forecasting {count(frame['unique_id'].nunique(), 'series', 'series')}")
        from forecasting.forecast import forecast as make

        made = make(frame, horizon=horizon)
    output.report(_forecast_report(made, frame, sku=sku, top=top))


@app.command()
def backtest(
    csv: Csv = None,
    end: End = None,
    horizon: Horizon = 4,
    windows: Annotated[int, typer.Option(help="Cutoffs, one horizon apart.", min=1)] = 4,
    json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Hide the last weeks, forecast them, and judge by what was sold; seasonal naive is the reference.

    Ends with 1 if the mean of the models was no better than the reference."""
    output = options.output(json, no_color)
    with output.progress("reading sales") as progress:
        frame = _frame(csv, end)
        progress.update(
            f"forecasting {count(frame['unique_id'].nunique(), 'series', 'series')} {windows} times"
        )
        from forecasting.backtest import backtest as judge

        judged = judge(frame, windows=windows, horizon=horizon)
    output.report(_backtest_report(judged))
    if (judged.of().skill or 0.0) <= 0:
        raise typer.Exit(ExitCode.NO)


def _frame(csv: Path | None, end: datetime | None) -> "pd.DataFrame":
    until = end.date() if end is not None else None
    if csv is not None:
        from api.demand.files import read_sales_file
        from forecasting.sales import day_after, frame_of_sales
        from forecasting.sales_lines import DATED_SALES

        lines = read_sales_file(csv, DATED_SALES)
        frame, _ = frame_of_sales(lines, end=until or day_after(lines))
    else:
        from api.demo.assemble import REPORTING_WINDOW
        from api.demo.sales_frame import sales_frame

        frame = sales_frame(end=until or REPORTING_WINDOW.start)
    if frame.empty:
        raise CommandError(
            f"--end: nothing was sold in the year before {until}",
            fix="Name the day after some weeks of sales; the demo's go from 2009-12-01 to 2011-05-31",
        )
    return frame


def _refuse_unknown(sku: str, frame: "pd.DataFrame") -> None:
    known = sorted({unique_id.rpartition("|")[0] for unique_id in frame["unique_id"].unique()})
    if sku not in known:
        raise CommandError(
            f'--sku: no sku with sales is named "{sku}"{did_you_mean(sku, known)}',
            fix="Correct it; without --sku all are forecast",
        )


def _forecast_report(made: "QuantileForecast", frame: "pd.DataFrame", *, sku: str | None, top: int) -> Report:
    series = [pair for pair in made.series() if sku in (None, pair[0])]
    by_units = sorted(series, key=lambda pair: (-sum(made.mean_units(*pair)), pair))
    sold = frame.groupby("unique_id")["y"].apply(lambda units: float(units.iloc[-4:].mean()))
    last_week: date = made.periods[0] - timedelta(weeks=1)
    return Report(
        tables=[_by_series(made, by_units[:top], sold)],
        sentence=(
            f"{count(len(series), 'series', 'series')} from sales until {last_week + timedelta(days=6)}. "
            "In 90 % of weeks sales are meant to lie between 5 % and 95 %."
        ),
        following="nodewise forecast backtest",
        piped=_long(made, by_units),
    )


def _by_series(
    made: "QuantileForecast", pairs: "Sequence[tuple[SkuId, str]]", sold: "pd.Series[float]"
) -> Table:
    shown = [(f"q{level:g}", made.levels.index(level)) for level in _SHOWN_LEVELS]
    names = {"q0.05": "5 %", "q0.5": "median", "q0.95": "95 %"}
    columns = [
        Column("sku", "sku"),
        Column("place", "place", gives_way=True),
        Column("sold", "sold a week", right=True, show=_units),
        Column("mean", "next week", right=True, show=_units),
        *(Column(key, names[key], right=True, show=lambda units: f"{units:,.0f}") for key, _ in shown),
        Column("total", f"in {len(made.periods)} weeks", right=True, show=_units),
    ]
    rows: list[Row] = []
    for sku, place in pairs:
        means = made.mean_units(sku, place)
        quantiles = made.quantile_units(sku, place)[0]
        rows.append(
            {
                "sku": sku,
                "place": place,
                "sold": float(sold[f"{sku}|{place}"]),
                "mean": means[0],
                "total": sum(means),
                **{key: quantiles[index] for key, index in shown},
            }
        )
    return Table(columns, rows)


def _units(units: float) -> str:
    return f"{units:,.1f}"


def _long(made: "QuantileForecast", pairs: "Sequence[tuple[SkuId, str]]") -> Table:
    """A row per series and week, every level in a column."""
    levels = [f"q{level:g}" for level in made.levels]
    rows: list[Row] = [
        {"sku": sku, "place": place, "week": week, "mean": mean, **dict(zip(levels, units, strict=True))}
        for sku, place in pairs
        for week, mean, units in zip(
            made.periods,
            made.mean_units(sku, place),
            made.quantile_units(sku, place),
            strict=True,
        )
    ]
    return Table([Column(key, key) for key in ("sku", "place", "week", "mean", *levels)], rows)


def _backtest_report(judged: "Backtest") -> Report:
    table = judged.table()
    score = judged.of()
    skill = score.skill or 0.0
    word = "less" if skill > 0 else "more"
    columns = [
        Column("model", "model", show=lambda name: name.replace("_", " ")),
        Column("demand_class", "demand"),
        Column("weeks", "weeks", right=True),
        *(Column(key, key.replace("_", " "), right=True, show=_ratio) for key in ("quantile_loss", "wape")),
        Column("bias", "bias", right=True, show=_signed),
        Column("skill", "skill", right=True, show=_signed, style=_skill_style),
    ]
    calibration = [Column(key, key) for key in table[0] if key.startswith(("below_", "at_or_below_"))]
    return Report(
        tables=[Table(columns, table)],
        sentence=(
            f"The mean of the models loses {percent(abs(skill))} {word} than seasonal naive "
            f"({judged.windows} windows of {count(judged.horizon, 'week')}). Skill: 1 is perfect, 0 is "
            "seasonal naive."
        ),
        following="nodewise forecast",
        piped=Table([*columns, *calibration], table),
    )


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}".replace("-", "−")


def _skill_style(value: float | None) -> str:
    return "" if not value else "green" if value > 0 else "red"
