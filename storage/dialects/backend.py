"""What the rest of storage knows of a database: two pools of connections, and how a writer begins."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import Connection, Engine
from sqlalchemy.pool import QueuePool


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
    connections: int  # at most so many at once
    enter: Callable[[Connection, Access], None]  # the first statement of a transaction that writes
    hurry: Callable[[Connection], None]  # a transaction shall give up soon where others hold what it needs
    others: Callable[[], int]  # how many connections there are that are not of this process, as far as known

    def connections_in_use(self) -> int:
        pools = {id(engine.pool): engine.pool for engine in (self.writers, self.readers)}
        return sum(pool.checkedout() for pool in pools.values() if isinstance(pool, QueuePool))

    def close(self) -> None:
        self.writers.dispose()
        self.readers.dispose()
