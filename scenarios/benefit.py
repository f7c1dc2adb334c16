"""The benefit report: what Nodewise would have saved against the OMS's own choices, and how sure that is.

Orders are compared in pairs, each in the state in which it was decided. Cash and lost margin count, steering
does not. An order of which Nodewise leaves more units unfilled is no saving, whatever it costs, and is told
apart; so is one whose choice by the OMS goes against what Nodewise sees or may do.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from fulfillment.money import Micros
from fulfillment.plan import CostKind
from fulfillment.shadow import ChoiceCost, OrderComparison
from scenarios.comparison import CONFIDENCE, NO_WIDTH, NoInterval, Verdict
from scenarios.measures import Floats

ENOUGH_DAYS = 10
"""With fewer days than these, intervals over days say little; orders are then taken one by one."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean difference per order in micros, Nodewise less the OMS, and where it lies with 95 % confidence.

    `low` and `high` are None where that cannot be reckoned; `no_interval` says why.
    """

    mean: float
    low: float | None
    high: float | None
    verdict: Verdict
    no_interval: NoInterval | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One term, or a sum of terms: totals in micros, and the difference per order. `kinds` are its terms."""

    kinds: tuple[CostKind, ...]
    baseline: Micros
    nodewise: Micros
    per_order: Estimate | None

    @property
    def difference(self) -> Micros:
        return Micros(self.nodewise - self.baseline)


@dataclass(frozen=True, slots=True)
class Section:
    """Some of the orders added up: each term, and the sums. `by_day`: days stand behind the intervals."""

    orders: int
    days: int
    by_day: bool
    units: int
    unfilled: tuple[int, int]  # by the OMS, by Nodewise
    packages: tuple[int, int]
    terms: tuple[Line, ...]
    cash: Line
    lost_margin: Line
    both: Line


@dataclass(frozen=True, slots=True)
class Benefit:
    """Against one alternative: Nodewise, or Nodewise with prices of stock.

    `counted` are the orders of which it leaves no more units unfilled than the OMS does; `within` those of
    them whose choice by the OMS goes against nothing. `left_out` are the others of `everything`, and
    `left_out_units` how many more units Nodewise leaves unfilled of them. `goes_against` counts orders by
    what the OMS's choice goes against, and `other_costs` those with costs of kinds that are not known, which
    no sum has, both among `everything`.
    """

    everything: Section
    counted: Section
    within: Section
    left_out: int
    left_out_units: int
    violating: int
    goes_against: Mapping[str, int]
    other_costs: int


@dataclass(frozen=True, slots=True)
class BenefitReport:
    """Against each alternative; None where no order has it."""

    nodewise: Benefit | None
    priced: Benefit | None


def benefit_report(compared: Iterable[OrderComparison]) -> BenefitReport:
    """Add comparisons up, in one pass: they may be many, and few figures of each are kept.

    Intervals are Student's t of the mean difference per order. Orders of one day have stock, weather and
    rates in common, so from `ENOUGH_DAYS` days on a day is one observation: the mean is a ratio of two sums
    over days, and its variance that of the residuals of days (Cochran 1977, chapter 6: ratio estimators),
    with one degree of freedom less than days. Days are those of UTC.
    """
    nodewise, priced = _Pairs(), _Pairs()
    for one in compared:
        nodewise.add(one, one.nodewise)
        if one.priced is not None:
            priced.add(one, one.priced)
    return BenefitReport(nodewise.benefit(), priced.benefit())


def estimate(differences: Floats, days: Ints) -> Estimate | None:
    """The mean of differences with its interval; None if there are none.

    Without a spread between orders, or days, nothing is known of what chance does: then there is no interval,
    and nothing is better or worse. A difference of 0 in every order is the same all the same.

    Parameters
    ----------
    differences : array (n,)
        One for each order.
    days : int array (n,)
        The day of each.
    """
    if not differences.size:
        return None
    mean = float(differences.mean())
    residuals: Floats = differences - mean
    number = np.unique_inverse(days).inverse_indices
    if number.max() + 1 >= ENOUGH_DAYS:
        residuals = np.bincount(number, weights=residuals).astype(float)
    count = residuals.size
    if count < 2:
        return _without_interval(differences, NoInterval.TOO_FEW)
    error = np.sqrt(count / (count - 1) * float(residuals @ residuals)) / differences.size
    reach = float(stdtrit(count - 1, 1 - (1 - CONFIDENCE) / 2)) * float(error)
    if reach <= NO_WIDTH * float(np.abs(differences).max()):
        return _without_interval(differences, NoInterval.ALIKE)
    low, high = mean - reach, mean + reach
    if low <= 0 <= high:
        return Estimate(mean, low, high, Verdict.NOT_SURE)
    return Estimate(mean, low, high, Verdict.BETTER if mean < 0 else Verdict.WORSE)


def _without_interval(differences: Floats, why: NoInterval) -> Estimate:
    verdict = Verdict.NOT_SURE if differences.any() else Verdict.SAME
    return Estimate(float(differences.mean()), None, None, verdict, why)


_COUNTED = tuple(kind for kind in CostKind if kind.is_cash or kind is CostKind.LOST_MARGIN)
_FIGURES = ("day", "units", "violates", "unfilled", "unfilled_now", "packages", "packages_now")
_WAS = slice(len(_FIGURES), len(_FIGURES) + len(_COUNTED))  # costs by the OMS's choice
_NOW = slice(_WAS.stop, _WAS.stop + len(_COUNTED))


class _Pairs:
    """The figures of many orders, by the OMS's choice and by one alternative to it: whole numbers only."""

    def __init__(self) -> None:
        self._figures = array("q")
        self._goes_against: Counter[str] = Counter()
        self._other_costs = 0

    def add(self, one: OrderComparison, now: ChoiceCost) -> None:
        was = one.baseline
        kinds = {violation.against.value for violation in one.violations}
        self._goes_against.update(kinds)
        self._other_costs += bool(was.costs.get(CostKind.OTHER) or now.costs.get(CostKind.OTHER))
        self._figures.extend(
            (
                one.decided_at.astimezone(UTC).toordinal(),
                one.units,
                bool(kinds),
                was.unfilled_units,
                now.unfilled_units,
                was.packages,
                now.packages,
                *(was.costs.get(kind, 0) for kind in _COUNTED),
                *(now.costs.get(kind, 0) for kind in _COUNTED),
            )
        )

    def benefit(self) -> Benefit | None:
        if not self._figures:
            return None
        table = np.array(self._figures, dtype=np.int64).reshape(-1, _NOW.stop)
        more = _of(table, "unfilled_now") - _of(table, "unfilled")
        counts, is_clean = more <= 0, _of(table, "violates") == 0
        return Benefit(
            everything=_section(table),
            counted=_section(table[counts]),
            within=_section(table[counts & is_clean]),
            left_out=int((~counts).sum()),
            left_out_units=int(more[~counts].sum()),
            violating=int((~is_clean).sum()),
            goes_against={kind: self._goes_against[kind] for kind in sorted(self._goes_against)},
            other_costs=self._other_costs,
        )


def _of(table: Ints, figure: str) -> Ints:
    return table[:, _FIGURES.index(figure)]


def _section(table: Ints) -> Section:
    days = _of(table, "day")

    def line(*kinds: CostKind) -> Line:
        columns = [_COUNTED.index(kind) for kind in kinds]
        was, now = table[:, _WAS][:, columns].sum(axis=1), table[:, _NOW][:, columns].sum(axis=1)
        found = estimate((now - was).astype(float), days)
        return Line(kinds, Micros(int(was.sum())), Micros(int(now.sum())), found)

    def both(figure: str) -> tuple[int, int]:
        return int(_of(table, figure).sum()), int(_of(table, f"{figure}_now").sum())

    return Section(
        orders=len(table),
        days=len(np.unique(days)),
        by_day=len(np.unique(days)) >= ENOUGH_DAYS,
        units=int(_of(table, "units").sum()),
        unfilled=both("unfilled"),
        packages=both("packages"),
        terms=tuple(line(kind) for kind in _COUNTED),
        cash=line(*(kind for kind in _COUNTED if kind.is_cash)),
        lost_margin=line(CostKind.LOST_MARGIN),
        both=line(*_COUNTED),
    )
