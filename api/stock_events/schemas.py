"""Stock events as sent, and what became of them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.edge.kinds import LARGEST_COUNT, Count, Day, Id, Positive, Reason
from fulfillment.supply import COMMON_POOL, ON_HAND, StockState

MAX_EVENTS = 10_000

State = Annotated[
    StockState,
    Field(description="Which stock: what a node could not find waits in quarantine", examples=["sellable"]),
]


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sku: Id = Field(examples=["K-17"])
    node: Id = Field(examples=["LON1"])
    pool: Id = COMMON_POOL


def _not_on_hand(source: str) -> str:
    if source == ON_HAND:
        raise ValueError(f"{ON_HAND} is stock that is there already; send a count or a correction instead")
    return source


class Inbound(_Event):
    """An announcement: units are on their way. Said again, the newest counts, with its date.

    Units promised on an earlier date stay promised on it, and count as part of the newest quantity.
    """

    kind: Literal["inbound"]
    source: Annotated[Id, AfterValidator(_not_on_hand)] = Field(
        description="Id of the purchase order; a transfer has its own address", examples=["PO-881"]
    )
    earliest: Day
    quantity: Count = Field(examples=[48])


class Receipt(_Event):
    """Units of an announced inbound have arrived; what was promised from it goes with them."""

    kind: Literal["receipt"]
    source: Id = Field(examples=["PO-881"])
    earliest: Day | None = Field(default=None, description="Needed only if the inbound has several dates")
    quantity: Positive = Field(examples=[48])


class WalkInSale(_Event):
    """Units left through the till."""

    kind: Literal["walk_in_sale"]
    quantity: Positive = Field(examples=[1])


class StockCount(_Event):
    """Somebody counted: this many are there."""

    kind: Literal["count"]
    state: State = StockState.SELLABLE
    quantity: Count = Field(examples=[7])
    reason: Reason = ""


class Damage(_Event):
    """Units became damaged stock."""

    kind: Literal["damage"]
    quantity: Positive = Field(examples=[1])
    reason: Reason = ""


class Correction(_Event):
    """Units are added, or removed if negative; needs a reason."""

    kind: Literal["correction"]
    state: State = StockState.SELLABLE
    quantity: int = Field(strict=True, ge=-LARGEST_COUNT, le=LARGEST_COUNT, examples=[-2])
    reason: Annotated[Reason, Field(min_length=1, examples=["Booked twice"])]


Event = Annotated[
    Inbound | Receipt | WalkInSale | StockCount | Damage | Correction, Field(discriminator="kind")
]


class StockEvents(BaseModel):
    """Events in the order they happened; all are recorded, or none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"events": [{"kind": "walk_in_sale", "sku": "K-17", "node": "LON1", "quantity": 1}]}
        },
    )

    events: list[Event] = Field(min_length=1, max_length=MAX_EVENTS)


class Recorded(BaseModel):
    """What became of one event. `shortfall` units of orders are left without stock by it."""

    index: int = Field(examples=[0])
    kind: str = Field(examples=["walk_in_sale"])
    sku: str = Field(examples=["K-17"])
    node: str = Field(examples=["LON1"])
    shortfall: int = Field(examples=[0])
    shortfall_orders: list[str] = Field(examples=[[]])


class StockEventsAnswer(BaseModel):
    recorded: int = Field(examples=[1])
    results: list[Recorded]
