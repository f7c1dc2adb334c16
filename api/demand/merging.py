"""Steps that come in, laid over those that are kept: no step may be missing between them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from api.demand.schemas import DemandRow
from forecasting.history import AT_LEAST, MASKED, OBSERVED, Grain, StateArray, series_id
from fulfillment.ids import SkuId
from storage.demand import Span
from storage.demand_documents import DemandSeries


def id_of(row: DemandRow) -> str:
    return series_id(SkuId(row.sku), row.place)


class Calendar:
    """Checks steps of a file against each other and those kept: whole steps apart, none twice, none missing.

    Parameters
    ----------
    anchor
        A day that a step starts on; None where nothing is kept, and any day will do.
    spans
        What is kept, by id of the series.
    """

    def __init__(self, grain: Grain, *, anchor: date | None, spans: Mapping[str, Span]) -> None:
        self._grain = grain
        self._anchor = anchor
        self._spans = spans

    def complaints(self, rows: Sequence[DemandRow]) -> dict[int, str]:
        """What is wrong with the first steps of rows that are good by themselves, by `id` of the row."""
        found: dict[int, str] = {}
        by_series: dict[str, list[DemandRow]] = defaultdict(list)
        anchor = self._anchor or (rows[0].first if rows else None)
        for row in rows:
            if anchor is not None and (row.first - anchor).days % self._grain.days:
                found[id(row)] = f"is not whole {self._grain.value}s from {anchor}, where a step starts"
            else:
                by_series[id_of(row)].append(row)
        for name, of_it in by_series.items():
            found |= self._in_one(name, sorted(of_it, key=lambda row: row.first))
        return found

    def _in_one(self, name: str, rows: Sequence[DemandRow]) -> dict[int, str]:
        found: dict[int, str] = {}
        for earlier, later in pairwise(rows):
            if later.first <= self._last(earlier):
                found[id(later)] = f"another row has {later.sku} at {later.place} in this step, too"
        spans: list[tuple[Span, DemandRow | None]] = [
            (Span(row.first, self._last(row)), row) for row in rows if id(row) not in found
        ]
        if name in self._spans:
            spans.append((self._spans[name], None))
        spans.sort(key=lambda one: (one[0].first, one[0].last))
        (reached, before), *others = spans
        end = reached.last
        for span, row in others:
            blamed = row or before
            if span.first > end + self._step and blamed is not None:
                missing = f"{end + self._step} to {span.first - self._step}"
                found.setdefault(id(blamed), f"the series has no steps from {missing}")
            if span.last >= end:
                end, before = span.last, row or before
        return found

    @property
    def _step(self) -> timedelta:
        return timedelta(days=self._grain.days)

    def _last(self, row: DemandRow) -> date:
        return row.first + self._step * (len(row.units) - 1)


def merged(
    grain: Grain, rows: Iterable[DemandRow], kept: Mapping[str, DemandSeries]
) -> Sequence[DemandSeries]:
    """The series of checked rows, laid over what is kept of them."""
    by_series: dict[str, list[DemandRow]] = defaultdict(list)
    for row in rows:
        by_series[id_of(row)].append(row)
    return [_laid(grain, of_it, kept.get(name)) for name, of_it in sorted(by_series.items())]


def _laid(grain: Grain, rows: Sequence[DemandRow], kept: DemandSeries | None) -> DemandSeries:
    parts = [] if kept is None else [(kept.first, kept.units, kept.states)]
    parts += [(row.first, np.array(row.units, dtype=np.int64), _states(row)) for row in rows]
    first = min(day for day, _, _ in parts)
    starts = [(day - first).days // grain.days for day, _, _ in parts]
    steps = max(start + len(units) for start, (_, units, _) in zip(starts, parts, strict=True))
    all_units, all_states = np.zeros(steps, dtype=np.int64), np.zeros(steps, dtype=np.uint8)
    for start, (_, units, states) in zip(starts, parts, strict=True):
        all_units[start : start + len(units)] = units
        all_states[start : start + len(units)] = states
    return DemandSeries(SkuId(rows[0].sku), rows[0].place, first, all_units, all_states)


def _states(row: DemandRow) -> StateArray:
    states = np.full(len(row.units), OBSERVED, dtype=np.uint8)
    for flags, state in ((row.stocked_out, MASKED), (row.sold_out, AT_LEAST)):
        if flags:
            states[np.array(flags)] = state
    return states
