"""The client has what the API has: every field, every problem type, every address."""

import ast
import json
import re
from typing import Any, get_type_hints

from api import client_models
from api.problems import all_types
from nodewise_client import BY_TYPE, Nodewise, models
from tests.architecture.source import modules
from tests.client.calls import BY_METHOD
from tests.client.failing_server import Given, failing_server

WITHOUT_A_METHOD = {"GET /metrics", "GET /v1/demo/clock", "PUT /v1/demo/clock"}
"""For Prometheus, and for the demo itself."""


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client_models.DOCUMENT.read_text(encoding="utf-8"))
    return found


def test_the_types_are_those_of_the_openapi_document() -> None:
    assert client_models.main(["--check"]) == 0


def test_every_field_of_every_schema_has_a_type_that_can_be_read() -> None:
    for name, schema in document()["components"]["schemas"].items():
        kind = getattr(models, client_models._class_name(name))
        if "properties" in schema:
            assert set(get_type_hints(kind)) == set(schema["properties"]), name
            assert kind.__required_keys__ <= set(schema["properties"])


def test_a_change_of_the_api_changes_the_types() -> None:
    changed = document()
    changed["components"]["schemas"]["OrderOut"]["properties"]["gift"] = {"type": "boolean"}
    assert "    gift: NotRequired[bool]\n" in client_models.text_of(changed)
    assert "gift" not in client_models.text_of(document())


def test_every_problem_type_of_the_service_has_a_class() -> None:
    assert set(BY_TYPE) == {kind.slug for kind in all_types()}


def test_every_address_is_called_by_some_method() -> None:
    told = {f"{verb.upper()} {path}" for path, verbs in document()["paths"].items() for verb in verbs}
    assert told - _called() == WITHOUT_A_METHOD


def test_what_the_client_calls_is_an_address() -> None:
    told = {f"{verb.upper()} {path}" for path, verbs in document()["paths"].items() for verb in verbs}
    assert _called() <= told


def test_the_client_needs_no_package_but_httpx_and_pandas_for_frames() -> None:
    found = set()
    for name, tree in modules("nodewise_client"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                first = node.names[0].name if isinstance(node, ast.Import) else node.module or ""
                if first.split(".")[0] in ("httpx", "pandas", "pydantic", "fulfillment", "api"):
                    found.add((first.split(".")[0], name.name))
    assert {package for package, _ in found} == {"httpx", "pandas"}


def _called() -> set[str]:
    """Every address that a method calls, each called once."""
    with failing_server() as server, Nodewise(server.url) as nodewise:
        server.answers = [Given(200, {"items": [], "state": "done", "next_cursor": None, "more": False})]
        for call in BY_METHOD.values():
            call(nodewise)
        return {f"{one.method} {_address(one.target)}" for one in server.came}


def _address(target: str) -> str:
    """A path with the names of its parts: `the-order` stands for `{order}`."""
    named = re.sub(r"the-(\w+)", r"{\1}", target.split("?")[0])
    for numbered, name in (("/demo/orders", "{number}"), ("/runs", "{run}"), ("/overrides", "{override}")):
        named = named.replace(f"{numbered}/1", f"{numbered}/{name}")
    return named


def test_every_method_is_called_here() -> None:
    public = {name for name in dir(Nodewise) if not name.startswith("_")}
    assert public - {"close", "wait"} == set(BY_METHOD)
