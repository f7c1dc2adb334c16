"""What the commands of `nodewise forecast` forecast from: the demo's sales, or files, as options name them.

Options of one meaning for all of them, and the door from these to a history. It forecasts nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli import forecast_notes as notes
from api.cli.errors import CommandError
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

    from forecasting.history import Grain, History
    from forecasting.reading.sales_lines import LineKind, SalesLines
    from forecasting.reading.stock_outs import StockOuts

Step = Literal["week", "day"]
SalesFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--sales",
        "--csv",
        show_default=False,
        help="CSV or Parquet: sales (sku,place,day,units), order lines, till sales, or a ready frame; else "
        "the demo's. Repeat it for sales of several sources.",
    ),
]
End = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day after the last step of sales.")
]
GrainName = Annotated[Step, typer.Option("--grain", help="Length of a step.")]
DriverNames = Annotated[
    str | None,
    typer.Option("--drivers", help="Columns of a ready frame that are known ahead, with commas between."),
]
Holidays = Annotated[
    str | None,
    typer.Option(
        metavar="COUNTRY[-PART]", help="Public holidays as drivers, such as GB-ENG; no --future is needed."
    ),
]
Future = Annotated[Path | None, typer.Option(help="The drivers of every step to be forecast.")]
AttributeFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--attributes", show_default=False, help="What is known of series, skus or places; repeat it."
    ),
]
AnnouncedFile = Annotated[
    Path | None,
    typer.Option("--announced", help="What is to be sold and has not been on sale yet: sku,place."),
]
StockOutFile = Annotated[
    Path | None, typer.Option("--stock-outs", help="When shelves were empty: sku,place,from,until,cause.")
]
ZoneNames = Annotated[
    list[str] | None,
    typer.Option(
        "--zone",
        metavar="PLACE=ZONE",
        show_default=False,
        help="Time zone of a place, such as LON1=Europe/London; repeat it. Needed for instants with offset.",
    ),
]

_READY = "unique_id"  # which no other kind of file has


@dataclass(frozen=True, slots=True)
class Source:
    """What the options of one command name."""

    sales: tuple[Path, ...] = ()
    end: date | None = None
    grain_name: Step = "week"
    drivers: tuple[str, ...] = ()
    future: Path | None = None
    attributes: tuple[Path, ...] = ()
    stock_outs: Path | None = None
    announced: Path | None = None
    zone_names: tuple[str, ...] = ()
    holidays: str | None = None

    @property
    def grain(self) -> "Grain":
        from forecasting.history import Grain

        return Grain(self.grain_name)


def source(
    sales: list[Path] | None,
    end: datetime | None,
    grain: Step,
    *,
    drivers: str | None = None,
    future: Path | None = None,
    attributes: list[Path] | None = None,
    stock_outs: Path | None = None,
    announced: Path | None = None,
    zone: list[str] | None = None,
    holidays: str | None = None,
) -> Source:
    """The options as one value."""
    return Source(
        sales=tuple(sales or ()),
        end=end.date() if end is not None else None,
        grain_name=grain,
        drivers=tuple(name.strip() for name in (drivers or "").split(",") if name.strip()),
        future=future,
        attributes=tuple(attributes or ()),
        stock_outs=stock_outs,
        announced=announced,
        zone_names=tuple(zone or ()),
        holidays=holidays,
    )


def history_of(asked: Source, *, horizon: int, say: notes.Say = lambda _: None) -> "History":
    """Read what is named, and `say` what became of it where it is not as it was given.

    Raises
    ------
    CommandError
        Options that do not go together or name nothing that sells, or nothing was sold before the end.
    InvalidInput
        A file that cannot be read, or holds bad values.
    """
    from forecasting.history import sku_and_place

    zones = _zones(asked.zone_names)
    try:
        outs = _stock_outs(asked.stock_outs, zones)
        history = _read(asked, zones, outs, horizon=horizon, say=say)
    except InvalidInput as error:
        if error.pointer != "/zones":
            raise
        raise CommandError(
            error.detail,
            fix="Give --zone for each place, such as LON1=Europe/London, or instants without offset",
        ) from error
    if outs is not None:
        option = f"--stock-outs {asked.stock_outs}"
        notes.of_names(option, outs.ids, history.ids, what="", say=say)
    places = {sku_and_place(unique_id)[1] for unique_id in history.ids}
    notes.of_names("--zone", list(zones), places, what="place ", say=say)
    return history if asked.holidays is None else _with_holidays(history, asked.holidays, horizon)


def _read(
    asked: Source, zones: dict[str, str], outs: "StockOuts | None", *, horizon: int, say: notes.Say
) -> "History":
    """By one of the two doors: a ready frame as it stands, or the steps of sales."""
    from api.demand.files import columns_of, read_announced_file, read_attribute_file, read_history_file
    from forecasting.reading.announced import with_announced
    from forecasting.reading.frame import read_frame
    from forecasting.reading.stock_outs import flag_stock_outs

    ready = [file for file in asked.sales if _READY in columns_of(file)]
    if ready:
        _refuse_beside_a_ready_frame(asked, ready[0])
        return read_history_file(
            ready[0],
            grain=asked.grain,
            drivers=asked.drivers,
            future=asked.future,
            attributes=asked.attributes,
            stock_outs=outs,
            horizon=horizon,
        )
    for option, given in (("--drivers", asked.drivers), ("--future", asked.future)):
        if given:
            raise CommandError(
                f"{option} is of a ready frame, and none is given",
                fix="Name one with --sales: a row per series and step, with unique_id, ds, y and the drivers",
            )
    frame = _frame(asked, zones, say) if asked.sales else _demo_frame(asked)
    if outs is not None:
        frame = flag_stock_outs(frame, outs, grain=asked.grain)
    if asked.announced is not None:
        frame = with_announced(frame, read_announced_file(asked.announced))
    told = [read_attribute_file(one) for one in asked.attributes]
    return read_frame(frame, grain=asked.grain, attributes=told, horizon=horizon)


def _frame(asked: Source, zones: dict[str, str], say: notes.Say) -> "pd.DataFrame":
    """The steps of sales lines."""
    from api.demand.files import columns_of, read_sales_file
    from forecasting.reading.sales import day_after, frame_of_sales
    from forecasting.reading.sales_lines import join_lines

    lines: SalesLines = join_lines(
        [read_sales_file(file, _kind(columns_of(file)), zones=zones) for file in asked.sales]
    )
    files = ", ".join(map(str, asked.sales))
    if not (lines.units > 0).any():
        why = "all lines are returns" if len(lines) else "there are no lines"
        raise CommandError(
            f"{files}: nothing was sold; {why}",
            fix="Name files with sales in them",
        )
    end = asked.end or day_after(lines)
    frame, report = frame_of_sales(lines, end=end, grain=asked.grain)
    for note in notes.of_sales(lines, report, end=end, grain=asked.grain):
        say(note)
    if frame.empty:
        first = lines.when[lines.units > 0].min().astype("datetime64[D]")
        raise CommandError(
            f"--end: nothing was sold before {end}; the first sale of {files} is of {first}",
            fix="Name the day after some weeks of sales, or leave out --end",
        )
    return frame


def _demo_frame(asked: Source) -> "pd.DataFrame":
    """The steps of the demo's sales."""
    from api.demo.assemble import REPORTING_WINDOW
    from api.demo.sales_frame import sales_frame

    end = asked.end or REPORTING_WINDOW.start
    frame = sales_frame(end=end, grain=asked.grain)
    if frame.empty:
        raise CommandError(
            f"--end: nothing was sold in the year before {end}",
            fix="Name the day after some weeks of sales; the demo's go from 2009-12-01 to 2011-05-31",
        )
    return frame


def _kind(columns: tuple[str, ...]) -> "LineKind":
    """Told by the column that says when; whatever has neither is refused as dated sales."""
    from forecasting.reading.sales_lines import DATED_SALES, ORDER_LINES, WALK_IN_SALES

    return next((kind for kind in (ORDER_LINES, WALK_IN_SALES) if kind.at in columns), DATED_SALES)


def _with_holidays(history: "History", of: str, horizon: int) -> "History":
    """The drivers of the calendar beside those of the history: a country, or a part of it behind a dash."""
    from forecasting.reading.calendar import add_calendar, public_holidays, years_of

    country, _, part = of.partition("-")
    try:
        found = public_holidays(country, years=years_of(history, horizon=horizon), subdivision=part or None)
        return add_calendar(history, found, horizon=horizon)
    except InvalidInput as error:
        raise CommandError(f'--holidays "{of}": {error.detail}', fix=error.fix) from error


def _stock_outs(file: Path | None, zones: dict[str, str]) -> "StockOuts | None":
    from api.demand.files import read_stock_out_file

    return None if file is None else read_stock_out_file(file, zones=zones)


def _refuse_beside_a_ready_frame(asked: Source, ready: Path) -> None:
    if len(asked.sales) > 1:
        raise CommandError(
            f"{ready} is a ready frame, and {len(asked.sales) - 1} more is given beside it",
            fix="Give one ready frame, or only files of sales",
        )
    if asked.end is not None:
        raise CommandError(
            f"--end: {ready} is a ready frame, and ends where its last step does",
            fix="Leave out --end, or the rows of the steps after it",
        )
    if asked.announced is not None:
        raise CommandError(
            f"--announced goes with files of sales, and {ready} is a ready frame",
            fix="Add a row of its last step for each series that is announced, with y 0 and stocked_out true",
        )


def _zones(names: tuple[str, ...]) -> dict[str, str]:
    zones = {}
    for text in names:
        place, _, zone = text.partition("=")
        if not place or not zone:
            raise CommandError(
                f'--zone "{text}" is not of the form PLACE=ZONE', fix="Write for example LON1=Europe/London"
            )
        zones[place] = zone
    return zones
