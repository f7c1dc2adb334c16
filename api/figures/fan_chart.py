"""Fan charts: what sold, what was expected with its 50 and 90 % bands, and what came. One panel per series.

It shows quantiles that were made elsewhere. What lies far above the rest is drawn at the rim with its number,
so that one bulk order does not flatten everything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from api.figures.axes import Scale, Tick, band, line, round_steps
from api.figures.rendering import DARK, Theme, base_tokens, rendered
from forecasting.history import FloatArray, Grain
from fulfillment.errors import InvalidInput

NEEDED = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Levels a fan is drawn of: the ends of both bands and the median."""

_TOP = 62  # pixels above the first panel: two rows of legend
_PANEL = 218
_RIM = 1.12  # room above the highest value that is drawn to scale
_USUAL = 0.95  # share of what sold that is drawn to scale, at least
_GUTTER = 0.1  # of the width, for the numbers of the scale
_SHORT = 1.5  # times the horizon: a past below it has no room for two days


@dataclass(frozen=True, slots=True)
class Fan:
    """One series at one cutoff.

    Parameters
    ----------
    last
        The day the last step of `history` starts on.
    history
        Units per step up to the cutoff, the oldest first, shape (steps,).
    quantiles
        Units at the levels of `NEEDED`, shape (horizon, 5).
    came
        Units per step after the cutoff, NaN where unknown, shape (horizon,).
    """

    title: str
    note: str
    last: date
    grain: Grain
    history: FloatArray
    quantiles: FloatArray
    came: FloatArray


@dataclass(frozen=True, slots=True)
class _Dot:
    x: float
    y: float
    is_inside: bool
    words: str


@dataclass(frozen=True, slots=True)
class _Rim:
    """A value beyond the panel: `x` in percent of the width, `anchor` so that its number stays inside."""

    x: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    note: str
    x: float
    y: int
    start: float
    cutoff: float
    history: str
    outer: str
    inner: str
    median: str
    dots: tuple[_Dot, ...]
    rims: tuple[_Rim, ...]
    ticks: tuple[Tick, ...]
    first: str
    at: str
    ahead: str


def fan_of(
    title: str,
    note: str,
    *,
    last: date,
    grain: Grain,
    history: FloatArray,
    spread: FloatArray,
    levels: Sequence[float],
    came: FloatArray | None = None,
) -> Fan:
    """A fan from quantiles at any levels that include those needed.

    Parameters
    ----------
    spread
        Units, shape (horizon, levels).

    Raises
    ------
    InvalidInput
        A level of `NEEDED` is missing.
    """
    missing = [level for level in NEEDED if level not in levels]
    if missing:
        raise InvalidInput(
            f"no quantiles at {', '.join(f'{level:g}' for level in missing)}",
            pointer="/levels",
            fix=f"Forecast at least at {', '.join(f'{level:g}' for level in NEEDED)}",
        )
    at = [list(levels).index(level) for level in NEEDED]
    unknown = np.full(len(spread), np.nan)
    return Fan(title, note, last, grain, history, spread[:, at], unknown if came is None else came)


def fan_chart_svg(
    fans: Sequence[Fan], *, columns: int = 1, theme: Theme = Theme.AUTO, title: str = ""
) -> str:
    """The panels as SVG text, row by row.

    Parameters
    ----------
    columns
        Panels side by side; one fits a phone.
    title
        What it shows in a sentence, for those who cannot see it; by default made from what came.

    Raises
    ------
    InvalidInput
        There is no series, or one without a past.
    """
    if not fans or columns < 1 or any(len(fan.history) == 0 for fan in fans):
        raise InvalidInput(
            "a fan chart without series, without columns or of a series without a past",
            fix="Give at least one series with at least one step of history, and one column",
        )
    panels = [
        _panel(fan, x=100 * (i % columns) / columns, y=_TOP + _PANEL * (i // columns))
        for i, fan in enumerate(fans)
    ]
    dots = [dot for panel in panels for dot in panel.dots]
    told = f"{sum(dot.is_inside for dot in dots)} of {len(dots)} steps came inside the 90 % band"
    return rendered(
        "fan_chart.svg",
        panels=panels,
        width=100 / columns,
        height=_TOP + _PANEL * -(-len(panels) // columns),
        title=title or f"Forecasts of {len(fans)} series; {told}",
        tokens=base_tokens(theme),
        dark=DARK if theme is Theme.AUTO else None,
    )


def _panel(fan: Fan, *, x: float, y: int) -> _Panel:
    past, ahead = len(fan.history), len(fan.quantiles)
    across = Scale(-0.5 - _GUTTER / (1 - _GUTTER) * (past + ahead), past + ahead - 0.5)
    rim = _rim(fan)
    down = Scale(0.0, rim)
    xs = [across(past + step) for step in range(ahead)]
    low, lower, _, upper, high = (
        [down.from_top(min(value, rim)) for value in column] for column in fan.quantiles.T.tolist()
    )
    every = [*enumerate(fan.history.tolist()), *enumerate(fan.came.tolist(), start=past)]
    return _Panel(
        title=fan.title,
        note=fan.note,
        x=x,
        y=y,
        start=100 * _GUTTER,
        cutoff=across(past - 0.5),
        history=line((across(at), down.from_top(min(units, rim))) for at, units in every[:past]),
        outer=band(xs, low, high),
        inner=band(xs, lower, upper),
        median=line(zip(xs, (down.from_top(value) for value in fan.quantiles[:, 2].tolist()), strict=True)),
        dots=tuple(_dots(fan, across, down)),
        rims=tuple(
            _Rim(
                across(at) / 10,
                "end" if across(at) > 500 else "start",
                f"{units:,.0f} ↑" if across(at) > 500 else f"↑ {units:,.0f}",
            )
            for at, units in every
            if units > rim
        ),
        ticks=tuple(Tick(down.from_top(value) / 10, f"{value:,g}") for value in round_steps(0, rim, most=3)),
        first=_day(fan.last - timedelta(days=fan.grain.days * (past - 1))) if past >= _SHORT * ahead else "",
        at=f"from {_day(fan.last + timedelta(days=fan.grain.days))}",
        ahead=f"+{ahead} {fan.grain.value}{'' if ahead == 1 else 's'}",
    )


def _rim(fan: Fan) -> float:
    """The highest value drawn to scale: all of the fan, and nearly all of what sold and came."""
    seen = np.concatenate([fan.history, fan.came[np.isfinite(fan.came)]])
    usual = float(np.quantile(seen, _USUAL, method="higher"))
    return _RIM * max(1.0, usual, float(fan.quantiles.max()))


def _dots(fan: Fan, across: Scale, down: Scale) -> list[_Dot]:
    found = []
    for step, (units, (low, _, median, _, high)) in enumerate(
        zip(fan.came.tolist(), fan.quantiles.tolist(), strict=True)
    ):
        if np.isfinite(units):
            day = _day(fan.last + timedelta(days=fan.grain.days * (step + 1)))
            words = f"{day}: {units:,.0f} came, median {median:,.0f}, 90 % from {low:,.0f} to {high:,.0f}"
            x, y = across(len(fan.history) + step), down.from_top(min(units, down.high))
            found.append(_Dot(x, y, low <= units <= high, words))
    return found


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
