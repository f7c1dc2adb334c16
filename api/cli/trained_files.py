"""What was learned, kept in a file between runs of the command line. It learns nothing."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.errors import CommandError

if TYPE_CHECKING:
    from forecasting.history import Grain
    from forecasting.trained import Trained

_RENEW = "Name a file that is not there: what is learned is then kept in it"


def read_trained(file: Path, *, grain: "Grain", horizon: int) -> "Trained":
    """What a run has kept there.

    Raises
    ------
    CommandError
        It cannot be read, is of another kind or version, or was learned for another grain or fewer steps.
    """
    from forecasting.trained import FORMAT, Trained

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise CommandError(f"--trained: {file} cannot be read: {why}", fix=_RENEW) from error
    try:
        document = json.loads(text)
        written = document.get("format") if isinstance(document, dict) else None
        if written != FORMAT:
            raise CommandError(
                f"--trained: {file} is not what this version of Nodewise has learned", fix=_RENEW
            )
        trained = Trained.from_json(text)
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"--trained: {file} is not what a run has learned", fix=_RENEW) from error
    if trained.grain is not grain or trained.horizon < horizon:
        raise CommandError(
            f"--trained: {file} was learned by {trained.grain} for {trained.horizon} steps ahead, "
            f"not by {grain} for {horizon}",
            fix=f"Ask for what it reaches, or: {_RENEW[:1].lower()}{_RENEW[1:]}",
        )
    return trained


def keep_trained(file: Path, text: str) -> None:
    """Keep it, whole or not at all."""
    from storage.whole_files import whole_file

    with whole_file(file, what="what was learned") as opened:
        opened.write(text.encode())
