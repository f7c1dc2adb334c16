"""What a worker process does: learn from a history, or forecast a chunk of it. It reads and writes nothing.

Loaded by processes and machines that only forecast, so it loads neither the database nor the web framework.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from forecasting.chunk import forecast_chunk
from forecasting.demand import QuantileForecast
from forecasting.trained import Trained
from forecasting.training import train
from storage.demand_documents import PackedHistory, history_of


@dataclass(frozen=True, slots=True)
class Task:
    """Some series to forecast, with what was learned, as text."""

    history: PackedHistory
    trained: str
    horizon: int
    levels: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.history.series)

    def halves(self) -> "tuple[Task, Task]":
        middle = len(self) // 2
        first, second = self.history.take(0, middle), self.history.take(middle, len(self))
        return replace(self, history=first), replace(self, history=second)


def forecast(task: Task) -> QuantileForecast:
    """Forecast the series of a task. Equal tasks give equal bytes, wherever they run."""
    return forecast_chunk(
        history_of(task.history), _trained(task.trained), horizon=task.horizon, levels=task.levels
    )


def learn(history: PackedHistory, horizon: int, seed: int) -> str:
    """What is learned from a history, as text."""
    return train(history_of(history), horizon=horizon, seed=seed).to_json()


def digest_of(trained: str) -> str:
    """Names what was learned."""
    return _trained(trained).digest


@lru_cache(maxsize=2)  # a run has one; it is read once in each process
def _trained(text: str) -> Trained:
    return Trained.from_json(text)
