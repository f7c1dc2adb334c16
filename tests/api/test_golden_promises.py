"""Golden cases of promises and steering: when goods arrive, who may carry them, and what a policy prefers.

Picking costs nothing in these shops (`tests.api.shops`), and a second shipment is weighed with 0.50. It is
Monday, 23 November, 9:00; what is handed over today arrives as the service's transit says.
"""

from typing import Any

import httpx

from tests.api.shops import costs, parcels, rate, shop, sides
from tests.api.support import key, order
from tests.api.test_choosing_nodes import decide, in_force, nodes, quote, unfilled
from tests.api.test_price_books import load_book
from tests.api.walking import balanced, reserve, set_clock

FRIDAY = "2026-11-27T18:00:00Z"
WEDNESDAY = "2026-11-25T09:00:00Z"
TUESDAY_EVENING = "2026-11-24T18:00:00Z"


def within(p50: int, p90: int) -> dict[str, int]:
    """Days by which half of the shipments of a rate have arrived, and nine in ten."""
    return {"transit_days_p50": p50, "transit_days_p90": p90}


def left_out(decision: dict[str, Any]) -> list[tuple[str, int]]:
    """Lines with units that are not served, for whichever reason."""
    return [(line, units) for line, units, _ in unfilled(decision)]


def refused(client: httpx.Client, sent: dict[str, Any]) -> None:
    """It is not granted, and not kept."""
    answer = client.post("/v1/orders", json=sent, headers=key())
    assert answer.status_code in (409, 422), answer.text
    assert client.get(f"/v1/orders/{sent['id']}").status_code == 404


def paint_shop(client: httpx.Client, *, london: str) -> None:
    """Daventry has a book and paint, which is hazmat: air 4.00, ground 6.00. London has paint, by ground."""
    shop(
        client,
        skus={"PAINT": {"is_hazmat": True}, "BOOK": {}},
        stock={"DC1": {"PAINT": 5, "BOOK": 5}, "LON1": {"PAINT": 5}},
        rates=[
            rate("DC1", "4.00", service="air", carries_hazmat=False, **within(1, 1)),
            rate("DC1", "6.00", **within(2, 4)),
            rate("LON1", london, **within(2, 4)),
        ],
    )


def test_hazmat_goes_by_ground_and_takes_what_leaves_with_it_along(empty: httpx.Client) -> None:
    """Air, 4.00, takes no hazmat; ground costs 6.00, from London 2.00. The book flies. The paint alone
    leaves London for 2.00. Both from Daventry are one shipment by ground, 6.00; apart they are 4.00 + 2.00
    + 0.50 = 6.50: one parcel."""
    paint_shop(empty, london="2.00")
    assert parcels(decide(empty, quote("1", ("BOOK", 1)))) == [("DC1", "air", 1)]
    assert parcels(decide(empty, quote("2", ("PAINT", 1)))) == [("LON1", "ground", 1)]
    both = decide(empty, quote("3", ("PAINT", 1), ("BOOK", 1)))
    assert (parcels(both), costs(both)) == ([("DC1", "ground", 1)], {"packages": 6_000_000})


def test_the_hazmat_line_leaves_from_another_node_where_that_lets_the_rest_fly(empty: httpx.Client) -> None:
    """The same with London at 1.20: 4.00 + 1.20 + 0.50 = 5.70 against 6.00."""
    paint_shop(empty, london="1.20")
    apart = decide(empty, quote("1", ("PAINT", 1), ("BOOK", 1)))
    assert parcels(apart) == [("DC1", "air", 1), ("LON1", "ground", 1)]
    assert costs(apart) == {"packages": 5_200_000, "extra_shipment": 500_000}


def test_hazmat_that_no_service_brings_in_time_is_left_out_where_lateness_is_hard(
    empty: httpx.Client,
) -> None:
    """Wanted by Wednesday, 9:00. Air arrives on Tuesday, ground on Friday. Where lateness costs nothing both
    go by ground. Where it is hard the book flies for 4.00 and the paint, with a margin of 12.00, is left out;
    an order of paint alone, or one to be filled whole, is refused, and holds nothing."""
    paint_shop(empty, london="2.00")
    lines = (("PAINT", 1), ("BOOK", 1))
    late = decide(empty, quote("1", *lines, wanted_by=WEDNESDAY))
    assert (parcels(late), left_out(late)) == ([("DC1", "ground", 1)], [])
    in_force(empty, late_day_penalty=None)
    strict = decide(empty, quote("2", *lines, wanted_by=WEDNESDAY))
    assert (parcels(strict), left_out(strict)) == ([("DC1", "air", 1)], [("1", 1)])
    assert costs(strict) == {"packages": 4_000_000, "lost_margin": 12_000_000}
    refused(empty, order("3", ("PAINT", 1), wanted_by=WEDNESDAY))
    refused(empty, order("4", *lines, wanted_by=WEDNESDAY, accept_partial=False))
    assert balanced(empty)
    on_friday = decide(empty, quote("5", *lines, wanted_by=FRIDAY))
    assert (parcels(on_friday), left_out(on_friday)) == ([("DC1", "ground", 1)], [])


def test_goods_that_no_one_service_takes_together_are_told_so_and_not_as_out_of_stock(
    empty: httpx.Client,
) -> None:
    """Paint is hazmat, and goes by ground; a rail of 1.80 m goes by freight, which takes no hazmat. From the
    one node, which ships once, as many units leave as can: two tins of paint by ground. The rail is left
    out, though there are five. Each alone leaves."""
    shop(
        empty,
        skus={"PAINT": {"is_hazmat": True}, "RAIL": sides(1_800, 60, 60)},
        stock={"DC1": {"PAINT": 5, "RAIL": 5}},
        rates=[
            rate("DC1", "5.00", service="freight", carries_hazmat=False),
            rate("DC1", "6.00", longest_side_mm=1_500),
        ],
    )
    lines = (("PAINT", 2), ("RAIL", 1))
    both = decide(empty, quote("1", *lines))
    assert parcels(both) == [("DC1", "ground", 1)]
    assert unfilled(both) == [("2", 1, "no_service")]
    for name, line in (("2", lines[0]), ("3", lines[1])):
        assert unfilled(decide(empty, quote(name, line))) == []
    answer = empty.post("/v1/orders", json=order("4", *lines, accept_partial=False), headers=key())
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/insufficient-stock")
    said = "held back: 5 at DC1 (no carrier service takes it beside what else ships from there)"
    assert said in answer.json()["detail"]
    assert "orders of their own" in answer.json()["fix"]


def test_goods_too_long_for_every_service_are_left_out_and_alone_are_refused(empty: httpx.Client) -> None:
    """A curtain rail of 1.80 m where the only service takes 1.50 m: the hook beside it leaves for 3.00, the
    rail, with a margin of 12.00, does not."""
    shop(
        empty,
        skus={"RAIL": sides(1_800, 60, 60), "HOOK": sides(50, 50, 50)},
        stock={"DC1": {"RAIL": 5, "HOOK": 5}},
        rates=[rate("DC1", "3.00", longest_side_mm=1_500)],
    )
    decision = decide(empty, quote("1", ("RAIL", 1), ("HOOK", 1)))
    assert (parcels(decision), left_out(decision)) == ([("DC1", "ground", 1)], [("1", 1)])
    assert costs(decision) == {"packages": 3_000_000, "lost_margin": 12_000_000}
    refused(empty, order("2", ("RAIL", 1)))
    assert balanced(empty)


def test_a_faster_service_than_the_one_offered_carries_the_order_where_it_costs_less(
    empty: httpx.Client,
) -> None:
    """The shopper was offered ground, which costs 6.00 and arrives on Thursday; express costs 5.40 from here
    and arrives tomorrow. It leaves by express. At 6.60 it leaves as it was offered."""
    express = rate("DC1", "5.40", service="express", **within(1, 1))
    shop(
        empty,
        skus={"JAR": {}},
        stock={"DC1": {"JAR": 5}},
        rates=[rate("DC1", "6.00", **within(2, 3)), express],
    )
    sent = quote("1", ("JAR", 1), service="ground")
    upgraded = decide(empty, sent)
    assert (parcels(upgraded), costs(upgraded)) == ([("DC1", "express", 1)], {"packages": 5_400_000})
    assert empty.post("/v1/rates/import", json=[{**express, "per_package": "6.60"}]).status_code == 200
    assert parcels(decide(empty, sent)) == [("DC1", "ground", 1)]


def test_a_slower_service_than_the_one_offered_is_used_only_if_it_arrives_as_wanted(
    empty: httpx.Client,
) -> None:
    """The shopper was offered express: 8.00, tomorrow. Ground costs 5.00; half of it arrives by Wednesday,
    9:00, nine in ten by Thursday. Wanted by Friday it goes by ground. Wanted by Wednesday, 9:00, or any day,
    it goes as it was offered: without a date nobody knows that slower is good enough."""
    shop(
        empty,
        skus={"JAR": {}},
        stock={"DC1": {"JAR": 5}},
        rates=[
            rate("DC1", "5.00", **within(2, 3)),
            rate("DC1", "8.00", service="express", **within(1, 1)),
        ],
    )
    wishes: list[tuple[dict[str, Any], str]] = [
        ({"wanted_by": FRIDAY}, "ground"),
        ({"wanted_by": WEDNESDAY}, "express"),
        ({}, "express"),
    ]
    for wished, service in wishes:
        decision = decide(empty, quote("1", ("JAR", 1), service="express", **wished))
        assert parcels(decision) == [("DC1", service, 1)]
    assert costs(decision) == {"packages": 8_000_000}


def test_days_late_are_weighed_against_a_dearer_service(empty: httpx.Client) -> None:
    """Wanted by Tuesday, 18:00. Ground, 4.00, arrives by Thursday, 9:00: 39 hours late, two days begun.
    Express, 7.20, is in time. At 1.50 a day ground is 4.00 + 3.00 = 7.00 and goes, late; at 1.70 it is
    7.40, and express goes. Lateness is never billed."""
    shop(
        empty,
        skus={"JAR": {}},
        stock={"DC1": {"JAR": 5}},
        rates=[
            rate("DC1", "4.00", **within(2, 3)),
            rate("DC1", "7.20", service="express", **within(1, 1)),
        ],
    )
    sent = quote("1", ("JAR", 1), wanted_by=TUESDAY_EVENING)
    in_force(empty, version="a", late_day_penalty="1.50")
    late = decide(empty, sent)
    assert parcels(late) == [("DC1", "ground", 1)]
    assert costs(late) == {"packages": 4_000_000, "lateness": 3_000_000}
    assert late["cash"]["micros"] == 4_000_000
    in_force(empty, version="b", late_day_penalty="1.70")
    timely = decide(empty, sent)
    assert (parcels(timely), costs(timely)) == ([("DC1", "express", 1)], {"packages": 7_200_000})


def test_a_price_of_co2e_turns_the_order_to_the_node_that_emits_less(empty: httpx.Client) -> None:
    """Two jars, 2 kg. From Daventry 3.00, and 900 g of CO2e for the package and 400 g for each kilogram:
    1.7 kg. From London, by bicycle, 3.10 and 100 g. At 0.05 a kilogram Daventry is 3.085 and London 3.105;
    at 0.10 they are 3.17 and 3.11."""
    shop(
        empty,
        skus={"JAR": {}},
        stock={"DC1": {"JAR": 5}, "LON1": {"JAR": 5}},
        rates=[
            rate("DC1", "3.00", co2e_grams_per_package=900, co2e_grams_per_kg=400),
            rate("LON1", "3.10", co2e_grams_per_package=100),
        ],
    )
    sent = quote("1", ("JAR", 2))
    in_force(empty, version="a", co2e_price="0.05")
    cheap = decide(empty, sent)
    assert (nodes(cheap), costs(cheap)) == (["DC1"], {"packages": 3_000_000, "co2e": 85_000})
    in_force(empty, version="b", co2e_price="0.10")
    dear = decide(empty, sent)
    assert (nodes(dear), costs(dear)) == (["LON1"], {"packages": 3_100_000, "co2e": 10_000})
    assert dear["cash"]["micros"] == 3_100_000


def test_a_node_that_fills_up_sends_orders_elsewhere_before_it_is_full(empty: httpx.Client) -> None:
    """Daventry, 3.00, picks 10 units a day and has a load penalty of 1.00; London costs 3.40. With nothing
    picked a unit from Daventry is 3.00; with 3 of 10, 3.30; with 5 of 10, 3.50, and it leaves London,
    although Daventry has room for 5 more."""
    shop(
        empty,
        skus={"JAR": {}},
        stock={"DC1": {"JAR": 20}, "LON1": {"JAR": 20}},
        rates=[rate("DC1", "3.00"), rate("LON1", "3.40")],
        nodes={"DC1": {"units_per_day": 10, "load_penalty": "1.00"}},
    )
    first = reserve(empty, "1", ("JAR", 3))
    assert (nodes(first), costs(first)) == (["DC1"], {"packages": 3_000_000})
    second = decide(empty, quote("2", ("JAR", 1)))
    assert (nodes(second), costs(second)) == (["DC1"], {"packages": 3_000_000, "load": 300_000})
    reserve(empty, "3", ("JAR", 2), nodes={"allowed": ["DC1"]})
    third = decide(empty, quote("4", ("JAR", 1)))
    assert (nodes(third), costs(third)) == (["LON1"], {"packages": 3_400_000})


def test_a_store_that_often_does_not_find_its_goods_is_passed_over(empty: httpx.Client) -> None:
    """London, 3.00, finds 900 of 1000 units that it looks for; Daventry, 3.30, all of them. If picking again
    costs 2.00, a unit from London is 3.00 + 0.20 and leaves there; if it costs 4.00, it is 3.40, and the
    unit leaves Daventry."""
    shop(
        empty,
        skus={"JAR": {}},
        stock={"LON1": {"JAR": 5}, "DC1": {"JAR": 5}},
        rates=[rate("LON1", "3.00"), rate("DC1", "3.30")],
        nodes={"LON1": {"pick_success_permille": 900}},
    )
    sent = quote("1", ("JAR", 1))
    in_force(empty, version="a", repick_cost="2.00")
    risked = decide(empty, sent)
    assert (nodes(risked), costs(risked)) == (["LON1"], {"packages": 3_000_000, "repick": 200_000})
    in_force(empty, version="b", repick_cost="4.00")
    sure = decide(empty, sent)
    assert (nodes(sure), costs(sure)) == (["DC1"], {"packages": 3_300_000})


def test_a_store_keeps_its_last_units_where_a_price_book_says_what_they_are_worth(
    empty: httpx.Client,
) -> None:
    """London, 2.60, has 2 jars and 5 bowls; Daventry, 3.10, has plenty. By the book a jar or a bowl in London
    is worth 2.00 where 2 or fewer are left, and 0.30 up to 10. Without a book the jar leaves London. With it
    the jar is 4.60 there, and leaves Daventry. A bowl is 2.90 and still leaves London, its worth a line of
    its own that nobody bills; two are 3.20, and leave Daventry. Four from London would take one of the last
    two: 0.30 x 3 + 2.00. Once the book is out of date all is as without it, and the answer says so."""
    shop(
        empty,
        skus={"JAR": {}, "BOWL": {}},
        stock={"LON1": {"JAR": 2, "BOWL": 5}, "DC1": {"JAR": 50, "BOWL": 50}},
        rates=[rate("LON1", "2.60"), rate("DC1", "3.10")],
    )
    jar, bowl = quote("1", ("JAR", 1)), quote("2", ("BOWL", 1))
    before = decide(empty, jar)
    assert (nodes(before), before["price_book"]["state"]) == (["LON1"], "none")
    rows = "node,sku,steps\nLON1,JAR,2:2.00;10:0.30\nLON1,BOWL,2:2.00;10:0.30\n"
    load_book(empty, "tonight", rows, valid_until="2026-11-24T06:00:00Z")
    kept = decide(empty, jar)
    assert (nodes(kept), costs(kept)) == (["DC1"], {"packages": 3_100_000})
    assert (kept["price_book"]["state"], kept["price_book"]["version"]) == ("used", "tonight")
    sold = decide(empty, bowl)
    assert (nodes(sold), costs(sold)) == (["LON1"], {"packages": 2_600_000, "stock": 300_000})
    assert sold["cash"]["micros"] == 2_600_000
    assert nodes(decide(empty, quote("3", ("BOWL", 2)))) == ["DC1"]
    four = decide(empty, quote("4", ("BOWL", 4), nodes={"allowed": ["LON1"]}))
    assert costs(four) == {"packages": 2_600_000, "stock": 2_900_000}
    set_clock(empty, "2026-11-24T07:00:00Z")
    stale = decide(empty, jar)
    assert (nodes(stale), costs(stale)) == (["LON1"], {"packages": 2_600_000})
    assert (stale["price_book"]["state"], stale["price_book"]["version"]) == ("stale", "tonight")
