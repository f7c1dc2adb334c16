"""The kinds of field that schemas share: ids, names, whole numbers, coordinates, flags."""

import re
import zoneinfo
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints, ValidationInfo

from fulfillment.nearest import did_you_mean
from fulfillment.network import SURE
from fulfillment.orders import MAX_UNITS_PER_LINE
from fulfillment.skus import MAX_SIDE_MM

FROM_TEXT = {"from_text": True}  # validation context for CSV, where every value is text
LARGEST_COUNT = 1_000_000_000
LARGEST_EMISSION = 1_000_000  # grams; a tonne is no parcel's
SMALLEST_DIVISOR, LARGEST_DIVISOR = 1_000, 1_000_000  # cm3 to the kg; one in inches and pounds is below
MAX_DAYS = 365
_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_NUMBER = re.compile(r"\s*[+-]?[0-9._]+(?:[eE][+-]?[0-9]+)?\s*")


def _whole(value: Any, info: ValidationInfo) -> Any:
    """In a CSV "12" is a number; in JSON it is text, and refused."""
    return int(value) if info.context and isinstance(value, str) and _WHOLE.fullmatch(value) else value


def _flag(value: Any, info: ValidationInfo) -> Any:
    words = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
    return words.get(value.lower(), value) if info.context and isinstance(value, str) else value


def _known_time_zone(name: str) -> str:
    known = zoneinfo.available_timezones()
    if name in known:
        return name
    raise ValueError(f'no time zone named "{name}"{did_you_mean(name, sorted(known))}')


ID_PATTERN = r"^[A-Za-z0-9](?:[A-Za-z0-9 ._:+-]*[A-Za-z0-9._:+-])?$"
CLOCK_PATTERN = r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
TEXT_PATTERN = r"^[^\x00-\x1f\x7f]*$"
PATTERNS = {
    ID_PATTERN: "letters, digits and . _ : + - (spaces inside), with a letter or digit first",
    CLOCK_PATTERN: "a time of day, HH:MM, from 00:00 to 24:00",
    TEXT_PATTERN: "text without control characters",
}
"""Each pattern in words, for those who read an error."""

Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=ID_PATTERN),
    Field(description="Letters, digits and . _ : + - (spaces inside); at most 64 characters"),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=TEXT_PATTERN)]
ClockTime = Annotated[str, StringConstraints(pattern=CLOCK_PATTERN), Field(description="HH:MM")]
Reason = Annotated[str, StringConstraints(max_length=500, pattern=TEXT_PATTERN)]
Count = Annotated[int, Field(strict=True, ge=0, le=LARGEST_COUNT), BeforeValidator(_whole)]
Positive = Annotated[int, Field(strict=True, ge=1, le=LARGEST_COUNT), BeforeValidator(_whole)]
Units = Annotated[int, Field(strict=True, ge=1, le=MAX_UNITS_PER_LINE, examples=[3]), BeforeValidator(_whole)]
Side = Annotated[int, Field(strict=True, ge=1, le=MAX_SIDE_MM), BeforeValidator(_whole)]
Permille = Annotated[int, Field(strict=True, ge=0, le=SURE), BeforeValidator(_whole)]
Hours = Annotated[int, Field(strict=True, ge=0, le=24 * MAX_DAYS), BeforeValidator(_whole)]
Days = Annotated[int, Field(strict=True, ge=0, le=MAX_DAYS), BeforeValidator(_whole)]
Emission = Annotated[int, Field(strict=True, ge=0, le=LARGEST_EMISSION), BeforeValidator(_whole)]
Divisor = Annotated[int, Field(strict=True, ge=SMALLEST_DIVISOR, le=LARGEST_DIVISOR), BeforeValidator(_whole)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, examples=[51.5074])]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[-0.1278])]
Flag = Annotated[bool, Field(strict=True), BeforeValidator(_flag)]
TimeZone = Annotated[
    str,
    AfterValidator(_known_time_zone),
    Field(max_length=64, description="IANA time zone", examples=["Europe/London"]),
]


def _only_text(value: Any) -> Any:
    """A number, in a query a text as well, would be read as seconds since 1970; say what is meant instead."""
    if isinstance(value, datetime) or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        return value
    raise ValueError("must be text such as 2026-11-21T09:30:00Z")


def _in_utc(value: datetime) -> datetime:
    if not EARLIEST <= value <= LATEST:
        raise ValueError(f"must lie between {EARLIEST.date()} and {LATEST.date()}")
    return value.astimezone(UTC)


EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_only_text),
    AfterValidator(_in_utc),
    Field(description="With its offset", examples=["2026-11-21T09:30:00Z"]),
]


def _from_iso(value: Any) -> Any:
    """A date from its ISO text; a number would be read as seconds since 1970, the rest Pydantic names."""
    if isinstance(value, str):
        if _NUMBER.fullmatch(value):
            raise ValueError("must be a date such as 2026-11-27")
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _plausible(value: date) -> date:
    if not EARLIEST.date() <= value <= LATEST.date():
        raise ValueError(f"must lie between {EARLIEST.date()} and {LATEST.date()}")
    return value


Day = Annotated[date, BeforeValidator(_from_iso), AfterValidator(_plausible), Field(examples=["2026-11-27"])]
