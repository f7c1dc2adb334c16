"""Small shops for golden cases of costs: nodes that pick for nothing, so that figures are carriers'."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.api.walking import set_clock

NOW = "2026-11-23T09:00:00Z"
_ZONE = {"id": "UK-SE", "name": "South East", "latitude": 51.3, "longitude": -0.8}


def shop(
    client: httpx.Client,
    *,
    skus: Mapping[str, Mapping[str, Any]],
    stock: Mapping[str, Mapping[str, int]],
    rates: list[dict[str, Any]],
    nodes: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Open a shop at `NOW`.

    Parameters
    ----------
    skus
        What differs from a kilogram that sells at 20.00 and was bought for 8.00.
    stock
        Units by node and sku. A node is Daventry if it is a DC, else London.
    nodes
        What differs from one that is never full.
    """
    set_clock(client, NOW)
    _import(client, "zones", [_ZONE])
    _import(
        client,
        "nodes",
        [_node(name, index, **(nodes or {}).get(name, {})) for index, name in enumerate(stock)],
    )
    _import(client, "skus", [_sku(name, **more) for name, more in skus.items()])
    _import(client, "rates", rates)
    held = [(node, sku, units) for node, row in stock.items() for sku, units in row.items()]
    _import(
        client,
        "supply",
        [{"node": node, "sku": sku, "quantity": units, "safety_stock": 0} for node, sku, units in held],
    )


def rate(origin: str, per_package: str, *, service: str = "ground", **more: Any) -> dict[str, Any]:
    """A rate that bills no weight and fills packages to 20 kg, unless `more` says otherwise."""
    billed = {"service": service, "origin": origin, "zone": "UK-SE", "per_package": per_package}
    return {**billed, "per_kg": "0", "package_limit_grams": 20_000, **more}


def sides(length: int, width: int, height: int) -> dict[str, int]:
    """Of a sku, in millimeters."""
    return {"length_mm": length, "width_mm": width, "height_mm": height}


def costs(decision: dict[str, Any]) -> dict[str, int]:
    """Micros by kind of cost over all nodes, without labor, which is nothing here; they add up."""
    found: dict[str, int] = {}
    for line in decision["cost_lines"]:
        if line["kind"] != "labor":
            found[line["kind"]] = found.get(line["kind"], 0) + line["micros"]
    assert sum(found.values()) == decision["total"]["micros"]
    return {kind: micros for kind, micros in found.items() if micros}


def parcels(decision: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Node, service and packages of each shipment."""
    return [(one["node"], one["service"], one["packages"]) for one in decision["shipments"]]


def _import(client: httpx.Client, kind: str, rows: list[dict[str, Any]]) -> None:
    answer = client.post(f"/v1/{kind}/import", json=rows)
    assert answer.status_code == 200, answer.text


def _node(name: str, index: int, **more: Any) -> dict[str, Any]:
    is_dc = name.startswith("DC")
    return {
        "id": name,
        "name": name,
        "kind": "dc" if is_dc else "store",
        "latitude": 52.26 if is_dc else 51.515,
        "longitude": -1.16 if is_dc else -0.142,
        "time_zone": "Europe/London",
        "labor_per_order": "0",
        "labor_per_line": "0",
        "labor_per_unit": "0",
        "units_per_day": 1_000,
        "priority": index + 1,
        **more,
    }


def _sku(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "name": name, "weight_grams": 1_000, "price": "20.00", "unit_cost": "8.00", **more}
