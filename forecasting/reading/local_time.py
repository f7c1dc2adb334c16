"""Instants as local time: each in the IANA time zone of its own place. Reads no clock.

Instants with an offset and local ones without must not be mixed: which of them are a day off nobody
could say.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from fulfillment.errors import InvalidInput
from fulfillment.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from forecasting.history import IntArray

InstantArray = npt.NDArray[np.datetime64]

INSTANT: Final = np.dtype("datetime64[us]")
EARLIEST, LATEST = np.datetime64("1970-01-01"), np.datetime64("2200-01-01")  # outside: a typing error
NONE, LOCAL, OFFSET = -1, 0, 1
"""Of what sort an instant is: none at all, local time, or with an offset."""


class LocalTimes:
    """Turns instants into local time, and remembers of which sort they were.

    Parameters
    ----------
    what
        What a place is called where it is refused: zone, store, place.
    zones
        The IANA time zone of every place; None if all instants are local.
    """

    def __init__(self, what: str, zones: Mapping[str, str] | None) -> None:
        self._what = what
        self._zones = zones
        self._sorts: set[int] = set()

    def local(
        self, instants: InstantArray, places: IntArray, names: Sequence[str], *, sort: int
    ) -> InstantArray:
        """Local time of each; those with an offset are in UTC. `names` are those of the codes `places`.

        Raises
        ------
        InvalidInput
            Both sorts have been seen, or a place has no time zone, or one that is not known.
        """
        if len(instants) == 0:
            return instants
        self._sorts.add(sort)
        if len(self._sorts) == 2:
            raise InvalidInput(
                "some instants have an offset and some have none",
                pointer="/",
                fix="Give all with their offset, such as 2026-11-21T09:30:00Z, or all as local time",
            )
        if sort == LOCAL:
            return instants
        zone_of = {place: self._zone(names[place]) for place in np.unique(places).tolist()}
        local = instants.copy()
        for zone in sorted(set(zone_of.values())):
            here = np.isin(places, [place for place, one in zone_of.items() if one == zone])
            local[here] = _shifted(instants[here], zone)
        return local

    def each(self, instants: Sequence[datetime | None], places: Sequence[str]) -> InstantArray:
        """Local time of each instant at its place; NaT for None."""
        names = sorted(set(places))
        code_of = {name: code for code, name in enumerate(names)}
        codes = np.array([code_of[place] for place in places], dtype=np.int64)
        read = [_instant(one, from_text=False) for one in instants]
        plain, sorts = _as_arrays(read)
        for sort in (LOCAL, OFFSET):
            at = sorts == sort
            plain[at] = self.local(plain[at], codes[at], names, sort=sort)
        return plain

    def _zone(self, place: str) -> str:
        zones = self._zones or {}
        if place not in zones:
            raise InvalidInput(
                f"instants have an offset, and no time zone is known of {self._what} {place}"
                f"{did_you_mean(place, zones)}",
                pointer="/zones",
                fix=f"Give the IANA time zone of every {self._what}, or local instants without offset",
            )
        return zones[place]


def read_instants(column: pd.Series[Any], *, from_text: bool) -> tuple[InstantArray, IntArray]:
    """Instants (in UTC where they have an offset) and of what sort each is.

    Dates are midnight of the day. Text is read if `from_text`: 2026-11-21, 2026-11-21T09:30:00Z.
    """
    dtype: Any = column.dtype
    if getattr(dtype, "kind", "O") == "M":
        has_offset = getattr(dtype, "tz", None) is not None
        in_utc = column.dt.tz_convert("UTC").dt.tz_localize(None) if has_offset else column
        instants = in_utc.to_numpy().astype(INSTANT)
        sorts = np.full(len(instants), OFFSET if has_offset else LOCAL, dtype=np.int64)
    else:
        instants, sorts = _as_arrays([_instant(value, from_text=from_text) for value in column.tolist()])
    plausible = (instants >= EARLIEST) & (instants < LATEST)  # and so not NaT
    return instants, np.where(plausible, sorts, NONE)


def _instant(value: Any, *, from_text: bool) -> tuple[datetime | None, int]:
    if from_text:
        try:
            value = datetime.fromisoformat(str(value).strip())
        except ValueError:
            return None, NONE
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    if not isinstance(value, datetime) or value is _not_a_time():
        return None, NONE
    if value.tzinfo is None:
        return value, LOCAL
    return value.astimezone(UTC).replace(tzinfo=None), OFFSET


def _as_arrays(read: Sequence[tuple[datetime | None, int]]) -> tuple[InstantArray, IntArray]:
    instants = np.array([one for one, _ in read], dtype=INSTANT)
    return instants, np.array([sort for _, sort in read], dtype=np.int64)


def _not_a_time() -> object:
    import pandas as pd  # an edge: pandas is not needed to import forecasting

    return pd.NaT  # which says that it is a datetime


def _shifted(instants: InstantArray, zone: str) -> InstantArray:
    import pandas as pd  # an edge, as above

    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInput(
            f'no time zone is named "{zone}"', pointer="/zones", fix="Give an IANA name such as Europe/London"
        ) from error
    index = pd.DatetimeIndex(instants).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return index.to_numpy().astype(INSTANT)
