"""Pages of lists: a cursor says where the next page begins. Keyset, so that pages never shift."""

import base64
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from api.errors import FieldError, Unprocessable

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000

Item = TypeVar("Item")
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items on one page")]
CursorText = Annotated[
    str | None, Query(max_length=600, description="`next_cursor` of the page before; leave out for the first")
]


class Page(BaseModel, Generic[Item]):
    """One page; `next_cursor` is null on the last."""

    items: list[Item]
    next_cursor: str | None = Field(default=None, examples=[None])


def encode_cursor(key: Sequence[str]) -> str:
    """A cursor from the key of the last item shown."""
    return base64.urlsafe_b64encode(json.dumps(list(key)).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, *, parts: int) -> tuple[str, ...] | None:
    """The key of the last item shown, or None at the start.

    Raises
    ------
    Unprocessable
        The cursor is not one that this list gave out.
    """
    if cursor is None:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        key = None
    if not isinstance(key, list) or len(key) != parts or not all(map(_is_text, key)):
        detail = "is not a cursor that this list gave out"
        raise Unprocessable(
            f"cursor {detail}",
            [FieldError("?cursor", detail, allowed="the next_cursor of a page")],
            fix="Take next_cursor of a page, or leave cursor out",
        )
    return tuple(key)


def page_of(
    items: Sequence[Item], *, key: Callable[[Item], Sequence[str]], cursor: str | None, limit: int
) -> tuple[list[Item], str | None]:
    """The page after `cursor` of items sorted by `key`, and the cursor of the next page."""
    parts = len(key(items[0])) if items else 1
    after = decode_cursor(cursor, parts=parts)
    start = 0 if after is None else bisect_right(items, after, key=lambda item: tuple(key(item)))
    shown = list(items[start : start + limit])
    more = start + limit < len(items)
    return shown, encode_cursor(key(shown[-1])) if more else None


def _is_text(part: object) -> bool:
    """Whole characters only: an escape can name half a one, which no database takes."""
    return isinstance(part, str) and not any("\ud800" <= mark <= "\udfff" for mark in part)
