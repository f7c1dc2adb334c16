"""The client on the service with the small network, and a server that fails as it is told to."""

from collections.abc import Iterator

import httpx
import pytest

from nodewise_client import Nodewise, Retries
from tests.api.conftest import client, empty, network, network_file, network_schema, quiet, serve, settings
from tests.client.failing_server import FailingServer, failing_server

__all__ = [
    "client",
    "empty",
    "network",
    "network_file",
    "network_schema",
    "quiet",
    "serve",
    "settings",
]

QUICK = Retries(tries=5, seconds=20, first=0.01, longest=0.05)


@pytest.fixture
def nodewise(client: httpx.Client) -> Iterator[Nodewise]:
    with Nodewise(str(client.base_url), retries=QUICK) as made:
        yield made


@pytest.fixture
def failing() -> Iterator[FailingServer]:
    with failing_server() as server:
        yield server
