"""Fan, calibration, season and bars: what is drawn is what was given, text stays its size, two themes."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import numpy as np
import pytest

from api.figures.axes import Scale, band, line, round_steps
from api.figures.bars import Bar, Group, bars_svg
from api.figures.calibration_chart import Calibrated, calibration_chart_svg
from api.figures.fan_chart import NEEDED, Fan, fan_chart_svg, fan_of
from api.figures.rendering import DARK, LIGHT, Theme
from api.figures.season_chart import season_chart_svg
from forecasting.history import Grain
from forecasting.preparing.season import Season
from forecasting.quantiles.levels import LEVELS
from fulfillment.errors import InvalidInput

SVG = "{http://www.w3.org/2000/svg}"
MONDAY = date(2024, 3, 25)
FAN = Fan(
    title="<lamp>",
    note="lumpy & slow",
    last=MONDAY,
    grain=Grain.WEEK,
    history=np.array([3.0, 0.0, 5.0, 4.0] * 6),
    quantiles=np.array([[0.0, 2.0, 3.0, 5.0, 9.0]] * 4),
    came=np.array([2.0, 10.0, np.nan, 9.0]),
)
GROUP = Calibrated("lumpy", "80 weeks", (0.5, 0.9), (0.4, 0.95), (0.6, 0.97), ((0.35, 0.7), (0.9, 0.99)))
SEASON = Season(date(2024, 1, 1), np.where(np.arange(52) == 47, 2.5, 1.0), np.ones(7))
BARS = (
    Group("smooth", "10 weeks", (Bar("ours", 1.0, (0.5, 2.0), is_ours=True), Bar("peer", 0.5))),
    Group("lumpy", "", (Bar("ours", 0.0),)),
)

CHARTS: dict[str, Callable[[Theme], str]] = {
    "fan": lambda theme: fan_chart_svg([FAN], theme=theme),
    "calibration": lambda theme: calibration_chart_svg([GROUP], theme=theme),
    "season": lambda theme: season_chart_svg(SEASON, first=MONDAY, theme=theme),
    "bars": lambda theme: bars_svg(BARS, theme=theme),
}
every_chart = pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)


@every_chart
def test_text_is_never_scaled(chart: Callable[[Theme], str]) -> None:
    svg = chart(Theme.LIGHT)
    stretched = [one for one in ElementTree.fromstring(svg).iter(f"{SVG}svg") if "viewBox" in one.attrib]
    assert not [text for one in stretched for text in one.iter(f"{SVG}text")]
    strokes = [path for one in stretched for path in one.iter(f"{SVG}path") if "stroke" in path.attrib]
    assert all(path.attrib["vector-effect"] == "non-scaling-stroke" for path in strokes)
    assert min(int(size) for size in re.findall(r'font-size="(\d+)"', svg)) >= 13


@every_chart
def test_a_fixed_theme_carries_no_style_and_the_automatic_one_knows_both(
    chart: Callable[[Theme], str],
) -> None:
    light, dark, auto = (chart(theme) for theme in (Theme.LIGHT, Theme.DARK, Theme.AUTO))
    for svg in (light, dark):
        assert "style" not in svg
    assert (LIGHT.muted in light, DARK.muted in light) == (True, False)
    assert (LIGHT.muted in dark, DARK.muted in dark) == (False, True)
    assert f'fill="{LIGHT.card}"' in auto
    assert f"fill: {DARK.card}" in auto


@every_chart
def test_every_color_of_a_chart_changes_with_the_theme(chart: Callable[[Theme], str]) -> None:
    style, _, drawn = chart(Theme.AUTO).partition("</style>")
    for name in set(re.findall(r'class="([a-z ]+)"', drawn)):
        assert any(re.search(rf"\.{one}[ ,]", style) for one in name.split()), name


@every_chart
def test_equal_input_gives_equal_bytes(chart: Callable[[Theme], str]) -> None:
    assert chart(Theme.AUTO) == chart(Theme.AUTO)


def test_steps_of_a_scale_are_round_and_inside_it() -> None:
    assert round_steps(0, 640, most=3) == (0, 500)
    assert round_steps(0, 9, most=3) == (0, 5)
    assert round_steps(-7.0, 7.0, most=5) == (-5, 0, 5)
    assert round_steps(0, 0.3, most=3) == pytest.approx((0, 0.1, 0.2, 0.3))


def test_a_scale_runs_from_one_end_to_the_other() -> None:
    scale = Scale(10.0, 30.0)
    assert (scale(10), scale(20), scale(30)) == (0, 500, 1000)
    assert scale.from_top(30) == 0


def test_a_line_breaks_where_a_value_is_no_number_and_a_band_is_closed() -> None:
    assert line([(0, 1), (1, float("nan")), (2, 3), (3, 4)]) == "M0 1 M2 3L3 4"
    assert band([0, 1], [5, 6], [1, 2]) == "M0 1L1 2L1 6L0 5Z"


def test_what_came_inside_and_outside_the_wide_band_is_told_apart() -> None:
    svg = fan_chart_svg([FAN], theme=Theme.LIGHT)
    dots = [
        one for one in ElementTree.fromstring(svg).iter(f"{SVG}path") if one.find(f"{SVG}title") is not None
    ]
    assert [one.attrib["class"] for one in dots] == ["inside", "outside", "inside"]
    assert "8 Apr 2024: 10 came, median 3, 90 % from 0 to 9" in svg
    assert "Forecasts of 1 series; 2 of 3 steps came inside the 90 % band" in svg


def test_what_lies_far_above_the_rest_is_drawn_at_the_rim_with_its_number() -> None:
    bulk = replace(FAN, history=np.concatenate([[4_000.0], np.tile(FAN.history, 2)]))
    assert "↑ 4,000" in fan_chart_svg([bulk])
    late = replace(FAN, came=np.array([4_000.0, 1.0, 1.0, 1.0]), history=np.tile(FAN.history, 5))
    svg = fan_chart_svg([late], theme=Theme.LIGHT)
    assert "4,000 ↑" in svg
    assert re.findall(r'class="outside" d="M[\d.]+ ([\d.-]+)h0"', svg)[1:] == ["0.0"]  # after the legend


def test_names_are_escaped() -> None:
    svg = fan_chart_svg([FAN])
    assert "<lamp>" not in svg
    assert "lumpy &amp; slow" in svg


def test_panels_stand_in_columns_and_rows() -> None:
    svg = fan_chart_svg([FAN] * 3, columns=2, theme=Theme.LIGHT)
    panels = [one for one in ElementTree.fromstring(svg) if one.attrib.get("width") == "50.000%"]
    assert [(one.attrib["x"], one.attrib["y"]) for one in panels] == [
        ("0.000%", "62"),
        ("50.000%", "62"),
        ("0.000%", "280"),
    ]


def test_a_fan_takes_its_levels_from_those_forecast_and_refuses_to_guess() -> None:
    spread = np.arange(len(LEVELS))[None, :] * np.ones((2, 1))
    fan = fan_of("", "", last=MONDAY, grain=Grain.WEEK, history=FAN.history, spread=spread, levels=LEVELS)
    assert fan.quantiles.tolist() == [[LEVELS.index(level) for level in NEEDED]] * 2
    assert np.isnan(fan.came).all()
    with pytest.raises(InvalidInput, match=r"no quantiles at 0\.05, 0\.95"):
        fan_of(
            "",
            "",
            last=MONDAY,
            grain=Grain.WEEK,
            history=FAN.history,
            spread=spread[:, :3],
            levels=(0.25, 0.5, 0.75),
        )


def test_fans_without_series_or_past_are_refused() -> None:
    for fans in ([], [replace(FAN, history=np.array([]))]):
        with pytest.raises(InvalidInput, match="without a past"):
            fan_chart_svg(fans)


def test_a_level_between_its_shares_is_calibrated_and_one_outside_is_not() -> None:
    assert [GROUP.is_calibrated(at) for at in range(2)] == [True, False]
    svg = calibration_chart_svg([GROUP], theme=Theme.LIGHT)
    assert "90 %: 95.0 % below, 97.0 % at or below, draws from 90.0 to 99.0 %" in svg
    assert "1 of 2 levels within a point" in svg
    bars = [one for one in ElementTree.fromstring(svg).iter(f"{SVG}g") if one.find(f"{SVG}title") is not None]
    assert [one.findall(f"{SVG}line")[-1].attrib["class"] for one in bars] == ["good", "poor"]


def test_a_calibrated_bar_meets_the_zero_line_and_a_long_one_is_cut_at_the_rim() -> None:
    zeros = Calibrated("rare", "", (0.05,), (0.0,), (0.9,))
    svg = calibration_chart_svg([zeros], theme=Theme.LIGHT)
    bar = next(
        one for one in ElementTree.fromstring(svg).iter(f"{SVG}g") if one.find(f"{SVG}title") is not None
    )
    drawn = bar.findall(f"{SVG}line")[-1].attrib
    assert drawn["y1"] == "0.0%"
    assert float(drawn["y2"].rstrip("%")) > 50


def test_shares_that_are_missing_are_refused() -> None:
    with pytest.raises(InvalidInput, match="lumpy: 2 levels, 1 and 2 shares"):
        calibration_chart_svg([replace(GROUP, below=(0.4,))])
    with pytest.raises(InvalidInput, match="without groups"):
        calibration_chart_svg([])


def test_the_season_names_its_highest_week_and_starts_where_it_is_asked_to() -> None:
    svg = season_chart_svg(SEASON, first=MONDAY)
    assert "the week of 25 November asks for 2.50" in svg
    months = re.findall(r">([A-Z][a-z]{2})</text>", svg)
    assert months == ["Mar", "May", "Jul", "Sep", "Nov", "Jan", "Mar"]


def test_bars_share_one_scale_and_say_value_and_name() -> None:
    svg = bars_svg(BARS, theme=Theme.LIGHT, unit=" s", digits=1)
    widths = [
        float(width) for width in re.findall(r'<rect class="(?:ours|other)"[^>]* width="([\d.]+)%"', svg)
    ]
    assert widths == pytest.approx([27.5, 13.75, 0.0])  # the interval up to 2 is the longest
    assert "1.0 s ours" in svg
    assert "ours: 1.0 s, from 0.5 to 2.0" in svg
    assert "Lowest: smooth, peer; lumpy, ours" in svg


def test_a_value_that_is_no_number_is_refused() -> None:
    for value in (float("nan"), -1.0, float("inf")):
        with pytest.raises(InvalidInput, match="no number"):
            bars_svg([Group("", "", (Bar("", value),))])
    with pytest.raises(InvalidInput, match="without values"):
        bars_svg([])
