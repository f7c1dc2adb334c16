"""Forecasts of a chunk of series as the bytes that are kept of them, and back. Pure; reads no database.

A head in JSON, then the means, the dispersions (64-bit floats) and the quantiles (32-bit whole numbers), all
little-endian, compressed. The digest is of what is compressed, for that differs between builds of zlib.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasting.demand import QuantileForecast
from forecasting.history import FloatArray, IntArray
from forecasting.models.protocol import LeftOut

_FLOAT, _WHOLE = np.dtype("<f8"), np.dtype("<i4")
_LARGEST = np.iinfo(_WHOLE).max
_HEAD = 4  # bytes that tell the length of the head
_QUICK = 1  # of zlib
_DIGEST = 16  # bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A forecast as kept, and what names it."""

    content: bytes
    digest: str


def document_of(forecast: QuantileForecast) -> Kept:
    """The bytes of a forecast. What is beyond 2,147,483,647 units in a step is kept as that many."""
    head = {
        "ids": forecast.ids,
        "periods": [day.isoformat() for day in forecast.periods],
        "levels": forecast.levels,
        "correlations": None if forecast.correlations is None else forecast.correlations.tolist(),
        "left_out": [[one.unique_id, one.model, one.reason] for one in forecast.left_out],
    }
    text = json.dumps(head, separators=(",", ":")).encode()
    raw = b"".join(
        (
            len(text).to_bytes(_HEAD, "little"),
            text,
            forecast.mean.astype(_FLOAT).tobytes(),
            forecast.dispersion.astype(_FLOAT).tobytes(),
            np.minimum(forecast.quantiles, _LARGEST).astype(_WHOLE).tobytes(),
        )
    )
    return Kept(zlib.compress(raw, _QUICK), blake2b(raw, digest_size=_DIGEST).hexdigest())


def forecast_of(content: bytes) -> QuantileForecast:
    """The forecast that bytes were made of."""
    raw = zlib.decompress(content)
    begin = _HEAD + int.from_bytes(raw[:_HEAD], "little")
    head: dict[str, Any] = json.loads(raw[_HEAD:begin])
    correlations = head.get("correlations")  # not in what was kept before they were learned
    n, h, levels = len(head["ids"]), len(head["periods"]), len(head["levels"])
    mean, begin = _floats(raw, begin, n * h)
    dispersion, begin = _floats(raw, begin, n * h)
    quantiles: npt.NDArray[np.int32] = np.frombuffer(raw, _WHOLE, n * h * levels, begin)
    return QuantileForecast(
        ids=tuple(head["ids"]),
        periods=tuple(date.fromisoformat(day) for day in head["periods"]),
        levels=tuple(head["levels"]),
        mean=mean.reshape(n, h),
        dispersion=dispersion.reshape(n, h),
        quantiles=quantiles.reshape(n, h, levels).astype(np.int64),
        left_out=tuple(LeftOut(*one) for one in head["left_out"]),
        correlations=None if correlations is None else np.array(correlations, dtype=np.float64),
    )


def joined(parts: Sequence[QuantileForecast]) -> QuantileForecast:
    """Forecasts of one horizon and of the same levels as one; their series in the order of the parts."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    known = [part.correlations for part in parts if part.correlations is not None]
    return QuantileForecast(
        ids=tuple(name for part in parts for name in part.ids),
        periods=first.periods,
        levels=first.levels,
        mean=_stacked([part.mean for part in parts]),
        dispersion=_stacked([part.dispersion for part in parts]),
        quantiles=_stacked_whole([part.quantiles for part in parts]),
        left_out=tuple(one for part in parts for one in part.left_out),
        correlations=None if len(known) < len(parts) else _stacked(known),
    )


def _floats(raw: bytes, begin: int, count: int) -> tuple[FloatArray, int]:
    return np.frombuffer(raw, _FLOAT, count, begin).astype(np.float64), begin + count * _FLOAT.itemsize


def _stacked(arrays: Sequence[FloatArray]) -> FloatArray:
    return np.concatenate(arrays)


def _stacked_whole(arrays: Sequence[IntArray]) -> IntArray:
    return np.concatenate(arrays)
