"""A newer version brings the schema up to date while an older process serves: nobody notices."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from api.settings import Settings
from storage import upgrading
from tests.api.shopping import complaints, shopping
from tests.api.support import ROOT, Server, running
from tests.cli.terminal import Ran, nodewise

Serve = Callable[..., Server]

MIGRATION = '''"""What a newer version adds{contracts}."""

import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{head}"
branch_labels = None
depends_on = None
{serves_from}

def upgrade() -> None:
    op.create_table("of_a_newer_version", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("claim", sa.Column("weight", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("sales_order", sa.Column("remark", sa.String()))
    op.create_index("ix_entry_at", "entry", ["at"])
'''


@pytest.fixture
def newer(tmp_path: Path) -> Callable[..., Callable[..., Ran]]:
    """The command line of a version with one more migration."""

    def make(*, contracts: bool) -> Callable[..., Ran]:
        folder = tmp_path / "newer"
        shutil.copytree(ROOT / "storage", folder / "storage", ignore=shutil.ignore_patterns("__pycache__"))
        migration = MIGRATION.format(
            head=upgrading._head(),
            contracts=", and takes away" if contracts else "",
            serves_from='serves_from = "9000"\n' if contracts else "",
        )
        versions = folder / "storage" / "migrations" / "versions"
        (versions / "v9000_newer.py").write_text(migration, encoding="utf-8")

        def run(*arguments: str, **variables: str) -> Ran:
            paths = f"{folder}:{ROOT}"
            return nodewise(*arguments, cwd=tmp_path, PYTHONPATH=paths, **variables)

        return run

    return make


def test_an_older_process_serves_on_while_and_after_the_schema_is_brought_up_to_date(
    serve: Serve, settings: Settings, newer: Callable[..., Callable[..., Ran]], tmp_path: Path
) -> None:
    newer_nodewise, here = newer(contracts=False), {"NODEWISE_DATABASE_URL": settings.database_url}
    server = serve()
    with shopping(server.url) as shoppers, server.client() as client:
        shoppers.wait_for(20)
        missing = newer_nodewise("db", "check", **here)
        assert (missing.code, missing.out.splitlines()[1:]) == (
            1,
            ["behind\t9000\tWhat a newer version adds."],
        )
        upgraded = newer_nodewise("db", "upgrade", **here)
        assert upgraded.code == 0, upgraded.err
        shoppers.wait_for(20)
        assert client.get("/ready").status_code == 200
    assert all(set(one["tried"][:-1]) <= {503} and one["tried"][-1] == 201 for one in shoppers.told)
    assert complaints(settings.database_url) == []
    with server.client() as client:
        for one in shoppers.told:
            assert client.get(f"/v1/orders/{one['order']}").json()["state"] == "allocated"
    # The older version says so, and can be started again.
    checked = nodewise("db", "check", cwd=tmp_path, **here)
    assert (checked.code, checked.out.splitlines()[1]) == (0, "newer, and serves this version too\t\t")
    assert nodewise("db", "upgrade", cwd=tmp_path, **here).code == 0
    with running(settings) as client:
        assert client.get("/ready").status_code == 200


def test_an_older_process_is_told_when_the_schema_serves_it_no_longer(
    settings: Settings, newer: Callable[..., Callable[..., Ran]], tmp_path: Path
) -> None:
    newer_nodewise, here = newer(contracts=True), {"NODEWISE_DATABASE_URL": settings.database_url}
    with running(settings) as client:
        assert client.get("/ready").status_code == 200
        assert newer_nodewise("db", "upgrade", **here).code == 0
        assert client.get("/ready").json()["type"] == "/problems/not-ready"
    checked = nodewise("db", "check", cwd=tmp_path, **here)
    assert (checked.code, checked.out.splitlines()[1]) == (1, "of another version\t\t")
    refused = nodewise("db", "upgrade", cwd=tmp_path, **here)
    assert refused.code == 4
    assert "not known to this version: it is 9000" in refused.err
