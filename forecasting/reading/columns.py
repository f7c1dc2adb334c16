"""The columns of a frame as arrays: typed and complete, or refused with column, row and fix.

Every door of forecasting reads its columns here. Nothing is repaired, and what a column means is the
door's own business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

from forecasting.history import SEPARATOR, BoolArray, FloatArray, Grain, IntArray
from fulfillment.errors import InvalidInput
from fulfillment.nearest import nearest
from fulfillment.supply import MAX_UNITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

MOST_ROWS: Final = 20
"""So many bad rows are named; the others are counted."""

NUMBER, FLAG = "iuf", "b"  # numpy's letters for types


@dataclass(frozen=True, slots=True)
class Columns:
    """A frame, and what it is called where it is refused: nothing for the sales themselves."""

    frame: pd.DataFrame
    called: str = ""

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.frame.columns]

    def check(self, required: Sequence[str], *, optional: Sequence[str] = ()) -> None:
        """Refuse a missing, a doubled or an unknown column, and a frame without rows."""
        names = self.names
        for name in required:
            if name not in names:
                near = nearest(name, [one for one in names if one not in required])
                fix = f"Rename column {near} to {name}" if near else f"Add a column named {name}"
                self.refuse(f"column {name} is missing", name, fix=fix)
        for name in names:
            if names.count(name) > 1:
                self.refuse(f"column {name} comes twice", name, fix="Drop one of them")
            if name not in (*required, *optional):
                self.refuse(f"column {name} is not used", name, fix=f"Drop column {name}")
        if len(self) == 0:
            self.refuse("the frame has no rows", fix="Send at least one row")

    def of(self, name: str) -> pd.Series[Any]:
        return self.frame[name]

    def kind(self, name: str) -> str:
        """numpy's letter for the type of a column: "iuf" numbers, "b" flags, "M" days, "O" anything else."""
        return str(getattr(self.of(name).dtype, "kind", "O"))

    def coded(self, name: str) -> tuple[IntArray, list[Any]]:
        """The code of every row, and what each code stands for, in order of first appearance."""
        codes, names = self.of(name).factorize(use_na_sentinel=False)
        return codes.astype(np.int64), list(names)

    def ids(self, name: str) -> tuple[IntArray, tuple[str, ...]]:
        """The series number of every row, and the ids in sorted order; each id is looked at once."""
        codes, names = self.coded(name)
        for code, one in enumerate(names):
            if not isinstance(one, str) or one.count(SEPARATOR) != 1 or not all(one.split(SEPARATOR)):
                row = int(np.argmax(codes == code))
                self.refuse_row(name, row, f"{one!r} is not of the form sku|place", "Write it as sku|place")
        by_name = sorted(range(len(names)), key=names.__getitem__)
        rank = np.empty(len(names), dtype=np.int64)
        rank[by_name] = np.arange(len(names))
        return rank[codes], tuple(names[code] for code in by_name)

    def days(self, name: str, grain: Grain) -> npt.NDArray[np.datetime64]:
        """The day every row's step starts on; weeks all start on one weekday."""
        column = self.of(name)
        if self.kind(name) != "M" or getattr(column.dtype, "tz", None) is not None:
            self.refuse(
                f"column {name} is of type {column.dtype}, not a date without time zone",
                name,
                fix="Convert it with pandas.to_datetime, local days without time zone",
            )
        instants = column.to_numpy()
        start = "the day the week starts on" if grain is Grain.WEEK else "the day"
        self.refuse_where(name, np.isnat(instants), "is missing", f"Give {start}")
        days = instants.astype("datetime64[D]")
        self.refuse_where(name, days != instants, "has a time of day", f"Use {start}")
        off = (days - days[:1]).astype(np.int64) % grain.days != 0
        said = f"is not whole weeks from {days[0]}" if len(days) else ""
        self.refuse_where(name, off, said, "Start all weeks on one weekday")
        return days.astype("datetime64[D]")

    def numbers(self, name: str, *, fix: str, flags: bool = False, unknown: bool = False) -> FloatArray:
        """Finite numbers; true and false as 1 and 0 with `flags`; NaN where missing with `unknown`.

        `fix` says what to do about a missing one.
        """
        column = self.of(name)
        if self.kind(name) not in (NUMBER + FLAG if flags else NUMBER):
            is_text = np.array([isinstance(one, str) for one in column], dtype=np.bool_)
            self.refuse_where(name, is_text, "is text, not a number", f"Convert {name} to numbers")
            said = f"column {name} is of type {column.dtype}, not a number"
            self.refuse(said, name, fix=f"Convert {name} to numbers")
        values: FloatArray = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if not unknown:
            self.refuse_where(name, np.isnan(values), "is missing", fix)
        self.refuse_where(name, np.isinf(values), "is infinite", f"Correct {name}")
        return values

    def units(self, name: str, *, fix: str) -> FloatArray:
        """Units sold: numbers of 0 or more."""
        values = self.numbers(name, fix=fix)
        self.refuse_where(name, values < 0, "is negative", "Send sales; returns are not negative sales")
        said = f"is more than {MAX_UNITS:,} units"
        self.refuse_where(name, values > MAX_UNITS, said, "Correct the number of units")
        return values

    def flags(self, name: str, *, fix: str) -> BoolArray:
        """True or false in every row."""
        column = self.of(name)
        if self.kind(name) not in FLAG or bool(column.isna().any()):
            said = f"column {name} is of type {column.dtype}, not true or false in every row"
            self.refuse(said, name, fix=fix)
        return column.to_numpy(dtype=np.bool_)

    def refuse_where(self, name: str, bad: BoolArray, what: str, fix: str) -> None:
        """Refuse the rows where `bad`: the first is shown, the next are named, the rest counted."""
        rows = np.flatnonzero(bad)
        if len(rows):
            value = self.of(name).iloc[int(rows[0])]
            shown = repr(value) if isinstance(value, str) else str(value)
            self.refuse_row(name, int(rows[0]), f"{shown} {what}{_more(rows)}", fix)

    def refuse_row(self, name: str, row: int, what: str, fix: str) -> NoReturn:
        self.refuse(f"column {name}, row {row}: {what}", f"{row}/{name}", fix=fix)

    def refuse(self, what: str, at: str = "", *, fix: str) -> NoReturn:
        where = f"{self.called}: " if self.called else ""
        pointer = f"/{self.called}/{at}" if self.called else f"/{at}"
        raise InvalidInput(where + what, pointer=pointer.rstrip("/") or "/", fix=fix)


def _more(rows: IntArray) -> str:
    if len(rows) == 1:
        return ""
    named = ", ".join(str(row) for row in rows[:MOST_ROWS].tolist())
    rest = f" and {len(rows) - MOST_ROWS:,} more" if len(rows) > MOST_ROWS else ""
    return f" ({len(rows):,} rows: {named}{rest})"
