"""What a rival process does in the race and in the kill test; run as `python -m`, never imported."""

import random
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from fulfillment.errors import Refused
from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId
from fulfillment.ledger.protocol import Selection, Wanted
from fulfillment.supply import StockState, SupplyKey
from storage.database import Database, open_database
from storage.stores import Stores
from storage.unit_of_work import write_together


def main() -> None:
    url, role, name, rounds = sys.argv[1:]
    database = open_database(url, durable=False)
    try:
        if role == "race":
            race(database, name, rounds=int(rounds))
        else:
            die_in_the_middle(database, name)
    finally:
        database.close()


def race(database: Database, name: str, *, rounds: int) -> None:
    """Reserve units of two scarce skus at once, then use them or let go, so that they stay in play."""
    chance = random.Random(name)
    for number in range(rounds):
        order = OrderId(f"{name}-{number}")
        skus = chance.sample(["cup", "lamp", "mat"], 2)
        lasts = timedelta(seconds=chance.choice([0.05, 1]))
        wanted = [want(sku, chance.randint(1, 3)) for sku in skus]
        how = chance.choice(["cancel", "confirm", "return", "forget"])
        try:
            write_together(database, partial(reserve, order=order, wanted=wanted, lasts=lasts))
            if how == "return":
                with database.writing() as stores:  # shipping is a fact about stock
                    use(stores, Selection(order), how)
            else:
                write_together(database, partial(use, selection=Selection(order), how=how))
        except Refused:  # somebody else was faster, or the reservation has expired
            continue


def reserve(stores: Stores, *, order: OrderId, wanted: Sequence[Wanted], lasts: timedelta) -> None:
    stores.ledger.reserve(order, wanted, expires_at=stores.now + lasts, now=stores.now)


def use(stores: Stores, selection: Selection, how: str) -> None:
    ledger, now = stores.ledger, stores.now
    if how in ("confirm", "return"):
        ledger.confirm(selection, now=now)
    if how == "return":
        ledger.ship(selection, now=now)
        ledger.take_back(selection, to=NodeId("leeds"), state=StockState.SELLABLE, now=now)
    elif how != "forget":
        ledger.cancel(selection, now=now)


def die_in_the_middle(database: Database, name: str) -> None:
    """Confirm one order and say so; then hold a second one in an open transaction until killed."""
    cup = [want("cup", 2)]
    with database.writing() as stores:
        stores.ledger.reserve(OrderId(f"{name}-done"), cup, expires_at=None, now=stores.now)
    with database.writing() as stores:
        stores.ledger.reserve(OrderId(f"{name}-half"), cup, expires_at=None, now=stores.now)
        print("in the middle", flush=True)
        time.sleep(60)


def want(sku: str, count: int) -> Wanted:
    return Wanted(LineId(sku), SupplyKey(SkuId(sku), NodeId("leeds")), count, ServiceId("standard"))


if __name__ == "__main__":
    main()
