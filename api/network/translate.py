"""Rows of files to the words of `fulfillment`, and back."""

from api.edge.money import from_micros, to_micros
from api.network.schemas import NodeRow, RateRow, SkuItem, SkuRow, ZoneRow
from fulfillment.ids import NodeId, ServiceId, SkuId, ZoneId
from fulfillment.network import LaborCost, Node, NodeKind, Place, Zone
from fulfillment.rates import Rate
from fulfillment.skus import Component, Sku


def node(row: NodeRow, *, before: Node | None) -> Node:
    """A node from its row; without `is_on` it stays as it was before, or is on."""
    is_on = row.is_on if row.is_on is not None else before is None or before.is_on
    kept = before.off_reason if before is not None and row.is_on is None else ""
    return Node(
        id=NodeId(row.id),
        name=row.name,
        kind=NodeKind(row.kind),
        place=Place(row.latitude, row.longitude),
        time_zone=row.time_zone,
        labor=LaborCost(
            to_micros(row.labor_per_order), to_micros(row.labor_per_line), to_micros(row.labor_per_unit)
        ),
        units_per_day=row.units_per_day,
        priority=row.priority,
        is_on=is_on,
        off_reason="" if is_on else row.off_reason or kept,
    )


def zone(row: ZoneRow) -> Zone:
    return Zone(ZoneId(row.id), row.name, Place(row.latitude, row.longitude))


def sku(row: SkuRow, *, weight: int | None, components: tuple[Component, ...]) -> Sku:
    """A sku from its row and from what follows from other rows; a weight of None is 0."""
    lost = row.lost_sale_value if row.lost_sale_value is not None else row.price - row.unit_cost
    return Sku(
        SkuId(row.id),
        row.name,
        weight or 0,
        to_micros(row.price),
        to_micros(row.unit_cost),
        to_micros(lost),
        row.case_pack,
        components,
    )


def rate(row: RateRow) -> Rate:
    return Rate(
        ServiceId(row.service),
        NodeId(row.origin),
        ZoneId(row.zone),
        to_micros(row.per_package),
        to_micros(row.per_kg),
        row.package_limit_grams,
    )


def node_row(node: Node) -> NodeRow:
    return NodeRow.model_validate(
        {
            "id": node.id,
            "name": node.name,
            "kind": node.kind.value,
            "latitude": node.place.latitude,
            "longitude": node.place.longitude,
            "time_zone": node.time_zone,
            "labor_per_order": from_micros(node.labor.per_order),
            "labor_per_line": from_micros(node.labor.per_line),
            "labor_per_unit": from_micros(node.labor.per_unit),
            "units_per_day": node.units_per_day,
            "priority": node.priority,
            "is_on": node.is_on,
            "off_reason": node.off_reason,
        }
    )


def zone_row(zone: Zone) -> ZoneRow:
    return ZoneRow(id=zone.id, name=zone.name, latitude=zone.center.latitude, longitude=zone.center.longitude)


def sku_row(sku: Sku) -> SkuItem:
    return SkuItem.model_validate(
        {
            "id": sku.id,
            "name": sku.name,
            "weight_grams": sku.weight_grams,
            "price": from_micros(sku.price),
            "unit_cost": from_micros(sku.unit_cost),
            "lost_sale_value": from_micros(sku.lost_sale_value),
            "case_pack": sku.case_pack,
            "components": {part.sku: part.quantity for part in sku.components},
        }
    )


def rate_row(rate: Rate) -> RateRow:
    return RateRow.model_validate(
        {
            "service": rate.service,
            "origin": rate.origin,
            "zone": rate.zone,
            "per_package": from_micros(rate.per_package),
            "per_kg": from_micros(rate.per_kg),
            "package_limit_grams": rate.package_limit_grams,
        }
    )
