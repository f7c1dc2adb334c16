"""The CP-SAT engine: everything the other engines leave unsettled, on the options they leave open.

The whole unit-level model: packages as integers, node capacity, stock shared by lines of one sku. It
starts from the best plan so far and looks only for better ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from ortools.sat.python import cp_model

from optimizer.sourcing.costing import packages_cost, weight_cost
from optimizer.sourcing.facility import Finding
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.ranking import Ranking, limits


@dataclass(frozen=True)
class WorkLimit:
    """Deterministic seconds of CP-SAT, and wall-clock seconds if the caller has a deadline."""

    deterministic_seconds: float
    wall_seconds: float | None = None


class SourcingVariables:
    """Units of each line from each option, and which options ship; the only place that knows their keys."""

    def __init__(self, model: cp_model.CpModel, instance: SourcingInstance, options: list[int]) -> None:
        self.options = options
        self._node = instance.option_node
        self.lines = range(len(instance.demand))
        self.ships = {o: model.new_bool_var(f"ships[{o}]") for o in options}
        self._units: dict[tuple[int, int], cp_model.IntVar] = {}
        self.touches: dict[tuple[int, int], cp_model.IntVar] = {}
        for o in options:
            for line in self.lines:
                most = int(min(instance.stock[self._node[o], line], instance.demand[line]))
                if most:
                    self._units[o, line] = model.new_int_var(0, most, f"units[{o},{line}]")
                    self.touches[o, line] = model.new_bool_var(f"touches[{o},{line}]")
        weight = int(instance.weight @ instance.demand)
        limit = limits(instance)
        self.packages = {
            o: model.new_int_var(0, max(1, -(-weight // int(limit[o]))), f"packages[{o}]") for o in options
        }
        self.served = [model.new_bool_var(f"served[{line}]") for line in self.lines]
        self.any = model.new_bool_var("any")

    def of_line(self, line: int) -> list[cp_model.IntVar]:
        return [var for (_, at), var in self._units.items() if at == line]

    def of_option(self, option: int) -> list[tuple[int, cp_model.IntVar]]:
        return [(line, var) for (o, line), var in self._units.items() if o == option]

    def of_node(self, node: int, lines: Iterable[int]) -> list[cp_model.IntVar]:
        wanted = set(lines)
        return [var for (o, line), var in self._units.items() if self._node[o] == node and line in wanted]

    def units(self) -> Iterable[tuple[tuple[int, int], cp_model.IntVar]]:
        return self._units.items()

    @property
    def nodes(self) -> list[int]:
        return sorted({int(self._node[o]) for o in self.options})


def no_line_gets_more_than_it_wants(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    for line in variables.lines:
        model.add(cp_model.LinearExpr.sum(variables.of_line(line)) <= int(instance.demand[line]))


def units_only_where_the_line_is_touched(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    for (o, line), units in variables.units():
        touches = variables.touches[o, line]
        most = int(min(instance.stock[instance.option_node[o], line], instance.demand[line]))
        model.add(units <= most * touches)
        model.add_implication(touches, variables.ships[o])


def a_line_counts_as_served_only_with_units(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    for line in variables.lines:
        model.add(variables.served[line] <= cp_model.LinearExpr.sum(variables.of_line(line)))
        model.add_implication(variables.served[line], variables.any)


def the_first_shipment_needs_a_shipment(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    model.add(variables.any <= cp_model.LinearExpr.sum(list(variables.ships.values())))


def one_service_per_node(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    for node in variables.nodes:
        model.add_at_most_one(variables.ships[o] for o in variables.options if instance.option_node[o] == node)


def packages_hold_the_weight(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    limit = limits(instance)
    for o in variables.options:
        grams = [int(instance.weight[line]) * units for line, units in variables.of_option(o)]
        model.add(cp_model.LinearExpr.sum(grams) <= int(limit[o]) * variables.packages[o])
        model.add(variables.packages[o] >= variables.ships[o])


def lines_of_one_sku_share_stock(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    for sku in np.unique(instance.sku_index):
        lines = np.flatnonzero(instance.sku_index == sku).tolist()
        if len(lines) > 1:
            for node in variables.nodes:
                units = variables.of_node(node, lines)
                model.add(cp_model.LinearExpr.sum(units) <= int(instance.stock[node, lines[0]]))


def nodes_ship_within_their_capacity(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    for node in variables.nodes:
        units = variables.of_node(node, variables.lines)
        model.add(cp_model.LinearExpr.sum(units) <= int(instance.capacity[node]))


CONSTRAINTS = (
    no_line_gets_more_than_it_wants,
    units_only_where_the_line_is_touched,
    a_line_counts_as_served_only_with_units,
    the_first_shipment_needs_a_shipment,
    one_service_per_node,
    packages_hold_the_weight,
    lines_of_one_sku_share_stock,
    nodes_ship_within_their_capacity,
)


def unfilled(instance: SourcingInstance, variables: SourcingVariables) -> cp_model.LinearExprT:
    units = [var for _, var in variables.units()]
    return int(instance.demand.sum()) - cp_model.LinearExpr.sum(units)


def cost(instance: SourcingInstance, ranking: Ranking, variables: SourcingVariables) -> cp_model.LinearExprT:
    """Value of a plan without its dominating part: (objective x scale) + ties."""
    lost = ranking.lost - ranking.dominating * ranking.scale
    terms: list[cp_model.LinearExprT] = [int(instance.demand @ lost)]
    for (o, line), units in variables.units():
        terms.append(int(ranking.unit[o, line] - lost[line]) * units)
        terms.append(int(ranking.cell[o]) * variables.touches[o, line])
    for o in variables.options:
        terms.append(int(ranking.fixed[o]) * variables.ships[o])
        terms.append(int(ranking.package[o]) * variables.packages[o])
    terms += [-ranking.split_rebate * served for served in variables.served]
    terms.append(-ranking.shipment_rebate * variables.any)
    return cp_model.LinearExpr.sum(terms)


def cp_sat(
    instance: SourcingInstance, ranking: Ranking, start: Finding, *, limit: WorkLimit, seed: int
) -> Finding:
    """Improve on `start` within its unsettled options, or prove that nothing there is better.

    Unfilled units are settled first, in a model without cost, then cost at that number: one large
    number that dominates the other would blur the solver's bounds.
    """
    options = np.flatnonzero(start.unsettled).tolist()
    if not options:
        return start
    most_unfilled = None
    if ranking.must_serve:
        least = _fewest_unfilled(instance, options, limit=limit, seed=seed)
        if least is None:
            return start
        if start.units is not None and least > int(instance.demand.sum() - start.units.sum()):
            return replace(start, bound=start.value)  # a better plan would have to leave more units
        most_unfilled = least
    model = cp_model.CpModel()
    variables = _variables(model, instance, options)
    if most_unfilled is not None:
        model.add(unfilled(instance, variables) == most_unfilled)
    model.minimize(cost(instance, ranking, variables))
    if start.units is not None and (
        most_unfilled is None or int(instance.demand.sum() - start.units.sum()) == most_unfilled
    ):
        _hint(model, variables, start.units, instance)
    solver = _solver(limit, seed)
    status = solver.solve(model)
    offset = ranking.dominating * ranking.scale * (most_unfilled or 0)
    if status == cp_model.INFEASIBLE:  # cannot be: leaving every unit unfilled is a plan
        raise AssertionError("the sourcing model has no plan")
    bound = max(start.bound, min(start.value, round(solver.best_objective_bound) + offset))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return replace(start, bound=bound)
    value = round(solver.objective_value) + offset
    if start.units is not None and value >= start.value:
        return replace(start, bound=min(bound, start.value))
    units = np.zeros_like(instance.stock)
    for (o, line), var in variables.units():
        units[instance.option_node[o], line] += solver.value(var)
    return Finding(units, value, min(bound, value), start.unsettled, start.branches)


def _variables(
    model: cp_model.CpModel, instance: SourcingInstance, options: list[int]
) -> SourcingVariables:
    variables = SourcingVariables(model, instance, options)
    for constrain in CONSTRAINTS:
        constrain(model, instance, variables)
    return variables


def _fewest_unfilled(
    instance: SourcingInstance, options: list[int], *, limit: WorkLimit, seed: int
) -> int | None:
    """Unfilled units that no plan on these options can avoid; None if the limit came first."""
    nodes = sorted({int(instance.option_node[o]) for o in options})
    first = np.unique(instance.sku_index, return_index=True)[1]
    wanted = np.bincount(instance.sku_index, weights=instance.demand).astype(np.int64)
    stock = np.minimum(instance.stock[np.ix_(nodes, first)], wanted)
    if (stock.sum(axis=1) <= instance.capacity[nodes]).all():
        return int(np.maximum(wanted - stock.sum(axis=0), 0).sum())
    model = cp_model.CpModel()
    flow = [
        [model.new_int_var(0, int(most), "") for most in row]  # node k ships so much of each sku
        for row in stock
    ]
    for k, row in zip(nodes, flow, strict=True):
        model.add(cp_model.LinearExpr.sum(row) <= int(instance.capacity[k]))
    for sku, most in enumerate(wanted):
        model.add(cp_model.LinearExpr.sum([row[sku] for row in flow]) <= int(most))
    model.maximize(cp_model.LinearExpr.sum([var for row in flow for var in row]))
    solver = _solver(limit, seed)
    if solver.solve(model) != cp_model.OPTIMAL:
        return None
    return int(wanted.sum()) - round(solver.objective_value)


def _hint(
    model: cp_model.CpModel, variables: SourcingVariables, units: Ints, instance: SourcingInstance
) -> None:
    """Start from a plan, each node's units by its cheapest option among those left."""
    by: dict[int, int] = {}
    for node in np.flatnonzero(units.any(axis=1)).tolist():
        mine = [o for o in variables.options if instance.option_node[o] == node]
        if not mine:
            return  # the plan ships from a node that no better plan uses: nothing to start from
        by[node] = min(mine, key=lambda o: _freight(instance, o, units[instance.option_node[o]]))
    for (o, line), var in variables.units():
        chosen = by.get(int(instance.option_node[o])) == o
        quantity = int(units[instance.option_node[o], line]) if chosen else 0
        model.add_hint(var, quantity)
        model.add_hint(variables.touches[o, line], quantity > 0)
    for o, ships in variables.ships.items():
        chosen = by.get(int(instance.option_node[o])) == o
        model.add_hint(ships, chosen)
        grams = int(units[instance.option_node[o]] @ instance.weight)
        model.add_hint(variables.packages[o], instance.option_rate[o].packages(grams) if chosen else 0)


def _freight(instance: SourcingInstance, option: int, row: Ints) -> int:
    rate, grams = instance.option_rate[option], int(row @ instance.weight)
    return packages_cost(rate, grams) + weight_cost(instance, rate, row)


def _solver(limit: WorkLimit, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_deterministic_time = limit.deterministic_seconds
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    if limit.wall_seconds is not None:
        solver.parameters.max_time_in_seconds = max(0.001, limit.wall_seconds)
    return solver
