"""Waiting for a job that does not get done: it says so, and does not wait for ever."""

import pytest

from nodewise_client import JobNotDone, Nodewise, WaitedTooLong
from tests.client.conftest import QUICK
from tests.client.failing_server import FailingServer, Given


def job(state: str) -> Given:
    problem = {"detail": "the database was away"} if state == "failed" else None
    return Given(200, {"id": "7", "state": state, "done": 3, "total": 9, "problem": problem, "message": ""})


@pytest.mark.parametrize("state", ["failed", "canceled"])
def test_a_job_that_ended_otherwise_is_an_error_with_the_job(failing: FailingServer, state: str) -> None:
    failing.answers = [job("queued"), job("running"), job(state)]
    seen: list[str] = []
    with Nodewise(failing.url, retries=QUICK) as nodewise, pytest.raises(JobNotDone) as ended:
        nodewise.wait("7", progress=lambda one: seen.append(one["state"]))
    assert seen == ["queued", "running", state]
    assert ended.value.job["done"] == 3
    assert ("the database was away" in str(ended.value)) == (state == "failed")


def test_it_is_waited_for_no_longer_than_said(failing: FailingServer) -> None:
    failing.answers = [job("running")]
    with (
        Nodewise(failing.url, retries=QUICK) as nodewise,
        pytest.raises(WaitedTooLong, match="3 of 9"),
    ):
        nodewise.wait("7", timeout=0.2)
