"""JSON pointers (RFC 6901), and the field to correct where another one's validator found it."""

from collections.abc import Mapping
from typing import Any


class OfField(ValueError):
    """Raised by the validator of one field where another of the same object is to be corrected."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(said)
        self.field = field


def location(problem: Mapping[str, Any]) -> tuple[str, ...]:
    """Where one Pydantic error is to be corrected."""
    found = tuple(str(part) for part in problem["loc"])
    error = problem.get("ctx", {}).get("error")
    return (*found[:-1], error.field) if isinstance(error, OfField) else found


def escaped(name: str) -> str:
    """A name of a field as one token of a pointer."""
    return name.replace("~", "~0").replace("/", "~1")
