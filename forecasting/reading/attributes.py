"""Attributes of items and places: text and numbers that do not change from step to step.

A frame has one key column, `unique_id`, `sku` or `place`, and any others. What it does not tell of a
series is unknown, which is no error; what two frames tell twice is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import Attributes, FloatArray, IntArray, sku_and_place
from forecasting.reading.columns import FLAG, NUMBER, Columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

KEYS = ("unique_id", "sku", "place")
CALLED = "attributes"


def read_attributes(frames: Sequence[pd.DataFrame], ids: tuple[str, ...]) -> Attributes:
    """What the frames say of the series `ids`; rows of other skus and places are left alone.

    Raises
    ------
    InvalidInput
        No key column or several, a key that comes twice or is missing, a column that is neither text nor
        numbers, or one that two frames have.
    """
    texts: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, FloatArray] = {}
    pairs = [sku_and_place(one) for one in ids]
    keys = {"unique_id": ids, "sku": [sku for sku, _ in pairs], "place": [place for _, place in pairs]}
    for frame in frames:
        columns = Columns(frame, CALLED)
        key = _key_of(columns)
        columns.check([key], optional=columns.names)
        rows = _rows(columns, key, keys[key])
        for name in columns.names:
            if name in texts or name in numbers:
                columns.refuse(f"column {name} is in two frames", name, fix="Rename one of them")
            if name == key:
                continue
            if columns.kind(name) in NUMBER + FLAG:
                told = columns.numbers(name, flags=True, unknown=True, fix="")
                numbers[name] = np.where(rows >= 0, told[rows], np.nan)
            else:
                words = _texts(columns, name)
                texts[name] = tuple(words[row] if row >= 0 else "" for row in rows.tolist())
    return Attributes(texts, numbers)


def _key_of(columns: Columns) -> str:
    found = [name for name in KEYS if name in columns.names]
    if len(found) != 1:
        what = f"columns {' and '.join(found)} are both keys" if found else f"no column is named {_or(KEYS)}"
        columns.refuse(what, fix=f"Key each frame by one of {_or(KEYS)}")
    return found[0]


def _rows(columns: Columns, key: str, wanted: Sequence[str]) -> IntArray:
    """The row that tells of each series, -1 where none does."""
    codes, names = columns.coded(key)
    for code, name in enumerate(names):
        if not isinstance(name, str) or not name:
            columns.refuse_row(
                key, int(np.argmax(codes == code)), f"{name!r} is no id", f"Give {key} as text"
            )
    twice = np.flatnonzero(np.bincount(codes) > 1)
    for code in twice[:1].tolist():
        first, second = np.flatnonzero(codes == code)[:2].tolist()
        columns.refuse_row(key, second, f"{names[code]} is in rows {first} and {second}", "Drop one of them")
    row_of = {name: row for row, name in enumerate(columns.of(key))}
    return np.array([row_of.get(one, -1) for one in wanted], dtype=np.int64)


def _texts(columns: Columns, name: str) -> list[str]:
    column = columns.of(name)
    is_missing = column.isna().to_numpy(dtype=np.bool_)
    values = column.tolist()
    odd = np.array([not isinstance(one, str) for one in values], dtype=np.bool_) & ~is_missing
    columns.refuse_where(
        name, odd, "is neither text nor, like its column, a number", "Use one type per column"
    )
    return ["" if missing else value for missing, value in zip(is_missing.tolist(), values, strict=True)]


def _or(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
