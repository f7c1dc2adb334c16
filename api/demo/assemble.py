"""The demo world: which weeks are replayed, and from which seed."""

from datetime import date

from api.demo.sources import load_cities, load_sales
from scenarios.world import Window, World, WorldParameters, build_world

SEED = 20110307
# Two ordinary weeks between Christmas and Easter, four months after the tuning window.
REPORTING_WINDOW = Window(date(2011, 3, 7), weeks=2)
# The only weeks a parameter (the safety factor of stock) was fitted on.
TUNING_WINDOW = Window(date(2010, 10, 11), weeks=2)


def demo_world(
    *, seed: int = SEED, window: Window = REPORTING_WINDOW, parameters: WorldParameters | None = None
) -> World:
    """The world of the window, about two seconds of work; equal arguments, equal world."""
    sales = load_sales(until=window.end)
    return build_world(sales, load_cities(), window=window, seed=seed, parameters=parameters)
