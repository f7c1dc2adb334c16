"""Gauges that are read when somebody asks: claims by state, depths of queues, connections."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.logs import log
from fulfillment.ledger.claims import ClaimState
from storage.database import Database
from storage.deadlines import Deadline, finished_by
from storage.errors import StorageUnavailable
from storage.stores import Stores

PATIENCE = 1.0  # seconds for the database to answer a scrape
FRESH = 5.0  # seconds for which figures of the database are given out again


@dataclass(frozen=True, slots=True)
class _Figures:
    """What the database says: units held by state of their claims, and what waits in each queue.

    Of the price book in force seconds since it was made, and until it is stale; None if there is none.
    """

    claims: Mapping[ClaimState, int]
    depths: Mapping[str, int]
    price_book: tuple[float, float] | None = None


_NONE = _Figures({}, {})


class Gauges(Collector):
    """Reads on each scrape; what cannot be read is left out, and `nodewise_database_up` says so."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._figures: _Figures | None = None
        self._read_at = float("-inf")
        self._reading = threading.Lock()

    def describe(self) -> Iterator[Metric]:
        """The families, without a look at the database: the registry asks when this is registered."""
        yield from (_claims({}), _depths({}), *_price_book(None), _connections(0), _up(up=False))

    def collect(self) -> Iterator[Metric]:
        with finished_by(Deadline.after(PATIENCE)):
            found = self._read()
        figures = found or _NONE
        yield _up(up=found is not None)
        yield _claims(figures.claims)
        yield _depths(figures.depths)
        yield from _price_book(figures.price_book)
        yield _connections(self._database.connections_in_use())

    def _read(self) -> _Figures | None:
        """At most one look every few seconds, however many ask; None if it is not answered."""
        with self._reading:
            if time.monotonic() - self._read_at >= FRESH:
                self._figures = None
                try:
                    with self._database.reading() as stores:
                        self._figures = _look(stores)
                    self._read_at = time.monotonic()
                except StorageUnavailable as error:
                    log.warning("figures_unread", detail=error.detail)
            return self._figures


def _look(stores: Stores) -> _Figures:
    depths = {
        "jobs": sum(stores.jobs.depth().values()),
        "events": stores.outbox.unpublished(),
        "deliveries": stores.deliveries.pending(),
    }
    book = stores.figures.price_book()
    ages = None
    if book is not None:
        age, left = stores.now - book.made_at, book.valid_until - stores.now
        ages = age.total_seconds(), left.total_seconds()
    return _Figures(stores.figures.open_claims(), depths, ages)


def _claims(found: Mapping[ClaimState, int]) -> Metric:
    family = GaugeMetricFamily("nodewise_open_claims", "Claims that hold units, by state", labels=["state"])
    for state, count in found.items():
        family.add_metric([state.value], count)
    return family


def _depths(found: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily("nodewise_queue_depth", "What waits in a queue, by queue", labels=["queue"])
    for name, depth in found.items():
        family.add_metric([name], depth)
    return family


def _price_book(found: tuple[float, float] | None) -> Iterator[Metric]:
    """Families without a sample where no book is in force."""
    age, left = found or (None, None)
    yield GaugeMetricFamily(
        "nodewise_price_book_age_seconds", "Since the price book in force was made", value=age
    )
    yield GaugeMetricFamily(
        "nodewise_price_book_seconds_left",
        "Until the price book in force is stale; below zero it is, and is not used",
        value=left,
    )


def _connections(count: int) -> Metric:
    return GaugeMetricFamily(
        "nodewise_database_connections_in_use", "Connections taken from this process's pool", value=count
    )


def _up(*, up: bool) -> Metric:
    return GaugeMetricFamily("nodewise_database_up", "1 if the database answered this scrape", value=int(up))
