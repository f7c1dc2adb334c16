"""Rules that planning systems use today, as named baselines on the same instance and costs."""

import numpy as np

from fulfillment.errors import InvalidInput
from optimizer.replenishment.demand import FloatArray, IntArray
from optimizer.replenishment.instance import Instance
from optimizer.replenishment.items import Columns, propose
from optimizer.replenishment.outcome import Engine, Outcome, ReasonKind


def min_max(instance: Instance, *, min_days: float, max_days: float) -> Outcome:
    """Below `min_days` of mean demand, order up to `max_days` of it; whole cases, rounded up.

    This is (R, s, S) with both levels typed as days of cover, which is how it is mostly set up: it sees
    neither the spread of demand nor what a shortage costs.
    """
    if not 0 <= min_days <= max_days:
        raise InvalidInput(
            f"min_days {min_days}, max_days {max_days}: 0 <= min_days <= max_days",
            pointer="/max_days",
            fix="Swap or correct them",
        )
    columns = Columns.of(instance)
    per_day = columns.mean / columns.protection_days
    level = np.ceil(per_day * max_days).astype(np.int64)
    is_below = columns.position < per_day * min_days
    cases = np.where(is_below, _whole_cases(columns, level), 0)
    kinds = [
        ReasonKind.ENOUGH if reached else ReasonKind.UP_TO_LEVEL if below else ReasonKind.ABOVE_MINIMUM
        for reached, below in zip((columns.position >= level).tolist(), is_below.tolist(), strict=True)
    ]
    proposals = propose(instance, columns, level=level, cases=cases, kinds=kinds)
    return Outcome(Engine.MIN_MAX, proposals, None)


def safety_factor(instance: Instance, *, factor: float) -> Outcome:
    """Base-stock with safety factor: order up to mean + factor x standard deviation, whole cases.

    With factor = z of the critical ratio this is the normal approximation (Snyder & Shen, equation
    4.30 as numbered by stockpyl's `newsvendor_normal`), which fails on slow movers.
    """
    columns = Columns.of(instance)
    target: FloatArray = columns.mean + factor * np.sqrt(columns.variance)
    level = np.maximum(np.ceil(target), 0).astype(np.int64)
    kinds = [
        ReasonKind.ENOUGH if reached else ReasonKind.UP_TO_LEVEL
        for reached in (columns.position >= level).tolist()
    ]
    proposals = propose(instance, columns, level=level, cases=_whole_cases(columns, level), kinds=kinds)
    return Outcome(Engine.SAFETY_FACTOR, proposals, None)


def _whole_cases(columns: Columns, level: IntArray) -> IntArray:
    """The fewest whole cases that bring the inventory position to `level`."""
    cases: IntArray = -(-np.maximum(level - columns.position, 0) // columns.case_pack)
    return cases
