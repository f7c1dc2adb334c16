"""Where in a request a field is that Pydantic found wrong. What is wrong with it, `api.field_words` says."""

from collections.abc import Mapping
from typing import Any

from api.edge.kinds import PATTERNS
from api.errors import FieldError
from api.field_words import allowed, detail, shown_value


def field_error(problem: Mapping[str, Any], *, prefix: str = "") -> FieldError:
    """A field error from one Pydantic error; `prefix` is the JSON pointer of the model."""
    return FieldError(
        _pointer(problem, prefix),
        detail(problem, patterns=PATTERNS),
        allowed=allowed(problem, patterns=PATTERNS),
        value=shown_value(problem).strip('"'),
    )


def _pointer(problem: Mapping[str, Any], prefix: str) -> str:
    """A JSON pointer into the body; `?name` for a query parameter, the bare name for path and header."""
    parts = [str(part) for part in problem["loc"]]
    if not prefix:  # a location of the framework's, which begins with where it looked
        where, *parts = parts
        if where == "query":
            return f"?{parts[0]}"
        if where in ("path", "header"):
            return parts[0]
    if problem["type"] in _OF_A_TAG:  # told of the whole object, and about one field of it
        parts.append(str(problem["ctx"]["discriminator"]).strip("'"))
    return prefix + "".join(f"/{_escape(part)}" for part in parts if part and not _is_branch(part, problem))


def _is_branch(part: str, problem: Mapping[str, Any]) -> bool:
    """Whether a location part is the tag of a union, which is no field of the document."""
    value = problem.get("input")
    return part in _TAGS and not (isinstance(value, dict) and part in value)


_OF_A_TAG = ("union_tag_invalid", "union_tag_not_found")
_TAGS = frozenset({"receipt", "inbound", "walk_in_sale", "count", "damage", "correction"})


def _escape(part: str) -> str:
    """RFC 6901."""
    return part.replace("~", "~0").replace("/", "~1")
