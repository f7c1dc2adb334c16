"""Catalog types as rows of their tables, there and back."""

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Row

from fulfillment.network import LaborCost, Node, NodeKind, Place, Zone
from fulfillment.rates import Rate
from fulfillment.skus import Component, Sku


def node_values(node: Node) -> dict[str, object]:
    return {
        "id": node.id,
        "name": node.name,
        "kind": node.kind.value,
        "latitude": node.place.latitude,
        "longitude": node.place.longitude,
        "time_zone": node.time_zone,
        "labor_per_order": node.labor.per_order,
        "labor_per_line": node.labor.per_line,
        "labor_per_unit": node.labor.per_unit,
        "units_per_day": node.units_per_day,
        "priority": node.priority,
        "is_on": node.is_on,
        "off_reason": node.off_reason,
    }


def node_of(row: Row[*tuple[Any, ...]]) -> Node:
    return Node(
        id=row.id,
        name=row.name,
        kind=NodeKind(row.kind),
        place=Place(row.latitude, row.longitude),
        time_zone=row.time_zone,
        labor=LaborCost(row.labor_per_order, row.labor_per_line, row.labor_per_unit),
        units_per_day=row.units_per_day,
        priority=row.priority,
        is_on=row.is_on,
        off_reason=row.off_reason,
    )


def zone_values(zone: Zone) -> dict[str, object]:
    return {
        "id": zone.id,
        "name": zone.name,
        "latitude": zone.center.latitude,
        "longitude": zone.center.longitude,
    }


def zone_of(row: Row[*tuple[Any, ...]]) -> Zone:
    return Zone(row.id, row.name, Place(row.latitude, row.longitude))


def sku_values(sku: Sku) -> dict[str, object]:
    values = asdict(sku)
    del values["components"]
    return values


def component_values(sku: Sku) -> list[dict[str, object]]:
    return [{"kit": sku.id, "component": part.sku, "quantity": part.quantity} for part in sku.components]


def sku_of(row: Row[*tuple[Any, ...]], components: tuple[Component, ...] = ()) -> Sku:
    return replace(Sku(*row), components=components) if components else Sku(*row)


def rate_values(rate: Rate) -> dict[str, object]:
    return asdict(rate)


def rate_of(row: Row[*tuple[Any, ...]]) -> Rate:
    return Rate(*row)
