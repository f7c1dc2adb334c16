"""A decision in words: where it ships from, what is proven, what is unfilled and why."""

from typing import Any

import pytest

from api.cli.decisions import explained, quoted


def money(minor: int) -> dict[str, int]:
    return {"minor": minor, "micros": minor * 10_000}


def decision(**changes: Any) -> dict[str, Any]:
    shipment = {
        "node": "DC1",
        "service": "ground",
        "packages": 2,
        "weight_grams": 31_000,
        "lines": [{"line": "1", "sku": "K-17", "quantity": 2}],
    }
    return {
        "id": "10482",
        "shipments": [shipment],
        "unfilled": [],
        "currency": "GBP",
        "cost_lines": [
            {"kind": "packages", "node": "DC1", "is_cash": True, "is_steering": False, **money(472)}
        ],
        "total": money(472),
        "cash": money(472),
        "lost_margin": money(0),
        "bound": money(472),
        "gap": money(0) | {"relative": 0.0},
        "unfilled_units": 0,
        "unfilled_bound": 0,
        "status": "optimal",
        "engine": "subsets",
        "degraded": False,
        "cut_by_deadline": False,
        "seconds": 0.0021,
    } | changes


def test_a_decision_is_told_with_the_names_of_nodes() -> None:
    report = quoted(decision(), {"DC1": "Daventry"}, body="")
    assert (
        report.sentence == "Order 10482 would ship from Daventry in 2 packages. Freight and labor cost £4.72."
    )
    assert report.notes == [
        "Total £4.72, proven: no plan that fills as much costs a penny less. "
        "Found by line-subset enumeration in 2.1 ms."
    ]


def test_prices_of_stock_that_are_missing_or_stale_are_told_and_those_used_are_not() -> None:
    def told(book: dict[str, Any]) -> list[str]:
        return quoted(decision(price_book=book), {}, body="").notes[1:]

    assert told({"state": "used", "version": "a"}) == []
    assert told({"state": "none"}) == ["Decided without prices of stock: no price book is in force."]
    (unknown,) = told({"state": "unknown"})
    assert "the database was away" in unknown
    (stale,) = told({"state": "stale", "version": "a", "valid_until": "2026-11-21T06:00:00Z"})
    assert "price book a was valid until 2026-11-21T06:00:00Z" in stale


def test_demands_that_exclude_each_other_are_told_with_what_each_costs() -> None:
    found = {
        "conflict": [{"detail": "the order is filled whole"}, {"detail": 'the rule "one parcel"'}],
        "relaxations": [{"detail": 'without the rule "one parcel": all 2 units are served, for GBP 10.04'}],
        "fix": 'Drop the rule "one parcel": all 2 units are served, for GBP 10.04',
    }
    report = quoted(decision(infeasible=found, unfilled_units=2, shipments=[]), {}, body="")
    assert report.sentence.startswith("Order 10482 cannot be met as asked.")
    assert report.notes[1:] == [
        'Cannot be met together: the order is filled whole; the rule "one parcel".',
        'Without the rule "one parcel": all 2 units are served, for GBP 10.04.',
        'Drop the rule "one parcel": all 2 units are served, for GBP 10.04.',
    ]


def test_an_order_without_a_name_is_not_given_one() -> None:
    report = quoted(decision(id="quote"), {"DC1": "Daventry"}, body="")
    assert report.sentence.startswith("This order would ship from Daventry")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"status": "feasible", "bound": money(400), "gap": money(72) | {"relative": 0.1525}},
            "costs less than £4.00, so at most £0.72 (15.2 %) is lost.",
        ),
        ({"status": "feasible", "cut_by_deadline": True}, "2.1 ms, cut by its deadline."),
        ({"degraded": True}, "Rule-based: the solver failed. Total £4.72, without a bound."),
        ({"unfilled_units": 3, "unfilled_bound": 1}, "3 units unfilled; no plan leaves fewer than 1."),
    ],
)
def test_what_is_not_proven_is_said(changes: dict[str, Any], said: str) -> None:
    assert said in quoted(decision(**changes), {}, body="").notes[0]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("no_stock", "no stock"),
        ("no_capacity", "no room left today"),
        ("given_up", "given up for money"),
    ],
)
def test_unfilled_lines_have_their_reason_in_words(reason: str, words: str) -> None:
    unfilled = [{"line": "2", "sku": "T-03", "quantity": 4, "reason": reason}]
    told = decision(unfilled=unfilled, unfilled_units=4, unfilled_bound=4, lost_margin=money(1760))
    report = explained(told, {}, explanation={"answers": []}, body="")
    assert report.tables[-1].title == "Unfilled"
    assert str(report.tables[-1].rows[0]["reason"]) == words
    assert report.sentence.endswith(
        "in 2 packages; 4 units unfilled. Freight and labor cost £4.72, and £17.60 of margin is lost."
    )


def test_a_slot_that_has_ended_is_told_with_the_unfilled_line() -> None:
    ended = "LON1: its last slot of today ended at 18:00"
    unfilled = [{"line": "2", "sku": "T-03", "quantity": 4, "reason": "no_capacity", "detail": ended}]
    report = quoted(decision(unfilled=unfilled, unfilled_units=4, unfilled_bound=4), {}, body="")
    assert str(report.tables[-1].rows[0]["reason"]) == f"no room left today ({ended})"


def test_an_order_that_cannot_be_served_is_said_so() -> None:
    told = decision(shipments=[], unfilled_units=1, unfilled_bound=1)
    assert quoted(told, {}, body="").sentence.startswith(
        "Order 10482 cannot be served: none of its 1 unit is available."
    )


def test_the_nine_questions_follow_with_the_first_points_of_each_answer() -> None:
    points = [f"Point {number}." for number in range(7)]
    one = {"question": "Why this node?", "answer": "It is the cheapest.", "points": points}
    report = explained(decision(), {}, explanation={"answers": [one]}, body="")
    assert report.notes[1:] == [
        "Why this node? It is the cheapest.",
        *(f"  {point}" for point in points[:5]),
        "  ... and 2 more with --markdown",
    ]


def test_the_day_of_arrival_has_a_column_where_it_is_known() -> None:
    def titles(report: Any) -> list[str]:
        return [column.title for table in report.tables for column in table.columns]

    known = decision()
    known["shipments"][0] |= {"arrives_p90": "2026-11-24T13:30:00Z"}
    report = explained(known, {}, explanation={"answers": []}, body="")
    assert "arrives by" in titles(report)
    assert "arrives by" in titles(quoted(known, {}, body=""))
    (column,) = (one for one in report.tables[1].columns if one.key == "arrives_p90")
    assert column.show(report.tables[1].rows[0]["arrives_p90"]) == "2026-11-24"
    assert "arrives by" not in titles(quoted(decision(), {}, body=""))
