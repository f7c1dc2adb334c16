"""Master data: nodes, zones, skus, rates and the active policy.

The network is read as a whole and kept until something is put, since every order needs it and it
changes seldom: a version counter, raised in the transaction of each put, says when to read again.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update

from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.network import Network, Node, Rate, Sku, Zone
from fulfillment.policy import Policy
from storage import catalog_rows
from storage.dialects import upsert
from storage.errors import StaleSnapshot
from storage.schema import catalog as tables

if TYPE_CHECKING:
    from fulfillment.ids import NodeId, ZoneId


class NetworkCache:
    """The last committed network that was read, and its version; shared by all connections."""

    def __init__(self) -> None:
        self._kept: tuple[int, Network] | None = None

    def get(self, version: int) -> Network | None:
        kept = self._kept  # one read: another thread may put a newer pair meanwhile
        return kept[1] if kept and kept[0] == version else None

    def put(self, version: int, network: Network) -> None:
        self._kept = (version, network)


class Catalog:
    def __init__(self, connection: Connection, *, cache: NetworkCache) -> None:
        self._connection = connection
        self._cache = cache
        self._has_put = False

    def version(self) -> int:
        """Raised by one with every put of nodes, zones, skus or rates."""
        return int(self._connection.execute(select(tables.catalog_version.c.version)).scalar_one())

    def expect_version(self, version: int) -> None:
        """Raise StaleSnapshot if anything was put since."""
        if (found := self.version()) != version:
            raise StaleSnapshot(version, found)

    def network(self) -> Network:
        if self._has_put:  # not committed yet: nobody else may see it
            return self._read()
        version = self.version()
        network = self._cache.get(version)
        if network is None:
            network = self._read()
            self._cache.put(version, network)
        return network

    def put_nodes(self, nodes: Sequence[Node]) -> None:
        upsert(self._connection, tables.node, [catalog_rows.node_values(node) for node in nodes])
        self._raise_version()

    def put_zones(self, zones: Sequence[Zone]) -> None:
        upsert(self._connection, tables.zone, [catalog_rows.zone_values(zone) for zone in zones])
        self._raise_version()

    def put_skus(self, skus: Sequence[Sku]) -> None:
        upsert(self._connection, tables.sku, [catalog_rows.sku_values(sku) for sku in skus])
        self._raise_version()

    def put_rates(self, rates: Sequence[Rate]) -> None:
        """Insert or replace by service, origin and zone.

        Raises
        ------
        UnknownReference
            An origin or a zone that was never put; nothing was written.
        """
        nodes = set(self._connection.execute(select(tables.node.c.id)).scalars())
        zones = set(self._connection.execute(select(tables.zone.c.id)).scalars())
        for index, rate in enumerate(rates):
            if rate.origin not in nodes:
                raise UnknownReference("node", rate.origin, nodes, pointer=f"/{index}/origin")
            if rate.zone not in zones:
                raise UnknownReference("zone", rate.zone, zones, pointer=f"/{index}/zone")
        upsert(self._connection, tables.rate, [catalog_rows.rate_values(rate) for rate in rates])
        self._raise_version()

    def policy(self) -> Policy:
        """The active policy; there always is one."""
        active = select(tables.policy).where(tables.policy.c.is_active)
        return catalog_rows.policy_of(self._connection.execute(active).one())

    def put_policy(self, policy: Policy) -> None:
        """Make the policy the active one.

        Raises
        ------
        InvalidInput
            Another policy has that version already.
        """
        same_version = select(tables.policy).where(tables.policy.c.version == policy.version)
        known = self._connection.execute(same_version).one_or_none()
        if known is not None and catalog_rows.policy_of(known) != policy:
            raise InvalidInput(
                f'policy version "{policy.version}" exists with other weights',
                pointer="/version",
                fix="Give the changed policy a version of its own",
            )
        if known is None:
            values = catalog_rows.policy_values(policy) | {"is_active": False}
            self._connection.execute(insert(tables.policy), values)
        is_it = tables.policy.c.version == policy.version
        self._connection.execute(update(tables.policy).values(is_active=is_it))

    def _raise_version(self) -> None:
        version = tables.catalog_version
        self._connection.execute(update(version).values(version=version.c.version + 1))
        self._has_put = True

    def _read(self) -> Network:
        read = self._connection.execute
        rates: dict[tuple[NodeId, ZoneId], list[Rate]] = defaultdict(list)
        in_order = select(tables.rate).order_by(*tables.rate.primary_key)
        for rate in map(catalog_rows.rate_of, read(in_order)):
            rates[rate.origin, rate.zone].append(rate)
        nodes = map(catalog_rows.node_of, read(select(tables.node).order_by(tables.node.c.id)))
        zones = map(catalog_rows.zone_of, read(select(tables.zone).order_by(tables.zone.c.id)))
        skus = map(catalog_rows.sku_of, read(select(tables.sku).order_by(tables.sku.c.id)))
        return Network(
            nodes={node.id: node for node in nodes},
            zones={zone.id: zone for zone in zones},
            skus={sku.id: sku for sku in skus},
            rates={lane: tuple(of_lane) for lane, of_lane in rates.items()},
        )
