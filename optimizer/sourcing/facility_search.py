"""The tree of the facility engine: the branch with the lowest bound first, and what it could not settle."""

from typing import NamedTuple

import numpy as np

from compiled import compiled, whole
from optimizer.sourcing.branch import CLOSED, OPEN, UNDECIDED, branch_of, open_needed, open_way, serves_all
from optimizer.sourcing.earning import Earning
from optimizer.sourcing.exchange import exchanged
from optimizer.sourcing.incumbent import Best, better, single
from optimizer.sourcing.leaf import settle
from optimizer.sourcing.pricing import climb, start
from optimizer.sourcing.problem import INFINITE, Array, Problem
from optimizer.sourcing.scope import scope_of

_PLACES = 512  # for branches that wait; where there are more the search stops
_ROOT = whole(0)  # its place
_TRIED = 1_024  # sets of nodes remembered
_STEPS = whole(15)  # of prices
_MOST_ROUNDS, _GAIN = 25, 0.02  # at the root, while they close so much of the gap
_FIRST_STEPS = whole(4)  # while all nodes are there
_USUAL_LINES = 64  # orders with more count a branch as more
_BESIDE_SINGLE = whole(2)  # shipments of all plans but those of one node, which are all looked at
_NO_LIMIT = whole(INFINITE)
_COUNTED = 5  # shipments up to which branches are parted by their number
_LEAF_BRANCHES = 128  # at first; twice as many each time that a leaf has the lowest bound again
_STUCK = 0.9  # of the gap that a leaf had before: with more left, it is not tried again


class Tree(NamedTuple):
    """Branches that wait, one to a place; an empty place has an infinite bound."""

    status: Array  # (places, N)
    price: Array  # (places, L)
    bound: Array  # (places,)
    pick: Array  # (places,) the node to branch on, -1 at a leaf
    patience: Array  # (places,) branches to spend on a leaf
    fewest: Array  # (places,) shipments that its plans have at least, 0 if that is not known
    most: Array  # (places,) and at most


class Found(NamedTuple):
    """What a search ends with; `nodes` is empty if nothing better than the incumbent was found."""

    value: int
    bound: int  # on every plan
    settled: int  # on the plans that use other than the unsettled nodes too
    nodes: Array
    units: Array
    unsettled: Array  # (N,) nodes that a better plan may still use
    branches: int


@compiled
def search(p: Problem, incumbent: int, branches: int) -> Found:
    """Look for a plan better than `incumbent`, best bound first, within so many branches."""
    nodes, lines = p.unit.shape
    tree, tried = seedling(nodes, lines), np.zeros(_TRIED, np.int64)
    best = Best(incumbent, np.empty(0, np.int64), np.zeros((0, lines), np.int64))
    best = first_plan(p, tree, single(p, best), tried)
    best, settled = bound_root(p, tree, best, tried)
    unsettled, left = np.zeros(nodes, np.bool_), INFINITE
    effort = 1 + lines // _USUAL_LINES
    used = effort
    while used < branches:
        at = int(np.argmin(tree.bound))
        if tree.bound[at] >= best.value - p.tolerance:
            break
        if tree.pick[at] < 0:
            best, spent, is_done = settle_leaf(p, tree, at, best, tried, branches - used)
            used += spent
            if is_done:
                if tree.bound[at] < best.value - p.tolerance:
                    unsettled |= tree.status[at] == OPEN
                    left = min(left, tree.bound[at])
                else:
                    settled = min(settled, tree.bound[at])
                tree.bound[at] = INFINITE
            continue
        free = place_for(tree, best.value - p.tolerance)
        if free < 0:
            break
        if tree.bound[free] < INFINITE:
            settled = min(settled, tree.bound[free])
        divide_branch(p, tree, at, free)
        for child in (at, free):
            best, closed = bound_branch(p, tree, child, best, tried, _STEPS)
            settled = min(settled, closed)
            used += effort
    for at in range(_PLACES):
        if tree.bound[at] < best.value - p.tolerance:
            unsettled |= tree.status[at] != CLOSED
            left = min(left, tree.bound[at])
        else:
            settled = min(settled, tree.bound[at])
    bound = min(best.value, settled, left)
    return Found(best.value, bound, settled, best.nodes, best.units, unsettled, used)


@compiled
def seedling(nodes: int, lines: int) -> Tree:
    """A tree with its root, of which nothing is known, and no branches."""
    tree = Tree(
        np.zeros((_PLACES, nodes), np.int8),
        np.empty((_PLACES, lines), np.int64),
        np.full(_PLACES, INFINITE, np.int64),
        np.full(_PLACES, -1, np.int64),
        np.full(_PLACES, _LEAF_BRANCHES, np.int64),
        np.full(_PLACES, _BESIDE_SINGLE, np.int64),
        np.full(_PLACES, INFINITE, np.int64),
    )
    tree.bound[_ROOT] = -INFINITE
    return tree


@compiled
def first_plan(p: Problem, tree: Tree, best: Best, tried: Array) -> Best:
    """The better of the best plan and what the first prices lead to, which are left at the root."""
    root = branch_of(p, tree.status[_ROOT], best.value, _BESIDE_SINGLE, _NO_LIMIT)
    tree.price[_ROOT] = np.minimum(p.unit.min(), p.lost)
    first = start(p, root, tree.price[_ROOT])
    return exchanged(p, np.flatnonzero(first.ships), better(p, first, best, tried))


@compiled
def bound_root(p: Problem, tree: Tree, best: Best, tried: Array) -> tuple[Best, int]:
    """Bound the root again and again, as long as that is worth it: each time closes nodes, so that the next
    is quicker. Returns the same as `bound_branch`.
    """
    settled = INFINITE
    open_needed(p, tree.status[_ROOT], best.value)
    for turn in range(_MOST_ROUNDS):
        before = tree.bound[_ROOT]
        best, closed = bound_branch(p, tree, _ROOT, best, tried, _FIRST_STEPS if turn == 0 else _STEPS)
        settled = min(settled, closed)
        gap = best.value - p.tolerance - tree.bound[_ROOT]
        if gap <= 0 or (turn > 0 and tree.bound[_ROOT] - before < _GAIN * gap):
            break
    return best, settled


@compiled
def bound_branch(p: Problem, tree: Tree, at: int, best: Best, tried: Array, steps: int) -> tuple[Best, int]:
    """Raise a branch's bound, look for a plan in it, close nodes that cannot help, and pick the next.

    Returns (best plan, bound on the plans with a node that was closed).
    """
    leave_room(p, tree.status[at], tree.most[at])
    branch = branch_of(p, tree.status[at], best.value, tree.fewest[at], tree.most[at])
    tree.fewest[at] = branch.fewest
    enough = best.value - p.tolerance
    earning = climb(p, branch, tree.price[at], best.value, enough, steps)
    if earning.value < enough:
        best = better(p, earning, best, tried)
        enough = best.value - p.tolerance
    tree.bound[at] = max(tree.bound[at], earning.value)
    settled = INFINITE
    if tree.bound[at] < enough:
        for k in range(len(p.fixed)):
            with_node = earning.value + earning.slack[k]
            if tree.status[at, k] == UNDECIDED and with_node >= enough:
                tree.status[at, k] = CLOSED
                settled = min(settled, with_node)
    tree.pick[at] = pick_of(p, tree.status[at], earning)
    return best, settled


@compiled
def leave_room(p: Problem, status: Array, most: int) -> None:
    """Close what is undecided where so many nodes are open already."""
    if np.sum(status == OPEN) >= most:
        status[status == UNDECIDED] = CLOSED


@compiled
def pick_of(p: Problem, status: Array, earning: Earning) -> int:
    """The undecided node to branch on: of those that ship the heaviest, else the nearest to; -1 if none."""
    pick, most = -1, -1
    for k in range(len(status)):
        if status[k] == UNDECIDED and earning.ships[k]:
            grams = np.sum(earning.units[k] * p.weight)
            if grams > most:
                pick, most = k, grams
    if pick < 0:
        for k in range(len(status)):
            if status[k] == UNDECIDED and (pick < 0 or earning.slack[k] < earning.slack[pick]):
                pick = k
    return pick


@compiled
def place_for(tree: Tree, enough: int) -> int:
    """A place that is empty, or whose branch is settled; -1 if there is none."""
    for at in range(len(tree.bound)):
        if tree.bound[at] >= enough:
            return at
    return -1


@compiled
def divide_branch(p: Problem, tree: Tree, at: int, free: int) -> None:
    """Part a branch, into its place and the one at `free`.

    By the number of shipments, while it is small and not known; else the picked node is open in one part
    and closed in the other.
    """
    tree.status[free] = tree.status[at]
    tree.price[free] = tree.price[at]
    tree.bound[free] = tree.bound[at]
    tree.patience[free] = _LEAF_BRANCHES
    tree.fewest[free], tree.most[free] = tree.fewest[at], tree.most[at]
    if 0 < tree.fewest[at] < _COUNTED and tree.most[at] == INFINITE:
        tree.most[at] = tree.fewest[at]
        tree.fewest[free] += 1
        return
    open_way(p, tree.status[at], tree.pick[at])
    tree.status[free, tree.pick[at]] = CLOSED


@compiled
def settle_leaf(
    p: Problem, tree: Tree, at: int, best: Best, tried: Array, budget: int
) -> tuple[Best, int, bool]:
    """Settle a leaf as far as its patience goes, and raise its bound: (best plan, branches used, is done)."""
    opened = np.flatnonzero(tree.status[at] == OPEN)
    if len(opened) == 0:  # nothing can be shipped for less than nothing
        tree.bound[at] = INFINITE
        return best, 0, True
    branch = branch_of(p, tree.status[at], best.value, tree.fewest[at], tree.most[at])
    earning = climb(p, branch, tree.price[at], best.value, best.value - p.tolerance, _STEPS)
    tree.bound[at] = max(tree.bound[at], earning.value)
    best = better(p, earning, best, tried)
    if tree.bound[at] >= best.value - p.tolerance:
        return best, 1, True
    leaf = scope_of(p, opened, serves_all(p, tree.status[at], best.value))
    units = np.empty_like(leaf.low)
    share = min(tree.patience[at], budget)
    known = tree.bound[at]
    value, tree.bound[at], effort = settle(p, leaf, units, best.value, known, share)
    tree.patience[at] *= 2
    if value < best.value:
        best = Best(value, opened, units)
    gap = best.value - tree.bound[at]
    is_stuck = share >= _LEAF_BRANCHES and gap > (best.value - known) * _STUCK
    return best, effort, effort < share or gap <= p.tolerance or is_stuck
