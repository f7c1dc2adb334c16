"""Comparison of replays: rows are measures, columns alternatives, and column 1 is the reference.

Every cell holds the value, the signed difference, its interval, and one of four words. How it is shown
is up to the caller; `scenarios.wording` has the words for values.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from fulfillment.errors import InvalidInput
from fulfillment.ids import OrderId
from scenarios.measures import CASH, FILL_RATE, MEASURES, UNFILLED, UNITS, Better, Floats, Measure
from scenarios.record import ReplayRecord
from scenarios.wording import say

CONFIDENCE = 0.95
NO_WIDTH = 1e-9
"""Of the figures compared: an interval that is no wider is one of rounding alone."""
AS_IT_IS = "As it is"
"""Title of a world that nothing was changed in."""


class Verdict(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    SAME = "same"  # a difference of exactly 0
    NOT_SURE = "not sure"  # the interval includes 0, or there is none


class NoInterval(StrEnum):
    """Why there is none: what would be reckoned has no width, as if all were certain."""

    TOO_FEW = "too_few"  # one order
    ALIKE = "alike"  # orders, or days where these are taken together, that all differ by as much


WHY_NO_INTERVAL = {
    NoInterval.TOO_FEW: "it is one order",
    NoInterval.ALIKE: "all of them differ by as much",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """`difference` is value minus reference; `low` to `high` is where it lies with 95 % confidence.

    `low` and `high` are None where that cannot be reckoned; `no_interval` says why. The reference's own cells
    have a value only. `verdict` is also None where neither direction is better and the values differ, and
    where a value is not known.
    """

    value: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: Verdict | None = None
    no_interval: NoInterval | None = None


@dataclass(frozen=True, slots=True)
class Row:
    measure: Measure
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def cell(self, measure: Measure, column: int) -> Cell:
        return next(row.cells[column] for row in self.rows if row.measure.id == measure.id)


def compare(
    records: Sequence[ReplayRecord],
    *,
    seed: int,
    titles: Sequence[str] | None = None,
    samples: int = 2_000,
) -> Comparison:
    """Compare replays with the first of them.

    Intervals are percentiles of a paired bootstrap (Efron and Tibshirani 1993, section 13.3): orders
    are drawn with replacement, the same ones for both columns, and the difference is reckoned anew.
    An order that only one of the two has counts as nothing in the other, so that worlds with more or
    fewer orders can be compared. Orders of one replay share stock, which the bootstrap does not see:
    an interval says how much hangs on which orders came, not what another fortnight would bring.
    Where no order differs from another nothing is known of that: there is no interval, and nothing is
    better or worse.

    Parameters
    ----------
    titles
        Names of the columns; by default how each replay was decided.
    samples
        Bootstrap samples.

    Raises
    ------
    InvalidInput
        Fewer than two records, not one title for each, or a reference without orders.
    """
    if len(records) < 2:
        raise InvalidInput(
            f"{len(records)} replays; a comparison needs a reference and an alternative",
            pointer="/records",
            fix="Give at least two replays",
        )
    columns = tuple(titles) if titles is not None else tuple(record.title for record in records)
    if len(columns) != len(records):
        raise InvalidInput(
            f"{len(columns)} titles for {len(records)} replays",
            pointer="/titles",
            fix="Give one title for each replay",
        )
    reference = records[0]
    if not reference.orders:
        raise InvalidInput(
            f"{columns[0]} has no orders", pointer="/records/0", fix="Replay a window that has some"
        )
    rows = [[Cell(measure.of(reference))] for measure in MEASURES]
    for record in records[1:]:
        for row, cell in zip(rows, _cells(reference, record, seed=seed, samples=samples), strict=True):
            row.append(cell)
    return Comparison(columns, tuple(Row(m, tuple(cells)) for m, cells in zip(MEASURES, rows, strict=True)))


def sentence(comparison: Comparison, column: int, *, currency: str) -> str:
    """What one alternative does to cash, and to units left unfilled where that differs.

    Less cash with less filled is not called a saving: what is not sent costs no freight.
    """
    name, reference = comparison.columns[column], comparison.columns[0]
    if reference == AS_IT_IS:
        reference = reference.lower()  # it stands inside the sentence
    cash, filled = comparison.cell(CASH, column), comparison.cell(FILL_RATE, column).difference
    if cash.difference is None or filled is None:
        return f"{name} and {reference} cannot be compared: one of them has no orders"
    amount = say(CASH, abs(cash.difference), currency=currency)
    if cash.difference < 0 and filled < 0:
        less = f"{name} {_filling(comparison, column)} than {reference}"
        return f"{less}; its {amount} less per order is no saving"
    match cash.verdict:
        case Verdict.SAME:
            said = f"{name} costs the same per order as {reference}"
        case Verdict.NOT_SURE:
            direction = "less" if cash.difference < 0 else "more"
            why = cash.no_interval
            unsure = "which may be chance" if why is None else f"not sure, for {WHY_NO_INTERVAL[why]}"
            said = f"{name} costs {amount} {direction} per order than {reference}, {unsure}"
        case Verdict.BETTER:
            said = f"{name} saves {amount} per order against {reference}"
        case _:
            said = f"{name} costs {amount} more per order than {reference}"
    if filled == 0:
        return said
    joint = "and" if (filled > 0) == (cash.verdict is not Verdict.WORSE) else "but"
    return f"{said}, {joint} {_filling(comparison, column)}"


def _filling(comparison: Comparison, column: int) -> str:
    """More or fewer units unfilled; of worlds that order different amounts, the share filled."""
    filled = comparison.cell(FILL_RATE, column).difference or 0.0
    if comparison.cell(UNITS, column).difference:
        points = say(FILL_RATE, abs(filled), currency="", signed=True).lstrip("+")
        return f"fills {points} {'more' if filled > 0 else 'less'} of what is ordered"
    count = abs(comparison.cell(UNFILLED, column).difference or 0.0)
    units = "unit" if count == 1 else "units"
    return f"leaves {say(UNFILLED, count, currency='')} {'fewer' if filled > 0 else 'more'} {units} unfilled"


def _cells(reference: ReplayRecord, record: ReplayRecord, *, seed: int, samples: int) -> list[Cell]:
    orders = list(dict.fromkeys(one.order for each in (reference, record) for one in each.orders))
    rng = np.random.default_rng(seed)
    # How often each order was drawn, (samples, orders): one matrix serves every measure.
    drawn = rng.multinomial(len(orders), np.full(len(orders), 1 / len(orders)), size=samples).astype(float)
    return [_cell(measure, reference, record, orders, drawn) for measure in MEASURES]


def _cell(
    measure: Measure, reference: ReplayRecord, record: ReplayRecord, orders: list[OrderId], drawn: Floats
) -> Cell:
    value, was = measure.of(record), measure.of(reference)
    if value is None or was is None:
        return Cell(value)
    difference = value - was
    resampled = _resampled(measure, record, orders, drawn) - _resampled(measure, reference, orders, drawn)
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = (float(edge) for edge in np.nanpercentile(resampled, [tail, 100 - tail]))
    if high - low <= NO_WIDTH * max(abs(value), abs(was)):
        few = min(len(reference.orders), len(record.orders)) < 2
        why = NoInterval.TOO_FEW if few else NoInterval.ALIKE
        return Cell(value, difference, None, None, _verdict(measure, difference, None), why)
    return Cell(value, difference, low, high, _verdict(measure, difference, (low, high)))


def _resampled(measure: Measure, record: ReplayRecord, orders: list[OrderId], drawn: Floats) -> Floats:
    """The measure on each sample (samples,); not a number where a sample has nothing to divide by."""
    found = {one.order: one for one in record.orders}
    present = [(i, found[order]) for i, order in enumerate(orders) if order in found]
    times = drawn[:, [i for i, _ in present]]
    part: Floats = times @ np.array([measure.part(one) for _, one in present], dtype=float)
    if measure.whole is None:
        return part
    whole: Floats = times @ np.array([measure.whole(one) for _, one in present], dtype=float)
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _verdict(measure: Measure, difference: float, interval: tuple[float, float] | None) -> Verdict | None:
    if difference == 0:
        return Verdict.SAME
    if measure.better is Better.NEITHER:
        return None
    if interval is None or interval[0] <= 0 <= interval[1]:
        return Verdict.NOT_SURE
    return Verdict.BETTER if (difference < 0) == (measure.better is Better.LOWER) else Verdict.WORSE
