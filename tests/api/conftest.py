"""Fixtures: the service, empty or with the small network, and real servers in processes of their own."""

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import structlog

from api.settings import Settings
from tests.api.support import Server, contents, load, running, start_server
from tests.postgres import Server as Postgres


@pytest.fixture(autouse=True, scope="session")
def quiet() -> None:
    """Keep the service's logs out of the tests' output; the test of logs configures its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def settings_in(folder: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{folder}/test.db",
        durable=False,
        tidy_seconds=0,
        webhook_seconds=0,
        demo_mode=True,
        authentication="off",
        requests_per_minute=0,
    )


@pytest.fixture(scope="session")
def network_file(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Path:
    """An SQLite database with the small network, to be copied."""
    settings = settings_in(tmp_path_factory.mktemp("network"))
    assert settings.database_file is not None
    shutil.copy(empty_file, settings.database_file)
    with running(settings) as client:
        load(client)
    return settings.database_file


@pytest.fixture(scope="session")
def network_schema(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, schema: str
) -> Iterator[str]:
    """A PostgreSQL database with the small network, to be copied."""
    with postgres.database(like=schema) as address:
        settings = settings_in(tmp_path_factory.mktemp("network"))
        with running(settings.model_copy(update={"database_url": address})) as client:
            load(client)
        yield address


@pytest.fixture
def network() -> None:
    """Whoever asks for this finds the small network in the database of `settings`."""


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Of a database that is copied: migrations, or loading the network, would take longer than most tests."""
    holds_network = "network" in request.fixturenames
    settings = settings_in(tmp_path)
    if request.param == "sqlite":
        assert settings.database_file is not None
        template = request.getfixturevalue("network_file" if holds_network else "empty_file")
        shutil.copy(template, settings.database_file)
        yield settings
        return
    template = request.getfixturevalue("network_schema" if holds_network else "schema")
    with request.getfixturevalue("postgres").database(like=template) as address:
        yield settings.model_copy(update={"database_url": address})


@pytest.fixture
def empty(settings: Settings) -> Iterator[httpx.Client]:
    """The service with an empty database."""
    with running(settings) as client:
        yield client


@pytest.fixture
def client(network: None, empty: httpx.Client) -> httpx.Client:
    """The service with the small network."""
    return empty


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """One service for all tests of a module that are refused; in the end nothing may have been written."""
    with running(settings_in(tmp_path_factory.mktemp("refusing"))) as client:
        load(client)
        before = contents(client)
        yield client
        assert contents(client) == before


@pytest.fixture
def serve(settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers on one database; those left running are stopped."""
    started: list[Server] = []

    def start(**environment: str) -> Server:
        server = start_server(tmp_path, settings.database_url, **environment)
        started.append(server)
        return server

    yield start
    for server in started:
        if server.process.poll() is None:
            server.process.terminate()
            server.process.wait(timeout=20)
