"""Demand classes: how often a series sells and how much the sizes vary. Names only, no forecast."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from forecasting.history import FloatArray, History, IntArray

ADI_LIMIT = 1.32
CV2_LIMIT = 0.49


class DemandClass(StrEnum):
    SMOOTH = "smooth"
    INTERMITTENT = "intermittent"
    ERRATIC = "erratic"
    LUMPY = "lumpy"


CLASSES = tuple(DemandClass)


def classify(history: History) -> tuple[DemandClass, ...]:
    """The class of every series, by name; see `class_codes`."""
    return tuple(CLASSES[code] for code in class_codes(history).tolist())


def class_codes(history: History) -> IntArray:
    """The class of every series from its observed steps, as an index into `CLASSES`, shape (series,).

    ADI is observed steps per step with sales; CV2 the squared coefficient of variation of the sizes of
    steps with sales (population variance). ADI >= 1.32 is rare selling, CV2 >= 0.49 uneven selling. A
    series that never sold is intermittent.

    Source: Syntetos, Boylan & Croston (2005), On the categorization of demand patterns, Journal of the
    Operational Research Society 56(5).
    """
    figures = class_figures(history)
    never = figures.adi == np.inf
    is_rare = figures.adi >= ADI_LIMIT
    is_uneven = ~never & (figures.variance >= CV2_LIMIT * figures.mean_size**2)
    return np.where(is_rare, np.where(is_uneven, 3, 1), np.where(is_uneven, 2, 0))


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """What a class goes by, shapes (series,).

    Parameters
    ----------
    adi
        Observed steps per step with sales; infinite where nothing ever sold.
    mean_size, variance
        Of the units of steps with sales; 0 where nothing ever sold.
    """

    adi: FloatArray
    mean_size: FloatArray
    variance: FloatArray

    @property
    def cv2(self) -> FloatArray:
        """Squared coefficient of variation of the sizes, 0 where nothing ever sold."""
        square = self.mean_size**2
        cv2: FloatArray = np.divide(self.variance, square, out=np.zeros_like(square), where=square > 0)
        return cv2


def class_figures(history: History) -> ClassFigures:
    """How often each series sells and how much the sizes vary, from its observed steps."""
    who, counts = history.series_of_entry, history.observed
    sells = counts & (history.units > 0)
    seen = np.bincount(who[counts], minlength=len(history))
    sold = np.bincount(who[sells], minlength=len(history))
    sizes = np.maximum(sold, 1)
    mean = np.bincount(who[sells], history.units[sells], len(history)) / sizes
    error = history.units[sells] - mean[who[sells]]
    variance = np.bincount(who[sells], error**2, len(history)) / sizes
    return ClassFigures(np.where(sold > 0, seen / sizes, np.inf), mean, variance)
