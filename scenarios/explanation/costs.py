"""A plan's costs by kind, rounded as its decision was answered: line by line together, then added up."""

from collections import Counter, defaultdict

from fulfillment.ids import NodeId
from fulfillment.money import round_together
from fulfillment.plan import CostKind, Plan


class Costs:
    """Minor units by kind, and of each kind by node. Whatever is added up of them agrees with the total."""

    def __init__(self, plan: Plan) -> None:
        self.by_kind = Counter[CostKind]()
        self.by_node = defaultdict[CostKind, Counter[NodeId]](Counter)
        rounded = round_together([line.amount for line in plan.cost_lines])
        for line, minor in zip(plan.cost_lines, rounded, strict=True):
            self.by_kind[line.kind] += minor
            if line.node is not None:
                self.by_node[line.kind][line.node] += minor

    def of(self, *kinds: CostKind) -> int:
        """Minor units of some kinds together."""
        return sum(self.by_kind[kind] for kind in kinds)

    @property
    def cash(self) -> int:
        return self.of(*(kind for kind in self.by_kind if kind.is_cash))

    @property
    def total(self) -> int:
        return self.by_kind.total()
