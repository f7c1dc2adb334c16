"""What carrier services take of an order's lines, from which node and when. Pure."""

from collections.abc import Iterable
from datetime import datetime

from api.orders.deciding import Snapshot
from fulfillment.ids import LineId, NodeId, ServiceId
from optimizer.sourcing.offers import Carriers, Offer


class Carrying:
    """The services that may carry the order, if its goods are ready at an instant."""

    def __init__(self, snapshot: Snapshot, ready: datetime) -> None:
        order = self._order = snapshot.order
        self._snapshot = snapshot
        self._goods = {line.id: snapshot.network.skus[line.sku] for line in order.lines}
        self._column = {line.id: index for index, line in enumerate(order.lines)}
        self._carriers = Carriers(order, snapshot.policy, list(self._goods.values()), ready)
        self._offers: dict[NodeId, tuple[Offer, ...]] = {}

    def taking(self, node: NodeId, lines: Iterable[LineId]) -> list[Offer]:
        """The offers of a node that take all of these lines."""
        if node not in self._offers:
            network, zone = self._snapshot.network, self._order.destination.zone
            rates = network.rates.get((node, zone), ())
            self._offers[node] = self._carriers.offers(network.nodes[node], rates)
        columns = [self._column[line] for line in lines]
        return [offer for offer in self._offers[node] if all(offer.takes[column] for column in columns)]

    def cheapest(self, offers: Iterable[Offer], units: Iterable[tuple[LineId, int]]) -> ServiceId:
        """Of some offers the one that costs least for the units, days late and emissions included."""
        load = [(self._goods[line], count) for line, count in units]
        price = self._snapshot.policy.co2e_price

        def rank(offer: Offer) -> tuple[int, int, ServiceId]:
            whole = offer.rate.load(load)
            cost = offer.rate.cost(whole) + offer.rate.co2e_cost(whole, price) + offer.lateness
            return cost, offer.rate.packages(whole), offer.rate.service

        return min(offers, key=rank).rate.service
