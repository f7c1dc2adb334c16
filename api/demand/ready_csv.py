"""CSV tables that forecasting reads as they are: their text becomes numbers, days and flags, or is refused.

Which of these a column holds is said by the caller, or found: a column is numbers if each of its values is.
"""

from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from api.demand.csv_tables import pieces_of
from forecasting.reading.faults import Faults

if TYPE_CHECKING:
    import pandas as pd

FLAG_WORDS = {"true": True, "false": False}


def read_ready(
    file: Path, *, texts: Collection[str], days: Collection[str] = (), numbers: Collection[str] = ()
) -> "tuple[pd.DataFrame, list[int]]":
    """A typed frame, and the line that each row stands in.

    `texts` stay text, `days` are dates, `numbers` numbers. Any other column is true or false, or numbers,
    or text, whichever all its values are. An empty cell is missing.

    Raises
    ------
    InvalidInput
        The file cannot be read, or holds values that are not what their column is.
    """
    import pandas as pd

    parts = list(pieces_of(file))
    lines = [line for part in parts for line in part.lines]
    raw = pd.concat([part.frame() for part in parts], ignore_index=True)
    faults = Faults(str(file), "line")
    torn = [line for part in parts for line in part.torn]
    faults.add("", np.ones(len(torn), dtype=np.bool_), torn, lambda _: "has not as many values as the header")
    columns: list[pd.Series[Any]] = []
    for at, name in enumerate(raw.columns):
        words = [str(word).strip() for word in raw.iloc[:, at]]
        if name in texts:
            values = pd.Series([word or None for word in words], dtype=object)
        elif name in days:
            values = _read(words, _day, name, faults, lines, "a day is written 2026-11-21", "datetime64[ns]")
        elif name in numbers:
            values = _read(words, _number, name, faults, lines, "a number", "float64")
        else:
            values = _whatever(words)
        columns.append(values.rename(name))
    faults.refuse_any()
    return pd.concat(columns, axis=1) if columns else raw, lines


def _whatever(words: list[str]) -> "pd.Series[Any]":
    import pandas as pd

    flags = [FLAG_WORDS.get(word.lower()) for word in words]
    if None not in flags:
        return pd.Series(flags, dtype=np.bool_)
    numbers = [_number(word) if word else np.nan for word in words]
    if None not in numbers:
        return pd.Series(numbers, dtype=np.float64)
    return pd.Series([word or None for word in words], dtype=object)


def _read(
    words: list[str],
    value_of: Callable[[str], Any],
    name: str,
    faults: Faults,
    lines: list[int],
    form: str,
    dtype: str,
) -> "pd.Series[Any]":
    import pandas as pd

    values = [value_of(word) if word else None for word in words]
    bad = np.array([bool(word) and value is None for word, value in zip(words, values, strict=True)])
    faults.add(name, bad.astype(np.bool_), lines, lambda row: f'"{words[row]}": {form}')
    return pd.Series(np.array(values, dtype=dtype))


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None
