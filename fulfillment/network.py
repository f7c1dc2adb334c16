"""Where stock stands and what moving it costs: nodes, destination zones, rates; and the skus moved.

Weights are grams, lengths millimetres, rates and unit costs micro-units (see `fulfillment.money`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId, ServiceId, SkuId, ZoneId
from fulfillment.money import Micros

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG


class NodeKind(StrEnum):
    DC = "dc"
    STORE = "store"
    DARK_STORE = "dark_store"
    VENDOR = "vendor"
    PICKUP_POINT = "pickup_point"
    LOCKER = "locker"


@dataclass(frozen=True, slots=True)
class Place:
    """Coarse coordinates in degrees; never a street address."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class LaborCost:
    """What a node pays to pick and pack: once per shipment, per pick line, per unit (micros)."""

    per_order: Micros
    per_line: Micros
    per_unit: Micros


@dataclass(frozen=True, slots=True)
class Node:
    """A place that holds stock or hands goods over.

    `units_per_day` is what it can pick in one node-local day of shipping. `priority` orders the
    static priority rule (1 first). A node that is off keeps its stock and sources nothing;
    `off_reason` then says why.
    """

    id: NodeId
    name: str
    kind: NodeKind
    place: Place
    time_zone: str
    labor: LaborCost
    units_per_day: int
    priority: int
    is_on: bool = True
    off_reason: str = ""

    def local_day(self, at: datetime) -> date:
        """The calendar day it is at the node: whose capacity an order decided at this instant uses."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True, slots=True)
class Zone:
    """Destinations that share rates. `center` stands for a destination without coordinates."""

    id: ZoneId
    name: str
    center: Place


@dataclass(frozen=True, slots=True, order=True)
class Component:
    """So many units of a stocked sku are in one unit of a kit."""

    sku: SkuId
    quantity: int


@dataclass(frozen=True, slots=True)
class Sku:
    """The item as sold. `lost_sale_value` is what one unfilled unit costs the retailer (its margin).

    A sku with `components` is a kit: its stock is theirs, and a node packs it from them. One level
    deep: that a component is no kit itself can be seen only beside the other skus (`fulfillment.kits`).

    Raises
    ------
    InvalidInput
        A component with fewer than one unit, named twice, or the kit itself.
    """

    id: SkuId
    name: str
    weight_grams: int
    price: Micros
    unit_cost: Micros
    lost_sale_value: Micros
    case_pack: int = 1
    components: tuple[Component, ...] = ()

    def __post_init__(self) -> None:
        if self.components:
            _refuse_odd_components(self.id, self.components)

    @property
    def picks(self) -> int:
        """Units that a node picks, and that its day's capacity counts, for one unit of this."""
        return sum(part.quantity for part in self.components) or 1


@dataclass(frozen=True, slots=True)
class Rate:
    """What one carrier service bills from an origin node to a destination zone.

    A shipment of `weight` grams travels in ceil(weight / package_limit_grams) packages and costs
    packages x per_package + weight x per_kg / 1000.

    Raises
    ------
    InvalidInput
        `per_kg` is not a whole number of micros per gram (more than three decimals), an amount is
        negative, or the package limit is not positive.
    """

    service: ServiceId
    origin: NodeId
    zone: ZoneId
    per_package: Micros
    per_kg: Micros
    package_limit_grams: int

    def __post_init__(self) -> None:
        if self.per_kg % 1000:
            raise InvalidInput(
                f"per_kg {self.per_kg / 1_000_000} of {self.origin} to {self.zone}: at most three decimals",
                pointer="/per_kg",
                fix="Round the rate per kilogram to three decimals",
            )
        if self.per_package < 0 or self.per_kg < 0 or self.package_limit_grams < 1:
            raise InvalidInput(
                f"rate of {self.service} from {self.origin} to {self.zone}: amounts are 0 or more "
                "and a package limit is at least 1 g",
                pointer="/per_package",
                fix="Correct the rate",
            )

    @property
    def per_gram(self) -> Micros:
        return Micros(self.per_kg // 1000)

    def packages(self, weight_grams: int) -> int:
        """Packages needed for a shipment; one unit over the limit still counts by weight."""
        return max(1, -(-weight_grams // self.package_limit_grams))

    def cost(self, weight_grams: int) -> Micros:
        return Micros(self.per_package * self.packages(weight_grams) + self.per_gram * weight_grams)


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes, zones, skus and rates as one consistent snapshot. `rates` is keyed (origin, zone)."""

    nodes: Mapping[NodeId, Node]
    zones: Mapping[ZoneId, Zone]
    skus: Mapping[SkuId, Sku]
    rates: Mapping[tuple[NodeId, ZoneId], tuple[Rate, ...]]


def _refuse_odd_components(kit: SkuId, components: tuple[Component, ...]) -> None:
    names = [part.sku for part in components]
    twice = next((name for name in names if names.count(name) > 1), None)
    few = next((part for part in components if part.quantity < 1), None)
    if few is not None:
        said, fix = f"{few.quantity} units of {few.sku}", "Give every component at least 1 unit"
    elif twice is not None:
        said, fix = f"{twice} twice", "Name a component once, with all of its units"
    elif kit in names:
        said, fix = "itself", "Name the skus it is packed from"
    else:
        return
    raise InvalidInput(f"kit {kit} has {said} among its components", pointer="/components", fix=fix)


def distance_km(a: Place, b: Place) -> float:
    """Great-circle distance by the haversine formula, in kilometers."""
    phi_a, phi_b = math.radians(a.latitude), math.radians(b.latitude)
    half_phi = (phi_b - phi_a) / 2
    half_lambda = math.radians(b.longitude - a.longitude) / 2
    h = math.sin(half_phi) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))
