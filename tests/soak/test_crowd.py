"""A crowd on scarce stock: nothing oversold, lost or done twice, also when everything is killed."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.api.support import load
from tests.soak import verdict
from tests.soak.crashing_postgres import crashing_postgres
from tests.soak.crowd import Crowd, files, let_in, service

SHORT = Crowd(clients=6, seconds=4.0, servers=1, seed=1)
LONG = Crowd(clients=64, seconds=60.0, servers=1, seed=2)
# The crowd is of the house: on loopback, with a clock that can be moved, and as fast as it can.
OPEN_TO_ALL = {"NODEWISE_DEMO_MODE": "true"}
Crash = Callable[[], None]


@contextmanager
def database(kind: str, folder: Path) -> Iterator[tuple[str, Crash | None]]:
    """An address, and how to crash the database where it is a server."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/soak.db", None
        return
    with crashing_postgres() as server:
        yield server.url, server.crash_and_start


def run(kind: str, crowd: Crowd, folder: Path) -> None:
    """Let the crowd in, then hold what the clients were told against the books."""
    crowd = replace(crowd, servers=1 if kind == "sqlite" else 2)
    with database(kind, folder) as (url, crash):
        with service(folder, url, crowd.servers, **OPEN_TO_ALL) as running:
            with httpx.Client(base_url=running.urls[0], timeout=60) as client:
                load(client, files())
            let_in(running, crowd, folder=folder, crash=crash if crowd.kill_every else None)
            told = verdict.read_answers(folder / "answers")
            books = verdict.read_books(url)
            say(kind, crowd, told, kills=running.kills)
            assert {one.status for one in told} <= {200, 201, 404, 409, 422}
            assert list(books.complaints) == []
            assert list(verdict.oversold(books)) == []
            assert list(verdict.negative(books)) == []
            assert list(verdict.unaccounted(books, told)) == []
            assert list(verdict.lost_or_doubled(books, told)) == []
            assert list(verdict.changed_on_repeating(running.urls[0], told)) == []
        assert sum(one.status == 201 for one in told) > crowd.clients
        assert crowd.kill_every == 0 or running.kills > 0


def say(kind: str, crowd: Crowd, told: list[verdict.Told], *, kills: int) -> None:
    statuses = dict(sorted(Counter(one.status for one in told).items()))
    again = sum(one.tries > 1 for one in told)
    p50, p99 = np.percentile([one.seconds * 1_000 for one in told], (50, 99))
    print(
        f"\n{kind}: {crowd.clients} clients, {crowd.servers} server(s), {kills} kills: {len(told)} calls, "
        f"{again} of them repeated until answered; statuses {statuses}; p50 {p50:.0f} ms, p99 {p99:.0f} ms"
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_crowd_is_sold_what_there_is_and_no_more(kind: str, tmp_path: Path) -> None:
    run(kind, SHORT, tmp_path)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_crowd_loses_nothing_when_everything_is_killed(kind: str, tmp_path: Path) -> None:
    run(kind, replace(SHORT, kill_every=2.0, seed=3), tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_sixty_four_clients_for_a_minute(kind: str, tmp_path: Path) -> None:
    run(kind, LONG, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_sixty_four_clients_while_everything_is_killed(kind: str, tmp_path: Path) -> None:
    run(kind, replace(LONG, kill_every=5.0, seed=4), tmp_path)
