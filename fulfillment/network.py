"""Where stock stands and where it goes: nodes, destination zones, and the network they make.

Unit costs are micro-units (see `fulfillment.money`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId, SkuId, ZoneId
from fulfillment.money import NOTHING, Micros
from fulfillment.rates import Rate
from fulfillment.skus import Sku
from fulfillment.slots import Slot, in_order

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG
SURE = 1_000  # in a thousand: what is looked for is found


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

    `units_per_day` is what it can pick in one node-local day of shipping. A node whose day is parted into
    `slots`, the earliest first, can pick in each the slot's units; `units_per_day` is then their sum
    (`fulfillment.capacity`). `priority` orders the static priority rule (1 first). A node that is off keeps
    its stock and sources nothing; `off_reason` then says why.

    A unit picked costs `load_penalty` times the share of the day that is taken already: it steers orders
    away from a node that fills up. Of 1000 units looked for it finds `pick_success_permille`. Goods leave
    it `processing_hours` after they are ordered.

    Raises
    ------
    InvalidInput
        A success rate outside 0 to 1000, a negative penalty or negative hours, or slots that are no parts of
        one day.
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
    load_penalty: Micros = NOTHING
    pick_success_permille: int = SURE
    processing_hours: int = 0
    slots: tuple[Slot, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.pick_success_permille <= SURE or min(self.load_penalty, self.processing_hours) < 0:
            raise InvalidInput(
                f"node {self.id}: a success rate is 0 to {SURE} in a thousand, penalty and hours 0 or more",
                pointer="/pick_success_permille",
                fix="Correct the node",
            )
        if self.slots:
            object.__setattr__(self, "slots", in_order(self.slots))

    def load_cost(self, room: int) -> Micros:
        """What a unit picked there costs, where so many more can be picked that day."""
        taken = min(max(self.units_per_day - room, 0), self.units_per_day)
        return Micros(self.load_penalty * taken // max(self.units_per_day, 1))

    def repick_cost(self, per_failure: Micros) -> Micros:
        """The expected cost of one unit that is looked for and not found."""
        return Micros(per_failure * (SURE - self.pick_success_permille) // SURE)

    def local_day(self, at: datetime) -> date:
        """The calendar day it is at the node: whose capacity an order decided at this instant uses."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True, slots=True)
class Zone:
    """Destinations that share rates. `center` stands for a destination without coordinates."""

    id: ZoneId
    name: str
    center: Place


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes, zones, skus and rates as one consistent snapshot. `rates` is keyed (origin, zone)."""

    nodes: Mapping[NodeId, Node]
    zones: Mapping[ZoneId, Zone]
    skus: Mapping[SkuId, Sku]
    rates: Mapping[tuple[NodeId, ZoneId], tuple[Rate, ...]]


def distance_km(a: Place, b: Place) -> float:
    """Great-circle distance by the haversine formula, in kilometers."""
    phi_a, phi_b = math.radians(a.latitude), math.radians(b.latitude)
    half_phi = (phi_b - phi_a) / 2
    half_lambda = math.radians(b.longitude - a.longitude) / 2
    h = math.sin(half_phi) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))
