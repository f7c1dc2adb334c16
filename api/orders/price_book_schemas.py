"""What a decision says of the price book."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class PriceBookUsed(BaseModel):
    """Which price book was decided by.

    `used`: the plan weighs what stock is worth where it stands. `none`: no book is in force. `stale`: one is,
    and it is past `valid_until`, so it was not used. `unknown`: the database was away, so it is not known
    which is in force, and none was used.
    """

    state: Literal["used", "none", "stale", "unknown"] = Field(examples=["used"])
    version: str | None = Field(default=None, examples=["2026-11-21"])
    made_at: datetime | None = Field(default=None, examples=["2026-11-21T02:00:00Z"])
    valid_until: datetime | None = Field(default=None, examples=["2026-11-22T06:00:00Z"])
