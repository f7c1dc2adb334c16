"""Writes the demo world into a fresh database: the network, the opening stock, what is inbound, the clock."""

from pathlib import Path

from fulfillment.policy import Policy
from scenarios.replay import events_of, instant_of
from scenarios.world import World
from storage.database import open_database


def write_database(world: World, file: Path) -> Policy:
    """Make the database anew, in one transaction; returns the policy it is decided by."""
    opens_at = instant_of(events_of(world)[0])
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in (file, *file.parent.glob(f"{file.name}-*")):  # the write-ahead log goes with it
        old.unlink(missing_ok=True)
    database = open_database(f"sqlite:///{file}", durable=False)
    try:
        database.upgrade()
        with database.writing() as stores:
            stores.clock.set(opens_at)
            stores.catalog.put_nodes(list(world.network.nodes.values()))
            stores.catalog.put_zones(list(world.network.zones.values()))
            stores.catalog.put_skus(list(world.network.skus.values()))
            stores.catalog.put_rates([rate for lane in world.network.rates.values() for rate in lane])
            stores.ledger.set_supply(world.supply, now=opens_at)
            return stores.catalog.policy()
    finally:
        database.close()
