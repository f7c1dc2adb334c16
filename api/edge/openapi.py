"""The OpenAPI document: our problem documents instead of the framework's own error schemas, and our words
instead of the names of functions."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.edge.scopes import SCHEME
from api.problems import MEDIA_TYPE

_METHODS = ("get", "post", "put", "patch", "delete")
_FIELD = {
    "type": "object",
    "required": ["pointer", "detail"],
    "properties": {
        "pointer": {"type": "string", "description": "JSON pointer (RFC 6901) to the field"},
        "detail": {"type": "string"},
        "allowed": {"type": "string"},
        "value": {"type": "string"},
        "line": {"type": "integer", "description": "Line of a CSV; the header is line 1"},
        "column": {"type": "string"},
    },
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `type` resolves on the running service.",
    "required": ["type", "title", "status", "detail", "instance", "errors", "retry", "fix", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {"type": "array", "items": _FIELD},
        "retry": {"type": "string", "enum": ["no", "after", "same-key"]},
        "fix": {"type": "string"},
        "request_id": {"type": "string"},
        "conflict": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/DemandOut"},
            "description": "Of type infeasible only: demands that cannot hold together",
        },
        "relaxations": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/RelaxationOut"},
            "description": "Of type infeasible only: the order without each of them",
        },
        "minimal": {
            "type": "boolean",
            "description": "Of type infeasible only: whether every demand of the conflict is known to matter",
        },
    },
    "example": {
        "type": "/problems/unknown-reference",
        "title": "A name that is not known",
        "status": 422,
        "detail": '/lines/0/sku: no sku named "K-71"; did you mean K-17?; nothing was written',
        "instance": "/v1/orders",
        "errors": [
            {
                "pointer": "/lines/0/sku",
                "detail": 'no sku named "K-71"; did you mean K-17?',
                "value": "K-71",
            }
        ],
        "retry": "no",
        "fix": "Import it first, or correct its id",
        "request_id": "0b8f2c6d1f0e4a7d9a52",
    },
}


def install(app: FastAPI) -> None:
    """Make `app.openapi` the framework's document with our problems and summaries in it."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            app.openapi_schema = _with_scopes(_with_summaries(_with_problems(schema)))
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    problem = {
        "description": "Refused; nothing was written",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in schema["paths"].values():
        for method in _METHODS:
            if method in path:
                path[method]["responses"].pop("422", None)
                path[method]["responses"]["default"] = problem
    return schema


def _with_summaries(schema: dict[str, Any]) -> dict[str, Any]:
    """Each operation is listed by the first sentence of its description."""
    for path in schema["paths"].values():
        for method in _METHODS:
            if method in path:
                described = " ".join(path[method]["description"].split())
                path[method]["summary"] = described.partition(". ")[0].removesuffix(".")
    return schema


def _with_scopes(schema: dict[str, Any]) -> dict[str, Any]:
    """Each operation that needs a key says in words which scope it takes."""
    for path in schema["paths"].values():
        for method in _METHODS:
            if method in path:
                for security in path[method].get("security", ()):
                    scopes = " and ".join(f"`{scope}`" for scope in security[SCHEME])
                    path[method]["description"] += f"\n\nTakes a key with the scope {scopes}."
    return schema
