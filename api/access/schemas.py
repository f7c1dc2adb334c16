"""The audit log as it is shown."""

from datetime import datetime

from pydantic import BaseModel, Field


class AuditEntry(BaseModel):
    """One write. The log has no bodies."""

    id: int = Field(examples=[1])
    at: datetime = Field(description="By the clock of the database")
    actor: str = Field(
        description="Public id of the API key; `nobody` where none is needed; `command line`",
        examples=["3f9a0c51d2e84b76"],
    )
    actor_name: str = Field(description="Name of the API key, else empty", examples=["till"])
    method: str = Field(examples=["POST"])
    route: str = Field(description="Template of the address, or the command", examples=["/v1/orders"])
    subject: str = Field(description="What was written: an order, or a kind of thing", examples=["10482"])
    status: int = Field(description="As it was answered; 0 of a command", examples=[201])
    request_id: str = Field(examples=["0b8f2c6d1f0e4a7d9a52"])
