"""What the commands of `nodewise forecast` forecast from: the demo's sales, or files, as options name them.

Options of one meaning for all of them, and the door from these to a history. It forecasts nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.errors import CommandError

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
    )


def history_of(asked: Source, *, horizon: int) -> "History":
    """Read what is named.

    Raises
    ------
    CommandError
        Options that do not go together, or nothing was sold before the end.
    InvalidInput
        A file that cannot be read, or holds bad values.
    """
    from api.demand.files import columns_of, read_announced_file, read_attribute_file, read_history_file
    from forecasting.reading.announced import with_announced
    from forecasting.reading.frame import read_frame
    from forecasting.reading.stock_outs import flag_stock_outs

    zones = _zones(asked.zone_names)
    ready = [file for file in asked.sales if _READY in columns_of(file)]
    if ready:
        _refuse_beside_a_ready_frame(asked, ready[0])
        return read_history_file(
            ready[0],
            grain=asked.grain,
            drivers=asked.drivers,
            future=asked.future,
            attributes=asked.attributes,
            stock_outs=_stock_outs(asked.stock_outs, zones),
            horizon=horizon,
        )
    for option, given in (("--drivers", asked.drivers), ("--future", asked.future)):
        if given:
            raise CommandError(
                f"{option} is of a ready frame, and none is given",
                fix="Name one with --sales: a row per series and step, with unique_id, ds, y and the drivers",
            )
    frame = _frame(asked, zones)
    if asked.stock_outs is not None:
        outs = _stock_outs(asked.stock_outs, zones)
        assert outs is not None
        frame = flag_stock_outs(frame, outs, grain=asked.grain)
    if asked.announced is not None:
        frame = with_announced(frame, read_announced_file(asked.announced))
    told = [read_attribute_file(one) for one in asked.attributes]
    return read_frame(frame, grain=asked.grain, attributes=told, horizon=horizon)


def _frame(asked: Source, zones: dict[str, str]) -> "pd.DataFrame":
    """The steps of sales lines, or of the demo's sales."""
    if asked.sales:
        from api.demand.files import columns_of, read_sales_file
        from forecasting.reading.sales import day_after, frame_of_sales
        from forecasting.reading.sales_lines import join_lines

        lines: SalesLines = join_lines(
            [read_sales_file(file, _kind(columns_of(file)), zones=zones) for file in asked.sales]
        )
        frame, _ = frame_of_sales(lines, end=asked.end or day_after(lines), grain=asked.grain)
    else:
        from api.demo.assemble import REPORTING_WINDOW
        from api.demo.sales_frame import sales_frame

        frame = sales_frame(end=asked.end or REPORTING_WINDOW.start, grain=asked.grain)
    if frame.empty:
        raise CommandError(
            f"--end: nothing was sold in the year before {asked.end}",
            fix="Name the day after some weeks of sales; the demo's go from 2009-12-01 to 2011-05-31",
        )
    return frame


def _kind(columns: tuple[str, ...]) -> "LineKind":
    """Told by the column that says when; whatever has neither is refused as dated sales."""
    from forecasting.reading.sales_lines import DATED_SALES, ORDER_LINES, WALK_IN_SALES

    return next((kind for kind in (ORDER_LINES, WALK_IN_SALES) if kind.at in columns), DATED_SALES)


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
