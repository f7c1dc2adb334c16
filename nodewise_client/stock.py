"""Calls about stock: what is there, what happened to it, what tills say, what moves between nodes."""

from collections.abc import Sequence
from datetime import date, datetime

from nodewise_client.caller import Caller, given, path
from nodewise_client.models import (
    Acknowledged,
    AvailabilityAnswer,
    Correction,
    CountedRow,
    Damage,
    FeedOut,
    Inbound,
    MovedRow,
    Receipt,
    ShortfallOut,
    StockCount,
    StockEventsAnswer,
    TransferOut,
    WalkInSale,
)
from nodewise_client.pages import Pages

StockEvent = Inbound | Receipt | WalkInSale | StockCount | Damage | Correction
Instant = datetime | str
Day = date | str


class Stock(Caller):
    """Availability, stock events, stock feeds, transfers and shortfalls."""

    def availability(
        self, skus: Sequence[str], *, nodes: Sequence[str] = (), channel: str | None = None
    ) -> AvailabilityAnswer:
        """On hand, reserved, safety stock, available and inbound; at most 200 of each."""
        query = {"sku": list(skus), "node": tuple(nodes), "channel": channel}
        return self._get(AvailabilityAnswer, "/v1/availability", query)

    def record(self, events: Sequence[StockEvent], *, key: str | None = None) -> StockEventsAnswer:
        """Facts about stock in the order they happened: all, or none."""
        return self._write(StockEventsAnswer, "/v1/stock-events", {"events": events}, key=key)

    def shortfalls(self, *, page_size: int | None = None) -> Pages[ShortfallOut]:
        """Claims that a fact has left without stock, latest promise first."""
        return self._pages(ShortfallOut, "/v1/shortfalls", page_size=page_size)

    def declare_feed(
        self, feed: str, *, nodes: Sequence[str], pool: str | None = None, first_sequence: int | None = None
    ) -> FeedOut:
        """Declare a till system or marketplace, and whose stock it tells."""
        body = given(nodes=nodes, pool=pool, first_sequence=first_sequence)
        return self._set(FeedOut, "PUT", path("stock-feeds", feed), body)

    def feed(self, feed: str) -> FeedOut:
        """How far a feed has come, and what is missing."""
        return self._get(FeedOut, path("stock-feeds", feed))

    def feeds(self, *, page_size: int | None = None) -> Pages[FeedOut]:
        """Stock feeds by id."""
        return self._pages(FeedOut, "/v1/stock-feeds", page_size=page_size)

    def send_snapshot(
        self,
        feed: str,
        rows: Sequence[CountedRow],
        *,
        sequence: int,
        at: Instant,
        full: bool = False,
        key: str | None = None,
    ) -> Acknowledged:
        """What was counted: of the skus named, or with `full` of all."""
        body = {"sequence": sequence, "at": at, "full": full, "rows": rows}
        return self._write(Acknowledged, path("stock-feeds", feed, "snapshots"), body, key=key)

    def send_deltas(
        self, feed: str, rows: Sequence[MovedRow], *, sequence: int, at: Instant, key: str | None = None
    ) -> Acknowledged:
        """What came and went."""
        body = {"sequence": sequence, "at": at, "rows": rows}
        return self._write(Acknowledged, path("stock-feeds", feed, "deltas"), body, key=key)

    def send_transfer(
        self,
        transfer: str,
        *,
        sku: str,
        quantity: int,
        origin: str,
        to: str,
        arrives: Day,
        pool: str | None = None,
        key: str | None = None,
    ) -> TransferOut:
        """Send free units from one node to another."""
        units = {"id": transfer, "sku": sku, "quantity": quantity, "pool": pool}
        body = given(**units, **{"from": origin, "to": to, "arrives": arrives})
        return self._write(TransferOut, "/v1/transfers", body, key=key)

    def receive_transfer(
        self, transfer: str, *, quantity: int | None = None, key: str | None = None
    ) -> TransferOut:
        """Say that units have arrived: all that are on their way, or so many."""
        body = given(quantity=quantity)
        return self._write(TransferOut, path("transfers", transfer, "receive"), body, key=key)

    def transfer(self, transfer: str) -> TransferOut:
        """One transfer, and what has arrived of it."""
        return self._get(TransferOut, path("transfers", transfer))

    def transfers(self, *, page_size: int | None = None) -> Pages[TransferOut]:
        """Transfers by id."""
        return self._pages(TransferOut, "/v1/transfers", page_size=page_size)
