"""Whether a file can be, or become, the database."""

from pathlib import Path
from tempfile import TemporaryFile

from api.cli.errors import CommandError

_FIRST_BYTES = b"SQLite format 3\0"


def why_unusable(file: Path) -> str:
    """Empty if the file is an SQLite database, empty, or not there yet; else what it is."""
    if file.is_dir():
        return "is a folder"
    if not file.exists():
        return ""
    try:
        with file.open("rb") as opened:
            begins = opened.read(len(_FIRST_BYTES))
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "" if begins in (b"", _FIRST_BYTES) else "is no SQLite database"


def refuse_unusable(file: Path) -> None:
    """Raise CommandError if the file cannot be the database; its folder is made."""
    why = why_unusable(file)
    if not why:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=file.parent):
                return
        except OSError as error:
            why = f"cannot be written: {error.strerror}"
    raise CommandError(f"database {file} {why}", fix="Name another file with --database")
