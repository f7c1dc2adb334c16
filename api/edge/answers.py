"""An answer that is complete before the transaction ends: status, body as text, headers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Response
from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Answer:
    """What will be sent. Built inside the transaction, so that a fault in building it writes nothing."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        return Response(self.body, self.status, dict(self.headers), media_type="application/json")


def answer(model: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer from a schema."""
    return Answer(status, model.model_dump_json(), headers or {})
