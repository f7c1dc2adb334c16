"""What every transaction reads first, in one statement: the clocks, and the version of the catalog."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from storage.dialects import CLOCKS
from storage.schema.catalog import catalog_version
from storage.schema.service import demo_clock


@dataclass(frozen=True, slots=True)
class Opening:
    """`now` is the demo's clock if one is set and counts, else `real`, the database's own."""

    real: datetime
    now: datetime
    catalog_version: int


def read_opening(connection: Connection, *, demo_clock: bool) -> Opening:
    statement = _STATEMENTS[connection.dialect.name]
    real, demo, version = connection.execute(statement).one()
    return Opening(real, (demo if demo_clock else None) or real, version)


def _statement(clock: ColumnElement[datetime]) -> Select[*tuple[Any, ...]]:
    return select(
        clock,
        select(demo_clock.c.now).scalar_subquery(),
        select(catalog_version.c.version).scalar_subquery(),
    )


_STATEMENTS = {dialect: _statement(clock) for dialect, clock in CLOCKS.items()}
