"""Cells of sales lines as arrays. Bad ones are gathered in `Faults`, not raised one by one.

From a frame values must have their type; from a text file they are read as what their column holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasting.history import SEPARATOR, BoolArray, FloatArray, IntArray
from forecasting.reading.columns import NUMBER
from forecasting.reading.local_time import LOCAL, NONE, OFFSET, InstantArray, LocalTimes, read_instants
from fulfillment.supply import MAX_UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from forecasting.reading.faults import Faults


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows of a table, each with the number it is named by."""

    frame: pd.DataFrame
    labels: Sequence[int]
    faults: Faults
    from_text: bool

    def __len__(self) -> int:
        return len(self.frame)

    def ids(self, name: str, *, optional: bool = False) -> tuple[IntArray, list[str]]:
        """Code of every row, and the names; -1 where there is none, which only an optional id may be."""
        codes, found = self.frame[name].factorize()
        codes = codes.astype(np.int64)
        names: list[Any] = [
            one.strip() if self.from_text and isinstance(one, str) else one for one in found.tolist()
        ]
        is_empty = np.array([one == "" for one in names] + [True], dtype=np.bool_)[codes]
        is_bad = np.array([one != "" and not _is_id(one) for one in names] + [False], dtype=np.bool_)[codes]
        if not optional:
            self._fault(name, is_empty, lambda _: "is empty")
        what = f'an id is text without "{SEPARATOR}"'
        self._fault(name, is_bad, lambda row: f"{self._shown(name, row)}: {what}")
        return np.where(is_empty | is_bad, -1, codes), names

    def units(self, name: str, *, returns: bool) -> FloatArray:
        """Numbers of units, negative ones only if `returns`."""
        column = self.frame[name]
        if self.from_text:
            units = np.array([_number(one) for one in column.tolist()], dtype=np.float64)
        elif getattr(column.dtype, "kind", "O") in NUMBER:
            units = column.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            units = np.full(len(self), np.nan)
        is_absurd = ~(np.abs(units) <= MAX_UNITS)  # NaN as well
        bad = is_absurd if returns else is_absurd | (units < 0)
        least = "a number of units, below 0 for a return" if returns else "a number of units, 0 or more"
        self._fault(name, bad, lambda row: f"{self._shown(name, row)}: {least}")
        return np.where(bad, 0.0, units)

    def instants(
        self, name: str, place: tuple[IntArray, list[str]], times: LocalTimes, *, optional: bool = False
    ) -> InstantArray:
        """Local time of every row at its place; NaT where there is none, a fault if not `optional`."""
        codes, names = place
        column = self.frame[name]
        instants, sorts = read_instants(column, from_text=self.from_text)
        bad = sorts == NONE
        if optional:
            bad &= ~(column.isna() | (column.astype(object) == "")).to_numpy(dtype=np.bool_)
        form = "a day is written 2026-11-21" if name == "day" else "an instant is 2026-11-21T09:30:00Z"
        self._fault(name, bad, lambda row: f"{self._shown(name, row)}: {form}")
        for sort in (LOCAL, OFFSET):
            at = (sorts == sort) & (codes >= 0)
            instants[at] = times.local(instants[at], codes[at], names, sort=sort)
        return np.where(sorts == NONE, np.datetime64("NaT"), instants)

    def words(self, name: str, allowed: Sequence[str]) -> list[str]:
        """One of the allowed words in every row."""
        words = [one.strip() if self.from_text and isinstance(one, str) else one for one in self.frame[name]]
        bad = np.array([not (isinstance(one, str) and one in allowed) for one in words], dtype=np.bool_)
        self._fault(name, bad, lambda row: f"{self._shown(name, row)}: {' or '.join(allowed)}")
        return words

    def _shown(self, name: str, row: int) -> str:
        value = self.frame[name].iloc[row]
        return f'"{value}"' if isinstance(value, str) else str(value)

    def _fault(self, name: str, bad: BoolArray, said: Callable[[int], str]) -> None:
        self.faults.add(name, bad, self.labels, said)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and SEPARATOR not in value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan
