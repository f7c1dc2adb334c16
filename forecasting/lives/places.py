"""What a sku would sell at a place where it never sold: its level elsewhere times how the place sells.

For new stores and new listings of known skus. Skus that nobody sells yet are a case for
`forecasting.lives.analogues`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.history import sku_and_place
from forecasting.lives.launches import RECENT_WEEKS, course_of_all, first_day, launch_steps, settled_levels
from forecasting.lives.lifecycle import ENDS_ON
from forecasting.lives.prior import Elsewhere, Prior
from forecasting.quantiles.spread import MAX_DISPERSION, UNKNOWN_DISPERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecasting.history import BoolArray, FloatArray, History, IntArray

ROUNDS = 20  # of fitting skus and places in turn
PLACE_SKUS = 5.0  # a place of so many skus, half a year each, counts as much as what its attributes tell
RIDGE = 1.0  # an effect is drawn to 0 as by one place without it
FEWEST_PLACES = 3  # to tell from how places differ
UNKNOWN_SPREAD = 1.0  # where no sku is sold at two places
SPREAD_LIMITS = (0.02, 25.0)


@dataclass(frozen=True, slots=True)
class Places:
    """How much each sku sells at a usual place, and each place of a usual sku. Immutable; text and back.

    Parameters
    ----------
    sku_levels
        Units per step at a place of factor 1, lately.
    factors, doubts
        Per place learned from: its factor, and the squared coefficient of variation of what it may be off.
    unseen_doubt
        The same of every other place.
    by_attributes
        What the attributes of a place tell of the others.
    spread
        Squared coefficient of variation of a level around sku level x factor.
    dispersion
        Of a step around its level.
    """

    sku_levels: Mapping[str, float]
    factors: Mapping[str, float]
    doubts: Mapping[str, float]
    unseen_doubt: float
    by_attributes: PlaceEffects
    spread: float
    dispersion: float

    def prior(self, history: History, row: int) -> Prior | None:
        """What is expected of this series from its sku elsewhere; None where the sku is not known."""
        sku, place = sku_and_place(history.ids[row])
        level = self.sku_levels.get(sku)
        if level is None:
            return None
        factor = self.factors.get(place)
        known = Elsewhere(level, factor or self._told_factor(history, row), factor is not None)
        doubt = self.doubts.get(place, self.unseen_doubt)
        spread = min((1.0 + self.spread) * (1.0 + doubt) - 1.0, SPREAD_LIMITS[1])
        return Prior(level * known.place_factor, spread, self.dispersion, elsewhere=known)

    def _told_factor(self, history: History, row: int) -> float:
        return float(np.exp(self.by_attributes.log_factor(history, row)))

    def to_json(self) -> str:
        """As text that `from_json` reads back to an equal value."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Places:
        """The inverse of `to_json`."""
        read = json.loads(text)
        effects = read.pop("by_attributes")
        numbers = {name: tuple(of) for name, of in effects["numbers"].items()}
        return cls(by_attributes=PlaceEffects(effects["usual"], effects["texts"], numbers), **read)


@dataclass(frozen=True, slots=True)
class PlaceEffects:
    """Effects of attributes on the logarithm of a place's factor.

    Parameters
    ----------
    usual
        Of a place of which nothing is known.
    texts
        Added, by name and text.
    numbers
        Per name: mean and standard deviation of the logarithm, and what is added per standard deviation.
    """

    usual: float
    texts: Mapping[str, Mapping[str, float]]
    numbers: Mapping[str, tuple[float, float, float]]

    def log_factor(self, history: History, row: int) -> float:
        """For the place of this series; what is unknown adds nothing."""
        total = self.usual
        for name, effects in self.texts.items():
            texts = history.attributes.texts.get(name)
            total += effects.get(texts[row], 0.0) if texts is not None else 0.0
        for name, (mean, deviation, effect) in self.numbers.items():
            of = history.attributes.numbers.get(name)
            if of is not None and of[row] > 0:
                total += effect * (float(np.log(of[row])) - mean) / deviation
        return total


def learn_places(history: History, *, place_attributes: Sequence[str] = ()) -> Places:
    """Learn sku levels and place factors from the last half year, relative to the course of all demand.

    Expected units are sku level x place factor x steps, fitted in turn until both margins hold (the Poisson
    fit of a two-way table with gaps). Sku levels come from series that have settled, factors also from young
    ones: a store that opened six weeks ago has one. The logarithm of a factor is drawn toward what the
    attributes tell by n / (n + 5), n its skus in half years. What they tell is a ridge regression over the
    places; without attributes it is 0, a factor of 1.

    Parameters
    ----------
    place_attributes
        Names of the attributes that describe the place of a series, such as the size of the store; see
        `attributes_of_places`.
    """
    skus, sku = _coded([sku_and_place(unique_id)[0] for unique_id in history.ids])
    places, place = _coded([sku_and_place(unique_id)[1] for unique_id in history.ids])
    dispersion, is_settled = settled_levels(history)[1:]
    units, steps = _recent(history, is_settled)
    level, factor = _fit(sku, place, units, steps, is_settled, len(skus), len(places))
    half_years = np.minimum(steps / (RECENT_WEEKS * 7 / history.grain.days), 1.0)
    counts = np.bincount(place, np.where(level[sku] > 0, half_years, 0.0), len(places))
    trust = counts / (counts + PLACE_SKUS)
    first = np.full(len(places), len(history))
    np.minimum.at(first, place, np.arange(len(history)))
    effects = _effects(history.take(first), np.log(factor), trust, set(place_attributes))
    told = np.array([effects.log_factor(history, row) for row in first.tolist()])
    drawn = np.exp(trust * np.log(factor) + (1.0 - trust) * told)
    doubt = _doubt(np.log(factor) - told, trust)
    has_sold = np.flatnonzero(np.bincount(place, steps, len(places))).tolist()
    return Places(
        sku_levels={skus[i]: float(level[i]) for i in np.flatnonzero(level > 0).tolist()},
        factors={places[i]: float(drawn[i]) for i in has_sold},
        doubts={places[i]: float((1.0 - trust[i]) * doubt) for i in has_sold},
        unseen_doubt=doubt,
        by_attributes=effects,
        spread=_spread(sku, units, steps, factor[place], dispersion, is_settled),
        dispersion=_pooled(dispersion[is_settled], (units / np.maximum(steps, 1.0))[is_settled]),
    )


def attributes_of_places(history: History) -> tuple[str, ...]:
    """Names of the attributes that describe places, told by what they say, sorted.

    All skus of a place have the same, and some sku has another one at another place.
    """
    pairs = [sku_and_place(unique_id) for unique_id in history.ids]
    skus, places = (_coded([pair[part] for pair in pairs])[1] for part in (0, 1))
    names = []
    for name, texts in history.attributes.texts.items():
        codes = _coded(texts)[1]
        if name != ENDS_ON and not _vary(places, codes) and _vary(skus, codes):
            names.append(name)
    for name, numbers in history.attributes.numbers.items():
        codes = np.unique(numbers, return_inverse=True)[1].astype(np.int64)  # all NaN are one
        if not _vary(places, codes) and _vary(skus, codes):
            names.append(name)
    return tuple(sorted(names))


def _vary(group: IntArray, codes: IntArray) -> bool:
    """Whether any group has two different codes."""
    order = np.lexsort((codes, group))
    return bool(((np.diff(group[order]) == 0) & (np.diff(codes[order]) != 0)).any())


def _doubt(off: FloatArray, trust: FloatArray) -> float:
    """Squared coefficient of variation of the factor of a place of which only the attributes are known.

    From how far the places learned from are off, in logarithms, as of a lognormal distribution.
    """
    if len(off) < FEWEST_PLACES or not trust.any():
        return UNKNOWN_SPREAD
    variance = float((trust * off**2).sum() / trust.sum())
    return min(max(float(np.expm1(variance)), SPREAD_LIMITS[0]), SPREAD_LIMITS[1])


def _coded(names: Sequence[str]) -> tuple[tuple[str, ...], IntArray]:
    known_names = tuple(sorted(set(names)))
    code = {name: i for i, name in enumerate(known_names)}
    return known_names, np.array([code[name] for name in names], dtype=np.int64)


def _recent(history: History, is_settled: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Units relative to the course of all, and steps, of the last half year since launch, per series."""
    who = history.series_of_entry
    at = np.arange(len(history.units))
    says = history.telling
    launch = np.maximum(launch_steps(history, first_day(history)), 0)
    lately = history.starts[1:][who] - at <= RECENT_WEEKS * 7 // history.grain.days
    counts = says & lately & (at - history.starts[who] >= launch[who])
    units = (history.units / course_of_all(history, is_settled, says))[counts]
    sums = np.bincount(who[counts], units, len(history)).astype(np.float64)
    return sums, np.bincount(who[counts], minlength=len(history)).astype(np.float64)


def _fit(
    sku: IntArray,
    place: IntArray,
    units: FloatArray,
    steps: FloatArray,
    is_settled: BoolArray,
    skus: int,
    places: int,
) -> tuple[FloatArray, FloatArray]:
    """Sku levels (0 where no settled series tells) and place factors, their mean over settled series 1."""
    factor, tells = np.ones(places), is_settled
    for _ in range(ROUNDS):
        expected = np.bincount(sku[tells], (steps * factor[place])[tells], skus)
        level = np.bincount(sku[tells], units[tells], skus) / np.where(expected > 0, expected, 1.0)
        expected = np.bincount(place, steps * level[sku], places)
        sold = np.bincount(place, np.where(level[sku] > 0, units, 0.0), places)
        factor = np.where(expected > 0, np.maximum(sold, 0.5) / np.where(expected > 0, expected, 1.0), 1.0)
        factor /= factor[place[tells]].mean() if tells.any() else 1.0
    expected = np.bincount(sku[tells], (steps * factor[place])[tells], skus)
    return np.bincount(sku[tells], units[tells], skus) / np.where(expected > 0, expected, 1.0), factor


def _effects(history: History, logs: FloatArray, trust: FloatArray, names: set[str]) -> PlaceEffects:
    """Ridge regression of the log factors on the attributes; one series of the history per place."""
    if not names:
        return PlaceEffects(0.0, {}, {})
    columns, labels, scales = [np.ones(len(logs))], [("", "")], {}
    for name in sorted(names & set(history.attributes.texts)):
        texts = np.array(history.attributes.texts[name])
        for text in sorted(set(texts.tolist()) - {""}):
            columns.append((texts == text).astype(np.float64))
            labels.append((name, text))
    for name in sorted(names & set(history.attributes.numbers)):
        numbers = history.attributes.numbers[name]
        is_known = numbers > 0
        if is_known.any():
            of = np.log(np.where(is_known, numbers, 1.0))
            mean, deviation = float(of[is_known].mean()), max(float(of[is_known].std()), 1e-9)
            columns.append(np.where(is_known, (of - mean) / deviation, 0.0))
            labels.append((name, ""))
            scales[name] = (mean, deviation)
    design = np.stack(columns, axis=1)
    weighted = design * trust[:, None]
    effect = np.linalg.solve(weighted.T @ design + RIDGE * np.eye(len(labels)), weighted.T @ logs).tolist()
    of_texts: dict[str, dict[str, float]] = {}
    for (name, text), one in zip(labels, effect, strict=True):
        if text:
            of_texts.setdefault(name, {})[text] = one
    of_numbers = {
        name: (*scales[name], one)
        for (name, text), one in zip(labels, effect, strict=True)
        if name and not text
    }
    return PlaceEffects(effect[0], of_texts, of_numbers)


def _spread(
    sku: IntArray,
    units: FloatArray,
    steps: FloatArray,
    factor: FloatArray,
    dispersion: FloatArray,
    is_settled: BoolArray,
) -> float:
    """How far settled series are from what the other places say of their sku, without the noise of steps."""
    tells = np.flatnonzero(is_settled)
    exposure = (steps * factor)[tells]
    all_units, all_exposure = np.bincount(sku[tells], units[tells]), np.bincount(sku[tells], exposure)
    rest_units = all_units[sku[tells]] - units[tells]
    rest_exposure = all_exposure[sku[tells]] - exposure
    two = (rest_exposure > 1e-9) & (rest_units > 0)
    if not two.any():
        return UNKNOWN_SPREAD
    said = rest_units[two] / rest_exposure[two] * factor[tells][two]
    n, came = steps[tells][two], (units / np.maximum(steps, 1.0))[tells][two]
    noise = (said + dispersion[tells][two] * said**2) / n
    excess = float(((came - said) ** 2 - noise).sum()) / float((said**2).sum())
    return min(max(excess, SPREAD_LIMITS[0]), SPREAD_LIMITS[1])


def _pooled(dispersion: FloatArray, levels: FloatArray) -> float:
    total = float(levels.sum())
    return (
        min(float((dispersion * levels).sum()) / total, MAX_DISPERSION) if total > 0 else UNKNOWN_DISPERSION
    )
