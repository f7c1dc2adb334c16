"""A backup taken while clients buy loses nothing that was acknowledged before, wherever it is restored."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.settings import Settings
from tests.api.shopper import body_of
from tests.api.shopping import complaints, shopping
from tests.api.support import Server, key, running
from tests.cli.terminal import nodewise

Serve = Callable[..., Server]


@pytest.fixture
def elsewhere(settings: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of the other kind, without a schema.

    That a backup goes into its own kind as well is shown row by row in the storage's tests.
    """
    if settings.database_file is None:
        yield f"sqlite:///{tmp_path / 'elsewhere.db'}"
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url


def test_everything_answered_before_the_backup_is_in_it_and_work_goes_on_from_there(
    serve: Serve, settings: Settings, elsewhere: str, tmp_path: Path
) -> None:
    server = serve()
    with shopping(server.url) as shoppers:
        shoppers.wait_for(60)
        before = list(shoppers.told)
        saved = nodewise(
            "db", "backup", "a.backup", cwd=tmp_path, NODEWISE_DATABASE_URL=settings.database_url
        )
        assert saved.code == 0, saved.err
        after = list(shoppers.told)
        shoppers.wait_for(8)  # they go on
    assert {tuple(one["tried"]) for one in shoppers.told} == {(201,)}
    assert len(after) > len(before)  # nobody was held up by it

    restored = nodewise("db", "restore", "a.backup", cwd=tmp_path, NODEWISE_DATABASE_URL=elsewhere)
    assert restored.code == 0, restored.err
    assert complaints(elsewhere) == []
    with running(settings.model_copy(update={"database_url": elsewhere})) as client:
        assert len(before) >= 60
        for one in before:
            again = client.post("/v1/orders", json=body_of(one["order"]), headers=key(one["order"]))
            assert (again.status_code, again.text) == (201, one["body"])
            assert again.headers["Idempotent-Replayed"] == "true"
            assert client.get(f"/v1/orders/{one['order']}").json()["state"] == "allocated"
        new = client.post("/v1/orders", json=body_of("new"), headers=key())
        assert new.status_code == 201, new.text
    assert complaints(elsewhere) == []


def test_nothing_is_restored_under_a_running_service(
    serve: Serve, settings: Settings, tmp_path: Path
) -> None:
    server = serve()
    here = {"NODEWISE_DATABASE_URL": settings.database_url}
    assert nodewise("db", "backup", "a.backup", cwd=tmp_path, **here).code == 0
    with server.client() as client:
        assert client.get("/v1/nodes").status_code == 200
    refused = nodewise("db", "restore", "a.backup", "--replace", cwd=tmp_path, **here)
    assert refused.code == 3
    assert "connected to the database" in refused.err
    assert "fix: Stop the services" in refused.err
    server.process.terminate()
    server.process.wait(timeout=20)
    done = nodewise("db", "restore", "a.backup", "--replace", cwd=tmp_path, **here)
    assert done.code == 0, done.err
