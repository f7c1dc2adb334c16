"""The demo clock as sent and shown."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.edge.kinds import Instant


class ClockIn(BaseModel):
    """The clock stands at `now` until it is set again."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"now": "2011-05-16T08:00:00Z"}})

    now: Instant


class ClockOut(BaseModel):
    now: datetime = Field(examples=["2011-05-16T08:00:00Z"])
    is_set: bool = Field(description="False: the clock of the database counts", examples=[True])
