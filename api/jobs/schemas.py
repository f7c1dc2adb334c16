"""Jobs as answered."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.jobs.kinds import KindName

State = Literal["queued", "running", "done", "failed", "canceled"]


class JobOut(BaseModel):
    """A job as it stands. Its times are those of the database's clock, whatever the demo's clock says."""

    id: str = Field(examples=["019aa5d8b1c04f1e2d3c4b5a"])
    kind: KindName
    state: State
    cancel_requested: bool = Field(description="It stops before its next item", examples=[False])
    done: int = Field(description="Items done, of `total`", examples=[1250])
    total: int = Field(examples=[5000])
    message: str = Field(description="What it is at, if there is more to say", examples=[""])
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    results: str = Field(
        description="Where the outcome of each item is, done so far",
        examples=["/v1/jobs/019aa5d8b1c04f1e2d3c4b5a/results"],
    )
    result: dict[str, Any] | None = Field(description="What came of the whole, when it is done")
    problem: dict[str, Any] | None = Field(description="A problem document, when it failed")


class JobResult(BaseModel):
    """What came of one item: what the single call would have answered."""

    index: int = Field(description="Place of the item in what was sent, from 0", examples=[0])
    status: int = Field(examples=[201])
    body: dict[str, Any]
