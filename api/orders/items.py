"""One order, or one move of an order, of many: answered exactly as the single call would have been.

Whoever has many of them (a bulk call, a job) gives each a key of its own and goes on after a refusal.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from api.edge.answers import Answer
from api.edge.fields import field_error
from api.edge.idempotency import Call
from api.edge.refusals import unprocessable, writing_problem
from api.logs import log
from api.orders import lifecycle, sourcing
from api.orders.schemas import (
    NodeSelectionIn,
    OrderIn,
    RejectionIn,
    ReturnIn,
    RevisionIn,
    SelectionIn,
)
from api.problems import INTERNAL, type_of
from api.settings import Settings
from storage.database import Database
from storage.errors import StorageUnavailable

Verb = Literal[
    "confirm",
    "cancel",
    "send-to-node",
    "pick",
    "make-ready",
    "reject",
    "ship",
    "collect",
    "not-collected",
    "return",
]
Sent = TypeVar("Sent", bound=BaseModel)
Move = Callable[[Database, Call, str, Any], Answer]

MOVES: Mapping[str, tuple[type[BaseModel], Move]] = {
    "confirm": (RevisionIn, lifecycle.confirm),
    "cancel": (SelectionIn, lifecycle.cancel),
    "send-to-node": (NodeSelectionIn, lifecycle.send_to_node),
    "pick": (SelectionIn, lifecycle.pick),
    "make-ready": (SelectionIn, lifecycle.make_ready),
    "reject": (RejectionIn, lifecycle.reject),
    "ship": (SelectionIn, lifecycle.ship),
    "collect": (SelectionIn, lifecycle.collect),
    "not-collected": (SelectionIn, lifecycle.not_collected),
    "return": (ReturnIn, lifecycle.take_back),
}
"""Each verb with the body of its address `POST /v1/orders/{order}/{verb}`, and what it does."""


class MoveIn(BaseModel):
    """One move of one order; `selection` is the body of the address of the verb."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(examples=["10482"])
    verb: Verb = Field(examples=["ship"])
    selection: dict[str, Any] | None = Field(default=None, examples=[{"node": "LON1"}])


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """Status and body, as JSON text, of one item."""

    status: int
    body: str


def source_item(
    database: Database, settings: Settings, call: Call, sent: Mapping[str, Any], *, request_id: str
) -> ItemAnswer:
    """What `POST /v1/orders` answers to this body, under the item's own key.

    Raises
    ------
    StorageUnavailable
        The database is away: no answer is worth keeping.
    """

    def run() -> Answer:
        order = _read(OrderIn, sent)
        if order.mode == "quote":
            return sourcing.quote(database, settings, order)
        if order.mode == "shadow":
            return sourcing.shadow(database, settings, call, order)
        return sourcing.reserve(database, settings, call, order)

    return _answered(run, instance="/v1/orders", request_id=request_id)


def move_item(database: Database, call: Call, sent: Mapping[str, Any], *, request_id: str) -> ItemAnswer:
    """What `POST /v1/orders/{order}/{verb}` answers to this selection, under the item's own key.

    Raises
    ------
    StorageUnavailable
        The database is away: no answer is worth keeping.
    """

    def run() -> Answer:
        wanted = _read(MoveIn, sent)
        schema, move = MOVES[wanted.verb]
        return move(database, call, wanted.order, _read(schema, wanted.selection or {}))

    instance = f"/v1/orders/{sent.get('order', '')}/{sent.get('verb', '')}"
    return _answered(run, instance=instance, request_id=request_id)


def _read(schema: type[Sent], sent: Mapping[str, Any]) -> Sent:
    """The body as the framework would have read it, or refused it."""
    try:
        return schema.model_validate(sent)
    except ValidationError as error:
        problems = ({**problem, "loc": ("body", *problem["loc"])} for problem in error.errors())
        raise unprocessable([field_error(problem) for problem in problems]) from error


def _answered(run: Callable[[], Answer], *, instance: str, request_id: str) -> ItemAnswer:
    try:
        given = run()
        return ItemAnswer(given.status, given.body)
    except StorageUnavailable:
        raise
    except Exception as error:
        if type_of(error) is INTERNAL:  # the others get their answers all the same
            log.error("item_failed", instance=instance, exc_info=error)
        status, problem = writing_problem(error, instance=instance, request_id=request_id)
        return ItemAnswer(status, json.dumps(problem))
