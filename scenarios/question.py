"""An order with all that it is decided from: asked as often as one likes, and with something changed.

Nothing here reads a ledger or changes anything. Every answer is a real solve.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from fulfillment.ids import NodeId, SkuId
from fulfillment.ledger.protocol import Ledger
from fulfillment.money import Micros
from fulfillment.network import Network, Node
from fulfillment.orders import Order
from fulfillment.plan import Plan
from fulfillment.policy import Policy
from fulfillment.price_book import PriceBook, usable
from optimizer.sourcing import DEFAULT_LIMITS, Limits, Outcome, SourcingInstance, build_instance
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.engines import units_of
from scenarios.deciding import Decide, nodewise
from scenarios.situation import situation

Stock = Mapping[tuple[NodeId, SkuId], int]


@dataclass(frozen=True, slots=True)
class Question:
    """What an order is decided from.

    `network` is as of `now` (`fulfillment.capacity.as_of`): the units of a node's day are those of its slots
    not ended. `stock` are units by (node, sku), of a kit those that could be packed beside those of its
    components; `capacity` units left on the nodes' day, the full day where a node is absent. `prices` is the
    price book that is used, if any, and `now` the instant of the decision.
    """

    order: Order
    network: Network
    policy: Policy
    stock: Stock
    capacity: Mapping[NodeId, int]
    limits: Limits = DEFAULT_LIMITS
    prices: PriceBook | None = None
    now: datetime | None = None

    @property
    def names(self) -> dict[NodeId, str]:
        """What the nodes are called."""
        return {node.id: node.name for node in self.network.nodes.values()}

    @property
    def instance(self) -> SourcingInstance:
        return build_instance(
            self.order,
            network=self.network,
            policy=self.policy,
            stock=self.stock,
            capacity=self.capacity,
            prices=self.prices,
            now=self.now,
        )

    @property
    def at(self) -> datetime:
        """When it is decided; when the order was placed, if that is not said."""
        return self.now or self.order.placed_at

    def room(self, node: NodeId) -> int:
        """Units that a node can still ship that day."""
        return self.capacity.get(node, self.network.nodes[node].units_per_day)

    def answer(self, decide: Decide | None = None) -> Outcome:
        """The outcome by a decider; by default by Nodewise."""
        return (decide or nodewise(limits=self.limits)).outcome(self.instance)

    def only(self, allowed: Callable[[Node], bool]) -> Outcome:
        """Nodewise, where only the nodes that `allowed` accepts may ship."""
        return self.at_nodes(allowed).answer()

    def at_nodes(self, allowed: Callable[[Node], bool]) -> "Question":
        """The same where only the nodes that `allowed` accepts may ship."""
        nodes = {
            name: node if allowed(node) else replace(node, is_on=False, off_reason="not allowed")
            for name, node in self.network.nodes.items()
        }
        return replace(self, network=replace(self.network, nodes=nodes))

    def without(self, *nodes: NodeId) -> Outcome:
        """Nodewise, where these nodes may not ship."""
        return self.leaving_out(*nodes).answer()

    def leaving_out(self, *nodes: NodeId) -> "Question":
        """The same where these nodes may not ship."""
        return self.at_nodes(lambda node: node.id not in nodes)

    def from_one_node(self) -> Outcome:
        """The best plan with a single shipment: fewest unfilled units first, then the lowest objective."""
        return self.at_one_node().answer()

    def at_one_node(self) -> "Question":
        """The same with at most one shipment."""
        return replace(self, order=_from_at_most_one(self.order))

    def with_free_splits(self) -> "Question":
        """The same under a policy that does not mind another shipment."""
        free = replace(self.policy, extra_shipment_penalty=Micros(0), split_line_penalty=Micros(0))
        return replace(self, policy=free)

    def if_splits_were_free(self) -> Plan:
        """The cheapest plan in cash, steering left out when choosing and put back when pricing."""
        return priced_again(self.instance, self.with_free_splits().answer().plan)


def question_at(
    order: Order,
    *,
    network: Network,
    policy: Policy,
    ledger: Ledger,
    now: datetime,
    prices: PriceBook | None = None,
) -> Question:
    """The question that an order is in a state of the ledger; read only. A stale price book is not used."""
    seen = situation(order, network=network, policy=policy, ledger=ledger, now=now)
    return Question(
        order, seen.network, policy, seen.stock, seen.capacity, prices=usable(prices, now), now=now
    )


def priced_again(instance: SourcingInstance, plan: Plan) -> Plan:
    """The same units from the same nodes, priced as in `instance`."""
    return plan_of(instance, units_of(instance, plan))


def _from_at_most_one(order: Order) -> Order:
    return replace(order, nodes=replace(order.nodes, at_most=1))
