"""A database of the current schema on SQLite and on PostgreSQL, closed after each test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from storage.database import Database, open_database

NewAddress = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def new_address(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Iterator[NewAddress]:
    """Gives the address of a database with nothing in it, each time of another."""
    if backend == "sqlite":
        numbers = count()
        yield lambda: f"sqlite:///{tmp_path / f'nodewise{next(numbers)}.db'}"
        return
    server = request.getfixturevalue("postgres")
    with ExitStack() as made:
        yield lambda: made.enter_context(server.database())


@pytest.fixture
def url(request: pytest.FixtureRequest, backend: str, new_address: NewAddress, tmp_path: Path) -> str:
    """The address of `database`; to a test that does not take that, of one with nothing in it."""
    if "database" not in request.fixturenames:
        return new_address()
    # Copied, for migrations would take longer than most tests do.
    if backend == "sqlite":
        return f"sqlite:///{shutil.copy(request.getfixturevalue('empty_file'), tmp_path / 'nodewise.db')}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url, durable=False)
    yield opened
    opened.close()
