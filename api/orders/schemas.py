"""Orders as sent."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.edge.kinds import Id, Instant, Latitude, Longitude, Units
from fulfillment.orders import MAX_LINES

Mode = Literal["quote", "reserve", "commit"]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LineIn(_Sent):
    """One line; two lines may name one sku."""

    id: Id = Field(examples=["1"])
    sku: Id = Field(examples=["K-17"])
    quantity: Units


class DestinationIn(_Sent):
    """Where it goes: a rate zone, and coarse coordinates if known. Never a street address."""

    zone: Id = Field(examples=["UK-SE"])
    latitude: Latitude | None = None
    longitude: Longitude | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude belong together: give both, or neither")
        return self


class LimitsIn(_Sent):
    """Work allowed for deciding; work, not time, so that equal input gives an equal answer."""

    branches: Annotated[int, Field(strict=True, ge=1, le=1_000_000, examples=[4000])] | None = None
    deterministic_seconds: (
        Annotated[float, Field(ge=0, le=60, allow_inf_nan=False, examples=[0.4])] | None
    ) = None


class OrderIn(_Sent):
    """An order to be sourced. `quote` writes nothing, `reserve` is soft and expires, `commit` is firm."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "mode": "reserve",
                "id": "10482",
                "lines": [
                    {"id": "1", "sku": "K-17", "quantity": 2},
                    {"id": "2", "sku": "T-03", "quantity": 1},
                ],
                "destination": {"zone": "UK-SE"},
            }
        }
    )

    mode: Mode
    id: Id = Field(examples=["10482"])
    lines: list[LineIn] = Field(min_length=1, max_length=MAX_LINES)
    destination: DestinationIn
    channel: Id = Field(default="web", description="Whose ring-fence it may use", examples=["web"])
    placed_at: Instant | None = Field(default=None, description="Now, if left out")
    accept_partial: bool = Field(
        default=True, strict=True, description="False: filled whole, or refused", examples=[True]
    )
    limits: LimitsIn = LimitsIn()


class SelectionIn(_Sent):
    """Which of an order's claims are meant: all, those at one node, or units by line."""

    model_config = ConfigDict(json_schema_extra={"example": {"node": "LON1"}})

    node: Id | None = None
    units: dict[Id, Units] | None = Field(
        default=None, min_length=1, max_length=MAX_LINES, examples=[{"1": 1}], description="Units by line id"
    )
    revision: Annotated[int, Field(strict=True, ge=0)] | None = Field(
        default=None, description="Refuse if the order has changed since"
    )


class NodeSelectionIn(_Sent):
    """All of an order's claims, or those at one node."""

    model_config = ConfigDict(json_schema_extra={"example": {"node": "LON1"}})

    node: Id | None = None
    revision: Annotated[int, Field(strict=True, ge=0)] | None = None


class RevisionIn(_Sent):
    """Nothing is needed; with `revision` it is refused if the order has changed since."""

    revision: Annotated[int, Field(strict=True, ge=0)] | None = Field(default=None, examples=[1])
