"""The page on webhooks says what the code does: types, fields, schedule, and an example that verifies."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from api.events.payloads import MOST_LISTED, TYPES, OrderMoved
from api.events.schemas import EventOut
from api.webhooks.schedule import ATTEMPTS_AFTER, EXPIRES_AFTER, OFF_AFTER
from api.webhooks.service import OLD_SECRET_FOR
from api.webhooks.signing import signed_headers
from fulfillment.events import EventType
from tests.api.support import ROOT

PAGE = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_every_type_of_event_stands_on_the_page_with_what_it_means() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (\w+) \| (\w+) \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows == [(kind.value, of.subject, of.data.__name__, of.meaning) for kind, of in TYPES.items()]
    assert list(TYPES) == list(EventType)


@pytest.mark.parametrize(
    "data", dict.fromkeys(of.data for of in TYPES.values()), ids=lambda data: data.__name__
)
def test_every_field_of_an_event_stands_on_the_page(data: type[BaseModel]) -> None:
    section = PAGE.split(f"### {data.__name__}\n")[1].split("\n#")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(data.model_fields)


def test_the_example_is_an_event() -> None:
    shown = json.loads(block("json"))
    event = EventOut.model_validate(shown)
    assert list(shown) == list(EventOut.model_fields)
    assert OrderMoved.model_validate(event.data).model_dump(mode="json") == event.data


def test_the_receiver_on_the_page_takes_what_is_signed_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = block("python")
    secret = re.search(r"whsec_[\w=+/]+", code)
    assert secret
    names: dict[str, Any] = {}
    exec(code, names)
    body = json.dumps(json.loads(block("json")))
    headers = signed_headers("evt_1", body, [secret[0]], at=datetime.now(UTC))
    assert names["receive"](body.encode(), headers) == 204
    assert capsys.readouterr().out == "order.confirmed 10482\n"
    assert names["receive"](body.replace("10482", "10483").encode(), headers) == 401
    old = signed_headers("evt_1", body, [secret[0]], at=datetime(2026, 1, 1, tzinfo=UTC))
    assert names["receive"](body.encode(), old) == 401


def test_the_figures_on_the_page_are_those_of_the_code() -> None:
    waits = [int(wait.total_seconds()) for wait in ATTEMPTS_AFTER]
    told = [5, 5 * 60, 30 * 60, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24))]
    assert waits == told
    words = " ".join(PAGE.split())
    assert "5 seconds later, then after 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours" in words
    assert OFF_AFTER.days == EXPIRES_AFTER.days == 5
    assert "failed for **5 days**" in words
    assert OLD_SECRET_FOR.total_seconds() == 24 * 3600
    assert f"at most {MOST_LISTED} entries" in words
