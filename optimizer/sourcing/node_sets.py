"""Sets of nodes that an order may ship from where few may share it: as few as hold a best plan for certain.

What is filled counts before what it costs, so where units must be served only the sets that serve most of
them are worth a look. They are mostly few.
"""

from itertools import combinations
from math import comb

import numpy as np

from optimizer.sourcing.instance import SourcingInstance

_TRIED = 24  # sets that are decided, each by itself
_SINGLE = 2_000  # the same of single nodes, of which there is mostly one plan each
_CELLS = 1_000_000  # sets x skus of which the units are counted


def sets_to_try(instance: SourcingInstance, *, most: int) -> list[tuple[int, ...]] | None:
    """The sets of nodes (their numbers) of which one has a best plan; None if there are too many.

    Sets are as large as may be: to ship from fewer is a plan of the set as well.

    Parameters
    ----------
    most
        Sets to look at, to count the units they serve. Far fewer are given back.
    """
    sets = _sets(instance, most)
    if sets is None:
        return None
    if _is_filled_by_stock_alone(instance, nodes=len(sets[0])):
        served = _served(instance, sets)
        sets = [nodes for nodes, units in zip(sets, served, strict=True) if units == max(served)]
    return sets if len(sets) <= (_SINGLE if has_one_plan(instance, sets[0]) else _TRIED) else None


def most_served(instance: SourcingInstance, *, most: int) -> int | None:
    """Units that the best set of nodes serves; None if that is no sum over stock, or sets are many.

    Parameters
    ----------
    most
        Sets to look at.
    """
    sets = _sets(instance, most)
    if sets is None or not _is_filled_by_stock_alone(instance, nodes=len(sets[0])):
        return None
    return max(_served(instance, sets))


def _sets(instance: SourcingInstance, most: int) -> list[tuple[int, ...]] | None:
    """All sets of as many nodes as may share the order; None if they are many."""
    if instance.splitting is None or (limit := instance.splitting.tightest) is None:
        return None
    begun = [k for k, node in enumerate(instance.nodes) if node in limit.begun]
    others = [k for k in range(len(instance.nodes)) if k not in begun]
    size = min(max(0, limit.at_most - len(limit.begun)), len(others))
    count = comb(len(others), size)
    if count > most or count * len(instance.demand) > _CELLS or (not begun and not size):
        return None
    return [tuple(sorted((*begun, *more))) for more in combinations(others, size)]


def has_one_plan(instance: SourcingInstance, nodes: tuple[int, ...]) -> bool:
    """Whether all that a node can ship has to be shipped from it, so that there is nothing to choose."""
    return (
        len(nodes) == 1
        and not instance.policy.may_give_up
        and instance.shared is None
        and not instance.repeats_a_sku
        and not instance.capacity_may_bind
        and not instance.lines_exclude_each_other
        and (instance.splitting is None or not any(limit.begun for limit in instance.splitting.hard))
    )


def _is_filled_by_stock_alone(instance: SourcingInstance, *, nodes: int) -> bool:
    """Whether units must be served, and nothing but stock says how many so many nodes serve."""
    if instance.policy.may_give_up or instance.shared is not None or instance.splitting is None:
        return False
    if instance.lines_exclude_each_other:
        return False
    others = [limit for limit in instance.splitting.hard if limit is not instance.splitting.tightest]
    if any(limit.begun or nodes > max(1, limit.at_most) for limit in others):
        return False
    return nodes == 1 or not instance.capacity_may_bind


def _served(instance: SourcingInstance, sets: list[tuple[int, ...]]) -> list[int]:
    """Units that each set can serve."""
    first = np.unique(instance.sku_index, return_index=True)[1]
    wanted = np.bincount(instance.sku_index, weights=instance.demand).astype(np.int64)
    rows = np.array(sets, dtype=np.int64)
    units = np.minimum(instance.stock[:, first][rows].sum(axis=1), wanted).sum(axis=1)
    return [int(served) for served in np.minimum(units, instance.capacity[rows].sum(axis=1))]
