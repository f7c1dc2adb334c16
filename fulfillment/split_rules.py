"""Rules of a policy on how many nodes may share an order or a line: hard, or at a penalty for each more."""

from dataclasses import dataclass
from typing import Literal

from fulfillment.errors import InvalidInput
from fulfillment.ids import SkuId
from fulfillment.money import Micros


@dataclass(frozen=True, slots=True)
class MaximumNodes:
    """An order ships from at most so many nodes. With `below` only one that is worth less than that.

    `penalty` is charged for each node beyond; without it the rule is hard.
    """

    name: str
    at_most: int
    below: Micros | None = None
    channels: tuple[str, ...] = ()
    penalty: Micros | None = None
    kind: Literal["maximum_nodes"] = "maximum_nodes"

    def __post_init__(self) -> None:
        _refuse_none(self.name, self.at_most)


@dataclass(frozen=True, slots=True)
class MaximumNodesPerLine:
    """A line ships from at most so many nodes. With `skus` only lines of those.

    `penalty` is charged for each node beyond, of each line; without it the rule is hard.
    """

    name: str
    at_most: int
    skus: tuple[SkuId, ...] = ()
    channels: tuple[str, ...] = ()
    penalty: Micros | None = None
    kind: Literal["maximum_nodes_per_line"] = "maximum_nodes_per_line"

    def __post_init__(self) -> None:
        _refuse_none(self.name, self.at_most)


def _refuse_none(name: str, at_most: int) -> None:
    if at_most < 1:
        raise InvalidInput(
            f'rule "{name}": at most {at_most} nodes; one at least has to ship',
            pointer="/at_most",
            fix="Allow at least 1 node",
        )
