"""A database of the current schema, closed after each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database, open_database


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'nodewise.db'}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url, durable=False)
    opened.upgrade()
    yield opened
    opened.close()
