"""Base-stock with case packs: the number of cases with the least expected holding + shortage cost.

Expected cost is convex in the stock after ordering, and least at the critical-ratio quantile of demand
over the protection interval. On the grid of whole cases the least is therefore just below or just
above that level: two candidates, compared by cost.
"""

import numpy as np

from fulfillment.money import Micros
from optimizer.replenishment.instance import Instance
from optimizer.replenishment.items import Columns, expected_cost, propose
from optimizer.replenishment.outcome import Engine, Outcome, ReasonKind


def solve(instance: Instance) -> Outcome:
    """Propose an order for every item. Exact, no limits needed; equal cost takes fewer cases.

    Order-up-to level: smallest S with P(demand <= S) >= shortage / (shortage + holding); cost of stock
    y after ordering: holding x E[(y - D)+] + shortage x E[(D - y)+]. Source: Snyder & Shen,
    Fundamentals of Supply Chain Theory, chapter 4 (newsvendor and base-stock, discrete demand).
    """
    columns = Columns.of(instance)
    level = columns.level_at(columns.critical_ratio)
    needed = np.maximum(level - columns.position, 0)
    most = -(-needed // columns.case_pack)
    fewest = np.maximum(most - 1, 0)
    is_dearer = expected_cost(columns, fewest) <= expected_cost(columns, most)
    cases = np.where(is_dearer, fewest, most)
    kinds = [
        ReasonKind.ENOUGH
        if wanted == 0
        else ReasonKind.LAST_CASE_DEARER
        if got < wanted
        else ReasonKind.UP_TO_LEVEL
        for got, wanted in zip(cases.tolist(), most.tolist(), strict=True)
    ]
    proposals = propose(instance, columns, level=level, cases=cases, kinds=kinds)
    bound = Micros(sum(proposal.expected_cost for proposal in proposals))
    return Outcome(Engine.BASE_STOCK, proposals, bound)
