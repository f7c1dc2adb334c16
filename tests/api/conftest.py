"""Fixtures: the service, empty or with the small network, and real servers in processes of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from tests.api.support import Server, load, running, start_server


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{tmp_path}/test.db", durable=False, tidy_seconds=0, demo_mode=True
    )


@pytest.fixture
def empty(settings: Settings) -> Iterator[httpx.Client]:
    """The service with an empty database."""
    with running(settings) as client:
        yield client


@pytest.fixture
def client(empty: httpx.Client) -> httpx.Client:
    """The service with the small network."""
    load(empty)
    return empty


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers on one database; those left running are stopped."""
    started: list[Server] = []

    def start(**environment: str) -> Server:
        (tmp_path / "server.log").unlink(missing_ok=True)
        server = start_server(tmp_path / "server.db", **environment)
        started.append(server)
        return server

    yield start
    for server in started:
        if server.process.poll() is None:
            server.process.terminate()
            server.process.wait(timeout=20)
