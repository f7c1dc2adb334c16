"""The rules that today's platforms use, as named baselines and as the last resort of the service.

Each is greedy and walks nodes in some order, taking whole lines where it can: a line leaves from the
first node that can ship all of it, and is split only if no node can. No rule gives up a unit that a node
could still ship; with full nodes, another walk might have served more.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from fulfillment.plan import Plan
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.instance import Ints, SourcingInstance

Rule = Callable[[SourcingInstance], Plan]


def nearest_first(instance: SourcingInstance) -> Plan:
    """Take what the nearest node has, then the next nearest, until the order is filled."""
    return plan_of(instance, _walk(instance, _by(instance.distance)))


def static_priority(instance: SourcingInstance) -> Plan:
    """The same walk in the retailer's fixed order of nodes."""
    return plan_of(instance, _walk(instance, _by(instance.priority)))


def one_node_first(instance: SourcingInstance) -> Plan:
    """The nearest node that can ship everything; else the node covering most lines, and repeat.

    What no node covers whole is taken in parts, from the nearest node on.
    """
    shelf = _Shelf(instance)
    order = _by(instance.distance)
    lines = {k: shelf.whole_lines(k) for k in order}
    while any(lines.values()):
        # max keeps the first of equals: the nearest
        best = max(order, key=lambda k: (len(lines[k]), shelf.units_of_any_line(k)))
        shelf.take_whole(best, lines[best])
        lines = {k: shelf.whole_lines(k) for k in order}
    for k in order:
        shelf.take_all(k)
    return plan_of(instance, shelf.units)


RULES: Mapping[str, Rule] = {
    "nearest_first": nearest_first,
    "one_node_first": one_node_first,
    "static_priority": static_priority,
}


def _by(key: Iterable[float]) -> list[int]:
    return [k for _, k in sorted((value, k) for k, value in enumerate(key))]


def _walk(instance: SourcingInstance, order: list[int]) -> Ints:
    """Whole lines first in the given order of nodes, then parts of what no node could ship whole."""
    shelf = _Shelf(instance)
    for k in order:
        shelf.take_whole(k, shelf.whole_lines(k))
    for k in order:
        shelf.take_all(k)
    return shelf.units


class _Shelf:
    """What is left of stock, capacity and demand while a rule walks."""

    def __init__(self, instance: SourcingInstance) -> None:
        self._sku = instance.sku_index
        first_line = np.unique(self._sku, return_index=True)[1]
        self._stock = instance.stock[:, first_line].copy()
        self._room = instance.capacity.copy()
        self.missing = instance.demand.copy()
        self.units = np.zeros_like(instance.stock)

    def whole_lines(self, k: int) -> list[int]:
        """Lines of which node k can ship all that is missing, together."""
        room, stock, found = int(self._room[k]), self._stock[k].copy(), []
        for line in np.flatnonzero(self.missing):
            quantity, sku = int(self.missing[line]), self._sku[line]
            if quantity <= room and quantity <= stock[sku]:
                room -= quantity
                stock[sku] -= quantity
                found.append(int(line))
        return found

    def units_of_any_line(self, k: int) -> int:
        return int(min(np.minimum(self._stock[k][self._sku], self.missing).sum(), self._room[k]))

    def take_whole(self, k: int, lines: list[int]) -> None:
        for line in lines:
            self._take(k, line, int(self.missing[line]))

    def take_all(self, k: int) -> None:
        for line in np.flatnonzero(self.missing):
            can = min(int(self.missing[line]), int(self._stock[k][self._sku[line]]), int(self._room[k]))
            self._take(k, int(line), can)

    def _take(self, k: int, line: int, quantity: int) -> None:
        self._stock[k, self._sku[line]] -= quantity
        self._room[k] -= quantity
        self.missing[line] -= quantity
        self.units[k, line] += quantity
