"""What a model of the forecast is: it may learn over many series, then says a mean per series. No model here.

Learning and running are apart so that a long history is forecast in chunks, on any number of processes:
what was learned over many series is text that travels with each chunk, and nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from forecasting.history import FloatArray, History


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A model that gave no usable forecast for a series, and why."""

    unique_id: str
    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class ModelRun:
    """What one model says of every series.

    Parameters
    ----------
    name
        The model's.
    mean
        Units per step after the last of the history, shape (series, horizon), not negative; a row of
        NaN where the model was left out.
    left_out
        A series of each row of NaN, in order.
    """

    name: str
    mean: FloatArray
    left_out: tuple[LeftOut, ...] = ()


class Model(Protocol):
    """A model of demand. It does not see entries that are `MASKED`; others come with what was hidden."""

    @property
    def name(self) -> str: ...

    def learn(self, history: History, *, horizon: int, seed: int) -> str:
        """What is to be learned over many series, as text; "" where the model learns nothing.

        Equal history, horizon and seed give equal text.
        """
        ...

    def run(self, history: History, learned: str, *, horizon: int) -> ModelRun:
        """Forecast each series from its own rows and `learned` only: a chunk says what the whole says.

        Parameters
        ----------
        history
            Series to forecast, not necessarily those learned from, and perhaps longer by now.
        learned
            The text of `learn`, asked for at least this horizon.
        """
        ...
