"""What processes do beside each other in the tests of retention; run as `python -m`, never imported.

`write` gives every third of the canceled orders new life, `purge` purges, `die` stops in the middle.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from fulfillment.errors import Refused
from fulfillment.ids import LineId, NodeId, OrderId, ServiceId, SkuId, ZoneId
from fulfillment.ledger.protocol import Wanted
from fulfillment.orders import Destination, Order, OrderLine
from fulfillment.supply import SupplyKey
from storage import purging
from storage.database import Database, open_database
from storage.instance_documents import Instance
from storage.purging import Limits, purge
from storage.retention import Purged, Retention
from storage.stores import Stores
from storage.unit_of_work import write_together
from tests.storage.test_decision_instances import INSTANCE

LIMIT = datetime(2026, 3, 6, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 11, 12, tzinfo=UTC)
CUP = SupplyKey(SkuId("cup"), NodeId("leeds"))


def main() -> None:
    role, url, name = sys.argv[1:]
    database = open_database(url, durable=False)
    purging._BATCH = 10
    if role == "write":
        write(database, name)
    elif role == "purge":
        for _ in range(5):
            purge(database, Limits(LIMIT, LIMIT))
    else:
        die_in_the_second_batch()
        purge(database, Limits(LIMIT, LIMIT))
    database.close()


def write(database: Database, name: str) -> None:
    """Both writers want each order; one gets it, or finds it held by the other."""
    for number in range(0, 300, 3):
        try:
            write_together(database, partial(reserve, order=OrderId(f"a-{number}")))
        except Refused as error:
            raise AssertionError(f"{name}: {error.detail}") from error


def reserve(stores: Stores, order: OrderId) -> None:
    claims = stores.ledger.claims(order)
    if any(claim.state == "allocated" for claim in claims):
        return
    stores.ledger.reserve(
        order, [Wanted(LineId("1"), CUP, 2, ServiceId("ground"))], expires_at=None, now=LATER
    )
    line = OrderLine(LineId("1"), SkuId("cup"), 2)
    destination = Destination(ZoneId("UK"), None)
    stores.orders.put(
        Order(id=order, lines=(line,), destination=destination, placed_at=LATER, channel="web"), now=LATER
    )
    number = stores.decisions.put(order, stores.ledger.revision(order), {"id": order})
    instance, version = _decided_on(int(order.removeprefix("a-")) % 7)
    stores.decisions.put_instance(number, instance, version=version)


def _decided_on(state: int) -> tuple[Instance, int]:
    """An instance on one of several states of the catalog, that come and go with their orders."""
    nodes = {node.id: replace(node, priority=state) for node in INSTANCE.network.nodes.values()}
    return replace(INSTANCE, network=replace(INSTANCE.network, nodes=nodes)), state


def die_in_the_second_batch() -> None:
    batches = iter(range(9))
    real = Retention.purge

    def stop(self: Retention, orders: Sequence[OrderId], *, before: datetime, answers: bool) -> Purged:
        done = real(self, orders, before=before, answers=answers)
        if next(batches) == 1:
            print("in the middle", flush=True)
            time.sleep(60)
        return done

    Retention.purge = stop  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
