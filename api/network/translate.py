"""Rows of files to the words of `fulfillment`, and back."""

from api.edge.money import from_micros, to_micros
from api.network.schemas import NodeRow, RateRow, SkuItem, SkuRow, ZoneRow
from fulfillment.ids import NodeId, ServiceId, SkuId, ZoneId
from fulfillment.network import LaborCost, Node, NodeKind, Place, Zone
from fulfillment.rates import Rate, Transit, WeightBreak
from fulfillment.skus import Component, Sku
from fulfillment.slots import Slot, clock, minute_of


def node(row: NodeRow, *, before: Node | None) -> Node:
    """A node from its row; without `is_on` it stays as it was before, or is on.

    Raises
    ------
    InvalidInput
        Slots that are no parts of one day. Its pointer is to the field of the row.
    """
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
        units_per_day=row.units_per_day or sum(slot.units for slot in row.slots),
        priority=row.priority,
        is_on=is_on,
        off_reason="" if is_on else row.off_reason or kept,
        load_penalty=to_micros(row.load_penalty),
        pick_success_permille=row.pick_success_permille,
        processing_hours=row.processing_hours,
        slots=tuple(Slot(one.name, minute_of(one.start), minute_of(one.end), one.units) for one in row.slots),
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
        sides_mm=tuple(side for side in (row.length_mm, row.width_mm, row.height_mm) if side is not None),
        ships_alone=row.ships_alone,
        is_oversized=row.is_oversized,
        is_hazmat=row.is_hazmat,
    )


def rate(row: RateRow) -> Rate:
    """A rate from its row.

    Raises
    ------
    InvalidInput
        Breaks that do not rise in weight and fall in price, or transit days that do not rise. Its pointer is
        to the field of the row.
    """
    p50, p90 = row.transit_days_p50, row.transit_days_p90
    return Rate(
        ServiceId(row.service),
        NodeId(row.origin),
        ZoneId(row.zone),
        to_micros(row.per_package),
        to_micros(row.per_kg),
        row.package_limit_grams,
        row.package_limit_cm3,
        row.longest_side_mm,
        row.dimensional_divisor,
        tuple(WeightBreak(one.from_grams, to_micros(one.per_kg)) for one in row.breaks),
        to_micros(row.per_shipment),
        to_micros(row.per_oversized),
        row.carries_hazmat,
        row.co2e_grams_per_package,
        row.co2e_grams_per_kg,
        transit=None if p50 is None or p90 is None else Transit(p50, p90),
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
            "units_per_day": None if node.slots else node.units_per_day,
            "priority": node.priority,
            "is_on": node.is_on,
            "off_reason": node.off_reason,
            "load_penalty": from_micros(node.load_penalty),
            "pick_success_permille": node.pick_success_permille,
            "processing_hours": node.processing_hours,
            "slots": [
                {"name": one.name, "start": clock(one.start), "end": clock(one.end), "units": one.units}
                for one in node.slots
            ],
        }
    )


def zone_row(zone: Zone) -> ZoneRow:
    return ZoneRow(id=zone.id, name=zone.name, latitude=zone.center.latitude, longitude=zone.center.longitude)


def sku_row(sku: Sku) -> SkuItem:
    length, width, height = sku.sides_mm or (None, None, None)
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
            "length_mm": length,
            "width_mm": width,
            "height_mm": height,
            "ships_alone": sku.ships_alone,
            "is_oversized": sku.is_oversized,
            "is_hazmat": sku.is_hazmat,
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
            "package_limit_cm3": rate.package_limit_cm3,
            "longest_side_mm": rate.longest_side_mm,
            "dimensional_divisor": rate.dimensional_divisor,
            "breaks": [
                {"from_grams": one.from_grams, "per_kg": from_micros(one.per_kg)} for one in rate.breaks
            ],
            "per_shipment": from_micros(rate.per_shipment),
            "per_oversized": from_micros(rate.per_oversized),
            "carries_hazmat": rate.carries_hazmat,
            "co2e_grams_per_package": rate.co2e_grams_per_package,
            "co2e_grams_per_kg": rate.co2e_grams_per_kg,
            "transit_days_p50": rate.transit.p50 if rate.transit else None,
            "transit_days_p90": rate.transit.p90 if rate.transit else None,
        }
    )
