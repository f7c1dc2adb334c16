"""Planners' overrides of forecasts as kept: never changed, only withdrawn. `forecasting` lays them over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update

from forecasting.history import Grain, series_id
from fulfillment.ids import SkuId
from storage.audit import Actor
from storage.schema.forecast_watch import forecast_override

_O = forecast_override.c


@dataclass(frozen=True, slots=True)
class NewOverride:
    """What a planner says of the steps of a series that start from `first` to `last`, and until when."""

    grain: Grain
    sku: SkuId
    place: str
    first: date
    last: date
    kind: str
    value: float
    reason: str
    author: Actor
    expires_at: datetime

    @property
    def series(self) -> str:
        return series_id(self.sku, self.place)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """When an override was taken back, by whom and why."""

    at: datetime
    by: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class StoredOverride:
    """An override as it stands."""

    number: int
    made: NewOverride
    made_at: datetime
    withdrawn: Withdrawal | None

    @property
    def ends_at(self) -> datetime:
        """From then on it holds no more."""
        expires = self.made.expires_at
        return expires if self.withdrawn is None else min(expires, self.withdrawn.at)

    def holds_at(self, now: datetime) -> bool:
        return self.made_at <= now < self.ends_at


class Overrides:
    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def add(self, new: NewOverride) -> int:
        """Keep an override; its number."""
        values = {
            "grain": new.grain.value,
            "series": new.series,
            "sku": new.sku,
            "place": new.place,
            "first": new.first,
            "last": new.last,
            "kind": new.kind,
            "value": new.value,
            "reason": new.reason,
            "author": new.author.id,
            "author_name": new.author.name,
            "made_at": self._now,
            "expires_at": new.expires_at,
        }
        made = self._connection.execute(insert(forecast_override).values(values).returning(_O.number))
        return int(made.scalar_one())

    def withdraw(self, number: int, *, by: Actor, reason: str) -> bool:
        """Take one back that holds; whether it did."""
        taken = update(forecast_override).where(_O.number == number, *self._holding())
        values = {
            "withdrawn_at": self._now,
            "withdrawn_by": by.id,
            "withdrawn_by_name": by.name,
            "withdrawn_reason": reason,
        }
        return self._connection.execute(taken.values(values)).rowcount > 0

    def get(self, number: int) -> StoredOverride | None:
        row = self._connection.execute(select(forecast_override).where(_O.number == number)).one_or_none()
        return None if row is None else _override(row)

    def list(
        self,
        *,
        before: int | None,
        limit: int,
        sku: str | None = None,
        place: str | None = None,
        holding: bool = False,
    ) -> Sequence[StoredOverride]:
        """At most `limit`, the newest first, from before the one of that number."""
        query = select(forecast_override).order_by(_O.number.desc()).limit(limit)
        if before is not None:
            query = query.where(_O.number < before)
        if sku is not None:
            query = query.where(_O.sku == sku)
        if place is not None:
            query = query.where(_O.place == place)
        if holding:
            query = query.where(*self._holding())
        return [_override(row) for row in self._connection.execute(query)]

    def of(self, grain: Grain, series: tuple[str, str], days: tuple[date, date]) -> Sequence[StoredOverride]:
        """All, also those that hold no more, of series from one id to another and steps of these days."""
        query = select(forecast_override).where(
            _O.grain == grain.value,
            _O.series >= series[0],
            _O.series <= series[1],
            _O.last >= days[0],
            _O.first <= days[1],
        )
        return [_override(row) for row in self._connection.execute(query.order_by(_O.number))]

    def _holding(self) -> Iterator[ColumnElement[bool]]:
        yield _O.expires_at > self._now
        yield or_(_O.withdrawn_at.is_(None), _O.withdrawn_at > self._now)


def _override(row: Row[*tuple[Any, ...]]) -> StoredOverride:
    withdrawn = None
    if row.withdrawn_at is not None:
        by = Actor(row.withdrawn_by, row.withdrawn_by_name)
        withdrawn = Withdrawal(row.withdrawn_at, by, row.withdrawn_reason)
    return StoredOverride(
        number=row.number,
        made=NewOverride(
            grain=Grain(row.grain),
            sku=SkuId(row.sku),
            place=row.place,
            first=row.first,
            last=row.last,
            kind=row.kind,
            value=row.value,
            reason=row.reason,
            author=Actor(row.author, row.author_name),
            expires_at=row.expires_at,
        ),
        made_at=row.made_at,
        withdrawn=withdrawn,
    )
