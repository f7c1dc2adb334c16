"""What the service has stands in its documents: every address, setting, problem type and cap."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.app import create_app
from api.availability.routes import MAX_SKUS as MAX_ASKED
from api.demand.schemas import MAX_ATTRIBUTES, MAX_DRIVER_ROWS, MAX_ROWS
from api.edge.pages import MAX_LIMIT
from api.explanations.change_schemas import MAX_CHANGES
from api.network import service as network
from api.orders.bulk_schemas import MAX_BULK_MOVES, MAX_BULK_ORDERS, MAX_JOB_ORDERS
from api.orders.routes import MAX_ORDERS
from api.orders.schemas import MAX_REASSIGNED
from api.problems import all_types
from api.settings import Settings
from api.stock_events.schemas import MAX_EVENTS
from api.stock_feeds.schemas import MAX_DELTA_ROWS, MAX_SNAPSHOT_ROWS
from api.supply.service import MAX_SUPPLY
from api.webhooks.service import MAX_REPLAYED, MAX_WEBHOOKS
from fulfillment.orders import MAX_LINES, MAX_UNITS_PER_LINE
from tests.api.support import ROOT


def document(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def schema() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def operations() -> list[str]:
    return [f"{verb.upper()} {path}" for path, verbs in schema()["paths"].items() for verb in verbs]


def test_every_address_stands_in_the_guide_and_no_other() -> None:
    told = re.findall(r"^\| `([A-Z]+ /[^`]*)` \|", document("api_guide.md"), re.MULTILINE)
    assert sorted(told) == sorted(operations())


def test_every_setting_stands_in_its_document_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", document("settings.md"), re.MULTILINE))
    fields = Settings.model_fields
    assert list(rows) == list(fields)
    for name, field in fields.items():
        default = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
        assert rows[name] == default
        assert str(field.description) in document("settings.md").replace("`", "")


def test_every_problem_type_stands_in_its_document() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| (\d+) \| ([\w-]+) \|", document("errors.md"), re.MULTILINE)
    assert sorted(rows) == sorted((kind.slug, str(kind.status), kind.retry.value) for kind in all_types())
    for kind in all_types():
        assert kind.meaning in document("errors.md")


@pytest.mark.parametrize(
    "cap",
    [
        network.MAX_NODES,
        network.MAX_ZONES,
        network.MAX_SKUS,
        network.MAX_RATES,
        MAX_SUPPLY,
        MAX_ROWS,
        MAX_DRIVER_ROWS,
        MAX_ATTRIBUTES,
        MAX_EVENTS,
        MAX_SNAPSHOT_ROWS,
        MAX_DELTA_ROWS,
        MAX_LINES,
        MAX_UNITS_PER_LINE,
        MAX_ASKED,
        MAX_ORDERS,
        MAX_REASSIGNED,
        MAX_BULK_ORDERS,
        MAX_BULK_MOVES,
        MAX_JOB_ORDERS,
        MAX_LIMIT,
        MAX_CHANGES,
        MAX_WEBHOOKS,
        MAX_REPLAYED,
        Settings().max_body_bytes,
    ],
)
def test_every_cap_stands_in_the_guide(cap: int) -> None:
    assert f"{cap:,}" in document("api_guide.md")


def strings(value: Any) -> Iterator[str]:
    """Every string value of an example."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def test_every_body_in_the_reference_has_an_example_of_this_trade() -> None:
    found = schema()
    for path, verbs in found["paths"].items():
        for verb, operation in verbs.items():
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                if content["schema"].get("format") == "binary":  # nothing that a page could show
                    continue
                example = content.get("example") or _example(found, content["schema"])
                assert example, f"{verb} {path} {kind} has no example"
                assert "string" not in set(strings(example))
            assert operation["description"]


def test_every_operation_of_the_reference_is_listed_by_what_it_does() -> None:
    listed = {
        f"{verb.upper()} {path}": operation["summary"]
        for path, verbs in schema()["paths"].items()
        for verb, operation in verbs.items()
    }
    assert listed["POST /v1/orders"] == "Decide where an order ships from"
    assert listed["GET /v1/nodes"] == "Nodes by id"
    assert len(set(listed.values())) == len(listed)


def test_the_reference_shows_problem_documents_for_what_is_refused() -> None:
    found = schema()
    assert "HTTPValidationError" not in json.dumps(found)
    for verbs in found["paths"].values():
        for operation in verbs.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """An example of a schema: its own, or put together from those of its fields."""
    for choice in schema.get("anyOf", []):
        if "$ref" in choice:
            schema = choice
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "example" in schema:
        return schema["example"]
    fields = schema.get("properties", {})
    return {name: field["examples"][0] for name, field in fields.items() if field.get("examples")}
