"""The files that demand comes in: sales lines, ready frames with their drivers, and stock-outs.

A file that ends in `.parquet` or `.pq` is Parquet, every other one CSV. Both are read by the same doors
as frames are, so equal rows give equal bytes.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from api.demand.csv_tables import pieces_of
from api.demand.parquet_tables import frames_of, is_parquet
from forecasting.history import Grain, History
from forecasting.reading.attributes import read_attributes
from forecasting.reading.frame import SOLD_OUT, STOCKED_OUT, read_frame
from forecasting.reading.sales_lines import LineKind, LineReader, SalesLines
from forecasting.reading.stock_out_lines import read_stock_outs
from forecasting.reading.stock_outs import StockOuts, flag_stock_outs
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

_ROW = re.compile(r"^/(?:(future|attributes|announced)/)?([0-9]+)/")


def columns_of(file: Path) -> tuple[str, ...]:
    """The names of its columns, by which files of different kinds can be told apart."""
    if is_parquet(file):
        return tuple(next(frames_of(file, rows_at_once=1)).columns)
    return tuple(next(pieces_of(file, rows_at_once=1)).header)


def read_sales_file(file: Path, kind: LineKind, *, zones: Mapping[str, str] | None = None) -> SalesLines:
    """Order lines, walk-in sales or dated sales; see `forecasting.reading.sales_lines`.

    Raises
    ------
    InvalidInput
        The file cannot be read, or holds bad values: the first twenty by line (of Parquet: row, counted
        from 0) and column, and how many there are.
    """
    if is_parquet(file):
        reader = LineReader(kind, zones=zones, source=str(file))
        for frame in frames_of(file):
            reader.add(frame)
        return reader.lines()
    reader = LineReader(kind, zones=zones, source=str(file), from_text=True)
    for piece in pieces_of(file):
        reader.add_torn(piece.torn)
        reader.add(piece.frame(), piece.lines)
    return reader.lines()


def read_history_file(
    file: Path,
    *,
    grain: Grain = Grain.WEEK,
    drivers: Sequence[str] = (),
    future: Path | None = None,
    attributes: Sequence[Path] = (),
    stock_outs: StockOuts | None = None,
    horizon: int = 0,
) -> History:
    """A ready frame, and the frames that belong to it; see `forecasting.reading.frame.read_frame`.

    Stock-outs are for a frame that does not say itself which steps they hid.

    Raises
    ------
    InvalidInput
        A file cannot be read or typed, or the frame is refused; names the line of a CSV.
    """
    frame, lines = _ready(file, numbers=("y",))
    ahead, lines_ahead = (None, []) if future is None else _ready(future)
    told = [read_attribute_file(one) for one in attributes]

    def checked(frame: "pd.DataFrame") -> History:
        return read_frame(frame, grain=grain, drivers=drivers, future=ahead, attributes=told, horizon=horizon)

    try:
        history = checked(frame)
        if stock_outs is None:
            return history
        twice = [name for name in (STOCKED_OUT, SOLD_OUT) if name in frame.columns]
        if twice:
            raise InvalidInput(
                f"it has the column {twice[0]}, and stock-outs are given beside it",
                pointer=f"/{twice[0]}",
                fix="Say it one way: drop the column, or the file of stock-outs",
            )
        return checked(flag_stock_outs(frame, stock_outs, grain=grain))
    except InvalidInput as error:
        if future is not None and (error.pointer + "/").startswith("/future/"):
            raise _with_line(error, future, lines_ahead) from error
        raise _with_line(error, file, lines) from error


def read_attribute_file(file: Path) -> "pd.DataFrame":
    """Attributes by `unique_id`, `sku` or `place`.

    Read for no series first: what is wrong with the frame itself is said of its file.
    """
    frame, lines = _ready(file)
    try:
        read_attributes([frame], ())
    except InvalidInput as error:
        raise _with_line(error, file, lines) from error
    return frame


def read_announced_file(file: Path) -> "pd.DataFrame":
    """A frame of `sku, place`; see `forecasting.reading.announced`. What is wrong is said with its line."""
    from forecasting.reading.announced import ids_of

    frame, lines = _ready(file)
    try:
        ids_of(frame)
    except InvalidInput as error:
        raise _with_line(error, file, lines) from error
    return frame


def read_stock_out_file(file: Path, *, zones: Mapping[str, str] | None = None) -> StockOuts:
    """Stock-outs; see `forecasting.reading.stock_out_lines`."""
    import pandas as pd

    if is_parquet(file):
        return read_stock_outs(pd.concat(list(frames_of(file))), zones=zones, source=str(file))
    pieces = list(pieces_of(file))
    torn = [line for piece in pieces for line in piece.torn]
    if torn:
        raise InvalidInput(
            f"{file}: line {torn[0]} has not as many values as the header", fix="Correct the row"
        )
    frame = pd.concat([piece.frame() for piece in pieces])
    lines = [line for piece in pieces for line in piece.lines]
    return read_stock_outs(frame, zones=zones, lines=lines, source=str(file))


def _ready(file: Path, *, numbers: Sequence[str] = ()) -> "tuple[pd.DataFrame, list[int]]":
    """A typed frame, and the lines of its rows; no lines of Parquet."""
    import pandas as pd

    from api.demand.ready_csv import read_ready

    if is_parquet(file):
        return pd.concat(list(frames_of(file)), ignore_index=True), []
    return read_ready(file, texts=("unique_id", "sku", "place"), days=("ds",), numbers=numbers)


def _with_line(error: InvalidInput, file: Path, lines: Sequence[int]) -> InvalidInput:
    """The same error with the file, and the line of the row that its pointer names."""
    row = _ROW.match(error.pointer)
    line = f", line {lines[int(row[2])]}" if row and lines else ""
    return InvalidInput(f"{file}{line}: {error.detail}", pointer=error.pointer, fix=error.fix)
