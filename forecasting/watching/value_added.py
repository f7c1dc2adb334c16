"""What each step of forecasting adds: naive, then the forecast, then what planners made of it.

Source: Gilliland (2013), FVA: A reality check on forecasting practices, Foresight: The International Journal
of Applied Forecasting 29.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.judging.bootstrap import interval, origin_weights
from forecasting.judging.contest import FEWEST_ORIGINS
from forecasting.measures import measures_of
from forecasting.watching.track import GROUPS, added, sums_by_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecasting.history import BoolArray, FloatArray
    from forecasting.measures import Sums
    from forecasting.watching.track import Said, Track


@dataclass(frozen=True, slots=True)
class Link:
    """How one step of the chain did on one class of demand, or on all; ratios are None where nothing sold.

    Parameters
    ----------
    cells
        Series x steps judged; of all links of a chain the same ones.
    units
        Units that sold there.
    wql, wape, bias
        As in `forecasting.measures.Measures`.
    added_wql, added_wape
        What the link takes off the losses of the one before it: above 0 it adds value. None of the first.
    between
        The middle 90 % of `added_wql` with steps drawn again; None with fewer than five steps. Where it
        holds 0, the value may be luck.
    """

    name: str
    group: str
    cells: int
    units: float
    wql: float | None
    wape: float | None
    bias: float | None
    added_wql: float | None
    added_wape: float | None
    between: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Chain:
    """Sums of every link over the same cells, in the order of the chain; those of parts can be added."""

    names: tuple[str, ...]
    sums: tuple[Mapping[str, Sums], ...]

    def plus(self, other: Chain) -> Chain:
        """The chain over two sets of series, of the same links and steps."""
        pairs = zip(self.sums, other.sums, strict=True)
        return Chain(
            self.names,
            tuple({group: added(one[group], two[group]) for group in one} for one, two in pairs),
        )

    def links(self, *, seed: int = 0) -> tuple[Link, ...]:
        """A row per class that was judged and link, all classes first; `seed` draws steps for `between`."""
        return tuple(
            self._link(at, group, seed)
            for group in GROUPS
            if self.sums[0][group].cells.sum() > 0
            for at in range(len(self.names))
        )

    def _link(self, at: int, group: str, seed: int) -> Link:
        sums = self.sums[at][group]
        now = measures_of(sums)
        before = measures_of(self.sums[at - 1][group]) if at else None
        return Link(
            name=self.names[at],
            group=group,
            cells=int(sums.cells.sum()),
            units=float(sums.units.sum()),
            wql=_known(now.wql),
            wape=_known(now.wape),
            bias=_known(now.bias),
            added_wql=None if before is None else _known(before.wql - now.wql),
            added_wape=None if before is None else _known(before.wape - now.wape),
            between=self._between(at, group, seed) if at else None,
        )

    def _between(self, at: int, group: str, seed: int) -> tuple[float, float] | None:
        steps = len(self.sums[at][group].cells)
        if steps < FEWEST_ORIGINS:
            return None
        draws = origin_weights(steps, seed=seed)
        before, now = (measures_of(self.sums[i][group], draws).wql for i in (at - 1, at))
        drawn = before - now
        return interval(drawn) if np.isfinite(drawn).all() else None


def chain_of(track: Track, links: Sequence[tuple[str, Said]], *, where: BoolArray | None = None) -> Chain:
    """Judge forecasts of the steps of a track, each against the one before it.

    Parameters
    ----------
    links
        Names and forecasts, the naive one first.
    where
        Cells to look at, shape (steps, series); by default all. Cells count where all links said something.
    """
    judged = track.judged if where is None else track.judged & where
    for _, said in links:
        judged = judged & np.isfinite(said.mean) & np.isfinite(said.quantiles).all(axis=2)
    return Chain(
        names=tuple(name for name, _ in links),
        sums=tuple(sums_by_group(track, said, judged) for _, said in links),
    )


def _known(ratio: FloatArray) -> float | None:
    return None if np.isnan(ratio[0]) else float(ratio[0])
