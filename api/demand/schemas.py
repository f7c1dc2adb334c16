"""Demand as files hold it, and as it is shown: series step by step, drivers, attributes."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from api.edge.cells import is_cell
from api.edge.kinds import Count, Day, Flag, Id, Name
from forecasting.history import Grain

MAX_ROWS = 20_000
MAX_STEPS = 4_000
MAX_DRIVER_ROWS = 20_000
MAX_ATTRIBUTES = 100_000
MAX_UNKNOWN = 100  # names that are listed

SalesKind = Literal["order_lines", "walk_in_sales", "dated_sales"]


def _from_cell(value: Any, info: ValidationInfo) -> Any:
    """A cell 3;0;2 is three of them."""
    return [part.strip() for part in value.split(";")] if is_cell(value, info) else value


def _number(value: Any, info: ValidationInfo) -> Any:
    if info.context and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


Number = Annotated[float, Field(strict=True, allow_inf_nan=False), BeforeValidator(_number)]
Flags = Annotated[list[Flag], Field(max_length=MAX_STEPS), BeforeValidator(_from_cell)]


class DemandRow(BaseModel):
    """Units sold of a sku at a place, in one step or in several that follow each other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sku: Id = Field(examples=["K-17"])
    place: Id = Field(
        description="A node for what is sold there, a zone for what is sent there", examples=["LON1"]
    )
    first: Day = Field(description="The day the first step starts on", examples=["2026-11-02"])
    units: Annotated[
        list[Count],
        Field(min_length=1, max_length=MAX_STEPS, description="Sold in each step"),
        BeforeValidator(_from_cell),
    ]
    stocked_out: Flags = Field(
        default=[], description="True where supply had failed, so that the units say nothing of demand"
    )
    sold_out: Flags = Field(
        default=[], description="True where demand emptied the shelf: at least so many were wanted"
    )

    @model_validator(mode="after")
    def _one_of_each_per_step(self) -> Self:
        for name, flags in (("stocked_out", self.stocked_out), ("sold_out", self.sold_out)):
            if flags and len(flags) != len(self.units):
                raise ValueError(f"{name} has {len(flags)} values, units has {len(self.units)}")
        both = zip(self.stocked_out, self.sold_out, strict=False)
        for number, (stocked_out, sold_out) in enumerate(both, start=1):
            if stocked_out and sold_out:
                raise ValueError(f"step {number} is stocked out and sold out: say which of the two it was")
        return self


class DemandSeriesOut(BaseModel):
    """A series that is kept."""

    sku: str = Field(examples=["K-17"])
    place: str = Field(examples=["LON1"])
    first: date = Field(description="The day the first step starts on", examples=["2024-11-04"])
    last: date = Field(description="The day the last step starts on", examples=["2026-11-16"])


class DemandSeriesDetail(DemandSeriesOut):
    """A series with its units, one for each step, and flags as they were sent; none where none is true."""

    grain: Grain
    units: list[int] = Field(examples=[[3, 0, 2]])
    stocked_out: list[bool] = Field(examples=[[]])
    sold_out: list[bool] = Field(examples=[[]])


class DriverRow(BaseModel):
    """What a driver is, step by step, in the past and ahead: of one series, or of all that have none of their
    own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    driver: Id = Field(examples=["promotion"])
    first: Day = Field(description="The day the first step starts on", examples=["2024-11-04"])
    values: Annotated[
        list[Number],
        Field(min_length=1, max_length=MAX_STEPS, description="One for each step", examples=[[0, 0, 1]]),
        BeforeValidator(_from_cell),
    ]
    sku: Id | None = Field(default=None, description="With place; without both, all", examples=["K-17"])
    place: Id | None = Field(default=None, examples=["LON1"])

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.sku is None) != (self.place is None):
            raise ValueError("sku and place go together: name both, or none for all series")
        return self


class DriverOut(BaseModel):
    """A driver that is kept, of a series or, without sku and place, of all."""

    driver: str = Field(examples=["promotion"])
    sku: str | None = Field(examples=["K-17"])
    place: str | None = Field(examples=["LON1"])
    first: date = Field(examples=["2024-11-04"])
    last: date = Field(examples=["2027-01-11"])


class AttributeRow(BaseModel):
    """One thing that is known of a sku, or of a place, whatever the step."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: Literal["sku", "place"] = Field(examples=["sku"])
    id: Id = Field(examples=["K-17"])
    name: Id = Field(examples=["category"])
    value: Annotated[Name | Number, BeforeValidator(_number)] = Field(
        description="A text or a number", examples=["kitchen"]
    )


class AttributesOut(BaseModel):
    """What is known of a sku, or of a place."""

    subject: str = Field(examples=["sku"])
    id: str = Field(examples=["K-17"])
    attributes: dict[str, str | float] = Field(examples=[{"category": "kitchen"}])


class SalesAnswer(BaseModel):
    """What was read, and what became of it."""

    lines: int = Field(description="Lines of the file", examples=[41_200])
    late_lines: int = Field(description="Those on or after the end, which are left out", examples=[0])
    first_day: date | None = Field(description="Of the first line, local", examples=["2026-11-16"])
    last_day: date | None = Field(description="Of the last line, local", examples=["2026-11-22"])
    units_sold: float = Field(examples=[52_310])
    units_returned: float = Field(examples=[1_204])
    returns: int = Field(description="Lines of returns", examples=[980])
    returns_of_an_order: int = Field(
        description="Those set off against the step of their sale", examples=[911]
    )
    units_cut: float = Field(
        description="Units returned beyond what sold in their step: none is below 0", examples=[12]
    )
    series: int = Field(
        description="Series that were written, with those that sold nothing since", examples=[8_400]
    )
    emptied: int = Field(
        description="Those of them that were kept and have no line: they sold nothing since", examples=[310]
    )


class StockOutsAnswer(BaseModel):
    """What the ledger said of kept demand that was not flagged before."""

    series: int = Field(description="Series that got flags", examples=[214])
    stocked_out: int = Field(description="Steps: supply had failed", examples=[37])
    sold_out: int = Field(description="Steps: demand had emptied the shelf", examples=[268])
