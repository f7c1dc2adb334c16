"""Keeping a decision with what it was made from, so that it can be explained, and made again."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date

from api.orders import translate
from api.orders.answers import Decision, StoredDecision
from api.orders.deciding import Decided
from fulfillment.ids import OrderId
from fulfillment.ledger.claims import Claim, ClaimState
from storage.instance_documents import Instance
from storage.stores import Stores


def keep_decision(stores: Stores, given: Decision, decided: Decided) -> None:
    """Write the decision that an order has from its revision on, and what it was made from.

    An order that waits whole was no choice among all nodes by cost alone; it is told in a sentence.
    """
    kept = StoredDecision(**dict(given), seen=translate.seen(decided.instance, decided.stock))
    number = stores.decisions.put(OrderId(given.id), given.revision, kept.model_dump(mode="json"))
    if given.leaves_on is None:
        stores.decisions.put_instance(number, _instance(decided), version=decided.snapshot.version)


def _instance(decided: Decided) -> Instance:
    snapshot = decided.snapshot
    return Instance(
        order=snapshot.order,
        network=snapshot.network,
        policy=snapshot.policy.version,
        stock=decided.stock,
        capacity=snapshot.capacity,
        limits=asdict(decided.limits) if decided.limits is not None else None,
        prices=snapshot.prices,
        now=snapshot.now,
    )


def leaves_on(stores: Stores, order: OrderId, claims: Iterable[Claim]) -> date | None:
    """The day all of an order leaves that waits for a part of it; None if it does not, or no longer.

    By what it waits for now: a reassignment may have changed that.
    """
    awaited = [c.peg.earliest for c in claims if c.state is ClaimState.BACKORDERED or _is_soft_wait(c)]
    kept = stores.decisions.latest(order) if awaited else None
    return max(awaited) if kept is not None and kept.get("leaves_on") else None


def _is_soft_wait(claim: Claim) -> bool:
    """Whether it is to become a backorder when it is confirmed."""
    return claim.state is ClaimState.RESERVED and not claim.peg.is_on_hand
