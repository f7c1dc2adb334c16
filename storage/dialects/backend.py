"""What the rest of storage knows of a database: two pools of connections, and how a writer begins."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import Connection, Engine


class Access(Enum):
    """Who may write at the same time as a transaction."""

    ALONE = auto()  # nobody: what it has read stays as it is until it ends
    TOGETHER = auto()  # others too: every write of it holds, or refuses, whatever they do


@dataclass(frozen=True, slots=True)
class Backend:
    """An open database. With `one_writer` it has a single writer at a time, whatever the access."""

    writers: Engine
    readers: Engine
    one_writer: bool
    enter: Callable[[Connection, Access], None]  # the first statement of a transaction that writes

    def close(self) -> None:
        self.writers.dispose()
        self.readers.dispose()
