"""Transfers as sent and as shown."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from api.edge.kinds import Day, Id, Positive
from fulfillment.supply import COMMON_POOL


class TransferIn(BaseModel):
    """Units sent from one node to another. Only free units can go; what orders hold stays."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "example": {
                "id": "TR-7",
                "sku": "K-17",
                "from": "DC1",
                "to": "LON1",
                "quantity": 6,
                "arrives": "2026-11-23",
            }
        },
    )

    id: Id = Field(examples=["TR-7"])
    sku: Id = Field(examples=["K-17"])
    from_node: Id = Field(alias="from", examples=["DC1"])
    to_node: Id = Field(alias="to", examples=["LON1"])
    pool: Id = Field(default=COMMON_POOL, description="Whose units they are, and stay")
    quantity: Positive = Field(examples=[6])
    arrives: Day


class ReceiptIn(BaseModel):
    """How many units have arrived; all that are still to come, if it is not said."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"example": {"quantity": 6}})

    quantity: Positive | None = Field(default=None, examples=[6])


class TransferOut(BaseModel):
    """A transfer as it stands."""

    model_config = ConfigDict(serialize_by_alias=True)

    id: str = Field(examples=["TR-7"])
    sku: str = Field(examples=["K-17"])
    from_node: str = Field(serialization_alias="from", examples=["DC1"])
    to_node: str = Field(serialization_alias="to", examples=["LON1"])
    pool: str = Field(examples=["common"])
    quantity: int = Field(description="Units sent", examples=[6])
    received: int = Field(description="Units that have arrived", examples=[0])
    arrives: date = Field(examples=["2026-11-23"])
    sent_at: datetime = Field(examples=["2026-11-21T09:30:00Z"])
    state: str = Field(description="on_its_way, or arrived when nothing is to come", examples=["on_its_way"])
