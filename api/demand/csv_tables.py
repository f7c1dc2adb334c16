"""CSV files as tables of text, piece by piece, with the line that each row stands in. Knows no columns."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

ROWS_AT_ONCE = 50_000


@dataclass(slots=True)
class Piece:
    """Rows of a CSV file.

    `lines` are those of `rows` (the header is line 1; of a row over several lines the last one), `torn`
    those that have not as many values as the header and are left out.
    """

    header: list[str]
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    torn: list[int] = field(default_factory=list)

    def frame(self) -> "pd.DataFrame":
        import pandas as pd  # takes a second, and only here

        return pd.DataFrame(self.rows, columns=self.header, dtype=object)


def pieces_of(file: Path, *, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[Piece]:
    """At least one piece, which is empty if the file has no rows.

    Raises
    ------
    InvalidInput
        The file cannot be read, is not UTF-8, or is no CSV.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            yield from _pieces(text, rows_at_once)
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}", fix="Name a CSV file") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{file} is not UTF-8: {error.reason}", fix="Save the file as CSV UTF-8"
        ) from error
    except csv.Error as error:
        raise InvalidInput(f"{file} is no CSV: {error}", fix="Save the file as CSV UTF-8") from error


def _pieces(text: TextIO, rows_at_once: int) -> Iterator[Piece]:
    reader = csv.reader(text, strict=True)
    header = [name.strip() for name in next(reader, [])]
    piece = Piece(header)
    for row in reader:
        if len(row) == len(header):
            piece.rows.append(row)
            piece.lines.append(reader.line_num)
        elif row:  # not an empty line
            piece.torn.append(reader.line_num)
        if len(piece.rows) >= rows_at_once:
            yield piece
            piece = Piece(header)
    yield piece
