"""Availability as shown."""

from datetime import date, datetime

from pydantic import BaseModel, Field


class Arrival(BaseModel):
    """An inbound: units on their way, and how many of them are promised already."""

    source: str = Field(examples=["PO-881"])
    earliest: date = Field(examples=["2026-11-27"])
    pool: str = Field(examples=["common"])
    quantity: int = Field(examples=[48])
    reserved: int = Field(examples=[0])


class Availability(BaseModel):
    """One sku at one node. A node that is off keeps its stock, and nothing of it is available."""

    sku: str = Field(examples=["K-17"])
    node: str = Field(examples=["LON1"])
    node_is_on: bool = Field(examples=[True])
    on_hand: int = Field(description="Sellable units in the node", examples=[12])
    reserved: int = Field(description="Units of them that orders hold", examples=[3])
    safety_stock: int = Field(description="Units of them held back from promising", examples=[1])
    available: int = Field(description="Units that may be reserved now", examples=[8])
    inbound: list[Arrival]


class AvailabilityAnswer(BaseModel):
    """Figures of one instant."""

    as_of: datetime = Field(examples=["2026-11-21T09:30:00Z"])
    items: list[Availability]
