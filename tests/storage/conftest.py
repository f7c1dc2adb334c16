"""A database of the current schema on SQLite and on PostgreSQL, closed after each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from storage.database import Database, open_database

NewAddress = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def new_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewAddress]:
    """Gives the address of a database with nothing in it, each time of another."""
    if request.param == "sqlite":
        numbers = count()
        yield lambda: f"sqlite:///{tmp_path / f'nodewise{next(numbers)}.db'}"
        return
    server = request.getfixturevalue("postgres")
    with ExitStack() as made:
        yield lambda: made.enter_context(server.database())


@pytest.fixture
def url(new_address: NewAddress) -> str:
    return new_address()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url, durable=False)
    opened.upgrade()
    yield opened
    opened.close()
