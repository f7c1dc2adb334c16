"""The file of a backup: a zip with a table a member, a row a line, and a manifest that vouches for them.

It appears under its name whole, or not at all. Checksums tell damage, not malice: whoever can write the
file can write them too.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from fulfillment.errors import InvalidInput
from storage.backups.values import Kind
from storage.whole_files import OWNER_ONLY, whole_file

FORMAT = 1
MANIFEST = "manifest.json"
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, KeyError)
_FIX = "Take another backup: this file is cut short, changed, or not one of Nodewise"


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table of a backup: its columns, how many rows it has, and the SHA-256 of its lines."""

    name: str
    columns: Mapping[str, Kind]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: the schema's revision, the instant (ISO 8601, UTC) and every table in order.

    `left_out` are tables of the database that are not Nodewise's.
    """

    schema: str
    taken_at: str
    tables: tuple[TableShape, ...]
    left_out: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


class Writer:
    """Writes tables one after the other, then the manifest."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._tables: list[TableShape] = []

    def table(self, name: str, columns: Mapping[str, Kind], rows: Iterable[Sequence[object]]) -> None:
        digest, count = hashlib.sha256(), 0
        dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        with self._archive.open(_member(name), "w", force_zip64=True) as member:
            for count, row in enumerate(rows, start=1):  # noqa: B007 - the last one is kept
                line = dump(row).encode() + b"\n"
                digest.update(line)
                member.write(line)
        self._tables.append(TableShape(name, dict(columns), count, digest.hexdigest()))

    def finish(self, *, schema: str, taken_at: str, left_out: Sequence[str]) -> Manifest:
        manifest = Manifest(schema, taken_at, tuple(self._tables), tuple(left_out))
        content = {"format": FORMAT, **asdict(manifest)}
        text = json.dumps({**content, "checksum": _checksum(content)}, indent=1)
        self._archive.writestr(MANIFEST, text)
        return manifest


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A backup at `path`, readable by its owner only: there when the context ends well, whole and on disk.

    Raises
    ------
    InvalidInput
        The folder is not there or cannot be written, or the disk is full.
    """
    with (
        whole_file(path, what="backup", mode=OWNER_ONLY) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        yield Writer(archive)


class Reader:
    """A backup that was opened; `verify` before anything is done with its rows."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._path = path
        self._archive = archive
        self.manifest = manifest

    def verify(self) -> None:
        """Read every line and hold it against the manifest.

        Raises
        ------
        InvalidInput
            The file is cut short or was changed.
        """
        for table in self.manifest.tables:
            digest, count = hashlib.sha256(), 0
            for count, line in enumerate(self._lines(table), start=1):  # noqa: B007 - the last one is kept
                digest.update(line)
            if count != table.rows or digest.hexdigest() != table.sha256:
                raise _damaged(self._path, f"table {table.name} is not as it was written")

    def rows(self, table: TableShape) -> Iterator[list[Any]]:
        """The rows of a table as lists of JSON values."""
        return map(json.loads, self._lines(table))

    def _lines(self, table: TableShape) -> Iterator[bytes]:
        try:
            with self._archive.open(_member(table.name)) as member:
                yield from member
        except _DAMAGED as error:
            raise _damaged(self._path, f"table {table.name} cannot be read") from error


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """Open a backup; one file from first to last look, whatever happens to its name.

    Raises
    ------
    InvalidInput
        It is not there, no backup, of a later format, or its manifest was changed.
    """
    try:
        file: IO[bytes] = path.open("rb")
    except OSError as error:
        raise InvalidInput(
            f"backup {path} cannot be read: {error.strerror}", fix="Name a file made by nodewise db backup"
        ) from error
    with file:
        try:
            archive = zipfile.ZipFile(file)
            content = json.loads(archive.read(MANIFEST))
            manifest = _manifest(path, content)
        except (*_DAMAGED, json.JSONDecodeError, TypeError, ValueError) as error:
            raise _damaged(path, "no manifest of a backup is in it") from error
        yield Reader(path, archive, manifest)


def read_manifest(path: Path) -> Manifest:
    """What a backup says it holds; its rows are not looked at."""
    with reading(path) as reader:
        return reader.manifest


def _manifest(path: Path, content: dict[str, Any]) -> Manifest:
    told = content.pop("checksum")
    if content["format"] != FORMAT:
        raise InvalidInput(
            f"backup {path} has format {content['format']}, this version reads format {FORMAT}",
            fix="Install the version that made it, or a newer one",
        )
    if told != _checksum(content):
        raise _damaged(path, "its manifest was changed")
    tables = tuple(
        TableShape(
            one["name"],
            {name: Kind(kind) for name, kind in one["columns"].items()},
            one["rows"],
            one["sha256"],
        )
        for one in content["tables"]
    )
    return Manifest(content["schema"], content["taken_at"], tables, tuple(content["left_out"]))


def _checksum(content: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _member(table: str) -> str:
    return f"{table}.jsonl"


def _damaged(path: Path, how: str) -> InvalidInput:
    return InvalidInput(f"{path} is no whole backup: {how}", fix=_FIX)
