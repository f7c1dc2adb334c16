"""Bars in groups, each with its value and name beside it: losses by demand class, seconds per series.

All bars of a figure share one scale; an interval is a thin line over its bar.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from api.figures.rendering import DARK, Theme, base_tokens, rendered
from fulfillment.errors import InvalidInput

_LONGEST = 55.0  # percent of a column; the rest is for value and name
_GROUP, _BAR, _GAP, _TOP = 28, 21, 10, 8  # pixels: heading of a group, a bar, room after it, room above


@dataclass(frozen=True, slots=True)
class Bar:
    """A value of 0 or more; `between` is its interval, `is_ours` sets it apart from what it stands beside."""

    name: str
    value: float
    between: tuple[float, float] | None = None
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    note: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class _Drawn:
    y: int
    width: float
    whisker: tuple[float, float] | None
    text: float
    value: str
    name: str
    is_ours: bool
    words: str


@dataclass(frozen=True, slots=True)
class _Block:
    title: str
    note: str
    x: float
    y: int
    height: int
    bars: tuple[_Drawn, ...]


def bars_svg(
    groups: Sequence[Group],
    *,
    digits: int = 3,
    unit: str = "",
    columns: int = 1,
    theme: Theme = Theme.AUTO,
    title: str = "",
) -> str:
    """The groups as SVG text, row by row.

    Parameters
    ----------
    digits
        Decimals of the values.
    unit
        Said after each value.
    title
        What it shows in a sentence, for those who cannot see it; by default the lowest of each group.

    Raises
    ------
    InvalidInput
        There is no bar, or a value that is no number of 0 or more.
    """
    values = [bar.value for group in groups for bar in group.bars]
    if not values or columns < 1 or not all(0 <= value < float("inf") for value in values):
        raise InvalidInput(
            "bars without values, or a value that is no number of 0 or more",
            fix="Leave out what was not measured",
        )
    ends = [bar.between[1] for group in groups for bar in group.bars if bar.between]
    longest = max(*values, *ends, 1e-12) if len(values) + len(ends) > 1 else max(values[0], 1e-12)
    blocks: list[_Block] = []
    top = _TOP
    for first in range(0, len(groups), columns):
        row = groups[first : first + columns]
        height = _GROUP + _BAR * max(len(group.bars) for group in row) + _GAP
        for i, group in enumerate(row):
            drawn = tuple(_drawn(bar, at, longest, digits, unit) for at, bar in enumerate(group.bars))
            blocks.append(_Block(group.title, group.note, 100 * i / columns, top, height, drawn))
        top += height
    return rendered(
        "bars.svg",
        blocks=blocks,
        width=100 / columns,
        height=top,
        title=title or _told(groups),
        tokens=base_tokens(theme),
        dark=DARK if theme is Theme.AUTO else None,
    )


def _drawn(bar: Bar, at: int, longest: float, digits: int, unit: str) -> _Drawn:
    width = _LONGEST * bar.value / longest
    value = f"{bar.value:,.{digits}f}{unit}"
    whisker, words = None, f"{bar.name}: {value}"
    if bar.between:
        low, high = bar.between
        whisker = (_LONGEST * low / longest, _LONGEST * high / longest)
        words += f", from {low:,.{digits}f} to {high:,.{digits}f}"
    return _Drawn(
        y=_GROUP + _BAR * at,
        width=width,
        whisker=whisker,
        text=max(width, whisker[1] if whisker else 0.0),
        value=value,
        name=bar.name,
        is_ours=bar.is_ours,
        words=words,
    )


def _told(groups: Sequence[Group]) -> str:
    best = [(group.title, min(group.bars, key=lambda bar: bar.value)) for group in groups if group.bars]
    return "Lowest: " + "; ".join(f"{title}, {bar.name}" if title else bar.name for title, bar in best)
