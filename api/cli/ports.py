"""Whether a port is free to listen on."""

import socket

from api.cli.errors import CommandError, ExitCode

LOOPBACK = "127.0.0.1"


def why_taken(host: str, port: int) -> str:
    """Empty if the port can be listened on, else the system's reason."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            return getattr(error, "strerror", None) or str(error)
    return ""


def refuse_taken(host: str, port: int) -> None:
    """Raise CommandError if the port cannot be listened on."""
    why = why_taken(host, port)
    if why:
        raise CommandError(
            f"port {port} of {host} cannot be listened on: {why.lower()}",
            fix="Stop what uses it, or give another with --port; --port 0 takes a free one",
            code=ExitCode.REFUSED,
        )


def free_port(host: str) -> int:
    """A port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
