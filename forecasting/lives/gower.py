"""How alike two things are by what is known of them: texts, and positive numbers compared as ratios.

Gower (1971), A general coefficient of similarity and some of its properties, Biometrics 27(4): the mean over
the attributes that both have. It compares; who is whose analogue is decided in `forecasting.lives.analogues`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasting.history import Attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecasting.history import FloatArray, IntArray

RANGE = (0.05, 0.95)  # of the log numbers: one freak price must not make all others alike
NOTHING_IN_COMMON = 1.0


@dataclass(frozen=True, slots=True)
class Known:
    """Things to compare with: a code per text (-1 unknown) and a logarithm per number (NaN unknown)."""

    words: Mapping[str, Mapping[str, int]]
    codes: Mapping[str, IntArray]
    logs: Mapping[str, FloatArray]
    ranges: Mapping[str, float]
    things: int

    def distances(self, texts: Mapping[str, str], numbers: Mapping[str, float]) -> FloatArray:
        """From one thing to each known one, 0 (alike) to 1, shape (things,); 1 where nothing is comparable.

        A text counts 0 if equal and 1 if not; a number the difference of the logarithms over their range,
        at most 1. "" and numbers that are not positive are unknown.
        """
        total, compared = np.zeros(self.things), np.zeros(self.things)
        for name, codes in self.codes.items():
            text = texts.get(name, "")
            if text:
                both = codes >= 0
                total += both & (codes != self.words[name].get(text, -2))
                compared += both
        for name, logs in self.logs.items():
            number = numbers.get(name, np.nan)
            if number > 0:
                apart = np.minimum(np.abs(logs - np.log(number)) / self.ranges[name], 1.0)
                both = np.isfinite(logs)
                total += np.where(both, apart, 0.0)
                compared += both
        return np.where(compared > 0, total / np.maximum(compared, 1.0), NOTHING_IN_COMMON)


def known(attributes: Attributes, things: int) -> Known:
    """Make things ready to be compared with; attributes that nobody has are left out."""
    words, codes, logs, ranges = {}, {}, {}, {}
    for name, texts in attributes.texts.items():
        of_word = {word: code for code, word in enumerate(sorted(set(texts) - {""}))}
        if of_word:
            words[name] = of_word
            codes[name] = np.array([of_word.get(text, -1) for text in texts], dtype=np.int64)
    for name, numbers in attributes.numbers.items():
        is_known = np.isfinite(numbers) & (numbers > 0)
        if is_known.any():
            logs[name] = np.where(is_known, np.log(np.where(is_known, numbers, 1.0)), np.nan)
            low, high = np.quantile(logs[name][is_known], RANGE)
            ranges[name] = max(float(high - low), 1e-9)
    return Known(words, codes, logs, ranges, things)


def as_plain(attributes: Attributes) -> dict[str, Any]:
    """Attributes as JSON takes them; an unknown number is null."""
    return {
        "texts": dict(attributes.texts),
        "numbers": {
            name: [number if np.isfinite(number) else None for number in of.tolist()]
            for name, of in attributes.numbers.items()
        },
    }


def from_plain(read: Mapping[str, Any]) -> Attributes:
    """The inverse of `as_plain`."""
    return Attributes(
        {name: tuple(of) for name, of in read["texts"].items()},
        {name: np.array(of, dtype=np.float64) for name, of in read["numbers"].items()},
    )
