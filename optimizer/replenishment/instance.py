"""What a replenishment decision is made of: items (a sku at a node) with stock, costs and demand."""

from dataclasses import dataclass
from datetime import date, timedelta

from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId, SkuId
from fulfillment.money import Micros
from optimizer.replenishment.demand import IntervalDemand


@dataclass(frozen=True, slots=True)
class Inbound:
    """Units already ordered, and the day they are expected; a day in the past counts as any moment."""

    arrives: date
    units: int


@dataclass(frozen=True, slots=True)
class Item:
    """One sku at one node, at its review.

    Parameters
    ----------
    on_hand
        Units that demand may take: without units reserved, damaged or quarantined.
    backordered
        Units owed to orders already accepted.
    lead_time_days, review_days
        From order to receipt, and from this review to the next; their sum is the protection interval.
    case_pack
        Units per case; whole cases are ordered.
    holding_cost, shortage_cost
        Micros per unit left over, and per unit short, at the end of the protection interval.
    demand
        Over the protection interval, counted from today.
    """

    sku: SkuId
    node: NodeId
    on_hand: int
    lead_time_days: int
    review_days: int
    case_pack: int
    holding_cost: Micros
    shortage_cost: Micros
    demand: IntervalDemand
    inbound: tuple[Inbound, ...] = ()
    backordered: int = 0

    @property
    def protection_days(self) -> int:
        return self.lead_time_days + self.review_days

    def position(self, today: date) -> int:
        """Inventory position: on hand, plus inbound that arrives within the interval, less backorders."""
        end = today + timedelta(days=self.protection_days)
        return self.on_hand + sum(due.units for due in self.inbound if due.arrives < end) - self.backordered


@dataclass(frozen=True, slots=True)
class Instance:
    """All items of one review on the day `today`.

    Raises
    ------
    InvalidInput
        A number that cannot be meant, or a (sku, node) that comes twice.
    """

    today: date
    items: tuple[Item, ...]

    def __post_init__(self) -> None:
        seen: dict[tuple[SkuId, NodeId], int] = {}
        for index, item in enumerate(self.items):
            _check_numbers(index, item)
            first = seen.setdefault((item.sku, item.node), index)
            if first != index:
                raise InvalidInput(
                    f"SKU {item.sku} at {item.node} is item {first} and item {index}",
                    pointer=f"/items/{index}",
                    fix="Send one item per SKU and node",
                )


def _check_numbers(index: int, item: Item) -> None:
    least = {
        "on_hand": (item.on_hand, 0),
        "backordered": (item.backordered, 0),
        "lead_time_days": (item.lead_time_days, 0),
        "review_days": (item.review_days, 1),
        "case_pack": (item.case_pack, 1),
        "holding_cost": (item.holding_cost, 1),
        "shortage_cost": (item.shortage_cost, 1),
        "inbound": (min((due.units for due in item.inbound), default=1), 1),
    }
    for name, (value, minimum) in least.items():
        if value < minimum:
            raise InvalidInput(
                f"{name} of SKU {item.sku} at {item.node} is {value}: at least {minimum}",
                pointer=f"/items/{index}/{name}",
                fix=f"Correct {name}",
            )
