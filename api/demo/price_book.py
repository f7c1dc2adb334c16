"""`python -m api.demo.price_book`: a price book for the demo, from the weeks before those that it replays.

A simple rule, and no forecast: what a store sells at its till in the two weeks is taken to be Poisson, at the
rate that the earlier weeks give. Its safety stock is never promised online; of the units beyond it the u-th
is worth the margin lost at the till times the chance that the till asks for it and all before. A DC has no
till, so its stock is free. Nothing of the replayed weeks is looked at.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from scipy.special import pdtrc

from api.demo.assemble import SEED, demo_world
from api.edge.money import from_micros
from fulfillment.ids import NodeId, SkuId
from fulfillment.money import MICROS_PER_MINOR, Micros
from fulfillment.price_book import MAX_STEPS, PriceStep, StockPrice
from scenarios.world import World


def prices_of(world: World) -> Mapping[tuple[NodeId, SkuId], StockPrice]:
    """Of every stock that a till may miss, by node and sku."""
    safety = {(row.key.node, row.key.sku): row.safety_stock for row in world.supply if row.key.is_on_hand}
    found = {}
    for (node, sku), rate in sorted(world.walk_in_rate.items()):
        worth = world.network.skus[sku].lost_sale_value
        wanted = rate * world.window.weeks
        if steps := tuple(steps_of(worth, wanted, safety.get((node, sku), 0))):
            found[node, sku] = StockPrice(steps)
    return found


def steps_of(worth: Micros, wanted: float, safety: int) -> Iterator[PriceStep]:
    """Steps of a stock of which the till is expected to want so many units, `safety` of them held for it.

    One to a unit, in whole pennies; units of one price share theirs.
    """
    last: PriceStep | None = None
    for number in range(1, MAX_STEPS + 1):
        chance = float(pdtrc(safety + number - 1, wanted))  # that more than the others are asked for
        price = Micros(round(worth * chance / MICROS_PER_MINOR) * MICROS_PER_MINOR)
        if last is not None and price < last.price:
            yield last
        if price <= 0:
            return
        last = PriceStep(number, price)
    if last is not None:
        yield last


def write(world: World, file: Path) -> int:
    """Write the book as the service imports it; returns how many stocks have a price."""
    prices = prices_of(world)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(("node", "sku", "steps"))
        for (node, sku), price in prices.items():
            steps = ";".join(f"{step.up_to}:{from_micros(step.price)}" for step in price.steps)
            rows.writerow((node, sku, steps))
    return len(prices)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m api.demo.price_book", description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("var/demo/prices.csv"), help="CSV file to write")
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args(arguments)
    count = write(demo_world(seed=chosen.seed), chosen.to)
    sys.stdout.write(f"{chosen.to}: prices of {count:,} stocks\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
