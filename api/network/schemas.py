"""Rows of the network as files hold them. Money is decimal major units; weights are grams."""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from api.edge.kinds import Count, Flag, Id, Latitude, Longitude, Name, Positive, Reason, TimeZone, Units
from api.edge.money import Amount, AmountPerKg
from fulfillment.kits import MAX_COMPONENTS


def _from_cell(value: Any, info: ValidationInfo) -> Any:
    """In a CSV "K-17:1;T-03:2" is a mapping; the last colon parts a sku from its units."""
    if not (info.context and isinstance(value, str)):
        return value
    found: dict[str, str] = {}
    for part in value.split(";"):
        sku, _, units = (text.strip() for text in part.rpartition(":"))
        if not sku or sku in found:
            raise ValueError(f'"{part}" {"is twice there" if sku else "is not of the form SKU:UNITS"}')
        found[sku] = units
    return found


Components = Annotated[dict[Id, Units], Field(max_length=MAX_COMPONENTS), BeforeValidator(_from_cell)]
Kind = Literal["dc", "store", "dark_store", "vendor", "pickup_point", "locker"]


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NodeRow(Row):
    """A place that holds stock or hands goods over."""

    id: Id = Field(examples=["LON1"])
    name: Name = Field(examples=["London Oxford Street"])
    kind: Kind = Field(examples=["store"])
    latitude: Latitude
    longitude: Longitude
    time_zone: TimeZone
    labor_per_order: Amount = Field(examples=["0.80"])
    labor_per_line: Amount = Field(examples=["0.25"])
    labor_per_unit: Amount = Field(examples=["0.05"])
    units_per_day: Count = Field(description="Units it can pick in one local day", examples=[400])
    priority: Positive = Field(description="1 is first in the static priority rule", examples=[4])
    is_on: Flag | None = Field(
        default=None, description="Leave out to keep what it is; new nodes are on", examples=[True]
    )
    off_reason: Reason = Field(default="", examples=[""])


class ZoneRow(Row):
    """Destinations that share rates."""

    id: Id = Field(examples=["UK-SE"])
    name: Name = Field(examples=["South East"])
    latitude: Latitude
    longitude: Longitude


class SkuRow(Row):
    """The item as sold. With components it is a kit: its stock is theirs."""

    id: Id = Field(examples=["K-17"])
    name: Name = Field(examples=["Enamel kettle, 1.7 l"])
    weight_grams: Positive | None = Field(
        default=None, description="Only a kit may leave it out: the sum of its components", examples=[900]
    )
    price: Amount = Field(examples=["24.99"])
    unit_cost: Amount = Field(examples=["9.80"])
    lost_sale_value: Amount | None = Field(
        default=None, description="What one unfilled unit costs; price less unit cost if left out"
    )
    case_pack: Positive = Field(default=1, examples=[6])
    components: Components | None = Field(
        default=None,
        description="Units of each sku in one kit; in a CSV K-17:1;T-03:2. "
        "Leave out to keep what it is; {} makes a kit an ordinary sku",
        examples=[{"K-17": 1, "T-03": 2}],
    )

    @model_validator(mode="after")
    def _margin_is_not_negative(self) -> "SkuRow":
        if self.lost_sale_value is None and self.unit_cost > self.price:
            raise ValueError(
                f"unit_cost {self.unit_cost} is above price {self.price}: give lost_sale_value, 0 or more"
            )
        return self

    @field_validator("components")
    @classmethod
    def _is_not_in_itself(cls, components: Components | None, info: ValidationInfo) -> Components | None:
        if components and info.data.get("id") in components:
            raise ValueError(f"names {info.data['id']} itself: name the skus it is packed from")
        return components


class SkuItem(SkuRow):
    """A sku as listed."""

    weight_grams: Positive = Field(examples=[900])
    components: Components | None = Field(
        default=None,
        exclude_if=lambda components: not components,
        description="Of a kit only: units of each sku in one of it",
        examples=[{"K-17": 1, "T-03": 2}],
    )


class RateRow(Row):
    """What one carrier service bills from a node to a zone."""

    service: Id = Field(examples=["ground"])
    origin: Id = Field(examples=["LON1"])
    zone: Id = Field(examples=["UK-SE"])
    per_package: Amount = Field(examples=["3.10"])
    per_kg: AmountPerKg = Field(examples=["0.42"])
    package_limit_grams: Positive = Field(examples=[20000])


class NodeSwitch(Row):
    """Turns a node on or off. A node that is off keeps its stock and sources nothing."""

    is_on: bool = Field(strict=True, examples=[False])
    off_reason: Reason = Field(
        default="", description="Needed to turn a node off", examples=["Flood"], validate_default=True
    )

    @field_validator("off_reason")
    @classmethod
    def _off_needs_a_reason(cls, off_reason: str, info: ValidationInfo) -> str:
        if info.data.get("is_on") is False and not off_reason.strip():
            raise ValueError("is missing: a node is turned off with a reason")
        return off_reason
