"""Orders in documents that are kept for another purpose: answers, requests, jobs, events about stock. Pure.

A document tells of an order where it has the order's id as `id` or `order`, in a list of `orders`, or in an
address. What is called `id` in a list of lines is a line, whatever it is called.
"""

import json
from collections.abc import Collection, Iterator, Sequence

_LINES = frozenset({"lines", "units", "components"})
_ADDRESS = "/v1/orders/"


def orders_in(content: object) -> Iterator[str]:
    """Ids that a JSON document has where orders are named."""
    if isinstance(content, list):
        for one in content:
            yield from orders_in(one)
    elif isinstance(content, dict):
        for name, value in content.items():
            yield from _named(name, value)
            if name not in _LINES:
                yield from orders_in(value)


def tells_of(document: str, orders: Collection[str]) -> bool:
    """Whether a JSON document, as text, names one of these orders."""
    if not any(_may_tell(document, order) for order in orders):
        return False  # most; to read them all would take longer
    try:
        return not set(orders_in(json.loads(document))).isdisjoint(orders)
    except ValueError:
        return False


def without(entries: Sequence[object], orders: Collection[str]) -> list[object]:
    """The same list with those entries blank that name one of these orders."""
    return [{} if _tells(one, orders) else one for one in entries]


def _tells(content: object, orders: Collection[str]) -> bool:
    return not set(orders_in(content)).isdisjoint(orders)


def _named(name: str, value: object) -> Iterator[str]:
    if isinstance(value, str):
        if name in ("id", "order"):
            yield value
        elif name in ("address", "instance") and value.startswith(_ADDRESS):
            yield value.removeprefix(_ADDRESS).partition("?")[0].partition("/")[0]
    elif name == "orders" and isinstance(value, list):
        yield from (one for one in value if isinstance(one, str))


def _may_tell(document: str, order: str) -> bool:
    escaped = json.dumps(order)[1:-1]
    return order in document or escaped in document
