"""Reweight templates of known content until they add up to wanted totals. Knows neither orders nor time."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np

from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from forecasting.history import FloatArray

RATIO = 50.0
ITERATIONS = 500
GRADIENT = 1e-6  # of the scaled dual: far below what is called off
MEMORY = 20  # pairs that L-BFGS remembers


@dataclass(frozen=True, slots=True)
class Raking:
    """New weights, the multipliers (duals) they come from, and what they give.

    Shapes: weights (templates,), multipliers and units (cells,).
    """

    weights: FloatArray
    multipliers: FloatArray
    units: FloatArray


def rake(
    prior: FloatArray,
    units: csr_array,
    totals: FloatArray,
    *,
    ratio: float = RATIO,
    iterations: int = ITERATIONS,
) -> Raking:
    """Weights nearest to the prior, in Kullback-Leibler divergence, whose content adds up to the totals.

    Calibration weighting with the raking distance (Deville & Sarndal 1992, Journal of the American
    Statistical Association 87, case 2), its weights held within a ratio of the prior (their case 7): w_b =
    w0_b exp(clip(sum_j q_bj x_j, -log ratio, log ratio)). The multipliers x minimize a smooth convex dual,
    here by L-BFGS-B. Iterative proportional fitting does not apply, as a template lies in many cells with
    unequal units.

    A total that no weights within the ratio reach would drive its multiplier to infinity and every
    template of its cell with it. So a multiplier moves the mean content of its cell by no more than the
    ratio, which is the dual of paying for each unit short or over: such a cell is left off, its neighbors
    are not bent to its service. What is off shows in `Raking.units`; nothing is raised.

    Parameters
    ----------
    prior
        Weight of each template, not negative, shape (templates,).
    units
        What a template holds of each cell, q, not negative, shape (cells, templates).
    totals
        Above 0, shape (cells,).
    ratio
        Most by which a weight may differ from its prior, above 1.
    iterations
        Most of L-BFGS-B.

    Raises
    ------
    InvalidInput
        Shapes that do not fit, a weight or total out of range, a ratio not above 1.
    """
    _check(prior, units, totals, ratio)
    from scipy.optimize import Bounds, minimize  # half a second that who only imports does not pay

    limit = log(ratio)
    squares = units.power(2) @ prior
    scale = np.sqrt(np.where(squares > 0, squares, 1.0))
    mean_content = np.maximum(units @ prior, 1e-300) / np.maximum(units.sign() @ prior, 1e-300)
    most = scale * limit / np.where(squares > 0, mean_content, 1.0)
    transposed = units.T.tocsr()

    def weights_of(scaled: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The weights, and by how much each exponent is beyond its limit."""
        exponent: FloatArray = transposed @ (scaled / scale)
        held = np.clip(exponent, -limit, limit)
        return prior * np.exp(held), exponent - held

    def dual(scaled: FloatArray) -> tuple[float, FloatArray]:
        """Divided by `scale`, so that its curvature at the prior is 1 along every multiplier."""
        weights, beyond = weights_of(scaled)
        value = float((weights * (1.0 + beyond)).sum() - totals @ (scaled / scale))
        return value, (units @ weights - totals) / scale

    found = minimize(
        dual,
        np.zeros(len(totals)),  # the prior
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(-most, most),
        options={
            "maxiter": iterations,
            "maxfun": 2 * iterations,
            "maxcor": MEMORY,
            "ftol": 0.0,
            "gtol": GRADIENT,
        },
    )
    weights, _ = weights_of(found.x)
    return Raking(weights, found.x / scale, units @ weights)


def _check(prior: FloatArray, units: csr_array, totals: FloatArray, ratio: float) -> None:
    if units.shape != (len(totals), len(prior)):
        raise InvalidInput(
            f"units of shape {units.shape} for {len(totals)} totals and {len(prior)} templates",
            pointer="/units",
            fix="Give a row per total and a column per template",
        )
    if not (np.isfinite(prior).all() and (prior >= 0).all()):
        raise InvalidInput(
            "a prior weight is negative or no number", pointer="/prior", fix="Give weights of 0 or more"
        )
    if not (np.isfinite(totals).all() and (totals > 0).all()):
        raise InvalidInput(
            "a total is 0, negative or no number",
            pointer="/totals",
            fix="Leave cells without demand out, and what they hold",
        )
    if not (np.isfinite(units.data).all() and (units.data >= 0).all()):
        raise InvalidInput(
            "a template holds negative units or no number", pointer="/units", fix="Give units of 0 or more"
        )
    if not 1.0 < ratio < np.inf:
        raise InvalidInput(f"ratio {ratio}: above 1", pointer="/ratio", fix="Give 50, say")
