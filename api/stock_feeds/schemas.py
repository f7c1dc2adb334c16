"""Stock feeds and their messages as sent, and what became of them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.edge.kinds import LARGEST_COUNT, Count, Id, Instant
from fulfillment.supply import COMMON_POOL

MAX_SNAPSHOT_ROWS = 50_000
MAX_DELTA_ROWS = 10_000
LARGEST_SEQUENCE = 2**53 - 1  # more is not told apart by every reader of JSON
MAX_NODES = 1_000

Sequence = Annotated[
    int,
    Field(
        strict=True,
        ge=1,
        le=LARGEST_SEQUENCE,
        description="One more than that of the feed's message before",
        examples=[17],
    ),
]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FeedIn(_Sent):
    """Whose stock the feed tells: of these nodes, in one pool."""

    model_config = ConfigDict(json_schema_extra={"example": {"nodes": ["LON1"]}})

    nodes: list[Id] = Field(
        max_length=MAX_NODES, description="None puts a known feed at rest", examples=[["LON1"]]
    )
    pool: Id = Field(default=COMMON_POOL, description="common, or the channel whose ring-fence it tells")
    first_sequence: Sequence = Field(default=1, description="Of the first message", examples=[1])

    @model_validator(mode="after")
    def _every_node_once(self) -> Self:
        if len(set(self.nodes)) != len(self.nodes):
            twice = next(node for node in self.nodes if self.nodes.count(node) > 1)
            raise ValueError(f"nodes names {twice} twice")
        return self


class CountedRow(_Sent):
    """Units of one sku that are there."""

    sku: Id = Field(examples=["K-17"])
    node: Id | None = Field(default=None, description="Needed if the feed has several nodes")
    quantity: Count = Field(examples=[7])


class MovedRow(_Sent):
    """Units of one sku that came, or went if negative."""

    sku: Id = Field(examples=["K-17"])
    node: Id | None = Field(default=None, description="Needed if the feed has several nodes")
    change: Annotated[int, Field(strict=True, ge=-LARGEST_COUNT, le=LARGEST_COUNT, examples=[-1])]


class SnapshotIn(_Sent):
    """What was counted at one instant. What Nodewise itself moved after it is added on top."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "sequence": 18,
                "at": "2026-11-21T09:30:00Z",
                "rows": [{"sku": "K-17", "quantity": 7}],
            }
        }
    )

    sequence: Sequence
    at: Instant = Field(description="When it was counted", examples=["2026-11-21T09:30:00Z"])
    full: bool = Field(
        default=False, strict=True, description="True: of skus not named there are none", examples=[False]
    )
    rows: list[CountedRow] = Field(min_length=1, max_length=MAX_SNAPSHOT_ROWS)


class DeltasIn(_Sent):
    """Movements that Nodewise does not know: till sales and deliveries, but no units that it shipped."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "sequence": 17,
                "at": "2026-11-21T09:15:00Z",
                "rows": [{"sku": "K-17", "change": -1}],
            }
        }
    )

    sequence: Sequence
    at: Instant = Field(description="When they were told", examples=["2026-11-21T09:15:00Z"])
    rows: list[MovedRow] = Field(min_length=1, max_length=MAX_DELTA_ROWS)


class Missing(BaseModel):
    """Messages in a row that have not come."""

    first: int = Field(examples=[12])
    last: int = Field(examples=[12])


class Acknowledged(BaseModel):
    """What became of a message. Whatever it is, it need not be sent again."""

    feed: str = Field(examples=["pos-lon1"])
    sequence: int = Field(examples=[17])
    outcome: str = Field(
        description="applied; repeated: it had come; superseded: a later snapshot covers it",
        examples=["applied"],
    )
    rows_applied: int = Field(examples=[1])
    rows_superseded: int = Field(description="Rows that a later snapshot had told already", examples=[0])
    highest: int = Field(description="Highest sequence that has come", examples=[17])
    missing: list[Missing] = Field(description="The first 100 gaps below it", examples=[[]])
    shortfall: int = Field(description="Units of orders that it left without stock", examples=[0])
    shortfall_orders: list[str] = Field(examples=[[]])


class FeedOut(BaseModel):
    """A feed as it stands."""

    id: str = Field(examples=["pos-lon1"])
    nodes: list[str] = Field(examples=[["LON1"]])
    pool: str = Field(examples=["common"])
    first_sequence: int = Field(examples=[1])
    highest: int = Field(description="Highest sequence that has come", examples=[17])
    full_snapshot: int | None = Field(
        description="Sequence of the newest full snapshot: nothing before it counts anymore", examples=[None]
    )
    missing: list[Missing] = Field(description="The first 100 gaps below the highest", examples=[[]])
    missing_messages: int = Field(examples=[0])
    messages: int = Field(description="Messages applied", examples=[17])
    rows_applied: int = Field(examples=[31])
    owed: int = Field(
        description="Units said to have gone that the books did not have; the next to come make up for them",
        examples=[0],
    )
    last_at: datetime | None = Field(description="Newest instant that a message told", examples=[None])
    last_received_at: datetime | None = Field(examples=[None])
