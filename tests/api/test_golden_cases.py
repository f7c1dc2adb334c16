"""Golden cases: what the service decides in the cases that shops argue about, each told with its figures.

The network is the small one of these tests. Daventry (a DC) ships a package to the South East for 3.10 and
picks an order for 0.60, a line for 0.20 and a unit for 0.03; London (a store) for 2.60, and 1.10, 0.40 and
0.08; Bristol (a store) for 3.50, and as London. A kilogram is 0.42 everywhere, a second shipment is weighed
with 0.50.
"""

from typing import Any

import httpx

from tests.api.support import key, order
from tests.api.test_choosing_nodes import STORES_FROM, decide, from_node, in_force, nodes, quote, unfilled
from tests.api.test_conflicts import conflict, prices, refused
from tests.api.walking import balanced, figures, record, refusal, reserve, set_clock, step, walk


def micros(decision: dict[str, Any]) -> int:
    total: int = decision["total"]["micros"]
    return total


def test_the_last_piece_goes_to_the_vip_and_not_to_who_came_first(client: httpx.Client) -> None:
    """Bristol has 5 mugs, of which the last is held for tier 1. Two ordinary shoppers buy 2 each. A third
    is told that the last one is held, by which rule, and that without it the mug would cost 5.227: 3.50 for
    the package, 0.147 for 350 g, 1.58 for picking. The VIP, who comes last, gets it."""
    held = {"kind": "held_for_tiers", "name": "last piece for VIPs", "tier": 1, "units": 1}
    in_force(client, held)
    for name in ("first", "second"):
        assert reserve(client, name, ("M-01", 2))["unfilled_units"] == 0
    problem = refused(client, order("third", ("M-01", 1)))
    assert conflict(problem) == [("policy_rule", "last piece for VIPs")]
    assert prices(problem) == [("last piece for VIPs", True, 3_500_000 + 147_000 + 1_580_000)]
    vip = reserve(client, "vip", ("M-01", 1), tier=1)
    assert (vip["unfilled_units"], micros(vip)) == (0, 5_227_000)
    assert figures(client, "M-01", "BRS1") == (5, 5, 0)
    assert balanced(client)


def test_a_ring_fence_is_its_channels_alone_and_is_used_up_first(client: httpx.Client) -> None:
    """London keeps 3 mugs for the app; Bristol has 5 for everybody. The web gets 5 of 8 wanted and not one of
    the app's; the app then gets its own 3, and no more: the others are gone."""
    web = decide(client, order("web", ("M-01", 8)), 201)
    assert (nodes(web), unfilled(web)) == (["BRS1"], [("1", 3, "no_stock")])
    app = decide(client, order("app", ("M-01", 4), channel="app"), 201)
    assert (nodes(app), unfilled(app)) == (["LON1"], [("1", 1, "no_stock")])
    pools = {claim["pool"] for claim in client.get("/v1/orders/app").json()["claims"]}
    assert pools == {"app"}


def test_an_order_below_a_value_is_not_split_and_one_above_it_is(client: httpx.Client) -> None:
    """Orders under 50.00 leave from one node. A mug (8.25, Bristol) and a kettle (24.99, Daventry, London)
    are 33.24: the cheaper part, the kettle from Daventry, is served, the mug is ruled out. With two kettles
    it is 58.23 and both nodes ship: 3.10 + 3.50 for packages, 0.903 for 2,150 g, 0.86 + 1.58 for picking,
    and 0.50 for the second shipment."""
    in_force(client, {"kind": "maximum_nodes", "name": "small ones whole", "at_most": 1, "below": "50.00"})
    small = decide(client, quote("1", ("M-01", 1), ("K-17", 1)))
    assert (nodes(small), unfilled(small)) == (["DC1"], [("1", 1, "ruled_out")])
    large = decide(client, quote("2", ("M-01", 1), ("K-17", 2)))
    assert (nodes(large), unfilled(large)) == (["BRS1", "DC1"], [])
    assert micros(large) == 6_600_000 + 903_000 + 860_000 + 1_580_000 + 500_000


def test_a_forced_node_that_lacks_stock_serves_what_it_has_or_says_what_it_costs_to_free_the_line(
    client: httpx.Client,
) -> None:
    """Seven tea towels have to come from Bristol, which has 8 and holds 2 back. In part it is 6. To be filled
    whole it is refused: freed of Bristol, all 7 come from Daventry for 4.2628: 3.10, 0.3528 for 840 g, and
    1.01 for picking; of Bristol and only a part, 6 for 3.50 + 0.3024 + 1.98 and 4.40 of margin lost."""
    sent = from_node(order("1", ("T-03", 7)), _1="BRS1")
    part = decide(client, {**sent, "mode": "quote"})
    assert (nodes(part), unfilled(part)) == (["BRS1"], [("1", 1, "ruled_out")])
    problem = refused(client, {**sent, "accept_partial": False})
    assert conflict(problem) == [("filled_whole", "/accept_partial"), ("line_node", "/lines/0/node")]
    assert prices(problem) == [
        ("/accept_partial", True, 3_500_000 + 302_400 + 1_980_000 + 4_400_000),
        ("/lines/0/node", True, 3_100_000 + 352_800 + 1_010_000),
    ]
    freed = decide(client, quote("1", ("T-03", 7)))
    assert (nodes(freed), micros(freed)) == (["DC1"], problem["relaxations"][1]["total"]["micros"])


def test_three_rules_that_cannot_hold_together_are_named_and_each_alone_is_priced(
    client: httpx.Client,
) -> None:
    """A mug and a kettle, filled whole. One rule keeps web orders in stores, one closes London, a third
    says one parcel. Mugs are in Bristol, where no kettle is; kettles are in London and Daventry. One parcel
    is not possible at all, so that rule and filling whole are a conflict of their own; without it the first
    two still exclude each other: where they are the only ones, dropping either helps, London 11 kettles,
    Daventry 40."""
    stores = {**STORES_FROM, "name": "web from stores", "nodes": {"kinds": ["store"]}}
    london = {
        "kind": "never_ships_to",
        "name": "London is closed",
        "nodes": {"ids": ["LON1"]},
        "zones": ["UK-SE"],
    }
    sent = order("1", ("M-01", 1), ("K-17", 1), accept_partial=False)
    in_force(client, stores, london)
    problem = refused(client, sent)
    assert conflict(problem) == [
        ("filled_whole", "/accept_partial"),
        ("policy_rule", "web from stores"),
        ("policy_rule", "London is closed"),
    ]
    priced = {name: total for name, _, total in prices(problem)}
    for version, kept, dropped in (("a", london, "web from stores"), ("b", stores, "London is closed")):
        in_force(client, kept, version=version)
        solved = decide(client, {**sent, "mode": "quote"})
        assert (unfilled(solved), micros(solved)) == ([], priced[dropped])
    assert priced["web from stores"] < priced["London is closed"]
    assert problem["fix"].startswith('Drop the rule "web from stores": all 2 units are served, for GBP ')


def test_an_order_that_ships_complete_waits_for_its_backordered_line(client: httpx.Client) -> None:
    """Two mugs and a kettle, complete and from one node. Bristol has 5 mugs and no kettle; London has 11
    kettles and gets 3 mugs on 28 November; Daventry has 40 kettles and gets 4 mugs on 3 December, and would
    be cheaper. The earlier day counts: all of it leaves London on the 28th, the kettle with the mugs, and
    nothing before."""
    set_clock(client, "2026-11-21T09:00:00Z")
    record(client, "inbound", "M-01", "DC1", 4, source="PO-2", earliest="2026-12-03")
    record(client, "inbound", "M-01", "LON1", 3, source="PO-1", earliest="2026-11-28")
    whole = {"accept_partial": False, "allow_backorder": True, "nodes": {"at_most": 1}}
    answer = reserve(client, "1", ("M-01", 2), ("K-17", 1), mode="commit", **whole)
    assert answer["leaves_on"] == "2026-11-28"
    assert {claim["node"] for claim in client.get("/v1/orders/1").json()["claims"]} == {"LON1"}
    refusal(step(client, "1", "ship", units={"2": 1}), 409, "illegal-transition")
    record(client, "receipt", "M-01", "LON1", 3, source="PO-1")
    assert walk(client, "1", "ship") == ["shipped"]
    assert balanced(client)


def test_a_kit_and_a_line_of_its_component_do_not_promise_one_mug_twice(client: httpx.Client) -> None:
    """A breakfast set is 2 mugs and a tea towel. Bristol has 5 mugs and 6 tea towels to promise, so 2 sets
    could be packed, or 5 mugs sold: but not both. Two sets and two mugs need 6; one unit is left out, and
    the cheaper to lose is the mug. A set and three mugs are exactly the 5."""
    kit = {"id": "SET", "name": "Breakfast", "price": "21.00", "components": {"M-01": 2, "T-03": 1}}
    made = client.post("/v1/skus/import", json=[{**kit, "weight_grams": 820, "unit_cost": "8.20"}])
    assert made.status_code == 200, made.text
    both = decide(client, quote("1", ("SET", 2), ("M-01", 2)))
    assert unfilled(both) == [("2", 1, "no_stock")]
    exact = reserve(client, "2", ("SET", 1), ("M-01", 3), accept_partial=False)
    assert exact["unfilled"] == []
    assert figures(client, "M-01", "BRS1") == (5, 5, 0)
    late = client.post("/v1/orders", json=order("3", ("SET", 1)), headers=key())
    refusal(late, 409, "insufficient-stock")
    assert balanced(client)
