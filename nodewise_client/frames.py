"""Answers as frames of pandas, which is imported here when one is asked for, and nowhere else."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from nodewise_client.models import DAYS, INSTANTS

if TYPE_CHECKING:
    import pandas as pd


@runtime_checkable
class Frame(Protocol):
    """What is asked of a frame that is imported; pandas' is one."""

    def convert_dtypes(self) -> "Frame": ...

    def to_csv(self, *, index: bool) -> str: ...


def to_frame(items: Iterable[Mapping[str, Any]]) -> "pd.DataFrame":
    """One row for each item: a page's items, cost lines, availability, claims.

    Objects in an item become columns (`destination.zone`), lists stay lists. Instants are in UTC.
    """
    import pandas as pd

    frame = pd.json_normalize([dict(item) for item in items])
    for column in frame.columns:
        name = str(column).rsplit(".", 1)[-1]
        if name in INSTANTS:
            frame[column] = pd.to_datetime(frame[column], utc=True, format="ISO8601")
        elif name in DAYS:
            frame[column] = pd.to_datetime(frame[column], format="ISO8601")
    return frame


def to_csv(frame: Frame) -> str:
    """A frame as the imports take it. Whole numbers stay whole where some are missing."""
    return frame.convert_dtypes().to_csv(index=False)
