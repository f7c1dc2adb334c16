"""Slots of a node's local day: from when to when it works, and how many units it picks in that time.

Times are those of the node's own clock, whatever the clock is put forward or back: a slot has the same units
on a day of 23 or of 25 hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from fulfillment.errors import InvalidInput
from fulfillment.supply import MAX_UNITS, WHOLE_DAY

MAX_SLOTS = 48  # every half hour
_HOUR = 60
DAY_ENDS = 24 * _HOUR
"""Midnight at the end of the day, in minutes."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of every local day, in minutes from midnight: `start` to just before `end`, at most `DAY_ENDS`.

    `name` is that of its capacity row: a slot whose hours change keeps what is taken of it.
    """

    name: str
    start: int
    end: int
    units: int

    @property
    def words(self) -> str:
        return f"{self.name} ({clock(self.start)} to {clock(self.end)})"


def clock(minute: int) -> str:
    """A minute of the day as clocks show it; the day ends at 24:00."""
    return f"{minute // _HOUR:02}:{minute % _HOUR:02}"


def minute_of(shown: str) -> int:
    """The minute of the day at which clocks show HH:MM."""
    hours, minutes = shown.split(":")
    return int(hours) * _HOUR + int(minutes)


def in_order(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """The slots, the earliest first.

    Raises
    ------
    InvalidInput
        They are no parts of one day. Its pointer is to the field of the node, by the slot's place in `slots`.
    """
    if len(slots) > MAX_SLOTS:
        raise InvalidInput(
            f"are {len(slots)} slots: give at most {MAX_SLOTS}",
            pointer="/slots",
            fix="Join some of the slots",
        )
    named: dict[str, int] = {}
    for index, slot in enumerate(slots):
        _refuse_odd(slot, pointer=f"/slots/{index}")
        if slot.name in named:
            raise InvalidInput(
                f'"{slot.name}" is the name of slot {named[slot.name] + 1}, too: give each slot its own',
                pointer=f"/slots/{index}/name",
                fix="Name the slots apart",
            )
        named[slot.name] = index
    found = sorted(slots, key=lambda slot: slot.start)
    for earlier, later in pairwise(found):
        if later.start < earlier.end:
            raise InvalidInput(
                f"{later.words} begins before {earlier.words} has ended: let it begin at "
                f"{clock(earlier.end)} or later, or end the other sooner",
                pointer=f"/slots/{named[later.name]}/start",
                fix="Part the day into slots that do not overlap",
            )
    if (units := sum(slot.units for slot in slots)) > MAX_UNITS:
        raise InvalidInput(
            f"have {units:,} units together: give at most {MAX_UNITS:,}",
            pointer="/slots",
            fix="Lower the units",
        )
    return tuple(found)


@lru_cache(maxsize=65_536)
def end_of(time_zone: str, day: date, minute: int) -> datetime:
    """The instant at which a local day's minute is over for good.

    A time that the clock shows twice, when it is put back, counts the second time. One that it leaves out,
    when it is put forward, counts as long after midnight as on other days, an hour later on the clock
    (RFC 5545, 3.3.5).
    """
    at = datetime.combine(day, datetime.min.time(), ZoneInfo(time_zone)) + timedelta(minutes=minute)
    return max(at.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def _refuse_odd(slot: Slot, *, pointer: str) -> None:
    if not slot.name or slot.name == WHOLE_DAY:
        raise InvalidInput(
            f'"{slot.name}" cannot name a slot: it stands for the whole day; call it otherwise',
            pointer=f"{pointer}/name",
            fix="Give the slot another name",
        )
    if not 0 <= slot.start < slot.end <= DAY_ENDS:
        raise InvalidInput(
            f"is {clock(slot.end)}, and it starts at {clock(slot.start)}: a slot ends after it starts, at "
            "24:00 at the latest; one that runs over midnight is two",
            pointer=f"{pointer}/end",
            fix="Correct the times",
        )
    if not 0 <= slot.units <= MAX_UNITS:
        raise InvalidInput(
            f"is {slot.units}: give 0 to {MAX_UNITS:,}", pointer=f"{pointer}/units", fix="Correct the units"
        )
