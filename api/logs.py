"""Structured logs: one JSON object a line, with the request id. No personal data, no bodies, no queries.

An order is named by its id, and of where it goes or what it asks for nothing is logged.

`configure` is called once by the server, `quiet` by a command; importing this module changes nothing.
"""

import logging
import sys
from typing import TYPE_CHECKING, TextIO

import structlog

if TYPE_CHECKING:
    from structlog.typing import Processor

log: structlog.stdlib.BoundLogger = structlog.get_logger("nodewise")


def quiet() -> None:
    """Log errors only, for a command that tells the rest in its own words."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def configure(level: str, *, stream: TextIO | None = None) -> None:
    """Send our logs and those of libraries through one JSON renderer to `stream` (stderr)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("alembic", "httpx"):  # too talkative, and httpx names whole addresses
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = name != "uvicorn.access"  # our own line per request says more
