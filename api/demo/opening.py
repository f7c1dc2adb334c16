"""Writes the demo world into a fresh database: the network, the opening stock, what is inbound, the clock."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from fulfillment.policy import Policy
from scenarios.replay import events_of, instant_of
from scenarios.world import World
from storage.api_keys import Scope
from storage.audit import COMMAND_LINE, Act
from storage.database import open_database
from storage.servers import embedded_server, make_database

EMBEDDED = "embedded"  # instead of a server's address: one is started for the demo
_NAME = "nodewise_demo"


def fresh_file(file: Path) -> str:
    """Remove the file, so that the database is made anew: its address."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in (file, *file.parent.glob(f"{file.name}-*")):  # the write-ahead log goes with it
        old.unlink(missing_ok=True)
    return f"sqlite:///{file.resolve()}"


@contextmanager
def fresh_on_server(server: str) -> Iterator[str]:
    """The address of the demo's database, made anew on a PostgreSQL server.

    Raises
    ------
    StorageUnavailable
        The server does not answer, or does not let the user make databases.
    """
    with embedded_server() if server == EMBEDDED else nullcontext(server) as address:
        yield make_database(address, _NAME)


def make_key(url: str) -> str:
    """A key for orders and stock, for whoever tries the service as a client of it would be."""
    database = open_database(url, durable=False)
    try:
        with database.writing() as stores:
            made, key = stores.api_keys.create("demo", frozenset({Scope.ALLOCATE}))
            act = Act(COMMAND_LINE, "", "nodewise demo", made.id, "")
            stores.audit.put(act, status=0)
            return key
    finally:
        database.close()


def write_database(world: World, url: str) -> Policy:
    """Write the world in one transaction; returns the policy it is decided by."""
    opens_at = instant_of(events_of(world)[0])
    database = open_database(url, durable=False)
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
