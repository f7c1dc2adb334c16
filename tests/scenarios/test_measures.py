"""Measures reckoned on paper, and their words."""

import pytest

from optimizer.sourcing import Engine, SolveStatus
from scenarios.measures import MEASURES, Measure, measured, orders_by_engine
from scenarios.wording import say
from tests.scenarios.records import order_record, replay_record

RECORD = replay_record(
    "Nodewise",
    order_record("a", cash=4.0, units=10),
    order_record("b", cash=8.0, shipments=2, packages=3, units=20, no_stock=2, lost=3.0),
    order_record("c", cash=6.0, units=10, given_up=1, lost=1.0, engine=Engine.FACILITY),
    order_record(
        "d", cash=2.0, shipments=0, units=10, no_stock=10, engine=Engine.CP_SAT, status=SolveStatus.FEASIBLE
    ),
)


def test_measures_are_sums_and_shares_over_orders() -> None:
    assert measured(RECORD) == {
        "orders": 4,
        "units": 50,
        "cash_per_order": 5_000_000,
        "lost_margin_per_order": 1_000_000,
        "packages_per_order": (1 + 6 + 1 + 0) / 4,
        "shipments_per_order": 1.0,
        "split_rate": 0.25,
        "unfilled_units": 13,
        "unfilled_no_stock": 12,
        "unfilled_given_up": 1,
        "fill_rate": 37 / 50,
        "proven_share": 0.75,
    }


def test_lost_margin_and_steering_are_no_part_of_cash() -> None:
    dear = replay_record("Dear", order_record("a", cash=1.0, lost=100.0))
    assert measured(dear)["cash_per_order"] == 1_000_000
    assert measured(dear)["lost_margin_per_order"] == 100_000_000


def test_a_rule_has_no_gap_to_tell() -> None:
    record = replay_record("Rule", order_record("a", engine=Engine.RULE, status=SolveStatus.FEASIBLE))
    assert measured(record)["proven_share"] is None


def test_without_orders_there_is_nothing_per_order() -> None:
    values = measured(replay_record("Empty"))
    assert values["orders"] == 0
    assert values["cash_per_order"] is None


def test_orders_are_counted_by_engine() -> None:
    assert orders_by_engine(RECORD) == {Engine.SUBSETS: 2, Engine.FACILITY: 1, Engine.CP_SAT: 1}


def test_ids_and_names_are_used_once() -> None:
    assert (
        len({measure.id for measure in MEASURES})
        == len({measure.name for measure in MEASURES})
        == len(MEASURES)
    )


@pytest.mark.parametrize(
    ("name", "value", "signed", "said"),
    [
        ("cash_per_order", 6_310_000, False, "£6.31"),
        ("cash_per_order", -630_000, True, "−£0.63"),
        ("cash_per_order", 630_000, True, "+£0.63"),
        ("cash_per_order", -4_000, True, "£0.00"),
        ("fill_rate", 0.9744, False, "97.4 %"),
        ("fill_rate", 0.012, True, "+1.2 points"),
        ("packages_per_order", 2.3246, False, "2.32"),
        ("unfilled_units", 3955, False, "3,955"),
        ("proven_share", None, False, "–"),
    ],
)
def test_a_value_is_said_with_its_unit(name: str, value: float | None, signed: bool, said: str) -> None:
    assert say(_measure(name), value, currency="£", signed=signed) == said


def _measure(name: str) -> Measure:
    return next(measure for measure in MEASURES if measure.id == name)
