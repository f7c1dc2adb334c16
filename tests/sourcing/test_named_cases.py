"""Each named case with the plan that is right for it, in prose and figures.

Every parcel also carries 0.10 a kilogram and every line picked at a node 0.10 of labor. A second
shipment steers by 0.50, a second node of one line by 0.25.
"""

from fulfillment.plan import Plan, UnfilledReason
from fulfillment.policy import Policy
from optimizer.sourcing import SolveStatus, check, source
from scenarios.instances import NAMED_CASES
from tests.sourcing.orders import MAY_GIVE_UP, SERVE_ALL, instance_of, pounds

Shipped = dict[str, tuple[int, dict[str, int]]]


def decided(name: str, policy: Policy = SERVE_ALL) -> Plan:
    instance = instance_of(NAMED_CASES[name](), policy)
    outcome = source(instance)
    assert outcome.status is SolveStatus.OPTIMAL
    assert check(instance, outcome.plan) == []
    return outcome.plan


def shipped(plan: Plan) -> Shipped:
    """Packages and units of each line, by node."""
    return {s.node: (s.packages, {u.line: u.quantity for u in s.units}) for s in plan.shipments}


def test_the_last_unit_is_taken_from_the_dear_node_whatever_it_costs() -> None:
    plan = decided("last_unit")
    assert shipped(plan) == {"far": (1, {"1": 1})}
    # The parcel is 5.00, 350 g cost 0.035, the line 0.10: three times the margin of 1.70.
    assert plan.objective == pounds(5.135)


def test_the_last_unit_is_given_up_only_if_the_policy_says_so() -> None:
    plan = decided("last_unit", MAY_GIVE_UP)
    assert shipped(plan) == {}
    assert [(u.quantity, u.reason) for u in plan.unfilled] == [(1, UnfilledReason.GIVEN_UP)]
    assert (plan.cash, plan.lost_margin) == (0, pounds(1.70))


def test_one_dear_parcel_with_everything_beats_two_cheap_ones() -> None:
    plan = decided("two_parcels_or_one")
    assert shipped(plan) == {"far": (1, {"1": 1, "2": 1})}
    # 5.00, 850 g for 0.085, two lines; near and far together would be 8.00 before the rest.
    assert plan.objective == pounds(5.00 + 0.085 + 0.20)


def test_a_split_is_right_where_it_saves_more_than_its_penalty() -> None:
    plan = decided("split_or_consolidate")
    assert shipped(plan) == {"east": (1, {"1": 2}), "west": (1, {"2": 2})}
    # 3.00 and 3.50, 700 g and 1 kg, two lines, and 0.50 that only steers; whole from the hub is 9.37.
    assert plan.cash == pounds(6.50 + 0.17 + 0.20)
    assert plan.objective == plan.cash + pounds(0.50)


def test_one_parcel_is_right_where_a_split_is_disliked_more_than_it_saves() -> None:
    dear = Policy(SERVE_ALL.version, pounds(2.51), SERVE_ALL.split_line_penalty)
    assert shipped(decided("split_or_consolidate", dear)) == {"hub": (1, {"1": 2, "2": 2})}
    cheap = Policy(SERVE_ALL.version, pounds(2.49), SERVE_ALL.split_line_penalty)
    assert shipped(decided("split_or_consolidate", cheap)).keys() == {"east", "west"}


def test_a_line_larger_than_any_stock_is_split_and_the_rest_has_no_stock() -> None:
    plan = decided("scarce")
    assert shipped(plan) == {"near": (1, {"1": 6}), "far": (1, {"1": 3})}
    assert [(u.quantity, u.reason) for u in plan.unfilled] == [(1, UnfilledReason.NO_STOCK)]
    # 8.00, nine mugs of 350 g, the line picked twice; 0.50 and 0.25 steer; one margin is lost.
    assert plan.cash == pounds(8.00 + 0.315 + 0.20)
    assert plan.objective == plan.cash + pounds(0.50 + 0.25 + 1.70)


def test_two_lines_of_one_sku_are_picked_as_one_and_each_ships_whole() -> None:
    plan = decided("repeated_sku")
    # Near holds five of seven: picked at both nodes, which is a split, and shared out by whole lines.
    assert shipped(plan) == {"near": (1, {"1": 4}), "far": (1, {"2": 3})}
    assert plan.objective == pounds(8.00 + 0.245 + 0.20 + 0.50 + 0.25)


def test_weight_not_the_number_of_nodes_sets_the_packages() -> None:
    plan = decided("package_limit")
    assert shipped(plan) == {"near": (2, {"1": 8})}
    # Two parcels at 3.00; one from each node would be 6.20, a line more and a split.
    assert plan.objective == pounds(6.00 + 4.00 + 0.10)


def test_a_nearly_full_node_is_left_for_one_that_ships_the_line_whole() -> None:
    plan = decided("full_node")
    # Near has room for three of five; the rest from far would cost a second parcel.
    assert shipped(plan) == {"far": (1, {"1": 5})}
    assert plan.objective == pounds(5.00 + 0.175 + 0.10)


def test_an_order_without_any_stock_gets_an_empty_plan_that_says_so() -> None:
    plan = decided("nothing_left")
    assert shipped(plan) == {}
    assert [(u.line, u.quantity, u.reason) for u in plan.unfilled] == [
        ("1", 2, UnfilledReason.NO_STOCK),
        ("2", 1, UnfilledReason.NO_STOCK),
    ]
    assert (plan.cash, plan.objective) == (0, pounds(2 * 1.70 + 2.40))


def test_of_twin_nodes_the_lower_id_ships() -> None:
    plan = decided("twin_nodes")
    assert shipped(plan) == {"a": (1, {"1": 2})}
    assert plan.objective == pounds(4.00 + 0.07 + 0.10)


def test_five_lines_are_best_sent_from_two_of_a_hundred_nodes() -> None:
    plan = decided("hundred_nodes")
    assert {s.node: s.packages for s in plan.shipments} == {"n018": 1, "n089": 1}
    assert plan.unfilled == ()
    assert plan.cash == pounds(14.186588)


def test_the_median_order_leaves_in_three_parcels_from_two_of_twenty_five_nodes() -> None:
    instance = instance_of(NAMED_CASES["twenty_five_nodes"]())
    outcome = source(instance)
    assert check(instance, outcome.plan) == []
    assert outcome.plan.unfilled == ()
    assert {s.node: s.packages for s in outcome.plan.shipments} == {"n001": 2, "n004": 1}
    assert outcome.plan.cash == pounds(20.540070)


def test_every_named_case_has_its_plan_here() -> None:
    # Who names a new case writes down here what is right for it.
    assert NAMED_CASES.keys() == {
        "last_unit",
        "two_parcels_or_one",
        "split_or_consolidate",
        "scarce",
        "repeated_sku",
        "package_limit",
        "full_node",
        "nothing_left",
        "twin_nodes",
        "twenty_five_nodes",
        "hundred_nodes",
    }
