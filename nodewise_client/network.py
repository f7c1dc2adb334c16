"""Calls about the network: nodes, zones, skus, rates and supply, imported whole and listed."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from nodewise_client.caller import JSON_TYPE, Caller, encoded, given, path
from nodewise_client.frames import Frame, to_csv
from nodewise_client.models import ImportAnswer, NodeRow, RateRow, SkuItem, SupplyItem, ZoneRow
from nodewise_client.pages import Pages

CSV_TYPE = "text/csv"
IMPORT_SECONDS = 600.0

Rows = str | Path | Frame | Iterable[Mapping[str, object]]
"""A text is CSV, a path a file (`.json`, or else CSV), a frame one of pandas; or rows as mappings."""


class Network(Caller):
    """Imports and lists. An import writes all rows or none.

    `skip_bad_rows` writes the good ones and names the others; `check` writes nothing.
    """

    def import_nodes(
        self, rows: Rows, *, check: bool = False, skip_bad_rows: bool = False, key: str | None = None
    ) -> ImportAnswer:
        return self._import("nodes", rows, check, skip_bad_rows, key)

    def import_zones(
        self, rows: Rows, *, check: bool = False, skip_bad_rows: bool = False, key: str | None = None
    ) -> ImportAnswer:
        return self._import("zones", rows, check, skip_bad_rows, key)

    def import_skus(
        self, rows: Rows, *, check: bool = False, skip_bad_rows: bool = False, key: str | None = None
    ) -> ImportAnswer:
        return self._import("skus", rows, check, skip_bad_rows, key)

    def import_rates(
        self, rows: Rows, *, check: bool = False, skip_bad_rows: bool = False, key: str | None = None
    ) -> ImportAnswer:
        return self._import("rates", rows, check, skip_bad_rows, key)

    def import_supply(
        self, rows: Rows, *, check: bool = False, skip_bad_rows: bool = False, key: str | None = None
    ) -> ImportAnswer:
        return self._import("supply", rows, check, skip_bad_rows, key)

    def nodes(self, *, page_size: int | None = None) -> Pages[NodeRow]:
        return self._pages(NodeRow, "/v1/nodes", page_size=page_size)

    def zones(self, *, page_size: int | None = None) -> Pages[ZoneRow]:
        return self._pages(ZoneRow, "/v1/zones", page_size=page_size)

    def skus(self, *, page_size: int | None = None) -> Pages[SkuItem]:
        return self._pages(SkuItem, "/v1/skus", page_size=page_size)

    def rates(self, *, page_size: int | None = None) -> Pages[RateRow]:
        return self._pages(RateRow, "/v1/rates", page_size=page_size)

    def supply(
        self, *, sku: str | None = None, node: str | None = None, page_size: int | None = None
    ) -> Pages[SupplyItem]:
        """Supply rows by sku and node, with what is reserved from each."""
        return self._pages(SupplyItem, "/v1/supply", page_size=page_size, query={"sku": sku, "node": node})

    def turn_on(self, node: str) -> NodeRow:
        """Orders may ship from it again."""
        return self._set(NodeRow, "PATCH", path("nodes", node), {"is_on": True})

    def turn_off(self, node: str, *, reason: str) -> NodeRow:
        """Nothing new ships from it."""
        return self._set(NodeRow, "PATCH", path("nodes", node), given(is_on=False, off_reason=reason))

    def _import(
        self, kind: str, rows: Rows, check: bool, skip_bad_rows: bool, key: str | None
    ) -> ImportAnswer:
        content, content_type = content_of(rows)
        switches = {"check": check, "skip_bad_rows": skip_bad_rows}
        return self._write_file(
            ImportAnswer,
            path(kind, "import"),
            content,
            content_type,
            query={name: True for name, on in switches.items() if on},
            key=key,
            timeout=IMPORT_SECONDS,
        )


def content_of(rows: Rows) -> tuple[bytes, str]:
    """The file that rows are sent as, and its content type."""
    if isinstance(rows, Path):
        return rows.read_bytes(), JSON_TYPE if rows.suffix == ".json" else CSV_TYPE
    if isinstance(rows, Frame):
        return to_csv(rows).encode(), CSV_TYPE
    if isinstance(rows, str):
        return rows.encode(), CSV_TYPE
    return encoded([dict(row) for row in rows]), JSON_TYPE
