"""Every place where two documents differ. Pure; it knows nothing of what the documents are about."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from api.edge.pointers import escaped
from api.policies.schemas import Difference


def differences(old: Any, new: Any, pointer: str = "") -> Iterator[Difference]:
    """Differences by JSON pointer, in the order of the document; items of lists by their place."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            here = f"{pointer}/{escaped(name)}"
            yield from differences(old.get(name), new.get(name), here)
    elif isinstance(old, list) and isinstance(new, list):
        for place, (one, other) in enumerate(zip_longest(old, new)):
            yield from differences(one, other, f"{pointer}/{place}")
    elif type(old) is not type(new) or old != new:  # in Python 1 == True
        yield Difference(pointer=pointer, from_value=old, to_value=new)
