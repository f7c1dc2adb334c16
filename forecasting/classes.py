"""Demand classes: how often a series sells and how much the sizes vary. Names only, no forecast."""

from enum import StrEnum

import numpy as np

from forecasting.history import History, IntArray

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
    who, counts = history.series_of_entry, history.observed
    sells = counts & (history.units > 0)
    seen = np.bincount(who[counts], minlength=len(history))
    sold = np.maximum(np.bincount(who[sells], minlength=len(history)), 1)
    mean = np.bincount(who[sells], history.units[sells], len(history)) / sold
    error = history.units[sells] - mean[who[sells]]
    variance = np.bincount(who[sells], error**2, len(history)) / sold
    never = mean == 0
    is_rare = never | (seen / sold >= ADI_LIMIT)
    is_uneven = ~never & (variance >= CV2_LIMIT * mean**2)
    return np.where(is_rare, np.where(is_uneven, 3, 1), np.where(is_uneven, 2, 0))
