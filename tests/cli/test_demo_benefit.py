"""The demo's own report reconciles with what the demo prints, and with what the rules would have done."""

import json
from pathlib import Path

from api.cli.ports import LOOPBACK, free_port
from api.demo.over_http import OMS_RULE
from api.demo.run import DECISIONS_FILE, DemoOptions, demonstrate


def test_the_report_adds_up_to_the_replay_and_to_the_rule_in_the_same_state(tmp_path: Path) -> None:
    options = DemoOptions(tmp_path / "demo.db", LOOPBACK, free_port(LOOPBACK), orders=12)
    with demonstrate(options, tell=lambda _: None) as demo:
        report, orders = demo.http.benefit["nodewise"], demo.nodewise.orders
    everything = report["everything"]
    assert everything["orders"] == len(orders) == 12
    for name in ("cash", "lost_margin"):
        ours = sum(getattr(one.plan, name) for one in orders)
        assert everything[name]["nodewise"]["micros"] == ours
    assert everything["unfilled_units"]["nodewise"] == sum(one.plan.unfilled_units for one in orders)
    by_rule = [next(s for s in one.in_state if s.rule == OMS_RULE) for one in orders]
    assert everything["unfilled_units"]["baseline"] == sum(state.unfilled_units for state in by_rule)
    # What the rule would have cost, steering included, was reckoned outside the service.
    decisions = map(json.loads, (tmp_path / DECISIONS_FILE).read_text(encoding="utf-8").splitlines())
    told = [one["baseline"] for one in decisions]
    assert [one["total"]["baseline"]["micros"] for one in told] == [state.objective for state in by_rule]
    assert everything["cash"]["baseline"]["micros"] == sum(o["cash"]["baseline"]["micros"] for o in told)
    assert (report["violating"], report["left_out"]) == (0, 0)
    assert report["counted"] == report["within"] == everything
