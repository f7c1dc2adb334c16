"""Rules of a policy on whom the last units are for. Always hard: what is held is not sold to anybody else."""

from dataclasses import dataclass
from typing import Literal

from fulfillment.errors import InvalidInput
from fulfillment.node_rules import EVERY_NODE, NodeSet


@dataclass(frozen=True, slots=True)
class HeldForTiers:
    """The last so many units of every sku at each of the nodes are for orders of a tier, or of a higher one.

    It is about the common pool on hand, like safety stock: a ring-fence is held for its channel already, and
    what is on its way is promised to whoever asks first. What is reserved is never taken away.
    """

    name: str
    tier: int
    units: int
    nodes: NodeSet = EVERY_NODE
    channels: tuple[str, ...] = ()
    kind: Literal["held_for_tiers"] = "held_for_tiers"

    def __post_init__(self) -> None:
        if self.tier < 1 or self.units < 1:
            what, pointer = ("tier", "/tier") if self.tier < 1 else ("units", "/units")
            raise InvalidInput(
                f'rule "{self.name}" holds {self.units} units for tier {self.tier}; both are 1 or more',
                pointer=pointer,
                fix=f"Correct the {what}: every order is of tier 0 at least",
            )
