"""Takes sales in as they were rung up or ordered: added up to steps, laid over what is kept."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import numpy as np
from fastapi import Depends, Request

from api.demand.schemas import MAX_UNKNOWN, SalesAnswer, SalesKind
from api.edge.answers import Answer, answer
from api.edge.body import media_type
from api.edge.idempotency import Call, record, write_once
from api.edge.rows import CSV_TYPE
from api.errors import FieldError, UnknownNames, UnsupportedMediaType
from forecasting.history import MASKED, OBSERVED, Grain, sku_and_place
from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.network import Network
from storage.database import Database
from storage.deadlines import long_work
from storage.demand_documents import LARGEST_UNITS, DemandSeries, lay
from storage.stores import Stores

if TYPE_CHECKING:
    import pandas as pd

    from forecasting.reading.sales import SalesReport

PARQUET_TYPE = "application/vnd.apache.parquet"
_SERIES_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class SalesFile:
    """A file as sent."""

    body: bytes
    is_parquet: bool


@dataclass(frozen=True, slots=True)
class Days:
    """The days that a file tells of: all sales before `end`, and from `since` on if it is given."""

    grain: Grain
    end: date
    since: date | None

    @property
    def step(self) -> timedelta:
        return timedelta(days=self.grain.days)


async def _sent(request: Request) -> SalesFile:
    found = media_type(request)
    if found not in (CSV_TYPE, PARQUET_TYPE):
        raise UnsupportedMediaType(found, f"{CSV_TYPE} or {PARQUET_TYPE}")
    return SalesFile(await request.body(), found == PARQUET_TYPE)


UploadedSales = Annotated[SalesFile, Depends(_sent)]


def take_sales(
    database: Database, call: Call, file: SalesFile, kind: SalesKind, days: Days, *, time_zone: str | None
) -> Answer:
    """Add lines up to steps and keep those, all of the file or nothing.

    Without `since` the series of the file are replaced, but for stock-outs that are kept. With it what is
    kept before that day stays, and a series that reaches it and has no line has sold nothing from then on,
    if it is of a place where lines of this kind sell; but one that is stocked out in every step is announced,
    and stays so.

    Raises
    ------
    InvalidInput
        Bad lines, the first twenty of them named; days that are no steps of what is kept; lines before
        `since`; names that were never imported.
    """
    _check_days(days)
    with database.reading() as stores:
        network = stores.catalog.network()
    try:
        frame, report = _read(file, kind, days, _time_zones(network, time_zone))
    except InvalidInput as error:
        raise _naming_time_zone(error, kind, time_zone) from error
    _refuse_early(report, days)
    sold = {one.id: one for one in _series_of(frame)}

    def write(stores: Stores) -> Answer:
        network = stores.catalog.network()
        _refuse_unknown(network, list(sold.values()), kind)
        _refuse_off_calendar(stores, days)
        series = emptied = 0
        for laid in _laid(stores, sold, days, _told_of(network, kind)):
            stores.demand.put(days.grain, laid)
            series += len(laid)
            emptied += sum(one.id not in sold for one in laid)
        given = SalesAnswer.model_validate(
            {name: getattr(report, name, None) for name in SalesAnswer.model_fields}
            | {"series": series, "emptied": emptied}
        )
        return record(stores, call, answer(given), subject=days.grain.value)

    with long_work():
        return write_once(database, call, write)


def _read(
    file: SalesFile, kind: SalesKind, days: Days, zones: Mapping[str, str]
) -> "tuple[pd.DataFrame, SalesReport]":
    """From a file of its own, for that is what the readers read: piece by piece, whatever its size."""
    from api.demand.files import read_sales_file  # loads pandas
    from forecasting.reading import sales_lines
    from forecasting.reading.sales import frame_of_sales

    kinds = {
        "order_lines": sales_lines.ORDER_LINES,
        "walk_in_sales": sales_lines.WALK_IN_SALES,
        "dated_sales": sales_lines.DATED_SALES,
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("sales.parquet" if file.is_parquet else "sales.csv")
        path.write_bytes(file.body)
        try:
            lines = read_sales_file(path, kinds[kind], zones=zones)
        except InvalidInput as error:
            detail = error.detail.replace(str(path), "the file")
            raise InvalidInput(detail, pointer=error.pointer, fix=error.fix) from error
    return frame_of_sales(lines, end=days.end, grain=days.grain)


def _time_zones(network: Network, of_zones: str | None) -> Mapping[str, str]:
    """Nodes have theirs; all destination zones have the one that is given."""
    zones = {} if of_zones is None else {str(zone): of_zones for zone in network.zones}
    return zones | {str(node.id): node.time_zone for node in network.nodes.values()}


def _naming_time_zone(error: InvalidInput, kind: SalesKind, of_zones: str | None) -> InvalidInput:
    """What lacks a time zone is a destination zone, if none was given; else it was never imported."""
    if error.pointer != "/zones":
        return error
    if of_zones is None and kind != "walk_in_sales":
        fix = "Give time_zone, the IANA name of that of destination zones, or local instants without offset"
        return InvalidInput(error.detail, pointer="?time_zone", fix=fix)
    return InvalidInput(error.detail, pointer="", fix="Import it first, or correct its id")


def _series_of(frame: "pd.DataFrame") -> Iterator[DemandSeries]:
    units = frame["y"].to_numpy(dtype=np.float64)
    if (units != np.floor(units)).any() or (units > LARGEST_UNITS).any():
        raise InvalidInput(
            "some units are not whole, or too many for one step", fix="Send whole units, as they were sold"
        )
    codes, names = frame["unique_id"].factorize()
    firsts = np.flatnonzero(np.diff(codes, prepend=-1))
    days = frame["ds"].to_numpy().astype("datetime64[D]")
    for first, end in zip(firsts.tolist(), [*firsts[1:].tolist(), len(frame)], strict=True):
        sku, place = sku_and_place(str(names[codes[first]]))
        steps = units[first:end].astype(np.int64)
        yield DemandSeries(sku, place, days[first].astype(object), steps, np.zeros(len(steps), np.uint8))


def _told_of(network: Network, kind: SalesKind) -> Collection[str]:
    """Places of which a file of this kind says that nothing sold there: those that only its lines sell at."""
    nodes, zones = {*map(str, network.nodes)}, {*map(str, network.zones)}
    told: Mapping[SalesKind, set[str]] = {
        "order_lines": zones - nodes,
        "walk_in_sales": nodes - zones,
        "dated_sales": nodes | zones,
    }
    return told[kind]


def _laid(
    stores: Stores, sold: Mapping[str, DemandSeries], days: Days, told_of: Collection[str]
) -> Iterator[Sequence[DemandSeries]]:
    """The series that change, some at a time: those of the file, and those that sold nothing since."""
    silent = (name for name in _reaching(stores, days) if sku_and_place(name)[1] in told_of)
    names = sorted({*sold, *silent})
    for first in range(0, len(names), _SERIES_AT_ONCE):
        part = names[first : first + _SERIES_AT_ONCE]
        kept = stores.demand.get(days.grain, part)
        yield [_over(sold.get(name), kept.get(name), days) for name in part]


def _reaching(stores: Stores, days: Days) -> Iterator[str]:
    """Series that are kept up to the day the file begins with, or beyond."""
    after = ""
    while days.since is not None:
        found = stores.demand.list(days.grain, after=after, limit=_SERIES_AT_ONCE)
        yield from (name for name, span in found if span.last + days.step >= days.since)
        if not found:
            return
        after = found[-1][0]


def _over(sold: DemandSeries | None, kept: DemandSeries | None, days: Days) -> DemandSeries:
    """What sold, over what is kept. Stock-outs that are known of a step stay."""
    if sold is not None and (kept is None or days.since is None):
        states = np.full(len(sold.units), OBSERVED, dtype=np.uint8)
        if kept is not None:
            lay(states, kept.states, _steps(sold.first, kept.first, days))
        return replace(sold, states=states)
    assert kept is not None
    assert days.since is not None
    first = kept.first
    begin, end = _steps(first, days.since, days), _steps(first, days.end, days)
    if begin > len(kept.units):
        raise InvalidInput(
            f"the last step kept of {kept.sku} at {kept.place} is that of {kept.last(days.grain)}, and the "
            f"file begins on {days.since}",
            pointer="?since",
            fix="Begin with the step behind the last one that is kept, or leave since out",
        )
    length = max(end, len(kept.units))
    units, states = np.zeros(length, dtype=np.int64), np.full(length, OBSERVED, dtype=np.uint8)
    units[: len(kept.units)], states[: len(kept.units)] = kept.units, kept.states
    units[max(begin, 0) : end] = 0
    if sold is not None:
        units[_steps(first, sold.first, days) : end] = sold.units
    elif (kept.states == MASKED).all():  # announced, and still not on sale
        states[:] = MASKED
    return DemandSeries(kept.sku, kept.place, first, units, states)


def _steps(first: date, day: date, days: Days) -> int:
    return (day - first).days // days.grain.days


def _check_days(days: Days) -> None:
    if days.since is not None and (days.since >= days.end or (days.end - days.since).days % days.grain.days):
        raise InvalidInput(
            f"from {days.since} to {days.end} are no whole {days.grain.value}s",
            pointer="?since",
            fix=f"Begin whole {days.grain.value}s before the end",
        )


def _refuse_early(report: "SalesReport", days: Days) -> None:
    if days.since is not None and report.first_day is not None and report.first_day < days.since:
        raise InvalidInput(
            f"the file has lines of {report.first_day}, before {days.since}",
            pointer="?since",
            fix="Leave them out, or begin with an earlier day",
        )


def _refuse_off_calendar(stores: Stores, days: Days) -> None:
    anchor = stores.demand.any_first(days.grain)
    if anchor is not None and (days.end - anchor).days % days.grain.days:
        raise InvalidInput(
            f"{days.end} is not whole {days.grain.value}s from {anchor}, where a step of what is kept starts",
            pointer="?end",
            fix="Send the day after the last step",
        )


def _refuse_unknown(network: Network, series: Sequence[DemandSeries], kind: SalesKind) -> None:
    skus, places = {str(one.sku) for one in series}, {one.place for one in series}
    nodes, zones = {*map(str, network.nodes)}, {*map(str, network.zones)}
    sell_at: Mapping[SalesKind, tuple[str, set[str]]] = {
        "order_lines": ("zone", zones),
        "walk_in_sales": ("node", nodes),
        "dated_sales": ("node or zone", nodes | zones),
    }
    what, here = sell_at[kind]
    unknown = [("sku", name, set(map(str, network.skus))) for name in sorted(skus - set(network.skus))]
    unknown += [(what, name, here) for name in sorted(places - here)]
    errors = [
        FieldError("", UnknownReference(kind, name, sorted(known)).detail, value=name)
        for kind, name, known in unknown[:MAX_UNKNOWN]
    ]
    if errors:
        raise UnknownNames(
            f"{len(unknown)} names of the file are not known; {errors[0].detail}",
            errors,
            fix="Import them first, or correct their ids",
        )
