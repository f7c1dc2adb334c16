"""Headers on every answer that keep a browser from doing anything clever with it."""

import httpx
import pytest

from api.settings import Settings
from tests.api.support import key, running

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/orders", 200),
        ("/v1/orders/nobody", 404),
        ("/v1/orders?x=1", 422),
        ("/docs", 200),
        ("/static/page.css", 200),
        ("/problems/validation", 200),
        ("/openapi.json", 200),
        ("/health", 200),
        ("/nothing", 404),
    ],
)
def test_every_answer_has_them(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (answer.headers.get("Cache-Control") == "no-store") == path.startswith("/v1")


def test_a_fault_of_ours_and_a_body_that_is_too_large_have_them_too(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr("api.orders.reading.read_order", fail)
    with running(settings.model_copy(update={"max_body_bytes": 1_024})) as client:
        answers = [client.get("/v1/orders/1"), client.post("/v1/orders", content=b" " * 2_000, headers=key())]
    assert [answer.status_code for answer in answers] == [500, 413]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert answer.headers["Cache-Control"] == "no-store"
