"""What is said of a replay: the sentence, where a rule wins and why, the proof, percentiles."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.cli.comparison import comparison, limit_line, percentile, proof_line, verdict, where_a_rule_wins
from api.cli.table import Figure
from fulfillment.ids import LineId, NodeId, OrderId, PolicyVersion, ServiceId, SkuId
from fulfillment.money import Micros
from fulfillment.plan import CostKind, CostLine, Plan, PlannedShipment, Unfilled, UnfilledReason
from optimizer.sourcing import Engine, SolveStatus
from scenarios.record import OrderRecord, ReplayRecord

POUND = 1_000_000


def record(title: str, *, cash: float, missing: int = 0, lost: float | None = None) -> ReplayRecord:
    """A replay of one order: so many pounds of freight, so many units unfilled at a pound of margin each."""
    lost_margin = float(missing) if lost is None else lost
    plan = Plan(
        shipments=(PlannedShipment(NodeId("dc"), ServiceId("s"), 2, 100, ()),),
        unfilled=(Unfilled(LineId("1"), SkuId("k"), missing, UnfilledReason.NO_STOCK),) if missing else (),
        cost_lines=(
            CostLine(CostKind.PACKAGES, Micros(int(cash * POUND)), NodeId("dc")),
            CostLine(CostKind.LOST_MARGIN, Micros(int(lost_margin * POUND))),
        ),
    )
    order = OrderRecord(
        order=OrderId("1"),
        placed_at=datetime(2011, 3, 7, tzinfo=UTC),
        lines=1,
        units=10,
        plan=plan,
        status=SolveStatus.OPTIMAL,
        engine=Engine.SUBSETS,
        bound=plan.objective,
        gap=Micros(0),
        unfilled_bound=missing,
        is_degraded=False,
        is_refused=False,
    )
    return ReplayRecord(
        decider=title.lower(),
        title=title,
        policy=PolicyVersion("p"),
        orders=(order,),
        walk_in_wanted=0,
        walk_in_sold=0,
        oversold_units=0,
        complaints=(),
    )


OURS = record("Nodewise", cash=8.0, missing=2)


def test_the_sentence_tells_each_rule_and_the_units_beside_the_cash() -> None:
    said = verdict(
        OURS, [record("Nearest first", cash=10, missing=2), record("Static priority", cash=6, missing=3)]
    )
    assert said == (
        "Nodewise spends £8.00 cash per order: 20.0 % less than nearest first and 33.3 % more than static "
        "priority. It leaves 2 units unfilled, nearest first 2 and static priority 3."
    )


def test_where_no_rule_wins_nothing_is_said() -> None:
    rules = [record("Nearest first", cash=10, missing=2)]
    assert where_a_rule_wins(OURS, rules) == []
    assert verdict(OURS, rules).endswith("It leaves 2 units unfilled, as every rule does.")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            record("Rule", cash=7, missing=5),
            ["Rule wins on cash cost per order (£7.00 against £8.00): it leaves 3 more units unfilled, and"],
        ),
        (
            record("Rule", cash=7, missing=2),
            ["Rule wins on cash cost per order (£7.00 against £8.00): order"],
        ),
        (
            record("Rule", cash=9, missing=1),
            [
                "Rule wins on lost margin per order (£1.00 against £2.00) and leaves 1 fewer unit unfilled: "
                "order by order"
            ],
        ),
    ],
    ids=["by sending less", "by what was left", "on lost units"],
)
def test_where_a_rule_wins_it_is_said_and_why(rule: ReplayRecord, said: list[str]) -> None:
    lines = where_a_rule_wins(OURS, [rule])
    assert [line[: len(start)] for line, start in zip(lines, said, strict=True)] == said


def test_the_proof_names_the_first_order_that_breaks_it() -> None:
    assert proof_line([], 570).endswith("in all 570 orders: yes.")
    assert proof_line(["order 1: a rule is better"], 570).endswith(
        "NO, 1 times; first: order 1: a rule is better."
    )


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, p) for p in (50, 99, 100)] == [50.0, 99.0, 100.0]
    assert percentile([7.0], 99) == 7.0


def test_lost_margin_stands_in_a_row_of_its_own() -> None:
    rows = {row["measure"].value: row["nodewise"].shown for row in comparison([OURS]).rows}
    assert rows["cash_micros_per_order"] == "£8.00"
    assert rows["lost_margin_micros_per_order"] == "£2.00"


def stopped(record: ReplayRecord, *gaps: int) -> ReplayRecord:
    """The replay with an order more for each gap, in micros, stopped before its proof."""
    more = [replace(record.orders[0], status=SolveStatus.FEASIBLE, gap=Micros(gap)) for gap in gaps]
    return replace(record, orders=(*record.orders, *more))


def test_proven_orders_and_the_largest_gap_are_nodewises_alone() -> None:
    rule = replace(
        OURS,
        decider="nearest_first",
        orders=(replace(OURS.orders[0], status=SolveStatus.FEASIBLE, engine=Engine.RULE, gap=Micros(POUND)),),
    )
    rows = {row["measure"].value: row for row in comparison([stopped(OURS, 120_000), rule]).rows}
    assert rows["proven_share"]["nodewise"].shown == "50.0 %"
    assert rows["largest_gap_micros"]["nodewise"] == Figure(120_000, "£0.12")
    assert [rows[key]["nearest_first"].shown for key in ("proven_share", "largest_gap_micros")] == ["–", "–"]


def test_orders_cut_by_the_work_limit_are_counted_with_the_largest_gap() -> None:
    assert limit_line(OURS) == "Orders cut by the work limit: none."
    assert (
        limit_line(stopped(OURS, 120_000, 50_000))
        == "Orders cut by the work limit: 2 of 3; the largest gap is £0.12."
    )


def test_an_order_without_a_bound_is_not_called_cut() -> None:
    failed = replace(OURS.orders[0], status=SolveStatus.FEASIBLE, gap=Micros(POUND), is_degraded=True)
    assert limit_line(replace(OURS, orders=(failed,))) == (
        "Orders cut by the work limit: none. 1 order went by a rule, without a bound: the solver failed."
    )
