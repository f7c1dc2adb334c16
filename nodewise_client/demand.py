"""Calls about demand: what sold, and what is known beside it."""

from datetime import date
from pathlib import Path
from typing import Literal

from nodewise_client.caller import Caller, path
from nodewise_client.frames import Frame
from nodewise_client.models import (
    AttributesOut,
    DemandSeriesDetail,
    DemandSeriesOut,
    DriverOut,
    ImportAnswer,
    SalesAnswer,
    StockOutsAnswer,
)
from nodewise_client.network import CSV_TYPE, IMPORT_SECONDS, Rows, content_of
from nodewise_client.pages import Pages

Grain = Literal["day", "week"]
PARQUET_TYPE = "application/vnd.apache.parquet"


class Demand(Caller):
    """Steps that are sent are laid over those that are kept; none may be missing between them."""

    def import_demand(
        self,
        rows: Rows,
        *,
        grain: Grain = "week",
        replace: bool = False,
        check: bool = False,
        skip_bad_rows: bool = False,
        key: str | None = None,
    ) -> ImportAnswer:
        """Send units by sku, place and step; `replace` forgets the other steps of the series sent."""
        query = _switches(check=check, skip_bad_rows=skip_bad_rows, replace=replace)
        return self._import_demand("history", rows, {"grain": grain, **query}, key)

    def import_sales(
        self,
        file: str | Path | Frame,
        kind: Literal["order_lines", "walk_in_sales", "dated_sales"],
        *,
        end: date | str,
        since: date | str | None = None,
        grain: Grain = "week",
        time_zone: str | None = None,
        key: str | None = None,
    ) -> SalesAnswer:
        """Send sales line by line, to be added up to steps; a path leads to CSV or, by its name, Parquet."""
        is_parquet = isinstance(file, Path) and file.suffix in (".parquet", ".pq")
        if isinstance(file, Path):
            content = file.read_bytes()
        else:
            content, _ = content_of(file)
        return self._write_file(
            SalesAnswer,
            "/v1/demand/sales",
            content,
            PARQUET_TYPE if is_parquet else CSV_TYPE,
            query={"kind": kind, "end": end, "since": since, "grain": grain, "time_zone": time_zone},
            key=key,
            timeout=IMPORT_SECONDS,
        )

    def flag_stock_outs(self, *, grain: Grain = "week", key: str | None = None) -> StockOutsAnswer:
        """Flag kept steps in which, as the ledger has it, the shelf of a node was empty."""
        return self._write_file(
            StockOutsAnswer,
            "/v1/demand/stock-outs",
            b"",
            CSV_TYPE,
            query={"grain": grain},
            key=key,
            timeout=IMPORT_SECONDS,
        )

    def import_drivers(
        self,
        rows: Rows,
        *,
        grain: Grain = "week",
        check: bool = False,
        skip_bad_rows: bool = False,
        key: str | None = None,
    ) -> ImportAnswer:
        """Send what drives demand, step by step, in the past and ahead."""
        query = _switches(check=check, skip_bad_rows=skip_bad_rows)
        return self._import_demand("drivers", rows, {"grain": grain, **query}, key)

    def import_attributes(
        self, rows: Rows, *, check: bool = False, skip_bad_rows: bool = False, key: str | None = None
    ) -> ImportAnswer:
        """Send what is known of skus and places, whatever the step."""
        query = _switches(check=check, skip_bad_rows=skip_bad_rows)
        return self._import_demand("attributes", rows, query, key)

    def demand(
        self,
        *,
        grain: Grain = "week",
        sku: str | None = None,
        place: str | None = None,
        page_size: int | None = None,
    ) -> Pages[DemandSeriesOut]:
        """Series that are kept."""
        query = {"grain": grain, "sku": sku, "place": place}
        return self._pages(DemandSeriesOut, "/v1/demand/history", page_size=page_size, query=query)

    def demand_of(self, sku: str, place: str, *, grain: Grain = "week") -> DemandSeriesDetail:
        """One series, step by step."""
        return self._get(DemandSeriesDetail, path("demand", "history", sku, place), {"grain": grain})

    def drivers(self, *, grain: Grain = "week", page_size: int | None = None) -> Pages[DriverOut]:
        return self._pages(DriverOut, "/v1/demand/drivers", page_size=page_size, query={"grain": grain})

    def attributes(self, *, page_size: int | None = None) -> Pages[AttributesOut]:
        return self._pages(AttributesOut, "/v1/demand/attributes", page_size=page_size)

    def _import_demand(
        self, kind: str, rows: Rows, query: dict[str, object], key: str | None
    ) -> ImportAnswer:
        content, content_type = content_of(rows)
        return self._write_file(
            ImportAnswer,
            path("demand", kind),
            content,
            content_type,
            query=query,
            key=key,
            timeout=IMPORT_SECONDS,
        )


def _switches(**switches: bool) -> dict[str, object]:
    return {name: True for name, is_on in switches.items() if is_on}
