"""What a shopper asked for. No name, street, e-mail or phone is ever part of it."""

from dataclasses import dataclass
from datetime import datetime

from fulfillment.errors import InvalidInput
from fulfillment.ids import LineId, OrderId, SkuId, ZoneId
from fulfillment.network import Place

MAX_LINES = 1_000
MAX_UNITS_PER_LINE = 100_000


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line; two lines of an order may name the same sku."""

    id: LineId
    sku: SkuId
    quantity: int


@dataclass(frozen=True, slots=True)
class Destination:
    """Where it goes: a rate zone, and coarse coordinates if known (else the zone's center is used)."""

    zone: ZoneId
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as sourced.

    With `accept_partial` false the order is filled whole or refused.

    Raises
    ------
    InvalidInput
        No lines, more than `MAX_LINES`, a quantity outside 1 to `MAX_UNITS_PER_LINE`, or two lines
        with one id.
    """

    id: OrderId
    lines: tuple[OrderLine, ...]
    destination: Destination
    placed_at: datetime
    channel: str = "web"
    accept_partial: bool = True

    def __post_init__(self) -> None:
        if not self.lines:
            raise InvalidInput("an order needs at least one line", pointer="/lines", fix="Add a line")
        if len(self.lines) > MAX_LINES:
            raise InvalidInput(
                f"{len(self.lines)} lines; at most {MAX_LINES} are sourced together",
                pointer="/lines",
                fix="Send the order in parts",
            )
        seen: dict[LineId, int] = {}
        for index, line in enumerate(self.lines):
            if not 1 <= line.quantity <= MAX_UNITS_PER_LINE:
                raise InvalidInput(
                    f"quantity {line.quantity} of line {line.id}: a quantity is 1 to {MAX_UNITS_PER_LINE}",
                    pointer=f"/lines/{index}/quantity",
                    fix="Correct the quantity",
                )
            if line.id in seen:
                raise InvalidInput(
                    f"line id {line.id} is used by lines {seen[line.id]} and {index}",
                    pointer=f"/lines/{index}/id",
                    fix="Give every line an id of its own; two lines may name one sku",
                )
            seen[line.id] = index

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)
