"""What is known of demand beside the units, as kept: drivers step by step, attributes of skus and places.

Kept by revision, as the series are (`storage.revisions`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import Connection, exists, insert, or_, select, tuple_

from forecasting.history import Grain, sku_and_place
from storage import revisions
from storage.demand import Demand, Selection, Span, in_selection
from storage.demand_documents import (
    Attribute,
    DriverValues,
    PackedDriver,
    PackedHistory,
    PackedSeries,
    pack_values,
)
from storage.dialects import in_parts
from storage.schema.forecasts import demand_attribute, demand_driver, demand_series

ALL = ""  # in place of a series: the driver is that of all series that have none of their own
Subject = Literal["sku", "place"]
AttributeNames = tuple[tuple[str, ...], tuple[str, ...]]
"""Of the attributes that are texts, and of those that are numbers."""

_D, _A, _S = demand_driver.c, demand_attribute.c, demand_series.c


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A series that a driver is not known of at all its steps and those ahead."""

    series: str
    first: date
    until: date
    known: bool


@dataclass(frozen=True, slots=True)
class StoredDriver:
    """A driver of a series, or of `ALL`, from when to when it is known."""

    name: str
    series: str
    span: Span


class DemandContext:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # Written

    def put_drivers(self, grain: Grain, drivers: Sequence[tuple[str, DriverValues]]) -> int:
        """Keep drivers of series, or of `ALL`, in place of those of the same name; the new revision."""
        revision = revisions.advance(self._connection)
        by_name: dict[str, list[str]] = defaultdict(list)
        for series, driver in drivers:
            by_name[driver.name].append(series)
        for name, series_of_it in by_name.items():
            for part in in_parts(sorted(series_of_it)):
                of = (_D.grain == grain.value, _D.name == name, _D.series.in_(part))
                revisions.close(self._connection, demand_driver, revision, *of)
        rows = [
            {
                "grain": grain.value,
                "series": series,
                "name": driver.name,
                "since": revision,
                "first": driver.first,
                "last": driver.first + timedelta(days=grain.days * (len(driver.values) - 1)),
                "content": pack_values(driver.values),
            }
            for series, driver in drivers
        ]
        if rows:
            self._connection.execute(insert(demand_driver), rows)
        revisions.forget_past(self._connection)
        return revision

    def put_attributes(self, subject: Subject, known: Mapping[str, Mapping[str, Attribute]]) -> int:
        """Keep what is known of these skus, or places, in place of what was kept; the new revision."""
        revision = revisions.advance(self._connection)
        for part in in_parts(sorted(known)):
            of = (_A.kind == subject, _A.id.in_(part))
            revisions.close(self._connection, demand_attribute, revision, *of)
        rows = [
            {"kind": subject, "id": name, "since": revision, "document": dict(document)}
            for name, document in sorted(known.items())
        ]
        if rows:
            self._connection.execute(insert(demand_attribute), rows)
        revisions.forget_past(self._connection)
        return revision

    # Read

    def list_drivers(self, grain: Grain, *, after: tuple[str, str], limit: int) -> Sequence[StoredDriver]:
        """At most so many drivers by name and series, beginning behind one."""
        query = (
            select(_D.name, _D.series, _D.first, _D.last)
            .where(_D.grain == grain.value, _D.until.is_(None), tuple_(_D.name, _D.series) > after)
            .order_by(_D.name, _D.series)
            .limit(limit)
        )
        found = self._connection.execute(query)
        return [StoredDriver(row.name, row.series, Span(row.first, row.last)) for row in found]

    def list_attributes(
        self, *, after: tuple[str, str], limit: int
    ) -> Sequence[tuple[str, str, Mapping[str, Attribute]]]:
        """At most so many skus and places by subject and id, with what is known of each."""
        query = (
            select(_A.kind, _A.id, _A.document)
            .where(_A.until.is_(None), tuple_(_A.kind, _A.id) > after)
            .order_by(_A.kind, _A.id)
            .limit(limit)
        )
        return [(row.kind, row.id, row.document) for row in self._connection.execute(query)]

    def uncovered(self, selection: Selection, name: str, *, until: date) -> Uncovered | None:
        """The first series of which a driver is not known from its first step to that on a day."""
        of_it = [_D.grain == _S.grain, _D.name == name, or_(_D.series == _S.series, _D.series == ALL)]
        of_it += list(revisions.at(demand_driver, selection.revision))
        covers = exists().where(*of_it, _D.first <= _S.first, _D.last >= until)
        known = exists().where(*of_it)
        query = select(_S.series, _S.first, known.label("known")).where(*in_selection(selection), ~covers)
        row = self._connection.execute(query.order_by(_S.series).limit(1)).one_or_none()
        return None if row is None else Uncovered(row.series, row.first, until, bool(row.known))

    def attribute_names(self, revision: int) -> AttributeNames:
        """Every name that any sku or place has at a revision; a text if one of its values is."""
        texts: set[str] = set()
        names: set[str] = set()
        query = select(_A.document).where(*revisions.at(demand_attribute, revision))
        for document in self._connection.execute(query, execution_options={"yield_per": 5_000}).scalars():
            names |= document.keys()
            texts |= {name for name, value in document.items() if isinstance(value, str)}
        return tuple(sorted(texts)), tuple(sorted(names - texts))

    def attributes(
        self, revision: int, subject: Subject, ids: Collection[str]
    ) -> Mapping[str, Mapping[str, Attribute]]:
        """What is known of these skus, or places, at a revision."""
        found: dict[str, Mapping[str, Attribute]] = {}
        for part in in_parts(sorted(set(ids))):
            query = select(_A.id, _A.document).where(
                _A.kind == subject, _A.id.in_(part), *revisions.at(demand_attribute, revision)
            )
            found |= {row.id: row.document for row in self._connection.execute(query)}
        return found

    def drivers(
        self, selection: Selection, names: Sequence[str], series: Sequence[str]
    ) -> Mapping[str, tuple[PackedDriver, ...]]:
        """Drivers of these series, and of all under `ALL`."""
        found: dict[str, list[PackedDriver]] = defaultdict(list)
        for part in in_parts([ALL, *series]) if names else ():
            query = select(_D.series, _D.name, _D.first, _D.content).where(
                _D.grain == selection.grain.value,
                _D.series.in_(part),
                _D.name.in_(names),
                *revisions.at(demand_driver, selection.revision),
            )
            for row in self._connection.execute(query.order_by(_D.series, _D.name)):
                found[row.series].append(PackedDriver(row.name, row.first, row.content))
        return {name: tuple(kept) for name, kept in found.items()}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which histories are read: of a selection whose series all end on `last`, with drivers so far ahead."""

    selection: Selection
    last: date
    ahead: int = 0
    drivers: tuple[str, ...] = ()
    attributes: AttributeNames = ((), ())


def read_page(
    demand: Demand, context: DemandContext, wanted: Wanted, *, after: str, limit: int
) -> PackedHistory:
    """The history of at most so many series, in order of id, beginning behind one; of none in the end."""
    return _packed(context, wanted, tuple(demand.page(wanted.selection, after=after, limit=limit)))


def read_series(
    demand: Demand, context: DemandContext, wanted: Wanted, series: Sequence[str]
) -> PackedHistory:
    """The history of these series."""
    return _packed(context, wanted, tuple(demand.of_ids(wanted.selection, series)))


def _packed(context: DemandContext, wanted: Wanted, series: tuple[PackedSeries, ...]) -> PackedHistory:
    pairs = [sku_and_place(one.id) for one in series]
    known: dict[tuple[str, str], Mapping[str, Attribute]] = {}
    if any(wanted.attributes):
        revision = wanted.selection.revision
        of_skus = context.attributes(revision, "sku", [sku for sku, _ in pairs])
        of_places = context.attributes(revision, "place", [place for _, place in pairs])
        known |= {("sku", sku): document for sku, document in of_skus.items()}
        known |= {("place", place): document for place, document in of_places.items()}
    return PackedHistory(
        grain=wanted.selection.grain,
        last=wanted.last,
        series=series,
        ahead=wanted.ahead if wanted.drivers else 0,
        drivers=wanted.drivers,
        of_series=context.drivers(wanted.selection, wanted.drivers, [one.id for one in series]),
        attributes=known,
        attribute_names=wanted.attributes,
    )
