"""The CP-SAT engine: everything the other engines leave unsettled, on the nodes they leave open.

The whole unit-level model: what carriers bill and stock is worth (`cp_sat_freight`), node capacity, stock
shared by lines of one sku. It starts from the best plan so far and looks only for better ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from ortools.sat.python import cp_model

from fulfillment.ids import NodeId
from optimizer.sourcing.costing import carrier_of
from optimizer.sourcing.cp_sat_freight import Freight, stock_cost
from optimizer.sourcing.facility import Finding
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.ranking import Ranking
from optimizer.sourcing.splitting import Limit


@dataclass(frozen=True)
class WorkLimit:
    """Deterministic seconds of CP-SAT, and wall-clock seconds if the caller has a deadline."""

    deterministic_seconds: float
    wall_seconds: float | None = None


class SourcingVariables:
    """Units of each line from each node, and what follows; the only place that knows their keys."""

    def __init__(self, model: cp_model.CpModel, instance: SourcingInstance, nodes: list[int]) -> None:
        self.nodes = nodes
        self.lines = range(len(instance.demand))
        self.ships = {k: model.new_bool_var(f"ships[{k}]") for k in nodes}
        self._units: dict[tuple[int, int], cp_model.IntVar] = {}
        self.touches: dict[tuple[int, int], cp_model.IntVar] = {}
        for k in nodes:
            most = np.minimum(instance.stock[k], instance.demand)
            for line in np.flatnonzero(most).tolist():
                self._units[k, line] = model.new_int_var(0, int(most[line]), f"units[{k},{line}]")
                self.touches[k, line] = model.new_bool_var(f"touches[{k},{line}]")
        numbers = range(int(instance.sku_index.max()) + 1)
        self.of_pick = [np.flatnonzero(instance.sku_index == number).tolist() for number in numbers]
        self.picks = {
            (k, number): self._any_of(model, f"picks[{k},{number}]", touches)
            for number, lines in enumerate(self.of_pick)
            for k in nodes
            if (touches := [self.touches[k, line] for line in lines if (k, line) in self.touches])
        }
        self.served = [model.new_bool_var(f"served[{number}]") for number in range(len(self.of_pick))]
        self.any = model.new_bool_var("any")

    @staticmethod
    def _any_of(model: cp_model.CpModel, name: str, touches: list[cp_model.IntVar]) -> cp_model.IntVar:
        if len(touches) == 1:
            return touches[0]
        found = model.new_bool_var(name)
        for one in touches:
            model.add_implication(one, found)
        return found

    def of_line(self, line: int) -> list[cp_model.IntVar]:
        return [var for (_, at), var in self._units.items() if at == line]

    def sharing(self, model: cp_model.CpModel, nodes: Sequence[NodeId], limit: Limit) -> cp_model.LinearExprT:
        """How many nodes ship what the limit is about; those that have begun to in any case."""
        new = [k for k in self.nodes if nodes[k] not in limit.begun]
        if len(limit.lines) == len(self.lines):
            return cp_model.LinearExpr.sum([self.ships[k] for k in new]) + len(limit.begun)
        homes = []
        for k in new:
            home = model.new_bool_var(f"home[{limit.rule},{sorted(limit.lines)},{k}]")
            for line in limit.lines:
                if (k, line) in self.touches:
                    model.add_implication(self.touches[k, line], home)
            homes.append(home)
        return cp_model.LinearExpr.sum(homes) + len(limit.begun)

    def of_node(self, node: int) -> dict[int, cp_model.IntVar]:
        """Units of each line from a node."""
        return {line: var for (k, line), var in self._units.items() if k == node}

    def units(self) -> Iterable[tuple[tuple[int, int], cp_model.IntVar]]:
        return self._units.items()


def no_line_gets_more_than_it_wants(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    for line in variables.lines:
        model.add(cp_model.LinearExpr.sum(variables.of_line(line)) <= int(instance.demand[line]))


def units_only_where_the_line_is_touched(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    for (k, line), units in variables.units():
        touches = variables.touches[k, line]
        model.add(units <= int(min(instance.stock[k, line], instance.demand[line])) * touches)
        model.add_implication(touches, variables.ships[k])


def a_pick_line_counts_as_served_only_with_units(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    for served, lines in zip(variables.served, variables.of_pick, strict=True):
        units = [var for line in lines for var in variables.of_line(line)]
        model.add(served <= cp_model.LinearExpr.sum(units))
        model.add_implication(served, variables.any)


def the_first_shipment_needs_a_shipment(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    model.add(variables.any <= cp_model.LinearExpr.sum(list(variables.ships.values())))


def lines_of_one_sku_share_stock(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    for k in variables.nodes:
        by_sku: dict[int, list[cp_model.IntVar]] = {}
        stock: dict[int, int] = {}
        for line, units in variables.of_node(k).items():
            sku = int(instance.sku_index[line])
            by_sku.setdefault(sku, []).append(units)
            stock[sku] = int(instance.stock[k, line])
        for sku, units_of_sku in by_sku.items():
            if len(units_of_sku) > 1:
                model.add(cp_model.LinearExpr.sum(units_of_sku) <= stock[sku])


def nodes_ship_within_their_capacity(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    for k in variables.nodes:
        units = list(variables.of_node(k).values())
        model.add(cp_model.LinearExpr.sum(units) <= int(instance.capacity[k]))


def shared_components_suffice(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    if instance.shared is None:
        return
    for k in variables.nodes:
        for takes, held in zip(instance.shared.need, instance.shared.held[k], strict=True):
            drawn = [int(takes[line]) * units for line, units in variables.of_node(k).items() if takes[line]]
            model.add(cp_model.LinearExpr.sum(drawn) <= int(held))


def no_more_nodes_share_than_may(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    if instance.splitting is None:
        return
    for limit in instance.splitting.hard:
        most = max(limit.at_most, len(limit.begun))
        model.add(variables.sharing(model, instance.nodes, limit) <= most)


def one_service_takes_all_that_a_node_ships(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> None:
    """For where freight is not part of the model."""
    if not instance.lines_exclude_each_other:
        return
    for k in variables.nodes:
        by = [model.new_bool_var(f"taken[{k},{s}]") for s in range(len(instance.offers[k]))]
        model.add_exactly_one(by)
        for line in variables.of_node(k):
            taking = [var for var, offer in zip(by, instance.offers[k], strict=True) if offer.takes[line]]
            model.add_bool_or([~variables.touches[k, line], *taking])


CONSTRAINTS = (
    no_line_gets_more_than_it_wants,
    units_only_where_the_line_is_touched,
    a_pick_line_counts_as_served_only_with_units,
    the_first_shipment_needs_a_shipment,
    lines_of_one_sku_share_stock,
    nodes_ship_within_their_capacity,
    shared_components_suffice,
    no_more_nodes_share_than_may,
)


def unfilled(instance: SourcingInstance, variables: SourcingVariables) -> cp_model.LinearExprT:
    units = [var for _, var in variables.units()]
    return int(instance.demand.sum()) - cp_model.LinearExpr.sum(units)


def cost(instance: SourcingInstance, ranking: Ranking, variables: SourcingVariables) -> cp_model.LinearExprT:
    """Value of a plan without its dominating part, freight, and what its stock is worth."""
    lost = ranking.lost - ranking.dominating * ranking.scale
    terms: list[cp_model.LinearExprT] = [int(instance.demand @ lost)]
    for (k, line), units in variables.units():
        terms.append(int(ranking.unit[k, line] - lost[line]) * units)
    terms += [int(ranking.cell[k]) * picks for (k, _), picks in variables.picks.items()]
    for k in variables.nodes:
        terms.append(int(ranking.fixed[k]) * variables.ships[k])
    terms += [-ranking.split_rebate * served for served in variables.served]
    terms.append(-ranking.shipment_rebate * variables.any)
    return cp_model.LinearExpr.sum(terms)


def charges(
    model: cp_model.CpModel, instance: SourcingInstance, ranking: Ranking, variables: SourcingVariables
) -> list[cp_model.LinearExprT]:
    """Value of what soft limits on the number of nodes are exceeded by."""
    terms: list[cp_model.LinearExprT] = []
    for limit in instance.splitting.soft if instance.splitting is not None else ():
        beyond = model.new_int_var(0, len(variables.nodes), f"beyond[{limit.rule},{sorted(limit.lines)}]")
        most = max(limit.at_most, len(limit.begun))
        model.add(beyond >= variables.sharing(model, instance.nodes, limit) - most)
        terms.append((limit.penalty or 0) * ranking.scale * beyond)
    return terms


def one_service_carries_each_shipment(
    model: cp_model.CpModel, instance: SourcingInstance, ranking: Ranking, variables: SourcingVariables
) -> dict[int, Freight]:
    """The freight of every node."""
    found = {}
    for k in variables.nodes:
        units = variables.of_node(k)
        found[k] = Freight(model, instance, k, units, scale=ranking.scale, package_tie=ranking.package_tie)
        model.add(cp_model.LinearExpr.sum(found[k].by) == variables.ships[k])
    return found


def cp_sat(
    instance: SourcingInstance, ranking: Ranking, start: Finding, *, limit: WorkLimit, seed: int
) -> Finding:
    """Improve on `start` within its unsettled nodes, or prove that nothing there is better.

    Unfilled units are settled first, in a model without cost, then cost at that number: one large
    number that dominates the other would blur the solver's bounds.
    """
    nodes = np.flatnonzero(start.unsettled).tolist()
    if not nodes:
        return start
    most_unfilled = None
    if ranking.must_serve:
        least = least_unfilled(instance, nodes, limit=limit, seed=seed)
        if least is None:
            return start
        if start.units is not None and least > int(instance.demand.sum() - start.units.sum()):
            return replace(
                start, bound=min(start.value, start.settled)
            )  # a better plan would have to leave more units
        most_unfilled = least
    model = cp_model.CpModel()
    variables = _variables(model, instance, nodes)
    if most_unfilled is not None:
        model.add(unfilled(instance, variables) == most_unfilled)
    freight = one_service_carries_each_shipment(model, instance, ranking, variables)
    terms = [cost(instance, ranking, variables), *charges(model, instance, ranking, variables)]
    for k in nodes:
        terms += [*freight[k].cost, ranking.scale * stock_cost(model, instance, k, variables.of_node(k))]
    model.minimize(cp_model.LinearExpr.sum(terms))
    if start.units is not None and (
        most_unfilled is None or int(instance.demand.sum() - start.units.sum()) == most_unfilled
    ):
        _hint(model, variables, freight, start.units, instance)
    solver = _solver(limit, seed)
    status = solver.solve(model)
    start = replace(start, deterministic_seconds=start.deterministic_seconds + solver.deterministic_time)
    offset = ranking.dominating * ranking.scale * (most_unfilled or 0)
    if status == cp_model.INFEASIBLE:  # cannot be: so many units unfilled are those of a plan
        raise AssertionError("the sourcing model has no plan")
    reached = round(solver.best_objective_bound) + offset
    bound = max(start.bound, min(start.value, start.settled, reached))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return replace(start, bound=bound)
    value = round(solver.objective_value) + offset
    if start.units is not None and value >= start.value:
        return replace(start, bound=min(bound, start.value))
    units = np.zeros_like(instance.stock)
    for (k, line), var in variables.units():
        units[k, line] = solver.value(var)
    return replace(start, units=units, value=value, bound=min(bound, value))


def _variables(model: cp_model.CpModel, instance: SourcingInstance, nodes: list[int]) -> SourcingVariables:
    variables = SourcingVariables(model, instance, nodes)
    for constrain in CONSTRAINTS:
        constrain(model, instance, variables)
    return variables


def least_unfilled(
    instance: SourcingInstance, nodes: list[int], *, limit: WorkLimit, seed: int
) -> int | None:
    """Unfilled units that no plan on these nodes can avoid; None if the limit came first."""
    if instance.lines_compete:
        return _fewest_unfilled_beside(instance, nodes, limit=limit, seed=seed)
    first = np.unique(instance.sku_index, return_index=True)[1]
    wanted = np.bincount(instance.sku_index, weights=instance.demand).astype(np.int64)
    stock = np.minimum(instance.stock[nodes][:, first], wanted)
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


def _fewest_unfilled_beside(
    instance: SourcingInstance, nodes: list[int], *, limit: WorkLimit, seed: int
) -> int | None:
    model = cp_model.CpModel()
    variables = SourcingVariables(model, instance, nodes)
    for constrain in (
        no_line_gets_more_than_it_wants,
        lines_of_one_sku_share_stock,
        nodes_ship_within_their_capacity,
        shared_components_suffice,
        units_only_where_the_line_is_touched,
        no_more_nodes_share_than_may,
        one_service_takes_all_that_a_node_ships,
    ):
        constrain(model, instance, variables)
    model.minimize(unfilled(instance, variables))
    solver = _solver(limit, seed)
    return round(solver.objective_value) if solver.solve(model) == cp_model.OPTIMAL else None


def _hint(
    model: cp_model.CpModel,
    variables: SourcingVariables,
    freight: Mapping[int, Freight],
    units: Ints,
    instance: SourcingInstance,
) -> None:
    """Start from a plan, each shipment by its cheapest service."""
    for (k, line), var in variables.units():
        model.add_hint(var, int(units[k, line]))
        model.add_hint(variables.touches[k, line], bool(units[k, line]))
    for (k, number), picks in variables.picks.items():
        lines = variables.of_pick[number]
        if len(lines) > 1:
            model.add_hint(picks, bool(units[k, lines].any()))
    for served, lines in zip(variables.served, variables.of_pick, strict=True):
        model.add_hint(served, bool(units[:, lines].any()))
    for k in variables.nodes:
        ships = bool(units[k].any())
        model.add_hint(variables.ships[k], ships)
        freight[k].hint(carrier_of(instance, k, units[k])[0] if ships else None, units[k])


def _solver(limit: WorkLimit, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_deterministic_time = limit.deterministic_seconds
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    if limit.wall_seconds is not None:
        solver.parameters.max_time_in_seconds = max(0.001, limit.wall_seconds)
    return solver
