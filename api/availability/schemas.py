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


class OfComponent(BaseModel):
    """A component of a kit at the node: units of it, not of the kit."""

    sku: str = Field(examples=["T-03"])
    per_kit: int = Field(description="Units of it in one kit", examples=[2])
    on_hand: int = Field(examples=[40])
    available: int = Field(examples=[34])


class Availability(BaseModel):
    """One sku at one node. A node that is off keeps its stock, and nothing of it is available.

    Of a kit, the kits that its components suffice for there: what is there, what orders and safety stock
    leave of it. Units to come are told of the components themselves.
    """

    sku: str = Field(examples=["K-17"])
    node: str = Field(examples=["LON1"])
    node_is_on: bool = Field(examples=[True])
    on_hand: int = Field(description="Sellable units in the node", examples=[12])
    reserved: int = Field(description="Units of them that orders hold", examples=[3])
    safety_stock: int = Field(description="Units of them held back from promising", examples=[1])
    held: int = Field(
        default=0,
        exclude_if=lambda held: held == 0,
        description="Units of them held for higher tiers than the one asked for; left out where none are",
        examples=[2],
    )
    available: int = Field(description="Units that may be reserved now", examples=[8])
    kept_out: str = Field(
        default="",
        exclude_if=lambda rule: not rule,
        description="The rule by which orders of the channel do not ship from the node: nothing is available "
        "there; left out where they may",
        examples=["online from DCs"],
    )
    inbound: list[Arrival]
    components: list[OfComponent] = Field(
        default=[], exclude_if=lambda components: not components, description="Of a kit only"
    )


class AvailabilityAnswer(BaseModel):
    """Figures of one instant."""

    as_of: datetime = Field(examples=["2026-11-21T09:30:00Z"])
    items: list[Availability]
