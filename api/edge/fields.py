"""Where in a request a field is that Pydantic found wrong. What is wrong with it, `api.field_words` says."""

from collections.abc import Mapping
from typing import Any

from api.edge.kinds import PATTERNS
from api.edge.pointers import escaped, location
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
    parts = list(location(problem))
    if not prefix:  # a location of the framework's, which begins with where it looked
        where, *parts = parts
        if where == "query":
            return f"?{parts[0]}"
        if where in ("path", "header"):
            return parts[0]
    if problem["type"] in _OF_A_TAG:  # told of the whole object, and about one field of it
        parts.append(str(problem["ctx"]["discriminator"]).strip("'"))
    named = [
        part
        for before, part in zip(["", "", *parts], parts, strict=False)
        if part and not _is_branch(part, problem, above=before)
    ]
    return prefix + "".join(f"/{escaped(part)}" for part in named)


def _is_branch(part: str, problem: Mapping[str, Any], *, above: str) -> bool:
    """Whether a location part is the tag of a union, which is no field of the document.

    `above` is the part two before it: the name of the list, if it stands in one.
    """
    if above == "changes" and part in _CHANGES:  # some are names of fields elsewhere
        return True
    value = problem.get("input")
    return part in _TAGS and not (isinstance(value, dict) and part in value)


_OF_A_TAG = ("union_tag_invalid", "union_tag_not_found")
_EVENTS = {"receipt", "inbound", "walk_in_sale", "count", "damage", "correction"}
_RULES = {"maximum_distance", "ships_only_to", "never_ships_to", "only_from"}
_RULES |= {"maximum_nodes", "maximum_nodes_per_line", "held_for_tiers"}
_CHANGES = {"more_stock", "node_off", "node_on", "free_splits", "without_rule", "forced_node"}
_CHANGES |= {"capacity", "policy"}
_TAGS = frozenset(_EVENTS | _RULES)
