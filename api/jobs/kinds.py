"""What a kind of job is, for whoever adds one. It knows neither the queue nor how progress is kept.

A kind has a name, a typed input, and a function that does the work in steps:

    class Sent(BaseModel):
        days: int

    def purge(work: Work[Sent]) -> Steps:
        for day in range(work.done, work.input.days):
            forget(day)
            yield Step(day + 1, f"day {day + 1}")
        return {"days": work.input.days}

    PURGE = JobKind("purge", Sent, total=lambda sent: sent.days, run=purge)

Between two steps a job can be canceled, or put back when its worker stops; so a step is short (a second, not
a minute). A worker can die at any instant: then the function runs again with the `done` that was kept last,
which may be a few steps behind. A step done twice has to have one effect: whatever it writes is written under
`work.part(number)`, or is such that a second time changes nothing.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel

from api.edge.idempotency import Call, part
from api.edge.scopes import Caller, Scope
from api.settings import Settings
from storage.audit import Act, Actor
from storage.database import Database

KindName = Literal["source-orders", "reconcile-ledger", "forecast-run", "forecast-watch"]
"""Every kind there is, as the API names them."""

Input = TypeVar("Input", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What came of one item: a status as of HTTP, and a JSON document as text."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Step:
    """So many are `done` now. A kind with items gives the outcome of item number `done - 1` with it."""

    done: int
    message: str = ""
    outcome: ItemOutcome | None = None


Steps = Generator[Step, None, Mapping[str, object]]
"""Yields after each step; returns the job's result."""


@dataclass(frozen=True, slots=True)
class Work(Generic[Input]):
    """A job as its function gets it. `done` steps were kept by an earlier run: begin behind them."""

    job: str
    kind: KindName
    input: Input
    done: int
    database: Database
    settings: Settings

    def part(self, number: int) -> Call:
        """The idempotency key of one item of the job: the same in every run."""
        actor = Actor("job", self.job)
        act = Act(actor, "JOB", self.kind, subject="", request_id="")
        return part(Call("job", self.job, "", Caller(actor, frozenset(Scope)), act), number)


@dataclass(frozen=True, slots=True)
class JobKind(Generic[Input]):
    """A kind of job: `total` says how many steps an input will take."""

    name: KindName
    input: type[Input]
    total: Callable[[Input], int]
    run: Callable[[Work[Input]], Steps]
