"""The lines of an order as a carrier looks at them: weights, volumes, and what travels apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fulfillment.rates import Load, Rate
from fulfillment.skus import Sku

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Goods:
    """Per line, length L: `grams` and `mm3` of a unit, and 1 where it travels apart or is oversized."""

    grams: Ints
    mm3: Ints
    apart: Ints
    oversized: Ints
    _billed: dict[int, Ints] = field(default_factory=dict, repr=False, compare=False)

    @property
    def any_apart(self) -> bool:
        return bool(self.apart.any())

    def billed(self, rate: Rate) -> Ints:
        """(L,) grams that a unit is billed for by a service."""
        divisor = rate.dimensional_divisor
        if divisor is None:
            return self.grams
        if divisor not in self._billed:
            self._billed[divisor] = np.maximum(self.grams, -(-self.mm3 // divisor))
        return self._billed[divisor]

    def load(self, rate: Rate, row: Ints) -> Load:
        """What `row` units of the lines are to a service."""
        grams = int(row @ self.grams)
        billed = grams if rate.dimensional_divisor is None else int(row @ self.billed(rate))
        volume = int(row @ self.mm3)
        if not self.any_apart:
            return Load(grams, grams, volume, 0, 0, billed)
        together = row * (1 - self.apart)
        return Load(
            grams=grams,
            together_grams=int(together @ self.grams),
            together_mm3=int(together @ self.mm3),
            apart=int(row @ self.apart),
            oversized=int(row @ self.oversized),
            billed_grams=billed,
        )


def goods_of(skus: Sequence[Sku]) -> Goods:
    return Goods(
        grams=np.array([sku.weight_grams for sku in skus], dtype=np.int64),
        mm3=np.array([sku.volume_mm3 for sku in skus], dtype=np.int64),
        apart=np.array([sku.travels_apart for sku in skus], dtype=np.int64),
        oversized=np.array([sku.is_oversized for sku in skus], dtype=np.int64),
    )
