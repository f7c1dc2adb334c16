"""A till and a book to write its messages in: what the service does, without the service."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fulfillment.feeds.applying import Taken, moved_by_others, note_of, take
from fulfillment.feeds.messages import NOTHING, Deltas, FeedState, Message, RowMemory, Snapshot, new_feed
from fulfillment.ids import NodeId, SkuId
from fulfillment.ledger.memory import InMemoryLedger
from fulfillment.ledger.protocol import AdjustKind, Adjustment
from fulfillment.supply import SupplyKey, SupplyRow

FEED = "pos"
START = datetime(2011, 11, 21, 12, tzinfo=UTC)
SKUS = ("cup", "bowl", "plate")
ROWS = tuple(SupplyKey(SkuId(sku), NodeId("leeds")) for sku in SKUS)
CUP, BOWL, PLATE = ROWS


def minutes(count: int) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=count)


class Till:
    """A feed and the ledger it writes to. Of rows it remembers, as storage does, what late messages need."""

    def __init__(self, *, opening: int = 5, first: int = 1) -> None:
        self.ledger = InMemoryLedger()
        self.ledger.set_supply([SupplyRow(key, opening) for key in ROWS], now=minutes(-60))
        self.state: FeedState = new_feed(first)
        self.memory: dict[SupplyKey, RowMemory] = {}
        self.now = minutes(0)

    def send(self, message: Message) -> Taken:
        """One message arrives."""
        full = isinstance(message, Snapshot) and message.full
        keys = ROWS if full else tuple(message.rows)
        moved = {}
        if isinstance(message, Snapshot):
            entries = self.ledger.entries()
            for key in keys:
                since = [e for e in entries if e.key == key and e.at > message.at and e.quantity_change]
                moved[key] = moved_by_others(since, feed=FEED)
        held = {key: self.units(key) for key in keys}
        taken = take(FEED, self.state, message, held=held, memory=self.memory, moved=moved)
        facts = [
            Adjustment(c.key, AdjustKind.CORRECTION, c.after - c.before, note_of(FEED, message.sequence))
            if isinstance(message, Deltas)
            else Adjustment(c.key, AdjustKind.COUNT, c.after, note_of(FEED, message.sequence))
            for c in taken.changes
            if c.after != c.before
        ]
        if facts:
            self.ledger.adjust(facts, now=self.now)
        self.state = taken.state
        self._remember(taken)
        return taken

    def units(self, key: SupplyKey) -> int:
        """On the books."""
        return next(row.quantity for row in self.ledger.supply([key.sku], now=self.now) if row.key == key)

    def stock(self) -> dict[str, int]:
        """On the books, less what is owed: what the till has said."""
        return {key.sku: self.units(key) - self.memory.get(key, NOTHING).owed for key in ROWS}

    def _remember(self, taken: Taken) -> None:
        for change in taken.changes:
            self.memory[change.key] = change.memory
        settled = max(self.state.received.low_water, self.state.covered)
        for key, known in list(self.memory.items()):
            deltas = {at: units for at, units in (known.deltas or {}).items() if at > settled}
            covered = known.covered if known.covered > settled else 0
            self.memory[key] = replace(known, covered=covered, deltas=deltas or None)
        kept = sum(len(known.deltas or {}) for known in self.memory.values())
        self.state = replace(self.state, kept_rows=kept)


def counted(sequence: int, *, full: bool = False, at: int = 0, **units: int) -> Snapshot:
    """A snapshot of units by sku."""
    return Snapshot(sequence, minutes(at), _rows(units), full)


def moved(sequence: int, *, at: int = 0, **units: int) -> Deltas:
    """Deltas by sku."""
    return Deltas(sequence, minutes(at), _rows(units))


def _rows(units: dict[str, int]) -> dict[SupplyKey, int]:
    return {SupplyKey(SkuId(sku), NodeId("leeds")): count for sku, count in units.items()}
