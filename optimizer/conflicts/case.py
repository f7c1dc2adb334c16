"""An order with all that it is decided from, so that it can be decided again without a part of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from fulfillment.holding import held_back, rows_left
from fulfillment.ids import NodeId, SkuId
from fulfillment.kits import kits_of
from fulfillment.network import Network
from fulfillment.orders import Order
from fulfillment.policy import Policy
from fulfillment.price_book import PriceBook
from fulfillment.supply import SupplyRow
from optimizer.sourcing.building import build_instance
from optimizer.sourcing.instance import SourcingInstance
from optimizer.sourcing.pegging import stock_for


@dataclass(frozen=True, slots=True)
class Case:
    """`rows` are the stock of the order's skus as it stands, `capacity` what each node can ship today.

    `prices` and `now` are those of `build_instance`.
    """

    order: Order
    network: Network
    policy: Policy
    rows: tuple[SupplyRow, ...]
    capacity: Mapping[NodeId, int]
    prices: PriceBook | None = None
    now: datetime | None = None

    def stock(self) -> dict[tuple[NodeId, SkuId], int]:
        """Units by (node, sku) that the order may draw on; of kits, those that can be packed."""
        held = held_back(self.order, self.policy.rules, self.network.nodes.values())
        kits = kits_of(self.order, self.network)
        return stock_for(rows_left(self.rows, held), channel=self.order.channel, kits=kits)

    def instance(self) -> SourcingInstance:
        """To be served as far as can be: money is no reason to leave a unit out."""
        return build_instance(
            self.order,
            network=self.network,
            policy=replace(self.policy, may_give_up=False),
            stock=self.stock(),
            capacity=self.capacity,
            prices=self.prices,
            now=self.now,
        )

    @property
    def units_needed(self) -> int:
        """Units that have to be served: all where the order is filled whole or refused, else one."""
        return 1 if self.order.accept_partial else self.order.units
