"""Every rule of the CP-SAT model alone, on two nodes: what it forbids, and what it leaves open.

A rule is put into a model by itself; then variables are pinned and the solver is asked whether that
can be. The order is four mugs and two plates, the mug being named by two lines where it matters.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest
from ortools.sat.python import cp_model

from fulfillment.ids import LineId, NodeId, ServiceId, SkuId
from fulfillment.money import Micros
from fulfillment.orders import OrderLine
from optimizer.sourcing import SourcingInstance, build_instance
from optimizer.sourcing.cp_sat import (
    CONSTRAINTS,
    SourcingVariables,
    a_pick_line_counts_as_served_only_with_units,
    cost,
    lines_of_one_sku_share_stock,
    no_line_gets_more_than_it_wants,
    no_more_nodes_share_than_may,
    nodes_ship_within_their_capacity,
    one_service_carries_each_shipment,
    shared_components_suffice,
    the_first_shipment_needs_a_shipment,
    unfilled,
    units_only_where_the_line_is_touched,
)
from optimizer.sourcing.ranking import rank
from optimizer.sourcing.shared import Shared
from optimizer.sourcing.splitting import Limit, Splitting
from scenarios.instances import OrderCase, two_parcels_or_one
from tests.sourcing.brute_force import best_plan
from tests.sourcing.orders import SERVE_ALL

Rule = Callable[[cp_model.CpModel, SourcingInstance, SourcingVariables], None]
Pin = Callable[[SourcingVariables], tuple[cp_model.IntVar, int]]
FAR, NEAR = 0, 1  # nodes in order of id
MUG, PLATE, MUG_TOO = 0, 1, 2  # lines


def case(*, stock: int = 4, room: int = 100) -> OrderCase:
    """Four mugs, two plates and four mugs again; each node has `stock` of each, room for `room` units."""
    base = two_parcels_or_one()
    lines = tuple(
        OrderLine(LineId(str(i)), SkuId(sku), units)
        for i, (sku, units) in enumerate([("mug", 4), ("plate", 2), ("mug", 4)])
    )
    rates = {
        key: (replace(rate, service=ServiceId("big")), replace(rate, package_limit_grams=1_000))
        for key, (rate,) in base.network.rates.items()
    }
    return replace(
        base,
        order=replace(base.order, lines=lines),
        network=replace(base.network, rates=rates),
        stock={(node, sku): stock for node in base.network.nodes for sku in base.network.skus},
        capacity=dict.fromkeys(base.network.nodes, room),
    )


def instance_with(*, stock: int = 4, room: int = 100) -> SourcingInstance:
    made = case(stock=stock, room=room)
    return build_instance(
        made.order, network=made.network, policy=SERVE_ALL, stock=made.stock, capacity=made.capacity
    )


def can_be(rule: Rule, *pins: Pin, instance: SourcingInstance | None = None) -> bool:
    """Whether the rule alone allows the pinned values."""
    seen = instance_with() if instance is None else instance
    model = cp_model.CpModel()
    variables = SourcingVariables(model, seen, [FAR, NEAR])
    rule(model, seen, variables)
    for pin in pins:
        variable, value = pin(variables)
        model.add(variable == value)
    status = cp_model.CpSolver().solve(model)
    assert status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
    return bool(status == cp_model.OPTIMAL)


def units(node: int, line: int, value: int) -> Pin:
    return lambda v: (dict(v.units())[node, line], value)


def touches(node: int, line: int, value: int) -> Pin:
    return lambda v: (v.touches[node, line], value)


def ships(node: int, value: int) -> Pin:
    return lambda v: (v.ships[node], value)


def served(line: int, value: int) -> Pin:
    return lambda v: (v.served[line], value)


def any_shipment(value: int) -> Pin:
    return lambda v: (v.any, value)


def no_units_but(*wanted: tuple[int, int, int]) -> list[Pin]:
    """Pins for all units: those given (node, line, units), zero elsewhere."""
    given = {(node, line): value for node, line, value in wanted}
    return [units(k, j, given.get((k, j), 0)) for k in (FAR, NEAR) for j in (MUG, PLATE, MUG_TOO)]


def test_no_line_gets_more_than_it_wants() -> None:
    rule = no_line_gets_more_than_it_wants
    assert can_be(rule, units(FAR, MUG, 1), units(NEAR, MUG, 3))
    assert not can_be(rule, units(FAR, MUG, 2), units(NEAR, MUG, 3))
    assert can_be(rule, units(FAR, MUG, 4), units(NEAR, MUG_TOO, 4))  # each line for itself


def test_units_only_where_the_line_is_touched_and_the_node_ships() -> None:
    rule = units_only_where_the_line_is_touched
    assert can_be(rule, units(NEAR, PLATE, 2), touches(NEAR, PLATE, 1), ships(NEAR, 1))
    assert not can_be(rule, units(NEAR, PLATE, 1), touches(NEAR, PLATE, 0))
    assert not can_be(rule, touches(NEAR, PLATE, 1), ships(NEAR, 0))
    assert can_be(rule, units(NEAR, PLATE, 1), ships(FAR, 0))


def test_a_pick_line_counts_as_served_only_with_units() -> None:
    rule = a_pick_line_counts_as_served_only_with_units
    assert not can_be(rule, served(PLATE, 1), *no_units_but((FAR, MUG, 1)))
    assert can_be(rule, served(PLATE, 1), any_shipment(1), *no_units_but((FAR, PLATE, 1)))
    assert not can_be(rule, served(PLATE, 1), any_shipment(0), *no_units_but((FAR, PLATE, 1)))
    assert can_be(rule, served(PLATE, 0), *no_units_but((FAR, PLATE, 1)))  # a rebate not taken


def test_the_first_shipment_needs_a_shipment() -> None:
    rule = the_first_shipment_needs_a_shipment
    assert not can_be(rule, any_shipment(1), ships(FAR, 0), ships(NEAR, 0))
    assert can_be(rule, any_shipment(1), ships(FAR, 0), ships(NEAR, 1))


SMALL, BIG = 1, 0  # services in order of id; packages of the small one hold a kilogram


def can_ship(
    *pins: Pin,
    far: SourcingInstance | None = None,
    by: tuple[int, int] | None = None,
    packages: tuple[int, int] | None = None,
) -> bool:
    """Whether the far node can ship like that: `by` and `packages` are (service, value)."""
    seen = instance_with() if far is None else far
    model = cp_model.CpModel()
    variables = SourcingVariables(model, seen, [FAR, NEAR])
    freight = one_service_carries_each_shipment(model, seen, rank(seen), variables)
    for pin in pins:
        variable, value = pin(variables)
        model.add(variable == value)
    if by is not None:
        model.add(freight[FAR].by[by[0]] == by[1])
    if packages is not None:
        model.add(freight[FAR].packages[packages[0]] == packages[1])
    status = cp_model.CpSolver().solve(model)
    assert status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
    return bool(status == cp_model.OPTIMAL)


def test_one_service_carries_a_shipment_and_all_of_it() -> None:
    a_mug = no_units_but((FAR, MUG, 1))
    assert can_ship(*a_mug, ships(FAR, 1), by=(BIG, 1))
    assert can_ship(*a_mug, ships(FAR, 1), by=(SMALL, 1))
    assert not can_ship(*a_mug, ships(FAR, 0))
    assert not can_ship(*a_mug, ships(FAR, 0), by=(BIG, 1))


def test_packages_hold_the_weight_by_the_service_that_is_used() -> None:
    two_mugs = no_units_but((FAR, MUG, 2))  # 700 g
    three_mugs = no_units_but((FAR, MUG, 3))  # 1,050 g
    assert can_ship(*two_mugs, by=(SMALL, 1), packages=(SMALL, 1))
    assert not can_ship(*two_mugs, by=(SMALL, 1), packages=(SMALL, 0))
    assert not can_ship(*three_mugs, by=(SMALL, 1), packages=(SMALL, 1))
    assert can_ship(*three_mugs, by=(SMALL, 1), packages=(SMALL, 2))
    assert can_ship(*three_mugs, by=(BIG, 1), packages=(BIG, 1))
    assert not can_ship(*three_mugs, by=(BIG, 1), packages=(SMALL, 1))


def with_mugs(**traits: object) -> SourcingInstance:
    """The order, where the mug is of another kind."""
    made = instance_with()
    skus = tuple(replace(sku, **traits) if sku.id == "mug" else sku for sku in made.skus)
    return replace(made, skus=skus)


def test_packages_hold_the_volume_too() -> None:
    made = with_mugs(sides_mm=(100, 100, 200))  # two litres
    small = replace(
        made,
        offers=tuple(
            tuple(replace(one, rate=replace(one.rate, package_limit_cm3=3_000)) for one in offers)
            for offers in made.offers
        ),
    )
    two_mugs = no_units_but((FAR, MUG, 2))
    assert can_ship(*two_mugs, far=made, by=(BIG, 1), packages=(BIG, 1))
    assert not can_ship(*two_mugs, far=small, by=(BIG, 1), packages=(BIG, 1))
    assert can_ship(*two_mugs, far=small, by=(BIG, 1), packages=(BIG, 2))


def test_units_that_travel_apart_are_packages_of_their_own() -> None:
    apart = with_mugs(ships_alone=True)
    mugs, with_a_plate = no_units_but((FAR, MUG, 2)), no_units_but((FAR, MUG, 2), (FAR, PLATE, 1))
    assert can_ship(*mugs, far=apart, by=(BIG, 1), packages=(BIG, 2))
    assert not can_ship(*mugs, far=apart, by=(BIG, 1), packages=(BIG, 1))
    assert not can_ship(*with_a_plate, far=apart, by=(BIG, 1), packages=(BIG, 2))
    assert can_ship(*with_a_plate, far=apart, by=(BIG, 1), packages=(BIG, 3))


def test_a_service_carries_no_line_that_it_does_not_take() -> None:
    made = instance_with()
    far, near = made.offers
    refusing = replace(far[SMALL], takes=(False, True, True))
    picky = replace(made, offers=((far[BIG], refusing), near))
    a_mug, a_plate = no_units_but((FAR, MUG, 1)), no_units_but((FAR, PLATE, 1))
    assert not can_ship(*a_mug, far=picky, by=(SMALL, 1))
    assert can_ship(*a_mug, far=picky, by=(BIG, 1))
    assert can_ship(*a_plate, far=picky, by=(SMALL, 1))


def test_lines_of_one_sku_share_stock() -> None:
    rule = lines_of_one_sku_share_stock
    assert can_be(rule, units(FAR, MUG, 1), units(FAR, MUG_TOO, 3))
    assert not can_be(rule, units(FAR, MUG, 2), units(FAR, MUG_TOO, 3))
    assert can_be(rule, units(FAR, MUG, 4), units(NEAR, MUG_TOO, 4), units(FAR, PLATE, 2))


def test_nodes_ship_within_their_capacity() -> None:
    rule, full = nodes_ship_within_their_capacity, instance_with(room=5)
    assert can_be(rule, units(FAR, MUG, 4), units(FAR, PLATE, 1), instance=full)
    assert not can_be(rule, units(FAR, MUG, 4), units(FAR, PLATE, 2), instance=full)
    assert can_be(rule, units(FAR, MUG, 4), units(NEAR, PLATE, 2), instance=full)


def test_shared_components_suffice() -> None:
    rule = shared_components_suffice
    need = np.array([[2, 1, 0]])  # two handles for a mug of the first line, one for a plate
    scarce = replace(instance_with(), shared=Shared(need, held=np.array([[5], [0]])))
    assert can_be(rule, units(FAR, MUG, 2), units(FAR, PLATE, 1), units(FAR, MUG_TOO, 4), instance=scarce)
    assert not can_be(rule, units(FAR, MUG, 2), units(FAR, PLATE, 2), instance=scarce)
    assert not can_be(rule, units(NEAR, PLATE, 1), instance=scarce)
    assert can_be(rule, units(FAR, MUG, 4), units(FAR, PLATE, 2))  # where nothing is shared


def test_no_more_nodes_share_than_may() -> None:
    rule, made = no_more_nodes_share_than_may, instance_with()

    def limited(*lines: int, penalty: Micros | None = None, begun: tuple[str, ...] = ()) -> SourcingInstance:
        limit = Limit("one", 1, frozenset(lines), penalty, frozenset(NodeId(node) for node in begun))
        return replace(made, splitting=Splitting(made.nodes, 3, (limit,)))

    all_of_it = (MUG, PLATE, MUG_TOO)
    assert can_be(rule, ships(FAR, 1), ships(NEAR, 0), instance=limited(*all_of_it))
    assert not can_be(rule, ships(FAR, 1), ships(NEAR, 1), instance=limited(*all_of_it))
    assert can_be(rule, ships(FAR, 1), ships(NEAR, 1), instance=limited(*all_of_it, penalty=Micros(5)))
    assert not can_be(rule, ships(NEAR, 1), instance=limited(*all_of_it, begun=("far",)))
    assert not can_be(rule, ships(NEAR, 1), instance=limited(*all_of_it, begun=("elsewhere",)))
    assert can_be(rule, ships(FAR, 1), instance=limited(*all_of_it, begun=("far", "elsewhere")))
    assert not can_be(rule, touches(FAR, MUG, 1), touches(NEAR, MUG, 1), instance=limited(MUG))
    assert can_be(rule, touches(FAR, PLATE, 1), touches(NEAR, PLATE, 1), instance=limited(MUG))
    together = limited(MUG, PLATE)
    assert can_be(rule, touches(FAR, MUG, 1), touches(FAR, PLATE, 1), instance=together)
    assert not can_be(rule, touches(FAR, MUG, 1), touches(NEAR, PLATE, 1), instance=together)
    assert can_be(rule, touches(FAR, MUG, 1), touches(NEAR, MUG_TOO, 1), instance=together)
    assert can_be(rule, ships(FAR, 1), ships(NEAR, 1))  # where nothing is limited


def test_no_node_ships_more_of_a_line_than_it_has_even_without_a_rule() -> None:
    few = instance_with(stock=3)
    model = cp_model.CpModel()
    variables = SourcingVariables(model, few, [FAR, NEAR])
    most = {key: list(variable.proto.domain)[-1] for key, variable in variables.units()}
    assert most[FAR, MUG] == 3  # stock
    assert most[FAR, PLATE] == 2  # demand


def test_every_rule_of_the_model_is_tested_here() -> None:
    tested = {value for value in globals().values() if callable(value)}
    assert set(CONSTRAINTS) <= tested
    assert len(CONSTRAINTS) == 8


@pytest.mark.parametrize("node", [FAR, NEAR])
def test_unfilled_counts_what_no_node_ships(node: int) -> None:
    instance = instance_with()
    assert least(instance, count_unfilled, no_units_but((node, MUG, 3))) == 10 - 3


def test_the_cost_of_a_pinned_plan_is_its_value_without_the_unfilled_part() -> None:
    instance = instance_with(stock=20)
    ranking = rank(instance)
    plan = best_plan(replace(instance, stock=np.minimum(instance.stock, instance.demand)))
    pins = no_units_but(
        *(
            (instance.nodes.index(shipment.node), int(part.line), part.quantity)
            for shipment in plan.shipments
            for part in shipment.units
        )
    )
    found = least(instance, whole_cost, pins)
    dominated = ranking.dominating * ranking.scale * plan.unfilled_units
    assert found == ranking.value(plan, instance.nodes) - dominated


Expression = Callable[[cp_model.CpModel, SourcingInstance, SourcingVariables], cp_model.LinearExprT]


def count_unfilled(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> cp_model.LinearExprT:
    return unfilled(instance, variables)


def whole_cost(
    model: cp_model.CpModel, instance: SourcingInstance, variables: SourcingVariables
) -> cp_model.LinearExprT:
    """What units, lines and nodes cost, and the freight."""
    ranking = rank(instance)
    freight = one_service_carries_each_shipment(model, instance, ranking, variables)
    of_nodes = [each for one in freight.values() for each in one.cost]
    return cp_model.LinearExpr.sum([cost(instance, ranking, variables), *of_nodes])


def least(instance: SourcingInstance, expression: Expression, pins: Iterable[Pin]) -> int:
    """The least value of an expression in the whole model, with variables pinned."""
    model = cp_model.CpModel()
    variables = SourcingVariables(model, instance, [FAR, NEAR])
    for constrain in CONSTRAINTS:
        constrain(model, instance, variables)
    for pin in pins:
        variable, value = pin(variables)
        model.add(variable == value)
    model.minimize(expression(model, instance, variables))
    solver = cp_model.CpSolver()
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)
