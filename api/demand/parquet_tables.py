"""Parquet files as frames, piece by piece. Knows no columns."""

from pathlib import Path
from typing import TYPE_CHECKING

from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import pyarrow as pa

ROWS_AT_ONCE = 65_536
SUFFIXES = (".parquet", ".pq")
_AN_INDEX = "__index_level_"  # how pandas names an index without a name


def is_parquet(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES


def frames_of(file: Path, *, rows_at_once: int = ROWS_AT_ONCE) -> "Iterator[pd.DataFrame]":
    """The rows in order; at least one frame, which is empty if the file has no rows.

    Raises
    ------
    InvalidInput
        The file cannot be read, or is no Parquet.
    """
    import pyarrow as pa  # half a second, and only here
    from pyarrow import parquet

    try:
        with file.open("rb") as raw, parquet.ParquetFile(raw) as opened:
            schema = opened.schema_arrow
            names = [name for name in schema.names if not name.startswith(_AN_INDEX)]
            batches = opened.iter_batches(batch_size=rows_at_once, columns=names)
            found = False
            for batch in batches:
                found = True
                yield _frame(batch)
            if not found:
                yield _frame(schema.empty_table().select(names))
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}", fix="Name a Parquet file") from error
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"{file} is no Parquet file", fix="Name a Parquet file") from error


def _frame(table: "pa.Table | pa.RecordBatch") -> "pd.DataFrame":
    # What pandas noted in the file would make an index of a column; days shall be days, not objects.
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True, date_as_object=False)
    return frame
