"""What was learned from many series, as one immutable value: forecasting a series needs it and its own rows.

It learns nothing itself; that is `forecasting.learning.training`. Kept as text, never as pickled objects.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from forecasting.history import Grain
from forecasting.learning.selection import Cell
from forecasting.lives.course import Lives
from forecasting.models.blends import Blend
from forecasting.preparing.censoring import CensoringPrior
from forecasting.preparing.season import Season
from forecasting.quantiles.calibration import Calibration
from fulfillment.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT = 3
_DIGEST = 16  # bytes


@dataclass(frozen=True, slots=True)
class Trained:
    """Learned once, then used for any number of series.

    Parameters
    ----------
    grain
        Of the history that it was learned from, and of those it may be used on.
    horizon
        The farthest step it was trained for.
    drivers
        Names of those that were known, in order: no other ones can be forecast with.
    season
        Of all series together.
    learned
        The text of every model that is part of a blend.
    blends
        By class of demand (first axis) and bucket of steps (second).
    tried, cells
        The blends that were chosen among, the cheapest first, and why each of `blends` was taken.
    pooled_dispersion
        Of the negative binomial, over all series.
    calibration
        Of the blends' quantiles.
    censoring
        What series with stock-outs have in common with others; None where no step said anything.
    lives
        Of new and dying series.
    correlation
        By class of demand: of the errors beyond chance of two steps, 0 to 1.
    """

    grain: Grain
    horizon: int
    drivers: tuple[str, ...]
    season: Season
    learned: Mapping[str, str]
    blends: tuple[tuple[Blend, ...], ...]
    tried: tuple[Blend, ...]
    cells: tuple[tuple[Cell, ...], ...]
    pooled_dispersion: float
    calibration: Calibration
    censoring: CensoringPrior | None
    lives: Lives
    correlation: tuple[float, ...]

    @property
    def digest(self) -> str:
        """Names this value: equal digests forecast alike."""
        return blake2b(self.to_json().encode(), digest_size=_DIGEST).hexdigest()

    def to_json(self) -> str:
        document = {
            "format": FORMAT,
            "grain": self.grain.value,
            "horizon": self.horizon,
            "drivers": self.drivers,
            "season": self.season.to_document(),
            "learned": dict(self.learned),
            "blends": [[blend.weights for blend in row] for row in self.blends],
            "tried": [blend.weights for blend in self.tried],
            "cells": [[_cell_document(cell) for cell in row] for row in self.cells],
            "pooled_dispersion": self.pooled_dispersion,
            "calibration": self.calibration.to_document(),
            "censoring": None if self.censoring is None else self.censoring.as_json(),
            "lives": self.lives.to_document(),
            "correlation": self.correlation,
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> Trained:
        """The inverse of `to_json`.

        Raises
        ------
        InvalidInput
            A text of another format, as other versions of Nodewise write it.
        """
        document = json.loads(text)
        if document.get("format") != FORMAT:
            raise InvalidInput(
                f"what was learned has format {document.get('format')!r}, this version reads {FORMAT}",
                pointer="/format",
                fix="Train anew",
            )
        censoring = document["censoring"]
        return Trained(
            grain=Grain(document["grain"]),
            horizon=int(document["horizon"]),
            drivers=tuple(document["drivers"]),
            season=Season.from_document(document["season"]),
            learned=document["learned"],
            blends=tuple(tuple(_blend(weights) for weights in row) for row in document["blends"]),
            tried=tuple(_blend(weights) for weights in document["tried"]),
            cells=tuple(tuple(_cell(cell) for cell in row) for row in document["cells"]),
            pooled_dispersion=float(document["pooled_dispersion"]),
            calibration=Calibration.from_document(document["calibration"]),
            censoring=None if censoring is None else CensoringPrior.from_json(censoring),
            lives=Lives.from_document(document["lives"]),
            correlation=tuple(document["correlation"]),
        )


def _blend(weights: Sequence[tuple[str, float]]) -> Blend:
    return Blend(tuple((name, share) for name, share in weights))


def _cell_document(cell: Cell) -> dict[str, Any]:
    """JSON knows no NaN: a loss without evidence is null."""
    losses = [None if math.isnan(loss) else loss for loss in cell.losses]
    return {"taken": cell.taken, "losses": losses, "steps": cell.steps}


def _cell(document: Mapping[str, Any]) -> Cell:
    losses = tuple(math.nan if loss is None else float(loss) for loss in document["losses"])
    return Cell(int(document["taken"]), losses, int(document["steps"]))
