"""What is tried again, under which key, how long it is waited, and what is raised in the end."""

import time

import pytest

from nodewise_client import (
    NEVER,
    Attempt,
    Conflict,
    IllegalTransition,
    InsufficientStock,
    Nodewise,
    NotFound,
    ProblemError,
    RateLimited,
    RequestInFlight,
    Retries,
    ServiceFailed,
    Unavailable,
    UnexpectedAnswer,
    Unreachable,
)
from nodewise_client.models import Order
from tests.client.conftest import QUICK
from tests.client.failing_server import FailingServer, Given

ORDER: Order = {
    "id": "1",
    "lines": [{"id": "1", "sku": "K-17", "quantity": 1}],
    "destination": {"zone": "UK-SE"},
}
DONE = Given(201, {"id": "1", "state": "reserved"})


def problem(slug: str, status: int, retry_after: str = "") -> Given:
    document = {"type": f"/problems/{slug}", "detail": f"it is {slug}", "retry": "same-key", "fix": "Wait"}
    return Given(status, document, {"Retry-After": retry_after} if retry_after else {})


DROPPED = Given(0)
FROM_A_PROXY = Given(502, "<html>bad gateway</html>")


@pytest.mark.parametrize(
    "passing",
    [
        DROPPED,
        FROM_A_PROXY,
        Given(504, "late"),
        problem("storage-unavailable", 503),
        problem("not-ready", 503),
        problem("rate-limited", 429),
        problem("idempotency-in-flight", 409),
    ],
    ids=["dropped", "502", "504", "503", "not-ready", "429", "in-flight"],
)
def test_what_passes_is_tried_again_with_the_same_key_and_the_same_bytes(
    failing: FailingServer, passing: Given
) -> None:
    failing.answers = [passing, passing, DONE]
    with Nodewise(failing.url, retries=QUICK) as nodewise:
        assert nodewise.reserve(ORDER)["state"] == "reserved"
    assert len(failing.came) == 3
    assert len({(one.key, one.content, one.target) for one in failing.came}) == 1
    assert failing.came[0].key


def test_a_key_that_is_given_is_sent_and_each_call_without_one_has_its_own(failing: FailingServer) -> None:
    failing.answers = [DONE]
    with Nodewise(failing.url, retries=QUICK) as nodewise:
        nodewise.reserve(ORDER, key="mine")
        nodewise.reserve(ORDER)
        nodewise.reserve(ORDER)
        nodewise.quote(ORDER)
    keys = [one.key for one in failing.came]
    assert keys[0] == "mine"
    assert keys[3] is None
    assert len(set(keys)) == 4


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (problem("insufficient-stock", 409), InsufficientStock),
        (problem("illegal-transition", 409), IllegalTransition),
        (problem("not-found", 404), NotFound),
        (problem("internal", 500), ServiceFailed),
    ],
    ids=["stock", "transition", "not-found", "internal"],
)
def test_what_does_not_pass_is_raised_at_once(
    failing: FailingServer, refusal: Given, kind: type[ProblemError]
) -> None:
    failing.answers = [refusal]
    with Nodewise(failing.url, retries=QUICK) as nodewise, pytest.raises(kind) as raised:
        nodewise.reserve(ORDER, key="mine")
    assert (len(failing.came), raised.value.attempts) == (1, 1)
    assert raised.value.idempotency_key == "mine"


def test_retry_after_is_waited_out(failing: FailingServer) -> None:
    failing.answers = [problem("rate-limited", 429, "1"), DONE]
    began = time.monotonic()
    with Nodewise(failing.url, retries=QUICK) as nodewise:
        nodewise.reserve(ORDER)
    assert time.monotonic() - began >= 1


def test_a_wait_that_would_outlast_the_deadline_is_not_begun(failing: FailingServer) -> None:
    failing.answers = [problem("rate-limited", 429, "30")]
    began = time.monotonic()
    with (
        Nodewise(failing.url, timeout=10, retries=Retries(seconds=20)) as nodewise,
        pytest.raises(RateLimited) as raised,
    ):
        nodewise.reserve(ORDER)
    assert time.monotonic() - began < 15
    assert raised.value.retry_after == 30
    assert len(failing.came) == 1


@pytest.mark.parametrize(
    ("passing", "kind"),
    [
        (DROPPED, Unreachable),
        (FROM_A_PROXY, Unavailable),
        (problem("rate-limited", 429), RateLimited),
        (problem("idempotency-in-flight", 409), RequestInFlight),
    ],
    ids=["dropped", "502", "429", "in-flight"],
)
def test_after_the_last_try_the_error_has_the_key_to_go_on_with(
    failing: FailingServer, passing: Given, kind: type[ProblemError | Unreachable]
) -> None:
    failing.answers = [passing]
    with Nodewise(failing.url, retries=QUICK) as nodewise, pytest.raises(kind) as raised:
        nodewise.reserve(ORDER)
    assert raised.value.attempts == QUICK.tries == len(failing.came)
    assert raised.value.idempotency_key == failing.came[0].key


def test_with_never_nothing_is_tried_again(failing: FailingServer) -> None:
    failing.answers = [DROPPED]
    with Nodewise(failing.url, retries=NEVER) as nodewise, pytest.raises(Unreachable):
        nodewise.health()
    assert len(failing.came) == 1


def test_the_waits_grow_and_are_bounded() -> None:
    retries = Retries(tries=9, first=0.2, longest=1.0)
    error = Unreachable("gone", why="gone", idempotency_key="", attempts=1)
    waits = [retries.wait(error, attempt=attempt, left=60) for attempt in range(1, 10)]
    assert waits[-1] is None
    for wait, most in zip(waits, (0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0), strict=False):
        assert wait is not None
        assert most / 2 <= wait <= most


def test_what_a_lost_answer_has_removed_already_is_removed(failing: FailingServer) -> None:
    failing.answers = [DROPPED, problem("not-found", 404)]
    with Nodewise(failing.url, retries=QUICK) as nodewise:
        nodewise.remove_webhook("w1")
        with pytest.raises(NotFound):
            nodewise.remove_webhook("w1")


def test_every_try_is_told_to_whoever_observes(failing: FailingServer) -> None:
    failing.answers = [DROPPED, Given(201, {}, {"Idempotent-Replayed": "true", "X-Request-ID": "r1"})]
    seen: list[Attempt] = []
    with Nodewise(failing.url, retries=QUICK, observe=seen.append) as nodewise:
        nodewise.reserve(ORDER, key="mine")
    assert [(one.number, one.status, one.replayed, one.request_id) for one in seen] == [
        (1, 0, False, ""),
        (2, 201, True, "r1"),
    ]
    assert {one.key for one in seen} == {"mine"}


def test_an_answer_of_something_else_is_said_so(failing: FailingServer) -> None:
    failing.answers = [Given(200, "<html>welcome</html>")]
    with Nodewise(failing.url, retries=QUICK) as nodewise, pytest.raises(UnexpectedAnswer, match="200"):
        nodewise.order("1")


def test_a_type_that_is_newer_than_the_client_is_a_problem_still(failing: FailingServer) -> None:
    failing.answers = [problem("of-tomorrow", 418)]
    with Nodewise(failing.url, retries=QUICK) as nodewise, pytest.raises(ProblemError) as raised:
        nodewise.order("1")
    assert type(raised.value) is ProblemError
    assert (raised.value.type, raised.value.status) == ("of-tomorrow", 418)
    assert not isinstance(raised.value, Conflict)


SECRET = "nw_" + "s" * 40


def test_no_text_holds_the_key(failing: FailingServer) -> None:
    failing.answers = [problem("unauthenticated", 401)]
    with Nodewise(failing.url, SECRET, retries=QUICK) as nodewise:
        with pytest.raises(ProblemError) as raised:
            nodewise.order("1")
        told = f"{nodewise!r} {nodewise._transport!r} {raised.value!r} {raised.value} {vars(raised.value)}"
    assert failing.came[0].headers["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in told
    with pytest.raises(ValueError, match="no key has") as refused:
        Nodewise(failing.url, SECRET + "\n")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("url", ["nowhere", "", "http://", "ftp://a", "http://[::1", "http://u:pass@a"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="the address of the service"):
        Nodewise(url)
