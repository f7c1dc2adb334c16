"""A database of the current schema on an SQLite file: what differs between databases, other rooms test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database, open_database


@pytest.fixture
def url(tmp_path: Path, empty_file: Path) -> str:
    return f"sqlite:///{shutil.copy(empty_file, tmp_path / 'nodewise.db')}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url, durable=False)
    yield opened
    opened.close()
