"""Addresses of the API reference and of the first page."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

from api.edge.pages_html import CONTENT_SECURITY_POLICY, page
from api.errors import NotFound

STATIC = Path(__file__).parent.parent / "static"
FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
    "LICENSE": "text/plain",
    "NOTICE": "text/plain",
    "swagger-ui-bundle.js.LICENSE.txt": "text/plain",
}
OWN_FILES = {"reference.js": "text/javascript", "page.css": "text/css"}

router = APIRouter(include_in_schema=False)


@router.get("/")
def home() -> HTMLResponse:
    return page(
        "Nodewise",
        "<p>The service is running.</p><ul>"
        '<li><a href="/docs">API reference</a></li>'
        '<li><a href="/openapi.json">OpenAPI document</a></li>'
        '<li><a href="/problems">Problem types</a></li>'
        '<li><a href="/ready">Readiness</a></li></ul>',
    )


@router.get("/docs")
def reference() -> HTMLResponse:
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Nodewise API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/static/swagger-ui.css">'
        '<link rel="icon" href="/static/favicon-32x32.png"></head><body><div id="reference"></div>'
        '<script src="/static/swagger-ui-bundle.js"></script><script src="/static/reference.js"></script>'
        "</body></html>",
        headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
    )


@router.get("/static/{name}")
def static_file(name: str) -> Response:
    """One of a fixed list of files: no path from outside reaches the disk."""
    if name in OWN_FILES:
        return FileResponse(STATIC / name, media_type=OWN_FILES[name])
    if name in FILES:
        return FileResponse(STATIC / "swagger_ui" / name, media_type=FILES[name])
    raise NotFound(f"there is no file {name}", fix="See /docs for the addresses")
