"""Files of rows: a JSON array or a CSV becomes checked rows, with every bad one named. Writes nothing."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from api.edge.body import parse_json
from api.edge.fields import field_error
from api.edge.kinds import FROM_TEXT
from api.edge.pointers import location
from api.errors import FieldError, MalformedBody, TooLarge, Unprocessable
from fulfillment.nearest import did_you_mean

CSV_TYPE = "text/csv"
Row = TypeVar("Row", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Numbered(Generic[Row]):
    """A good row and where it stood: its index among the rows, and its line in a CSV."""

    index: int
    line: int | None
    row: Row

    def error(self, column: str, detail: str, *, allowed: str = "", value: object = "") -> FieldError:
        """A field error at a column of this row."""
        return FieldError(
            f"/{self.index}/{column}",
            detail,
            allowed=allowed,
            value=str(value),
            line=self.line,
            column=column if self.line is not None else "",
        )


@dataclass(frozen=True, slots=True)
class File(Generic[Row]):
    """The rows of a file that could be read, the errors of those that could not, and the count of all."""

    good: tuple[Numbered[Row], ...]
    errors: tuple[FieldError, ...]
    count: int


def read_rows(
    body: bytes, *, content_type: str, schema: type[Row], key: Callable[[Row], object], cap: int
) -> File[Row]:
    """Read and check every row against `schema`; two rows with one `key` are an error of the second.

    Raises
    ------
    MalformedBody
        Not UTF-8, not CSV but a workbook, not JSON, or no array.
    Unprocessable
        A CSV whose header misses columns or has unknown ones.
    TooLarge
        More than `cap` rows.
    """
    is_csv = content_type == CSV_TYPE
    raw = list(_csv_rows(body, schema) if is_csv else _json_rows(body))
    if len(raw) > cap:
        raise TooLarge(f"{len(raw):,} rows; at most {cap:,} in one request", fix="Send the file in parts")
    good: list[Numbered[Row]] = []
    errors: list[FieldError] = []
    first_seen: dict[object, Numbered[Row]] = {}
    for index, (line, fields) in enumerate(raw):
        if isinstance(fields, FieldError):
            errors.append(fields)
            continue
        try:
            row = schema.model_validate(fields, context=FROM_TEXT if is_csv else None)
        except ValidationError as error:
            errors.extend(_row_errors(error, index, line))
            continue
        numbered = Numbered(index, line, row)
        earlier = first_seen.setdefault(key(row), numbered)
        if earlier is not numbered:
            where = f"line {earlier.line}" if earlier.line is not None else f"/{earlier.index}"
            column = next(iter(schema.model_fields))
            errors.append(numbered.error(column, f"the same key as {where}", value=getattr(row, column)))
            continue
        good.append(numbered)
    return File(tuple(good), tuple(errors), len(raw))


def _row_errors(error: ValidationError, index: int, line: int | None) -> Iterator[FieldError]:
    for problem in error.errors(include_url=False):
        found = field_error(dict(problem), prefix=f"/{index}")
        column = next(iter(location(problem)), "")
        yield FieldError(
            found.pointer,
            found.detail,
            allowed=found.allowed,
            value=found.value,
            line=line,
            column=column if line is not None else "",
        )


def _json_rows(body: bytes) -> Iterator[tuple[int | None, Any]]:
    rows = parse_json(body)
    if not isinstance(rows, list):
        raise MalformedBody("the body is not a JSON array of rows", fix="Send [{...}, {...}]")
    for row in rows:
        yield None, row


def _csv_rows(body: bytes, schema: type[BaseModel]) -> Iterator[tuple[int | None, Any]]:
    reader = csv.reader(io.StringIO(_decode(body), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, schema)
        index = 0
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                detail = f"{len(cells)} values where the header has {len(header)} columns"
                error = FieldError(f"/{index}", detail, allowed=",".join(header), line=reader.line_num)
                yield reader.line_num, error
            else:
                pairs = zip(header, map(str.strip, cells), strict=True)
                yield reader.line_num, {name: cell for name, cell in pairs if cell != ""}
            index += 1
    except csv.Error as error:
        raise MalformedBody(
            f"the CSV cannot be read at line {reader.line_num}: {error}",
            fix="Separate by commas, and put text with commas or quotes between double quotes",
        ) from error


def _decode(body: bytes) -> str:
    _refuse_workbook(body)
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise MalformedBody(
            "the file is UTF-16, not UTF-8 (its first two bytes say so)", fix="Save the file as CSV UTF-8"
        )
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start + (3 if body.startswith(b"\xef\xbb\xbf") else 0)
        line = body.count(b"\n", 0, at) + 1
        raise MalformedBody(
            f"the file is not UTF-8: byte 0x{body[at]:02x} at offset {at}, line {line}",
            fix="Save the file as CSV UTF-8",
        ) from error


def _refuse_workbook(body: bytes) -> None:
    """A spreadsheet by its first bytes: a zip archive (xlsx, ods), or the container of the old xls."""
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise MalformedBody(
            "this is no CSV file: its first bytes are those of an Excel workbook",
            fix="Save it as CSV UTF-8, in Excel with Save As, and send that file",
        )


def _check_header(header: Sequence[str], schema: type[BaseModel]) -> None:
    known = list(schema.model_fields)
    required = [name for name, field in schema.model_fields.items() if field.is_required()]
    allowed = ",".join(known)
    errors = [
        FieldError(
            "", f'no column may be named "{name}"{did_you_mean(name, known)}', allowed, line=1, column=name
        )
        for name in header
        if name not in known
    ]
    errors += [
        FieldError("", f'the column "{name}" stands twice', line=1, column=name)
        for name in dict.fromkeys(header)
        if name in known and header.count(name) > 1
    ]
    errors += [
        FieldError("", f'the column "{name}" is missing', allowed, line=1, column=name)
        for name in required
        if name not in header
    ]
    if errors:
        separator = next((mark for mark in ";\t|" if len(header) == 1 and mark in header[0]), "")
        hint = f"Separate the columns by commas, not by {separator!r}" if separator else "Correct the header"
        raise Unprocessable(
            f"the header of the CSV is wrong: {errors[0].detail}",
            errors,
            fix=f"{hint}. Columns: {allowed}",
        )
