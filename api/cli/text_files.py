"""Text that a command is given: a file, or standard input where its name is `-`."""

import sys
from pathlib import Path

from api.cli.errors import STANDARD_INPUT, CommandError


def read_text(file: str, *, kind: str) -> tuple[str, str]:
    """(what to call it, its text). `kind` is what the file should be, in words.

    Raises
    ------
    CommandError
        It cannot be read, or is not UTF-8.
    """
    name = STANDARD_INPUT if file == "-" else file
    try:
        return name, sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise CommandError(f"{name} cannot be read: {why}", fix=f"Name a {kind} file in UTF-8") from error
