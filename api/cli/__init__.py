"""The command line: `nodewise`. Commands are imported when they are called, heavy packages later still."""

from api.cli.app import main

__all__ = ["main"]
