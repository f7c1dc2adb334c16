"""The items that are sold: what they weigh and measure, what they earn, and what they are packed from.

Weights are grams, lengths millimetres, money micro-units (see `fulfillment.money`).
"""

from dataclasses import dataclass

from fulfillment.errors import InvalidInput
from fulfillment.ids import SkuId
from fulfillment.money import Micros

MAX_SIDE_MM = 20_000  # longer goods do not travel as parcels


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

    `sides_mm` are length, width and height of one unit as it is packed, in any order; without them it is
    billed by weight alone. A unit that `ships_alone` or `is_oversized` is a package of its own; carriers
    may charge for the latter, and not all of them take hazmat (see `fulfillment.rates`).

    Raises
    ------
    InvalidInput
        A component with fewer than one unit, named twice, or the kit itself; sides that are not three,
        or outside 1 to `MAX_SIDE_MM`.
    """

    id: SkuId
    name: str
    weight_grams: int
    price: Micros
    unit_cost: Micros
    lost_sale_value: Micros
    case_pack: int = 1
    components: tuple[Component, ...] = ()
    sides_mm: tuple[int, ...] = ()
    ships_alone: bool = False
    is_oversized: bool = False
    is_hazmat: bool = False

    def __post_init__(self) -> None:
        if self.components:
            _refuse_odd_components(self.id, self.components)
        if self.sides_mm and (
            len(self.sides_mm) != 3 or not all(1 <= side <= MAX_SIDE_MM for side in self.sides_mm)
        ):
            raise InvalidInput(
                f"sku {self.id} measures {' x '.join(map(str, self.sides_mm))} mm: three sides, each 1 to "
                f"{MAX_SIDE_MM} mm",
                pointer="/sides_mm",
                fix="Give length, width and height in millimetres, or leave them out",
            )

    @property
    def picks(self) -> int:
        """Units that a node picks, and that its day's capacity counts, for one unit of this."""
        return sum(part.quantity for part in self.components) or 1

    @property
    def volume_mm3(self) -> int:
        """Cubic millimetres of one unit; 0 where its sides are not known."""
        if not self.sides_mm:
            return 0
        length, width, height = self.sides_mm
        return length * width * height

    @property
    def longest_side_mm(self) -> int:
        """0 where its sides are not known."""
        return max(self.sides_mm, default=0)

    @property
    def travels_apart(self) -> bool:
        """Whether each unit is a package of its own."""
        return self.ships_alone or self.is_oversized


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
