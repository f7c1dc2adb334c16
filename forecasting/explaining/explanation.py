"""An explanation of one series' forecast: its figures, and two plain sentences. It works nothing out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from forecasting.classes import DemandClass
    from forecasting.history import Grain
    from forecasting.lives.prior import Elsewhere
    from forecasting.models.protocol import LeftOut
    from forecasting.quantiles.calibration import Family

TOLD_EFFECT, TOLD_SEASON, TOLD_ALIVE = 0.05, 0.005, 0.95
"""What the summary tells of: from such a share of all units, such a range of season; below such a life."""


class Why(StrEnum):
    """Why a blend was taken for a class of demand and some steps."""

    PLAIN = "plain"  # the cheapest one, and no dearer one saved clearly more
    SAVES = "saves"  # it saved clearly more than every cheaper one in rehearsals
    NO_EVIDENCE = "no_evidence"  # there was no past to rehearse on: the plain one stands


@dataclass(frozen=True, slots=True)
class Rival:
    """A blend that was tried, and its quantile loss / units sold in rehearsals; None without evidence."""

    blend: str
    loss: float | None


@dataclass(frozen=True, slots=True)
class BucketChoice:
    """What some steps are forecast with, and why.

    Parameters
    ----------
    first_step, last_step
        Counted from 1.
    weights
        Of the models that answered for this series; they add up to 1. Empty where none did.
    taken
        Which of `rivals` it is.
    rivals
        All that were tried, the cheapest first.
    evidence
        Rehearsed series x steps of the class.
    family, width
        How quantiles are made, and the factor on the dispersion.
    """

    first_step: int
    last_step: int
    weights: tuple[tuple[str, float], ...]
    why: Why
    taken: int
    rivals: tuple[Rival, ...]
    evidence: int
    family: Family
    width: float

    @property
    def sentence(self) -> str:
        """Why this blend, as one clause."""
        if self.why is Why.NO_EVIDENCE:
            return "there is no past to rehearse on, so the plain mean stands"
        taken, plain = self.rivals[self.taken], self.rivals[0]
        assert taken.loss is not None
        assert plain.loss is not None
        if self.why is Why.SAVES:
            saved = 1.0 - taken.loss / plain.loss
            return f"it lost {saved:.1%} less than {plain.blend} in rehearsals"
        losses = [rival for rival in self.rivals[1:] if rival.loss is not None]
        best = min(losses, key=lambda rival: rival.loss or 0.0, default=None)
        if best is None or best.loss is None or best.loss >= taken.loss:
            return "none of the others lost less in rehearsals"
        return f"no other lost clearly less in rehearsals (the best, {best.blend}, {_less(best, taken)})"


@dataclass(frozen=True, slots=True)
class ModelSays:
    """What one model says, units per step before the season is put back."""

    model: str
    units: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the dispersion comes from: the series' own (None: nothing to learn it from), that of all series,
    the own drawn toward it, and with the width of its class, step by step."""

    own: float | None
    pooled: float
    drawn: float
    by_step: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RecentBias:
    """Of the latest `steps` that could be judged: units said one step before, and units sold."""

    steps: int
    said: float
    sold: float

    @property
    def share(self) -> float | None:
        """(said - sold) / sold, above 0 is too much; None where nothing sold."""
        return (self.said - self.sold) / self.sold if self.sold > 0 else None


@dataclass(frozen=True, slots=True)
class Launch:
    """What the forecast of a series launched lately leans on.

    Parameters
    ----------
    own_weight
        What the models count, 0 to 1; the rest is what was expected.
    expected
        From others like it, units per step without season.
    sources, count
        The series nearest to it, up to ten, and how many are behind what was expected; none where its sku
        is known at other places.
    elsewhere
        What is known of its sku at other places and of how much the place sells, if that was asked.
    """

    own_weight: float
    expected: tuple[float, ...]
    sources: tuple[str, ...]
    count: int
    elsewhere: Elsewhere | None = None

    def clause(self, step: str) -> str:
        """What the expectation is made of."""
        if self.elsewhere is None:
            return f"what {self.count:,} others like it made expect of a launch"
        known = self.elsewhere
        told = "as it has sold" if known.has_sold else "by what the place is like"
        return (
            f"what its sku sells elsewhere ({known.sku_level:,.1f} a {step} at a usual place) "
            f"times {known.place_factor:.2f} for the place, {told}"
        )


@dataclass(frozen=True, slots=True)
class DriverEffect:
    """Units per step that the mean owes to a driver not being at its usual value."""

    driver: str
    units: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SeriesExplanation:
    """Why the forecast of a series is what it is.

    At every step, `mean` = sum of the weight of each model of the step's choice x what it says, of a launch
    drawn toward what was expected, x `alive` x `season`.

    Parameters
    ----------
    adi, cv2
        Observed steps per step with sales (infinite if none) and squared coefficient of variation of their
        sizes, both with the season taken out; the class goes by them.
    steps, observed, sold
        Steps of the history, those that say what was wanted, and those of them with sales.
    hidden, bounded, closed
        Steps hidden by a failing supply, bounded by an empty shelf, and left out since the season
        knows the shop as closed.
    hidden_units
        What stock-outs are taken to have hidden in all of the history, without season.
    launch
        Of a series launched lately; else None.
    alive
        The probability that it still sells, and the share of a step before its last day of selling.
    mean
        Units per step.
    left_out
        Models that gave no usable forecast.
    drivers
        Part of the mean, not added to it.
    """

    unique_id: str
    periods: tuple[date, ...]
    grain: Grain
    demand_class: DemandClass
    adi: float
    cv2: float
    steps: int
    observed: int
    sold: int
    hidden: int
    bounded: int
    closed: int
    choices: tuple[BucketChoice, ...]
    models: tuple[ModelSays, ...]
    hidden_units: float
    launch: Launch | None
    alive: tuple[float, ...]
    season: tuple[float, ...]
    mean: tuple[float, ...]
    spread: Spread
    bias: RecentBias
    left_out: tuple[LeftOut, ...]
    drivers: tuple[DriverEffect, ...]

    @property
    def is_announced(self) -> bool:
        """Whether no step says anything: supply has not come yet."""
        return self.hidden == self.steps

    def summary(self) -> str:
        """Two plain sentences: what it is and what it is made of; what speaks against trusting it."""
        return f"{self._made()}. {self._doubts()}."

    def _made(self) -> str:
        units = sum(self.mean) / len(self.mean)
        step = self.grain.value
        sells = f"sold in {self.sold:,} of {self.observed:,} known {step}s"
        made = [f"{self.demand_class.value.capitalize()} demand ({sells})"]
        if self.is_announced:
            made = ["Announced, not on sale yet"]
        made.append(f"{units:,.1f} units a {step} on average over {len(self.mean)} {step}s")
        weights = self.choices[0].weights
        made.append(f"by {_listed([name for name, _ in weights])}" if weights else "no model answered")
        if self.launch is not None:
            made.append(f"{1.0 - self.launch.own_weight:.0%} of it {self.launch.clause(step)}")
        if min(self.alive) < TOLD_ALIVE:
            made.append(f"cut down to {min(self.alive):.0%} as it may have ended")
        low, high = min(self.season), max(self.season)
        if high - low >= TOLD_SEASON:
            made.append(f"times a season of {low:.2f} to {high:.2f}")
        least = TOLD_EFFECT * max(sum(self.mean), 1.0)
        pushes = [effect for effect in self.drivers if abs(sum(effect.units)) >= least]
        made += [f"{sum(effect.units):+,.1f} units of it from {effect.driver}" for effect in pushes]
        return ", ".join(made)

    def _doubts(self) -> str:
        step, said = self.grain.value, []
        if self.bias.steps == 0:
            said.append(f"None of the last {step}s can be judged")
        elif self.bias.share is None:
            units = f"{self.bias.said:,.1f} units and none sold"
            said.append(f"Over the last {self.bias.steps} judged {step}s plain levels said {units}")
        else:
            way = "too high" if self.bias.share > 0 else "too low"
            units = (
                f"{self.bias.said:,.1f} units, {self.bias.sold:,.0f} sold: {abs(self.bias.share):.0%} {way}"
            )
            said.append(f"Over the last {self.bias.steps} judged {step}s plain levels said {units}")
        if self.hidden + self.bounded and not self.is_announced:
            steps = f"{self.hidden + self.bounded} {step}{'s' * (self.hidden + self.bounded > 1)}"
            said.append(f"stock-outs in {steps} are taken to have hidden {self.hidden_units:,.1f} units")
        if self.left_out:
            said.append(f"left out: {_listed([gone.model for gone in self.left_out])}")
        return "; ".join(said)


def _less(best: Rival, taken: Rival) -> str:
    assert best.loss is not None
    assert taken.loss is not None
    return f"{1.0 - best.loss / taken.loss:.1%} less"


def _listed(names: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
