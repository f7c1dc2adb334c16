"""What must be true after a soak, of the answers the clients kept and of the books: nothing here is a sample.

The books are read from the database, past the service. Each rule is a function of its complaints.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx

from fulfillment.ids import OrderId
from fulfillment.ledger.claims import ClaimState
from fulfillment.ledger.protocol import Entry
from fulfillment.supply import CapacityKey, SupplyKey
from storage.database import open_database

TAKING = frozenset({"reserve", "reassign"})  # verbs that must find the units available


@dataclass(frozen=True, slots=True)
class Told:
    """One call, with the only answer it got."""

    path: str
    body: str
    key: str
    status: int
    answer: str
    tries: int
    seconds: float

    @property
    def has_effect(self) -> bool:
        """Whether it was said to have changed something; to source again may leave all where it is."""
        if self.status not in (200, 201):
            return False
        return not self.path.endswith("/reassign") or json.loads(self.answer)["moved"] > 0

    @property
    def order(self) -> str:
        if self.path == "/v1/orders":
            return str(json.loads(self.body)["id"])
        return self.path.split("/")[3] if self.path.startswith("/v1/orders/") else ""


@dataclass(frozen=True)
class Books:
    """The ledger as the database has it."""

    entries: Sequence[Entry]
    revisions: dict[str, int]
    states: dict[str, Counter[ClaimState]]
    complaints: Sequence[str]


def read_answers(folder: Path) -> list[Told]:
    """All lines that the clients wrote, client by client."""
    files = sorted(folder.glob("*.jsonl"))
    return [Told(**json.loads(line)) for file in files for line in file.read_text("utf-8").splitlines()]


def read_books(database_url: str) -> Books:
    """Everything of the ledger, in one snapshot."""
    database = open_database(database_url)
    try:
        with database.reading() as stores:
            entries = list(stores.ledger.entries())
            orders = {entry.order for entry in entries if entry.order is not None}
            claims = {order: stores.ledger.claims(order) for order in sorted(orders)}
            return Books(
                entries=entries,
                revisions={order: stores.ledger.revision(OrderId(order)) for order in claims},
                states={order: _units(of_order) for order, of_order in claims.items()},
                complaints=list(stores.ledger.reconcile()),
            )
    finally:
        database.close()


def oversold(books: Books) -> Iterator[str]:
    """A row from which units were promised at an instant when it did not have them available.

    A row's entries are numbered in the order in which its writers had it to themselves. What one step takes
    is what counts: to source an order again may move one unit away from a row, and another one there.
    """
    of_row: defaultdict[SupplyKey | CapacityKey, list[Entry]] = defaultdict(list)
    for entry in books.entries:
        of_row[entry.key].append(entry)
    for key, entries in of_row.items():
        quantity = reserved = 0
        for (verb, _), step in groupby(entries, key=lambda entry: (entry.verb, entry.at)):
            together = list(step)
            quantity += sum(entry.quantity_change for entry in together)
            taken = sum(entry.reserved_change for entry in together)
            reserved += taken
            if verb in TAKING and taken > 0 and reserved > quantity:
                yield f"{together[-1].sequence}: {key} had {quantity}, {reserved} promised"


def negative(books: Books) -> Iterator[str]:
    """A row that ever went below zero."""
    quantity: Counter[SupplyKey | CapacityKey] = Counter()
    for entry in books.entries:
        quantity[entry.key] += entry.quantity_change
        if quantity[entry.key] < 0:
            yield f"{entry.sequence}: {entry.key} went to {quantity[entry.key]}"


def unaccounted(books: Books, told: Sequence[Told]) -> Iterator[str]:
    """Units that came or went otherwise than by what was acknowledged."""
    moved: Counter[str] = Counter()
    for entry in books.entries:
        if isinstance(entry.key, SupplyKey) and entry.key.is_on_hand:
            moved[entry.verb] += entry.quantity_change
    said: Counter[str] = Counter()
    for one in told:
        if one.path == "/v1/stock-events" and one.status == 200:
            for event in json.loads(one.body)["events"]:
                said[event["kind"]] += event["quantity"]
    if moved["receive"] != said["receipt"]:
        yield f"{said['receipt']} units acknowledged as received, {moved['receive']} on the books"
    if -moved["walk_in_sale"] > said["walk_in_sale"]:
        yield f"{said['walk_in_sale']} units acknowledged as sold, {-moved['walk_in_sale']} on the books"
    shipped = sum(states[ClaimState.SHIPPED] for states in books.states.values())
    if -moved["ship"] > shipped:
        yield f"{shipped} units are shipped, {-moved['ship']} left the books"


def lost_or_doubled(books: Books, told: Sequence[Told]) -> Iterator[str]:
    """An order whose revision is not one for each effect that was acknowledged, and each expiry.

    A revision is raised by one with every change of an order, so an answer that is not in the books, a key
    that had two effects, and an effect that nobody was told of all show here.
    """
    effects: Counter[str] = Counter()
    for one in told:
        if one.order and one.has_effect:
            effects[one.order] += 1
    expiries = {(entry.order, entry.at) for entry in books.entries if entry.verb == "expire"}
    by_expiry = Counter(str(order) for order, _ in expiries)
    for order in sorted(effects.keys() | books.revisions.keys()):
        found, fewest = books.revisions.get(order, 0), effects[order]
        # Who orders anew when his units have expired raises the revision once for both.
        if not fewest <= found <= fewest + by_expiry[order]:
            yield f"order {order} is at revision {found}, {fewest} effects were acknowledged"


def changed_on_repeating(url: str, told: Sequence[Told]) -> Iterator[str]:
    """A call that gets another answer, or none of its first one, when it is sent once more under its key."""
    kept = [one for one in told if one.status in (200, 201)]

    def repeat(client: httpx.Client, one: Told) -> str | None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": one.key}
        again = client.post(one.path, content=one.body, headers=headers)
        same = (again.status_code, again.text) == (one.status, one.answer)
        if same and again.headers.get("Idempotent-Replayed") == "true":
            return None
        first, then = f"{one.status} {one.answer[:200]}", f"{again.status_code} {again.text[:200]}"
        return f"{one.key} {one.path}: first {first}, then {then}"

    with httpx.Client(base_url=url, timeout=60) as client, ThreadPoolExecutor(4) as pool:
        yield from filter(None, pool.map(lambda one: repeat(client, one), kept))


def _units(claims: Sequence[Any]) -> Counter[ClaimState]:
    units: Counter[ClaimState] = Counter()
    for claim in claims:
        units[claim.state] += claim.quantity
    return units
