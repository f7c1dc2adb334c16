"""Says in plain words what Pydantic found wrong with a field, and what is allowed there.

For fields of requests and for settings alike. Where the field is, is up to the caller.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

LONGEST_VALUE = 80


def detail(problem: Mapping[str, Any], *, patterns: Mapping[str, str]) -> str:
    """What is wrong, from one Pydantic error; `patterns` says each regular expression in words."""
    kind, context = str(problem["type"]), problem.get("ctx", {})
    if kind in ("missing", "union_tag_not_found"):
        return "is missing"
    if kind == "extra_forbidden":
        return "no such field"
    if kind == "value_error":
        return str(context.get("error", problem["msg"]))
    if kind in ("too_short", "too_long"):
        return f"has {context['actual_length']} items; must have {allowed(problem, patterns=patterns)}"
    seen = shown_value(problem)
    message = _must(problem, allowed(problem, patterns=patterns))
    return f"is {seen}; {message}" if seen else message


def allowed(problem: Mapping[str, Any], *, patterns: Mapping[str, str]) -> str:
    """What would be accepted, in words; empty where Pydantic does not say."""
    kind, context = str(problem["type"]), problem.get("ctx", {})
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
        return patterns.get(context["pattern"], f"text like {context['pattern']}")
    return _KINDS.get(kind, "")


def shown_value(problem: Mapping[str, Any]) -> str:
    """The value seen, text in quotes, cut if long; empty for a whole object, which is never shown."""
    kind = problem["type"]
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


def _must(problem: Mapping[str, Any], accepted: str) -> str:
    if problem["type"] in (*_KINDS, *_BOUNDED, "string_pattern_mismatch", "union_tag_invalid"):
        return f"must be {accepted}"
    message = str(problem["msg"]).replace("Input should be", "must be").replace("String should", "must")
    return message[:1].lower() + message[1:]


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
