"""The season of an assortment: what share of a usual week's demand each week of the year asks for.

It shows what `forecasting.preparing.season` learned, for the year that starts with a given day.
"""

from datetime import date, timedelta

from api.figures.axes import SIDE, Scale, Tick, line, round_steps
from api.figures.rendering import DARK, Theme, base_tokens, rendered
from forecasting.history import Grain
from forecasting.preparing.season import WEEKS_PER_YEAR, Season

_GUTTER = 0.07  # of the width, for the numbers of the scale


def season_chart_svg(season: Season, *, first: date, theme: Theme = Theme.AUTO, title: str = "") -> str:
    """The 52 weeks from `first` on as SVG text; 1 is a usual week, 0 one in which the shop is closed.

    Parameters
    ----------
    title
        What it shows in a sentence, for those who cannot see it; by default its highest week.
    """
    factors = season.factors(first, WEEKS_PER_YEAR, Grain.WEEK).tolist()
    days = [first + timedelta(days=7 * week) for week in range(WEEKS_PER_YEAR)]
    down = Scale(0.0, 1.1 * max(1.0, *factors))
    across = Scale(-_GUTTER / (1 - _GUTTER) * WEEKS_PER_YEAR, WEEKS_PER_YEAR)
    # A week is a step of its own width: a short one between two others is no slope.
    ends = [
        (across(week + side), down.from_top(factor)) for week, factor in enumerate(factors) for side in (0, 1)
    ]
    course = line(ends)
    highest = max(range(WEEKS_PER_YEAR), key=lambda week: factors[week])
    told = f"the week of {days[highest].day} {days[highest]:%B} asks for {factors[highest]:.2f}"
    months = [
        (across(week) / 10, f"{day:%b}")
        for week, day in enumerate(days)
        if week == 0 or day.month != days[week - 1].month
    ]
    return rendered(
        "season_chart.svg",
        course=course,
        area=f"{course}L{SIDE} {SIDE}L{SIDE * _GUTTER:g} {SIDE}Z",
        usual=down.from_top(1.0) / 10,
        ticks=[
            Tick(down.from_top(value) / 10, f"{value:g}") for value in round_steps(0.0, down.high, most=4)
        ],
        months=months[::2],
        title=title or f"A usual week is 1; {told}",
        tokens=base_tokens(theme),
        dark=DARK if theme is Theme.AUTO else None,
    )
