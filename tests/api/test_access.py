"""Who may do what: every address of the OpenAPI document with no key, the wrong scope, and the right one."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Route

from api.access.gate import is_open
from api.access.known_keys import REMEMBERED_SECONDS, UNANSWERED_SECONDS, KnownKeys, Remembered
from api.app import create_app
from api.edge.scopes import SCHEME, NeededScope
from api.settings import Settings
from storage.api_keys import ApiKey, Scope, implied
from tests.api.conftest import settings_in
from tests.api.support import Server, contents, database_of, key, load, order, running, tamper

WITH_KEYS = {"NODEWISE_AUTHENTICATION": "keys"}
OPEN = {
    "/",
    "/docs",
    "/health",
    "/openapi.json",
    "/problems",
    "/problems/{slug}",
    "/ready",
    "/static/{name}",
}
SCOPES: dict[str, frozenset[Scope]] = {scope.value: frozenset({scope}) for scope in Scope}


def operations() -> Iterator[tuple[str, str, list[str]]]:
    """Method, address and scopes of every operation of the OpenAPI document."""
    for path, verbs in create_app(Settings()).openapi()["paths"].items():
        for verb, operation in verbs.items():
            security = operation.get("security", [])
            yield verb.upper(), path, [scope for needed in security for scope in needed[SCHEME]]


CLOSED = [(method, path, scopes[0]) for method, path, scopes in operations() if scopes]


class Shop:
    """A service that needs keys, with one key for each scope and one with none."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self.client = client
        self.url = url
        with database_of(url) as database, database.writing() as stores:
            made = {name: stores.api_keys.create(name, scopes) for name, scopes in SCOPES.items()}
            made["none"] = stores.api_keys.create("none", frozenset())
        self.ids = {name: known.id for name, (known, _) in made.items()}
        self.keys = {name: secret for name, (_, secret) in made.items()}

    def bearer(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[name]}"}

    def send(self, method: str, path: str, name: str = "", **more: Any) -> httpx.Response:
        headers = (self.bearer(name) if name else {}) | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, **more)


@contextmanager
def opened(settings: Settings, **more: Any) -> Iterator[Shop]:
    changed = {"authentication": "keys", "failures_per_minute": 0, **more}
    with running(settings.model_copy(update=changed)) as client:
        yield Shop(client, settings.database_url)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(settings_in(tmp_path_factory.mktemp("access"))) as shop:
        yield shop


def filled(path: str) -> str:
    return path.replace("{", "").replace("}", "")


# --- every address ------------------------------------------------------------------------------------
def test_every_route_but_the_open_ones_says_one_scope() -> None:
    routes = list(_routes(create_app(Settings())))
    assert len(routes) > 20
    for route in routes:
        dependencies = route.dependant.dependencies if isinstance(route, APIRoute) else []
        scopes = [one.call for one in dependencies if isinstance(one.call, NeededScope)]
        assert len(scopes) == (0 if route.path in OPEN else 1), route.path
        assert is_open(filled(route.path)) == (route.path in OPEN)


def test_the_document_shows_the_scheme_and_the_scope_of_every_operation() -> None:
    document = create_app(Settings()).openapi()
    assert document["components"]["securitySchemes"][SCHEME]["scheme"] == "bearer"
    assert {path for _, path, scopes in operations() if not scopes} == {"/health", "/ready"}
    for method, path, scope in CLOSED:
        described = document["paths"][path][method.lower()]["description"]
        assert f"Takes a key with the scope `{scope}`." in described


@pytest.mark.parametrize(("method", "path", "scope"), CLOSED)
def test_an_address_is_closed_without_a_key_and_to_the_wrong_scope_and_open_to_the_right_one(
    shop: Shop, method: str, path: str, scope: str
) -> None:
    address = filled(path)
    without = shop.send(method, address)
    assert (without.status_code, without.json()["type"]) == (401, "/problems/unauthenticated")
    assert without.headers["WWW-Authenticate"] == 'Bearer realm="nodewise"'
    for name in (*SCOPES, "none"):
        # What cannot be read tells that the scope is asked for before the body is looked at.
        answer = shop.send(method, address, name, content=b"\xff", params={"unknown": "1"})
        is_allowed = Scope(scope) in implied(SCOPES.get(name, ()))
        assert answer.status_code not in (401, 500)
        assert (answer.status_code == 403) == (not is_allowed), (name, answer.text)
        if not is_allowed:
            assert answer.json()["type"] == "/problems/forbidden"
            assert f"the scope {scope}" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/health", "/ready", "/openapi.json", "/problems", "/static/page.css"]
)
def test_open_addresses_need_no_key_and_look_at_none(shop: Shop, path: str) -> None:
    assert shop.send("GET", path).status_code == 200
    assert shop.send("GET", path, headers={"Authorization": "Bearer wrong"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/nothing", "/V1/orders", "//v1/orders", "/metrics", "/health/x"]
)
def test_what_is_not_there_is_closed_as_well(shop: Shop, path: str) -> None:
    assert shop.client.get(path).status_code == 401


def test_a_quote_takes_reading_and_a_reservation_more(settings: Settings) -> None:
    with opened(settings) as shop:
        shop.client.headers.update(shop.bearer("admin"))
        load(shop.client)
        before = contents(shop.client)
        for mode, status in (("quote", 200), ("shadow", 403), ("reserve", 403), ("commit", 403)):
            for name in ("read", "plan"):
                body = order("1", ("K-17", 1), mode=mode, baseline=[])
                assert shop.send("POST", "/v1/orders", name, json=body, headers=key()).status_code == status
        assert contents(shop.client) == before
        body = order("1", ("K-17", 1))
        assert shop.send("POST", "/v1/orders", "allocate", json=body, headers=key()).status_code == 201


# --- keys ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic dTpw", "Bearer nw_0000000000000000_" + "A" * 43, "Bearer é", "nw_x_y"],
)
def test_what_is_no_good_key_is_told_without_saying_why(shop: Shop, header: str) -> None:
    answer = shop.client.get("/v1/orders", headers={b"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="nodewise", error="invalid_token"'
    assert answer.json()["detail"] == "the API key that was sent is unknown, revoked or expired"


def test_two_keys_in_one_request_are_none(shop: Shop) -> None:
    both = [("Authorization", f"Bearer {shop.keys[name]}") for name in ("read", "admin")]
    assert shop.client.get("/v1/orders", headers=both).status_code == 401


def test_the_scheme_may_be_written_in_any_case(shop: Shop) -> None:
    header = {"Authorization": f"bEARER {shop.keys['read']}"}
    assert shop.client.get("/v1/orders", headers=header).status_code == 200


def test_a_key_that_expired_is_refused(settings: Settings) -> None:
    with opened(settings) as shop:
        with database_of(shop.url) as database, database.writing() as stores:
            soon = stores.api_keys.now + timedelta(seconds=0.5)
            _, shop.keys["brief"] = stores.api_keys.create("brief", SCOPES["read"], expires_at=soon)
        began = asked = time.monotonic()
        while shop.send("GET", "/v1/orders", "brief").status_code != 401:
            assert asked - began < 5.5  # what is asked later is refused, whenever it is answered
            time.sleep(0.05)
            asked = time.monotonic()


def test_a_revoked_key_is_refused_within_five_seconds_by_both_processes(
    serve: Callable[..., Server],
) -> None:
    servers = [serve(**WITH_KEYS), serve(**WITH_KEYS)]
    with database_of(servers[0].database_url) as database:
        with database.writing() as stores:
            known, secret = stores.api_keys.create("till", SCOPES["read"])
        bearer = {"Authorization": f"Bearer {secret}"}

        def statuses() -> list[int]:
            return [httpx.get(f"{server.url}/v1/orders", headers=bearer).status_code for server in servers]

        assert statuses() == [200, 200]
        with database.writing() as stores:
            stores.api_keys.revoke(known.id)
        began = asked = time.monotonic()
        while statuses() != [401, 401]:
            assert asked - began < 5  # what is asked later is refused, whenever it is answered
            time.sleep(0.1)
            asked = time.monotonic()


def test_a_key_is_in_no_log_and_no_file_of_the_database(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(**WITH_KEYS, NODEWISE_LOG_LEVEL="debug")
    with database_of(server.database_url) as database, database.writing() as stores:
        _, secret = stores.api_keys.create("till", SCOPES["admin"])
    bearer = {"Authorization": f"Bearer {secret}"}
    with server.client() as client:
        assert "server" not in client.get("/v1/orders", headers=bearer).headers
        client.headers.update(bearer)
        load(client)
        client.post("/v1/orders", json=order("1", ("K-17", 1)), headers=key())
        client.get("/v1/orders/nobody")
        client.get("/v1/orders", headers={"Authorization": f"Bearer {secret}x"})
        assert secret not in client.get("/v1/audit").text
    server.process.terminate()
    server.process.wait(timeout=30)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name.startswith("server") for path in files)
    hidden = secret[-30:].encode()  # by the end of it: the secret's own letters may be underscores, too
    assert [path.name for path in files if hidden in path.read_bytes()] == []


def test_two_keys_with_one_idempotency_key_do_not_see_each_others_answers(settings: Settings) -> None:
    with opened(settings) as shop:
        shop.client.headers.update(shop.bearer("admin"))
        load(shop.client)
        one = shop.send("POST", "/v1/orders", "allocate", json=order("1", ("K-17", 1)), headers=key("k"))
        other = shop.send("POST", "/v1/orders", "admin", json=order("2", ("K-17", 2)), headers=key("k"))
        assert (one.status_code, other.status_code) == (201, 201)
        assert "Idempotent-Replayed" not in other.headers
        again = shop.send("POST", "/v1/orders", "allocate", json=order("1", ("K-17", 1)), headers=key("k"))
        assert (again.text, again.headers["Idempotent-Replayed"]) == (one.text, "true")


def test_without_authentication_a_key_that_is_sent_still_counts(settings: Settings) -> None:
    with opened(settings, authentication="off") as shop:
        assert shop.send("GET", "/v1/audit").status_code == 200
        assert shop.send("GET", "/v1/audit", "read").status_code == 403
        assert shop.send("GET", "/v1/orders", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_a_database_that_is_away_is_not_taken_for_a_bad_key(settings: Settings) -> None:
    with opened(settings) as shop:
        tamper(settings, "DROP TABLE api_key")
        answer = shop.send("GET", "/v1/orders", "read")
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/storage-unavailable")


# --- what a process remembers -------------------------------------------------------------------------
GOOD = ApiKey("id", "till", frozenset({Scope.READ}), datetime(2026, 11, 21, tzinfo=UTC))


def test_a_key_is_believed_for_so_long_and_then_looked_up_again() -> None:
    now = [0.0]
    known = KnownKeys(lambda: now[0])
    known.remember("good", GOOD)
    known.remember("bad", None)
    for seconds in (0.0, REMEMBERED_SECONDS - 0.1, REMEMBERED_SECONDS, 9.0):
        now[0] = seconds
        is_fresh = seconds < REMEMBERED_SECONDS
        assert known.recall("good") == Remembered(GOOD, is_fresh)
        assert known.recall("bad") == Remembered(None, is_fresh)
    assert known.recall("other") is None


def test_while_nobody_answers_a_good_key_goes_on_for_so_long_unless_it_expires() -> None:
    now = [0.0]
    known = KnownKeys(lambda: now[0])
    known.remember("good", GOOD)
    known.remember("expired", replace(GOOD, expires_at=GOOD.created_at))
    known.remember("bad", None)
    assert [known.go_on_with(key) for key in ("good", "expired", "bad", "other")] == [GOOD, None, None, None]
    now[0] = UNANSWERED_SECONDS - 1
    assert known.go_on_with("good") == GOOD
    now[0] = UNANSWERED_SECONDS
    assert known.go_on_with("good") is None
    known.remember("good", None)
    now[0] = 0.0
    assert known.go_on_with("good") is None


def test_only_so_many_unknown_keys_are_remembered_and_they_push_no_good_one_out() -> None:
    known = KnownKeys(most=3)
    known.remember("good", GOOD)
    for number in range(10):
        known.remember(f"bad {number}", None)
    assert [known.recall(f"bad {number}") is not None for number in (0, 6, 7, 9)] == [
        False,
        False,
        True,
        True,
    ]
    assert known.recall("good") is not None


def _routes(owner: Any) -> Iterator[Route]:
    """Every route, those of included routers as well."""
    for route in owner.routes:
        if isinstance(route, Route):
            yield route
        else:
            yield from _routes(route.original_router)
