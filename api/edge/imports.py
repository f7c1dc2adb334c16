"""Imports: a file of rows is checked whole, then written whole, or not at all.

`skip_bad_rows` writes the good rows and names the bad ones; `check` writes nothing.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from api.edge.answers import Answer, answer
from api.edge.body import JSON_TYPE, media_type
from api.edge.idempotency import Call, ensure_first, once, record
from api.edge.rows import CSV_TYPE, File, Numbered, read_rows
from api.errors import FieldError, Unprocessable, UnsupportedMediaType
from fulfillment.errors import UnknownReference
from fulfillment.network import Network
from storage.database import Database
from storage.deadlines import long_work
from storage.stores import Stores

MOST_ERRORS = 10_000
MOST_SEARCHES = 100
Row = TypeVar("Row", bound=BaseModel)


class BadField(BaseModel):
    """A bad field of a row that was left out."""

    pointer: str = Field(examples=["/3/quantity"])
    line: int | None = Field(default=None, description="Line of the CSV; the header is line 1", examples=[5])
    column: str = Field(default="", examples=["quantity"])
    value: str = Field(default="", examples=["-3"])
    detail: str = Field(examples=["is -3; must be at least 0"])
    allowed: str = Field(default="", examples=["at least 0"])


class ImportAnswer(BaseModel):
    """What an import did."""

    rows: int = Field(description="Rows in the file", examples=[4000])
    written: int = Field(description="Rows written; 0 when only checked", examples=[3999])
    bad_rows: int = Field(description="Rows left out", examples=[1])
    checked_only: bool = Field(examples=[False])
    errors: list[BadField]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as sent, with the switches of its import; `skip_bad_rows` is None where rows go together."""

    body: bytes
    content_type: str
    check: bool
    skip_bad_rows: bool | None


class Names:
    """Says that a name is not known, with the nearest one; searches for only so many names per file."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], str] = {}

    def unknown(
        self, numbered: Numbered[Any], column: str, kind: str, name: str, known: Collection[str]
    ) -> FieldError:
        # Rows often repeat one wrong name, and looking for the nearest among thousands is slow.
        detail = self._said.get((kind, name), f'no {kind} named "{name}"')
        if (kind, name) not in self._said and len(self._said) < MOST_SEARCHES:
            detail = UnknownReference(kind, name, sorted(known)).detail
            self._said[kind, name] = detail
        return numbered.error(column, detail, allowed=f"a {kind} imported before", value=name)


Check = Callable[[Network, Names, Numbered[Row]], Iterable[FieldError]]


@dataclass(frozen=True, slots=True)
class Importing(Generic[Row]):
    """How one kind of row is imported.

    `key` tells rows apart; `check` finds what one row alone cannot show (names that are not known);
    `write` writes good rows inside the transaction. Where rows may name each other, `beside` makes the
    check from all rows that are good by themselves; where other records forbid a row, `against` makes
    another one from what is stored. `try_out` writes nothing, and raises what `write` would of all of the
    rows together. `subject` is what is written, where the address does not name it.
    """

    schema: type[Row]
    key: Callable[[Row], object]
    cap: int
    write: Callable[[Stores, Sequence[Row]], None]
    check: Check[Row] = lambda _network, _names, _row: ()
    beside: Callable[[Network, Sequence[Row]], Check[Row]] | None = None
    against: Callable[[Stores, Sequence[Row]], Check[Row]] | None = None
    try_out: Callable[[Stores, Sequence[Row]], None] = lambda _stores, _rows: None
    subject: str = ""


_Check = Annotated[bool, Query(description="Check every row and write nothing")]


async def _upload(
    request: Request,
    check: _Check = False,
    skip_bad_rows: Annotated[bool, Query(description="Write the good rows and name the bad ones")] = False,
) -> Upload:
    return await _sent(request, check=check, skip_bad_rows=skip_bad_rows)


async def _whole(request: Request, check: _Check = False) -> Upload:
    return await _sent(request, check=check, skip_bad_rows=None)


async def _sent(request: Request, *, check: bool, skip_bad_rows: bool | None) -> Upload:
    found = media_type(request)
    if found not in (JSON_TYPE, CSV_TYPE):
        raise UnsupportedMediaType(found, f"{CSV_TYPE} or {JSON_TYPE}")
    return Upload(await request.body(), found, check, skip_bad_rows)


UploadedFile = Annotated[Upload, Depends(_upload)]
WholeFile = Annotated[Upload, Depends(_whole)]
"""One of which no row may be left out."""


def import_file(database: Database, call: Call, upload: Upload, importing: Importing[Row]) -> Answer:
    """Read, check and write a file in one transaction.

    Raises
    ------
    Unprocessable
        Bad rows, all of them named, without `skip_bad_rows`. Nothing was written.
    """
    file = read_rows(
        upload.body,
        content_type=upload.content_type,
        schema=importing.schema,
        key=importing.key,
        cap=importing.cap,
    )
    if upload.check:
        with long_work(), database.reading() as stores:
            good, errors = _check(stores, file, importing)
            given = _say(file, upload, written=0, good=good, errors=errors)
            importing.try_out(stores, [numbered.row for numbered in good])
        return given

    def run() -> Answer:
        with long_work(), database.writing() as stores:
            ensure_first(stores, call)
            good, errors = _check(stores, file, importing)
            given = _say(file, upload, written=len(good), good=good, errors=errors)
            importing.write(stores, [numbered.row for numbered in good])
            return record(stores, call, given, subject=importing.subject)

    return once(database, call, run)


def _check(
    stores: Stores, file: File[Row], importing: Importing[Row]
) -> tuple[list[Numbered[Row]], list[FieldError]]:
    network, names = stores.catalog.network(), Names()
    good, errors = list(file.good), list(file.errors)
    against = importing.against
    stored = against(stores, [numbered.row for numbered in good]) if against is not None else None
    while True:
        rows, good, check = good, [], importing.check
        if importing.beside is not None:
            check = importing.beside(network, [numbered.row for numbered in rows])
        for numbered in rows:
            found = list(check(network, names, numbered))
            if stored is not None:
                found += stored(network, names, numbered)
            errors.extend(found)
            if not found:
                good.append(numbered)
        if importing.beside is None or len(good) == len(rows):
            return good, sorted(errors, key=_index)
        # A row left out may be one that another row names: look at what is left once more.


def _say(
    file: File[Any], upload: Upload, *, written: int, good: list[Numbered[Row]], errors: list[FieldError]
) -> Answer:
    bad = file.count - len(good)
    if errors and not upload.skip_bad_rows:
        first = errors[0]
        column = f", {first.column}" if first.column else ""
        where = f"line {first.line}{column}" if first.line is not None else first.pointer
        more = f" (the first {MOST_ERRORS:,} errors are listed)" if len(errors) > MOST_ERRORS else ""
        raise Unprocessable(
            f"{bad} of {file.count} rows {'is' if bad == 1 else 'are'} bad, the first at {where}: "
            f"{first.detail}{more}",
            errors[:MOST_ERRORS],
            fix="Correct the rows listed in errors"
            + (", or send ?skip_bad_rows=true to write the others" * (upload.skip_bad_rows is not None)),
        )
    return answer(
        ImportAnswer(
            rows=file.count,
            written=written,
            bad_rows=bad,
            checked_only=upload.check,
            errors=[
                BadField(
                    pointer=error.pointer,
                    line=error.line,
                    column=error.column,
                    value=error.value,
                    detail=error.detail,
                    allowed=error.allowed,
                )
                for error in errors[:MOST_ERRORS]
            ],
        )
    )


def _index(error: FieldError) -> int:
    """The row's index, from its pointer."""
    return int(error.pointer.split("/")[1])


def body_examples(schema: type[BaseModel], *, csv: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What OpenAPI says of an import's body, which is read row by row and not by the framework."""
    return {
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": csv},
                "application/json": {
                    "schema": {"type": "array", "items": _whole_schema(schema)},
                    "example": rows,
                },
            },
        }
    }


def _whole_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """A schema that refers to nothing outside: what it defines apart stands where it is used."""
    found = schema.model_json_schema()
    apart = found.pop("$defs", {})

    def whole(part: Any) -> Any:
        match part:
            case {"$ref": str(address)}:
                return whole(apart[address.rpartition("/")[2]])
            case dict():
                return {name: whole(value) for name, value in part.items()}
            case list():
                return [whole(value) for value in part]
            case _:
                return part

    return {name: whole(value) for name, value in found.items()}
