"""Demand classes: how often a series sells and how much the sizes vary. Names only, no forecast."""

from enum import StrEnum

import numpy as np

from forecasting.history import FloatArray, History

ADI_LIMIT = 1.32
CV2_LIMIT = 0.49


class DemandClass(StrEnum):
    SMOOTH = "smooth"
    INTERMITTENT = "intermittent"
    ERRATIC = "erratic"
    LUMPY = "lumpy"


def classify(history: History) -> tuple[DemandClass, ...]:
    """The class of every series, from its observed weeks.

    ADI is observed weeks per week with sales; CV2 the squared coefficient of variation of the sizes of
    weeks with sales (population variance). ADI >= 1.32 is rare selling, CV2 >= 0.49 uneven selling. A
    series that never sold is intermittent.

    Source: Syntetos, Boylan & Croston (2005), On the categorization of demand patterns, Journal of the
    Operational Research Society 56(5).
    """
    return tuple(
        _class_of(history.units[start:end][history.observed[start:end]])
        for start, end in zip(history.starts[:-1], history.starts[1:], strict=True)
    )


def _class_of(units: FloatArray) -> DemandClass:
    sizes = units[units > 0]
    if len(sizes) == 0:
        return DemandClass.INTERMITTENT
    is_rare = len(units) / len(sizes) >= ADI_LIMIT
    is_uneven = float(np.var(sizes)) / float(np.mean(sizes)) ** 2 >= CV2_LIMIT
    if is_rare:
        return DemandClass.LUMPY if is_uneven else DemandClass.INTERMITTENT
    return DemandClass.ERRATIC if is_uneven else DemandClass.SMOOTH
