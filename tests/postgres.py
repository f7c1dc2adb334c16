"""A real PostgreSQL for tests: the server that the environment names, or one started from a wheel."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from storage.servers import drop_database, embedded_server, make_database

VARIABLE = "NODEWISE_TEST_POSTGRESQL"  # the address of a server on which databases may be made
_ROOM = 2 * 1024**3  # bytes


@dataclass(frozen=True)
class Server:
    """A running server; `address` is that of a database on it that holds nothing of ours."""

    address: str
    _numbers: Iterator[int]

    @contextmanager
    def database(self, *, like: str | None = None) -> Iterator[str]:
        """The address of a new database: empty, or a copy of another; it is dropped in the end."""
        name = f"nodewise_test_{os.getpid()}_{next(self._numbers)}"
        template = make_url(like).database if like else None
        try:
            yield make_database(self.address, name, template=template or "template0")
        finally:
            drop_database(self.address, name)


@contextmanager
def running_server() -> Iterator[Server]:
    named = os.environ.get(VARIABLE)
    if named:
        yield Server(named, count())
        return
    with own_server() as address:
        yield Server(address, count())


@contextmanager
def own_server() -> Iterator[str]:
    """The address of a server that a test may stop, and that nobody else uses.

    Its data need not survive the machine, and a database is hundreds of files: kept in memory, and never
    waited for to reach a disk, one is made in hundredths of a second instead of seconds.
    """
    with embedded_server(within=_in_memory()) as address:
        with psycopg.connect(address, autocommit=True) as connection:
            for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '128MB'"):
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")
        yield address


def _in_memory() -> Path | None:
    """A folder that is no disk, if this machine has one with room for a server or two."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > _ROOM else None
