"""API keys and the audit log as they are kept: the same on SQLite and on PostgreSQL."""

import contextlib
import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from storage.api_keys import Scope, implied
from storage.audit import COMMAND_LINE, Act, Actor
from storage.database import Database

TILL = Act(Actor("k1", "till"), "POST", "/v1/orders", "10482", "r-1")


def made(database: Database, **more: timedelta) -> tuple[str, str]:
    """Public id and key of a new key; `expires_in` from now."""
    with database.writing() as stores:
        expires_at = stores.api_keys.now + more["expires_in"] if more else None
        known, key = stores.api_keys.create("till", frozenset({Scope.ALLOCATE}), expires_at=expires_at)
        return known.id, key


def test_a_key_is_found_by_itself_and_is_nowhere_in_the_database(database: Database, url: str) -> None:
    id, key = made(database)
    with database.reading() as stores:
        found = stores.api_keys.find(key)
        assert stores.api_keys.any()
        assert [known.id for known in stores.api_keys.list()] == [id]
    assert found is not None
    assert (found.id, found.name, found.scopes) == (id, "till", {Scope.ALLOCATE})
    engine = create_engine(url)
    with engine.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM api_key")).all())
    engine.dispose()
    secret = key.removeprefix(f"nw_{id}_")
    assert len(secret) == 43  # 256 bits, six a character
    assert secret not in kept
    assert hashlib.sha256(secret.encode()).hexdigest() in kept


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key.upper(),
        lambda key: key.replace("nw_", "nw-"),
        lambda key: "nw_" + "0" * 16 + key[19:],
        lambda key: key + "\n",
        lambda _key: "' OR '1'='1",
        lambda _key: "",
    ],
)
def test_what_is_not_the_key_to_the_letter_is_not_found(
    database: Database, spoil: Callable[[str], str]
) -> None:
    _, key = made(database)
    with database.reading() as stores:
        assert stores.api_keys.find(spoil(key)) is None


def test_a_revoked_key_is_not_found_and_stays_revoked_since_the_first_time(database: Database) -> None:
    id, key = made(database)
    with database.writing() as stores:
        first = stores.api_keys.revoke(id)
    with database.writing() as stores:
        assert stores.api_keys.revoke(id) == first
        assert stores.api_keys.revoke("0" * 16) is None
        assert stores.api_keys.find(key) is None


def test_a_key_expires_by_the_clock_of_the_database_and_not_the_demos(database: Database) -> None:
    _, old = made(database, expires_in=timedelta(seconds=-1))
    _, key = made(database, expires_in=timedelta(hours=1))
    with database.writing() as stores:
        stores.clock.set(stores.now + timedelta(days=400))
    with database.reading() as stores:
        assert stores.api_keys.find(key) is not None
        assert stores.api_keys.find(old) is None


def test_two_keys_are_never_alike(database: Database) -> None:
    assert len({part for _ in range(20) for part in made(database)}) == 40


def test_scopes_imply_what_they_should_and_no_more() -> None:
    assert implied({Scope.READ}) == {Scope.READ}
    assert implied({Scope.ALLOCATE}) == {Scope.ALLOCATE, Scope.READ}
    assert implied({Scope.PLAN}) == {Scope.PLAN, Scope.READ}
    assert implied({Scope.ADMIN}) == set(Scope)
    assert implied(()) == set()


def test_the_log_shows_the_newest_first_page_by_page_and_by_actor_and_subject(database: Database) -> None:
    acts = [TILL, Act(COMMAND_LINE, "", "nodewise key create", "k1", ""), TILL]
    for status, act in enumerate(acts):
        with database.writing() as stores:
            stores.audit.put(act, status=status)
    with database.reading() as stores:
        first, second = stores.audit.list(before=None, limit=2)
        assert [first.act, second.act] == [acts[2], acts[1]]
        assert [entry.status for entry in stores.audit.list(before=second.id, limit=2)] == [0]
        by_actor = stores.audit.list(before=None, limit=9, actor="command line")
        assert [entry.act for entry in by_actor] == [acts[1]]
        assert [entry.status for entry in stores.audit.list(before=None, limit=9, subject="10482")] == [2, 0]


def test_what_is_undone_is_not_in_the_log(database: Database) -> None:
    with contextlib.suppress(RuntimeError), database.writing() as stores:
        stores.audit.put(TILL, status=201)
        raise RuntimeError
    with database.reading() as stores:
        assert stores.audit.list(before=None, limit=9) == []
