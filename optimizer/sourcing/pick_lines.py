"""An order as it is picked: lines that name one sku, and ship from the same nodes, as one.

Whoever picks goes to a sku's place once, however many lines of the order name it. So labor per line and the
penalty for a split line are charged by pick line, and the engines know no other lines.
"""

from dataclasses import replace

import numpy as np

from optimizer.sourcing.instance import Ints, SourcingInstance


def picked(instance: SourcingInstance) -> SourcingInstance:
    """The same order with a line for every pick line: one that no limit on nodes tells lines apart in."""
    if not instance.repeats_a_sku:
        return instance
    first = np.unique(instance.sku_index, return_index=True)[1]
    columns = first.tolist()
    demand = instance.pick_lines(instance.demand)
    return replace(
        instance,
        lines=tuple(
            replace(instance.lines[line], quantity=int(units))
            for line, units in zip(columns, demand, strict=True)
        ),
        stock=np.ascontiguousarray(instance.stock[:, first]),
        skus=tuple(instance.skus[line] for line in columns),
        sku_index=np.arange(len(first)),
        demand=demand,
        weight=instance.weight[first],
        lost_value=instance.lost_value[first],
        offers=tuple(tuple(offer.of_lines(columns) for offer in offers) for offers in instance.offers),
        stock_prices=None if instance.stock_prices is None else instance.stock_prices.of_lines(first),
    )


def shared_out(instance: SourcingInstance, units: Ints) -> Ints:
    """Units of every line (N, L) where those of pick lines (N, S) are known.

    Lines in turn, each from the node that has just enough of it left, else from those that have most.
    """
    if not instance.repeats_a_sku:
        return units
    left, found = units.copy(), np.zeros_like(instance.stock)
    for line, number in enumerate(instance.sku_index.tolist()):
        wanted = int(instance.demand[line])
        while wanted and left[:, number].any():
            enough = np.flatnonzero(left[:, number] >= wanted)
            k = enough[left[enough, number].argmin()] if len(enough) else left[:, number].argmax()
            given = min(wanted, int(left[k, number]))
            found[k, line] += given
            left[k, number] -= given
            wanted -= given
    return found
