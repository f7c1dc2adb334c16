"""The timeline of activations: by hand, and against a model that keeps a stack and a calendar."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.activations import Activation, PolicyState, Timeline, timeline_of
from fulfillment.ids import PolicyVersion

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST = Activation(1, PolicyVersion("A"), effective_at=NOON, made_at=NOON, made_by="nobody")


class Planner:
    """Activates and steps back as the service does, by a clock that it moves."""

    def __init__(self) -> None:
        self.now = NOON
        self.timeline = timeline_of([FIRST])

    def activate(self, version: str, *, minutes: int = 0) -> None:
        self._add(version, self.now + timedelta(minutes=minutes))

    def step_back(self) -> bool:
        version = self.timeline.before(self.now)
        if version is not None:
            self._add(version, self.now, is_step_back=True)
        return version is not None

    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @property
    def active(self) -> str:
        return self.timeline.at(self.now).version

    def state(self, version: str) -> str:
        return self.timeline.state(PolicyVersion(version), self.now)

    def _add(self, version: str, at: datetime, *, is_step_back: bool = False) -> None:
        made = Activation(
            number=len(self.timeline.activations) + 1,
            version=PolicyVersion(version),
            effective_at=at,
            made_at=self.now,
            made_by="nobody",
            is_step_back=is_step_back,
        )
        self.timeline = timeline_of([*self.timeline.activations, made])


@pytest.fixture
def planner() -> Planner:
    return Planner()


def activate_all(planner: Planner, versions: Sequence[str]) -> None:
    for version in versions:
        planner.wait(1)
        planner.activate(version)


def test_two_steps_back_go_two_versions_back_and_not_forth_again(planner: Planner) -> None:
    activate_all(planner, "BC")
    seen = []
    while planner.step_back():
        seen.append(planner.active)
        planner.wait(1)
    assert seen == ["B", "A"]


def test_after_a_step_back_and_something_new_a_step_goes_to_where_that_began(planner: Planner) -> None:
    activate_all(planner, "BC")
    planner.step_back()
    activate_all(planner, "D")
    planner.step_back()
    assert planner.active == "B"
    planner.step_back()
    assert planner.active == "A"


def test_what_was_in_force_twice_is_stepped_through_twice(planner: Planner) -> None:
    activate_all(planner, "BAC")
    seen = [planner.active for _ in range(9) if planner.step_back()]
    assert seen == ["A", "B", "A"]


def test_to_activate_what_is_in_force_is_no_step_of_its_own(planner: Planner) -> None:
    activate_all(planner, "BBB")
    planner.step_back()
    assert planner.active == "A"


def test_while_the_clock_stands_every_activation_was_in_force(planner: Planner) -> None:
    planner.activate("B")
    planner.activate("C")
    assert planner.active == "C"
    planner.step_back()
    assert planner.active == "B"
    planner.step_back()
    assert planner.active == "A"


def test_one_begins_at_its_instant_and_not_before(planner: Planner) -> None:
    planner.activate("B", minutes=10)
    assert (planner.active, planner.state("B")) == ("A", "scheduled")
    assert [one.version for one in planner.timeline.ahead(planner.now)] == ["B"]
    planner.wait(9)
    assert planner.active == "A"
    planner.wait(1)
    assert (planner.active, planner.state("A"), planner.state("B")) == ("B", "retired", "active")
    assert planner.timeline.before(planner.now) == "A"
    assert planner.timeline.ahead(planner.now) == []


def test_one_that_was_replaced_before_it_began_was_never_in_force(planner: Planner) -> None:
    planner.activate("B", minutes=10)
    planner.wait(5)
    planner.activate("A", minutes=5)
    assert planner.state("B") == "draft"
    planner.wait(10)
    assert (planner.active, planner.state("B"), planner.timeline.before(planner.now)) == ("A", "draft", None)


def test_a_step_back_leaves_what_is_scheduled(planner: Planner) -> None:
    activate_all(planner, "B")
    planner.activate("C", minutes=10)
    planner.step_back()
    assert planner.active == "A"
    planner.wait(10)
    assert (planner.active, planner.timeline.before(planner.now)) == ("C", "A")


def test_before_everything_the_first_is_in_force() -> None:
    timeline = timeline_of([FIRST, replace(FIRST, number=2, effective_at=NOON + timedelta(days=1))])
    assert timeline.at(NOON - timedelta(days=9)) == FIRST
    with pytest.raises(ValueError, match="one activation at least"):
        timeline_of([])


def test_the_order_in_which_activations_come_does_not_matter(planner: Planner) -> None:
    planner.activate("B", minutes=3)
    planner.activate("C")
    made = planner.timeline.activations
    assert {timeline_of(one) for one in permutations(made)} == {planner.timeline}


class Model:
    """A stack of what was in force, and a calendar of what is going to be."""

    def __init__(self) -> None:
        self.minute = 0
        self.stack = ["A"]
        self.ever = {"A"}
        self.calendar: dict[int, str] = {}

    def activate(self, version: str, minutes: int) -> None:
        if minutes:
            self.calendar[self.minute + minutes] = version
        else:
            self._begin(version)

    def step_back(self) -> bool:
        if len(self.stack) == 1:
            return False
        self.stack.pop()
        return True

    def wait(self, minutes: int) -> None:
        self.minute += minutes
        for minute in sorted(minute for minute in self.calendar if minute <= self.minute):
            self._begin(self.calendar.pop(minute))

    def state(self, version: str) -> PolicyState:
        if version == self.stack[-1]:
            return PolicyState.ACTIVE
        if version in self.calendar.values():
            return PolicyState.SCHEDULED
        return PolicyState.RETIRED if version in self.ever else PolicyState.DRAFT

    def _begin(self, version: str) -> None:
        self.ever.add(version)
        if self.stack[-1] != version:
            self.stack.append(version)


VERSIONS = "ABCD"
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 3)),
    st.tuples(st.sampled_from(VERSIONS), st.integers(0, 4)),
    st.tuples(st.just("back"), st.just(0)),
)


@given(st.lists(STEPS, max_size=25))
def test_the_timeline_says_what_the_stack_and_the_calendar_say(steps: list[tuple[str, int]]) -> None:
    planner, model = Planner(), Model()
    seen: list[tuple[datetime, str]] = []
    for what, minutes in steps:
        if what == "wait":
            seen.append((planner.now, planner.active))
            planner.wait(minutes)
            model.wait(minutes)
        elif what == "back":
            assert planner.step_back() == model.step_back()
        else:
            planner.activate(what, minutes=minutes)
            model.activate(what, minutes)
        _agree(planner, model)
    # What was in force stays so, whatever was added since.
    assert [(at, planner.timeline.at(at).version) for at, _ in seen] == seen


def _agree(planner: Planner, model: Model) -> None:
    timeline: Timeline = planner.timeline
    assert planner.active == model.stack[-1]
    assert timeline.before(planner.now) == (model.stack[-2] if len(model.stack) > 1 else None)
    assert [one.version for one in timeline.ahead(planner.now)] == [
        model.calendar[minute] for minute in sorted(model.calendar)
    ]
    assert [planner.state(version) for version in VERSIONS] == [model.state(v) for v in VERSIONS]
