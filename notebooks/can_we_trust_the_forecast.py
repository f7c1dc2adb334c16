# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %%
import json
from pathlib import Path

import numpy as np
from IPython.display import SVG

from api.backtest_report import real_weeks
from api.figures.bars import Bar, Group, bars_svg
from api.figures.calibration_chart import Calibrated, calibration_chart_svg
from api.figures.fan_chart import fan_chart_svg, fan_of
from forecasting.classes import DemandClass
from forecasting.history import sku_and_place
from forecasting.judging.bootstrap import interval, origin_weights
from forecasting.judging.contenders import Nodewise
from forecasting.judging.contest import ALL, CHRISTMAS, LATE, Entry, field_of, judge, parts_of
from forecasting.judging.origins import best_sellers, past_at, steps_of
from forecasting.judging.worst import worst_series
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from forecasting.learning.rehearsal import records_of
from forecasting.measures import measures_of, sums_of
from forecasting.models.candidates import LEVELS as LEVEL_MODELS
from forecasting.models.candidates import MEAN_OF_LEVELS
from forecasting.models.naive import SeasonalNaive
from forecasting.quantiles.levels import LEVELS

report = json.loads(Path("docs/measured/forecast_backtest.json").read_text(encoding="utf-8"))
told = report["sets"][-1]
HORIZON, ORIGINS = report["protocol"]["horizon"], (53, 57, 61, 65, 69)


def verdicts(part):
    """The committed verdicts on one part: ours, that of last year's week, and the best known method's."""
    of_part = [one for one in told["verdicts"] if one["part"] == part]
    ours = next(one for one in of_part if not one["is_peer"])
    last_year = min((one for one in of_part if one["model"] == "seasonal_naive"), key=lambda one: one["wql"])
    best = min((one for one in of_part if one["is_peer"]), key=lambda one: one["wql"])
    return ours, last_year, best


weeks = real_weeks()
few = weeks.take(best_sellers(weeks, told["size"], until=ORIGINS[0])[::16])
field = field_of(few, ORIGINS, horizon=HORIZON, levels=LEVELS)
forecast = Entry("forecast", "own", *Nodewise().run(few, ORIGINS, HORIZON, LEVELS))


def fan(row, at, note):
    past, rows = past_at(few, ORIGINS[at])
    i = rows.tolist().index(row)
    sold = past.units[past.starts[i] : past.starts[i + 1]][-30:]
    return fan_of(
        f"{sku_and_place(few.ids[row])[0]}, {field.classes[at, row]}",
        note,
        last=past.last,
        grain=past.grain,
        history=sold,
        spread=forecast.spread[at, row],
        levels=LEVELS,
        came=field.came[at, row],
    )


def typical(name, at):
    """The series of a class with the middle of the units that came; how good it was plays no part."""
    rows = np.flatnonzero(field.classes[at] == name)
    return int(rows[np.argsort(field.came[at, rows].sum(axis=1), kind="stable")[len(rows) // 2]])


ours, last_year, best = verdicts(ALL)
against = ours["wql"] / best["wql"] - 1
ninety = report["protocol"]["levels"].index(0.9)
print(
    f"On {told['size']:,} skus the forecast loses {1 - ours['wql'] / last_year['wql']:.0%} less than last "
    f"year's week and {abs(against):.1%} {'more' if against > 0 else 'less'} than the best known method; "
    f"its 90 % quantile held {ours['below'][ninety]:.1%} to {ours['at_or_below'][ninety]:.1%} of the weeks."
)
middling = [(typical(name, -1), name) for name in DemandClass if (field.classes[-1] == name).any()]
SVG(fan_chart_svg([fan(row, -1, "the middle seller of its class") for row, _ in middling], columns=2))

# %% [markdown]
# # Can we trust the forecast?
#
# Above: four series of real weekly sales, one of each demand class, picked by what they sell and not by how
# well they were forecast. The forecast saw nothing right of the dashed line. Of ten dots one should lie
# outside the wide band, and of two dots one outside the narrow band.
#
# Figures named *committed* are those of the [backtest](../docs/measured/forecast_backtest.md), printed by
# `make backtest`; the others are made here, with every sixteenth of the same skus and five origins, so they
# differ from it.
#
# ## How far off is it, by demand class?
#
# Committed. The loss is what all quantiles together were off, per unit sold: 0 is perfect, and lower is
# better. Thin lines are the middle 90 % of draws of the origins. The best known method is named in
# hindsight, for each class anew: nobody could have picked it beforehand.

# %%
groups = []
for name in DemandClass:
    mine, before, known = verdicts(name.value)
    groups.append(
        Group(
            name.value,
            f"{mine['cells']:,} weeks",
            (
                Bar("forecast", mine["wql"], mine["wql_between"], is_ours=True),
                Bar(f"best: {known['model'].replace('_', ' ')}", known["wql"], known["wql_between"]),
                Bar("last year's week", before["wql"], before["wql_between"]),
            ),
        )
    )
SVG(bars_svg(groups, columns=2))

# %% [markdown]
# ## Do the quantiles hold what they promise?
#
# Committed. Stock is planned with the quantiles: if the one of 95 % holds only 90 % of the weeks, shelves
# are empty twice as often as planned. A bar runs from the share of weeks below the quantile to the share at
# or below it, less the level; where it meets the zero line the level is kept. Above the line there is too
# much stock, below it too little.


# %%
def told_calibration(part):
    one = verdicts(part)[0]
    assert all(low <= high for low, high in zip(one["below"], one["at_or_below"], strict=True))
    shares = (tuple(one["below"]), tuple(one["at_or_below"]))
    return Calibrated(part, f"{one['cells']:,} weeks", tuple(report["protocol"]["levels"]), *shares)


SVG(calibration_chart_svg([told_calibration(name.value) for name in DemandClass], columns=2))

# %% [markdown]
# ## And how sure are we of that?
#
# Made here. Weeks are not independent: in a good month everything sells. So whole origins are drawn again,
# two that follow each other at a time (the eight weeks they share), and the thin lines hold 90 % of the
# draws. Few series and five origins know little: where a line crosses zero, nobody can say that the level
# is off.

# %%
draws = origin_weights(len(ORIGINS), seed=1, block=2)


def drawn_calibration(part):
    sums = sums_of(
        field.came,
        forecast.mean,
        forecast.spread,
        levels=LEVELS,
        judged=field.judged & part.cells,
        scale=field.scale,
    )
    once, often = measures_of(sums), measures_of(sums, draws)
    between = tuple(
        (interval(often.below[:, at])[0], interval(often.at_or_below[:, at])[1]) for at in range(len(LEVELS))
    )
    shares = (tuple(once.below[0].tolist()), tuple(once.at_or_below[0].tolist()))
    return Calibrated(part.name, f"{int(sums.cells.sum()):,} weeks", LEVELS, *shares, between)


parts = {part.name: part for part in parts_of(field, late_from=61, christmas=(54, 58))}
shown = [parts[name] for name in DemandClass if (field.judged & parts[name].cells).any()]
SVG(calibration_chart_svg([drawn_calibration(part) for part in shown], columns=2))

# %% [markdown]
# ## What does each step of the forecast add?
#
# Made here. Every step has to earn its place: the same week of last year, one model, the mean of several,
# the blend chosen by class and bucket of weeks, and at last its quantiles calibrated on past forecasts. The
# first four have the quantiles of a negative binomial as wide as each series' own errors.

# %%
hidden = [steps_of(few) - origin for origin in ORIGINS]
models = (SeasonalNaive(), *LEVEL_MODELS)
past = records_of(few, models, backs=hidden, horizon=HORIZON, seed=0)
means = {
    "last year's week": past.means["seasonal_naive"],
    "exponential smoothing": past.means["exponential_smoothing"],
    "mean of four levels": MEAN_OF_LEVELS.mean(past.means),
    "chosen blend": forecast.mean,
}
wide = np.broadcast_to(past.dispersion[:, :, None], field.came.shape)
known = ~np.isnan(wide) & np.all([~np.isnan(mean) for mean in means.values()], axis=0)
entries = []
for name, mean in means.items():
    spread = np.full((*mean.shape, len(LEVELS)), np.nan)
    spread[known] = negative_binomial_quantiles(mean[known][:, None], wide[known][:, None], np.array(LEVELS))[
        :, 0
    ]
    entries.append(Entry(name, "plain", mean, spread))
entries.append(Entry("calibrated: the forecast", "own", forecast.mean, forecast.spread))
assert (known | ~field.judged).all()  # every step is judged on the same weeks
added = judge(field, entries, parts[ALL], seed=1)
for before, one in zip((None, *added), added, strict=False):
    gain = "" if before is None else f", {before.wql - one.wql:+.4f}"
    print(f"{one.model:<26} loss {one.wql:.4f}{gain}")
steps = [Bar(one.model, one.wql, one.wql_between, is_ours=one is added[-1]) for one in added]
SVG(bars_svg([Group("Loss after each step", "lower is better", tuple(steps))]))

# %% [markdown]
# ## Where is it worst, and why?
#
# Made here. The series that cost most units of loss, each from its worst origin. The cause is what the
# numbers tell; whether a line was meant to end, or a bulk order will come again, only you know. What is
# known ahead can be told: a promotion as a driver, a last day as an attribute.

# %%
worst = worst_series(field, forecast, count=8)
print(f"{'sku':<9}{'class':<14}{'from':>6}{'expected':>10}{'came':>8}{'of the loss':>13}  why")
for one in worst:
    sku = sku_and_place(few.ids[one.row])[0]
    print(
        f"{sku:<9}{one.demand_class:<14}{one.origin:>6}{one.expected:>10,.0f}{one.came:>8,.0f}"
        f"{one.share:>13.1%}  {one.words}"
    )
print(f"These {len(worst)} of {len(few)} series carry {sum(one.share for one in worst):.0%} of the loss.")
SVG(fan_chart_svg([fan(one.row, ORIGINS.index(one.origin), one.words) for one in worst[:4]], columns=2))

# %% [markdown]
# ## When should we not trust it?
#
# Committed. Christmas is over and one year of history knows one Christmas: weeks 54 to 58 start with the
# last full week before it and hold the quiet ones after. Origins from week 61 on have nothing of it ahead.

# %%
seasons = []
for part, title in ((ALL, "all origins"), (CHRISTMAS, "weeks 54 to 58"), (LATE, "origins 61 and later")):
    mine, before, known = verdicts(part)
    seasons.append(
        Group(
            title,
            f"bias {mine['bias']:+.0%}",
            (
                Bar("forecast", mine["wql"], mine["wql_between"], is_ours=True),
                Bar(f"best: {known['model'].replace('_', ' ')}", known["wql"], known["wql_between"]),
                Bar("last year's week", before["wql"], before["wql_between"]),
            ),
        )
    )
SVG(bars_svg(seasons))

# %% [markdown]
# ## What was promised?
#
# Committed. Two promises on two sets of origins: a loss at most half a percent above the best known
# method's, and quantiles calibrated no worse than its. What is not kept is said.

# %%
for gate in told["gates"]:
    kept = "kept" if gate["is_kept"] else "NOT kept"
    print(f"{gate['promise']:<14} {gate['part']:<5} {gate['value']:.4f}, at most {gate['limit']:.4f}: {kept}")
assert ours["wql"] < last_year["wql"]
