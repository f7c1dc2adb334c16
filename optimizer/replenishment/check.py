"""The specification, without the solver: what is wrong with an outcome, in words; and its cost anew.

No code of `solve`, `items` or `demand` is used: probabilities are multiplied out unit by unit from the
definition, stock positions added up again, and optimality tried case by case.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count, repeat
from math import exp, inf, log, log1p

from optimizer.replenishment.demand import IntervalDemand
from optimizer.replenishment.instance import Instance, Item
from optimizer.replenishment.outcome import Engine, Outcome, Proposal

TOLERANCE = 1e-6  # relative, for costs added up in another order
TAIL = 1e-14


def check(instance: Instance, outcome: Outcome) -> list[str]:
    """Every broken rule; empty if all is well. The base-stock engine must also be optimal."""
    if len(outcome.proposals) != len(instance.items):
        return [f"{len(outcome.proposals)} proposals for {len(instance.items)} items"]
    found = []
    for item, proposal in zip(instance.items, outcome.proposals, strict=True):
        name = f"SKU {item.sku} at {item.node}"
        found += [f"{name}: {fault}" for fault in _faults(item, proposal, instance.today, outcome.engine)]
    total = sum(proposal.expected_cost for proposal in outcome.proposals)
    if outcome.lower_bound is not None and outcome.lower_bound > total:
        found.append(f"lower bound {outcome.lower_bound} is above the cost {total}")
    return found


def _faults(item: Item, proposal: Proposal, today: date, engine: Engine) -> list[str]:
    if (proposal.sku, proposal.node) != (item.sku, item.node):
        return [f"the proposal is for SKU {proposal.sku} at {proposal.node}"]
    found = []
    if proposal.cases < 0:
        found.append(f"{proposal.cases} cases")
    if proposal.units != proposal.cases * item.case_pack:
        found.append(f"{proposal.units} units are not {proposal.cases} cases of {item.case_pack}")
    end = today + timedelta(days=item.lead_time_days + item.review_days)
    position = item.on_hand - item.backordered
    for due in item.inbound:
        position += due.units if due.arrives < end else 0
    stock = position + proposal.units
    cost = expected_cost(item, stock)
    if abs(cost - proposal.expected_cost) > max(1.0, TOLERANCE * cost):
        found.append(f"expected cost says {proposal.expected_cost}, is {cost:.0f}")
    if engine is Engine.BASE_STOCK:
        slack = max(1e-3, TOLERANCE * cost)
        if cost - expected_cost(item, stock + item.case_pack) > slack:
            found.append("one more case would cost less")
        if proposal.cases > 0 and cost - expected_cost(item, stock - item.case_pack) > slack:
            found.append("one case fewer would cost less")
    return found


def expected_cost(item: Item, stock: int) -> float:
    """Expected holding + shortage cost of `stock` for the interval's demand, micros.

    E[(y - D)+] is the sum of P(D <= k) for k below y; E[(D - y)+] is then that less y plus the mean.
    """
    left = below = 0.0
    for units, probability in zip(range(stock), probabilities(item.demand), strict=False):
        below = min(below + probability, 1.0)
        left += below
        if 1.0 - below < TAIL:
            left += stock - 1 - units
            break
    short = left - stock + item.demand.mean
    return item.holding_cost * left + item.shortage_cost * short


def probabilities(demand: IntervalDemand) -> Iterator[float]:
    """P(D = 0), P(D = 1), ... without end: negative binomial, or Poisson, each from the one before."""
    mean, excess = demand.mean, demand.variance - demand.mean
    if mean == 0:
        yield 1.0
        yield from repeat(0.0)
    size = mean * mean / excess if excess > mean * 1e-6 else inf
    logarithm = -mean if size == inf else -size * log1p(mean / size)
    for units in count():
        yield exp(logarithm)
        ratio = mean if size == inf else (units + size) * mean / (size + mean)
        logarithm += log(ratio / (units + 1))
