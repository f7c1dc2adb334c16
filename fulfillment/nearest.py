"""Which known name was probably meant: the hint behind every name that is not known."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, capitals aside; None if none is near."""
    by_letters = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), by_letters, n=1)
    return by_letters[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean X?`, to be put behind what is wrong; empty if no known name is near."""
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else ""
