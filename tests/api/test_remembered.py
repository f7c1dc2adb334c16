"""What a process remembers of explanations: each is made once, and failures are not kept."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.explanations.remembered import Remembered
from fulfillment.ids import OrderId, PolicyVersion
from fulfillment.money import Micros
from fulfillment.plan import Plan
from scenarios.explanation import Decision, Explanation
from scenarios.instances import PLACED_AT


def told(name: str) -> Explanation:
    decision = Decision(
        OrderId(name), 1, PolicyVersion("p"), PLACED_AT, Plan((), (), ()), (), True, Micros(0)
    )
    return Explanation(decision, sentence=name, answers=())


def test_two_that_ask_at_once_get_the_one_that_is_made() -> None:
    remembered, may_go, made = Remembered(), threading.Event(), []

    def make() -> Explanation:
        made.append("a")
        assert may_go.wait(10)
        return told("a")

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(remembered.explanation, "digest", make) for _ in range(2)]
        may_go.set()
        one, other = [each.result(10) for each in asked]
    assert one is other
    assert made == ["a"]


def test_of_more_than_there_is_room_for_the_one_asked_for_longest_ago_goes() -> None:
    remembered, made = Remembered(most=2), []

    def ask(name: str) -> None:
        remembered.explanation(name, lambda: made.append(name) or told(name))  # type: ignore[func-returns-value]

    for name in ("a", "b", "a", "c", "a", "b"):
        ask(name)
    assert made == ["a", "b", "c", "b"]


def test_one_that_failed_is_made_again() -> None:
    remembered = Remembered()

    def fail() -> Explanation:
        raise RuntimeError("no luck")

    with pytest.raises(RuntimeError):
        remembered.explanation("digest", fail)
    assert remembered.explanation("digest", lambda: told("a")).sentence == "a"
