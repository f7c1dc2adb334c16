"""Bad values of a table, gathered so that one refusal names them all. Knows no column's meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting.reading.columns import MOST_ROWS
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecasting.history import BoolArray


class Faults:
    """The first bad values in words, and how many there are.

    Parameters
    ----------
    source
        What the table is called, a file mostly.
    unit
        What a row of it is called: "row", or "line" of a text file.
    """

    def __init__(self, source: str = "", unit: str = "row") -> None:
        self.unit = unit
        self._source = source
        self._first: list[tuple[int, int, str, str]] = []
        self._count = 0
        self._columns: dict[str, int] = {}

    def __len__(self) -> int:
        return self._count

    def add(self, column: str, bad: BoolArray, labels: Sequence[int], said: Callable[[int], str]) -> None:
        """Rows where `bad`; `said` puts the value of a row into words. A whole row's has column ""."""
        rank = self._columns.setdefault(column, len(self._columns))
        rows = np.flatnonzero(bad)
        self._count += len(rows)
        self._first += [(labels[row], rank, column, said(row)) for row in rows[:MOST_ROWS].tolist()]
        self._first = sorted(self._first)[:MOST_ROWS]

    def named(self, what: str) -> str:
        """What is wrong, with the name of the source before it."""
        return f"{self._source}: {what}" if self._source else what

    def refuse_any(self) -> None:
        """Raise InvalidInput if there is any: a line of detail for each of the first twenty."""
        if not self._count:
            return
        values = "1 value" if self._count == 1 else f"{self._count:,} values"
        more = [f"and {self._count - MOST_ROWS:,} more"] if self._count > MOST_ROWS else []
        lines = [
            f"{self.unit} {label}  {f'column {column}  ' if column else ''}{said}"
            for label, _, column, said in self._first
        ]
        label, _, column, _ = self._first[0]
        raise InvalidInput(
            "\n".join([self.named(f"{values} cannot be read"), *lines, *more]),
            pointer=f"/{label}/{column}".rstrip("/"),
            fix="Correct the rows above",
        )
