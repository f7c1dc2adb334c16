"""Values of a column as JSON, alike for both databases: a row that went through is the row it was.

Instants and days are text as SQLite keeps them, which PostgreSQL reads as well; documents are their own
text, byte for byte.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine


class Kind(StrEnum):
    """What a column holds; the words stand in every backup."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    DAY = "day"
    INSTANT = "instant"
    DOCUMENT = "document"
    BYTES = "bytes"


_KINDS: tuple[tuple[type[TypeEngine[Any]], Kind], ...] = (  # the first that fits
    (Boolean, Kind.FLAG),
    (LargeBinary, Kind.BYTES),
    (JSON, Kind.DOCUMENT),
    (DateTime, Kind.INSTANT),
    (Date, Kind.DAY),
    (Integer, Kind.INTEGER),
    (Float, Kind.NUMBER),
    (Numeric, Kind.NUMBER),
    (String, Kind.TEXT),
)
_READ_AS: Mapping[Kind, type[TypeEngine[Any]]] = {
    Kind.TEXT: String,
    Kind.INTEGER: BigInteger,
    Kind.NUMBER: Float,
    Kind.FLAG: Boolean,
    Kind.DAY: Date,
    Kind.INSTANT: DateTime,
    Kind.DOCUMENT: Text,
    Kind.BYTES: LargeBinary,
}
_ENCODERS: Mapping[Kind, Callable[[Any], object]] = {
    Kind.DAY: date.isoformat,
    Kind.INSTANT: lambda value: datetime.isoformat(value, sep=" ", timespec="microseconds"),
    Kind.BYTES: lambda value: b64encode(value).decode("ascii"),
}
_DECODERS: Mapping[Kind, Callable[[Any], object]] = {Kind.BYTES: b64decode}


def kind_of(column_type: TypeEngine[Any]) -> Kind:
    """What a column of this type holds.

    Raises
    ------
    TypeError
        A type that no backup knows: teach it here.
    """
    inner = column_type.impl_instance if isinstance(column_type, TypeDecorator) else column_type
    for known, kind in _KINDS:
        if isinstance(inner, known):
            return kind
    raise TypeError(f"no backup knows the column type {column_type!r}")


def column(name: str, kind: Kind) -> Column[Any]:
    """A column to read values of this kind by."""
    return Column(name, _READ_AS[kind]())


def encoder(kind: Kind) -> Callable[[Any], object] | None:
    """How a value that is read becomes JSON; None if it is already."""
    return _ENCODERS.get(kind)


def decoder(kind: Kind) -> Callable[[Any], object] | None:
    """How JSON becomes a value to load; None if it is already."""
    return _DECODERS.get(kind)
