"""The whole comparison on real sales, small; and that the kept report is one of this protocol."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from api.backtest_report import FOLDER, Protocol, compare, document, real_weeks, write
from api.backtest_tables import markdown
from forecasting.history import History
from forecasting.judging.contenders import Nodewise
from forecasting.judging.contest import ALL, LATE
from forecasting.judging.origins import best_sellers, past_at, steps_of

ROOT = Path(__file__).parents[3]
SMALL = Protocol(sizes=(30, 60), origins=(53, 61, 69), earlier=(41, 45))
PEERS = ("seasonal_naive", "auto_ets", "tsb", "imapa", "lightgbm")


@pytest.fixture(scope="module")
def weeks() -> History:
    return real_weeks()


@pytest.fixture(scope="module")
def report(weeks) -> dict:
    return document(compare(weeks, SMALL, contenders=(Nodewise(),), progress=lambda _: None), SMALL)


def test_the_real_weeks_are_78_from_the_last_of_november_2009(weeks):
    assert steps_of(weeks) == 78
    assert weeks.periods(1)[0].isoformat() == "2011-05-30"
    assert weeks.units.max() == 74_215  # the freak order is whole
    assert len(weeks) == 4_272
    assert weeks.units.sum() == 7_743_299


def test_everyone_is_judged_on_the_same_cells(report):
    for one in report["sets"]:
        judged = {(v["part"], v["cells"], v["units"]) for v in one["verdicts"]}
        assert len(judged) == len({v["part"] for v in one["verdicts"]})
        cells = {v["part"]: v["cells"] for v in one["verdicts"]}
        assert cells[ALL] == one["size"] * 3 * 8
        assert cells[LATE] == one["size"] * 2 * 8


def test_every_peer_stands_with_three_intervals_and_the_product_with_its_own(report):
    for one in report["sets"]:
        stood = [(v["model"], v["interval"]) for v in one["verdicts"] if v["part"] == ALL]
        kinds = ("normal", "negative_binomial", "conformal")
        assert stood == [("nodewise", "own"), *((name, kind) for name in PEERS for kind in kinds)]


def test_a_forecast_of_real_sales_is_of_some_use(report):
    """Against nonsense, not against peers: a loss of 1 is about that of never forecasting anything."""
    for one in report["sets"]:
        ours = next(v for v in one["verdicts"] if v["part"] == LATE)
        assert ours["model"] == "nodewise"
        assert ours["wql"] < 0.7
        assert ours["calibration"] < 0.15


def test_gates_are_told_for_all_and_for_late_origins(report):
    for one in report["sets"]:
        told = [(gate["promise"], gate["part"]) for gate in one["gates"]]
        assert told == [
            (promise, part) for part in (ALL, LATE) for promise in ("quantile loss", "calibration")
        ]
        for gate in one["gates"]:
            assert gate["is_kept"] == (gate["value"] <= gate["limit"])


def test_a_smaller_set_is_not_moved_by_what_is_only_in_the_larger(weeks, report):
    alone = Protocol(sizes=(30,), origins=SMALL.origins, earlier=SMALL.earlier)
    again = document(compare(weeks, alone, contenders=(Nodewise(),), progress=lambda _: None), alone)
    assert again["sets"][0] == report["sets"][0]


def test_what_is_written_is_json_with_a_line_per_verdict_and_tables_that_name_everyone(report, tmp_path):
    data, page = (path.read_text(encoding="utf-8") for path in write(report, tmp_path / "new"))
    assert json.loads(data) == json.loads(json.dumps(report))
    assert data.count('\n    {"model"') == sum(len(one["verdicts"]) for one in report["sets"])
    assert page == markdown(json.loads(data))
    for name in PEERS:
        assert f"| {name.replace('_', ' ')} |" in page
    assert not re.search(r"\b(nan|None)\b", page)
    assert page.count("## The ") == 2


def test_the_best_sellers_are_ranked_by_units_of_the_first_53_weeks(weeks):
    best = best_sellers(weeks, 60, until=53)
    past, rows = past_at(weeks, 53)
    sold = dict(zip(rows.tolist(), np.add.reduceat(past.units, past.starts[:-1]), strict=True))
    threshold = min(sold[row] for row in best)
    assert sum(units > threshold for units in sold.values()) < 60
    assert len(set(best.tolist())) == 60


def test_the_kept_report_is_of_the_protocol_and_its_tables_are_of_its_figures():
    kept = json.loads((ROOT / FOLDER / "forecast_backtest.json").read_text(encoding="utf-8"))
    assert kept["protocol"] == json.loads(json.dumps(asdict(Protocol())))
    page = (ROOT / FOLDER / "forecast_backtest.md").read_text(encoding="utf-8")
    assert page == markdown(kept)
