"""For all tests: property tests are not timed, and there is a PostgreSQL for whoever asks for one."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from storage.database import open_database
from tests.postgres import Server, running_server

# A busy machine must not fail them.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def schema(postgres: Server) -> Iterator[str]:
    """A PostgreSQL database of the current schema with nothing in it, to be copied."""
    with postgres.database() as address:
        database = open_database(address, durable=False)
        database.upgrade()
        database.close()
        yield address


@pytest.fixture
def postgres_url(postgres: Server, schema: str) -> Iterator[str]:
    """The address of a PostgreSQL database of the current schema with nothing in it."""
    with postgres.database(like=schema) as url:
        yield url
