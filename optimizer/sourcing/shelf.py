"""Taking units off the nodes one line after the other, for whoever fills an order greedily.

No more nodes share it than may.

Keeps the books only; in which order nodes and lines come is the caller's.
"""

from collections.abc import Iterable

import numpy as np

from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.splitting import Sharing


class Shelf:
    """What is left at every node while units are taken: stock, capacity, components, services, demand."""

    def __init__(self, instance: SourcingInstance) -> None:
        self._sku = instance.sku_index
        first_line = np.unique(self._sku, return_index=True)[1]
        self._stock = instance.stock[:, first_line].copy()
        self._room = instance.capacity.copy()
        self._shared = instance.shared
        self._nodes = instance.nodes
        self._sharing = Sharing(instance.splitting) if instance.splitting is not None else None
        self._left = None if instance.shared is None else instance.shared.held.copy()
        self._carriers = _Carriers(instance) if instance.lines_exclude_each_other else None
        self.missing = instance.demand.copy()
        self.units = np.zeros_like(instance.stock)

    def with_a_whole_line(self, order: Iterable[int]) -> list[int]:
        """Of some nodes those with stock for all that is missing of some line."""
        is_whole = (self._stock[:, self._sku] >= self.missing) & (self.missing > 0)
        nodes = set(np.flatnonzero(is_whole.any(axis=1)).tolist())
        return [k for k in order if k in nodes]

    def whole_lines(self, k: int) -> list[int]:
        """Lines of which node k can ship all that is missing, together."""
        room, stock = int(self._room[k]), self._stock[k].copy()
        found: list[int] = []
        left = None if self._left is None else self._left[k].copy()
        for line in np.flatnonzero(self.missing):
            quantity, sku = int(self.missing[line]), self._sku[line]
            if self._sharing is not None and self._sharing.why_not(self._nodes[k], int(line)):
                continue
            if quantity > room or quantity > stock[sku]:
                continue
            if self._carriers is not None and not self._carriers.take(k, [*found, int(line)]):
                continue
            if self._shared is not None and left is not None:
                if quantity > self._shared.most(left, int(line)):
                    continue
                left -= self._shared.need[:, line] * quantity
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
            self._take(k, int(line), min(int(self.missing[line]), self.most(k, int(line))))

    def take_rest(self, order: Iterable[int]) -> None:
        """Take what is missing from the first nodes in the order that have it."""
        for k in order:
            if not self.missing.any():
                return
            self.take_all(k)

    def take_up_to(self, k: int, line: int, quantity: int) -> int:
        """Take so many units of a line from node k, or as many as there are; returns how many."""
        taken = min(quantity, self.most(k, line))
        self._take(k, line, taken)
        return taken

    def most(self, k: int, line: int) -> int:
        """Units of the line that node k could still ship, whether or not they are wanted."""
        if self._sharing is not None and self._sharing.why_not(self._nodes[k], line):
            return 0
        if self._carriers is not None and not self._carriers.take(k, [line]):
            return 0
        most = min(int(self._stock[k][self._sku[line]]), int(self._room[k]))
        if self._shared is not None and self._left is not None:
            most = min(most, self._shared.most(self._left[k], line))
        return max(0, most)

    def _take(self, k: int, line: int, quantity: int) -> None:
        self._stock[k, self._sku[line]] -= quantity
        self._room[k] -= quantity
        if self._shared is not None and self._left is not None:
            self._left[k] -= self._shared.need[:, line] * quantity
        self.missing[line] -= quantity
        self.units[k, line] += quantity
        if self._sharing is not None and quantity:
            self._sharing.add(self._nodes[k], line)
        if self._carriers is not None and quantity:
            self._carriers.add(k, line)


def filled_up(instance: SourcingInstance, units: Ints) -> Ints:
    """A plan of `units` (N, L) as far as there is enough, and all that any node could still ship.

    Where the number of nodes is limited, those stay that ship most.
    """
    shelf = Shelf(instance)
    cells = [(int(k), int(line)) for line, k in zip(*np.nonzero(units.T), strict=True)]
    if instance.splitting is not None:
        cells.sort(key=lambda cell: -int(units[cell[0]].sum()))
    for k, line in cells:
        shelf.take_up_to(k, line, int(units[k, line]))
    shelf.take_rest(range(len(instance.nodes)))
    return shelf.units


class _Carriers:
    """Which services of every node take all that it ships so far."""

    def __init__(self, instance: SourcingInstance) -> None:
        self._left = [list(offers) for offers in instance.offers]

    def take(self, k: int, lines: list[int]) -> bool:
        """Whether one of them takes these lines too."""
        return any(all(offer.takes[line] for line in lines) for offer in self._left[k])

    def add(self, k: int, line: int) -> None:
        self._left[k] = [offer for offer in self._left[k] if offer.takes[line]]
