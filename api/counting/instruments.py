"""Counters, histograms and spans of one app, in a registry of its own. Nothing here is global.

Every family stands in `docs/operations.md`. No label holds what a caller may choose freely.
"""

import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry.trace import Tracer
from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, ProcessCollector

from fulfillment.errors import Refused
from storage.observing import Kind, Observer

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_GAPS = (0.0, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class Instruments(Observer):
    """All that is counted as it happens. What is read when asked for is in `api.counting.gauges`."""

    def __init__(self, tracer: Tracer | None = None) -> None:
        self._tracer = tracer
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self._requests = Histogram(
            "nodewise_request_seconds",
            "Requests by route template, method and class of status: time to the end of the answer",
            ("method", "route", "status"),
            registry=registry,
            buckets=_SECONDS,
        )
        self._decisions = Histogram(
            "nodewise_decision_seconds",
            "Decisions by engine: time to decide one order, without reading and writing",
            ("engine",),
            registry=registry,
            buckets=_SECONDS,
        )
        self._gaps = Histogram(
            "nodewise_decision_gap_ratio",
            "Decisions by how much dearer than the bound they are at most, as a share of their total",
            registry=registry,
            buckets=_GAPS,
        )
        self._degraded = Counter(
            "nodewise_degraded_decisions", "Decisions made by a rule, by why", ("reason",), registry=registry
        )
        self._attempts = Histogram(
            "nodewise_reserve_attempts",
            "Granted reservations by how often they were decided until nobody was faster",
            registry=registry,
            buckets=(1, 2, 3),
        )
        self._conflicts = Counter(
            "nodewise_conflicts",
            "Writes that others overtook, each of them tried again, by how it was noticed",
            ("kind",),
            registry=registry,
        )
        self._replays = Counter(
            "nodewise_idempotent_replays",
            "Requests answered with the answer kept under their key",
            ("route",),
            registry=registry,
        )
        self._expired = Counter(
            "nodewise_expired_reservations",
            "Orders whose reservation ended unconfirmed, as this process wrote it down",
            registry=registry,
        )
        self._transactions = Histogram(
            "nodewise_transaction_seconds",
            "Database transactions, from the wait for a connection to the end of the commit",
            ("kind",),
            registry=registry,
            buckets=_SECONDS,
        )

    def answered(self, *, method: str, route: str, status: int, seconds: float, replayed: bool) -> None:
        """A request has its answer; status 0 is none, because the caller went away."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, f"{status // 100}xx" if status else "none").observe(seconds)
        if replayed:
            self._replays.labels(route).inc()

    def decided(self, *, engine: str, seconds: float, gap: float, degraded_by: str) -> None:
        """One order was decided, whether or not it is then written; `degraded_by` is empty if it is not."""
        self._decisions.labels(engine).observe(seconds)
        if degraded_by:
            self._degraded.labels(degraded_by).inc()
        else:
            self._gaps.observe(gap)

    def reserved(self, *, attempts: int) -> None:
        self._attempts.observe(attempts)

    def expired(self, orders: int) -> None:
        self._expired.inc(orders)

    def overtaken(self, by: Refused) -> None:
        self._conflicts.labels(_snake(type(by).__name__)).inc()

    def span(self, name: str) -> AbstractContextManager[object]:
        """Around a part of a request, if spans are made at all."""
        return self._tracer.start_as_current_span(name) if self._tracer else nullcontext()

    @contextmanager
    def transaction(self, kind: Kind) -> Iterator[None]:
        began = time.perf_counter()
        try:
            with self.span(f"database {kind}"):
                yield
        finally:
            self._transactions.labels(kind).observe(time.perf_counter() - began)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
