"""A table as one value: the terminal, TSV and JSON are three ways to write it. It writes nothing itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


def plain(value: Any) -> str:
    """A value as people read it: nothing for None, thousands apart."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell that says itself how it is shown, for tables whose rows differ in unit."""

    value: Any
    shown: str

    def __str__(self) -> str:
        return self.shown


@dataclass(frozen=True, slots=True)
class Column:
    """`key` names the value in TSV and JSON, `title` and `show` are for people; `style` colors a cell.

    `show` and `style` are given the value. In a terminal too narrow, the column that `gives_way` is cut.
    """

    key: str
    title: str
    show: Callable[[Any], str] = plain
    style: Callable[[Any], str] | str = ""
    right: bool = False
    gives_way: bool = False

    def style_of(self, value: Any) -> str:
        return self.style if isinstance(self.style, str) else self.style(value)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. Values keep their full precision; what people see is up to `Column.show`."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a command has to say.

    `tables` are shown one below the other. Piped, one table is written: `piped`, or the first of them.
    `sentence` sums up, `notes` stand below it and are never lost (piped, they go to stderr), `following`
    is the `Next:` line. `body` is what `--json` writes; without it the rows of the piped table.
    """

    tables: Sequence[Table]
    sentence: str = ""
    notes: Sequence[str] = field(default=())
    following: str = ""
    body: str | None = None
    piped: Table | None = None

    @property
    def data(self) -> Table:
        """The table that a pipe gets."""
        return self.piped or self.tables[0]
