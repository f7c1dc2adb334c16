"""What was learned, kept in a file between runs of the command line."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.errors import CommandError
from api.cli.words import count

if TYPE_CHECKING:
    from api.cli.output import Progress
    from forecasting.history import History
    from forecasting.learning.trained import Trained

_RENEW = "Name a file that is not there: what is learned is then kept in it"


def known_or_learned(
    file: Path | None, history: "History", *, horizon: int, seed: int, progress: "Progress"
) -> "Trained":
    """What is kept in the file; if it is not there, learned in this process, and kept if a file is named."""
    from api.forecasts.direct import drawn
    from forecasting.learning.training import train

    if file is not None and file.exists():
        return read_trained(file, history, horizon=horizon)
    sample = drawn(history, seed=seed)
    progress.update(f"learning from {count(len(sample), 'series', 'series')}")
    learned = train(sample, horizon=horizon, seed=seed)
    if file is not None:
        keep_trained(file, learned.to_json())
    return learned


def read_trained(file: Path, history: "History", *, horizon: int) -> "Trained":
    """What a run has kept there.

    Raises
    ------
    CommandError
        It cannot be read, is of another kind or version, or was learned for another grain, other drivers or
        fewer steps.
    """
    from forecasting.learning.trained import FORMAT, Trained

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
    grain = history.grain
    if trained.grain is not grain or trained.horizon < horizon:
        raise CommandError(
            f"--trained: {file} was learned by {trained.grain} for {trained.horizon} steps ahead, "
            f"not by {grain} for {horizon}",
            fix=f"Ask for what it reaches, or: {_RENEW[:1].lower()}{_RENEW[1:]}",
        )
    if trained.drivers != history.driver_names:
        knows, given = (", ".join(names) or "none" for names in (trained.drivers, history.driver_names))
        raise CommandError(
            f"--trained: {file} was learned with these drivers: {knows}; given are these: {given}",
            fix=f"Give the same --drivers and --holidays, or: {_RENEW[:1].lower()}{_RENEW[1:]}",
        )
    return trained


def keep_trained(file: Path, text: str) -> None:
    """Keep it, whole or not at all."""
    from storage.whole_files import whole_file

    with whole_file(file, what="what was learned") as opened:
        opened.write(text.encode())
