"""Says in plain words what Pydantic found wrong with a field, and what is allowed there."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from api.edge.kinds import PATTERNS
from api.errors import FieldError

LONGEST_VALUE = 80


def field_error(problem: Mapping[str, Any], *, prefix: str = "") -> FieldError:
    """A field error from one Pydantic error; `prefix` is the JSON pointer of the model."""
    context = problem.get("ctx", {})
    kind = str(problem["type"])
    value = _show(kind, problem).strip('"')
    return FieldError(
        _pointer(problem, prefix),
        _detail(kind, problem, context),
        allowed=_allowed(kind, context),
        value=value,
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


def _detail(kind: str, problem: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    if kind in ("missing", "union_tag_not_found"):
        return "is missing"
    if kind == "extra_forbidden":
        return "no such field"
    if kind == "value_error":
        return str(context.get("error", problem["msg"]))
    if kind in ("too_short", "too_long"):
        return f"has {context['actual_length']} items; must have {_allowed(kind, context)}"
    seen = _show(kind, problem)
    message = _must(kind, problem, context)
    return f"is {seen}; {message}" if seen else message


def _must(kind: str, problem: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    if kind in _KINDS or kind in _BOUNDED or kind in ("string_pattern_mismatch", "union_tag_invalid"):
        return f"must be {_allowed(kind, context)}"
    message = str(problem["msg"]).replace("Input should be", "must be").replace("String should", "must")
    return message[:1].lower() + message[1:]


def _allowed(kind: str, context: Mapping[str, Any]) -> str:
    """What would be accepted, in words."""
    if "expected" in context:
        return str(context["expected"])
    if "expected_tags" in context:
        return f"one of {context['expected_tags']}"
    if kind in ("too_short", "too_long"):
        return (
            f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        )
    bounds = [
        f"{word} {context[name]}"
        for name, word in (
            ("ge", "at least"),
            ("gt", "more than"),
            ("le", "at most"),
            ("lt", "less than"),
            ("min_length", "length at least"),
            ("max_length", "length at most"),
            ("decimal_places", "decimal places at most"),
            ("max_digits", "digits at most"),
        )
        if name in context
    ]
    if bounds:
        return ", ".join(bounds)
    if "pattern" in context:
        return PATTERNS.get(context["pattern"], f"text like {context['pattern']}")
    return _KINDS.get(kind, "")


_BOUNDED = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
_KINDS = {
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_parsing_size": "an integer of ordinary size",
    "int_from_float": "an integer",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "decimal_type": "a decimal amount such as 4.20",
    "decimal_parsing": "a decimal amount such as 4.20",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "datetime_from_date_parsing": "an instant such as 2026-11-21T09:30:00Z",
    "datetime_parsing": "an instant such as 2026-11-21T09:30:00Z",
    "datetime_type": "an instant such as 2026-11-21T09:30:00Z",
    "timezone_aware": "an instant with its offset, such as 2026-11-21T09:30:00Z",
    "date_from_datetime_parsing": "a date such as 2026-11-21",
    "date_parsing": "a date such as 2026-11-21",
    "missing": "a value",
}


def _show(kind: str, problem: Mapping[str, Any]) -> str:
    """The value seen, if it is short and flat; never a whole object."""
    value = problem["ctx"]["tag"] if kind == "union_tag_invalid" else problem.get("input")
    if kind in ("missing", "extra_forbidden") or not isinstance(value, str | int | float | bool | Decimal):
        return ""
    shown = (
        f'"{value}"'
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
    return shown if len(shown) <= LONGEST_VALUE else shown[: LONGEST_VALUE - 1] + "…"


def _is_branch(part: str, problem: Mapping[str, Any]) -> bool:
    """Whether a location part is the tag of a union, which is no field of the document."""
    value = problem.get("input")
    return part in _TAGS and not (isinstance(value, dict) and part in value)


_OF_A_TAG = ("union_tag_invalid", "union_tag_not_found")
_TAGS = frozenset({"receipt", "inbound", "walk_in_sale", "count", "damage", "correction"})


def _escape(part: str) -> str:
    """RFC 6901."""
    return part.replace("~", "~0").replace("/", "~1")
