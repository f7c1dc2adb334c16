"""Keys on the command line: made, used by commands, never shown again, revoked; and the audit log."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.cli.ports import LOOPBACK, free_port
from tests.api.support import start_server
from tests.cli.terminal import NODEWISE, Ran, environment, nodewise, on_a_terminal

ZONES = "id,name,latitude,longitude\nUK-SE,South East,51.30,-0.80\n"


@dataclass(frozen=True)
class Shop:
    """A service that needs keys; commands run in its folder, on its database."""

    folder: Path
    url: str
    run_in: Callable[..., Ran]

    def run(self, *arguments: str, **variables: str) -> Ran:
        database = "sqlite:///server.db"
        return self.run_in(*arguments, cwd=self.folder, NODEWISE_DATABASE_URL=database, **variables)

    def key(self, scopes: str) -> tuple[str, str]:
        """Public id and key."""
        done = self.run("key", "create", "till", "--scopes", scopes, "--json")
        (row,) = json.loads(done.out)
        assert (done.code, done.err, row["scopes"]) == (0, "", scopes)
        return row["id"], row["key"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Where its database is, and its address."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "zones.csv").write_text(ZONES)
    server = start_server(folder, NODEWISE_AUTHENTICATION="keys", NODEWISE_DEMO_MODE="false")
    yield folder, server.url
    server.process.terminate()
    server.process.wait(timeout=30)


@pytest.fixture
def shop(service: tuple[Path, str], run_in: Callable[..., Ran]) -> Shop:
    return Shop(*service, run_in)


def test_a_service_without_a_key_says_in_its_log_how_to_make_one(shop: Shop) -> None:
    log = next(shop.folder.glob("server*.log")).read_text()
    assert "there is no API key yet" in log
    assert "nodewise key create" in log


def test_a_command_sends_the_key_and_one_without_it_is_refused(shop: Shop) -> None:
    _, key = shop.key("plan")
    asked = ("import", "zones", "zones.csv", "--url", shop.url)
    refused = shop.run(*asked)
    assert refused.code == 3
    assert "needs an API key" in refused.err
    assert shop.run(*asked, NODEWISE_API_KEY=key).code == 0
    assert shop.run(*asked, "--api-key", key).code == 0
    _, lesser = shop.key("read")
    forbidden = shop.run(*asked, "--api-key", lesser)
    assert forbidden.code == 3
    assert "the scope plan" in forbidden.err
    assert lesser not in forbidden.err


@pytest.mark.parametrize("form", ["--as-curl", "--as-python"])
def test_a_printed_call_names_the_variable_and_works_with_it(shop: Shop, form: str) -> None:
    _, key = shop.key("plan")
    for asked in (
        ("import", "zones", "zones.csv", "--url", shop.url),
        ("quote", "--line", "K=1", "--zone", "UK-SE", "--url", shop.url),
        ("explain", "nobody", "--url", shop.url),
    ):
        printed = shop.run(*asked, form, NODEWISE_API_KEY=key)
        assert key not in printed.out
        assert "NODEWISE_API_KEY" in printed.out
        command = ["bash", "-ec"] if form == "--as-curl" else [NODEWISE[0], "-c"]
        done = subprocess.run(
            [*command, printed.out],
            cwd=shop.folder,
            env=environment(NODEWISE_API_KEY=key),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert "unauthenticated" not in done.stdout
        assert "status" in done.stdout or "written" in done.stdout
        without = shop.run(*asked, form)
        assert "Authorization" not in without.out


def test_a_key_that_no_header_takes_is_refused_and_not_repeated(shop: Shop) -> None:
    done = shop.run("explain", "1", "--url", shop.url, "--api-key", "nw é\n")
    assert done.code == 2
    assert "characters that no key has" in done.err
    assert "é" not in done.err


def test_help_does_not_show_the_key_of_the_environment() -> None:
    done = nodewise("explain", "--help", cwd=Path.cwd(), NODEWISE_API_KEY="nw_secret")
    assert done.code == 0
    assert "nw_secret" not in done.out


def test_a_key_is_shown_once_on_a_terminal_ready_to_be_used(shop: Shop) -> None:
    seen = on_a_terminal(
        *("key", "create", "person", "--scopes", "read", "--days", "30", "--no-color"),
        cwd=shop.folder,
        NODEWISE_DATABASE_URL="sqlite:///server.db",
    ).out
    assert "the only time the key is shown" in " ".join(seen.split())
    key = seen.partition("export NODEWISE_API_KEY=")[2].strip()
    assert shop.run("explain", "1", "--url", shop.url, NODEWISE_API_KEY=key).code == 2  # 404: let in
    listed = shop.run("key", "list")
    assert listed.code == 0
    assert key[-30:] not in listed.out + listed.err
    assert "\tperson\tread\t20" in listed.out


def test_a_revoked_key_is_listed_as_such_and_both_are_in_the_log(shop: Shop) -> None:
    id, _ = shop.key("admin")
    assert shop.run("key", "revoke", id).code == 0
    (row,) = (row for row in json.loads(shop.run("key", "list", "--json").out) if row["id"] == id)
    assert row["revoked_at"]
    rows = json.loads(shop.run("audit", "--subject", id, "--json").out)
    assert [(row["actor"], row["what"]) for row in rows] == [
        ("command line", "nodewise key revoke"),
        ("command line", "nodewise key create"),
    ]


def test_what_was_written_through_the_service_is_in_the_log_with_the_name_of_the_key(shop: Shop) -> None:
    id, key = shop.key("plan")
    shop.run("import", "zones", "zones.csv", "--url", shop.url, NODEWISE_API_KEY=key)
    header, row = shop.run("audit", "--actor", id).out.splitlines()
    assert header.split("\t") == ["at", "actor", "actor_name", "what", "subject", "status", "request_id"]
    assert row.split("\t")[1:6] == [id, "till", "POST /v1/zones/import", "zones", "200"]
    assert shop.run("audit", "--actor", "none-such").out.splitlines() == [header]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "x", "--scopes", "reed"), 'no scope named "reed"; did you mean read?'),
        (("create", "x", "--scopes", ""), 'no scope named ""'),
        (("create", "x"), "--scopes"),
        (("create", "a\nb", "--scopes", "read"), "NAME is 'a\\nb'"),
        (("create", " ", "--scopes", "read"), "NAME is ' '"),
        (("create", "x", "--scopes", "read", "--days", "0"), "--days"),
        (("revoke", "0000"), "there is no key of that id"),
        (("remove", "0000"), "no command named"),
    ],
)
def test_what_cannot_be_meant_is_told(shop: Shop, arguments: tuple[str, ...], said: str) -> None:
    before = shop.run("key", "list").out
    done = shop.run("key", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "fix:" in done.err
    assert shop.run("key", "list").out == before


def test_serving_a_new_database_says_how_to_make_a_key(tmp_path: Path) -> None:
    port = free_port(LOOPBACK)
    process = subprocess.Popen(
        [*NODEWISE, "serve", "--port", str(port)],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process.stderr:
        told = [process.stderr.readline() for _ in range(2)]
        process.kill()
        process.wait(timeout=60)
    assert "nodewise key create NAME --scopes allocate,plan" in told[1]
