"""Demand of the small network, as tests send it."""

from datetime import date, timedelta
from typing import Any

import httpx
import numpy as np

from tests.api.support import key

MONDAY = date(2025, 1, 6)
PAIRS = [
    (sku, place) for sku in ("K-17", "M-01", "T-03") for place in ("BRS1", "DC1", "LON1", "UK-SE", "UK-SW")
]


def rows(*, weeks: int = 40, seed: int = 0) -> list[dict[str, Any]]:
    """A row for each sku and place of the small network, all of its weeks in one."""
    rng = np.random.default_rng(seed)
    return [
        {
            "sku": sku,
            "place": place,
            "first": MONDAY.isoformat(),
            "units": rng.poisson(rng.gamma(1.0, 6.0), weeks).tolist(),
        }
        for sku, place in PAIRS
    ]


def send(client: httpx.Client, sent: list[dict[str, Any]], **query: Any) -> httpx.Response:
    return client.post("/v1/demand/history", json=sent, params=query, headers=key())


def give_demand(client: httpx.Client, **how: Any) -> None:
    answer = send(client, rows(**how))
    assert answer.status_code == 200, answer.text


def week(number: int) -> str:
    return (MONDAY + timedelta(weeks=number)).isoformat()
