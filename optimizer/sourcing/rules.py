"""The rules that today's platforms use, as named baselines and as the last resort of the service.

Each is greedy and walks nodes in some order, taking whole lines where it can: a line leaves from the
first node that can ship all of it, and is split only if no node can. No rule gives up a unit that a node
could still ship; with full nodes, another walk might have served more.
"""

from collections.abc import Callable, Iterable, Mapping

from fulfillment.plan import Plan
from optimizer.sourcing.costing import plan_of
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.shelf import Shelf

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
    shelf = Shelf(instance)
    order = _by(instance.distance)
    while lines := {k: whole for k in shelf.with_a_whole_line(order) if (whole := shelf.whole_lines(k))}:
        most = max(map(len, lines.values()))
        # max keeps the first of equals: the nearest
        best = max((k for k in lines if len(lines[k]) == most), key=shelf.units_of_any_line)
        shelf.take_whole(best, lines[best])
    shelf.take_rest(order)
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
    shelf = Shelf(instance)
    for k in shelf.with_a_whole_line(order):
        shelf.take_whole(k, shelf.whole_lines(k))
    shelf.take_rest(order)
    return shelf.units
