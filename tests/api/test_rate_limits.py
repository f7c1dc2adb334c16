"""How often: the headers, the refusal, who is counted together, and what guessing keys comes to."""

import re
import time

import httpx
import pytest

from api.access import gate, rate_limits
from api.access.rate_limits import RateLimit
from api.settings import Settings
from tests.api.support import database_of, running, tamper
from tests.api.test_access import opened

LEFT = re.compile(r'"(requests|failures)";r=(\d+);t=(\d+)')


def left(answer: httpx.Response) -> int:
    found = LEFT.fullmatch(answer.headers["RateLimit"])
    assert found
    assert 1 <= int(found[3]) <= 60
    return int(found[2])


def test_every_answer_says_the_rule_and_what_is_left_of_it(settings: Settings) -> None:
    with opened(settings, requests_per_minute=20) as shop:
        seen = []
        for method, path, status in (
            ("GET", "/v1/orders", 200),
            ("GET", "/v1/orders/nobody", 404),
            ("DELETE", "/v1/orders", 405),
            ("POST", "/v1/orders", 422),
            ("GET", "/v1/audit", 403),
        ):
            answer = shop.send(method, path, "read")
            assert answer.status_code == status
            assert answer.headers["RateLimit-Policy"] == '"requests";q=20;w=60'
            seen.append(left(answer))
        assert seen == sorted(seen, reverse=True)
        assert seen[0] - seen[-1] == 4  # one comes back in three seconds
        assert "RateLimit" not in shop.send("GET", "/health").headers


def test_a_key_that_asks_too_often_is_told_when_to_come_again_and_no_other_key(settings: Settings) -> None:
    with opened(settings, requests_per_minute=3) as shop:
        statuses = [shop.send("GET", "/v1/orders", "read").status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        refused = shop.send("GET", "/v1/orders", "read")
        assert refused.json()["type"] == "/problems/rate-limited"
        assert refused.json()["retry"] == "same-key"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert left(refused) == 0
        assert refused.headers["Cache-Control"] == "no-store"
        assert shop.send("GET", "/v1/orders", "plan").status_code == 200
        for path in ("/health", "/ready"):
            assert {shop.send("GET", path).status_code for _ in range(5)} == {200}


def test_whoever_needs_no_key_is_counted_by_address(settings: Settings) -> None:
    with opened(settings, authentication="off", requests_per_minute=3) as shop:
        assert [shop.send("GET", "/v1/orders").status_code for _ in range(4)] == [200, 200, 200, 429]
        assert shop.send("GET", "/v1/orders", "read").status_code == 200


def test_nothing_is_counted_if_the_limit_is_none(settings: Settings) -> None:
    with opened(settings, requests_per_minute=0) as shop:
        assert "RateLimit" not in shop.send("GET", "/v1/orders", "read").headers


def guess(number: int) -> dict[str, str]:
    return {"Authorization": f"Bearer nw_{number:016x}_{'A' * 43}"}


def test_whoever_guesses_is_refused_and_keeps_no_good_key_of_the_same_address_out(settings: Settings) -> None:
    with opened(settings, failures_per_minute=5) as shop:
        assert shop.send("GET", "/v1/orders", "read").status_code == 200
        told = [shop.send("GET", "/v1/orders", headers=guess(n)) for n in range(8)]
        assert [answer.status_code for answer in told] == [401] * 5 + [429] * 3
        assert told[-1].headers["RateLimit-Policy"] == '"failures";q=5;w=60'
        assert int(told[-1].headers["Retry-After"]) >= 1
        assert shop.send("GET", "/v1/orders", "read").status_code == 200
        assert shop.send("GET", "/v1/orders", "plan").status_code == 200  # which was never seen before


def test_a_request_without_a_key_guesses_nothing(settings: Settings) -> None:
    with opened(settings, failures_per_minute=5) as shop:
        assert {shop.send("GET", "/v1/orders").status_code for _ in range(20)} == {401}
        assert shop.send("GET", "/v1/orders", headers=guess(1)).status_code == 401
        assert shop.send("GET", "/v1/orders", "read").status_code == 200


def test_only_so_many_guesses_wait_to_be_looked_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(settings, failures_per_minute=1) as shop:
        shop.send("GET", "/v1/orders", headers=guess(0))
        monkeypatch.setattr(gate, "MOST_GUESSES", 0)
        tamper(settings, "DROP TABLE api_key")  # which is not asked
        refused = shop.send("GET", "/v1/orders", headers=guess(1))
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/rate-limited")
        assert "RateLimit" in refused.headers


def test_a_window_slides() -> None:
    limit = RateLimit("requests", 2)
    assert [limit.take("a").is_open for _ in range(3)] == [True, True, False]
    assert not limit.look("a").is_open
    assert limit.look("b").is_open
    assert limit.take("b").left == 1


def test_who_does_not_come_again_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = RateLimit("requests", 2)
    for number in range(50):
        limit.take(f"address {number}")
    counts = limit._counts
    assert len(counts.storage) == 50
    real, monotonic = time.time, time.monotonic
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: real() + 200)
    monkeypatch.setattr(rate_limits.time, "monotonic", lambda: monotonic() + 200)
    limit.take("another")
    assert len(counts.storage) == 1
    assert len(counts.expirations) == 1


def test_the_first_start_says_how_to_make_a_key(settings: Settings) -> None:
    with running(settings.model_copy(update={"authentication": "keys"})) as client:
        assert client.get("/v1/orders").status_code == 401
    with database_of(settings.database_url) as database, database.reading() as stores:
        assert not stores.api_keys.any()
