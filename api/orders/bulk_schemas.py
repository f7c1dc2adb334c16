"""Many orders, or many moves of orders, as sent in one call, and what is answered of each.

Items are read one by one, so that a bad one is refused alone: here they are any objects.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.orders.schemas import ORDER_EXAMPLE

MAX_BULK_ORDERS = 100
MAX_BULK_MOVES = 500
MAX_JOB_ORDERS = 5_000

_ORDERS = [[ORDER_EXAMPLE]]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BulkOrdersIn(_Sent):
    """Orders, each as `POST /v1/orders` takes it, with its own mode."""

    orders: list[dict[str, Any]] = Field(min_length=1, max_length=MAX_BULK_ORDERS, examples=_ORDERS)


class JobOrdersIn(_Sent):
    """Orders, each as `POST /v1/orders` takes it, with its own mode; more than fit into one answer."""

    orders: list[dict[str, Any]] = Field(min_length=1, max_length=MAX_JOB_ORDERS, examples=_ORDERS)


class BulkMovesIn(_Sent):
    """Moves: `order`, `verb` (`confirm`, `cancel`, `send-to-node` or `ship`), and as `selection` the body
    that the address of the verb takes, or nothing."""

    moves: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=MAX_BULK_MOVES,
        examples=[[{"order": "10482", "verb": "ship", "selection": {"node": "LON1"}}]],
    )


class ItemResult(BaseModel):
    """What the single call would have answered: a problem document, where it was refused."""

    index: int = Field(description="Place of the item in what was sent, from 0", examples=[0])
    status: int = Field(examples=[201])
    body: dict[str, Any] = Field(examples=[{"id": "10482", "revision": 1, "state": "reserved"}])


class BulkResults(BaseModel):
    """One result for each item, in the order in which they were sent."""

    results: list[ItemResult]
