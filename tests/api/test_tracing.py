"""Spans: sent to a collector that listens, without anything personal; off, they cost and need nothing."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from api import tracing
from api.settings import Settings, SettingsError, load_settings
from tests.api.support import ROOT, key, load, order, running


@contextmanager
def collector(spans: list[Span]) -> Iterator[str]:
    """A collector of the OTLP over HTTP on this machine: its address."""

    class Receive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = ExportTraceServiceRequest()
            sent.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/v1/traces":
                spans.extend(
                    span for of in sent.resource_spans for scope in of.scope_spans for span in scope.spans
                )
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: the tests' output is not its place."""

    server = HTTPServer(("127.0.0.1", 0), Receive)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def told(span: Span) -> dict[str, str]:
    return {one.key: one.value.string_value for one in span.attributes}


def test_a_request_its_decision_and_its_transactions_are_one_trace(settings: Settings) -> None:
    spans: list[Span] = []
    # The service ends first, and sends what is left to the collector, which is still there.
    with collector(spans) as address, running(settings.model_copy(update={"telemetry": address})) as client:
        load(client)
        where = {"zone": "UK-SE", "latitude": 51.234567, "longitude": -0.765432}
        body = order("1", ("K-17", 1), destination=where)
        client.post("/v1/orders?note=secret", json=body, headers=key())
        headers = {**key(), "X-Request-ID": "traced"}
        assert client.post("/v1/orders", json=body, headers=headers).status_code == 201
    mine = [span for span in spans if told(span).get(tracing.REQUEST_ID) == "traced"]
    assert sorted(span.name for span in mine) == [
        "POST /v1/orders",
        "database read",
        "database write",
        "decide",
    ]
    assert len({span.trace_id for span in mine}) == 1
    (request,) = (span for span in mine if span.name.startswith("POST"))
    assert {span.parent_span_id for span in mine if span is not request} == {request.span_id}
    everything = str(spans)
    assert "secret" not in everything
    assert "51.23" not in everything
    assert "K-17" not in everything


def test_off_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tracing.open_provider("off") is None
    assert tracing.of_requests(None)["tracing"] is False


@pytest.mark.parametrize("telemetry", ["on", "ftp://host", "http://host/v1/traces", "http://"])
def test_anything_but_a_collector_or_off_is_refused(telemetry: str) -> None:
    with pytest.raises(SettingsError, match="the address of a collector"):
        load_settings(telemetry=telemetry)


def test_without_its_packages_it_is_refused_at_start_with_the_name_of_the_extra(tmp_path: Path) -> None:
    # Python runs a file of this name before all else: in this process the package cannot be found.
    hiding = "import sys\nsys.modules['opentelemetry.sdk'] = None\n"
    (tmp_path / "sitecustomize.py").write_text(hiding, encoding="utf-8")
    variables = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
        "NODEWISE_TELEMETRY": "http://127.0.0.1:4318",
    }
    command = [sys.executable, "-m", "api.server"]
    ended = subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: telemetry: is http://127.0.0.1:4318, but the packages that send")
    assert 'fix: Install the extra, pip install "nodewise[telemetry]"' in ended.stderr
