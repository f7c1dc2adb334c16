"""Runs the service on uvicorn until it is told to stop."""

import sys

import uvicorn

from api import logs
from api.app import create_app
from api.settings import Settings, SettingsError, load_settings


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


def main() -> int:
    """Load the settings and serve; 2 if the settings cannot be used."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"error: {error.detail}\n  fix: {error.fix}\n")
        return 2
    serve(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
