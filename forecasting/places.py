"""What a sku would sell at a place where it never sold: its level elsewhere times how the place sells.

For new stores and new listings of known skus. Skus that nobody sells yet are a case for
`forecasting.analogues`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.gower import NOTHING_IN_COMMON, Known, as_plain, from_plain, known
from forecasting.history import MASKED, Attributes, sku_and_place
from forecasting.launches import RECENT_WEEKS, course_of_all, first_day, launch_steps, settled_levels
from forecasting.prior import Prior
from forecasting.quantiles import MAX_DISPERSION, UNKNOWN_DISPERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecasting.history import BoolArray, FloatArray, History, IntArray

ROUNDS = 20  # of fitting skus and places in turn
PLACE_SKUS = 5.0  # a place of so many skus, half a year each, counts as much as what its attributes tell
LIKE_PLACES = 5
TOLD_BY = 2.0  # as many places as draw what attributes tell toward 1
NEARBY = 0.05
UNKNOWN_SPREAD = 1.0  # where no sku is sold at two places
SPREAD_LIMITS = (0.02, 25.0)


@dataclass(frozen=True, slots=True)
class Places:
    """How much each sku sells at a usual place, and each place of a usual sku. Immutable; text and back.

    Parameters
    ----------
    sku_levels
        Units per step at a place of factor 1, lately.
    factors
        Per place, sorted by name.
    attributes
        Of the places, in the order of `factors`.
    names
        Which attributes of a series are those of its place.
    spread
        Squared coefficient of variation of a level around sku level x factor.
    dispersion
        Of a step around its level.
    """

    sku_levels: Mapping[str, float]
    factors: Mapping[str, float]
    attributes: Attributes
    names: tuple[str, ...]
    spread: float
    dispersion: float

    def prior(self, history: History, row: int) -> Prior | None:
        """What is expected of this series from its sku elsewhere; None where the sku is not known."""
        sku, place = sku_and_place(history.ids[row])
        level = self.sku_levels.get(sku)
        if level is None:
            return None
        factor = self.factors.get(place)
        if factor is None:
            told = _place_of(history, row, self.names)
            factor = _told_by_attributes(known(self.attributes, len(self.factors)), self._logs(), *told)
        return Prior(level * factor, self.spread, self.dispersion)

    def _logs(self) -> FloatArray:
        return np.log(np.array(list(self.factors.values()), dtype=np.float64))

    def to_json(self) -> str:
        """As text that `from_json` reads back to equal values."""
        return json.dumps(
            {
                "sku_levels": dict(self.sku_levels),
                "factors": dict(self.factors),
                "attributes": as_plain(self.attributes),
                "names": self.names,
                "spread": self.spread,
                "dispersion": self.dispersion,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Places:
        """The inverse of `to_json`."""
        read = json.loads(text)
        attributes, names = from_plain(read["attributes"]), tuple(read["names"])
        return cls(read["sku_levels"], read["factors"], attributes, names, read["spread"], read["dispersion"])


def learn_places(history: History, *, place_attributes: Sequence[str] = ()) -> Places:
    """Learn sku levels and place factors from the last half year, relative to the course of all demand.

    Expected units are sku level x place factor x steps, fitted in turn until both margins hold (the Poisson
    fit of a two-way table with gaps). Sku levels come from series that have settled, factors also from young
    ones: a store that opened six weeks ago has one. The logarithm of a factor is drawn toward what the
    attributes tell by n / (n + 5), n its skus in half years; that is the mean of the five most alike places,
    drawn to 0 (a factor of 1).

    Parameters
    ----------
    place_attributes
        Names of the attributes that describe the place of a series, such as the size of the store.
    """
    skus, sku = _coded([sku_and_place(unique_id)[0] for unique_id in history.ids])
    places, place = _coded([sku_and_place(unique_id)[1] for unique_id in history.ids])
    dispersion, is_settled = settled_levels(history)[1:]
    units, steps = _recent(history, is_settled)
    level, factor = _fit(sku, place, units, steps, is_settled, len(skus), len(places))
    attributes = _attributes_of_places(history, place, len(places), tuple(place_attributes))
    half_years = np.minimum(steps / (RECENT_WEEKS * 7 / history.grain.days), 1.0)
    counts = np.bincount(place, np.where(level[sku] > 0, half_years, 0.0), len(places)).astype(np.float64)
    return Places(
        sku_levels={skus[i]: float(level[i]) for i in np.flatnonzero(level > 0).tolist()},
        factors=dict(zip(places, _drawn(factor, counts, attributes).tolist(), strict=True)),
        attributes=attributes,
        names=tuple(place_attributes),
        spread=_spread(sku, units, steps, factor[place], dispersion, is_settled),
        dispersion=_pooled(dispersion[is_settled], (units / np.maximum(steps, 1.0))[is_settled]),
    )


def _coded(names: Sequence[str]) -> tuple[tuple[str, ...], IntArray]:
    known_names = tuple(sorted(set(names)))
    code = {name: i for i, name in enumerate(known_names)}
    return known_names, np.array([code[name] for name in names], dtype=np.int64)


def _recent(history: History, is_settled: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Units relative to the course of all, and steps, of the last half year since launch, per series."""
    who = history.series_of_entry
    at = np.arange(len(history.units))
    says = history.state != MASKED
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


def _drawn(factor: FloatArray, counts: FloatArray, attributes: Attributes) -> FloatArray:
    """Factors drawn toward what the attributes of the place tell."""
    logs, weight = np.log(factor), counts / (counts + PLACE_SKUS)
    drawn = np.empty(len(factor))
    for row in range(len(factor)):
        others = np.arange(len(factor)) != row
        rest = Attributes(
            {name: tuple(np.array(of)[others]) for name, of in attributes.texts.items()},
            {name: of[others] for name, of in attributes.numbers.items()},
        )
        texts = {name: of[row] for name, of in attributes.texts.items()}
        numbers = {name: float(of[row]) for name, of in attributes.numbers.items()}
        told = _told_by_attributes(known(rest, int(others.sum())), (weight * logs)[others], texts, numbers)
        drawn[row] = weight[row] * logs[row] + (1.0 - weight[row]) * np.log(told)
    return np.exp(drawn)


def _told_by_attributes(
    comparable: Known, logs: FloatArray, texts: Mapping[str, str], numbers: Mapping[str, float]
) -> float:
    """The factor of a place by the places most like it; 1 where nothing can be compared."""
    distance = comparable.distances(texts, numbers)
    chosen = np.argsort(distance, kind="stable")[:LIKE_PLACES]
    chosen = chosen[distance[chosen] < NOTHING_IN_COMMON]
    if len(chosen) == 0:
        return 1.0
    weight = 1.0 / (NEARBY + distance[chosen])
    return float(np.exp((weight * logs[chosen]).sum() / weight.sum() * len(chosen) / (len(chosen) + TOLD_BY)))


def _place_of(history: History, row: int, names: tuple[str, ...]) -> tuple[dict[str, str], dict[str, float]]:
    """The attributes of the place of one series."""
    texts = {name: of[row] for name, of in history.attributes.texts.items() if name in names}
    numbers = {name: float(of[row]) for name, of in history.attributes.numbers.items() if name in names}
    return texts, numbers


def _attributes_of_places(
    history: History, place: IntArray, places: int, names: tuple[str, ...]
) -> Attributes:
    """Each place as its first series describes it."""
    first = np.full(places, len(history))
    np.minimum.at(first, place, np.arange(len(history)))
    told = [_place_of(history, int(row), names) for row in first]
    text_names = [name for name in history.attributes.texts if name in names]
    number_names = [name for name in history.attributes.numbers if name in names]
    return Attributes(
        {name: tuple(texts[name] for texts, _ in told) for name in text_names},
        {name: np.array([numbers[name] for _, numbers in told]) for name in number_names},
    )


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
