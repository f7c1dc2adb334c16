"""What lines draw on together: components of kits, a sku that some take elsewhere, picks of a node's day.

To the engines every line has a stock of its own (shared with lines of its number), and a kit as many units as
could be packed if nobody else wanted its components. Where that could be more than there is, it is said
here, and a plan is held against it (see `optimizer.sourcing.kits`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fulfillment.ids import NodeId, SkuId
from fulfillment.skus import Sku

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Shared:
    """Rows that could be overdrawn.

    Attributes
    ----------
    need : int array (R, L)
        Units of row r that one unit of line l takes.
    held : int array (N, R)
        Units of it at each node.
    """

    need: Ints
    held: Ints

    def suffices(self, units: Ints) -> bool:
        """Whether there is enough for a plan of `units` (N, L)."""
        return bool((units @ self.need.T <= self.held).all())

    def most(self, left: Ints, line: int) -> int:
        """Units of a line that what is left (R,) suffices for."""
        takes = self.need[:, line]
        drawn = takes > 0
        return int((left[drawn] // takes[drawn]).min()) if drawn.any() else 2**62


def shared_by(
    skus: Sequence[Sku],
    *,
    nodes: Sequence[NodeId],
    stock: Mapping[tuple[NodeId, SkuId], int],
    reach: Ints,
    room: Ints,
) -> Shared | None:
    """The components and days of these nodes that lines could overdraw together; None if there are none.

    Parameters
    ----------
    skus
        The sku of each line, length L.
    stock
        Units of stocked skus that the order may draw on, by (node, sku).
    reach : int array (N, L)
        Most units of each line that each node could ship; where lines name one sku, all of them together
        on the first, and 0 on the others.
    room : int array (N,)
        Units each node can still pick.
    """
    takes = [{part.sku: part.quantity for part in sku.components} or {sku.id: 1} for sku in skus]
    stocked = sorted({name for recipe in takes for name in recipe})
    need = np.array(
        [[recipe.get(name, 0) for recipe in takes] for name in stocked] + [[sku.picks for sku in skus]],
        dtype=np.int64,
    )
    held = np.array(
        [
            [*(stock.get((node, name), 0) for name in stocked), left]
            for node, left in zip(nodes, room, strict=True)
        ],
        dtype=np.int64,
    ).reshape(len(nodes), len(stocked) + 1)
    scarce = (reach @ need.T > held).any(axis=0)
    return Shared(need[scarce], held[:, scarce]) if scarce.any() else None
