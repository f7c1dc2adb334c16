"""A demo world from real sales: the network, stock and events laid under them, seeded and documented.

Generators take arrays and return the words of `fulfillment`; whoever calls them reads the files.
"""

from scenarios.world.bounds import unservable_units
from scenarios.world.events import Receipt, WalkInSale
from scenarios.world.parameters import WorldParameters
from scenarios.world.tables import Cities, Sales, Window
from scenarios.world.world import World, build_world

__all__ = [
    "Cities",
    "Receipt",
    "Sales",
    "WalkInSale",
    "Window",
    "World",
    "WorldParameters",
    "build_world",
    "unservable_units",
]
