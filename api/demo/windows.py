"""Other weeks of the demo's sales than those of the demo."""

from datetime import date

from api.demo.assemble import REPORTING_WINDOW, SEED, demo_world
from fulfillment.errors import InvalidInput
from scenarios.replay import first_orders
from scenarios.world import Window, World

FIRST_DAY = date(2010, 2, 23)  # twelve weeks of sales lie before it, which stock is reckoned from
LAST_DAY = date(2011, 5, 31)  # the last day of the sales file


def window_world(
    start: date | None = None, *, weeks: int = 2, seed: int | None = None, orders: int | None = None
) -> World:
    """The demo world of some weeks from `start`; without arguments that of the demo.

    Raises
    ------
    InvalidInput
        The sales file does not cover the weeks, or nobody ordered in them.
    """
    window = Window(start or REPORTING_WINDOW.start, weeks=weeks)
    if window.start < FIRST_DAY or window.days[-1] > LAST_DAY:
        raise InvalidInput(
            f"the sales do not cover {window.start} to {window.days[-1]}",
            fix=f"Choose weeks between {FIRST_DAY} and {LAST_DAY}",
        )
    world = demo_world(seed=SEED if seed is None else seed, window=window)
    if not world.orders:
        raise InvalidInput(
            f"nobody ordered from {window.start} to {window.days[-1]}", fix="Choose other weeks"
        )
    return world if orders is None else first_orders(world, orders)
