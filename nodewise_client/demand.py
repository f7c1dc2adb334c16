"""Calls about demand: what sold, and what is known beside it."""

from typing import Literal

from nodewise_client.caller import Caller, path
from nodewise_client.models import AttributesOut, DemandSeriesDetail, DemandSeriesOut, DriverOut, ImportAnswer
from nodewise_client.network import IMPORT_SECONDS, Rows, content_of
from nodewise_client.pages import Pages

Grain = Literal["day", "week"]


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
