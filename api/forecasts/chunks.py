"""What a worker process does: learn from a history, or forecast a chunk of it. It reads and writes nothing.

Loaded by processes and machines that only forecast, so it loads neither the database nor the web framework.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from forecasting.chunk import forecast_chunk
from forecasting.demand import QuantileForecast
from forecasting.history import History
from forecasting.learning.trained import Trained
from forecasting.learning.training import train
from storage.demand_documents import PackedHistory, history_of


@dataclass(frozen=True, slots=True)
class Task:
    """Some series to forecast, with what was learned, as text. They are packed if they were kept."""

    history: PackedHistory | History
    trained: str
    horizon: int
    levels: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.history.ids)

    def halves(self) -> "tuple[Task, Task]":
        middle = len(self) // 2
        return self._part(0, middle), self._part(middle, len(self))

    def _part(self, first: int, end: int) -> "Task":
        history = self.history
        part = (
            history.take(np.arange(first, end)) if isinstance(history, History) else history.take(first, end)
        )
        return replace(self, history=part)


def forecast(task: Task) -> QuantileForecast:
    """Forecast the series of a task. Equal tasks give equal bytes, wherever they run."""
    return forecast_chunk(
        _unpacked(task.history), _trained(task.trained), horizon=task.horizon, levels=task.levels
    )


def learn(history: PackedHistory | History, horizon: int, seed: int) -> str:
    """What is learned from a history, as text."""
    return train(_unpacked(history), horizon=horizon, seed=seed).to_json()


def digest_of(trained: str) -> str:
    """Names what was learned."""
    return _trained(trained).digest


def _unpacked(history: PackedHistory | History) -> History:
    return history if isinstance(history, History) else history_of(history)


@lru_cache(maxsize=2)  # a run has one; it is read once in each process
def _trained(text: str) -> Trained:
    return Trained.from_json(text)
