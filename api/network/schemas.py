"""Rows of the network as files hold them. Money is decimal major units, weights grams, lengths millimeters.

What a row leaves out has its default, whatever it was before; `is_on` and `components` alone stay as they
were. What a fuller cost model reads is left out where rows are listed, if it is the default.
"""

from decimal import Decimal
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

from api.edge.cells import is_cell, pairs, rows_from_cell
from api.edge.kinds import (
    ClockTime,
    Count,
    Days,
    Divisor,
    Emission,
    Flag,
    Hours,
    Id,
    Latitude,
    Longitude,
    Name,
    Permille,
    Positive,
    Reason,
    Side,
    TimeZone,
    Units,
)
from api.edge.money import Amount, AmountPerKg, Penalty
from api.edge.pointers import OfField
from fulfillment.kits import MAX_COMPONENTS
from fulfillment.network import SURE
from fulfillment.slots import MAX_SLOTS

MAX_BREAKS = 50
_NOTHING = Decimal(0)


def _components_from_cell(value: Any, info: ValidationInfo) -> Any:
    """In a CSV "K-17:1;T-03:2" is a mapping."""
    if not is_cell(value, info):
        return value
    found: dict[str, str] = {}
    for sku, units in pairs(value, form="SKU:UNITS"):
        if sku in found:
            raise ValueError(f'"{sku}" is twice there')
        found[sku] = units
    return found


Components = Annotated[
    dict[Id, Units], Field(max_length=MAX_COMPONENTS), BeforeValidator(_components_from_cell)
]
Kind = Literal["dc", "store", "dark_store", "vendor", "pickup_point", "locker"]


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BreakRow(Row):
    """From so many billed grams of a shipment on, each kilogram is billed so."""

    from_grams: Positive = Field(examples=[5000])
    per_kg: AmountPerKg = Field(examples=["0.30"])


Breaks = Annotated[
    list[BreakRow],
    Field(max_length=MAX_BREAKS),
    rows_from_cell("from_grams", "per_kg", form="GRAMS:PER_KG"),
]


class SlotRow(Row):
    """A part of every local day of a node, and the units it can pick in it."""

    name: Id = Field(examples=["morning"])
    start: ClockTime = Field(examples=["08:00"])
    end: ClockTime = Field(description="HH:MM, 24:00 at the latest", examples=["12:00"])
    units: Count = Field(examples=[40])


_SLOT_FORM = "NAME:START-END:UNITS"


def _slots_from_cell(value: Any, info: ValidationInfo) -> Any:
    """In a CSV "morning:08:00-12:00:40;afternoon:12:00-18:00:60" are rows."""
    if not is_cell(value, info):
        return value
    found = []
    for hours, units in pairs(value, form=_SLOT_FORM):
        began, _, end = hours.rpartition("-")
        name, *start = began.rsplit(":", maxsplit=2)
        if len(start) < 2:
            raise ValueError(f'"{hours}:{units}" is not of the form {_SLOT_FORM}')
        times = {"start": ":".join(start).strip(), "end": end.strip()}
        found.append({"name": name.strip(), **times, "units": units})
    return found


Slots = Annotated[list[SlotRow], Field(max_length=MAX_SLOTS), BeforeValidator(_slots_from_cell)]


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
    units_per_day: Count | None = Field(
        default=None,
        exclude_if=lambda units: units is None,
        description="Units it can pick in one local day; a node has this, or slots",
        examples=[400],
    )
    priority: Positive = Field(description="1 is first in the static priority rule", examples=[4])
    is_on: Flag | None = Field(
        default=None, description="Leave out to keep what it is; new nodes are on", examples=[True]
    )
    off_reason: Reason = Field(default="", examples=[""])
    load_penalty: Penalty = Field(
        default=_NOTHING,
        exclude_if=lambda amount: not amount,
        description="Of a unit picked when the day is full, in proportion before; it steers, is never billed",
        examples=["0.40"],
    )
    pick_success_permille: Permille = Field(
        default=SURE,
        exclude_if=lambda found: found == SURE,
        description="Of 1000 units that are looked for so many are found",
        examples=[970],
    )
    processing_hours: Hours = Field(
        default=0,
        exclude_if=lambda hours: not hours,
        description="From the order to the hand-over",
        examples=[24],
    )
    slots: Slots = Field(
        default=[],
        exclude_if=lambda slots: not slots,
        validate_default=True,
        description="Parts of its local day, in place of units_per_day; in a CSV "
        "morning:08:00-12:00:40;afternoon:12:00-18:00:60",
        examples=[[{"name": "morning", "start": "08:00", "end": "12:00", "units": 40}]],
    )

    @field_validator("slots")
    @classmethod
    def _of_the_day_or_of_slots(cls, slots: Slots, info: ValidationInfo) -> Slots:
        if "units_per_day" in info.data and (info.data["units_per_day"] is None) != bool(slots):
            if slots:
                raise ValueError("stand beside units_per_day: a node has one or the other, so leave one out")
            raise OfField("units_per_day", "is missing: give units_per_day, or slots")
        return slots


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
    length_mm: Side | None = Field(
        default=None,
        exclude_if=lambda side: side is None,
        description="Of one unit as it is packed; all three sides, or none",
        examples=[240],
    )
    width_mm: Side | None = Field(default=None, exclude_if=lambda side: side is None, examples=[180])
    height_mm: Side | None = Field(
        default=None, exclude_if=lambda side: side is None, validate_default=True, examples=[210]
    )
    ships_alone: Flag = Field(
        default=False,
        exclude_if=lambda flag: not flag,
        description="A unit is a package of its own",
        examples=[False],
    )
    is_oversized: Flag = Field(
        default=False,
        exclude_if=lambda flag: not flag,
        description="The same, and carriers may charge for it",
        examples=[False],
    )
    is_hazmat: Flag = Field(
        default=False,
        exclude_if=lambda flag: not flag,
        description="Only some services take it",
        examples=[False],
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

    @field_validator("height_mm")
    @classmethod
    def _all_sides_or_none(cls, height: Side | None, info: ValidationInfo) -> Side | None:
        sides = {"length_mm": 0, "width_mm": 0, **info.data, "height_mm": height}
        missing = [name for name in ("length_mm", "width_mm", "height_mm") if sides[name] is None]
        if missing and len(missing) < 3:
            raise OfField(missing[0], "is missing: give length_mm, width_mm and height_mm, or none")
        return height


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
    package_limit_cm3: Positive | None = Field(
        default=None,
        exclude_if=lambda limit: limit is None,
        description="Volume that a package holds; no limit, if left out",
        examples=[120000],
    )
    longest_side_mm: Side | None = Field(
        default=None,
        exclude_if=lambda limit: limit is None,
        description="Longer units are not taken",
        examples=[1500],
    )
    dimensional_divisor: Divisor | None = Field(
        default=None,
        exclude_if=lambda divisor: divisor is None,
        description="Cubic centimeters to the kilogram: a unit is billed by its volume over this, where that "
        "is more than its weight",
        examples=[5000],
    )
    breaks: Breaks = Field(
        default=[],
        exclude_if=lambda breaks: not breaks,
        description="From which billed weight on a kilogram costs less; in a CSV 5000:0.30;10000:0.20",
        examples=[[{"from_grams": 5000, "per_kg": "0.30"}]],
    )
    per_shipment: Amount = Field(
        default=_NOTHING,
        exclude_if=lambda amount: not amount,
        description="Billed once for all that leaves together",
        examples=["0.90"],
    )
    per_oversized: Amount = Field(
        default=_NOTHING,
        exclude_if=lambda amount: not amount,
        description="Billed for each oversized unit",
        examples=["14.00"],
    )
    carries_hazmat: Flag = Field(default=True, exclude_if=lambda flag: flag, examples=[False])
    co2e_grams_per_package: Emission = Field(default=0, exclude_if=lambda grams: not grams, examples=[180])
    co2e_grams_per_kg: Emission = Field(
        default=0,
        exclude_if=lambda grams: not grams,
        description="Of actual weight",
        examples=[95],
    )
    transit_days_p50: Days | None = Field(
        default=None,
        exclude_if=lambda days: days is None,
        description="Half of the shipments take at most so many days; with transit_days_p90, or neither",
        examples=[1],
    )
    transit_days_p90: Days | None = Field(
        default=None,
        exclude_if=lambda days: days is None,
        validate_default=True,
        description="Nine in ten take at most so many days",
        examples=[3],
    )

    @field_validator("transit_days_p90")
    @classmethod
    def _both_or_neither(cls, p90: Days | None, info: ValidationInfo) -> Days | None:
        p50 = info.data.get("transit_days_p50", p90)
        if (p50 is None) != (p90 is None):
            missing = "transit_days_p50" if p50 is None else "transit_days_p90"
            raise OfField(missing, "is missing: give transit_days_p50 and transit_days_p90, or neither")
        return p90


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
