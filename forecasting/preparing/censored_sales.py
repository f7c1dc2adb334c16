"""Checked sales with what is hidden of them: arrays that belong together, and parts of them. No estimates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.history import AT_LEAST, OBSERVED, FloatArray, IntArray, StateArray
from fulfillment.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class CensoredSales:
    """Checked arrays that belong together: three of shape (entries,), `starts` of shape (series + 1,)."""

    units: FloatArray
    starts: IntArray
    state: StateArray
    profile: FloatArray

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def series(self) -> IntArray:
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def take(self, rows: IntArray) -> CensoredSales:
        """The series of these numbers, in rising order."""
        wanted = np.isin(self.series, rows)
        starts = np.concatenate([[0], np.cumsum(np.diff(self.starts)[rows])])
        return CensoredSales(self.units[wanted], starts, self.state[wanted], self.profile[wanted])


def checked_sales(
    units: FloatArray, starts: IntArray, state: StateArray, profile: FloatArray | None
) -> CensoredSales:
    """The arrays as floats where they are; an even profile if none is given. Refuses what cannot be meant."""
    profile = np.ones(len(units)) if profile is None else profile
    if not len(units) == len(state) == len(profile) == starts[-1] or starts[0] or (np.diff(starts) < 0).any():
        raise InvalidInput(
            f"{len(units)} units, {len(state)} states and {len(profile)} of the profile in series that end "
            f"at {int(starts[-1])}",
            pointer="/starts",
            fix="Give one of each per step, and starts that rise from 0 to the number of steps",
        )
    for name, values, is_bad, what in (
        ("units", units, ~np.isfinite(units) | (units < 0), "not a number of units"),
        ("profile", profile, ~np.isfinite(profile) | (profile <= 0), "not above 0"),
        ("state", state, state > AT_LEAST, "no state"),
    ):
        for at in np.flatnonzero(is_bad)[:1].tolist():
            raise InvalidInput(
                f"{name} {at} is {values[at]}: {what}", pointer=f"/{name}/{at}", fix="Correct it"
            )
    return CensoredSales(units.astype(np.float64), starts, state, profile.astype(np.float64))


def sales_until(sales: CensoredSales, ends: IntArray) -> CensoredSales:
    """Every series up to its entry in `ends`, shape (series,), counted like `starts`."""
    if ends.shape != (len(sales),) or (ends < sales.starts[:-1]).any() or (ends > sales.starts[1:]).any():
        raise InvalidInput(
            "a series ends before it starts, or in another one",
            pointer="/ends",
            fix="Give one end per series, from its start to the start of the next",
        )
    kept = np.arange(len(sales.units)) < np.repeat(ends, np.diff(sales.starts))
    starts = np.concatenate([[0], np.cumsum(ends - sales.starts[:-1])])
    return CensoredSales(sales.units[kept], starts, sales.state[kept], sales.profile[kept])


def capped_sales(sales: CensoredSales, share: float) -> CensoredSales:
    """As if every series had had the same few units each step: what it reached in `share` of the steps."""
    units, state = sales.units.copy(), sales.state.copy()
    for start, end in zip(sales.starts[:-1].tolist(), sales.starts[1:].tolist(), strict=True):
        known = np.flatnonzero(state[start:end] == OBSERVED) + start
        if len(known):
            cap = max(1.0, float(np.quantile(units[known], 1.0 - share, method="lower")))
            state[known[units[known] >= cap]] = AT_LEAST
            units[known] = np.minimum(units[known], cap)
    return CensoredSales(units, sales.starts, state, sales.profile)
