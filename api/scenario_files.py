"""Reads a what-if from a TOML file. What its fields mean is in `scenarios.whatif_parsing`."""

import tomllib
from pathlib import Path

from fulfillment.errors import InvalidInput
from scenarios.whatif import WhatIf
from scenarios.whatif_parsing import parse_whatif


def read_whatif(path: Path) -> WhatIf:
    """The what-if in the file.

    Raises
    ------
    InvalidInput
        The file cannot be read, is not UTF-8, is not TOML, or a field is wrong.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}", fix="Name a TOML file") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{path} is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}",
            fix="Save the file as UTF-8",
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path} is not TOML: {error}", fix="Correct the file at that place") from error
    try:
        return parse_whatif(data)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error.detail}", fix=error.fix, pointer=error.pointer) from error
