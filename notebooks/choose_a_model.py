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
from dataclasses import dataclass, replace
from datetime import timedelta
from time import process_time

import numpy as np
from IPython.display import SVG

from api.backtest_report import real_weeks
from api.figures.bars import Bar, Group, bars_svg
from api.figures.season_chart import season_chart_svg
from forecasting.buckets import bucket_of_steps
from forecasting.classes import CLASSES
from forecasting.history import MASKED
from forecasting.judging.origins import best_sellers
from forecasting.kernels.negative_binomial import negative_binomial_quantiles
from forecasting.learning.rehearsal import records_of
from forecasting.learning.selection import LEAST_GAIN, select
from forecasting.learning.training import origins_back
from forecasting.measures import quantile_loss
from forecasting.models.blends import equally, halfway
from forecasting.models.candidates import LEVELS as LEVEL_MODELS
from forecasting.models.candidates import MEAN_OF_LEVELS, TREES, blends
from forecasting.models.levels import Level
from forecasting.models.naive import SeasonalNaive
from forecasting.models.protocol import ModelRun
from forecasting.preparing.prepared import learn_and_prepare
from forecasting.quantiles.levels import LEVELS

HORIZON, NAMES = 8, ("levels", "half trees", "trees")
weeks = real_weeks()
few = weeks.take(best_sellers(weeks, 2_000, until=53)[::16])
models, candidates, backs = (*LEVEL_MODELS, TREES), blends(), origins_back(few)
records = records_of(few, models, backs=backs, horizon=HORIZON, seed=0)
cells = select(records, candidates, grain=few.grain)

bucket = bucket_of_steps(HORIZON, few.grain)
steps_of_bucket = [np.flatnonzero(bucket == number) + 1 for number in range(len(cells[0]))]
BUCKETS = [
    f"week {steps[0]}" if len(steps) == 1 else f"weeks {steps[0]} to {steps[-1]}" for steps in steps_of_bucket
]


def bars_of(cells, names):
    return [
        Group(
            f"{name}, {bucket}",
            "",
            tuple(
                Bar(names[i], loss, is_ours=i == cell.taken)
                for i, loss in enumerate(cell.losses)
                if np.isfinite(loss)
            ),
        )
        for name, row in zip(CLASSES, cells, strict=True)
        for bucket, cell in zip(BUCKETS, row, strict=True)
    ]


taken = [NAMES[cell.taken] for row in cells for cell in row]
print(
    f"Of {len(taken)} kinds of demand and distance, {taken.count('levels')} are left to simple levels, "
    f"{taken.count('half trees')} to half levels and half trees, {taken.count('trees')} to trees alone: "
    "past forecasts decide."
)
SVG(bars_svg(bars_of(cells, NAMES), columns=3, title="Loss of each candidate by class and weeks ahead"))

# %% [markdown]
# # Choose a model
#
# No model is best for all demand. So each of them forecasts again from past origins, seeing only what was
# known there, and what then sold is the judge, apart for every class of demand and distance. Above: the
# loss per unit sold of each candidate; blue is the one taken. *Levels* is the mean of four simple models
# that learn nothing from other series, *trees* one model of all series, *half trees* the mean of both.
#
# All figures are made here, from every sixteenth of the 2,000 best sellers: with other series the choice is
# another.
#
# ## What was taken, and why?
#
# The cheapest candidate stands first. A dearer one is taken only if it saves more than 1 % *and* more than
# the saving varies from origin to origin: a choice that follows noise is worse than none.

# %%


def reason(cell, names):
    if not all(np.isfinite(cell.losses)):
        return "nothing to go by: the cheapest"
    savings = [(1 - loss / cell.losses[0], name) for loss, name in zip(cell.losses, names, strict=True)]
    if cell.taken:
        return f"saves {savings[cell.taken][0]:.1%}, more than noise"
    most, name = max(savings[1:])
    if most <= 0:
        return "the dearer ones save nothing"
    if most <= LEAST_GAIN:
        return f"{name} would save {most:.1%}: too little"
    return f"{name} would save {most:.1%}: no more than noise"


print(f"{'class':<14}{'ahead':<14}{'weeks':>7}  {'taken':<12}{'margin':>7}  why")
for name, row in zip(CLASSES, cells, strict=True):
    for ahead, cell in zip(BUCKETS, row, strict=True):
        rivals = [loss for i, loss in enumerate(cell.losses) if i != cell.taken]
        margin = min(rivals) / cell.losses[cell.taken] - 1
        why = reason(cell, NAMES)
        print(f"{name:<14}{ahead:<14}{cell.steps:>7,}  {NAMES[cell.taken]:<12}{margin:>+7.1%}  {why}")
        assert cell.taken == 0 or cell.losses[cell.taken] < cell.losses[0]

# %% [markdown]
# *Margin* is how much more the next best loses; below zero another candidate lost less, but not by more
# than noise or not by enough for its cost.
#
# ## Would the choice have held?
#
# Chosen from what the first origins taught, judged on the last ones, whose weeks all come later. The choice
# is worth its price if it is seldom far from the best fixed candidate, which nobody knows beforehand.

# %%


def loss_of(records, mean):
    """Quantile loss in units, shape (origins, series, steps); NaN where it cannot be judged."""
    wide = np.broadcast_to(records.dispersion[:, :, None], mean.shape)
    known = ~np.isnan(mean) & ~np.isnan(records.sold)
    spread = negative_binomial_quantiles(mean[known][:, None], wide[known][:, None], np.array(LEVELS))[:, 0]
    loss = np.full(mean.shape, np.nan)
    loss[known] = quantile_loss(records.sold[known], spread.astype(np.float64), LEVELS)
    return loss


def some(records, which):
    return replace(
        records,
        backs=records.backs[which],
        classes=records.classes[which],
        dispersion=records.dispersion[which],
        means={name: mean[which] for name, mean in records.means.items()},
        sold=records.sold[which],
    )


early, late = some(records, slice(0, 4)), some(records, slice(8, None))
assert early.backs[-1] - HORIZON >= late.backs[0]  # no week that was judged on had taught
then = select(early, candidates, grain=few.grain)
said = np.stack([blend.mean(late.means) for blend in candidates])
chosen = np.full(late.sold.shape, np.nan)
for code, row in enumerate(then):
    for number, cell in enumerate(row):
        at = (late.classes == code)[:, :, None] & (bucket == number)
        chosen[at] = said[cell.taken][at]
sold = np.nansum(late.sold)
outcome = [Bar("chosen earlier", float(np.nansum(loss_of(late, chosen)) / sold), is_ours=True)]
outcome += [
    Bar(f"always {name}", float(np.nansum(loss_of(late, mean)) / sold))
    for name, mean in zip(NAMES, said, strict=True)
]
SVG(bars_svg([Group("Loss on the last four origins", "lower is better", tuple(outcome))]))

# %% [markdown]
# ## What season do all of them get?
#
# One year of one sku says little of its season; all skus together say much. The season is taken out before
# any model sees the sales and put back on what it says, so that a model is never praised for a Christmas it
# merely lived through.

# %%
prepared, _ = learn_and_prepare(weeks.take(best_sellers(weeks, 2_000, until=53)))
SVG(season_chart_svg(prepared.season, first=weeks.last + timedelta(days=7)))

# %% [markdown]
# ## How do I try a model of my own?
#
# A model has a name, may learn text from many series, and says a mean for each
# (`forecasting/models/protocol.py`). This one says the median of the last eight weeks. It is rehearsed from
# the same origins as all others, and stands as the last, dearest candidate: it has to beat them all.


# %%
@dataclass(frozen=True, slots=True)
class MedianWeek(Level):  # a Level learns nothing over many series
    """The median of the last eight weeks: no bulk order moves it."""

    name: str = "median_week"

    def run(self, history, learned, *, horizon):
        mean = np.empty((len(history), horizon))
        for i in range(len(history)):
            entries = slice(history.starts[i], history.starts[i + 1])
            seen = history.units[entries][history.state[entries] != MASKED]  # a stock-out says nothing
            mean[i] = np.median(seen[-8:]) if len(seen) else np.nan
        return ModelRun(self.name, mean)


mine = records_of(few, (MedianWeek(),), backs=backs, horizon=HORIZON, seed=0)
both = replace(records, means={**records.means, **mine.means})
rivals = (*candidates, halfway(MEAN_OF_LEVELS, "median_week"), equally("median_week"))
names = (*NAMES, "half mine", "mine")
tried = select(both, rivals, grain=few.grain)
for name, row in zip(CLASSES, tried, strict=True):
    print(
        f"{name:<14}"
        + "".join(f"{ahead}: {names[cell.taken]:<14}" for ahead, cell in zip(BUCKETS, row, strict=True))
    )
of_mine = [
    Group(name, BUCKETS[1], bars_of([row] * len(CLASSES), names)[1].bars)
    for name, row in zip(CLASSES, tried, strict=True)
]
SVG(bars_svg(of_mine, columns=2))

# %% [markdown]
# A model that is taken somewhere belongs in `forecasting/models/candidates.py`, with its blends behind the
# cheaper ones; then `make backtest` says what it changes.
#
# ## What does a series cost?
#
# Processor time to learn from these series and to forecast them once, per series. Trees are dear to learn
# and are learned seldom; forecasting happens every day.


# %%
def microseconds(what):
    """Per series, the fastest of three: the machine may be busy with other things."""
    taken = []
    for _ in range(3):
        start = process_time()
        what()
        taken.append(1_000_000 * (process_time() - start) / len(few))
    return min(taken)


ready, _ = learn_and_prepare(few)
sales, learning, running = ready.history, [], []
for model in (SeasonalNaive(), *models):
    text = model.learn(sales, horizon=HORIZON, seed=0)
    name, ours = model.name.replace("_", " "), model is TREES
    learn = microseconds(lambda model=model: model.learn(sales, horizon=HORIZON, seed=0))
    run = microseconds(lambda model=model, text=text: model.run(sales, text, horizon=HORIZON))
    learning.append(Bar(name, learn, is_ours=ours))
    running.append(Bar(name, run, is_ours=ours))
costs = [
    Group("forecasting", "µs a series", tuple(running)),
    Group("learning", "µs a series", tuple(learning)),
]
SVG(bars_svg(costs, digits=0, columns=2))

# %% [markdown]
# ## Are the trees worth it?
#
# The same rehearsals over all weeks, levels against trees; blue is the lowest. What trees save is to be
# weighed against what they cost above.

# %%
losses = {
    name: loss_of(records, blend.mean(records.means)) for name, blend in zip(NAMES, candidates, strict=True)
}
judged = ~np.isnan(np.stack(list(losses.values()))).any(axis=0)
groups = []
for code, name in enumerate((*CLASSES, "all classes")):
    at = judged & ((records.classes == code)[:, :, None] if name in CLASSES else True)
    units = records.sold[at].sum()
    if units > 0:
        lowest = min(losses.values(), key=lambda loss: loss[at].sum())
        bars = tuple(
            Bar(of, float(loss[at].sum() / units), is_ours=loss is lowest) for of, loss in losses.items()
        )
        groups.append(Group(str(name), f"{at.sum():,} weeks", bars))
SVG(bars_svg(groups, columns=2))
