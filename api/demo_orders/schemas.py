"""An order of the demo, as it is sent."""

from typing import Literal

from pydantic import BaseModel, Field


class DemoLine(BaseModel):
    """A line of a demo order."""

    id: str = Field(examples=["1"])
    sku: str = Field(examples=["85123A"])
    quantity: int = Field(examples=[6])


class DemoDestination(BaseModel):
    """Where a demo order goes; `latitude` and `longitude` are those of a city."""

    zone: str = Field(examples=["london"])
    latitude: float = Field(examples=[51.5085])
    longitude: float = Field(examples=[-0.1257])


class DemoOrder(BaseModel):
    """What `POST /v1/orders` takes. Its id begins with `try-`: under its own the demo has sourced it."""

    mode: Literal["quote"]
    id: str = Field(examples=["try-545704"])
    lines: list[DemoLine]
    destination: DemoDestination
    channel: str = Field(examples=["web"])
    accept_partial: bool = Field(examples=[True])
