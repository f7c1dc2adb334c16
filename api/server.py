"""Runs the service on uvicorn until it is told to stop."""

import uvicorn

from api import logs
from api.app import create_app
from api.settings import Settings, load_settings


def serve(settings: Settings) -> None:
    """Serve until interrupted; a running request is finished first."""
    logs.configure(settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )


if __name__ == "__main__":
    serve(load_settings())
