"""What was learned from many series, as one immutable value: forecasting a series needs it and its own rows.

It learns nothing itself; that is `forecasting.training`. Kept as text, never as pickled objects.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b

from forecasting.history import Grain

FORMAT = 1
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
    pooled_dispersion
        Of the negative binomial, over all series.
    """

    grain: Grain
    horizon: int
    pooled_dispersion: float

    @property
    def digest(self) -> str:
        """Names this value: equal digests forecast alike."""
        return blake2b(self.to_json().encode(), digest_size=_DIGEST).hexdigest()

    def to_json(self) -> str:
        document = {
            "format": FORMAT,
            "grain": self.grain.value,
            "horizon": self.horizon,
            "pooled_dispersion": self.pooled_dispersion,
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> Trained:
        document = json.loads(text)
        return Trained(
            grain=Grain(document["grain"]),
            horizon=int(document["horizon"]),
            pooled_dispersion=float(document["pooled_dispersion"]),
        )
