"""A real PostgreSQL for tests: the server that the environment names, or one started from a wheel."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from sqlalchemy import make_url

from storage.servers import drop_database, embedded_server, make_database

VARIABLE = "NODEWISE_TEST_POSTGRESQL"  # the address of a server on which databases may be made


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
    with embedded_server() as address:
        yield Server(address, count())
