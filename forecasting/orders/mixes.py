"""How often each basket has to come for the totals of a place in a period. Nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasting.orders.raking import rake

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from forecasting.history import BoolArray, FloatArray, IntArray
    from forecasting.orders.baskets import Baskets

OFF = 0.01  # share of a total that whole orders may leave open without being named
EXACT = 1e-9  # share of a total below which a difference is that of the arithmetic
MOST_FACTOR = 2.0


@dataclass(frozen=True, slots=True)
class RakingLimits:
    """Most by which a weight may change, most iterations, and the share of orders of other places."""

    ratio: float
    iterations: int
    borrowed: float


@dataclass(frozen=True, slots=True)
class Mix:
    """What comes to a place in one period; a cell is a sku with demand there.

    `templates` come at `weights` per period, shapes (templates,). They give the units `given` per cell;
    those of each line are multiplied by `factor` and rounded at random, so a factor below 1 leaves some
    lines out. Beside them come `added` lines. Shapes (cells,).
    """

    templates: IntArray
    weights: FloatArray
    given: FloatArray
    factor: FloatArray
    added: FloatArray


def mixes_of(
    baskets: Baskets, place: str, skus: IntArray, totals: FloatArray, *, limits: RakingLimits
) -> tuple[Mix, ...]:
    """One mix per period, for totals of shape (cells, periods).

    The orders of the place by themselves; where they leave a total open by more than 1 %, those of all
    places, the others' with a share of the prior weight, and with the shares of orders by size held.
    """
    content = baskets.content[skus]
    if place in baskets.places:
        own = baskets.place == baskets.places.index(place)
    else:
        own = np.zeros(len(baskets), dtype=np.bool_)
    made: list[Mix] = []
    for wanted in totals.T:
        typical = baskets.typical[skus]
        prior = _scaled(content, own, wanted)
        mix = mix_from(content, prior, wanted, typical=typical, limits=limits)
        if limits.borrowed > 0 and off(mix.given, wanted).any():
            others = _scaled(content, ~own, wanted)
            if prior.any():
                others, prior = limits.borrowed * others, (1.0 - limits.borrowed) * prior
            mix = mix_from(
                content, prior + others, wanted, typical=typical, limits=limits, sizes=baskets.size
            )
        made.append(mix)
    return tuple(made)


def mix_from(
    content: csr_array,
    prior: FloatArray,
    wanted: FloatArray,
    *,
    typical: IntArray,
    limits: RakingLimits,
    sizes: IntArray | None = None,
) -> Mix:
    """Rake, then close what is open: units of lines, up to twice as many, then added lines.

    Cells that want nothing take no part in the raking. `prior` has a weight per column of `content`; with
    `sizes`, a size class per column, orders keep their shares by size.
    """
    asked = np.flatnonzero(wanted > 0)
    matrix = content[asked]
    templates = np.flatnonzero((prior > 0) & (matrix.T @ np.ones(len(asked)) > 0))
    matrix = matrix[:, templates]
    given, weights = np.zeros_like(wanted), np.zeros(0)
    if len(templates):
        raked, totals = matrix, wanted[asked]
        if sizes is not None:
            raked, totals = _with_sizes(matrix, prior[templates], totals, sizes[templates])
        raking = rake(prior[templates], raked, totals, ratio=limits.ratio, iterations=limits.iterations)
        weights, given[asked] = raking.weights, raking.units[: len(asked)]
    factor = np.divide(wanted, given, out=np.ones_like(wanted), where=given > 0)
    factor = np.where(np.abs(factor - 1.0) > EXACT, np.minimum(factor, MOST_FACTOR), 1.0)
    short = np.maximum(wanted - factor * given, 0.0)
    return Mix(
        templates=templates,
        weights=weights,
        given=given,
        factor=np.where(wanted > 0, factor, 0.0),
        added=np.where(short > EXACT * wanted, short, 0.0) / typical,
    )


def off(given: FloatArray, wanted: FloatArray) -> BoolArray:
    """Cells that whole orders miss by more than 1 % of what is wanted."""
    missed: BoolArray = np.abs(given - wanted) > OFF * wanted
    return missed


def mean_units(mix: Mix, *, content: csr_array, typical: IntArray) -> FloatArray:
    """Expected units per cell, reckoned anew from what the templates hold."""
    mean: FloatArray = mix.factor * (content[:, mix.templates] @ mix.weights) + mix.added * typical
    return mean


def variance_of_orders(mix: Mix, *, content: csr_array, typical: IntArray) -> FloatArray:
    """Variance of units per cell if orders are Poisson: sum of weight x mean of squared units.

    The units of an order and cell are taken for one line; rounding adds a variance of fraction x (1 -
    fraction) to its square.
    """
    held = content[:, mix.templates].tocoo()
    units = held.data * mix.factor[held.row]
    fraction = units - np.floor(units)
    squares = units**2 + fraction * (1.0 - fraction)
    variance = np.bincount(held.row, squares * mix.weights[held.col], minlength=len(typical))
    return variance + mix.added * typical.astype(np.float64) ** 2


def _scaled(content: csr_array, taken: BoolArray, wanted: FloatArray) -> FloatArray:
    """Equal weights for the templates taken, such that half of the wanted units lie in cells that want more
    than they give and half in cells that want less; 0 if they give nothing wanted.
    """
    units = content @ taken.astype(np.float64)
    asked = (wanted > 0) & (units > 0)
    if not asked.any():
        return np.zeros(len(taken))
    ratios = wanted[asked] / units[asked]
    order = np.argsort(ratios, kind="stable")
    reached = np.cumsum(wanted[asked][order])
    scale = ratios[order][np.searchsorted(reached, reached[-1] / 2)]
    return np.where(taken, scale, 0.0)


def _with_sizes(
    content: csr_array, prior: FloatArray, wanted: FloatArray, sizes: IntArray
) -> tuple[csr_array, FloatArray]:
    """A row more per size of order, and its total: the size's share of the prior weight, of as many orders
    as the wanted units make at the prior's units per line and lines per order.
    """
    from scipy.sparse import csr_array, vstack

    lines = content.sign() @ prior
    per_line = np.divide(content @ prior, lines, out=np.ones_like(lines), where=lines > 0)
    orders = prior.sum() * float((wanted / per_line)[lines > 0].sum() / lines.sum())
    shares = np.bincount(sizes, prior) / prior.sum()
    rows = np.cumsum(shares > 0)[sizes] - 1
    of_size = csr_array((np.ones(len(sizes)), (rows, np.arange(len(sizes)))))
    return vstack([content, of_size], format="csr"), np.concatenate([wanted, orders * shares[shares > 0]])
