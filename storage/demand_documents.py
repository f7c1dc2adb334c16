"""Series of demand as the bytes that are kept of them, and many of them as a history. Pure.

Units are 32-bit whole numbers, states a byte each, drivers 64-bit floats, all little-endian and compressed.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasting.history import (
    OBSERVED,
    Attributes,
    Drivers,
    FloatArray,
    Grain,
    History,
    IntArray,
    StateArray,
    series_id,
    sku_and_place,
)
from fulfillment.ids import SkuId

LARGEST_UNITS = 2**31 - 1
_UNITS, _STATES, _VALUES = np.dtype("<i4"), np.dtype("u1"), np.dtype("<f8")
_DIGEST = 16  # bytes
_QUICK = 1  # of zlib; more would shrink short series by little

Attribute = str | float


@dataclass(frozen=True, slots=True)
class DemandSeries:
    """What sold of a sku at a place, step by step from the one that starts on `first`.

    `units` are whole and not negative, `states` as in `forecasting.history`, both of shape (steps,).
    """

    sku: SkuId
    place: str
    first: date
    units: IntArray
    states: StateArray

    @property
    def id(self) -> str:
        return series_id(self.sku, self.place)

    def last(self, grain: Grain) -> date:
        """The day the last step starts on."""
        return self.first + timedelta(days=grain.days * (len(self.units) - 1))


@dataclass(frozen=True, slots=True)
class DriverValues:
    """What a driver is at each step from the one that starts on `first`, in the past and ahead."""

    name: str
    first: date
    values: FloatArray


@dataclass(frozen=True, slots=True)
class PackedDriver:
    """The same, as kept."""

    name: str
    first: date
    content: bytes


@dataclass(frozen=True, slots=True)
class PackedSeries:
    """A series as kept; `states` is None where every step is observed. Sent to other processes as it is."""

    id: str
    first: date
    units: bytes
    states: bytes | None


@dataclass(frozen=True, slots=True)
class PackedHistory:
    """Series of one grain that end alike, sorted by id, with their drivers and attributes.

    Parameters
    ----------
    last
        The day the last step of every series starts on.
    ahead
        Steps for which drivers are known after it.
    drivers
        Names of the drivers, each of which every series has: its own, or that of all under the id "".
    of_series
        Drivers by id of the series.
    attributes
        Of every sku and place by ("sku" or "place", id): text or number by name.
    """

    grain: Grain
    last: date
    series: tuple[PackedSeries, ...]
    ahead: int = 0
    drivers: tuple[str, ...] = ()
    of_series: Mapping[str, tuple[PackedDriver, ...]] = field(default_factory=dict)
    attributes: Mapping[tuple[str, str], Mapping[str, Attribute]] = field(default_factory=dict)
    attribute_names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.series)

    def take(self, first: int, end: int) -> "PackedHistory":
        """The series from number `first` to before `end`."""
        ids = {one.id for one in self.series[first:end]} | {""}
        return PackedHistory(
            self.grain,
            self.last,
            self.series[first:end],
            self.ahead,
            self.drivers,
            {name: kept for name, kept in self.of_series.items() if name in ids},
            self.attributes,
            self.attribute_names,
        )


def pack_units(units: IntArray) -> bytes:
    return zlib.compress(units.astype(_UNITS).tobytes(), _QUICK)


def pack_states(states: StateArray) -> bytes | None:
    if (states == OBSERVED).all():
        return None
    return zlib.compress(states.astype(_STATES).tobytes(), _QUICK)


def pack_values(values: FloatArray) -> bytes:
    return zlib.compress(values.astype(_VALUES).tobytes(), _QUICK)


def unpack_values(content: bytes) -> FloatArray:
    return np.frombuffer(zlib.decompress(content), _VALUES).astype(np.float64)


def unpack_series(packed: PackedSeries) -> DemandSeries:
    sku, place = sku_and_place(packed.id)
    units, states = _steps(packed)
    return DemandSeries(
        sku, place, packed.first, units.astype(np.int64), np.frombuffer(states, _STATES).copy()
    )


def history_of(packed: PackedHistory) -> History:
    """The arrays that forecasting takes."""
    steps = [_steps(one) for one in packed.series]
    lengths = np.array([len(units) for units, _ in steps], dtype=np.int64)
    return History(
        ids=packed.ids,
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        units=_end_to_end([units for units, _ in steps]),
        state=np.frombuffer(b"".join(states for _, states in steps), _STATES).copy(),
        last=packed.last,
        grain=packed.grain,
        drivers=_drivers(packed, lengths) if packed.drivers else None,
        attributes=_attributes(packed),
    )


def digest_of(packed: PackedHistory) -> str:
    """Names what was put in: equal digests are equal histories."""
    digest = blake2b(digest_size=_DIGEST)
    head = (packed.grain.value, packed.last.isoformat(), packed.ahead, packed.drivers, packed.attribute_names)
    digest.update(repr(head).encode())
    for one in packed.series:
        units, states = _steps(one)
        digest.update(f"{one.id} {one.first} {len(units)};".encode())
        digest.update(units.tobytes())
        digest.update(states)
    for name, drivers in sorted(packed.of_series.items()):
        for driver in drivers:
            digest.update(f"{name} {driver.name} {driver.first};".encode())
            digest.update(zlib.decompress(driver.content))
    for subject, known in sorted(packed.attributes.items()):
        digest.update(repr((subject, sorted(known.items()))).encode())
    return digest.hexdigest()


def _steps(packed: PackedSeries) -> tuple[npt.NDArray[np.int32], bytes]:
    units = np.frombuffer(zlib.decompress(packed.units), _UNITS)
    states = bytes(len(units)) if packed.states is None else zlib.decompress(packed.states)
    return units, states


def _end_to_end(parts: Sequence[npt.NDArray[np.int32]]) -> FloatArray:
    return np.concatenate(parts).astype(np.float64) if parts else np.zeros(0)


def _drivers(packed: PackedHistory, lengths: IntArray) -> Drivers:
    """Rows of each series: its steps, then those ahead; NaN where a driver is not known in the past."""
    rooms = lengths + packed.ahead
    values = np.full((int(rooms.sum()), len(packed.drivers)), np.nan)
    shared = {one.name: one for one in packed.of_series.get("", ())}
    unpacked = {id(one): unpack_values(one.content) for one in shared.values()}
    end = 0
    for one, room in zip(packed.series, rooms.tolist(), strict=True):
        begin, end = end, end + room
        own = {driver.name: driver for driver in packed.of_series.get(one.id, ())}
        for column, name in enumerate(packed.drivers):
            driver = own.get(name) or shared.get(name)
            if driver is not None:
                known = unpacked.get(id(driver))
                content = unpack_values(driver.content) if known is None else known
                later = (driver.first - one.first).days // packed.grain.days
                lay(values[begin:end, column], content, later)
    return Drivers(packed.drivers, values, packed.ahead)


def lay(into: npt.NDArray[Any], values: npt.NDArray[Any], later: int) -> None:
    """Lay values over steps, the first of them so many steps after the first of `into`, or before it."""
    first = max(later, 0)
    part = values[max(-later, 0) :][: max(len(into) - first, 0)]
    into[first : first + len(part)] = part


def _attributes(packed: PackedHistory) -> Attributes:
    texts, numbers = packed.attribute_names
    pairs = [sku_and_place(one.id) for one in packed.series]
    return Attributes(
        {name: tuple(_texts(packed, pairs, name)) for name in texts},
        {name: np.array(list(_numbers(packed, pairs, name)), dtype=np.float64) for name in numbers},
    )


def _texts(packed: PackedHistory, pairs: Sequence[tuple[SkuId, str]], name: str) -> Iterable[str]:
    for sku, place in pairs:
        found = _attribute(packed, sku, place, name)
        yield found if isinstance(found, str) else ""


def _numbers(packed: PackedHistory, pairs: Sequence[tuple[SkuId, str]], name: str) -> Iterable[float]:
    for sku, place in pairs:
        found = _attribute(packed, sku, place, name)
        yield np.nan if found is None or isinstance(found, str) else float(found)


def _attribute(packed: PackedHistory, sku: str, place: str, name: str) -> Attribute | None:
    of_sku = packed.attributes.get(("sku", sku), {}).get(name)
    return packed.attributes.get(("place", place), {}).get(name) if of_sku is None else of_sku
