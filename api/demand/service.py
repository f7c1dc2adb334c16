"""Takes demand in, and shows it. What forecasting makes of it, it does not know."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from api.demand.merging import Calendar, id_of, merged
from api.demand.schemas import (
    MAX_ATTRIBUTES,
    MAX_DRIVER_ROWS,
    MAX_ROWS,
    AttributeRow,
    AttributesOut,
    DemandRow,
    DemandSeriesDetail,
    DemandSeriesOut,
    DriverOut,
    DriverRow,
)
from api.edge.answers import Answer
from api.edge.idempotency import Call
from api.edge.imports import Check, Importing, Names, Upload, import_file
from api.edge.pages import Asked, Page, page_of
from api.edge.rows import Numbered
from api.errors import FieldError, NotFound
from forecasting.history import AT_LEAST, MASKED, Grain, series_id, sku_and_place
from fulfillment.ids import SkuId
from fulfillment.network import Network
from storage.database import Database
from storage.demand import Span
from storage.demand_context import ALL, StoredDriver, Subject
from storage.demand_documents import Attribute, DriverValues
from storage.stores import Stores

_FIX = "Send its steps with POST /v1/demand/history"


def take_history(database: Database, call: Call, upload: Upload, grain: Grain, *, replace: bool) -> Answer:
    """Lay steps over those that are kept; with `replace` the series that are sent are replaced whole.

    Raises
    ------
    Unprocessable
        Bad rows, all of them named, without `skip_bad_rows`. Nothing was written.
    """
    calendar = Calendar(grain, anchor=None, spans={})

    def against(stores: Stores, rows: Sequence[DemandRow]) -> Check[DemandRow]:
        nonlocal calendar
        spans = {} if replace else stores.demand.spans(grain, [id_of(row) for row in rows])
        calendar = Calendar(grain, anchor=stores.demand.any_first(grain), spans=spans)
        return lambda _network, _names, _row: ()

    def beside(_network: Network, rows: Sequence[DemandRow]) -> Check[DemandRow]:
        complaints = calendar.complaints(rows)

        def check(network: Network, names: Names, numbered: Numbered[DemandRow]) -> Iterable[FieldError]:
            yield from _unknown(network, names, numbered, numbered.row.sku, numbered.row.place)
            if detail := complaints.get(id(numbered.row)):
                yield numbered.error("first", detail, value=numbered.row.first)

        return check

    def write(stores: Stores, rows: Sequence[DemandRow]) -> None:
        kept = {} if replace else stores.demand.get(grain, [id_of(row) for row in rows])
        stores.demand.put(grain, merged(grain, rows, kept))

    importing = Importing(
        DemandRow,
        key=lambda row: (row.sku, row.place, row.first),
        cap=MAX_ROWS,
        write=write,
        beside=beside,
        against=against,
        subject=grain.value,
    )
    return import_file(database, call, upload, importing)


def take_drivers(database: Database, call: Call, upload: Upload, grain: Grain) -> Answer:
    """Keep drivers in place of those of the same name and series.

    Raises
    ------
    Unprocessable
        Bad rows, all of them named, without `skip_bad_rows`. Nothing was written.
    """

    def against(stores: Stores, rows: Sequence[DriverRow]) -> Check[DriverRow]:
        anchor = stores.demand.any_first(grain) or (rows[0].first if rows else None)

        def check(network: Network, names: Names, numbered: Numbered[DriverRow]) -> Iterable[FieldError]:
            row = numbered.row
            if row.sku is not None and row.place is not None:
                yield from _unknown(network, names, numbered, row.sku, row.place)
            if anchor is not None and (row.first - anchor).days % grain.days:
                detail = f"is not whole {grain.value}s from {anchor}, where a step starts"
                yield numbered.error("first", detail, value=row.first)

        return check

    def write(stores: Stores, rows: Sequence[DriverRow]) -> None:
        stores.demand_context.put_drivers(grain, [(_series_of(row), _values_of(row)) for row in rows])

    importing = Importing(
        DriverRow,
        key=lambda row: (row.driver, row.sku, row.place),
        cap=MAX_DRIVER_ROWS,
        write=write,
        against=against,
        subject=grain.value,
    )
    return import_file(database, call, upload, importing)


def take_attributes(database: Database, call: Call, upload: Upload) -> Answer:
    """Keep what is known of skus and places, in place of all that was known of those that are named.

    Raises
    ------
    Unprocessable
        Bad rows, all of them named, without `skip_bad_rows`. Nothing was written.
    """

    def check(network: Network, names: Names, numbered: Numbered[AttributeRow]) -> Iterable[FieldError]:
        row = numbered.row
        if row.subject == "sku" and row.id not in network.skus:
            yield names.unknown(numbered, "id", "sku", row.id, network.skus)
        if row.subject == "place" and row.id not in network.nodes and row.id not in network.zones:
            yield names.unknown(numbered, "id", "node or zone", row.id, _places(network))

    def write(stores: Stores, rows: Sequence[AttributeRow]) -> None:
        known: dict[Subject, dict[str, dict[str, Attribute]]] = {"sku": {}, "place": {}}
        for row in rows:
            known[row.subject].setdefault(row.id, {})[row.name] = row.value
        for subject, of_it in known.items():
            if of_it:
                stores.demand_context.put_attributes(subject, of_it)

    importing = Importing(
        AttributeRow,
        key=lambda row: (row.subject, row.id, row.name),
        cap=MAX_ATTRIBUTES,
        write=write,
        check=check,
        subject="attributes",
    )
    return import_file(database, call, upload, importing)


def list_series(
    database: Database, asked: Asked, grain: Grain, *, sku: str | None, place: str | None
) -> Page[DemandSeriesOut]:
    """Series that are kept, by id."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.demand.list(
                grain, after=after[0] if after else "", limit=asked.limit + 1, sku=sku, place=place
            ),
            key=lambda found: (found[0],),
            parts=1,
            show=lambda found: _series_out(*found),
        )


def get_series(database: Database, grain: Grain, sku: str, place: str) -> DemandSeriesDetail:
    """One series with its units.

    Raises
    ------
    NotFound
        There is none.
    """
    name = series_id(SkuId(sku), place)
    with database.reading() as stores:
        found = stores.demand.get(grain, [name]).get(name)
    if found is None:
        raise NotFound(f"no demand by {grain.value} of {sku} at {place}", fix=_FIX)
    stocked_out, sold_out = found.states == MASKED, found.states == AT_LEAST
    return DemandSeriesDetail(
        sku=sku,
        place=place,
        first=found.first,
        last=found.last(grain),
        grain=grain,
        units=found.units.tolist(),
        stocked_out=stocked_out.tolist() if stocked_out.any() else [],
        sold_out=sold_out.tolist() if sold_out.any() else [],
    )


def list_drivers(database: Database, asked: Asked, grain: Grain) -> Page[DriverOut]:
    """Drivers that are kept, by name and series."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.demand_context.list_drivers(
                grain, after=(after[0], after[1]) if after else ("", ""), limit=asked.limit + 1
            ),
            key=lambda driver: (driver.name, driver.series),
            parts=2,
            show=_driver_out,
        )


def list_attributes(database: Database, asked: Asked) -> Page[AttributesOut]:
    """What is known of places and skus, by subject and id."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.demand_context.list_attributes(
                after=(after[0], after[1]) if after else ("", ""), limit=asked.limit + 1
            ),
            key=lambda found: (found[0], found[1]),
            parts=2,
            show=lambda found: AttributesOut(subject=found[0], id=found[1], attributes=dict(found[2])),
        )


def _unknown(
    network: Network, names: Names, numbered: Numbered[Any], sku: str, place: str
) -> Iterable[FieldError]:
    if sku not in network.skus:
        yield names.unknown(numbered, "sku", "sku", sku, network.skus)
    if place not in network.nodes and place not in network.zones:
        yield names.unknown(numbered, "place", "node or zone", place, _places(network))


def _places(network: Network) -> list[str]:
    return [*network.nodes, *network.zones]


def _series_of(row: DriverRow) -> str:
    return ALL if row.sku is None or row.place is None else series_id(SkuId(row.sku), row.place)


def _values_of(row: DriverRow) -> DriverValues:
    return DriverValues(row.driver, row.first, np.array(row.values, dtype=np.float64))


def _series_out(name: str, span: Span) -> DemandSeriesOut:
    sku, place = sku_and_place(name)
    return DemandSeriesOut(sku=sku, place=place, first=span.first, last=span.last)


def _driver_out(driver: StoredDriver) -> DriverOut:
    sku, place = sku_and_place(driver.series) if driver.series != ALL else (None, None)
    return DriverOut(driver=driver.name, sku=sku, place=place, first=driver.span.first, last=driver.span.last)
