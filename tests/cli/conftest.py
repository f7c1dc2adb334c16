"""A service with the small network of the API's tests, and `nodewise` run in this process against it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.cli.app import run
from tests.api.support import load, start_server
from tests.cli.terminal import Ran


@dataclass(frozen=True)
class Shop:
    """A running service and its address."""

    client: httpx.Client
    url: str


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A service with an empty database, one for all tests of a file."""
    server = start_server(tmp_path_factory.mktemp("service"))
    with server.client() as client:
        yield Shop(client, server.url)
    server.process.terminate()
    server.process.wait(timeout=30)


@pytest.fixture(scope="module")
def shop(empty: Shop) -> Shop:
    """The same with the small network."""
    load(empty.client)
    return empty


@pytest.fixture
def run_here(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run a command in this process, as if piped."""

    def run_one(*arguments: str) -> Ran:
        capsys.readouterr()
        code = run(list(arguments))
        out, err = capsys.readouterr()
        return Ran(int(code), out, err)

    return run_one


@pytest.fixture
def run_in(run_here: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """The same in a folder, with nothing of Nodewise in the environment but what is given."""

    def run_one(*arguments: str, cwd: Path, **variables: str) -> Ran:
        with monkeypatch.context() as there:
            there.chdir(cwd)
            for name in [name for name in os.environ if name.startswith("NODEWISE_")]:
                there.delenv(name)
            for name, value in variables.items():
                there.setenv(name, value)
            return run_here(*arguments)

    return run_one
