"""The demo world, built once per session, and a shop small enough to reckon by hand."""

from collections.abc import Callable
from datetime import datetime

import numpy as np
import pytest

from api.demo import REPORTING_WINDOW, SEED, load_cities, load_sales
from scenarios.world import Cities, Sales, World, build_world


@pytest.fixture(scope="session")
def demo_sales() -> Sales:
    return load_sales(until=REPORTING_WINDOW.end)


@pytest.fixture(scope="session")
def uk_cities() -> Cities:
    return load_cities()


@pytest.fixture(scope="session")
def world(demo_sales: Sales, uk_cities: Cities) -> World:
    return build_world(demo_sales, uk_cities, window=REPORTING_WINDOW, seed=SEED)


@pytest.fixture
def make_sales() -> Callable[..., Sales]:
    return sales_from


def sales_from(*rows: tuple[str, str, str, int, bool]) -> Sales:
    """Rows of (invoice, wall-clock time, SKU, quantity, abroad), each at 2.00 pounds, customer unknown."""
    invoices = tuple(dict.fromkeys(row[0] for row in rows))
    codes = tuple(dict.fromkeys(row[2] for row in rows))
    return Sales(
        invoices=invoices,
        stock_codes=codes,
        descriptions=("GIFT",),
        invoice=np.array([invoices.index(row[0]) for row in rows], dtype=np.int64),
        stock_code=np.array([codes.index(row[2]) for row in rows], dtype=np.int64),
        description=np.zeros(len(rows), dtype=np.int64),
        quantity=np.array([row[3] for row in rows], dtype=np.int64),
        unit_price=np.full(len(rows), 2.0),
        placed_at=np.array([datetime.fromisoformat(row[1]) for row in rows], dtype="datetime64[s]"),
        customer=np.full(len(rows), -1, dtype=np.int64),
        is_abroad=np.array([row[4] for row in rows], dtype=np.bool_),
    )
