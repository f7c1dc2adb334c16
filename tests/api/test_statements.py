"""How many statements a request takes: each is a round trip, so one more is meant or it is a mistake."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event

from api.settings import Settings
from tests.api.support import key, order
from tests.api.test_price_books import load_book

OF_A_READER, OF_A_WRITER = 6, 14
NOT_COUNTED = ("BEGIN", "PRAGMA")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Those of requests; loops beside them have threads of their own."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "AnyIO" in threading.current_thread().name and not statement.startswith(NOT_COUNTED):
            seen.append(" ".join(statement.split())[:80])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("has_book", [False, True], ids=["no price book", "a price book"])
def test_a_reservation_takes_so_many_statements(
    client: httpx.Client, settings: Settings, has_book: bool
) -> None:
    if has_book:
        load_book(client)
    for name in ("first", "second"):  # what is read once per process is read
        client.post("/v1/orders", json=order(name, ("K-17", 1)), headers=key())
    with statements() as seen:
        reserved = client.post("/v1/orders", json=order("1", ("K-17", 1)), headers=key())
    assert reserved.status_code == 201, reserved.text
    of_the_lock = settings.database_file is None  # writers together hold one on a server
    assert len(seen) == OF_A_READER + OF_A_WRITER + of_the_lock + has_book, "\n".join(seen)
