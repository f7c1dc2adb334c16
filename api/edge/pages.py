"""Pages of lists: a cursor says where the next page begins. Keyset, so that pages never shift."""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from api.errors import FieldError, Unprocessable

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000

Item = TypeVar("Item")
Thing = TypeVar("Thing")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page is asked for."""

    cursor: str | None
    limit: int


def asked(*, most: int = MAX_LIMIT, usual: int = DEFAULT_LIMIT) -> Any:
    """A dependency that reads which page is asked for; `most` items on one, `usual` if it is not said."""

    def read(
        cursor: Annotated[
            str | None,
            Query(max_length=600, description="`next_cursor` of the page before; leave out for the first"),
        ] = None,
        limit: Annotated[int, Query(ge=1, le=most, description="Items on one page")] = usual,
    ) -> Asked:
        return Asked(cursor, limit)

    return Depends(read)


PageAsked = Annotated[Asked, asked()]


class Page(BaseModel, Generic[Item]):
    """One page; `next_cursor` is null on the last."""

    items: list[Item]
    next_cursor: str | None = Field(default=None, examples=[None])


def encode_cursor(key: Sequence[str]) -> str:
    """A cursor from the key of the last item shown."""
    return base64.urlsafe_b64encode(json.dumps(list(key)).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, *, parts: int) -> Key | None:
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
        raise bad_cursor()
    return tuple(key)


def number_in(key: Key, *, digits: int = 18) -> int:
    """The number that a cursor's key begins with; by default any that a BIGINT holds.

    Raises
    ------
    Unprocessable
        There is none.
    """
    text = key[0]
    if not (text.isascii() and text.isdigit() and len(text) <= digits):
        raise bad_cursor()
    return int(text)


def bad_cursor() -> Unprocessable:
    """The refusal of a cursor that a list did not give out."""
    detail = "is not a cursor that this list gave out"
    return Unprocessable(
        f"cursor {detail}",
        [FieldError("?cursor", detail, allowed="the next_cursor of a page")],
        fix="Take next_cursor of a page, or leave cursor out",
    )


def page_of(
    asked: Asked,
    following: Callable[[Key | None], Iterable[Thing]],
    *,
    key: Callable[[Thing], Key],
    parts: int,
    show: Callable[[Thing], Item],
) -> Page[Item]:
    """The page asked for.

    Parameters
    ----------
    following
        The things of a list in order of their keys, from behind a key or from the start. No more of
        them are taken than the page shows and one, so it may read as it goes.
    parts
        Texts in a key.
    show
        A thing as the page has it.

    Raises
    ------
    Unprocessable
        The cursor is not one that this list gave out.
    """
    found = list(islice(following(decode_cursor(asked.cursor, parts=parts)), asked.limit + 1))
    shown = found[: asked.limit]
    more = len(found) > len(shown)
    return Page(
        items=[show(thing) for thing in shown], next_cursor=encode_cursor(key(shown[-1])) if more else None
    )


def _is_text(part: object) -> bool:
    """Whole characters only, for no database takes half a one, and no NUL, which PostgreSQL does not take."""
    return isinstance(part, str) and not any(mark == "\x00" or "\ud800" <= mark <= "\udfff" for mark in part)
