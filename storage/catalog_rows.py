"""Catalog types as rows of their tables, there and back."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from fulfillment.network import LaborCost, Node, NodeKind, Place, Zone
from fulfillment.rates import Rate, Transit, WeightBreak
from fulfillment.skus import Component, Sku
from fulfillment.slots import Slot


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
        "load_penalty": node.load_penalty,
        "pick_success_permille": node.pick_success_permille,
        "processing_hours": node.processing_hours,
        "slots": [asdict(slot) for slot in node.slots] or None,
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
        load_penalty=row.load_penalty,
        pick_success_permille=row.pick_success_permille,
        processing_hours=row.processing_hours,
        slots=tuple(Slot(**one) for one in row.slots or ()),
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
    length, width, height = sku.sides_mm or (None, None, None)
    return {
        "id": sku.id,
        "name": sku.name,
        "weight_grams": sku.weight_grams,
        "price": sku.price,
        "unit_cost": sku.unit_cost,
        "lost_sale_value": sku.lost_sale_value,
        "case_pack": sku.case_pack,
        "length_mm": length,
        "width_mm": width,
        "height_mm": height,
        "ships_alone": sku.ships_alone,
        "is_oversized": sku.is_oversized,
        "is_hazmat": sku.is_hazmat,
    }


def component_values(sku: Sku) -> list[dict[str, object]]:
    return [{"kit": sku.id, "component": part.sku, "quantity": part.quantity} for part in sku.components]


def sku_of(row: Row[*tuple[Any, ...]], components: tuple[Component, ...] = ()) -> Sku:
    return Sku(
        id=row.id,
        name=row.name,
        weight_grams=row.weight_grams,
        price=row.price,
        unit_cost=row.unit_cost,
        lost_sale_value=row.lost_sale_value,
        case_pack=row.case_pack,
        components=components,
        sides_mm=() if row.length_mm is None else (row.length_mm, row.width_mm, row.height_mm),
        ships_alone=row.ships_alone,
        is_oversized=row.is_oversized,
        is_hazmat=row.is_hazmat,
    )


def rate_values(rate: Rate) -> dict[str, object]:
    return {
        "service": rate.service,
        "origin": rate.origin,
        "zone": rate.zone,
        "per_package": rate.per_package,
        "per_kg": rate.per_kg,
        "package_limit_grams": rate.package_limit_grams,
        "package_limit_cm3": rate.package_limit_cm3,
        "longest_side_mm": rate.longest_side_mm,
        "dimensional_divisor": rate.dimensional_divisor,
        "breaks": [asdict(one) for one in rate.breaks] or None,
        "per_shipment": rate.per_shipment,
        "per_oversized": rate.per_oversized,
        "carries_hazmat": rate.carries_hazmat,
        "co2e_grams_per_package": rate.co2e_grams_per_package,
        "co2e_grams_per_kg": rate.co2e_grams_per_kg,
        "transit_days_p50": rate.transit.p50 if rate.transit else None,
        "transit_days_p90": rate.transit.p90 if rate.transit else None,
    }


def rate_of(row: Row[*tuple[Any, ...]]) -> Rate:
    return Rate(
        service=row.service,
        origin=row.origin,
        zone=row.zone,
        per_package=row.per_package,
        per_kg=row.per_kg,
        package_limit_grams=row.package_limit_grams,
        package_limit_cm3=row.package_limit_cm3,
        longest_side_mm=row.longest_side_mm,
        dimensional_divisor=row.dimensional_divisor,
        breaks=_breaks(row.breaks or (), below=row.per_kg),
        per_shipment=row.per_shipment,
        per_oversized=row.per_oversized,
        carries_hazmat=row.carries_hazmat,
        co2e_grams_per_package=row.co2e_grams_per_package,
        co2e_grams_per_kg=row.co2e_grams_per_kg,
        transit=None if row.transit_days_p50 is None else Transit(row.transit_days_p50, row.transit_days_p90),
    )


def _breaks(kept: Iterable[Mapping[str, Any]], *, below: int) -> tuple[WeightBreak, ...]:
    """Breaks that lower the charge.

    A process that knows none may have put a lower charge beside them; those that do not lower that change
    no cost, and would be refused.
    """
    return tuple(WeightBreak(**one) for one in kept if one["per_kg"] < below)
