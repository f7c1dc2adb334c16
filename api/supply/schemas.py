"""Supply rows as files hold them, and as lists show them."""

from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.edge.kinds import Count, Day, Id
from fulfillment.supply import COMMON_POOL, ON_HAND


class SupplyRowIn(BaseModel):
    """Units of a sku at a node: on hand, or an inbound that arrives on `earliest`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sku: Id = Field(examples=["K-17"])
    node: Id = Field(examples=["LON1"])
    quantity: Count = Field(examples=[12])
    safety_stock: Count = Field(description="Units held back from promising", examples=[1])
    pool: Id = Field(default=COMMON_POOL, description="common, or the channel whose ring-fence it is")
    source: Id = Field(default=ON_HAND, description="on_hand, or the id of an inbound")
    earliest: Day | None = Field(default=None, description="Date of arrival; of an inbound only")

    @model_validator(mode="after")
    def _only_an_inbound_is_dated(self) -> Self:
        if self.source == ON_HAND and self.earliest is not None:
            raise ValueError("earliest belongs to an inbound: give source its id, or leave earliest out")
        if self.source != ON_HAND and self.earliest is None:
            raise ValueError(f"earliest is missing: when does the inbound {self.source} arrive?")
        return self


class SupplyItem(BaseModel):
    """A supply row with what is reserved from it."""

    sku: str = Field(examples=["K-17"])
    node: str = Field(examples=["LON1"])
    source: str = Field(examples=["on_hand"])
    earliest: date | None = Field(examples=[None])
    pool: str = Field(examples=["common"])
    state: str = Field(examples=["sellable"])
    quantity: int = Field(examples=[12])
    reserved: int = Field(examples=[3])
    safety_stock: int = Field(examples=[1])
    available: int = Field(examples=[8])
