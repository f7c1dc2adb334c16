"""Master data: nodes, zones, skus, rates, and which policy is in force when.

The catalog is read as a whole and kept until something is put, since every order needs it and it
changes seldom: a version counter, raised in the transaction of each put, says when to read again. A policy
that was scheduled comes into force by the clock alone, without a new version.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from fulfillment.activations import Activation, Timeline
from fulfillment.errors import UnknownReference
from fulfillment.ids import NodeId, SkuId, ZoneId
from fulfillment.kits import as_packed, refuse_nesting
from fulfillment.network import Network, Node, Zone
from fulfillment.policy import Policy
from fulfillment.price_book import PriceBook
from fulfillment.rates import Rate
from fulfillment.skus import Component, Sku
from storage import catalog_rows
from storage.audit import COMMAND_LINE
from storage.dialects import upsert
from storage.errors import StaleSnapshot
from storage.policies import Policies, PolicyStore, read_policies
from storage.price_books import PriceBooks, StoredBook, read_in_force
from storage.schema import catalog as tables


@dataclass(frozen=True, slots=True)
class Contents:
    """The network and the policies of one version, those that are in force later among them.

    Of the price book in force only what it is called: its prices are read for the order that needs them.
    """

    network: Network
    policies: Policies
    price_book: StoredBook | None


class CatalogCache:
    """The last committed catalog that was read, and its version; shared by all connections."""

    def __init__(self) -> None:
        self._kept: tuple[int, Contents] | None = None

    def get(self, version: int) -> Contents | None:
        kept = self._kept  # one read: another thread may put a newer pair meanwhile
        return kept[1] if kept and kept[0] == version else None

    def put(self, version: int, contents: Contents) -> None:
        self._kept = (version, contents)


class Catalog:
    """`version` is the catalog's when the transaction began; who puts something is the only one to.

    `now` is the instant of the transaction, at which a policy is in force.
    """

    def __init__(self, connection: Connection, *, version: int, now: datetime, cache: CatalogCache) -> None:
        self._connection = connection
        self._version = version
        self._now = now
        self._cache = cache
        self._has_put = False

    def version(self) -> int:
        """Raised by one with every put of nodes, zones, skus or rates, every activation of a policy, and
        every price book that is loaded or withdrawn."""
        return self._version

    def expect_version(self, version: int) -> None:
        """Raise StaleSnapshot if anything was put since."""
        if (found := self.version()) != version:
            raise StaleSnapshot(version, found)

    def network(self) -> Network:
        return self._contents().network

    def put_nodes(self, nodes: Sequence[Node]) -> None:
        upsert(self._connection, tables.node, [catalog_rows.node_values(node) for node in nodes])
        self._raise_version()

    def put_zones(self, zones: Sequence[Zone]) -> None:
        upsert(self._connection, tables.zone, [catalog_rows.zone_values(zone) for zone in zones])
        self._raise_version()

    def put_skus(self, skus: Sequence[Sku]) -> None:
        """Insert or replace by id; of a kit its components too.

        Raises
        ------
        UnknownReference
            A component that was never put.
        InvalidInput
            A component that is a kit itself. The caller writes nothing then.
        """
        upsert(self._connection, tables.sku, [catalog_rows.sku_values(sku) for sku in skus])
        self._put_components(skus)
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
        """The policy in force at the instant of this transaction; there always is one."""
        return self._contents().policies.at(self._now)

    def policy_at(self) -> Callable[[datetime], Policy]:
        """Says the policy in force at an instant, after this transaction, too."""
        return self._contents().policies.at

    def timeline(self) -> Timeline:
        """When which version is in force."""
        return self._contents().policies.timeline

    def policies(self) -> PolicyStore:
        """The versions that are kept, those that were never in force among them."""
        return PolicyStore(self._connection, changed=self._raise_version)

    def price_books(self) -> PriceBooks:
        """All price books that were loaded."""
        return PriceBooks(self._connection, changed=self._raise_version)

    def price_book(self) -> StoredBook | None:
        """The price book in force, out of date or not; None if there is none."""
        return self._contents().price_book

    def prices_of(self, skus: Collection[SkuId]) -> PriceBook | None:
        """The price book in force with the prices of these skus alone; None if there is none.

        One that is out of date has none: nobody may decide by them.
        """
        book = self.price_book()
        if book is None:
            return None
        is_stale = book.is_stale(self._now)
        return book.with_prices({} if is_stale else self.price_books().prices(book, skus))

    def put_policy(self, policy: Policy) -> None:
        """Keep a policy, unless it is kept already, and activate it from now on.

        For who sets up a database; the service keeps and activates in two steps.

        Raises
        ------
        InvalidInput
            Another policy has that version already.
        """
        store, now, by = self.policies(), self._now, COMMAND_LINE.id
        store.add(policy, note="", author=COMMAND_LINE, now=now)
        store.activate(Activation(0, policy.version, effective_at=now, made_at=now, made_by=by))

    def _put_components(self, skus: Sequence[Sku]) -> None:
        part = tables.sku_component
        put, kits = {sku.id for sku in skus}, [sku for sku in skus if sku.components]
        was_kit = [{"was_kit": kit} for kit in self._components() if kit in put]
        if not (kits or was_kit):
            return
        if was_kit:
            self._connection.execute(delete(part).where(part.c.kit == bindparam("was_kit")), was_kit)
        if kits:
            known = set(self._connection.execute(select(tables.sku.c.id)).scalars())
            for one in (one for kit in kits for one in kit.components):
                if one.sku not in known:
                    raise UnknownReference("sku", one.sku, known, pointer="/components")
            values = [row for kit in kits for row in catalog_rows.component_values(kit)]
            self._connection.execute(insert(part), values)
        refuse_nesting({kit: [one.sku for one in parts] for kit, parts in self._components().items()})

    def _components(self) -> dict[SkuId, tuple[Component, ...]]:
        part = tables.sku_component
        found: dict[SkuId, list[Component]] = defaultdict(list)
        for kit, sku, quantity in self._connection.execute(
            select(part).order_by(part.c.kit, part.c.component)
        ):
            found[kit].append(Component(sku, quantity))
        return {kit: tuple(parts) for kit, parts in found.items()}

    def _raise_version(self) -> None:
        version = tables.catalog_version
        self._connection.execute(update(version).values(version=version.c.version + 1))
        self._version += 1
        self._has_put = True

    def _contents(self) -> Contents:
        kept = self._cache.get(self._version)
        if kept is None or self._has_put:
            kept = Contents(
                self._read_network(), read_policies(self._connection), read_in_force(self._connection)
            )
            if not self._has_put:  # else it is not committed yet: nobody else may see it
                self._cache.put(self._version, kept)
        return kept

    def _read_network(self) -> Network:
        read = self._connection.execute
        rates: dict[tuple[NodeId, ZoneId], list[Rate]] = defaultdict(list)
        in_order = select(tables.rate).order_by(*tables.rate.primary_key)
        for rate in map(catalog_rows.rate_of, read(in_order)):
            rates[rate.origin, rate.zone].append(rate)
        nodes = map(catalog_rows.node_of, read(select(tables.node).order_by(tables.node.c.id)))
        zones = map(catalog_rows.zone_of, read(select(tables.zone).order_by(tables.zone.c.id)))
        parts = self._components()
        rows = read(select(tables.sku).order_by(tables.sku.c.id))
        skus = {row.id: catalog_rows.sku_of(row, parts.get(row.id, ())) for row in rows}
        skus.update({kit: as_packed(skus[kit], skus) for kit in parts})
        return Network(
            nodes={node.id: node for node in nodes},
            zones={zone.id: zone for zone in zones},
            skus=skus,
            rates={lane: tuple(of_lane) for lane, of_lane in rates.items()},
        )
