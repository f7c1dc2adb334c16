"""The frame of the few pages the service has. Strict content security policy, no script of others."""

from fastapi.responses import HTMLResponse

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def page(title: str, body: str) -> HTMLResponse:
    """A page of trusted HTML; whatever came from outside is escaped by the caller."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="/static/favicon-32x32.png">'
        f'<link rel="stylesheet" href="/static/page.css"></head><body><h1>{title}</h1>{body}</body></html>',
        headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
    )
