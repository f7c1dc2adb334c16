"""Spans sent to an OpenTelemetry collector, if the setting `telemetry` names one.

FastAPI makes the span of a request; `api.counting.instruments` those of decisions and transactions inside it.
A span holds what a log line holds: the request id, no body, no query, no place.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

import structlog

from api.settings import SettingsError

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig
    from opentelemetry.sdk.trace import TracerProvider

OFF = "off"
REQUEST_ID = "nodewise.request_id"
_EXPORT_SECONDS = 2.0  # a collector that is away must not hold up a shutdown


def open_provider(telemetry: str) -> "TracerProvider | None":
    """Who makes spans and sends them to the collector named; None if it is off.

    Raises
    ------
    SettingsError
        It is on, and the packages of the extra are not installed.
    """
    if telemetry == OFF:
        return None
    try:
        missing = find_spec("opentelemetry.sdk") is None or find_spec("opentelemetry.exporter.otlp") is None
    except ModuleNotFoundError:
        missing = True
    if missing:
        raise SettingsError(
            f"telemetry: is {telemetry}, but the packages that send spans are not installed",
            fix='Install the extra, pip install "nodewise[telemetry]", or set telemetry to off',
        )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    class Scrubbing(SpanProcessor):
        """Names the request on every span, and takes out what a caller has put into its address."""

        def on_start(self, span: Span, parent_context: object = None) -> None:
            if (request_id := structlog.contextvars.get_contextvars().get("request_id")) is not None:
                span.set_attribute(REQUEST_ID, request_id)
            if span.attributes and "url.query" in span.attributes:
                span.set_attribute("url.query", "")

    provider = TracerProvider(resource=Resource.create({"service.name": "nodewise"}), shutdown_on_exit=False)
    provider.add_span_processor(Scrubbing())
    endpoint = f"{telemetry.rstrip('/')}/v1/traces"
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=_EXPORT_SECONDS))
    )
    return provider


def of_requests(provider: "TracerProvider | None") -> "TelemetryConfig":
    """What FastAPI is to do: nothing, or one span per request. Metrics and logs are our own."""
    silent: TelemetryConfig = {"metrics": False, "logs": False, "auto_configure": False}
    if provider is None:
        return {**silent, "tracing": False}
    return {**silent, "tracing": True, "operation_spans": False, "tracer_provider": provider}
