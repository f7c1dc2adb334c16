"""Files that are there whole or not at all: written beside their place, then moved. Knows no content."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from fulfillment.errors import InvalidInput

OWNER_ONLY = 0o600
AS_USUAL = 0o666  # less what the process's umask takes away


@contextmanager
def whole_file(path: Path, *, what: str, mode: int = AS_USUAL) -> Iterator[BinaryIO]:
    """A file to write to that stands at `path`, on disk, when the context ends well; else nothing is changed.

    Parameters
    ----------
    what
        What the file is called where it cannot be written.

    Raises
    ------
    InvalidInput
        The folder is not there or cannot be written, or the disk is full.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    is_there = False
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        is_there = True
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        is_there = False
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # so that the name survives a power cut, too
        finally:
            os.close(folder)
    except OSError as error:
        raise InvalidInput(
            f"{what} {path} cannot be written: {error.strerror}", fix="Name a file where there is room for it"
        ) from error
    finally:
        if is_there:
            with suppress(OSError):
                os.unlink(part)
