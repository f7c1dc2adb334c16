"""For all tests: property tests are not timed, and there is a PostgreSQL for whoever asks for one."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.postgres import Server, running_server

# A busy machine must not fail them.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("postgresql")) as server:
        yield server
