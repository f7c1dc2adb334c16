"""Price books as files hold them, and as they are shown. Amounts are decimal major units."""

from datetime import datetime
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.edge.cells import rows_from_cell
from api.edge.kinds import Id, Positive, Reason
from api.edge.money import Amount
from fulfillment.price_book import MAX_STEPS

ADDRESSES = ("active", "import")
"""What stands where a version would stand in an address, and so can be the name of none."""


class Step(BaseModel):
    """The units up to `up_to`, where little is left, have this price each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    up_to: Positive = Field(examples=[5])
    price: Amount = Field(examples=["2.00"])


def _rising_and_falling(steps: list[Step]) -> list[Step]:
    for number, (before, after) in enumerate(pairwise(steps), start=2):
        if after.up_to <= before.up_to:
            raise ValueError(f"step {number} is up to {after.up_to} units, as the one before or fewer")
        if after.price >= before.price:
            raise ValueError(
                f"step {number} does not lower the price: the more units are left, the less each is worth"
            )
    return steps


class StockPriceRow(BaseModel):
    """What a sku is worth at a node, by the units left; units beyond the last step are free."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    node: Id = Field(examples=["LON1"])
    sku: Id = Field(examples=["K-17"])
    steps: Annotated[
        list[Step],
        Field(min_length=1, max_length=MAX_STEPS, description="Rising in units, falling in price"),
        rows_from_cell("up_to", "price", form="UNITS:PRICE"),
        AfterValidator(_rising_and_falling),
    ]


class WithdrawalIn(BaseModel):
    """Why the book is not to be used any more."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"example": {"reason": "Made from last week's stock"}}
    )

    reason: Annotated[Reason, Field(min_length=1, examples=["Made from last week's stock"])]


class WithdrawalOut(BaseModel):
    at: datetime = Field(examples=["2026-11-21T09:30:00Z"])
    by: str = Field(description="Public id of the API key", examples=["3f9a0c51d2e84b76"])
    by_name: str = Field(examples=["planner"])
    reason: str = Field(examples=["Made from last week's stock"])


class PriceBookOut(BaseModel):
    """A price book. Its prices have an address of their own."""

    version: str = Field(examples=["2026-11-21"])
    state: str = Field(
        description="active: in force; stale: in force, and past valid_until, so not used; superseded: "
        "another was loaded since; withdrawn",
        examples=["active"],
    )
    made_at: datetime = Field(examples=["2026-11-21T02:00:00Z"])
    valid_until: datetime = Field(examples=["2026-11-22T06:00:00Z"])
    stocks: int = Field(description="Stocks (a sku at a node) with a price", examples=[41_200])
    loaded_at: datetime = Field(examples=["2026-11-21T02:10:00Z"])
    loaded_by: str = Field(description="Public id of the API key", examples=["3f9a0c51d2e84b76"])
    loaded_by_name: str = Field(examples=["planner"])
    withdrawn: WithdrawalOut | None = Field(description="Null unless it was")
    has_prices: bool = Field(
        description="False once it cannot be used again, and its prices were forgotten", examples=[True]
    )
