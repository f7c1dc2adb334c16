"""Entries, shortfalls and findings as shown."""

from datetime import date, datetime

from pydantic import BaseModel, Field


class EntryOut(BaseModel):
    """One line of the book, never altered. It changed a supply row, or a node's day or a slot of it."""

    sequence: int = Field(examples=[812])
    at: datetime = Field(examples=["2026-11-21T09:30:00Z"])
    verb: str = Field(description="What happened", examples=["reserve"])
    order: str | None = Field(examples=["10482"])
    sku: str | None = Field(description="Null for the capacity of a day", examples=["K-17"])
    node: str = Field(examples=["DC1"])
    source: str | None = Field(examples=["on_hand"])
    pool: str | None = Field(examples=["common"])
    stock_state: str | None = Field(examples=["sellable"])
    day: date | None = Field(
        description="The day whose capacity it is, or an inbound arrives", examples=[None]
    )
    slot: str | None = Field(
        default=None,
        exclude_if=lambda slot: slot is None,
        description="The slot of the day whose capacity it is; left out of a whole day and of stock",
        examples=["morning"],
    )
    quantity_change: int = Field(description="Units of the row, or of the day's limit", examples=[0])
    reserved_change: int = Field(description="Units reserved, or used of the day", examples=[2])
    note: str = Field(examples=[""])


class ShortfallOut(BaseModel):
    """Units of a claim that a fact has left without stock."""

    order: str = Field(examples=["10482"])
    revision: int = Field(description="Of the order; reassign asks for it", examples=[2])
    line: str = Field(examples=["1"])
    claim: str = Field(examples=["10482-0001"])
    sku: str = Field(examples=["K-17"])
    node: str = Field(examples=["LON1"])
    pool: str = Field(examples=["common"])
    source: str = Field(examples=["on_hand"])
    state: str = Field(examples=["allocated"])
    quantity: int = Field(description="Units without stock", examples=[1])
    promised_by: datetime | None = Field(examples=[None])
    movable: bool = Field(
        description="Whether it can be reassigned, or is frozen at its node", examples=[True]
    )


class Findings(BaseModel):
    """What does not follow from entries and claims, in words; empty if the books balance."""

    as_of: datetime = Field(examples=["2026-11-21T09:30:00Z"])
    balanced: bool = Field(examples=[True])
    findings: list[str] = Field(examples=[[]])
