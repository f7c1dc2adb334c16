"""`python -m api.demo.describe`: the demo world in figures, as quoted in docs/demo_world.md."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, timedelta

from api.demo.assemble import REPORTING_WINDOW, SEED, TUNING_WINDOW, demo_world
from scenarios.world import Window, World
from scenarios.world.summary import summarize

_WINDOWS = {"reporting": REPORTING_WINDOW, "tuning": TUNING_WINDOW}
_FIRST_MONDAY = date(2010, 5, 10)  # five months of history lie before it


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m api.demo.describe", description=__doc__)
    parser.add_argument("--window", choices=sorted(_WINDOWS), default="reporting")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--nodes", action="store_true", help="opening stock and capacity of each node")
    parser.add_argument("--zones", action="store_true", help="orders of each destination zone")
    parser.add_argument("--fortnights", action="store_true", help="unservable share of every fortnight")
    chosen = parser.parse_args(arguments)
    if chosen.fortnights:
        rows = fortnights(chosen.seed, first=_FIRST_MONDAY)
    else:
        world = demo_world(seed=chosen.seed, window=_WINDOWS[chosen.window])
        rows = _nodes(world) if chosen.nodes else _zones(world) if chosen.zones else _figures(world)
    for row in rows:
        sys.stdout.write("\t".join(row) + "\n")
        sys.stdout.flush()
    return 0


def _figures(world: World) -> Iterator[tuple[str, ...]]:
    yield "first_day", str(world.window.start)
    yield "last_day", str(world.window.days[-1])
    summary = summarize(world)
    for field in fields(summary):
        value = getattr(summary, field.name)
        yield field.name, f"{value:.4f}" if isinstance(value, float) else str(value)


def _nodes(world: World) -> Iterator[tuple[str, ...]]:
    units: Counter[str] = Counter()
    held: Counter[str] = Counter()
    safety: Counter[str] = Counter()
    for row in world.supply:
        if row.key.is_on_hand:
            units[row.key.node] += row.quantity
            safety[row.key.node] += row.safety_stock
            held[row.key.node] += 1
    yield "node", "priority", "skus", "opening_units", "safety_units", "units_per_day"
    for node in world.network.nodes.values():
        figures = node.priority, held[node.id], units[node.id], safety[node.id], node.units_per_day
        yield str(node.id), *map(str, figures)


def _zones(world: World) -> Iterator[tuple[str, ...]]:
    orders = Counter(order.destination.zone for order in world.orders)
    yield "zone", "orders", "share"
    for zone in world.network.zones:
        yield str(zone), str(orders[zone]), f"{orders[zone] / len(world.orders):.4f}"


def fortnights(seed: int, *, first: date) -> Iterator[tuple[str, ...]]:
    """The unservable share of every fortnight from a Monday, from `first` up to the reported one."""
    yield "first_day", "orders", "units", "unservable_share"
    start = first
    while start <= REPORTING_WINDOW.start:
        summary = summarize(demo_world(seed=seed, window=Window(start, weeks=2)))
        yield str(start), str(summary.orders), str(summary.units), f"{summary.unservable_share:.4f}"
        start += timedelta(weeks=1)


if __name__ == "__main__":
    sys.exit(main())
