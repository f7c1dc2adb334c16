"""Finds a demo order in the demo world, which is made once in a process, when it is first asked for."""

from functools import cache
from typing import Any

from api.demo_orders.schemas import DemoOrder
from api.errors import NotFound, NotInDemoMode
from api.settings import Settings


def get_demo_order(settings: Settings, number: int) -> DemoOrder:
    """The order of this number, from 1 on, in order of time.

    Raises
    ------
    NotInDemoMode
    NotFound
        There are not so many.
    """
    if not settings.demo_mode:
        raise NotInDemoMode("the demo's orders are shown in demo mode only")
    bodies = _bodies()
    if number > len(bodies):
        raise NotFound(f"demo order {number}: the demo has {len(bodies)} orders")
    return DemoOrder.model_validate(bodies[number - 1])


@cache
def _bodies() -> tuple[dict[str, Any], ...]:
    # Reading the sales takes packages that are half a second to load: no start of the service waits for it.
    from api.demo.assemble import demo_world
    from api.demo.wire import order_body

    sent = ("lines", "destination", "channel", "accept_partial")
    return tuple(
        {"mode": "quote", "id": f"try-{order.id}"} | {name: order_body(order)[name] for name in sent}
        for order in demo_world().orders
    )
