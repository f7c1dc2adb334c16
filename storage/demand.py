"""Series of demand as kept: units sold by sku, place and step. What they mean, `forecasting` knows.

Nothing is changed in place: what is written gets the next revision, and what it replaces stays for as long
as a run that was asked for at an earlier one may read it (`storage.revisions`). So a run forecasts the demand
of the instant it was asked for, whatever is imported meanwhile and however often its worker dies.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, func, insert, select

from forecasting.history import Grain
from storage import revisions
from storage.demand_documents import (
    DemandSeries,
    PackedSeries,
    pack_states,
    pack_units,
    unpack_series,
)
from storage.dialects import in_parts
from storage.schema.forecasts import demand_series

_S = demand_series.c
_PACKED = select(_S.series, _S.first, _S.units, _S.states)  # what a `PackedSeries` is made of
_IDS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which series: of a grain, at a revision; of these skus and places only, and that end so, if said."""

    grain: Grain
    revision: int
    skus: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Extent:
    """How many series, and the first and last of the days that their last steps start on."""

    series: int
    earliest_end: date | None
    latest_end: date | None


@dataclass(frozen=True, slots=True)
class Span:
    """The days that the first and the last step of a series start on."""

    first: date
    last: date


class Demand:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def revision(self) -> int:
        """Counts what was written."""
        return revisions.current(self._connection)

    # Written

    def put(self, grain: Grain, series: Sequence[DemandSeries]) -> int:
        """Keep these series in place of what was kept of them, each once; the revision from now on."""
        revision = revisions.advance(self._connection)
        for part in in_parts([one.id for one in series]):
            of = (_S.grain == grain.value, _S.series.in_(part))
            revisions.close(self._connection, demand_series, revision, *of)
        if series:
            rows = [
                {
                    "grain": grain.value,
                    "series": one.id,
                    "since": revision,
                    "sku": one.sku,
                    "place": one.place,
                    "first": one.first,
                    "last": one.last(grain),
                    "units": pack_units(one.units),
                    "states": pack_states(one.states),
                }
                for one in series
            ]
            self._connection.execute(insert(demand_series), rows)
        revisions.forget_past(self._connection)
        return revision

    def forget_ended(self, grain: Grain, *, before: date) -> int:
        """Forget series whose last step is before a day; how many."""
        ended = (_S.grain == grain.value, _S.last < before)
        if not self._connection.execute(select(_S.series).where(*ended, _S.until.is_(None)).limit(1)).first():
            return 0
        return revisions.close(self._connection, demand_series, revisions.advance(self._connection), *ended)

    def forget_past(self) -> int:
        """Forget what no open run may still read; how many rows."""
        return revisions.forget_past(self._connection)

    # Read

    def get(self, grain: Grain, series: Sequence[str]) -> Mapping[str, DemandSeries]:
        """The series of these ids that there are."""
        found: dict[str, DemandSeries] = {}
        for part in in_parts(sorted(set(series))):
            query = _PACKED.where(_S.grain == grain.value, _S.series.in_(part), _S.until.is_(None))
            for row in self._connection.execute(query):
                found[row.series] = unpack_series(PackedSeries(*row))
        return found

    def spans(self, grain: Grain, series: Sequence[str]) -> Mapping[str, Span]:
        """From when to when each of these series goes, of those that there are."""
        found: dict[str, Span] = {}
        for part in in_parts(sorted(set(series))):
            query = select(_S.series, _S.first, _S.last).where(
                _S.grain == grain.value, _S.series.in_(part), _S.until.is_(None)
            )
            found |= {row.series: Span(row.first, row.last) for row in self._connection.execute(query)}
        return found

    def any_first(self, grain: Grain) -> date | None:
        """The day a step of some series starts on: all others are whole steps from it."""
        query = select(_S.first).where(_S.grain == grain.value, _S.until.is_(None)).limit(1)
        found: date | None = self._connection.execute(query).scalar_one_or_none()
        return found

    def list(
        self, grain: Grain, *, after: str, limit: int, sku: str | None = None, place: str | None = None
    ) -> Sequence[tuple[str, Span]]:
        """At most so many series in order of id, beginning behind one."""
        query = select(_S.series, _S.first, _S.last).where(
            _S.grain == grain.value, _S.series > after, _S.until.is_(None)
        )
        if sku is not None:
            query = query.where(_S.sku == sku)
        if place is not None:
            query = query.where(_S.place == place)
        found = self._connection.execute(query.order_by(_S.series).limit(limit))
        return [(row.series, Span(row.first, row.last)) for row in found]

    def extent(self, selection: Selection) -> Extent:
        query = select(func.count(), func.min(_S.last), func.max(_S.last)).where(*in_selection(selection))
        return Extent(*self._connection.execute(query).one())

    def ending_before(self, selection: Selection, day: date, *, limit: int) -> Sequence[tuple[str, date]]:
        """Of these series the first that end before a day, with the day their last step starts on."""
        query = select(_S.series, _S.last).where(*in_selection(selection), _S.last < day)
        return [
            (row.series, row.last) for row in self._connection.execute(query.order_by(_S.series).limit(limit))
        ]

    def ids(self, selection: Selection) -> Iterator[str]:
        """The ids of these series in order, read as they are taken."""
        query = select(_S.series).where(*in_selection(selection)).order_by(_S.series)
        yield from self._connection.execute(query, execution_options={"yield_per": _IDS_AT_ONCE}).scalars()

    def page(self, selection: Selection, *, after: str, limit: int) -> Sequence[PackedSeries]:
        """At most so many of these series in order of id, beginning behind one, as they are kept."""
        query = _PACKED.where(*in_selection(selection), _S.series > after).order_by(_S.series).limit(limit)
        return [PackedSeries(*row) for row in self._connection.execute(query)]

    def of_ids(self, selection: Selection, series: Sequence[str]) -> Sequence[PackedSeries]:
        """These of the series, in order of id."""
        found: list[PackedSeries] = []
        for part in in_parts(sorted(series)):
            query = _PACKED.where(*in_selection(selection), _S.series.in_(part)).order_by(_S.series)
            found += [PackedSeries(*row) for row in self._connection.execute(query)]
        return found


def in_selection(selection: Selection) -> Iterator[ColumnElement[bool]]:
    """What holds of the rows of a selection."""
    yield _S.grain == selection.grain.value
    yield from revisions.at(demand_series, selection.revision)
    if selection.skus:
        yield _S.sku.in_(selection.skus)
    if selection.places:
        yield _S.place.in_(selection.places)
    if selection.last is not None:
        yield _S.last == selection.last
