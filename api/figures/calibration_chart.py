"""Calibration by group: how far the share of steps below each quantile is from its level. It judges nothing.

Demand is whole units, so a level has two shares, below and at or below its quantile, and is calibrated if it
lies between them (Czado, Gneiting & Held 2009, Biometrics 65(4)). Drawn is share minus level: a bar from the
one share to the other that touches the zero line is calibrated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from api.figures.axes import Scale, Tick, round_steps
from api.figures.rendering import DARK, Theme, base_tokens, rendered
from fulfillment.errors import InvalidInput
from scenarios.wording import MINUS

_TOP = 58  # pixels above the first panel: what a bar is, and the legend
_PANEL = 226
_LEAST_SPAN = 5.0  # points each way: a good calibration is not magnified until it looks bad
_A_POINT = 0.01
_ROOM = 1.4  # beyond the level that is farthest off


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The shares of one group of steps, between 0 and 1, one per level.

    `between` holds per level the interval of draws, from the low end of the share below to the high end of
    the share at or below; empty if it is not known.
    """

    title: str
    note: str
    levels: tuple[float, ...]
    below: tuple[float, ...]
    at_or_below: tuple[float, ...]
    between: tuple[tuple[float, float], ...] = ()

    def is_calibrated(self, at: int) -> bool:
        """Whether level number `at` lies between its shares, to a point of a percent."""
        low, high = self.below[at] - _A_POINT, self.at_or_below[at] + _A_POINT
        return low <= self.levels[at] <= high


@dataclass(frozen=True, slots=True)
class _Bar:
    """One level: places in percent of the plot, `high` above `low` so that `y` counts from the top."""

    x: float
    high: float
    low: float
    whisker: tuple[float, float] | None
    is_calibrated: bool
    level: str
    words: str


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    note: str
    x: float
    y: int
    zero: float
    bars: tuple[_Bar, ...]
    ticks: tuple[Tick, ...]


def calibration_chart_svg(
    groups: Sequence[Calibrated], *, columns: int = 1, theme: Theme = Theme.AUTO, title: str = ""
) -> str:
    """The groups as SVG text, all on one scale.

    Raises
    ------
    InvalidInput
        There is no group, or one with a share too many or too few.
    """
    if not groups or columns < 1:
        raise InvalidInput("a calibration chart without groups or columns", fix="Give at least one")
    for one in groups:
        counts = {len(one.levels), len(one.below), len(one.at_or_below), len(one.between or one.levels)}
        if len(counts) > 1 or not one.levels:
            raise InvalidInput(
                f"{one.title}: {len(one.levels)} levels, {len(one.below)} and {len(one.at_or_below)} shares",
                fix="Give one share below, one at or below, and at most one interval per level",
            )
    scale = _scale(groups)
    panels = [
        _panel(one, scale, x=100 * (i % columns) / columns, y=_TOP + _PANEL * (i // columns))
        for i, one in enumerate(groups)
    ]
    bars = [bar for panel in panels for bar in panel.bars]
    told = f"{sum(bar.is_calibrated for bar in bars)} of {len(bars)} levels within a point of their shares"
    return rendered(
        "calibration_chart.svg",
        panels=panels,
        width=100 / columns,
        height=_TOP + _PANEL * -(-len(panels) // columns),
        has_whiskers=any(one.between for one in groups),
        title=title or f"Calibration of {len(groups)} groups; {told}",
        tokens=base_tokens(theme),
        dark=DARK if theme is Theme.AUTO else None,
    )


def _scale(groups: Sequence[Calibrated]) -> Scale:
    """Points of a percent, as far down as up: room for how far a level is off, not for a whole bar.

    Where most weeks sell nothing a bar reaches from 0 to the share of zeros; it is cut at the rim.
    """
    off = max(
        100 * max(below - level, level - up_to)
        for one in groups
        for level, below, up_to in zip(one.levels, one.below, one.at_or_below, strict=True)
    )
    most = _ROOM * max(_LEAST_SPAN, off)
    return Scale(-most, most)


def _panel(one: Calibrated, scale: Scale, *, x: float, y: int) -> _Panel:
    return _Panel(
        title=one.title,
        note=one.note,
        x=x,
        y=y,
        zero=scale.from_top(0.0) / 10,
        bars=tuple(_bar(one, at, scale) for at in range(len(one.levels))),
        ticks=tuple(
            Tick(scale.from_top(points) / 10, _signed(points))
            for points in round_steps(scale.low, scale.high, most=5)
        ),
    )


def _bar(one: Calibrated, at: int, scale: Scale) -> _Bar:
    level, below, up_to = one.levels[at], one.below[at], one.at_or_below[at]
    words = f"{100 * level:g} %: {100 * below:.1f} % below, {100 * up_to:.1f} % at or below"
    whisker = None
    if one.between:
        least, most = one.between[at]
        whisker = (_down(scale, most - level), _down(scale, least - level))
        words += f", draws from {100 * least:.1f} to {100 * most:.1f} %"
    return _Bar(
        # From 8 %: the numbers of the scale stand left of the first bar.
        x=round(8 + 92 * (at + 0.5) / len(one.levels), 2),
        high=_down(scale, up_to - level),
        low=_down(scale, below - level),
        whisker=whisker,
        is_calibrated=one.is_calibrated(at),
        level=f"{100 * level:g}",
        words=words,
    )


def _down(scale: Scale, share: float) -> float:
    return round(scale.from_top(min(max(100 * share, scale.low), scale.high)) / 10, 2)


def _signed(points: float) -> str:
    return "0" if abs(points) < 1e-9 else f"{'+' if points > 0 else MINUS}{abs(points):g}"
